"""How many people have said what so many say that it is no story: see `store.stories.common`."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from store.models import StoryText
from store.prepared import among

_SAID_BY = select(col(StoryText.id), col(StoryText.people)).where(
    among(col(StoryText.id), "ids"), col(StoryText.people).is_not(None)
)


def saying(session: Session, text_ids: Iterable[int | None]) -> dict[int | None, int]:
    """Return how many people have said those of some texts that are formulas."""
    ids = [one for one in text_ids if one is not None]
    if not ids:
        return {}
    rows: Any = session.connection().execute(_SAID_BY, {"ids": ids})
    return {row.id: row.people for row in rows}
