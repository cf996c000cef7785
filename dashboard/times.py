"""Lengths of time and moments, as the desk writes them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from api.words import Wording
from dashboard.desk import Desk
from store.models import Post


@dataclass(frozen=True, slots=True)
class Wait:
    """How long the oldest post has waited, of how long it may."""

    waited: timedelta
    goal: timedelta

    @classmethod
    def of(cls, oldest: Sequence[Post], desk: Desk, now: datetime) -> "Wait":
        """Return the wait of the oldest post; none where nothing waits."""
        waited = now - oldest[0].first_seen_at if oldest else timedelta(0)
        return cls(waited, timedelta(minutes=desk.settings.wait_goal_minutes))

    @property
    def percent(self) -> int:
        """How much of the goal is used up, 100 at most."""
        return min(100, int(100 * self.waited / self.goal))

    @property
    def is_late(self) -> bool:
        """It has waited longer than it may."""
        return self.waited > self.goal


def span(wording: Wording, length: timedelta) -> str:
    """Return a length of time in its two largest units."""
    seconds = max(0, int(length.total_seconds()))
    minutes = seconds // 60
    if 0 < seconds < 60:
        return wording.gettext("%(seconds)s s", seconds=seconds)
    if minutes < 60:
        return wording.gettext("%(minutes)s min", minutes=minutes)
    if minutes < 48 * 60:
        return wording.gettext(
            "%(hours)s h %(minutes)s", hours=minutes // 60, minutes=f"{minutes % 60:02d}"
        )
    return wording.gettext("%(days)s d", days=minutes // 1440)


def since(wording: Wording, now: datetime) -> Callable[[datetime], str]:
    """Return what tells how long ago a moment was."""

    def ago(at: datetime) -> str:
        if now - at < timedelta(minutes=1):
            return wording.gettext("just now")
        return wording.gettext("%(time)s ago", time=span(wording, now - at))

    return ago


def read(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment that a form names as the clock on the wall says it, in UTC.

    Raises:
        ValueError: it names none.
    """
    local = datetime.fromisoformat(text)
    if local.tzinfo is not None or not 1970 < local.year < 9999:
        raise ValueError("a form has times of the campaign's zone")
    return local.replace(tzinfo=zone).astimezone(UTC)


def moment(wording: Wording, zone: ZoneInfo) -> Callable[[datetime], str]:
    """Return what tells a moment in full."""

    def tell(at: datetime) -> str:
        return f"{wording.date(at, zone)} {at.astimezone(zone):%H:%M}"

    return tell


def length(seconds: float | None) -> str:
    """Return the length of a video as players write it."""
    whole = int(seconds or 0)
    return f"{whole // 60}:{whole % 60:02d}" if whole else ""
