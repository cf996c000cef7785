"""From when until when collections are shown; before and after they are as if they were not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import or_
from sqlmodel import Session, col, select

from store import audit, changes
from store.effects import Terms
from store.errors import ConflictError, IllegalActionError
from store.models import Period


@dataclass(frozen=True, slots=True)
class Limits:
    """The first moment of a collection, and the first behind it; None: there is no such limit."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @classmethod
    def of(cls, period: Period) -> Self:
        """Return the limits that are kept."""
        return cls(period.starts_at, period.ends_at)

    def __str__(self) -> str:
        """Return an interval as ISO 8601 writes it, in UTC."""
        return "/".join(
            ".." if one is None else one.isoformat() for one in (self.starts_at, self.ends_at)
        )


def closed(session: Session, *, now: datetime) -> frozenset[str]:
    """Return the names of the collections that are not shown now."""
    outside = or_(col(Period.starts_at) > now, col(Period.ends_at) <= now)
    return frozenset(session.exec(select(Period.collection).where(outside)))


def of(session: Session, name: str) -> Period:
    """Return when a collection is shown; always, where nobody has ever said it."""
    return session.get(Period, name, populate_existing=True) or Period(collection=name)


def put(
    session: Session,
    name: str,
    limits: Limits,
    *,
    moderator: str,
    now: datetime,
    terms: Terms,
) -> None:
    """Let a collection be shown within limits; what they are already is not changed again.

    Args:
        session: in a write transaction; the caller commits.
        name: of a collection of the campaign.
        limits: aware UTC.
        moderator: who decides.
        now: the time.
        terms: the `Period.revision` that they have seen, and their origin.

    Raises:
        ConflictError: somebody has changed them meanwhile.
        IllegalActionError: the end is not behind the start.
    """
    changes.take_turn(session)
    period = of(session, name)
    before = Limits.of(period)
    if limits == before:
        return
    if terms.revision != period.revision:
        raise ConflictError(f"collection {name} was changed meanwhile")
    if limits.starts_at and limits.ends_at and limits.ends_at <= limits.starts_at:
        raise IllegalActionError(f"collection {name} would end before it starts")
    period.starts_at, period.ends_at = limits.starts_at, limits.ends_at
    period.revision += 1
    session.add(period)
    told = {"before": str(before), "after": str(limits), "origin": terms.origin}
    act, what = "collection.period", f"collection:{name}"
    audit.tell(session, moderator, act, what, now, revision=period.revision, **told)
