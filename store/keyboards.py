"""How each person of the desk wants its keys; what an act is called, only the desk knows."""

from collections.abc import Mapping

from sqlmodel import Session

from store.models import Keyboard


def of(session: Session, name: str) -> Keyboard | None:
    """Return what somebody has chosen; None: nothing yet."""
    return session.get(Keyboard, name)


def put(session: Session, name: str, *, layout: str, are_on: bool, keys: Mapping[str, str]) -> None:
    """Keep what somebody has chosen, in the place of what they chose before.

    Args:
        session: in a write transaction and its turn; the caller commits.
        name: whose choice.
        layout: what is printed on their keyboard.
        are_on: a single key does something.
        keys: the key of each act; "" where it has none.
    """
    session.merge(Keyboard(owner=name, layout=layout, are_on=are_on, keys=dict(keys)))


def reset(session: Session, name: str) -> None:
    """Forget what somebody has chosen; the caller commits, as with `put`."""
    found = of(session, name)
    if found is not None:
        session.delete(found)
