"""Which stored posts are to be asked for again."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from store.models import Availability, Post


def posts(
    session: Session, platforms: Collection[str], *, now: datetime, limit: int
) -> Sequence[Post]:
    """Return posts that are due, longest overdue first, all of one platform and server."""
    overdue = select(Post).where(col(Post.platform).in_(platforms), col(Post.recheck_at) <= now)
    first = session.exec(overdue.order_by(col(Post.recheck_at)).limit(1)).first()
    if first is None:
        return []
    of_server = overdue.where(
        Post.platform == first.platform,
        col(Post.instance).is_not_distinct_from(first.instance),
    )
    return session.exec(of_server.order_by(col(Post.recheck_at)).limit(limit)).all()


def canary(session: Session, platform: str, instance: str | None, *, now: datetime) -> Post | None:
    """Return a post that is surely there: an answer without it says nothing about the others."""
    return session.exec(
        select(Post)
        .where(
            Post.platform == platform,
            col(Post.instance).is_not_distinct_from(instance),
            Post.availability == Availability.LIVE,
            col(Post.recheck_at) > now,
        )
        .order_by(col(Post.recheck_at).desc())
        .limit(1)
    ).first()


def postpone(session: Session, post_ids: Sequence[int], by: timedelta, *, now: datetime) -> None:
    """Ask for some posts later."""
    session.connection().execute(
        update(Post).where(col(Post.id).in_(post_ids)).values(recheck_at=now + by)
    )
