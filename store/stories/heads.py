"""Which post of a story is shown: its head."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, select, union_all, update
from sqlmodel import Session, col
from sqlmodel import select as select_posts

from store.models import Availability, Post, Review
from store.models.posts import OPEN, REFUSED
from store.prepared import among

_HEAD: list[Any] = [
    col(getattr(Post, name))
    for name in (
        "id", "story_id", "is_copy", "is_chosen", "review", "availability", "published_at",
        "refers_to", "text",
    )
]  # fmt: skip
# Built once: to build a query anew costs more than to run it.
_HEADS = union_all(
    select(*_HEAD).where(among(col(Post.story_id), "stories"), ~col(Post.is_copy)),
    select(*_HEAD).where(among(col(Post.id), "posts")),
)
_SET_COPIES = update(Post).where(among(col(Post.id), "ids")).values(is_copy=bindparam("standing"))


def copies(session: Session, stories: Collection[int]) -> Sequence[Post]:
    """Return the posts for which the heads of some stories stand."""
    if not stories:
        return []
    query = select_posts(Post).where(col(Post.story_id).in_(stories), col(Post.is_copy))
    return session.exec(query.order_by(col(Post.id))).all()


def reconsider(session: Session, post_id: int) -> set[int]:
    """Let a post whose standing has changed take over its story, if it ranks before the head.

    Returns the ids of all posts whose standing changed.
    """
    session.flush()
    connection = session.connection()
    mine: Any = connection.execute(select(*_HEAD).where(col(Post.id) == post_id)).mappings().one()
    if mine["story_id"] is None or not mine["is_copy"]:
        return set()
    query = select(*_HEAD).where(col(Post.story_id) == mine["story_id"], ~col(Post.is_copy))
    head: Any = connection.execute(query).mappings().first()
    if head is not None and _rank(head) <= _rank(mine):
        return set()
    set_copies(connection, [head["id"]] if head is not None else [], is_copy=True)
    set_copies(connection, [post_id], is_copy=False)
    session.expire_all()
    return {post_id} | ({head["id"]} if head is not None else set())


def leave(session: Session, post_id: int) -> int | None:
    """Hand the story of a head that is leaving to the next post; return that one's id."""
    connection = session.connection()
    head = connection.execute(select(*_HEAD).where(col(Post.id) == post_id)).mappings().one()
    if head["story_id"] is None or head["is_copy"]:
        return None
    standing = case(
        (col(Post.availability) != Availability.LIVE, 3),
        (col(Post.review) == Review.APPROVED, 0),
        (col(Post.review).in_(OPEN), 1),
        else_=2,
    )
    heir = connection.execute(
        select(col(Post.id))
        .where(col(Post.story_id) == head["story_id"], col(Post.id) != post_id)
        .order_by(standing, ~col(Post.is_chosen), col(Post.published_at), col(Post.id))
        .limit(1)
    ).scalar()
    if heir is None:
        return None
    set_copies(connection, [post_id], is_copy=True)
    set_copies(connection, [heir], is_copy=False)
    return int(heir)


def give_back(connection: Connection, post_ids: Sequence[int]) -> None:
    """Let posts stand for their stories again, but where the public would lose one by that."""
    query = select(*_HEAD).where(col(Post.id).in_(post_ids), col(Post.is_copy))
    rows: Any = connection.execute(query.order_by(col(Post.id))).mappings().all()
    for row in rows:
        of_story = col(Post.story_id) == row["story_id"]
        now = connection.execute(select(*_HEAD).where(of_story, ~col(Post.is_copy)))
        head: Any = now.mappings().one()
        is_public, would_be = (_rank(one)[0] == 0 for one in (head, row))
        is_there = row["availability"] == Availability.LIVE
        if head["id"] not in post_ids and is_there and (would_be or not is_public):
            set_copies(connection, [head["id"]], is_copy=True)
            set_copies(connection, [row["id"]], is_copy=False)


def choose(
    connection: Connection, groups: Mapping[int, int], alone: Iterable[int], *, new: set[int]
) -> tuple[list[int], set[int]]:
    """Choose the posts that are to stand for stories before these are put together.

    Args:
        connection: inside a write transaction.
        groups: for each story the one it is to be part of; a post alone is one by its own number.
        alone: which of them are posts alone.
        new: posts that do not bring back a story that was rejected.

    Returns:
        The ids of those that are copies from now on, and of all whose standing changes.
    """
    posts = set(alone)
    asked = {"stories": list(groups.keys() - posts), "posts": list(posts)}
    rows: Any = connection.execute(_HEADS, asked).mappings().all()
    by_story: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        number = row["id"] if row["story_id"] is None else row["story_id"]
        by_story[groups[number]].append(row)
    changed: set[int] = set()
    copies: list[int] = []
    rejected: list[int] = []
    for some in by_story.values():
        head, *others = _ranked(some, new)
        ids = [row["id"] for row in others]
        copies += ids
        if head["review"] in REFUSED and head["id"] not in new:
            rejected += ids
        # A head that was one before is nothing new to anybody.
        if ids:
            changed.update(ids if head["id"] not in new else [head["id"], *ids])
    if rejected:
        connection.execute(
            update(Post).where(col(Post.id).in_(rejected)).values(review=Review.REJECTED.value)
        )
    return copies, changed


def crown(connection: Connection, group: Sequence[int]) -> set[int]:
    """Give a group that has come apart one head."""
    query = select(*_HEAD).where(col(Post.id).in_(group))
    rows: Any = connection.execute(query).mappings().all()
    head, *copies = sorted(rows, key=_rank)
    changed = {row["id"] for row in copies if not row["is_copy"]}
    set_copies(connection, sorted(changed), is_copy=True)
    if head["is_copy"]:
        set_copies(connection, [head["id"]], is_copy=False)
        changed.add(head["id"])
    return changed


def _ranked(rows: Sequence[Any], new: set[int]) -> list[Any]:
    settled = {row["review"] for row in rows if row["id"] not in new}
    # A rejection is of the story: a new copy must not bring it back.
    if settled.intersection(REFUSED) and not settled & {Review.APPROVED, Review.SCHEDULED}:
        return sorted(rows, key=lambda row: (row["review"] not in REFUSED, _rank(row)))
    return sorted(rows, key=_rank)


def _rank(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Order: who may stand for a story first; of those whom a person chose before all else."""
    standing = 0 if row["review"] == Review.APPROVED else 1 if row["review"] in OPEN else 2
    if row["availability"] != Availability.LIVE:
        standing = 3
    repeats = any(one["kind"] == "repost" for one in row["refers_to"])
    is_cut = row["text"].rstrip().endswith(("…", "...", "[…]"))
    return standing, not row["is_chosen"], repeats, is_cut, row["published_at"], row["id"]


def set_copies(connection: Connection, post_ids: Sequence[int], *, is_copy: bool) -> None:
    """Say of some posts whether another stands for them."""
    if post_ids:
        connection.execute(_SET_COPIES, {"ids": list(post_ids), "standing": is_copy})
