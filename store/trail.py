"""What of the audit trail can still be taken back, and what was."""

from collections.abc import Iterable

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from store.curation import UNDOABLE
from store.models import Action, Audit, Decision, Post
from store.stories import undoing


def undoable(session: Session, acts: Iterable[Audit]) -> dict[int, int]:
    """Return which acts of the trail can be taken back still: the decision of each, by its number.

    Whether others have built upon it is seen when it is taken back.
    """
    by_key = {(one.object, one.action, one.revision): one.id or 0 for one in acts}
    ids = [int(name.removeprefix("post:")) for name, *_ in by_key if name.startswith("post:")]
    undo = aliased(Decision)
    taken_back = col(undo.cause_id) == col(Decision.id), col(undo.action) == Action.UNDO
    query = (
        select(Decision, Post.revision)
        .join(Post, col(Post.id) == col(Decision.post_id))
        .where(
            col(Decision.post_id).in_(ids),
            col(Decision.action).in_(UNDOABLE),
            # SQLite gives numbers of posts that have gone to others.
            col(Decision.decided_at) >= col(Post.first_seen_at),
            ~exists().where(*taken_back),
        )
    )
    found = {}
    for decision, revision in session.exec(query):
        key = (f"post:{decision.post_id}", decision.action, decision.revision)
        is_last = decision.revision == revision or decision.action in undoing.ACTS
        if key in by_key and decision.was and is_last:
            found[by_key[key]] = decision.id or 0
    return found


def undone(session: Session, acts: Iterable[Audit]) -> dict[int, str]:
    """Return the actions that some acts of the trail have taken back, by the acts' numbers."""
    undos = {
        (one.object, one.revision, one.acted_at): one.id or 0
        for one in acts
        if one.action == Action.UNDO
    }
    ids = {int(name.removeprefix("post:")) for name, *_ in undos}
    cause = aliased(Decision)
    query = (
        select(Decision, cause.action)
        .join(cause, col(cause.id) == col(Decision.cause_id))
        .where(col(Decision.post_id).in_(ids), Decision.action == Action.UNDO)
    )
    found = {}
    for undo, action in session.exec(query) if ids else ():
        key = (f"post:{undo.post_id}", undo.revision, undo.decided_at)
        if key in undos:
            found[undos[key]] = action
    return found
