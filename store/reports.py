"""Reports of visitors: each network counts once, and a post that many report waits for a person.

Who reports is not kept. Counted is a hash of the visitor's network under a key that is made each
day and deleted when the day is over: afterwards nobody can tell whose a hash was.
"""

import ipaddress
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from sqlalchemy import ColumnElement, delete, exists, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from store import changes
from store.effects import Terms
from store.errors import StoreError, UnknownPostError
from store.models import Action, Availability, Decision, Post, Report, ReportKey, Review
from store.prepared import among
from store.visibility import is_public

HOUR = timedelta(hours=1)
MOST_OF_ONE = 10
"""Reports of one network in an hour."""
MOST_OF_ALL = 300
"""Reports of everybody in an hour; more are no reports but an attack."""
VISITORS = "visitors"
"""Who holds what enough of them have reported."""
KEPT = timedelta(days=90)
"""How long reports are kept, whatever becomes of their posts."""
LONGEST_NOTE = 500
"""Code points."""
_ENDING = (
    Action.APPROVE, Action.REJECT, Action.SCHEDULE, Action.HIDE, Action.RESTORE, Action.DISMISS,
)  # fmt: skip
"""Decisions about what was reported; a note or a topic is none, and neither is what hides it."""


class Reason(StrEnum):
    """Why a visitor reports a post."""

    SPAM = "spam"
    HATE = "hate"
    PRIVACY = "privacy"
    FALSE = "false"
    COPYRIGHT = "copyright"
    OTHER = "other"


class TooManyReportsError(StoreError):
    """This network, or everybody together, has reported too often in this hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What a visitor says."""

    reason: Reason
    note: str | None = None
    address: str
    """The visitor's IP address; it is not kept."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A post with the reports of it that nobody has decided about, the oldest first."""

    post: Post
    reports: Sequence[Report]

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Each reason with how many have named it, the most named first."""
        return Counter(one.reason for one in self.reports).most_common()


def report(
    session: Session, post_id: int, complaint: Complaint, *, hide_after: int, now: datetime
) -> None:
    """Note a report; hide the post when enough networks have reported it since the last decision.

    Args:
        session: writes.
        post_id: a public post.
        complaint: what the visitor says; a second one of the same network on the same day is
            the same report.
        hide_after: networks; 0 never hides.
        now: the time.

    Raises:
        UnknownPostError: no public post has this id.
        TooManyReportsError: wait an hour.
    """
    changes.take_turn(session)
    post = session.get(Post, post_id)
    if post is None or not is_public(post.review, post.availability, is_copy=post.is_copy):
        raise UnknownPostError(f"no public post {post_id}")
    reporter = _hash(session, complaint.address, now)
    _check_rate(session, reporter, now)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.connection().execute(
        dialect.insert(Report).on_conflict_do_nothing(),
        {
            "post_id": post_id,
            "reporter": reporter,
            "reason": complaint.reason.value,
            "note": complaint.note,
            "reported_at": now,
        },
    )
    reasons = undecided(session, post_id)
    if hide_after and reasons.total() >= hide_after:
        # The wall starts without what decisions need.
        from store import curation

        told = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
        curation.decide(
            session,
            post_id,
            Action.HOLD,
            moderator=VISITORS,
            now=now,
            terms=Terms(reason=f"reported: {told}"),
        )


def undecided(session: Session, post_id: int) -> Counter[str]:
    """Return the reasons of the reports that came after the last decision about a post."""
    query = select(Report.reason).where(Report.post_id == post_id, _is_open())
    return Counter(session.exec(query))


def waiting(session: Session, *, limit: int = 50) -> list[Reported]:
    """Return what visitors have reported and nobody has decided about since.

    First is what was hidden at once, then what most have reported, then what has waited longest.
    """
    number, first_at = func.count(), func.min(col(Report.reported_at))
    query = (
        select(Post, first_at)
        .join(Report, col(Report.post_id) == col(Post.id))
        .where(_is_open(), Post.availability == Availability.LIVE)
        .group_by(col(Post.id))
        .order_by(col(Post.review) == Review.APPROVED, number.desc(), first_at)
        .limit(limit)
    )
    found = [post for post, _ in session.exec(query)]
    said: dict[int, list[Report]] = defaultdict(list)
    by_post = select(Report).where(col(Report.post_id).in_([post.id for post in found]), _is_open())
    for one in session.exec(by_post.order_by(col(Report.id))):
        said[one.post_id].append(one)
    return [Reported(post, said[post.id or 0]) for post in found]


def counts(session: Session, post_ids: Iterable[int]) -> dict[int, int]:
    """Return how many reports of some posts nobody has decided about."""
    return dict(session.exec(_COUNTS, params={"ids": list(post_ids)}).all())


def _is_open() -> ColumnElement[bool]:
    """Say in SQL whether nobody has decided about a post since it was reported, for good."""
    undo = aliased(Decision)
    taken_back = exists().where(
        col(undo.cause_id) == col(Decision.id), col(undo.action) == Action.UNDO
    )
    decided = select(func.max(Decision.decided_at)).where(
        col(Decision.post_id) == col(Report.post_id),
        col(Decision.action).in_(_ENDING),
        ~taken_back,
    )
    return func.coalesce(col(Report.reported_at) > decided.scalar_subquery(), True)


# Built once: to build a query anew costs more than to run it.
_COUNTS = (
    select(Report.post_id, func.count())
    .where(among(col(Report.post_id), "ids"), _is_open())
    .group_by(col(Report.post_id))
)


def purge(session: Session, *, now: datetime) -> None:
    """Delete old reports, and the keys of days that are over."""
    connection = session.connection()
    connection.execute(delete(Report).where(col(Report.reported_at) < now - KEPT))
    connection.execute(delete(ReportKey).where(col(ReportKey.day) < now.date()))


def _check_rate(session: Session, reporter: bytes, now: datetime) -> None:
    recent = select(func.count()).select_from(Report).where(col(Report.reported_at) > now - HOUR)
    by_one = session.exec(recent.where(Report.reporter == reporter)).one()
    if by_one >= MOST_OF_ONE or session.exec(recent).one() >= MOST_OF_ALL:
        raise TooManyReportsError("reports: too many in this hour")


def _hash(session: Session, address: str, now: datetime) -> bytes:
    key = _key(session, now)
    return blake2b(network(address).encode(), digest_size=16, key=key).digest()


def _key(session: Session, now: datetime) -> bytes:
    today = now.date()
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.connection().execute(
        dialect.insert(ReportKey).on_conflict_do_nothing(),
        {"day": today, "secret": secrets.token_bytes(32)},
    )
    return session.exec(select(ReportKey.secret).where(ReportKey.day == today)).one()


def network(address: str) -> str:
    """Return the network of an address, which one household or office shares: /24, or /48."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    found = mapped or found
    length = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network((found, length), strict=False))
