"""Stories as sets of posts that edges connect, and which post of each is shown.

`Post.story_id` is the same for all posts of a story and None for one that is alone; all but one of
them are copies (`Post.is_copy`). The shown one is its head: `store.stories.heads`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    Dialect,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from store.models import Post, StoryApart, StoryEdge
from store.prepared import Missing, among, numbers
from store.stories import heads
from store.stories.ties import Edge, Evidence

LARGE = 20
"""Posts from which a story is not merged with another as large on the word of texts alone."""

_CERTAIN = {Evidence.IDENTITY, Evidence.REFERENCE, Evidence.PERMALINK, Evidence.PERSON}


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


def join(
    session: Session,
    found: Sequence[tuple[int, Edge]],
    *,
    new: set[int] | None = None,
    is_sure: bool = False,
) -> set[int]:
    """Put posts together that edges connect; return the ids of all whose standing changed.

    Args:
        session: in a write transaction; the caller commits.
        found: what ties which posts.
        new: posts that do not bring back a story that was rejected; None: those that edges go from.
        is_sure: that they are one story is known, however large they are.
    """
    if not found:
        return set()
    connection = session.connection()
    _write(connection, found)
    stories, told_again = _stories(
        connection, {one for post, edge in found for one in (post, edge.to)}
    )
    alone = set(stories.values()) - told_again
    groups = _Groups(stories.values())
    apart = _apart(connection, set(stories.values()))
    for post, edge in found:
        one, other = groups.top(stories[post]), groups.top(stories[edge.to])
        if one == other or any({groups.top(a), groups.top(b)} == {one, other} for a, b in apart):
            continue
        # A post alone cannot be large.
        large = not is_sure and edge.kind not in _CERTAIN and {one, other} <= told_again
        if large and _are_large(connection, one, other):
            continue
        groups.merge(one, other)
        if told_again & {one, other}:
            told_again.add(groups.top(one))
    merged = {
        number: target
        for target, numbers in groups.all().items()
        if len(numbers) > 1
        for number in numbers
    }
    if not merged:
        return set()
    freshly = {post for post, _ in found} if new is None else new
    copies, changed = heads.choose(connection, merged, alone & merged.keys(), new=freshly)
    _merge(connection, merged, alone, copies)
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
    stories = connection.execute(_STORIES, {"ids": list(post_ids)}).scalars().all()
    if stories:
        connection.execute(_CUT, {"ids": list(post_ids), "kinds": list(kinds)})
    changed: set[int] = set()
    for story in stories:
        changed |= _regroup(connection, story or 0)
    return changed


def untie(session: Session, edges: Iterable[Sequence[Any]]) -> None:
    """Cut some edges, each named by its two posts and its kind, and part what falls apart."""
    connection = session.connection()
    for post_id, other_id, kind in edges:
        edge = (
            col(StoryEdge.post_id) == post_id,
            col(StoryEdge.other_id) == other_id,
            col(StoryEdge.kind) == kind,
        )
        connection.execute(delete(StoryEdge).where(*edge))
        for story in connection.execute(_STORIES, {"ids": [post_id]}).scalars().all():
            _regroup(connection, story or 0)


_STORIES = (
    select(col(Post.story_id))
    .where(among(col(Post.id), "ids"), col(Post.story_id).is_not(None))
    .distinct()
)
_one, _other = aliased(Post), aliased(Post)
_of_one = func.coalesce(_one.story_id, _one.id)
_of_other = func.coalesce(_other.story_id, _other.id)
_APART = (
    select(_of_one, _of_other)
    .select_from(StoryApart)
    .join(_one, _one.id == StoryApart.one_id)  # type: ignore[arg-type]  # columns
    .join(_other, _other.id == StoryApart.other_id)  # type: ignore[arg-type]  # columns
    .where(among(_of_one, "ids"), among(_of_other, "ids"))
    .distinct()
)
_STORY_OF = select(col(Post.id), col(Post.story_id)).where(among(col(Post.id), "ids"))
_CALL = update(Post).where(among(col(Post.story_id), "others")).values(story_id=bindparam("story"))
_CUT = delete(StoryEdge).where(
    among(col(StoryEdge.kind), "kinds"),
    or_(among(col(StoryEdge.post_id), "ids"), among(col(StoryEdge.other_id), "ids")),
)


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
    _tie(connection.dialect)(connection, rows)


@lru_cache(maxsize=8)
def _tie(dialect: Dialect) -> Missing:
    return Missing(StoryEdge, dialect, ["post_id", "other_id", "kind", "score", "why", "words"])


def _stories(connection: Connection, post_ids: Iterable[int]) -> tuple[dict[int, int], set[int]]:
    """Return the story of each post, a post alone by its own number, and which are no such."""
    rows: Any = connection.execute(_STORY_OF, {"ids": list(post_ids)}).all()
    stories = {post: post if story is None else story for post, story in rows}
    return stories, {story for _, story in rows if story is not None}


def _apart(connection: Connection, stories: set[int]) -> list[tuple[int, int]]:
    """Return the pairs of these stories of which a person has said that they are two."""
    return [(a, b) for a, b in connection.execute(_APART, {"ids": list(stories)})]


def _are_large(connection: Connection, *stories: int) -> bool:
    return all(
        connection.execute(
            select(col(Post.id)).where(col(Post.story_id) == story).offset(LARGE - 1).limit(1)
        ).first()
        for story in stories
    )


def _merge(
    connection: Connection, merged: Mapping[int, int], alone: set[int], copies: Sequence[int]
) -> None:
    """Give posts alone, and the posts of stories, the number of the story they are of now."""
    are_copies, moved = set(copies), defaultdict[int, list[int]](list)
    rows = [
        (target, number in are_copies, number)
        for number, target in merged.items()
        if number in alone
    ]
    _number(connection, rows)
    for number, target in merged.items():
        if number not in alone and number != target:
            moved[target].append(number)
    for target, others in moved.items():
        connection.execute(_CALL, {"others": others, "story": target})
    heads.set_copies(connection, [post for post in copies if post not in alone], is_copy=True)


def _number(connection: Connection, rows: Sequence[tuple[int, bool, int]]) -> None:
    """Give posts that were alone their story and standing."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(_ONE_BY_ONE, rows)
        return
    stories, copies, posts = zip(*rows, strict=True)
    sent = {"stories": stories, "copies": map(int, copies), "posts": posts}
    connection.execute(_TOGETHER, sent)


_ONE_BY_ONE = "UPDATE post SET story_id = ?, is_copy = ? WHERE id = ?"
_ROWS = numbers(story="stories", is_copy="copies", post="posts")
_TOGETHER = (
    update(Post)
    .where(col(Post.id) == _ROWS.c.post)
    .values(story_id=_ROWS.c.story, is_copy=_ROWS.c.is_copy == 1)
)
"""For PostgreSQL, which takes longer to hear of each row than to write it."""


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
        changed |= heads.crown(connection, group)
    return changed
