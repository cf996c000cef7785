"""Payloads that could not be understood: kept, never in the way, tried again on request."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, func, select

from store import rows
from store.items import Payload
from store.models import Quarantined
from store.sanitise import clean


def put(session: Session, source: str, payload: Payload, reason: str, *, now: datetime) -> None:
    """Set a payload aside; the same one twice stays one row."""
    body = rows.pack(payload)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.connection().execute(
        dialect.insert(Quarantined).on_conflict_do_nothing(),
        {
            "source": source,
            "key": blake2b(body, digest_size=16).digest(),
            "reason": clean(reason),
            "body": body,
            "quarantined_at": now,
        },
    )


def waiting(session: Session, source: str | None = None) -> Sequence[Quarantined]:
    """Return what is set aside, oldest first."""
    query = select(Quarantined).order_by(col(Quarantined.id))
    if source is not None:
        query = query.where(Quarantined.source == source)
    return session.exec(query).all()


def count(session: Session, source: str) -> int:
    """Return how many payloads of a source are set aside."""
    return session.exec(
        select(func.count()).select_from(Quarantined).where(Quarantined.source == source)
    ).one()


def payload(row: Quarantined) -> Payload:
    """Return what the platform sent."""
    unpacked: Payload = rows.unpack(row.body)
    return unpacked


def keep(session: Session, row: Quarantined, reason: str, *, now: datetime) -> None:
    """Note that a payload was tried again in vain."""
    kept = session.get(Quarantined, row.id)
    if kept is not None:
        kept.reason, kept.tried_at = clean(reason), now


def release(session: Session, row: Quarantined) -> None:
    """Let go of a payload that was understood."""
    if (kept := session.get(Quarantined, row.id)) is not None:
        session.delete(kept)
