"""Texts that so many people have said, day after day, that they prove nothing: formulas by data.

A copy runs through a campaign in hours or brings a link or a picture along. A greeting comes from
everybody, alone, for days. On the set that we tune by, no true copy has as many authors: see
docs/decisions/0019.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Dialect, Text, cast, func, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from store.models import Availability, Media, Post, Review, StoryText
from store.prepared import among, join_few
from store.stories import bands, clusters, texts
from store.stories.formulas import Formulas
from store.stories.signature import keys
from store.stories.ties import BY_TEXT

PEOPLE = 15
"""Authors from whom on a text is a formula."""
DAYS = 3
"""Days on which they say it, at least."""
LETTERS = 120
"""Letters from which a text is nobody's formula, whoever says it."""
_LOOKED_AT = 1_000
"""Posts of one text that are counted each time: what is said more often has been found before."""

_COMMON = select(col(StoryText.id), col(StoryText.text), col(StoryText.people)).where(
    # In no order: for that of the numbers SQLite would walk through all texts there are.
    col(StoryText.people).is_not(None)
)
_author = col(Post.platform) + " " + col(Post.author_id)
_other = aliased(Post)
_SEEN = (
    select(col(_other.id))
    .where(col(_other.text_id) == col(StoryText.id))
    .order_by(col(_other.id))
    .limit(_LOOKED_AT)
    .correlate(StoryText)
)
_ALONE = (
    # Neither a repost, nor with a link or a picture that would be the story.
    ~cast(col(Post.refers_to), Text).contains('"repost"'),
    ~cast(col(Post.entities), Text).contains('"link"'),
    ~select(col(Media.id)).where(col(Media.post_id) == col(Post.id)).exists(),
)
_PEOPLE = (
    select(func.count(_author.distinct()))
    .where(
        col(Post.text_id) == col(StoryText.id),
        col(Post.availability) == Availability.LIVE,
        col(Post.review) != Review.REJECTED,
    )
    .scalar_subquery()
)
_COUNT = update(StoryText).where(among(col(StoryText.id), "ids")).values(people=_PEOPLE)
_SAYING = select(col(Post.id)).where(among(col(Post.text_id), "ids"))
_PART = update(Post).where(among(col(Post.text_id), "ids")).values(text_id=None)


@dataclass(frozen=True, slots=True)
class Common:
    """All formulas, and which of them are texts that we have found to be such."""

    formulas: Formulas
    found: Mapping[str, int]
    """Numbers of the texts."""
    small: frozenset[int]
    """Of those that so few have said that they can be counted each time."""


def known(connection: Connection, listed: Formulas) -> Common:
    """Return the formulas of a list and those found by the number of their authors."""
    rows: Any = sorted(connection.execute(_COMMON).all())
    if not rows:
        return Common(listed, {}, frozenset())
    found = {said: number for number, said, _ in rows}
    small = frozenset(number for number, _, people in rows if people < _LOOKED_AT)
    return Common(_with(listed, tuple(found)), found, small)


@lru_cache(maxsize=4)
def _with(listed: Formulas, found: tuple[str, ...]) -> Formulas:
    return listed.with_more(found)


def find(
    session: Session, told: Iterable[texts.Text], listed: Formulas
) -> tuple[Collection[str], set[int]]:
    """Mark those of some texts as formulas that enough people have said.

    The stories that hung on them, and on texts that say hardly more, come apart.

    Args:
        session: in a write transaction; the caller commits.
        told: texts of posts that have just been saved.
        listed: the formulas that were known before.

    Returns:
        The texts, and the ids of all posts whose standing changed.
    """
    connection = session.connection()
    ids = [
        text.id
        for text in told
        if text.letters < LETTERS and (not text.is_new or text.told >= PEOPLE)
    ]
    crowds: Any = connection.execute(_crowds(connection.dialect), {"ids": ids}).all() if ids else ()
    if not crowds:
        return (), set()
    common = dict(crowds)
    count(session, common)
    hardly_more = _hardly_more(connection, common, known(connection, listed).formulas)
    asked = {"ids": [*common, *hardly_more]}
    posts = connection.execute(_SAYING, asked).scalars()
    changed = clusters.part(session, [post or 0 for post in posts], BY_TEXT)
    if hardly_more:
        connection.execute(_PART, {"ids": hardly_more})
        texts.drop_unused(connection, hardly_more)
    return set(common.values()), changed


@lru_cache(maxsize=8)
def _crowds(dialect: Dialect) -> Any:
    named = (col(StoryText.id), col(StoryText.text))
    query = join_few(select(*named).select_from(StoryText), Post, _SEEN, dialect)
    query = query.where(among(named[0], "ids"), col(StoryText.people).is_(None), *_ALONE)
    return query.group_by(*named).having(
        func.count(_author.distinct()) >= PEOPLE,
        func.count(func.date(col(Post.published_at)).distinct()) >= DAYS,
    )


def count(session: Session, ids: Iterable[int] | None = None) -> None:
    """Count anew how many people have said some formulas; None counts all of them."""
    connection = session.connection()
    if ids is None:
        ids = [row[0] or 0 for row in connection.execute(_COMMON)]
    if listed := list(ids):
        connection.execute(_COUNT, {"ids": listed})


def _hardly_more(
    connection: Connection, common: Mapping[int, str], formulas: Formulas
) -> list[int]:
    """Return texts near to formulas that are no evidence either, now that those are known."""
    signed = keys(list(common.values())).ravel().tolist()
    beside = set(chain.from_iterable(bands.sharing(connection, signed).values()))
    near = texts.known(connection, beside - common.keys())
    return [number for number, form in near.items() if not formulas.is_evidence(form)]
