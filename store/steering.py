"""What people do to sources: pause them, resume them, let them run now."""

from datetime import datetime

from sqlmodel import Session

from store import audit, changes
from store.errors import StoreError
from store.models import Source

_ASKED = ("RateLimitedError", "QuotaError", "BudgetSpentError")
"""Kinds of error after which a source waits for others, whom nobody here may hurry."""


class UnknownSourceError(StoreError):
    """There is no such source."""


class BusyError(StoreError):
    """The source is running, or must not run yet."""


def pause(session: Session, name: str, *, by: str, origin: str = "", now: datetime) -> None:
    """Let a source run no more until it is resumed; a run in hand comes to its end.

    Raises:
        UnknownSourceError: there is no such source.
    """
    source = _take(session, name)
    if source.paused_at is None:
        source.paused_at = now
        audit.tell(session, by, "source.pause", f"source:{name}", now, origin=origin)


def resume(session: Session, name: str, *, by: str, origin: str = "", now: datetime) -> None:
    """Let a source run again.

    Raises:
        UnknownSourceError: there is no such source.
    """
    source = _take(session, name)
    if source.paused_at is not None:
        source.paused_at = None
        audit.tell(session, by, "source.resume", f"source:{name}", now, origin=origin)


def run_now(session: Session, name: str, *, by: str, origin: str = "", now: datetime) -> None:
    """Make a source due, whatever its rhythm and our own back-off say.

    Raises:
        UnknownSourceError: there is no such source.
        BusyError: it is running, paused or refused, or its platform or budget asks it to wait.
    """
    source = _take(session, name)
    if not may_run(source, now=now):
        raise BusyError(f"{name} cannot run now")
    source.due_at, source.not_before = now, None
    audit.tell(session, by, "source.run", f"source:{name}", now, origin=origin)


def may_run(source: Source, *, now: datetime) -> bool:
    """Say whether a person may let a source run before it is due."""
    runs = source.lease_until is not None and source.lease_until > now
    is_asked = source.last_error_kind in _ASKED
    waits = is_asked and source.not_before is not None and source.not_before > now
    refused = source.refused_settings is not None
    return not (runs or waits or refused or source.paused_at is not None)


def _take(session: Session, name: str) -> Source:
    changes.take_turn(session)
    source = session.get(Source, name, with_for_update=True, populate_existing=True)
    if source is None:
        raise UnknownSourceError(f"no source {name}")
    return source
