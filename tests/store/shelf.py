"""What tests of the store do all the time: put items in, look at what is there."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlmodel import SQLModel, col, select

from store.engine import reading, writing
from store.ingest import Tally, ingest
from store.items import Item
from store.models import Change, Post
from tests.conftest import NOW, some_rules

Row = TypeVar("Row", bound=SQLModel)

LONG = "Ma grand-mère versait le thé de très haut, sans jamais perdre une goutte"
"""Long enough to be evidence."""


def put(engine: Engine, *items: Item, now=NOW, **rules: Any) -> Tally:
    with writing(engine) as session:
        return ingest(session, items, rules=some_rules(**rules), now=now)


def posts(engine: Engine) -> list[Post]:
    with reading(engine) as session:
        return list(session.exec(select(Post).order_by(col(Post.id))))


def only(engine: Engine) -> tuple[Post, int]:
    """Return the one stored post, and its id."""
    (post,) = posts(engine)
    assert post.id is not None
    return post, post.id


def every(engine: Engine, table: type[Row]) -> Sequence[Row]:
    with reading(engine) as session:
        return session.exec(select(table)).all()


def count(engine: Engine, table: type[SQLModel]) -> int:
    return len(every(engine, table))


def seen_changes(engine: Engine) -> list[tuple[str, int]]:
    """Return what the public saw differently, in order: kind and post."""
    with reading(engine) as session:
        rows = session.exec(select(Change).order_by(col(Change.id))).all()
    return [(row.kind, row.post_id) for row in rows]
