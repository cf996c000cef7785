"""The record of decisions: a row for the post, a row for the audit trail, a new revision."""

from sqlmodel import Session

from store import audit
from store.models import Action, Decision, Post


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
