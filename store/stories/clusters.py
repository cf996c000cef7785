"""Stories as sets of posts that edges connect, and which post of each is shown.

`Post.story_id` is the same for all posts of a story and None for one that is alone; all but one of
them are copies (`Post.is_copy`). The shown one is its head.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, case, delete, func, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col
from sqlmodel import select as select_posts

from store.models import Availability, Post, Review, StoryApart, StoryEdge
from store.prepared import insert_into
from store.stories.evidence import Edge, Evidence

LARGE = 20
"""Posts from which a story is not merged with another as large on the word of texts alone."""

_CERTAIN = {Evidence.IDENTITY, Evidence.REFERENCE, Evidence.PERMALINK, Evidence.PERSON}
_HEAD: list[Any] = [
    col(getattr(Post, name))
    for name in (
        "id", "story_id", "is_copy", "review", "availability", "published_at", "refers_to", "text",
    )
]  # fmt: skip


class _Groups:
    """Numbers that are put together bit by bit; each group is known by its smallest."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._up = {number: number for number in numbers}

    def top(self, number: int) -> int:
        """Return the smallest number of a group."""
        while self._up[number] != number:
            self._up[number] = self._up[self._up[number]]
            number = self._up[number]
        return number

    def merge(self, one: int, other: int) -> None:
        """Put two groups together."""
        less, more = sorted((self.top(one), self.top(other)))
        self._up[more] = less

    def all(self) -> dict[int, list[int]]:
        """Return the members of each group."""
        groups: dict[int, list[int]] = defaultdict(list)
        for number in self._up:
            groups[self.top(number)].append(number)
        return groups


def join(session: Session, found: Sequence[tuple[int, Edge]]) -> set[int]:
    """Put posts together that edges connect; return the ids of all whose standing changed."""
    connection = session.connection()
    _write(connection, found)
    stories = _stories(connection, {one for post, edge in found for one in (post, edge.to)})
    groups = _Groups(stories.values())
    apart = _apart(connection, set(stories.values()))
    for post, edge in found:
        one, other = groups.top(stories[post]), groups.top(stories[edge.to])
        if one != other and _may_merge(connection, groups, edge, one, other, apart):
            groups.merge(one, other)
    changed: set[int] = set()
    for target, parts in groups.all().items():
        members = [post for post, story in stories.items() if story in parts]
        if len(members) > 1:
            _move(connection, {*parts}, members, target)
            changed |= _choose(connection, target, new={post for post, _ in found})
    return changed


def _may_merge(
    connection: Connection,
    groups: _Groups,
    edge: Edge,
    one: int,
    other: int,
    apart: Sequence[tuple[int, int]],
) -> bool:
    if any({groups.top(a), groups.top(b)} == {one, other} for a, b in apart):
        return False
    return edge.kind in _CERTAIN or not _are_large(connection, one, other)


def part(
    session: Session, post_ids: Sequence[int], kinds: Iterable[str] = tuple(Evidence)
) -> set[int]:
    """Cut the edges of some posts, and part the stories that fall apart by that.

    Args:
        session: in a write transaction; the caller commits.
        post_ids: the posts.
        kinds: which evidence to cut.

    Returns:
        The ids of all posts whose standing changed.
    """
    if not post_ids:
        return set()
    connection = session.connection()
    connection.execute(
        delete(StoryEdge).where(
            col(StoryEdge.kind).in_(list(kinds)),
            or_(col(StoryEdge.post_id).in_(post_ids), col(StoryEdge.other_id).in_(post_ids)),
        )
    )
    query = select(col(Post.story_id)).where(col(Post.id).in_(post_ids)).distinct()
    changed: set[int] = set()
    for (story,) in connection.execute(query).all():
        if story is not None:
            changed |= _regroup(connection, story)
    return changed


def copies(session: Session, post_id: int) -> Sequence[Post]:
    """Return the posts that a head stands for; none where the post is no head."""
    head = session.get_one(Post, post_id)
    if head.story_id is None or head.is_copy:
        return []
    return session.exec(
        select_posts(Post).where(Post.story_id == head.story_id, col(Post.is_copy))
    ).all()


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
    _set_copies(connection, [head["id"]] if head is not None else [], is_copy=True)
    _set_copies(connection, [post_id], is_copy=False)
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
        (col(Post.review) == Review.PENDING, 1),
        else_=2,
    )
    heir = connection.execute(
        select(col(Post.id))
        .where(col(Post.story_id) == head["story_id"], col(Post.id) != post_id)
        .order_by(standing, col(Post.published_at), col(Post.id))
        .limit(1)
    ).scalar()
    if heir is None:
        return None
    _set_copies(connection, [post_id], is_copy=True)
    _set_copies(connection, [heir], is_copy=False)
    return int(heir)


def _write(connection: Connection, found: Sequence[tuple[int, Edge]]) -> None:
    rows = [
        {
            "post_id": post,
            "other_id": edge.to,
            "kind": edge.kind.value,
            "score": round(edge.verdict.score, 4),
            "why": edge.verdict.why.value,
            "words": edge.verdict.words or edge.verdict.typos,
        }
        for post, edge in found
    ]
    if rows:
        statement = insert_into(connection.dialect, StoryEdge).on_conflict_do_nothing()
        connection.execute(statement, rows)


def _stories(connection: Connection, post_ids: Iterable[int]) -> dict[int, int]:
    """Return the story of each post; a post alone is a story by its own number."""
    query = select(col(Post.id), col(Post.story_id)).where(col(Post.id).in_(list(post_ids)))
    rows: Any = connection.execute(query)
    return {post: post if story is None else story for post, story in rows}


def _apart(connection: Connection, stories: set[int]) -> list[tuple[int, int]]:
    """Return the pairs of these stories of which a person has said that they are two."""
    one, other = aliased(Post), aliased(Post)
    of_one = func.coalesce(one.story_id, one.id)
    of_other = func.coalesce(other.story_id, other.id)
    query = (
        select(of_one, of_other)
        .select_from(StoryApart)
        .join(one, one.id == StoryApart.one_id)  # type: ignore[arg-type]  # columns
        .join(other, other.id == StoryApart.other_id)  # type: ignore[arg-type]  # columns
        .where(of_one.in_(stories), of_other.in_(stories))
        .distinct()
    )
    return [(a, b) for a, b in connection.execute(query)]


def _are_large(connection: Connection, *stories: int) -> bool:
    return all(
        connection.execute(
            select(col(Post.id)).where(col(Post.story_id) == story).offset(LARGE - 1).limit(1)
        ).first()
        for story in stories
    )


def _move(connection: Connection, parts: set[int], members: Sequence[int], target: int) -> None:
    others = parts - {target}
    connection.execute(
        update(Post)
        .where(or_(col(Post.id).in_(members), col(Post.story_id).in_(others)))
        .values(story_id=target)
    )


def _choose(connection: Connection, story: int, *, new: set[int]) -> set[int]:
    """Let one post of a story stand for it; return the ids of those whose standing changed."""
    query = select(*_HEAD).where(col(Post.story_id) == story, ~col(Post.is_copy))
    rows: Any = connection.execute(query).mappings().all()
    if not rows:
        return set()
    settled = {row["review"] for row in rows if row["id"] not in new}
    # A rejection is of the story: a new copy must not bring it back.
    if Review.REJECTED in settled and Review.APPROVED not in settled:
        rows = sorted(rows, key=lambda row: (row["review"] != Review.REJECTED, _rank(row)))
    else:
        rows = sorted(rows, key=_rank)
    head, *others = rows
    _set_copies(connection, [row["id"] for row in others], is_copy=True)
    if head["review"] == Review.REJECTED and head["id"] not in new:
        connection.execute(
            update(Post)
            .where(col(Post.id).in_([row["id"] for row in others]))
            .values(review=Review.REJECTED.value)
        )
    # The head was one before, unless it is new here: only then is anything new of it.
    return {row["id"] for row in (rows if head["id"] in new else others)} if others else set()


def _rank(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Order: who may stand for a story first; what people see before all else."""
    standing = {Review.APPROVED: 0, Review.PENDING: 1}.get(row["review"], 2)
    if row["availability"] != Availability.LIVE:
        standing = 3
    repeats = any(one["kind"] == "repost" for one in row["refers_to"])
    is_cut = row["text"].rstrip().endswith(("…", "...", "[…]"))
    return standing, repeats, is_cut, row["published_at"], row["id"]


def _regroup(connection: Connection, story: int) -> set[int]:
    """Part a story whose edges no longer connect all of its posts."""
    inside = select(col(Post.id)).where(col(Post.story_id) == story)
    members: list[int] = [post_id or 0 for (post_id,) in connection.execute(inside)]
    sets = _Groups(members)
    known = set(members)
    query = select(col(StoryEdge.post_id), col(StoryEdge.other_id)).where(
        col(StoryEdge.post_id).in_(inside)
    )
    for one, other in connection.execute(query):
        if one in known and other in known:
            sets.merge(one, other)
    groups = sets.all()
    if len(groups) == 1:
        return set()
    changed: set[int] = set()
    for first, group in groups.items():
        alone = len(group) == 1
        connection.execute(
            update(Post).where(col(Post.id).in_(group)).values(story_id=None if alone else first)
        )
        changed |= _crown(connection, group)
    return changed


def _crown(connection: Connection, group: Sequence[int]) -> set[int]:
    """Give a group that has come apart one head."""
    query = select(*_HEAD).where(col(Post.id).in_(group))
    rows: Any = connection.execute(query).mappings().all()
    head, *copies = sorted(rows, key=_rank)
    changed = {row["id"] for row in copies if not row["is_copy"]}
    _set_copies(connection, sorted(changed), is_copy=True)
    if head["is_copy"]:
        _set_copies(connection, [head["id"]], is_copy=False)
        changed.add(head["id"])
    return changed


def _set_copies(connection: Connection, post_ids: Sequence[int], *, is_copy: bool) -> None:
    if post_ids:
        connection.execute(update(Post).where(col(Post.id).in_(post_ids)).values(is_copy=is_copy))
