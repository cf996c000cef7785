"""What is public, and in which order: the only queries that the public side runs."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, bindparam, false, func, text
from sqlmodel import Session, col, select

from store import leads, searching
from store import media as pictures
from store.errors import StoreError, UnknownPostError
from store.items import Display
from store.models import (
    Availability,
    Change,
    Collected,
    Lead,
    Media,
    Picture,
    Post,
    Review,
    Wall,
    WallWord,
)
from store.models.posts import ON_WALL
from store.stories import people

_CURSOR = re.compile(r"[0-9]{1,19}", re.ASCII)
_LAST = 2**63 - 1
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
    kinds: Sequence[str] = ()
    """What the wall has at all: nobody who chooses from it is offered anything else."""
    platforms: Sequence[str] = ()
    kiosk: bool = False
    """Only what a big screen may show, where nobody can unfold anything or follow a link."""


EVERYTHING = Filters()


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
    rest = [*_chosen(filters), *_restricted(filters)]
    below = _LAST if cursor is None else _read_cursor(cursor)
    led = {} if in_time or filters.search else _led(session, rest)
    # A cursor near the largest number is one within the head: so many of it were seen.
    seen = min(_LAST - below, len(led))
    seqs = list(led)[seen:][: limit + 1]
    if (missing := limit + 1 - len(seqs)) > 0:
        if led:
            rest.append(col(Wall.seq).not_in(led))
        seqs += _walk(session, filters, rest, below=below, limit=missing)
    shown = seqs[:limit]
    query = select(Wall.seq, Post).join(Wall, col(Post.id) == col(Wall.post_id))
    found = dict(session.exec(query.where(col(Wall.seq).in_(shown))).all())
    # On PostgreSQL a post may have left the wall since the numbers were read.
    posts = [found[seq] for seq in shown if seq in found]
    next_cursor = None
    if len(seqs) > limit:
        next_cursor = str(_LAST - seen - limit if shown[-1] in led else shown[-1])
    return WallPage(_with_media(session, posts, led.values()), next_cursor)


def _led(session: Session, rest: list[ColumnElement[bool]]) -> dict[int, Lead]:
    """Return what this wall has of the head, in its order, by number."""
    every = leads.every(session)
    if not every:
        return {}
    ids = [lead.post_id for lead in every]
    query = select(Wall.post_id, Wall.seq).where(col(Wall.post_id).in_(ids), *rest)
    seqs = dict(session.exec(query).all())
    return {seqs[lead.post_id]: lead for lead in every if lead.post_id in seqs}


def _walk(
    session: Session,
    filters: Filters,
    rest: list[ColumnElement[bool]],
    *,
    below: int,
    limit: int,
) -> Sequence[int]:
    """Return the numbers of the newest posts below a number."""
    if searched := searching.understood(filters.search):
        return _search(session, searched, rest, below=below, limit=limit)
    walk = select(Wall.seq).where(col(Wall.seq) < below, *rest).order_by(col(Wall.seq).desc())
    return session.exec(walk.limit(limit)).all()


def _search(
    session: Session,
    searched: list[list[str]],
    rest: list[ColumnElement[bool]],
    *,
    below: int,
    limit: int,
) -> list[int]:
    """Return the numbers of the newest posts with some words, which fulfil other conditions too.

    Each form of the first word is walked by itself: its posts stand newest first in the index, so
    that a word of many posts costs no more than one of few.
    """
    first, *others = searched
    rest += [searching.has(forms) for forms in others]
    # Built once for all forms: to build a query anew costs more than to run it.
    walk = select(WallWord.seq).join(Wall, col(Wall.seq) == col(WallWord.seq))
    walk = walk.where(col(WallWord.word) == bindparam("form"), col(WallWord.seq) < below, *rest)
    walk = walk.order_by(col(WallWord.seq).desc()).limit(limit)
    connection, found = session.connection(), set[int]()
    for form in first:
        found.update(connection.execute(walk, {"form": form}).scalars())
    return sorted(found, reverse=True)[:limit]


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

    The chosen kind, language and platform do not restrict: what a visitor could choose instead must
    be countable too.
    """
    columns = (col(Wall.kind), col(Wall.language), col(Wall.platform))
    query = select(*columns, func.count()).where(*_restricted(filters), *_searched(filters))
    query = query.group_by(*columns)
    return [Group(*row) for row in session.exec(query)]


def among(session: Session, filters: Filters, post_ids: Iterable[int]) -> set[int]:
    """Return which of some posts a wall with these filters has."""
    query = select(Wall.post_id).where(col(Wall.post_id).in_(post_ids), *_chosen(filters))
    query = query.where(*_restricted(filters), *_searched(filters))
    return set(session.exec(query))


def _chosen(filters: Filters) -> Iterable[ColumnElement[bool]]:
    """Give the conditions of the kind, language and platform that a visitor has chosen."""
    for name in ("kind", "language", "platform"):
        if value := getattr(filters, name):
            yield col(getattr(Wall, name)) == value


def _searched(filters: Filters) -> Iterable[ColumnElement[bool]]:
    return map(searching.has, searching.understood(filters.search))


def _restricted(filters: Filters) -> Iterable[ColumnElement[bool]]:
    """Give the conditions of what the wall has at all, and of a search without any word."""
    if filters.kinds:
        yield col(Wall.kind).in_(filters.kinds)
    if filters.platforms:
        yield col(Wall.platform).in_(filters.platforms)
    if filters.collection:
        collected = select(Collected.post_id).where(Collected.collection == filters.collection)
        yield col(Wall.post_id).in_(collected)
    if filters.kiosk:
        folded = col(Post.sensitive).is_(True) | (func.coalesce(Post.content_warning, "") != "")
        whole = select(Post.id).where(Post.id == Wall.post_id, Post.display == Display.CARD)
        yield whole.where(~folded).correlate(Wall).exists()
    if filters.search and not searching.understood(filters.search):
        # Punctuation or emoji alone is in no text; without a word every post would be found.
        yield false()


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


def _with_media(
    session: Session, posts: Sequence[Post], led: Collection[Lead] = ()
) -> list[Public]:
    pinned = {lead.post_id for lead in led if lead.place is not None}
    featured = {lead.post_id for lead in led if lead.featured}
    media = pictures.attached(session, [post.id for post in posts])
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
            pinned=post.id in pinned,
            featured=post.id in featured,
        )
        for post in posts
    ]


def _read_cursor(cursor: str) -> int:
    if not _CURSOR.fullmatch(cursor) or int(cursor) > _LAST:
        raise BadCursorError("the cursor is not one that this wall gave")
    return int(cursor)
