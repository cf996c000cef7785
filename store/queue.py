"""What the desk looks at: posts in one state, oldest first, with what is worth knowing of each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, exists, false, func, text
from sqlmodel import Session, col, select

from store import decisions, reports
from store import media as pictures
from store.models import (
    Action,
    Collected,
    Decision,
    Media,
    Note,
    Picture,
    Post,
    QueueCount,
    Queued,
    Review,
    Viewing,
)
from store.models.posts import IS_JUDGED
from store.normal import words
from store.prepared import among
from store.stories.permalinks import permalink_key
from store.stories.records import url_key

LOOKS = timedelta(seconds=60)
"""How long somebody is said to look at a post after the last sign of it."""
_CHOSEN = ("language", "platform", "kind")
UNSETTLED = (Review.PENDING, Review.ESCALATED, Review.SCHEDULED, Review.HIDDEN)
"""The others have most posts of all, and are not counted for each page."""
_WALK = {"enable_sort": "off", "max_parallel_workers_per_gather": "0"}
_ORDER = (col(Queued.first_seen_at), col(Queued.post_id))
BATCH = timedelta(minutes=10)
"""How long a batch is one person's."""
COUNTED = 1000
"""Posts that a search finds are counted so far: nobody reads more of them than to search anew."""
WALKED = 50_000
"""Posts that one search looks at; those that wait behind them it looks at when it is told to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Which posts; None or "" does not restrict."""

    review: Review = Review.PENDING
    language: str | None = None
    platform: str | None = None
    kind: str | None = None
    search: str = ""
    taken_by: str = ""
    """Only those of this person's batch."""

    @property
    def is_walked(self) -> bool:
        """Whether the database keeps no count of it."""
        return bool(self.search.strip() or self.taken_by)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside some posts themselves."""

    media: Mapping[int, Sequence[Media]]
    pictures: Mapping[int, Picture]
    judged: Counter[tuple[str, str, str]]
    """Approved and rejected posts of an author, by platform, id and review."""
    copies: Mapping[int, int]
    """Further posts of a story, by its number."""
    reported: Mapping[int, int]
    """Reports of a post that nobody has decided about."""
    added: Mapping[int, str]
    """Who has brought a post in by its address."""
    watched: Mapping[int, str]
    """Who looks at a post."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a view."""

    posts: list[Post]
    total: int
    """How many the view has; of what a search has found, no more than `COUNTED` and one."""
    behind: int | None = None
    """`Post.id` behind which the search has not looked; None: it has looked at all."""


def page(session: Session, view: View, *, after: int | None = None, limit: int = 50) -> list[Post]:
    """Return posts of a view, the one that has waited longest first.

    Args:
        session: to read with.
        view: which posts.
        after: `Post.id` to go on behind; a post that has gone meanwhile starts at the top.
        limit: posts at most.
    """
    return _read(session, _ids(session, view, after, limit))


def listing(
    session: Session,
    view: View,
    *,
    after: int | None = None,
    behind: int | None = None,
    limit: int = 50,
) -> Listing:
    """Return posts of a view as `page` does, and how many it has.

    A search walks through posts: through `WALKED` of them, and to `COUNTED` and one that it finds.

    Args:
        session: to read with.
        view: which posts.
        after: `Post.id` to go on behind, on the next page.
        behind: `Post.id` behind which to search; None searches from the top.
        limit: posts at most.
    """
    if not view.is_walked:
        posts = page(session, view, after=after, limit=limit)
        return Listing(posts, count(session, view))
    last = _last_walked(session, view, behind)
    ids = _ids(session, view, behind, max(limit, COUNTED + 1), last)
    shown = ids[:limit] if after is None else _ids(session, view, after, limit, last)
    return Listing(_read(session, shown), len(ids), None if last is None else last.post_id)


def count(session: Session, view: View) -> int:
    """Return how many posts a view has."""
    return tally(session, [view])[0]


def tally(session: Session, views: Sequence[View]) -> list[int]:
    """Return how many posts each of some views has.

    What is searched for is counted in one walk through the reviews of all such views; of all else
    the database keeps count.
    """
    walked = [view for view in views if view.is_walked]
    kept = [view for view in views if not view.is_walked]
    numbers: dict[View, int] = {}
    if walked:
        reviews = {view.review.value for view in walked}
        counted = [func.count().filter(*_conditions(view)) for view in walked]
        query = select(*counted).select_from(Queued).where(col(Queued.review).in_(reviews))
        numbers |= zip(walked, session.connection().execute(query).one(), strict=True)
    if kept:
        summed = [func.sum(QueueCount.posts).filter(*_chosen(QueueCount, view)) for view in kept]
        row = session.connection().execute(select(*summed)).one()
        numbers |= zip(kept, (number or 0 for number in row), strict=True)
    return [numbers[view] for view in views]


def counts(session: Session) -> dict[str, int]:
    """Return how many posts are in each review that is not settled, and how many are hidden."""
    found = tally(session, [View(review=one) for one in UNSETTLED])
    return {one.value: number for one, number in zip(UNSETTLED, found, strict=True)}


def choices(session: Session, view: View) -> dict[str, list[str]]:
    """Return the languages, platforms and kinds that posts in a view's review have.

    What the view itself asks for is among them, even where no post has it any more.
    """
    columns = [col(getattr(QueueCount, name)) for name in _CHOSEN]
    query = select(*columns).where(*_chosen(QueueCount, View(review=view.review)))
    rows = session.connection().execute(query.where(col(QueueCount.posts) > 0)).all()
    found = dict(zip(_CHOSEN, map(set, zip(*rows, strict=True)), strict=True)) if rows else {}
    return {
        name: sorted({*found.get(name, ()), getattr(view, name) or ""} - {""}) for name in _CHOSEN
    }


def know(session: Session, posts: Sequence[Post], *, but: str, now: datetime) -> Known:
    """Return what is known beside some posts; `but` names whose own looks are left out."""
    ids = [post.id or 0 for post in posts]
    attached = pictures.attached(session, ids)
    keys = [one.picture_key for some in attached.values() for one in some]
    keys += [post.avatar_key for post in posts]
    looks = session.exec(_LOOKS, params={"ids": ids, "but": but, "now": now})
    return Known(
        media=attached,
        pictures=pictures.by_key(session, keys),
        judged=_of_authors(session, posts),
        copies=_copies(session, posts),
        reported=reports.counts(session, ids),
        added=decisions.by_hand(session, ids),
        watched={one.post_id: one.moderator for one in looks},
    )


# Built once: to build a query anew costs more than to run it.
_LOOKS = select(Viewing).where(
    among(col(Viewing.post_id), "ids"),
    col(Viewing.moderator) != bindparam("but"),
    col(Viewing.until) > bindparam("now"),
)


def collected(session: Session, posts: Sequence[Post]) -> dict[int, list[str]]:
    """Return the collections that each of some posts is in."""
    found: dict[int, list[str]] = {}
    query = select(Collected).where(col(Collected.post_id).in_([post.id for post in posts]))
    for one in session.exec(query.order_by(col(Collected.collection))):
        found.setdefault(one.post_id, []).append(one.collection)
    return found


def history(session: Session, post_id: int) -> list[Decision]:
    """Return what was decided about a post, newest first."""
    query = select(Decision).where(Decision.post_id == post_id)
    return list(session.exec(query.order_by(col(Decision.id).desc()).limit(50)))


def notes(session: Session, post_id: int) -> list[Note]:
    """Return what the team has written about a post, oldest first."""
    return list(session.exec(select(Note).where(Note.post_id == post_id).order_by(col(Note.id))))


def decided_since(session: Session, since: datetime) -> int:
    """Return how many decisions people have made since a moment."""
    asked = [Action.APPROVE, Action.REJECT, Action.ESCALATE, Action.SCHEDULE]
    query = select(func.count()).select_from(Decision)
    where = (
        col(Decision.decided_at) >= since,
        col(Decision.action).in_(asked),
        ~col(Decision.moderator).startswith("source:"),
        col(Decision.cause_id).is_(None),
    )
    return int(session.exec(query.where(*where)).one())


def look(session: Session, post_id: int, moderator: str, *, now: datetime) -> None:
    """Note that somebody looks at a post, unless another does already."""
    found = session.get(Viewing, post_id, with_for_update=True)
    if found is None:
        session.add(Viewing(post_id=post_id, moderator=moderator, until=now + LOOKS))
    elif found.until <= now or found.moderator == moderator:
        is_kept = found.is_taken and found.moderator == moderator and found.until > now
        found.moderator, found.is_taken = moderator, is_kept
        found.until = max(found.until, now + LOOKS) if is_kept else now + LOOKS


def take(session: Session, moderator: str, *, now: datetime, limit: int = 20) -> int:
    """Hand the posts that have waited longest to one person; return how many."""
    free = ~exists().where(col(Viewing.post_id) == col(Queued.post_id), col(Viewing.until) > now)
    query = select(Queued.post_id).where(*_conditions(View()), free)
    # Two people who ask at once get different posts: the caller has its turn.
    ids = session.exec(query.order_by(*_ORDER).limit(limit)).all()
    for post_id in ids:
        found = session.get(Viewing, post_id) or Viewing(
            post_id=post_id, moderator=moderator, until=now
        )
        found.moderator, found.until, found.is_taken = moderator, now + BATCH, True
        session.add(found)
    return len(ids)


def _ids(
    session: Session, view: View, after: int | None, limit: int, last: "_Walked | None" = None
) -> Sequence[int]:
    query = select(Queued.post_id).where(*_conditions(view), *_behind(session, after))
    if last is not None:
        seen_at = col(Queued.first_seen_at)
        query = query.where(
            seen_at <= last.first_seen_at,
            (seen_at < last.first_seen_at) | (col(Queued.post_id) <= last.post_id),
        )
    with _walking(session) if _walks(view) else nullcontext():
        return session.exec(query.order_by(*_ORDER).limit(limit)).all()


def _behind(session: Session, after: int | None) -> list[ColumnElement[bool]]:
    """Say in SQL that a post stands behind another one; a post that has gone is at the top."""
    first = session.get(Post, after) if after is not None else None
    if first is None:
        return []
    seen_at = col(Queued.first_seen_at)
    # The first of both says where to begin.
    return [
        seen_at >= first.first_seen_at,
        (seen_at > first.first_seen_at) | (col(Queued.post_id) > first.id),
    ]


def _walks(view: View) -> bool:
    """Say whether posts are looked at one by one.

    An address, and what somebody has taken, are found by keys of their own.
    """
    return view.is_walked and not view.taken_by and not _is_address(view.search)


@dataclass(frozen=True, slots=True)
class _Walked:
    """The last post that a search looks at."""

    first_seen_at: datetime
    post_id: int


def _last_walked(session: Session, view: View, behind: int | None) -> _Walked | None:
    """Return where a search that begins behind a post ends; None: at the end of the queue."""
    whole = View(review=view.review)
    # The database keeps count of them.
    if not _walks(view) or count(session, whole) <= WALKED:
        return None
    query = select(Queued.first_seen_at, Queued.post_id).where(
        *_conditions(whole), *_behind(session, behind)
    )
    found = session.exec(query.order_by(*_ORDER).offset(WALKED - 1).limit(1)).first()
    return None if found is None else _Walked(*found)


@contextmanager
def _walking(session: Session) -> Iterator[None]:
    """Let PostgreSQL walk through one queue in its order, by the key.

    For words that it takes to be rare it would rather read the rows of all queues, on all
    processors at once, and sort what it finds: twice the work, beside a harvest.
    """
    if session.get_bind().dialect.name != "postgresql":
        yield
        return
    connection = session.connection()
    for name, value in _WALK.items():
        connection.exec_driver_sql(f"SET LOCAL {name} = {value}")
    yield
    for name in _WALK:
        connection.exec_driver_sql(f"SET LOCAL {name} = DEFAULT")


def _read(session: Session, ids: Sequence[int]) -> list[Post]:
    found = {post.id: post for post in session.exec(_POSTS, params={"ids": list(ids)})}
    # What has gone between the two questions is left out.
    return [found[post_id] for post_id in ids if post_id in found]


_POSTS = select(Post).where(among(col(Post.id), "ids"))


def _chosen(table: type[Queued] | type[QueueCount], view: View) -> list[ColumnElement[bool]]:
    where = [col(table.review) == view.review.value]
    return where + [
        col(getattr(table, name)) == value
        for name in _CHOSEN
        if (value := getattr(view, name)) is not None
    ]


def _conditions(view: View) -> list[ColumnElement[bool]]:
    where = _chosen(Queued, view)
    if view.taken_by:
        mine = select(Viewing.post_id).where(Viewing.moderator == view.taken_by, Viewing.is_taken)
        where.append(col(Queued.post_id).in_(mine))
    return where + list(_search(view.search.strip()))


def _is_address(search: str) -> bool:
    return search.strip().startswith(("https://", "http://"))


def _search(text: str) -> Iterable[ColumnElement[bool]]:
    if _is_address(text):
        page = permalink_key(text)
        there = select(Post.id).where(Post.url_key == url_key(page), col(Post.url_key).is_not(None))
        yield col(Queued.post_id).in_(there)
        return
    searched = words(text).split()
    if text and not searched:
        yield false()
    for word in searched:
        yield col(Queued.search_text).contains(word, autoescape=True)


def _of_authors(session: Session, posts: Sequence[Post]) -> Counter[tuple[str, str, str]]:
    """Return how many posts of each author were approved and rejected."""
    found: Counter[tuple[str, str, str]] = Counter()
    for platform in {post.platform for post in posts}:
        authors = {post.author_id for post in posts if post.platform == platform}
        asked = {"platform": platform, "authors": list(authors)}
        for author, review, number in session.connection().execute(_JUDGED, asked):
            found[platform, author, review] = number
    return found


_JUDGED = (
    select(col(Post.author_id), col(Post.review), func.count())
    .where(
        col(Post.platform) == bindparam("platform"),
        among(col(Post.author_id), "authors"),
        text(IS_JUDGED),
    )
    .group_by(col(Post.author_id), col(Post.review))
)


def _copies(session: Session, posts: Sequence[Post]) -> dict[int, int]:
    stories = [post.story_id for post in posts if post.story_id is not None]
    rows = session.connection().execute(_COPIES, {"stories": stories})
    return {story or 0: number for story, number in rows}


_COPIES = (
    select(col(Post.story_id), func.count())
    .where(among(col(Post.story_id), "stories"), col(Post.is_copy))
    .group_by(col(Post.story_id))
)
