"""The record of decisions: a row for the post, a row for the audit trail, a new revision."""

from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session, col, select

from store import audit
from store.errors import ConflictError, IllegalActionError, UnknownPostError
from store.models import Action, Decision, Post
from store.prepared import among


def take(session: Session, post_id: int, revision: int | None) -> Post:
    """Return a post to decide about, which nobody else changes meanwhile.

    Raises:
        UnknownPostError: there is no such post.
        ConflictError: it has another revision; None does not ask.
    """
    return expect(take_each(session, [post_id]), post_id, revision)


def take_each(session: Session, post_ids: Iterable[int]) -> dict[int, Post]:
    """Return those of some posts that are there, by their ids; nobody else changes them."""
    # Always in one order: two who take the same posts would else wait for each other for ever.
    query = select(Post).where(col(Post.id).in_(set(post_ids))).order_by(col(Post.id))
    query = query.with_for_update().execution_options(populate_existing=True)
    return {post.id or 0: post for post in session.exec(query)}


def expect(posts: Mapping[int, Post], post_id: int, revision: int | None) -> Post:
    """Return a post of those that were taken; raises as `take` does."""
    post = posts.get(post_id)
    if post is None:
        raise UnknownPostError(f"no post {post_id}")
    if revision is not None and revision != post.revision:
        raise ConflictError(f"post {post_id} was changed meanwhile")
    return post


def done(
    session: Session, post_id: int, action: Action, moderator: str, key: str | None
) -> Decision | None:
    """Return this very decision, if somebody has made it under a key already.

    Raises:
        IllegalActionError: the key was another decision's.
    """
    return None if key is None else same(made(session, moderator, [key]).get(key), post_id, action)


def made(session: Session, moderator: str, keys: Iterable[str]) -> dict[str, Decision]:
    """Return the decisions that somebody has made under some keys."""
    if not (asked := list(keys)):
        return {}
    query = select(Decision).where(Decision.moderator == moderator, col(Decision.key).in_(asked))
    return {one.key or "": one for one in session.exec(query)}


def same(found: Decision | None, post_id: int, action: Action) -> Decision | None:
    """Return what was found under a key, if anything; raises as `done` does."""
    if found is not None and (found.post_id, found.action) != (post_id, action.value):
        raise IllegalActionError("this key was used for another decision")
    return found


def write(session: Session, post: Post, decision: Decision, *, origin: str = "") -> Decision:
    """Write down a decision about a post; what it changes in the post is there already."""
    note(session, post, decision)
    seal(session, [decision], origin=origin)
    return decision


def note(session: Session, post: Post, decision: Decision) -> None:
    """Add a decision to those that are to be sealed; its post has a new revision at once.

    The clock's own doing leaves the revision as it is: it follows from what a person has seen.
    """
    if decision.action != Action.RELEASE:
        post.revision += 1
    decision.revision = post.revision
    session.add(decision)


def seal(session: Session, noted: Sequence[Decision], *, origin: str = "") -> None:
    """Give decisions that were noted their numbers, and tell the audit trail of them."""
    session.flush()
    acts = (audit.of_decision(one.model_dump()) for one in noted)
    audit.append(session, [{**act, "origin": origin} for act in acts])


def is_by_hand(session: Session, post_id: int) -> bool:
    """Say whether a person brought a post in, so that it needs no hashtag of ours."""
    return post_id in by_hand(session, [post_id])


def by_hand(session: Session, post_ids: Sequence[int]) -> dict[int, str]:
    """Return who brought some posts in, of those that a person has brought in."""
    return dict(session.exec(_BY_HAND, params={"ids": list(post_ids)}).all())


# Built once: to build a query anew costs more than to run it.
_BY_HAND = (
    select(Decision.post_id, Decision.moderator)
    .join(Post, col(Post.id) == col(Decision.post_id))
    .where(
        among(col(Decision.post_id), "ids"),
        Decision.action == Action.ADD,
        # SQLite gives numbers of posts that have gone to others.
        col(Decision.decided_at) >= col(Post.first_seen_at),
    )
)
