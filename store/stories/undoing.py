"""What a person's act has changed in stories: remembered with its decision, and taken back.

Remembered is only what was cut, tied, kept apart and chosen, and who stood for what; not who was in
which story. Posts that came meanwhile stay where their own evidence ties them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from store.errors import ConflictError, StoryConflictError
from store.models import Action, Decision, Post, Review, StoryApart, StoryEdge
from store.prepared import insert_into
from store.stories import clusters, heads
from store.stories.ties import Edge, Evidence
from store.transitions import TRANSITIONS

ACTS = frozenset({Action.JOIN, Action.SPLIT, Action.KEEP})

_STANDING: list[Any] = [
    col(getattr(Post, name)) for name in ("id", "is_copy", "is_chosen", "review")
]
_EDGE = tuple(StoryEdge.model_fields)
_APART = tuple(StoryApart.model_fields)
_TELLING = {*ACTS, *TRANSITIONS} - {Action.HOLD}


@dataclass(frozen=True, slots=True)
class State:
    """How things stand with the stories of some posts."""

    posts: Mapping[int, Any]
    """All of these stories, as `_STANDING` says."""
    edges: set[tuple[Any, ...]]
    """What ties the posts themselves."""
    apart: set[tuple[int, int]]
    """From what a person has kept them apart."""

    @property
    def heads(self) -> list[int]:
        """The posts that stand for a story, or for themselves."""
        return [post_id for post_id, post in self.posts.items() if not post["is_copy"]]


def state(session: Session, post_ids: Collection[int]) -> State:
    """Return how things stand with the stories of some posts."""
    session.flush()
    connection = session.connection()
    edges = _touching(StoryEdge, _EDGE, "post_id", post_ids)
    apart = _touching(StoryApart, _APART, "one_id", post_ids)
    return State(
        posts=_members(connection, post_ids),
        edges={tuple(row) for row in connection.execute(edges)},
        apart={(one, other) for one, other in connection.execute(apart)},
    )


def changed(session: Session, before: State, post_ids: Collection[int]) -> dict[str, Any]:
    """Return what is otherwise than before, as a decision remembers it (`Decision.was`)."""
    after = state(session, [*post_ids, *before.posts])
    own = state(session, post_ids)
    posts = {key: (old, after.posts[key]) for key, old in before.posts.items()}
    return {
        "cut": sorted(before.edges - own.edges),
        "tied": [one[:3] for one in sorted(own.edges - before.edges)],
        "parted": sorted(own.apart - before.apart),
        "united": sorted(before.apart - own.apart),
        "heads": before.heads,
        "chosen": [
            [key, old["is_chosen"]]
            for key, (old, new) in posts.items()
            if old["is_chosen"] != new["is_chosen"]
        ],
        "reviews": [
            [key, old["review"]]
            for key, (old, new) in posts.items()
            if old["review"] != new["review"]
        ],
    }


def last(session: Session, post_ids: Collection[int]) -> Decision | None:
    """Return the newest act on the story of these posts that has not been taken back."""
    undo = aliased(Decision)
    taken_back = col(undo.cause_id) == col(Decision.id), col(undo.action) == Action.UNDO
    query = select(Decision).where(
        col(Decision.post_id).in_(post_ids),
        col(Decision.action).in_(ACTS),
        col(Decision.cause_id).is_(None),
        ~exists().where(*taken_back),
    )
    found = session.scalars(query.order_by(col(Decision.id).desc()).limit(1)).first()
    return found if found is not None and found.was else None


def is_settled(session: Session, decision: Decision) -> bool:
    """Say whether taking an act back would change what is, or will be, on the wall."""
    posts = _members(session.connection(), _named(decision)).values()
    return any(one["review"] in (Review.APPROVED, Review.SCHEDULED) for one in posts)


def _named(decision: Decision) -> set[int]:
    was = decision.was
    named = {decision.post_id, *was.get("heads", ())}
    edges = [*was.get("cut", ()), *was.get("tied", ())]
    return named | {post_id for one in edges for post_id in one[:2]}


def _concerned(session: Session, decision: Decision) -> list[int]:
    """Return the posts of all stories that taking an act back would change."""
    return list(_members(session.connection(), _named(decision)))


def check(session: Session, post: Post, decision: Decision) -> None:
    """See that nobody has acted on these stories since, but for what was taken back.

    Raises:
        ConflictError: the post was edited since, or this was taken back already.
        StoryConflictError: somebody has acted.
    """
    later = select(Decision).where(
        col(Decision.id) > decision.id,
        or_(
            col(Decision.post_id).in_(_concerned(session, decision)),
            col(Decision.cause_id) == decision.id,
        ),
    )
    since = session.scalars(later.order_by(col(Decision.id))).all()
    own = sum(one.post_id == post.id and one.action != Action.RELEASE for one in since)
    if post.revision != decision.revision + own:
        raise ConflictError(f"post {post.id} was edited meanwhile")
    taken_back = {one.cause_id for one in since if one.action == Action.UNDO}
    if decision.id in taken_back:
        raise ConflictError(f"decision {decision.id} was taken back already")
    for one in reversed(since):
        if _is_telling(one) and one.cause_id != decision.id and one.id not in taken_back:
            raise StoryConflictError("this story was acted on since", one.moderator)


def _is_telling(decision: Decision) -> bool:
    """Say whether somebody has decided so who has looked at the story as it is."""
    # To take out what was alone has changed nothing.
    is_empty = decision.action in ACTS and not decision.was and decision.cause_id is None
    is_person = not decision.moderator.startswith("source:")
    return decision.action in _TELLING and is_person and not is_empty


def take_back(session: Session, post: Post, decision: Decision) -> list[int]:
    """Make stories as they were before an act; return the posts that stand otherwise now.

    Raises:
        ConflictError: as `check` does.
    """
    check(session, post, decision)
    was, connection = decision.was, session.connection()
    before = state(session, _concerned(session, decision))
    _unsay(connection, was)
    for post_id, is_chosen in was["chosen"]:
        values = {"is_chosen": is_chosen}
        connection.execute(update(Post).where(col(Post.id) == post_id).values(values))
    clusters.untie(session, was["tied"])
    there = set(_members(connection, {post_id for one in was["cut"] for post_id in one[:2]}))
    cut = [one for one in was["cut"] if there >= set(one[:2])]
    if cut:
        rows = [dict(zip(_EDGE, one, strict=True)) for one in cut]
        connection.execute(
            insert_into(connection.dialect, StoryEdge).on_conflict_do_nothing(), rows
        )
        edges = [(one[0], Edge(one[1], Evidence(one[2]))) for one in cut]
        clusters.join(session, edges, new=set(), is_sure=True)
    # To put stories together may reject what comes to a rejected one: that was not so before.
    reviews = {key: old["review"] for key, old in before.posts.items()} | dict(was["reviews"])
    _review(connection, reviews)
    heads.give_back(connection, was["heads"])
    session.expire_all()
    after = _members(session.connection(), before.posts)
    seen = ("is_copy", "review")
    return [
        key
        for key, old in before.posts.items()
        if any(old[name] != after[key][name] for name in seen)
    ]


def _unsay(connection: Connection, was: Mapping[str, Any]) -> None:
    """Forget which posts the act kept apart, and keep apart again which it put together."""
    for one, other in was["parted"]:
        pair = and_(col(StoryApart.one_id) == one, col(StoryApart.other_id) == other)
        connection.execute(delete(StoryApart).where(pair))
    there = set(_members(connection, {post_id for pair in was["united"] for post_id in pair}))
    rows = [dict(zip(_APART, pair, strict=True)) for pair in was["united"] if there >= set(pair)]
    if rows:
        statement = insert_into(connection.dialect, StoryApart).on_conflict_do_nothing()
        connection.execute(statement, rows)


def _review(connection: Connection, reviews: Mapping[int, str]) -> None:
    now = connection.execute(select(*_STANDING).where(col(Post.id).in_(reviews))).mappings()
    for row in now.all():
        if row["review"] != reviews[row["id"]]:
            values = {"review": reviews[row["id"]]}
            connection.execute(update(Post).where(col(Post.id) == row["id"]).values(values))


def _members(connection: Connection, post_ids: Iterable[int]) -> dict[int, Any]:
    """Return some posts, and all that are in one story with them."""
    ids = list(post_ids)
    stories = select(col(Post.story_id)).where(
        col(Post.id).in_(ids), col(Post.story_id).is_not(None)
    )
    query = select(*_STANDING).where(or_(col(Post.id).in_(ids), col(Post.story_id).in_(stories)))
    rows = connection.execute(query.order_by(col(Post.id))).mappings()
    return {row["id"]: dict(row) for row in rows}


def _touching(table: Any, columns: Iterable[str], first: str, post_ids: Collection[int]) -> Any:
    ends = or_(col(getattr(table, first)).in_(post_ids), col(table.other_id).in_(post_ids))
    return select(*(col(getattr(table, name)) for name in columns)).where(ends)
