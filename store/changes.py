"""The outbox of the wall: what the public sees differently, in order."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session

from store.models import Change, ChangeKind

TURN = 7243961
"""PostgreSQL advisory lock of whoever changes what the public sees."""


def take_turn(session: Session) -> None:
    """Wait until no other transaction changes posts; the turn ends with the transaction.

    Two writers that look for duplicates at once would each miss the other's new post, and changes
    that commit in another order than they are numbered would be missed by caches. SQLite's write
    transaction already excludes others. Take the turn before any row is locked.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql(f"SELECT pg_advisory_xact_lock({TURN})")


def record(session: Session, kind: ChangeKind, post_ids: Iterable[int], *, now: datetime) -> None:
    """Note that the public sees these posts differently, in the same transaction and its turn."""
    rows = [{"kind": kind.value, "post_id": post_id, "changed_at": now} for post_id in post_ids]
    if rows:
        session.execute(insert(Change), rows)
