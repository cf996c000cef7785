"""Payloads that could not be understood: kept, never in the way, tried again or discarded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, func, select

from store import audit, changes, rows
from store.errors import StoreError
from store.items import Payload
from store.models import Audit, Quarantined
from store.sanitise import clean

_DISCARD = "quarantine.discard"
_RETRY = "quarantine.retry"
_UNSAVED = "saving: "
_RAISED = re.compile(r"[A-Za-z_]\w*: ")


class UnknownPayloadError(StoreError):
    """It is not set aside any more, or never was."""


class Why(StrEnum):
    """What kept a payload out, as far as that says what to do."""

    UNREAD = "unread"
    """It is not as its platform documents it."""
    UNFIT = "unfit"
    """It was understood, and is no post that can be kept."""
    UNSAVED = "unsaved"
    """It was understood, and broke what we did with it."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts, when, and from where."""

    by: str
    now: datetime
    origin: str = ""


def why(reason: str) -> Why:
    """Return which kind of reason a row's `reason` is."""
    if reason.startswith(_UNSAVED):
        return Why.UNSAVED
    # What an error is called stands before its message; our own check gives a sentence alone.
    return Why.UNREAD if _RAISED.match(reason) else Why.UNFIT


def unsaved(error: Exception) -> str:
    """Return the reason for a payload that broke what we did with it."""
    return f"{_UNSAVED}{type(error).__name__}"


def unread(error: Exception) -> str:
    """Return the reason for a payload that could not be understood."""
    return f"{type(error).__name__}: {str(error)[:200]}"


def put(session: Session, source: str, payload: Payload, reason: str, *, now: datetime) -> None:
    """Set a payload aside; the same one twice stays one row, and one that was discarded so."""
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


def waiting(
    session: Session, source: str | None = None, *, after: int = 0, limit: int | None = None
) -> Sequence[Quarantined]:
    """Return what is set aside, oldest first.

    Args:
        session: to read with.
        source: of which source; None means all.
        after: number of a row to go on behind.
        limit: rows at most; None means all.
    """
    query = select(Quarantined).where(
        col(Quarantined.discarded_at).is_(None), col(Quarantined.id) > after
    )
    if source is not None:
        query = query.where(Quarantined.source == source)
    return session.exec(query.order_by(col(Quarantined.id)).limit(limit)).all()


def to_try(session: Session, source: str, *, limit: int | None) -> Sequence[Quarantined]:
    """Return what of a source is to be tried next: what was tried last comes last."""
    query = select(Quarantined).where(
        Quarantined.source == source, col(Quarantined.discarded_at).is_(None)
    )
    turn = func.coalesce(col(Quarantined.tried_at), col(Quarantined.quarantined_at))
    return session.exec(query.order_by(turn, col(Quarantined.id)).limit(limit)).all()


def counts(session: Session) -> dict[str, int]:
    """Return how many payloads of each source are set aside; sources without any are left out."""
    query = (
        select(Quarantined.source, func.count())
        .where(col(Quarantined.discarded_at).is_(None))
        .group_by(col(Quarantined.source))
        .order_by(col(Quarantined.source))
    )
    return dict(session.exec(query).all())


def find(session: Session, row_id: int) -> Quarantined:
    """Return what is set aside under a number.

    Raises:
        UnknownPayloadError: nothing is, or not any more.
    """
    row = session.get(Quarantined, row_id)
    if row is None or row.discarded_at is not None:
        raise UnknownPayloadError(f"nothing is set aside under {row_id}")
    return row


def payload(row: Quarantined) -> Payload:
    """Return what the platform sent."""
    unpacked: Payload = rows.unpack(row.body)
    return unpacked


def keep(session: Session, row: Quarantined, reason: str, *, now: datetime) -> None:
    """Note that a payload was tried again in vain."""
    kept = session.get(Quarantined, row.id)
    if kept is not None and kept.discarded_at is None:
        kept.reason, kept.tried_at = clean(reason), now


def release(session: Session, row: Quarantined) -> bool:
    """Let go of a payload that is understood; return whether it was still set aside."""
    changes.take_turn(session)
    kept = session.get(Quarantined, row.id)
    if kept is None or kept.discarded_at is not None:
        return False
    session.delete(kept)
    session.flush()
    return True


def discard(session: Session, row_id: int, hand: Hand, *, seen: str | None = None) -> None:
    """Let go of a payload for good; the same one is not set aside again.

    Whoever asks twice has it done once. The session must be in a write transaction; the caller
    commits.

    Args:
        session: writes.
        row_id: the number under which it is set aside.
        hand: who lets go of it.
        seen: the `Quarantined.key` of what they have looked at, in hex; None does not ask. Numbers
            of rows that have gone may be given out again.

    Raises:
        UnknownPayloadError: it is not there any more, and this person has not discarded it.
    """
    changes.take_turn(session)
    row = session.get(Quarantined, row_id, with_for_update=True, populate_existing=True)
    if row is None or seen not in (None, row.key.hex()):
        raise UnknownPayloadError(f"nothing is set aside under {row_id}")
    if row.discarded_at is None:
        # The hash stays, and nothing of what was sent.
        row.discarded_at, row.body, row.reason = hand.now, b"", ""
        about = {"origin": hand.origin, "before": row.source}
        audit.tell(session, hand.by, _DISCARD, f"quarantine:{row_id}", hand.now, **about)
    elif not _has_discarded(session, row_id, hand.by):
        raise UnknownPayloadError(f"nothing is set aside under {row_id}")


def note_retry(session: Session, tried: Sequence[Quarantined], hand: Hand) -> None:
    """Write down that a person lets some rows of one source be tried again."""
    changes.take_turn(session)
    row = tried[0]
    what, before = f"quarantine:{row.id}", row.source
    if len(tried) > 1:
        what, before = f"source:{row.source}", str(len(tried))
    audit.tell(session, hand.by, _RETRY, what, hand.now, origin=hand.origin, before=before)


def _has_discarded(session: Session, row_id: int, by: str) -> bool:
    query = select(Audit.id).where(
        Audit.object == f"quarantine:{row_id}", Audit.action == _DISCARD, Audit.actor == by
    )
    return session.exec(query.limit(1)).first() is not None
