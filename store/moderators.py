"""The people of the desk: added with a link for one use, signed in, disabled."""

import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from store import audit, changes
from store.errors import StoreError
from store.models import Failure, Invitation, Moderator, Role, SignIn

INVITED_FOR = timedelta(hours=24)
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
"""A sign-in ends after half an hour without a sign of life, and after this long in any case."""
WINDOW = timedelta(minutes=15)
"""Failures are counted this far back."""
SEEN = timedelta(minutes=1)
"""How exactly it is kept when somebody was there: a write for each page would be many."""


class UnknownModeratorError(StoreError):
    """There is nobody of this name, or the link was used or is too old."""


class UnknownSignInError(StoreError):
    """This person has no such sign-in."""


class NameTakenError(StoreError):
    """Somebody has, or had, this name; decisions must say for ever who it was."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who is signed in."""

    name: str
    role: Role
    origin: str
    """What of the sign-in is kept with decisions."""


def add(session: Session, name: str, role: Role, *, by: str, now: datetime) -> str:
    """Add somebody; return the token of the link by which they set password and codes.

    Raises:
        NameTakenError: there is somebody of this name already.
    """
    changes.take_turn(session)
    if session.exec(select(Moderator).where(Moderator.name == name)).first() is not None:
        raise NameTakenError(
            f"{name} is there already; `bladifqalbi moderator invite` renews a link"
        )
    session.add(Moderator(name=name, role=role.value, added_at=now))
    audit.tell(session, by, "moderator.add", _called(name), now, after=role.value)
    return invite(session, name, by=by, now=now)


def invite(session: Session, name: str, *, by: str, now: datetime) -> str:
    """Return a new link's token for somebody; older links and all their sign-ins end.

    Raises:
        UnknownModeratorError: there is nobody of this name.
    """
    changes.take_turn(session)
    moderator = _named(session, name)
    session.connection().execute(
        delete(Invitation).where(col(Invitation.moderator_id) == moderator.id)
    )
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        token=_hashed(token),
        moderator_id=moderator.id or 0,
        secret=b32encode(secrets.token_bytes(20)).decode(),
        expires_at=now + INVITED_FOR,
    )
    session.add(invitation)
    _end_all(session, moderator)
    audit.tell(session, by, "moderator.invite", _called(name), now)
    return token


def invited(session: Session, token: str, *, now: datetime) -> tuple[str, str]:
    """Return name and codes' secret of whom a link is for.

    Raises:
        UnknownModeratorError: the link was used, or is too old.
    """
    invitation = session.get(Invitation, _hashed(token))
    if invitation is None or invitation.expires_at <= now:
        raise UnknownModeratorError("this link was used, or is too old")
    return session.get_one(Moderator, invitation.moderator_id).name, invitation.secret


def accept(session: Session, token: str, password: str, step: int, *, now: datetime) -> str:
    """Let somebody in by their link, with the hash of a password; return a sign-in's token.

    Raises:
        UnknownModeratorError: the link was used, or is too old, or its person is disabled.
    """
    changes.take_turn(session)
    name, secret = invited(session, token, now=now)
    moderator = _named(session, name)
    used = delete(Invitation).where(col(Invitation.token) == _hashed(token))
    if moderator.disabled_at is not None or not session.connection().execute(used).rowcount:
        raise UnknownModeratorError("this link was used, or is too old")
    moderator.password, moderator.secret = password, secret
    return sign_in(session, moderator, step, now=now)


def find(session: Session, name: str) -> Moderator | None:
    """Return whoever may sign in by this name."""
    query = select(Moderator).where(
        Moderator.name == name,
        col(Moderator.disabled_at).is_(None),
        col(Moderator.password).is_not(None),
    )
    return session.exec(query).first()


def sign_in(session: Session, moderator: Moderator, step: int, *, now: datetime) -> str:
    """Note that somebody has proved who they are; return the token for their browser."""
    changes.take_turn(session)
    moderator.last_step = step
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(token=_hashed(token), moderator_id=moderator.id or 0, began_at=now, seen_at=now)
    )
    audit.tell(session, moderator.name, "sign-in", _called(moderator.name), now)
    return token


def signed(session: Session, token: str, *, now: datetime) -> Signed | None:
    """Return who has a token; None where it has ended, or its person was disabled."""
    query = (
        select(Moderator, SignIn)
        .join(SignIn, col(SignIn.moderator_id) == col(Moderator.id))
        .where(
            SignIn.token == _hashed(token),
            col(Moderator.disabled_at).is_(None),
            col(SignIn.seen_at) > now - IDLE,
            col(SignIn.began_at) > now - LONGEST,
        )
    )
    found = session.exec(query).first()
    if found is None:
        return None
    moderator, entry = found
    return Signed(moderator.name, Role(moderator.role), origin_of(entry))


def is_to_be_seen(session: Session, token: str, *, now: datetime) -> bool:
    """Say whether `seen` has anything to write."""
    entry = session.get(SignIn, _hashed(token))
    return entry is not None and entry.seen_at < now - SEEN


def seen(session: Session, token: str, *, now: datetime) -> None:
    """Note a sign of life."""
    session.connection().execute(
        update(SignIn).where(col(SignIn.token) == _hashed(token)).values(seen_at=now)
    )


def sign_out(session: Session, token: str) -> None:
    """End one sign-in."""
    session.connection().execute(delete(SignIn).where(col(SignIn.token) == _hashed(token)))


def sign_ins(session: Session, name: str, *, now: datetime) -> list[SignIn]:
    """Return the sign-ins of somebody that have not ended, the newest first."""
    query = select(SignIn).where(
        SignIn.moderator_id == _named(session, name).id,
        col(SignIn.seen_at) > now - IDLE,
        col(SignIn.began_at) > now - LONGEST,
    )
    return list(session.exec(query.order_by(col(SignIn.began_at).desc())))


def end(session: Session, signed: Signed, origin: str, *, now: datetime) -> None:
    """End another sign-in of somebody.

    Args:
        session: in a write transaction and its turn; the caller commits.
        signed: who asks.
        origin: the sign-in, as `Signed.origin` is; "" ends all but their own.
        now: the time.

    Raises:
        UnknownSignInError: it has ended, or is another's, or the one that asks.
    """
    ended = [
        one
        for one in sign_ins(session, signed.name, now=now)
        if origin_of(one) != signed.origin and origin in ("", origin_of(one))
    ]
    if not ended and origin:
        raise UnknownSignInError("no such sign-in")
    for one in ended:
        session.delete(one)
        audit.tell(
            session, signed.name, "sign-in.end", _called(signed.name), now, origin=signed.origin
        )


def origin_of(entry: SignIn) -> str:
    """Return what of a sign-in is kept with decisions."""
    return f"session:{entry.token[:12]}"


def change(session: Session, name: str, *, role: Role | None, by: str, now: datetime) -> None:
    """Give somebody another role, or with None none any more; all their sign-ins end.

    Raises:
        UnknownModeratorError: there is nobody of this name.
    """
    changes.take_turn(session)
    moderator = _named(session, name)
    before = moderator.role
    if role is None:
        moderator.disabled_at = now
    else:
        moderator.role, moderator.disabled_at = role.value, None
    _end_all(session, moderator)
    audit.tell(
        session, by, "moderator.change", _called(name), now, before=before, after=role or "disabled"
    )


def are_there(session: Session) -> bool:
    """Say whether anybody was ever added."""
    return session.exec(select(Moderator.id).limit(1)).first() is not None


def everybody(session: Session) -> list[Moderator]:
    """Return all who were added, by name."""
    return list(session.exec(select(Moderator).order_by(col(Moderator.name))))


def failures(session: Session, counted: str, *, now: datetime) -> int:
    """Return how many sign-ins of a name or network have failed of late."""
    query = select(func.count()).select_from(Failure)
    where = (Failure.counted == _hashed(counted), col(Failure.failed_at) > now - WINDOW)
    return int(session.exec(query.where(*where)).one())


def fail(session: Session, *counted: str, now: datetime) -> None:
    """Count a sign-in that failed; what is too old to count goes."""
    session.connection().execute(delete(Failure).where(col(Failure.failed_at) < now - WINDOW))
    for one in counted:
        session.add(Failure(counted=_hashed(one), failed_at=now))


def _named(session: Session, name: str) -> Moderator:
    found = session.exec(select(Moderator).where(Moderator.name == name)).first()
    if found is None:
        raise UnknownModeratorError(f"nobody is called {name}")
    return found


def _end_all(session: Session, moderator: Moderator) -> None:
    session.connection().execute(delete(SignIn).where(col(SignIn.moderator_id) == moderator.id))


def _called(name: str) -> str:
    return f"moderator:{name}"


def _hashed(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
