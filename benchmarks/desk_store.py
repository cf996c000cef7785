"""A store of many posts that a team has worked on for months, to measure the desk with."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select, text
from sqlmodel import col

from benchmarks import ingest
from store import audit, migrations
from store.engine import open_engine, writing
from store.models import Decision, Post

TEAM = 12
"""People who have decided."""
_SLICE = 2000
"""Posts of one transaction: PostgreSQL keeps every count of it until its end."""
_SHARES = (
    "CASE WHEN id % 100 < {waiting} THEN 'pending' WHEN id % 100 = 99 THEN 'escalated'"
    " WHEN id % 100 = 98 THEN 'hidden' WHEN id % 1000 = 970 THEN 'scheduled'"
    " WHEN id % 100 >= 92 THEN 'approved' ELSE 'rejected' END"
)
_AGED = (
    f"UPDATE post SET review = {_SHARES}, first_seen_at = published_at,"
    # Sixteen posts of an author on average, and a story of ten posts in ten.
    " author_id = 'author-' || (id % 30000),"
    " story_id = CASE WHEN id / 10 % 10 = 0 THEN id - id % 10 + 1 END,"
    " is_copy = (id / 10 % 10 = 0 AND id % 10 <> 1)"
)


@contextmanager
def a_store(kind: str, stored: int, *, waiting: int) -> Iterator[str]:
    """Give the address of a store in which so many of a hundred posts wait for a decision."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bladi-desk-")))
        if kind == "sqlite":
            url = f"sqlite:///{folder}/desk.db"
        else:
            url = ingest.create(stack.enter_context(ingest.server(folder)), "desk", None)
        engine = open_engine(url)
        migrations.upgrade(engine)
        ingest.fill(engine, ingest.Posts(seed=ingest.SEED), stored)
        for start in range(0, stored, _SLICE):
            aged = text(
                f"{_AGED.format(waiting=waiting)} WHERE id > {start} AND id <= {start + _SLICE}"
            )
            with writing(engine) as session:
                session.connection().execute(aged)
        _decide(engine)
        if kind == "postgresql":  # which does this by itself, but not at once
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        engine.dispose()
        yield url


def harvested(stored: int) -> ingest.Posts:
    """Return the stream of posts that a store of this size was filled from, where it goes on."""
    posts = ingest.Posts(seed=ingest.SEED)
    ingest.samples(posts)
    posts.known = [posts.new() for _ in range(stored // ingest.KNOWN)]
    return posts


def _decide(engine: Engine) -> None:
    """Write down who has decided about what is decided."""
    dice = random.Random(5)
    with writing(engine) as session:
        connection = session.connection()
        query = select(col(Post.id), col(Post.review), col(Post.first_seen_at))
        rows = connection.execute(query.where(col(Post.review) != "pending")).all()
        decisions: list[dict[str, Any]] = []
        for post_id, review, seen_at in rows:
            after = "approve" if review == "approved" else review.removesuffix("ed")
            decisions.append({
                "post_id": post_id, "action": after, "reason": None, "was": {},
                "moderator": f"person{dice.randrange(TEAM)}", "before": "pending", "after": review,
                "decided_at": min(seen_at + timedelta(hours=dice.randrange(1, 48)), _now()),
                "revision": 1,
            })  # fmt: skip
        decisions.sort(key=lambda one: one["decided_at"])
        for start in range(0, len(decisions), 5000):
            some = decisions[start : start + 5000]
            connection.execute(insert(Decision), some)
            audit.append(session, [audit.of_decision(one) for one in some])


def _now() -> datetime:
    return datetime.now(UTC)
