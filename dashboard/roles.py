"""Who may do what at the desk: data, and the only place that says so."""

from collections.abc import Mapping
from enum import StrEnum

from store.models import Action, Role


class Right(StrEnum):
    """Something that not everybody may do."""

    SEE = "see"
    NOTE = "note"
    DECIDE = "decide"
    """About posts that wait."""
    ADD = "add"
    """Bring posts in by their address, which asks a network."""
    PUBLISH = "publish"
    """Take off the wall, put back, schedule, put first, and decide what was escalated."""
    SHARE = "share"
    """Save views of the queue for the whole team."""
    STEER = "steer"
    """Pause sources, and let them run."""
    SEE_TRAIL = "see-trail"


_MODERATOR = frozenset({Right.SEE, Right.NOTE, Right.DECIDE, Right.ADD})
_EDITOR = _MODERATOR | {Right.PUBLISH, Right.SHARE}

MATRIX: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.SEE}),
    Role.MODERATOR: _MODERATOR,
    Role.EDITOR: _EDITOR,
    Role.ADMIN: _EDITOR | {Right.STEER, Right.SEE_TRAIL},
    Role.AUDITOR: frozenset({Right.SEE, Right.SEE_TRAIL}),
}
"""What is not here is refused."""

NEEDED: Mapping[Action, Right] = {
    Action.APPROVE: Right.DECIDE,
    Action.REJECT: Right.DECIDE,
    Action.ESCALATE: Right.DECIDE,
    Action.UNDO: Right.DECIDE,
    Action.DISMISS: Right.DECIDE,
    Action.TAG: Right.DECIDE,
    Action.TOPIC: Right.DECIDE,
    Action.DESCRIBE: Right.DECIDE,
    Action.COLLECT: Right.PUBLISH,
    Action.DROP: Right.PUBLISH,
    Action.PIN: Right.PUBLISH,
    Action.UNPIN: Right.PUBLISH,
    Action.MOVE: Right.PUBLISH,
    Action.FEATURE: Right.PUBLISH,
    Action.UNFEATURE: Right.PUBLISH,
    Action.SCHEDULE: Right.PUBLISH,
    Action.HIDE: Right.PUBLISH,
    Action.RESTORE: Right.PUBLISH,
    Action.NOTE: Right.NOTE,
}


def may(role: Role, right: Right) -> bool:
    """Say whether a role has a right."""
    return right in MATRIX.get(role, frozenset())
