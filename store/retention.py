"""What must not be kept: posts that have gone, payloads and counts that are too old."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store import changes, media, reports, rows
from store.errors import UnknownPostError
from store.models import Availability, ChangeKind, Post, Quarantined, RawPayload, Tombstone
from store.stories import heads, matching, pictures
from store.visibility import announce_copies, announce_if_public, hide, is_public

SECOND_MISS = timedelta(hours=1)
"""A post is buried when it is missed again after this long (platforms.md, section 14)."""

WITHDRAWN_FOR = timedelta(hours=24)
"""How long a withdrawn post may still come back before it is buried."""


@dataclass(frozen=True, slots=True)
class Ageing:
    """How long a platform's terms let its data be kept without being asked for again."""

    posts: timedelta | None = None
    metrics: timedelta | None = None


TERMS = {
    # YouTube API policies III.E.4.b and d: refresh or delete within 30 days, statistics likewise.
    "youtube": Ageing(posts=timedelta(days=30), metrics=timedelta(days=30)),
}


def missed(session: Session, post_id: int, *, now: datetime) -> None:
    """Note that a platform did not know a post: hidden at once, buried at the second miss."""
    post = session.get_one(Post, post_id)
    if post.missed_at is not None and now - post.missed_at >= SECOND_MISS:
        bury(session, post_id, reason="gone", now=now)
        return
    hide(session, post_id, Availability.MISSING, now=now)
    post.recheck_at = now + SECOND_MISS
    session.flush()


def bury(session: Session, post_id: int, *, reason: str, now: datetime) -> None:
    """Delete a post and all that hangs on it, and keep it from coming back.

    Decisions and changes stay: they name only its number.

    Raises:
        UnknownPostError: there is no such post.
    """
    changes.take_turn(session)
    post = session.get(Post, post_id)
    if post is None:
        raise UnknownPostError(f"no post {post_id}")
    if is_public(post.review, post.availability, is_copy=post.is_copy):
        changes.record(session, ChangeKind.REMOVED, [post_id], now=now)
    if post.is_copy:
        announce_copies(session, [post_id], now=now)
    heir = heads.leave(session, post_id)
    matching.forget(session, [post_id])
    pictures.forget(session, post_id)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.connection().execute(
        dialect.insert(Tombstone).on_conflict_do_nothing(),
        {
            "key": rows.tombstone_key(post.platform, post.native_id),
            "reason": reason,
            "buried_at": now,
        },
    )
    media.wake(session, [post_id], now=now)
    session.connection().execute(delete(Post).where(col(Post.id) == post_id))
    session.expunge(post)
    if heir is not None:
        announce_if_public(session, heir, now=now)


def purge(session: Session, *, raw_days: int, now: datetime) -> dict[str, int]:
    """Delete what may no longer be kept; return how many of what."""
    changes.take_turn(session)
    reports.purge(session, now=now)
    raw = session.connection().execute(
        delete(RawPayload).where(col(RawPayload.fetched_at) < now - timedelta(days=raw_days))
    )
    set_aside = session.connection().execute(
        delete(Quarantined).where(
            col(Quarantined.quarantined_at) < now - timedelta(days=raw_days),
            # What is left of the discarded holds nothing, and keeps them from coming back.
            col(Quarantined.discarded_at).is_(None),
        )
    )
    expired: list[int] = list(
        _ids(
            session,
            col(Post.availability) == Availability.WITHDRAWN,
            col(Post.missed_at) < now - WITHDRAWN_FOR,
        )
    )
    metrics = 0
    for platform, terms in TERMS.items():
        if terms.posts is not None:
            expired += _ids(
                session,
                col(Post.platform) == platform,
                col(Post.fetched_at) < now - terms.posts,
            )
        if terms.metrics is not None:
            metrics += (
                session.connection()
                .execute(
                    update(Post)
                    .where(
                        col(Post.platform) == platform,
                        col(Post.fetched_at) < now - terms.metrics,
                    )
                    .values(dict.fromkeys(rows.METRICS))
                )
                .rowcount
            )
    for post_id in dict.fromkeys(expired):
        bury(session, post_id, reason="terms", now=now)
    return {
        "payloads": raw.rowcount + set_aside.rowcount,
        "posts": len(set(expired)),
        "metrics": metrics,
    }


def _ids(session: Session, *conditions: object) -> Sequence[int]:
    return [
        post_id
        for post_id in session.exec(select(Post.id).where(*conditions))  # type: ignore[arg-type]  # columns
        if post_id is not None
    ]
