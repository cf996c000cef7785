"""The record of decisions: a row for the post, a row for the audit trail, a new revision."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from store import audit
from store.errors import ConflictError, IllegalActionError, UnknownPostError
from store.models import Action, Decision, Post


def take(session: Session, post_id: int, revision: int | None) -> Post:
    """Return a post to decide about, which nobody else changes meanwhile.

    Raises:
        UnknownPostError: there is no such post.
        ConflictError: it has another revision; None does not ask.
    """
    post = session.get(Post, post_id, with_for_update=True, populate_existing=True)
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
    if key is None:
        return None
    query = select(Decision).where(Decision.moderator == moderator, Decision.key == key)
    found = session.exec(query).first()
    if found is not None and (found.post_id, found.action) != (post_id, action.value):
        raise IllegalActionError("this key was used for another decision")
    return found


def write(session: Session, post: Post, decision: Decision, *, origin: str = "") -> Decision:
    """Write down a decision about a post; what it changes in the post is there already.

    The clock's own doing leaves the revision as it is: it follows from what a person has seen.
    """
    if decision.action != Action.RELEASE:
        post.revision += 1
    decision.revision = post.revision
    session.add(decision)
    session.flush()
    audit.append(session, [{**audit.of_decision(decision.model_dump()), "origin": origin}])
    return decision


def is_by_hand(session: Session, post_id: int) -> bool:
    """Say whether a person brought a post in, so that it needs no hashtag of ours."""
    return post_id in by_hand(session, [post_id])


def by_hand(session: Session, post_ids: Sequence[int | None]) -> dict[int, str]:
    """Return who brought some posts in, of those that a person has brought in."""
    query = (
        select(Decision.post_id, Decision.moderator)
        .join(Post, col(Post.id) == col(Decision.post_id))
        .where(
            col(Decision.post_id).in_(post_ids),
            Decision.action == Action.ADD,
            # SQLite gives numbers of posts that have gone to others.
            col(Decision.decided_at) >= col(Post.first_seen_at),
        )
    )
    return dict(session.exec(query).all())
