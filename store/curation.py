"""The one way to change a review."""

from datetime import datetime

from sqlmodel import Session

from store import changes, media
from store.errors import StoreError, UnknownPostError
from store.models import Action, ChangeKind, Collected, Decision, Post, Review
from store.stories import heads
from store.visibility import announce_standing, is_public

AFTER = {
    Action.APPROVE: Review.APPROVED,
    Action.REJECT: Review.REJECTED,
    Action.HOLD: Review.PENDING,
}
"""What an action makes of a post."""


class NotApprovableError(StoreError):
    """The post cannot be shown, whatever a person decides."""


def decide(
    session: Session,
    post_id: int,
    action: Action,
    *,
    moderator: str,
    now: datetime,
    reason: str | None = None,
) -> bool:
    """Decide about one post, and about the copies of its story with it; return whether it changed.

    Raises:
        UnknownPostError: there is no such post.
    """
    changes.take_turn(session)
    post = session.get(Post, post_id, with_for_update=True)
    if post is None:
        raise UnknownPostError(f"no post {post_id}")
    after = AFTER[action].value
    if post.review == after:
        return False
    for copy in heads.copies(session, post_id):
        if copy.review != after:
            _write(session, copy, action, moderator, now, "with its story")
    before = post.review
    was_public = is_public(before, post.availability, is_copy=post.is_copy)
    _write(session, post, action, moderator, now, reason)
    if was_public != is_public(after, post.availability, is_copy=post.is_copy):
        kind = ChangeKind.REMOVED if was_public else ChangeKind.PUBLISHED
        changes.record(session, kind, [post_id], now=now)
    # A copy that was approved may stand for a story whose head waits.
    announce_standing(session, heads.reconsider(session, post_id), now=now)
    return True


def _write(
    session: Session, post: Post, action: Action, moderator: str, now: datetime, reason: str | None
) -> None:
    after = AFTER[action].value
    session.add(
        Decision(
            post_id=post.id or 0,
            action=action.value,
            reason=reason,
            moderator=moderator,
            before=post.review,
            after=after,
            decided_at=now,
        )
    )
    post.review = after
    session.flush()
    media.wake(session, [post.id or 0], now=now)


def collect(session: Session, post_id: int, collection: str, *, now: datetime) -> None:
    """Put a post into a collection; doing it twice is the same as once.

    Raises:
        UnknownPostError: there is no such post.
    """
    changes.take_turn(session)
    if session.get(Post, post_id) is None:
        raise UnknownPostError(f"no post {post_id}")
    if session.get(Collected, (post_id, collection)) is None:
        session.add(Collected(post_id=post_id, collection=collection))
        session.flush()
        changes.record(session, ChangeKind.UPDATED, [post_id], now=now)
