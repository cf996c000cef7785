"""Posts that a person brings in by their address: they wait in the queue like any other."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from store import changes, decisions, harvests, saving
from store.errors import IllegalActionError, StoreError
from store.ingest import BURIED, NOT_PUBLIC, Rules, Tally, ingest
from store.items import Item
from store.models import Action, Decision
from store.stories import told

MOST = 60
"""Addresses that one person may have looked up in an hour."""
_UNIT = "adding"


class Why(StrEnum):
    """Why no post was added."""

    UNSUPPORTED = "unsupported"
    """It is no address of a post on a network that we can ask."""
    OFF = "off"
    """Its source is switched off."""
    KEY = "key"
    """Its source lacks a credential, or the one it has is refused."""
    GONE = "gone"
    """The network has no such post, or not for everybody."""
    UNREAD = "unread"
    """What the network answered could not be understood."""
    SILENT = "silent"
    """The network did not answer."""
    WAIT = "wait"
    """The network, or our own budget, asks for a pause."""
    OFTEN = "often"
    """This person has asked too often."""
    PRIVATE = "private"
    """It is not for everybody to see, or its author does not want it shown elsewhere."""
    BURIED = "buried"
    """It was erased, or had gone, and does not come back."""


class NotAddedError(StoreError):
    """No post was added.

    Args:
        message: for the operator.
        why: for those who ask what to do.
        about: the variables of credentials, with `Why.KEY`.
    """

    def __init__(self, message: str, why: Why, about: str = "") -> None:
        super().__init__(message)
        self.why = why
        self.about = about


@dataclass(frozen=True, slots=True)
class Asker:
    """Who brings a post in, and the name under which asking twice is the same as once."""

    name: str
    origin: str = ""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """A post, and whether it was added just so: False where it had been there before."""

    post_id: int
    is_new: bool


def known(session: Session, address: str, asker: Asker) -> Added | None:
    """Return the post of an address that needs no looking up; None where there is none yet.

    Raises:
        IllegalActionError: the key was another decision's.
    """
    # A bare number is a post to those who join stories, and no address.
    post_id = told.find(session, address) if "://" in address else None
    return None if post_id is None else _there(session, post_id, asker)


def count(session: Session, asker: Asker, *, now: datetime) -> None:
    """Count a look-up before it is made.

    Raises:
        NotAddedError: the hour's are used up.
    """
    unit = f"{asker.name} {now:%H}h"
    if not harvests.spend(session, _UNIT, unit, now.date(), 1, limit=MOST):
        raise NotAddedError(f"{MOST} addresses in this hour are enough; wait", Why.OFTEN)


def add(session: Session, item: Item, asker: Asker, *, rules: Rules, now: datetime) -> Added:
    """Let a post in that a person has asked for, to wait for a decision, with our tag or without.

    All other rules of the door hold. The session must be in a write transaction; the caller
    commits.

    Args:
        session: writes.
        item: the post as its network tells it now.
        asker: who wants it.
        rules: of its source; it publishes nothing here, whatever they say.
        now: the time.

    Raises:
        NotAddedError: the door stays shut.
        IllegalActionError: the key was another decision's.
    """
    changes.take_turn(session)
    key = (item.platform, item.native_id)
    if old := saving.ids(session.connection(), [key]):
        return _there(session, old[key], asker)
    waiting = replace(rules, publish=False)
    tally = ingest(session, [replace(item, vouched=True)], rules=waiting, now=now)
    if not tally.added:
        raise _refusal(tally)
    post_id = saving.ids(session.connection(), [key])[key]
    if decisions.done(session, post_id, Action.ADD, asker.name, asker.key) is not None:
        # Of one that has gone, whose number SQLite has given out again.
        raise IllegalActionError("this key was used for another decision")
    post = decisions.take(session, post_id, None)
    decision = Decision(
        post_id=post_id, action=Action.ADD.value, moderator=asker.name, before="",
        after=post.review, key=asker.key, decided_at=now,
    )  # fmt: skip
    decisions.write(session, post, decision, origin=asker.origin)
    return Added(post_id, True)


def _there(session: Session, post_id: int, asker: Asker) -> Added:
    done = decisions.done(session, post_id, Action.ADD, asker.name, asker.key)
    return Added(post_id, done is not None)


def _refusal(tally: Tally) -> NotAddedError:
    if BURIED in tally.refused:
        return NotAddedError("this post was erased, and does not come back", Why.BURIED)
    if tally.poison:
        return NotAddedError(f"this post cannot be kept: {tally.poison[0][1]}", Why.UNREAD)
    reason = next(iter(tally.refused), NOT_PUBLIC).replace("_", " ")
    return NotAddedError(f"this post may not be shown: {reason}", Why.PRIVATE)
