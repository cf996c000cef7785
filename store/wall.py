"""What is public, and in which order: the only queries that the public side runs."""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, false, func, text, tuple_
from sqlmodel import Session, col, select

from store import media as pictures
from store.errors import StoreError, UnknownPostError
from store.models import Availability, Change, Collected, Media, Picture, Post, Review
from store.models.posts import ON_WALL
from store.normal import words
from store.stories import common

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_ID = 2**63 - 1
MOST_COPIES = 500
"""Other places of stories that one page names, in all."""


class BadCursorError(StoreError):
    """A cursor that `page` did not make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which public posts; None or "" does not restrict."""

    language: str | None = None
    platform: str | None = None
    kind: str | None = None
    collection: str | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class Public:
    """One public post, its media in order, and the other places of the same story."""

    post: Post
    media: Sequence[Media]
    also_on: Sequence[Post] = ()
    pictures: Mapping[int, Picture] = field(default_factory=dict)
    """By key, those of its pictures of which there are copies."""
    people: int | None = None
    """How many have posted the same few words, where so many have that they are no story."""


@dataclass(frozen=True, slots=True)
class WallPage:
    """Posts, newest first; `next_cursor` is None on the last page."""

    posts: Sequence[Public]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """How many public posts share a kind, a language and a platform."""

    kind: str
    language: str
    platform: str
    posts: int


def revision(session: Session) -> int:
    """Return a number that grows with every change that the public can see."""
    return session.exec(select(func.max(Change.id))).one() or 0


def page(
    session: Session, filters: Filters, *, cursor: str | None = None, limit: int = 24
) -> WallPage:
    """Return public posts, newest first.

    Args:
        filters: what to show.
        cursor: `next_cursor` of the page before; None starts at the top.
        limit: posts at most.

    Raises:
        BadCursorError: the cursor is not one of ours.
    """
    query = select(Post).where(text(ON_WALL), *_conditions(filters))
    if cursor is not None:
        query = query.where(
            tuple_(col(Post.published_at), col(Post.id)) < tuple_(*_read_cursor(cursor))
        )
    query = query.order_by(col(Post.published_at).desc(), col(Post.id).desc()).limit(limit + 1)
    posts = session.exec(query).all()
    more = len(posts) > limit
    posts = posts[:limit]
    return WallPage(_with_media(session, posts), _cursor(posts[-1]) if more else None)


def find(session: Session, post_id: int) -> Public:
    """Return one public post.

    Raises:
        UnknownPostError: no public post has this id (any more).
    """
    post = session.exec(select(Post).where(col(Post.id) == post_id, text(ON_WALL))).first()
    if post is None:
        raise UnknownPostError(f"no public post {post_id}")
    return _with_media(session, [post])[0]


def pending(session: Session, *, limit: int) -> Sequence[Post]:
    """Return posts that wait for a decision, oldest first; copies wait behind their story."""
    return session.exec(
        select(Post)
        .where(
            Post.review == Review.PENDING,
            Post.availability == Availability.LIVE,
            ~col(Post.is_copy),
        )
        .order_by(col(Post.first_seen_at), col(Post.id))
        .limit(limit)
    ).all()


def groups(session: Session, filters: Filters) -> list[Group]:
    """Return how many public posts there are of each kind, language and platform.

    Only `filters.collection` and `filters.search` restrict: what a visitor could choose instead
    of the chosen kind, language or platform must be countable too.
    """
    columns = (col(Post.kind), col(Post.language), col(Post.platform))
    query = (
        select(*columns, func.count()).where(text(ON_WALL), *_selection(filters)).group_by(*columns)
    )
    return [Group(*row) for row in session.exec(query)]


def _conditions(filters: Filters) -> Iterable[ColumnElement[bool]]:
    if filters.language:
        yield col(Post.language) == filters.language
    if filters.platform:
        yield col(Post.platform) == filters.platform
    if filters.kind:
        yield col(Post.kind) == filters.kind
    yield from _selection(filters)


def _selection(filters: Filters) -> Iterable[ColumnElement[bool]]:
    if filters.collection:
        yield col(Post.id).in_(
            select(Collected.post_id).where(Collected.collection == filters.collection)
        )
    searched = words(filters.search).split()
    if filters.search and not searched:
        # Punctuation or emoji alone is in no text; without a word every post would be found.
        yield false()
    for word in searched:
        yield col(Post.search_text).contains(word, autoescape=True)


def _with_media(session: Session, posts: Sequence[Post]) -> list[Public]:
    ids = [post.id for post in posts]
    media: dict[int, list[Media]] = {}
    for row in session.exec(
        select(Media).where(col(Media.post_id).in_(ids)).order_by(col(Media.position))
    ):
        media.setdefault(row.post_id, []).append(row)
    others: dict[int | None, list[Post]] = {}
    copies = select(Post).where(
        col(Post.story_id).in_([post.story_id for post in posts if post.story_id is not None]),
        col(Post.is_copy),
        Post.availability == Availability.LIVE,
        Post.review == Review.APPROVED,
    )
    for copy in session.exec(copies.order_by(col(Post.published_at)).limit(MOST_COPIES)):
        others.setdefault(copy.story_id, []).append(copy)
    keys = [post.avatar_key for post in posts]
    keys += [one.picture_key for some in media.values() for one in some]
    known = pictures.by_key(session, keys)
    people = common.people(session, [post.text_id for post in posts])
    return [
        Public(
            post,
            media.get(post.id or 0, ()),
            others.get(post.story_id, ()) if post.story_id is not None else (),
            known,
            people.get(post.text_id),
        )
        for post in posts
    ]


def _cursor(post: Post) -> str:
    micros = (post.published_at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{micros}.{post.id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        micros, _, post_id = raw.partition(".")
        published_at, last_id = _EPOCH + timedelta(microseconds=int(micros)), int(post_id)
        if not 0 < last_id <= _LAST_ID:
            raise ValueError("no database gives such an id")
    except (binascii.Error, UnicodeError, ValueError, OverflowError) as error:
        raise BadCursorError("the cursor is not one that this wall gave") from error
    return published_at, last_id
