"""Whether the public sees a post, and taking it away when its platform says so."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from store import changes
from store.models import Availability, ChangeKind, Post, Review
from store.prepared import among
from store.stories import heads


def hide(session: Session, post_id: int, why: Availability, *, now: datetime) -> None:
    """Take a post off the wall because of what its platform says; its story goes to the next copy.

    Nothing is deleted yet: `retention` does that when the platform has said it for long enough.
    """
    post = session.get_one(Post, post_id)
    if post.availability == why:
        return
    was_public = is_public(post.review, post.availability, is_copy=post.is_copy)
    post.availability = why
    post.missed_at = post.missed_at or now
    session.flush()
    if was_public:
        changes.record(session, ChangeKind.REMOVED, [post_id], now=now)
    if post.is_copy:
        announce_copies(session, [post_id], now=now)
    if heir := heads.leave(session, post_id):
        session.expire(post)
        announce_if_public(session, heir, now=now)


def announce_if_public(session: Session, post_id: int, *, now: datetime) -> None:
    """Note that the public sees a post, if it does: on the wall, or named by its story's head."""
    post = session.get_one(Post, post_id)
    if is_public(post.review, post.availability, is_copy=post.is_copy):
        changes.record(session, ChangeKind.PUBLISHED, [post_id], now=now)
    elif post.is_copy:
        announce_copies(session, [post_id], now=now)


_STORIES = select(Post.story_id).where(among(col(Post.id), "ids"), col(Post.is_copy))
_STANDING = select(Post.id).where(
    among(col(Post.story_id), "stories"),
    ~col(Post.is_copy),
    Post.review == Review.APPROVED,
    Post.availability == Availability.LIVE,
)


def announce_copies(session: Session, post_ids: Iterable[int], *, now: datetime) -> None:
    """Note that posts of the wall name other places than before, since some copies have changed."""
    connection = session.connection()
    stories = connection.execute(_STORIES, {"ids": list(post_ids)}).scalars()
    told = {one for one in stories if one is not None}
    if told:
        heads = connection.execute(_STANDING, {"stories": list(told)}).scalars().all()
        changes.record(session, ChangeKind.UPDATED, heads, now=now)


def announce_standing(session: Session, post_ids: Iterable[int], *, now: datetime) -> None:
    """Note that some posts stand for their story now, or another one does."""
    ids = list(post_ids)
    if not ids:
        return
    query = select(Post).where(col(Post.id).in_(ids))
    for post in session.exec(query.execution_options(populate_existing=True)):
        if post.id and is_public(post.review, post.availability, is_copy=False):
            kind = ChangeKind.REMOVED if post.is_copy else ChangeKind.PUBLISHED
            changes.record(session, kind, [post.id], now=now)


def is_public(review: str, availability: str, *, is_copy: bool) -> bool:
    """Say in Python what `store.models.posts.ON_WALL` says in SQL."""
    return review == Review.APPROVED and availability == Availability.LIVE and not is_copy
