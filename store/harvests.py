"""Who may run a source and when, how far it has read, and what it has spent."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import CursorResult, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, or_, select

from store.errors import LeaseLostError
from store.models import Bookmark, Harvest, Quota, Source

if TYPE_CHECKING:
    # What ingests matches texts and pictures, with libraries that who only looks here needs not.
    from store.ingest import Tally

LEASE = timedelta(minutes=5)
"""How long a run may be silent before another process takes over; each page renews it."""

OPEN_AFTER = 5
"""Failures in a row after which a source's circuit opens: then one page is tried at a time."""

LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run one source, until another process takes it over."""

    source: str
    fence: int
    harvest_id: int
    probe: bool
    """The circuit is open: read one page, and see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended: `complete`, `truncated` (what is left is a gap) or `failed`."""

    outcome: str
    error: str | None = None
    error_kind: str | None = None
    not_before: datetime | None = None
    """The platform's or our own budget's reset, or the end of our back-off."""
    refused_settings: str | None = None
    """Fingerprint of settings that the platform refused."""


def register(session: Session, names: Iterable[str]) -> None:
    """Make sure that each source has its row."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    rows = [{"name": name, "failures": 0, "fence": 0} for name in names]
    if rows:
        session.connection().execute(dialect.insert(Source).on_conflict_do_nothing(), rows)


def claim(
    session: Session,
    name: str,
    *,
    now: datetime,
    next_due_at: datetime | None,
    fingerprint: str,
    by_hand: bool = False,
) -> Claim | None:
    """Take a source for one run, or return None: not due, paused, refused, or another has it.

    The claim uses up the slot: whoever comes later finds the next due time. It is one conditional
    UPDATE, so of any number of processes exactly one wins.

    Args:
        session: in a write transaction.
        name: a registered source.
        now: aware UTC.
        next_due_at: due time of the run after this one; None leaves it as it is.
        fingerprint: of the source's settings; a platform that refused these is not asked again.
        by_hand: run although it is not due yet, or paused.
    """
    source = session.exec(select(Source).where(Source.name == name)).one()
    conditions = [
        col(Source.name) == name,
        col(Source.fence) == source.fence,
        or_(col(Source.lease_until).is_(None), col(Source.lease_until) < now),
        or_(
            col(Source.not_before).is_(None),
            col(Source.not_before) <= now,
            # The wait was for settings that have changed since.
            col(Source.refused_settings) != fingerprint,
        ),
        or_(
            col(Source.refused_settings).is_(None),
            col(Source.refused_settings) != fingerprint,
        ),
    ]
    if not by_hand:
        conditions.append(col(Source.paused_at).is_(None))
        conditions.append(or_(col(Source.due_at).is_(None), col(Source.due_at) <= now))
    values: dict[str, Any] = {"fence": source.fence + 1, "lease_until": now + LEASE}
    if next_due_at is not None:
        values["due_at"] = next_due_at
    if not _changed(session, update(Source).where(*conditions).values(values)):
        return None
    harvest = Harvest(
        source=name, slot_at=None if by_hand else (source.due_at or now), started_at=now
    )
    session.add(harvest)
    session.flush()
    session.expire(source)
    return Claim(name, source.fence, harvest.id or 0, source.failures >= OPEN_AFTER)


def renew(session: Session, claim: Claim, *, now: datetime) -> None:
    """Keep the lease, in the same transaction as what was done under it.

    Raises:
        LeaseLostError: another process has taken over; the transaction must not be committed.
    """
    statement = update(Source).where(
        col(Source.name) == claim.source, col(Source.fence) == claim.fence
    )
    if not _changed(session, statement.values(lease_until=now + LEASE)):
        raise LeaseLostError(f"{claim.source}: another process has taken over this run")


def release(session: Session, claim: Claim) -> None:
    """Take a lease from a run that will not come back; it can write nothing any more."""
    session.connection().execute(
        update(Source)
        .where(col(Source.name) == claim.source, col(Source.fence) == claim.fence)
        .values(lease_until=None, fence=claim.fence + 1)
    )


def count(session: Session, claim: Claim, tally: "Tally", *, pages: int, quarantined: int) -> None:
    """Add a page's counts to the run's record."""
    harvest = session.get_one(Harvest, claim.harvest_id)
    harvest.pages += pages
    harvest.added += tally.added
    harvest.updated += tally.updated
    harvest.unchanged += tally.unchanged
    harvest.duplicates += tally.duplicates
    harvest.removed += tally.removed
    harvest.quarantined += quarantined
    harvest.refused = dict(Counter(harvest.refused) + tally.refused)
    session.flush()


def finish(session: Session, claim: Claim, ending: Ending, *, now: datetime) -> None:
    """Write down how a run ended, and give the lease back.

    Raises:
        LeaseLostError: another process has taken over.
    """
    renew(session, claim, now=now)
    source = session.exec(select(Source).where(Source.name == claim.source)).one()
    source.lease_until = None
    source.refused_settings = ending.refused_settings
    source.not_before = ending.not_before
    if ending.outcome == "failed":
        source.failures += 1
    else:
        source.failures = 0
        source.last_ok_at = now
    if ending.error is not None:
        source.last_error, source.last_error_kind = ending.error, ending.error_kind
        source.last_error_at = now
    harvest = session.get_one(Harvest, claim.harvest_id)
    harvest.finished_at, harvest.outcome, harvest.error = now, ending.outcome, ending.error
    session.flush()


def failures(session: Session, name: str) -> int:
    """Return how many runs of a source have failed since the last good one."""
    return session.exec(select(Source.failures).where(Source.name == name)).one()


def is_due(session: Session, name: str, *, now: datetime, fingerprint: str) -> bool:
    """Say whether a claim may succeed: a cheap look before the write that `claim` is."""
    source = session.exec(select(Source).where(Source.name == name)).one()
    if source.paused_at is not None:
        return False
    times = [source.due_at, source.lease_until]
    if source.refused_settings is None:
        times.append(source.not_before)
    elif source.refused_settings == fingerprint:
        return False
    return all(moment is None or moment <= now for moment in times)


def back_off(every: timedelta, failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row: doubling, six hours at most."""
    doublings = min(max(failures - 1, 0), 16)
    return min(every * (1 << doublings), max(LONGEST_WAIT, every))


def bookmark(session: Session, source: str, stream: str) -> Bookmark:
    """Return how far a stream has been read; a new one has read nothing."""
    row = session.get(Bookmark, (source, stream))
    return row or Bookmark(source=source, stream=stream)


def by_age(session: Session, source: str, streams: Iterable[str]) -> list[str]:
    """Return streams in the order in which their bookmarks were moved, the never read first."""
    rows = session.exec(select(Bookmark.stream, Bookmark.moved_at).where(Bookmark.source == source))
    moved = {stream: moved_at.timestamp() for stream, moved_at in rows if moved_at is not None}
    return sorted(streams, key=lambda stream: moved.get(stream, 0.0))


def move(
    session: Session,
    source: str,
    stream: str,
    *,
    position: str | None,
    gap: str | None,
    now: datetime,
) -> None:
    """Remember how far a stream has been read, in the same transaction as the posts.

    Exactly one of the two is set: a `position` up to which everything is saved closes any gap, a
    `gap` leaves the position where it was.
    """
    row = session.get(Bookmark, (source, stream))
    if row is None:
        row = Bookmark(source=source, stream=stream)
        session.add(row)
    if gap is not None:
        row.gap_at = row.gap_at if row.gap is not None else now
        row.gap = gap
    else:
        row.position, row.moved_at = position, now
        row.gap = row.gap_at = None
    session.flush()


def spend(
    session: Session, source: str, unit: str, day: date, amount: int, *, limit: int | None
) -> bool:
    """Count what is about to be used; return False, with nothing counted, above the limit."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.connection().execute(
        dialect.insert(Quota).on_conflict_do_nothing(),
        {"source": source, "unit": unit, "day": day, "used": 0},
    )
    statement = update(Quota).where(
        col(Quota.source) == source, col(Quota.unit) == unit, col(Quota.day) == day
    )
    if limit is not None:
        statement = statement.where(col(Quota.used) + amount <= limit)
    return _changed(session, statement.values(used=col(Quota.used) + amount))


def used(session: Session, source: str, unit: str, day: date) -> int:
    """Return how much of a unit a source has used on a day."""
    row = session.get(Quota, (source, unit, day))
    return row.used if row else 0


def _changed(session: Session, statement: Any) -> bool:
    result: CursorResult[Any] = session.connection().execute(statement)
    return result.rowcount == 1
