"""The upkeep of copies of pictures: how many there are, what has no room, what got lost."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, update
from sqlmodel import Session, col, select

from store import changes
from store.copying import announce, empty
from store.media import is_linked, is_needed
from store.models import Picture, PictureState

FARTHEST = timedelta(days=60)
"""No picture is to be looked at later than this."""
CHUNK = 500
"""Rows at a time, so that no statement has more parameters than a database takes."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many pictures of a platform are in a state, and the bytes of their copies."""

    platform: str
    state: str
    pictures: int
    size: int


def counts(session: Session) -> list[Count]:
    """Return how many pictures are in which state."""
    columns = (col(Picture.platform), col(Picture.state))
    query = select(*columns, func.count(), func.coalesce(func.sum(Picture.size), 0))
    rows = session.exec(query.group_by(*columns).order_by(*columns))
    return [Count(platform, state, count, int(size or 0)) for platform, state, count, size in rows]


def evict(session: Session, quota: int, *, now: datetime) -> list[str]:
    """Let go of the copies that were fetched longest ago until all fit; return their digests.

    All of them can be fetched again, and are as soon as there is room: `refill`.
    """
    changes.take_turn(session)
    excess = used(session) - quota
    kept = select(Picture).where(Picture.state == PictureState.KEPT)
    oldest = kept.order_by(col(Picture.fetched_at), col(Picture.id)).limit(CHUNK)
    gone: list[str] = []
    while excess > 0 and (some := session.exec(oldest).all()):
        for picture in some:
            if excess > 0:
                excess -= picture.size or 0
                gone.append(picture.digest or "")
                empty(session, picture, PictureState.IDLE, now=now)
                picture.error = "no room: raise media.quota_mb"
                announce(session, picture.key, now=now)
        session.flush()
    return gone


def digests(session: Session) -> set[str]:
    """Return the digests of all copies."""
    return {one for one in session.exec(select(Picture.digest).distinct()) if one}


def restore(session: Session, lost: Collection[str], *, now: datetime) -> None:
    """Let pictures be fetched again whose files are not there."""
    changes.take_turn(session)
    names = sorted(lost)
    for start in range(0, len(names), CHUNK):
        some = names[start : start + CHUNK]
        for picture in session.exec(select(Picture).where(col(Picture.digest).in_(some))).all():
            empty(session, picture, PictureState.WAITING, now=now)
            picture.due_at = now
            announce(session, picture.key, now=now)
        session.flush()


def wake_strays(session: Session, *, now: datetime) -> None:
    """Let pictures be looked at that are kept, or known, for no post."""
    changes.take_turn(session)
    stray = or_(~is_linked(), and_(col(Picture.state) == PictureState.KEPT, ~is_needed()))
    # A clock that once ran ahead would let some wait for years.
    never = col(Picture.due_at) > now + FARTHEST
    session.connection().execute(
        update(Picture)
        .where(or_(and_(col(Picture.due_at).is_(None), stray), never))
        .values(due_at=now)
    )


def used(session: Session) -> int:
    """Return how many bytes all copies take."""
    total = session.exec(
        select(func.sum(Picture.size)).where(Picture.state == PictureState.KEPT)
    ).one()
    return int(total or 0)


def refill(session: Session, *, now: datetime) -> int:
    """Let pictures be fetched that a post needs and that had no room; return how many."""
    changes.take_turn(session)
    return (
        session.connection()
        .execute(
            update(Picture)
            .where(col(Picture.state) == PictureState.IDLE, is_needed())
            .values(state=PictureState.WAITING, due_at=now, error=None)
        )
        .rowcount
    )


def retry(session: Session, *, refused: bool, now: datetime) -> int:
    """Let broken pictures, and those that wait for their next try, be tried now; return how many.

    Args:
        session: in a write transaction; the caller commits.
        refused: try those again too that were no pictures.
        now: when.
    """
    changes.take_turn(session)
    states = [PictureState.BROKEN, *([PictureState.REFUSED] if refused else [])]
    again = or_(
        col(Picture.state).in_(states),
        and_(col(Picture.state) == PictureState.WAITING, col(Picture.tries) > 0),
    )
    return (
        session.connection()
        .execute(
            update(Picture)
            .where(again)
            .values(state=PictureState.WAITING, due_at=now, tries=0, error=None)
        )
        .rowcount
    )


def due(session: Session, *, now: datetime) -> int:
    """Return how many pictures are to be looked at now."""
    query = select(func.count()).select_from(Picture).where(col(Picture.due_at) <= now)
    return int(session.exec(query).one())


def reasons(session: Session, *, limit: int = 10) -> list[tuple[str, int]]:
    """Return why pictures could not be copied, and how many, most frequent first."""
    count = func.count()
    query = (
        select(Picture.error, count)
        .where(col(Picture.error).is_not(None))
        .group_by(col(Picture.error))
        .order_by(count.desc(), col(Picture.error))
        .limit(limit)
    )
    return [(error or "", number) for error, number in session.exec(query)]
