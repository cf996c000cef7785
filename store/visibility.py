"""Whether the public sees a post, and taking it away when its platform says so."""

from datetime import datetime

from sqlmodel import Session

from store import changes, duplicates
from store.models import Availability, ChangeKind, Post, Review


def hide(session: Session, post_id: int, why: Availability, *, now: datetime) -> None:
    """Take a post off the wall because of what its platform says; its story goes to the next copy.

    Nothing is deleted yet: `retention` does that when the platform has said it for long enough.
    """
    post = session.get_one(Post, post_id)
    if post.availability == why:
        return
    was_public = is_public(post.review, post.availability, post.duplicate_of_id)
    post.availability = why
    post.missed_at = post.missed_at or now
    session.flush()
    if was_public:
        changes.record(session, ChangeKind.REMOVED, [post_id], now=now)
    if post.duplicate_of_id is None and (heir := duplicates.promote(session, post_id)):
        post.duplicate_of_id = heir
        session.flush()
        announce_if_public(session, heir, now=now)


def announce_if_public(session: Session, post_id: int, *, now: datetime) -> None:
    """Note that the public sees a post, if it does."""
    post = session.get_one(Post, post_id)
    if is_public(post.review, post.availability, post.duplicate_of_id):
        changes.record(session, ChangeKind.PUBLISHED, [post_id], now=now)


def is_public(review: str, availability: str, duplicate_of_id: int | None) -> bool:
    """Say in Python what `store.models.posts.ON_WALL` says in SQL."""
    return (
        review == Review.APPROVED and availability == Availability.LIVE and duplicate_of_id is None
    )
