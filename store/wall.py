"""What is public, and in which order: the only queries that the public side runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, func, text
from sqlmodel import Session, col, select

from store import media as pictures
from store import searching
from store.errors import UnknownPostError
from store.models import Availability, Change, Media, Picture, Post, Review, Wall
from store.models.posts import ON_WALL
from store.stories import people
from store.walk import EVERYTHING, BadCursorError, Filters, Mark, asking, restricted, walk

__all__ = [
    "EVERYTHING", "BadCursorError", "Filters", "Group", "Public", "WallPage", "among", "find",
    "groups", "page", "pending", "posts", "revision",
]  # fmt: skip

MOST_COPIES = 500
"""Other places of stories that one page names, in all."""


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
    pinned: bool = False
    """It stands here before the others because editors have pinned it."""
    featured: bool = False
    """It stands here before all others because editors have featured it."""


_UNMARKED = Mark(pinned=False, featured=False)


@dataclass(frozen=True, slots=True)
class WallPage:
    """Posts in their order; `next_cursor` is None on the last page."""

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
    session: Session,
    filters: Filters,
    *,
    cursor: str | None = None,
    limit: int = 24,
    in_time: bool = False,
) -> WallPage:
    """Return public posts: those at the head of the wall, then the others, newest first.

    Who searches has asked for something else than the editors' choice, and finds all newest first.

    Args:
        filters: what to show.
        cursor: `next_cursor` of the page before; None starts at the top.
        limit: posts at most.
        in_time: all newest first, the head of the wall too.

    Raises:
        BadCursorError: the cursor is not one of ours.
    """
    walked = walk(asking(session), filters, cursor=cursor, limit=limit, in_time=in_time)
    found = posts(session, walked.seqs, walked.led)
    # On PostgreSQL a post may have left the wall since the numbers were read.
    shown = [found[seq] for seq in walked.seqs if seq in found]
    return WallPage(shown, walked.next_cursor)


def posts(
    session: Session, seqs: Iterable[int], led: Mapping[int, Mark] | None = None
) -> dict[int, Public]:
    """Return some public posts by their numbers.

    Args:
        session: reads the store.
        seqs: numbers of the wall.
        led: those of them at its head.
    """
    query = select(Wall.seq, Post).join(Wall, col(Post.id) == col(Wall.post_id))
    found = dict(session.exec(query.where(col(Wall.seq).in_(list(seqs)))).all())
    marks = [(led or {}).get(seq, _UNMARKED) for seq in found]
    return dict(zip(found, _with_media(session, [*found.values()], marks), strict=True))


def find(session: Session, post_id: int) -> Public:
    """Return one public post.

    Raises:
        UnknownPostError: no public post has this id (any more).
    """
    post = session.exec(select(Post).where(col(Post.id) == post_id, text(ON_WALL))).first()
    if post is None:
        raise UnknownPostError(f"no public post {post_id}")
    return _with_media(session, [post], [_UNMARKED])[0]


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

    The chosen kind, language and platform do not restrict: what a visitor could choose instead must
    be countable too.
    """
    columns = (col(Wall.kind), col(Wall.language), col(Wall.platform))
    query = select(*columns, func.count()).where(*restricted(filters), *_searched(filters))
    query = query.group_by(*columns)
    return [Group(*row) for row in session.exec(query)]


def among(session: Session, filters: Filters, post_ids: Iterable[int]) -> set[int]:
    """Return which of some posts a wall with these filters has."""
    query = select(Wall.post_id).where(col(Wall.post_id).in_(post_ids), *_chosen(filters))
    query = query.where(*restricted(filters), *_searched(filters))
    return set(session.exec(query))


def _chosen(filters: Filters) -> Iterable[ColumnElement[bool]]:
    """Give the conditions of the kind, language and platform that a visitor has chosen."""
    for name in ("kind", "language", "platform"):
        if value := getattr(filters, name):
            yield col(getattr(Wall, name)) == value


def _searched(filters: Filters) -> Iterable[ColumnElement[bool]]:
    return map(searching.has, searching.understood(filters.search))


def _copies(session: Session, stories: Sequence[int]) -> dict[int | None, list[Post]]:
    """Return the public copies in some stories."""
    found: dict[int | None, list[Post]] = {}
    # SQLite looks for copies of no story among all public posts.
    if not stories:
        return found
    query = select(Post).where(
        col(Post.story_id).in_(stories),
        col(Post.is_copy),
        Post.availability == Availability.LIVE,
        Post.review == Review.APPROVED,
    )
    for copy in session.exec(query.order_by(col(Post.published_at)).limit(MOST_COPIES)):
        found.setdefault(copy.story_id, []).append(copy)
    return found


def _with_media(session: Session, posts: Sequence[Post], marks: Sequence[Mark]) -> list[Public]:
    media = pictures.attached(session, [post.id or 0 for post in posts])
    others = _copies(session, [post.story_id for post in posts if post.story_id is not None])
    keys = [post.avatar_key for post in posts]
    keys += [one.picture_key for some in media.values() for one in some]
    known = pictures.by_key(session, keys)
    said_by = people.saying(session, [post.text_id for post in posts])
    return [
        Public(
            post,
            media.get(post.id or 0, ()),
            others.get(post.story_id, ()) if post.story_id is not None else (),
            known,
            said_by.get(post.text_id),
            pinned=mark.pinned,
            featured=mark.featured,
        )
        for post, mark in zip(posts, marks, strict=True)
    ]
