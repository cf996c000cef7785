"""How each source is doing, in facts that a table can show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from store import quarantine, steering
from store.harvests import OPEN_AFTER
from store.models import Harvest, Source

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One source; counts are of the last 24 hours, times are aware UTC."""

    name: str
    running: bool
    paused: bool
    """A person lets it run no more."""
    may_run: bool
    """A person may let it run now."""
    last_ok_at: datetime | None
    next_at: datetime | None
    circuit: str
    """`closed`, `open` (waiting) or `half-open` (the next run tries one page)."""
    failures: int
    added: int
    duplicates: int
    errors: int
    quarantined: int
    last_error: str | None
    last_error_kind: str | None
    last_error_at: datetime | None
    refused: bool
    """The platform refused these credentials: nothing runs until they change."""


def of(session: Session, names: Sequence[str], *, now: datetime) -> list[Health]:
    """Return the health of the named sources, in order."""
    aside = quarantine.counts(session)
    return [_one(session, name, aside.get(name, 0), now) for name in names]


def next_run(session: Session, names: Sequence[str], *, now: datetime) -> datetime | None:
    """Return when the next of some sources runs; None where none will by itself."""
    query = select(Source).where(
        col(Source.name).in_(list(names)),
        col(Source.paused_at).is_(None),
        col(Source.refused_settings).is_(None),
    )
    moments = [max(filter(None, (one.due_at, one.not_before, now))) for one in session.exec(query)]
    return min(moments, default=None)


def _one(session: Session, name: str, aside: int, now: datetime) -> Health:
    source = session.get(Source, name) or Source(name=name)
    added, duplicates = session.exec(
        select(
            func.coalesce(func.sum(Harvest.added), 0),
            func.coalesce(func.sum(Harvest.duplicates), 0),
        ).where(Harvest.source == name, col(Harvest.started_at) > now - DAY)
    ).one()
    errors = session.exec(
        select(func.count())
        .select_from(Harvest)
        .where(
            Harvest.source == name,
            Harvest.outcome == "failed",
            col(Harvest.started_at) > now - DAY,
        )
    ).one()
    waiting = [moment for moment in (source.due_at, source.not_before) if moment is not None]
    return Health(
        name=name,
        running=source.lease_until is not None and source.lease_until > now,
        paused=source.paused_at is not None,
        may_run=steering.may_run(source, now=now),
        last_ok_at=source.last_ok_at,
        next_at=max(waiting) if waiting else None,
        circuit=_circuit(source, now),
        failures=source.failures,
        added=int(added),
        duplicates=int(duplicates),
        errors=errors,
        quarantined=aside,
        # An error that a good run has followed is history.
        last_error=source.last_error if _is_current(source) else None,
        last_error_kind=source.last_error_kind if _is_current(source) else None,
        last_error_at=source.last_error_at if _is_current(source) else None,
        refused=source.refused_settings is not None,
    )


def _is_current(source: Source) -> bool:
    if source.last_error_at is None:
        return False
    return source.last_ok_at is None or source.last_error_at >= source.last_ok_at


def _circuit(source: Source, now: datetime) -> str:
    if source.failures < OPEN_AFTER:
        return "closed"
    waits = source.not_before is not None and source.not_before > now
    return "open" if waits else "half-open"
