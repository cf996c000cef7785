"""Stories as sets of posts that edges connect, and which post of each is shown.

`Post.story_id` is the same for all posts of a story and None for one that is alone; all but one of
them are copies (`Post.is_copy`). The shown one is its head.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, case, delete, or_, select, update
from sqlmodel import Session, col

from store.models import Availability, Post, Review, StoryEdge
from store.prepared import insert_into
from store.stories.evidence import Edge, Evidence

LARGE = 20
"""Posts from which a story is not merged with another as large on the word of texts alone."""

_BY_NAME = {Evidence.IDENTITY, Evidence.REFERENCE, Evidence.PERMALINK}
_HEAD: list[Any] = [
    col(getattr(Post, name))
    for name in (
        "id", "story_id", "is_copy", "review", "availability", "published_at", "refers_to", "text",
    )
]  # fmt: skip


def join(session: Session, found: Sequence[tuple[int, Edge]]) -> set[int]:
    """Put posts together that edges connect; return the ids of all whose standing changed."""
    connection = session.connection()
    _write(connection, found)
    stories = _stories(connection, {one for post, edge in found for one in (post, edge.to)})
    root = {story: story for story in stories.values()}

    def top(story: int) -> int:
        while root[story] != story:
            root[story] = root[root[story]]
            story = root[story]
        return story

    for post, edge in found:
        one, other = sorted((top(stories[post]), top(stories[edge.to])))
        if one != other and (edge.kind in _BY_NAME or not _are_large(connection, one, other)):
            root[other] = one
    moved = defaultdict(set)
    for story in root:
        moved[top(story)].add(story)
    changed: set[int] = set()
    for target, parts in moved.items():
        members = [post for post, story in stories.items() if top(story) == target]
        if len(members) > 1:
            _move(connection, parts, members, target)
            changed |= _choose(connection, target, new={post for post, _ in found})
    return changed


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
    _, *copies = rows
    _set_copies(connection, [row["id"] for row in copies], is_copy=True)
    return {row["id"] for row in rows} if copies else set()


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
    root = {member: member for member in members}

    def top(member: int) -> int:
        while root[member] != member:
            root[member] = root[root[member]]
            member = root[member]
        return member

    query = select(col(StoryEdge.post_id), col(StoryEdge.other_id)).where(
        col(StoryEdge.post_id).in_(inside)
    )
    for one, other in connection.execute(query):
        if one in root and other in root:
            less, more = sorted((top(one), top(other)))
            root[more] = less
    groups: dict[int, list[int]] = defaultdict(list)
    for member in members:
        groups[top(member)].append(member)
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
