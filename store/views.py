"""Views of the queue that people save: each for herself, some for the whole team."""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from store import audit
from store.errors import StoreError
from store.models import SavedView
from store.moderators import Signed

MOST = 12
"""Views of one owner: all of them are counted for each page."""
LONGEST = 60
"""Characters of a name."""
TEAM = ""
"""The owner of what all share."""


class NamelessError(StoreError):
    """A view has no name, or one that is too long."""


class NameTakenError(StoreError):
    """Its owner has another view of this name."""


class TooManyError(StoreError):
    """Its owner has as many views as may be."""


class UnknownViewError(StoreError):
    """There is no such view, or it is another's."""


def of(session: Session, name: str) -> list[SavedView]:
    """Return the views that somebody sees, by name, their own before the team's."""
    query = select(SavedView).where(col(SavedView.owner).in_((name, TEAM)))
    own_first = (col(SavedView.owner) == TEAM, col(SavedView.name))
    return list(session.exec(query.order_by(*own_first)))


def save(
    session: Session, signed: Signed, name: str, query: str, *, for_team: bool, now: datetime
) -> None:
    """Keep filters under a name; the same ones under the same name once more change nothing.

    Args:
        session: in a write transaction and its turn; the caller commits.
        signed: who saves.
        name: 1 to `LONGEST` characters.
        query: the filters as they stand in an address.
        for_team: for all, and not for who saves alone.
        now: the time.

    Raises:
        NamelessError: that is no name.
        NameTakenError: the owner has other filters under it.
        TooManyError: the owner has `MOST` views.
    """
    if not 0 < len(name) <= LONGEST:
        raise NamelessError(f"a view's name has 1 to {LONGEST} characters")
    owner = TEAM if for_team else signed.name
    of_owner = select(SavedView).where(SavedView.owner == owner)
    found = session.exec(of_owner.where(SavedView.name == name)).first()
    if found is not None and found.query != query:
        raise NameTakenError("a view of this name has other filters")
    if found is not None:
        return
    if session.exec(select(func.count()).select_from(of_owner.subquery())).one() >= MOST:
        raise TooManyError(f"{MOST} views at most")
    view = SavedView(owner=owner, name=name, query=query, saved_by=signed.name, saved_at=now)
    session.add(view)
    session.flush()
    _tell(session, signed, "view.save", view, now, after=name)


def remove(session: Session, signed: Signed, view_id: int, *, of_team: bool, now: datetime) -> None:
    """Forget a view.

    Args:
        session: in a write transaction and its turn; the caller commits.
        signed: who asks.
        view_id: which.
        of_team: those of the team are theirs to forget, too.
        now: the time.

    Raises:
        UnknownViewError: there is none that this person may forget.
    """
    found = session.get(SavedView, view_id)
    if found is None or found.owner not in {signed.name, TEAM if of_team else signed.name}:
        raise UnknownViewError(f"no view {view_id}")
    _tell(session, signed, "view.remove", found, now, before=found.name)
    session.delete(found)


def _tell(
    session: Session, signed: Signed, action: str, view: SavedView, now: datetime, **more: str
) -> None:
    # What somebody keeps for herself is nobody else's matter.
    if view.owner == TEAM:
        what = f"view:{view.id}"
        audit.tell(session, signed.name, action, what, now, origin=signed.origin, **more)
