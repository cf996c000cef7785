"""Which decision leads from which review to which: the whole state machine.

A post begins pending. `Availability` is beside it: what its platform lets nobody see any more, or
what was erased, is out of the team's hands whatever its review.
"""

from collections.abc import Mapping

from store.errors import IllegalActionError
from store.models import Action, Availability, Post, Review

_PENDING, _ESCALATED, _SCHEDULED, _APPROVED, _REJECTED, _HIDDEN = Review

TRANSITIONS: Mapping[Action, tuple[frozenset[Review], Review]] = {
    Action.APPROVE: (
        frozenset({_PENDING, _ESCALATED, _SCHEDULED, _REJECTED, _HIDDEN}),
        _APPROVED,
    ),
    Action.REJECT: (
        frozenset({_PENDING, _ESCALATED, _SCHEDULED, _APPROVED, _HIDDEN}),
        _REJECTED,
    ),
    Action.ESCALATE: (frozenset({_PENDING}), _ESCALATED),
    Action.SCHEDULE: (frozenset({_PENDING, _ESCALATED, _REJECTED}), _SCHEDULED),
    Action.HIDE: (frozenset({_APPROVED, _SCHEDULED}), _HIDDEN),
    Action.RESTORE: (frozenset({_HIDDEN}), _APPROVED),
    Action.HOLD: (frozenset({_APPROVED, _SCHEDULED}), _PENDING),
}
"""An action, the reviews it may start from, and the one it leads to."""


def target(post: Post, action: Action) -> Review | None:
    """Return where an action leads; None when the post is there already.

    Raises:
        IllegalActionError: it leads nowhere from here.
    """
    before, after = TRANSITIONS[action]
    if post.availability == Availability.WITHDRAWN:
        raise IllegalActionError(f"post {post.id} was withdrawn at its platform")
    if post.review == after:
        return None
    if post.review not in before:
        raise IllegalActionError(f"post {post.id} is {post.review}: {action.value} leads nowhere")
    return after


def allowed(post: Post) -> list[Action]:
    """Return the actions of this table that would change a post."""
    if post.availability == Availability.WITHDRAWN:
        return []
    return [action for action, (before, _) in TRANSITIONS.items() if post.review in before]
