"""The work on copies of pictures: who does it when, and how it ended.

Digests that these functions return may be unused now: the caller asks `unused`, commits, and only
then deletes their files. Stopped in between, it leaves files that nobody needs, never a picture
without its file.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, text, update
from sqlmodel import Session, col, select

from store import changes
from store.media import is_linked, is_needed, policy
from store.models import ChangeKind, Media, Picture, PictureState, Post
from store.models.posts import ON_WALL
from store.stories import pictures

LEASE = timedelta(minutes=5)
"""How long a worker may take over what it has claimed before another does."""

WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""Between one try and the next; after the last a picture is broken."""


@dataclass(frozen=True, slots=True)
class Due:
    """A picture that a worker has claimed."""

    id: int
    key: int
    """Numbers are used again; keys are not."""
    url: str
    platform: str
    role: str
    state: str
    needed: bool
    linked: bool
    is_old: bool
    """The platform's terms let this copy be kept no longer without a new look."""
    unseen: str | None
    """Digest of copies that were made before their hardness was asked."""
    widths: tuple[int, ...]
    """Of the copies, pixels, rising."""
    tries: int
    """Tries that have failed, or were cut off, since it was last copied."""
    lease: datetime
    """What `due_at` is while nobody else has woken the picture."""


def claim(session: Session, *, now: datetime, limit: int) -> list[Due]:
    """Return pictures that are due, longest overdue first, and keep others from taking them."""
    changes.take_turn(session)
    query = (
        select(Picture, is_needed(), is_linked())
        .where(col(Picture.due_at) <= now)
        .order_by(col(Picture.due_at), col(Picture.id))
        .limit(limit)
        .with_for_update(skip_locked=True, of=Picture)
    )
    found = []
    for picture, needed, linked in session.exec(query.execution_options(populate_existing=True)):
        expiry = _expiry(picture)
        is_old = expiry is not None and expiry <= now
        if needed and (is_old or picture.digest is None) and picture.tries > len(WAITS):
            # Each try was cut off: whatever it does to us, it shall not do it for ever.
            empty(session, picture, PictureState.BROKEN, now=now)
            picture.error = "its copying was cut off each time"
            continue
        picture.due_at = now + LEASE
        found.append(
            Due(
                id=picture.id or 0,
                key=picture.key,
                tries=picture.tries,
                lease=picture.due_at,
                url=picture.url,
                platform=picture.platform,
                role=picture.role,
                state=picture.state,
                needed=bool(needed),
                linked=bool(linked),
                is_old=is_old,
                unseen=picture.digest if picture.looks and picture.hardness is None else None,
                widths=tuple(picture.widths),
            )
        )
    session.flush()
    return found


def _expiry(picture: Picture) -> datetime | None:
    """Return when a platform's terms want a copy fetched anew, or gone."""
    days = policy(picture.platform).days
    if days is None or picture.fetched_at is None or picture.digest is None:
        return None
    return picture.fetched_at + timedelta(days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """What is known of a picture once its copies are made; see `Picture` for the fields."""

    digest: str
    width: int
    height: int
    colour: str
    animated: bool
    widths: list[int]
    size: int
    looks: bytes
    flatness: float
    detail: float
    hardness: float


def begin(session: Session, due: Due) -> Due:
    """Count a try before it is made, since it may be the end of the process; return the claim."""
    picture = _claimed(session, due)
    if picture is not None:
        picture.tries = due.tries + 1
        session.flush()
    return replace(due, tries=due.tries + 1)


def _claimed(session: Session, due: Due) -> Picture | None:
    """Return the picture of a claim, None when its last post has gone meanwhile."""
    picture = session.get(Picture, due.id, with_for_update=True, populate_existing=True)
    return picture if picture is not None and picture.key == due.key else None


def _postpone(picture: Picture, due: Due, until: datetime | None) -> None:
    """Set when to look again, unless somebody has woken the picture since it was claimed."""
    if picture.due_at == due.lease:
        picture.due_at = until


def keep(session: Session, due: Due, copies: Copies, *, now: datetime) -> str | None:
    """Note that a picture's copies are there; return a digest that may be unused now."""
    changes.take_turn(session)
    picture = _claimed(session, due)
    if picture is None:
        return copies.digest
    before, told = picture.digest, _told(picture)
    for name in Copies.__dataclass_fields__:
        setattr(picture, name, getattr(copies, name))
    picture.state, picture.tries, picture.error = PictureState.KEPT, 0, None
    picture.fetched_at = now
    _postpone(picture, due, _expiry(picture))
    session.flush()
    if told != _told(picture):
        pictures.follow(session, picture, now=now)
    if not session.exec(select(is_needed()).where(Picture.id == due.id)).one():
        # Its post was rejected, or went, while we were at it.
        picture.due_at = now
        session.flush()
    announce(session, picture.key, now=now)
    return before


def _told(picture: Picture) -> tuple[str | bytes | float | None, ...]:
    """Return that of a picture by which stories are found."""
    return picture.digest, picture.looks, picture.flatness, picture.detail, picture.hardness


def announce(session: Session, key: int, *, now: datetime) -> None:
    """Note that the public sees the posts of a picture differently."""
    inside = select(Media.post_id).where(Media.picture_key == key)
    shown = session.exec(
        select(Post.id).where(
            text(ON_WALL), or_(col(Post.avatar_key) == key, col(Post.id).in_(inside))
        )
    ).all()
    changes.record(session, ChangeKind.UPDATED, [one for one in shown if one], now=now)


def fail(session: Session, due: Due, error: str, *, final: bool, now: datetime) -> str | None:
    """Note that a picture could not be copied; it is tried again later, or not at all.

    At the first failure its posts are asked for again at their platform: they may be gone, or may
    have a new address for it. Returns a digest that may be unused now.

    Args:
        session: in a write transaction; the caller commits.
        due: the claim.
        error: what was wrong, for the operator.
        final: another try would not help.
        now: when.
    """
    changes.take_turn(session)
    picture = _claimed(session, due)
    if picture is None:
        return None
    before = picture.digest
    if final:
        empty(session, picture, PictureState.REFUSED, now=now)
    elif due.tries > len(WAITS):
        empty(session, picture, PictureState.BROKEN, now=now)
    else:
        # What was kept is shown until there is no hope: its terms leave days for that.
        _postpone(picture, due, now + WAITS[due.tries - 1])
    picture.error, picture.tries = error, due.tries
    session.flush()
    if before and picture.digest is None:
        announce(session, picture.key, now=now)
    if due.tries == 1 and not final:
        _ask_again(session, picture.key, now=now)
    return before


def _ask_again(session: Session, key: int, *, now: datetime) -> None:
    inside = select(Media.post_id).where(Media.picture_key == key)
    session.connection().execute(
        update(Post)
        .where(
            col(Post.recheck_at) > now, or_(col(Post.avatar_key) == key, col(Post.id).in_(inside))
        )
        .values(recheck_at=now)
    )


def settle(session: Session, due: Due) -> None:
    """Note that a claimed picture needs nothing now."""
    picture = _claimed(session, due)
    if picture is not None:
        _postpone(picture, due, _expiry(picture))
        session.flush()


def look(session: Session, due: Due, hardness: float, *, now: datetime) -> None:
    """Note what was not asked when a picture was copied, and find its stories anew."""
    changes.take_turn(session)
    picture = _claimed(session, due)
    if picture is None or picture.looks is None:
        return
    picture.hardness = hardness
    _postpone(picture, due, _expiry(picture))
    session.flush()
    pictures.follow(session, picture, now=now)


def let_go(session: Session, due: Due, *, now: datetime) -> str | None:
    """Forget the copies of a picture that no post needs; return a digest that may be unused now.

    The picture itself is forgotten too when no post names it at all.
    """
    changes.take_turn(session)
    picture = _claimed(session, due)
    if picture is None:
        return None
    needed, linked = session.exec(
        select(is_needed(), is_linked()).where(Picture.id == due.id)
    ).one()
    if needed:
        # A person, or a new post, was quicker.
        picture.due_at = now
        session.flush()
        return None
    digest = picture.digest
    if linked:
        empty(session, picture, PictureState.IDLE, now=now)
        session.flush()
    else:
        session.connection().execute(delete(Picture).where(col(Picture.id) == due.id))
        session.expunge(picture)
    return digest


def empty(session: Session, picture: Picture, state: PictureState, *, now: datetime) -> None:
    """Forget a picture's copies and the stories that it told; the caller sees to the files."""
    was_kept = picture.digest is not None
    picture.state, picture.due_at, picture.tries = state, None, 0
    picture.digest = picture.size = picture.looks = picture.flatness = None
    picture.detail = picture.hardness = None
    picture.widths = []
    if was_kept:
        pictures.follow(session, picture, now=now)


def unused(session: Session, digests: Iterable[str | None]) -> list[str]:
    """Return those of some digests that no picture names any more."""
    asked = {one for one in digests if one}
    if not asked:
        return []
    named = session.exec(select(Picture.digest).where(col(Picture.digest).in_(asked))).all()
    return sorted(asked - {one for one in named if one})
