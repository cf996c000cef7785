"""How a source is set up, as far as the desk shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Plan:
    """What the settings say of one source."""

    name: str
    state: str
    """`live`, `off`, or `missing` a credential."""
    lacking: tuple[str, ...]
    """Variables of credentials that it lacks."""
    every: timedelta
    limits: Mapping[str, int]
    """The most of each counted unit that one day may use."""
    day_in: str
    """Time zone of these days."""

    @property
    def is_live(self) -> bool:
        """It runs by itself."""
        return self.state == "live"

    def day(self, now: datetime) -> tuple[datetime, datetime]:
        """Return when the day of its budget began, and when the next begins."""
        zone = ZoneInfo(self.day_in)
        today = now.astimezone(zone).date()
        tomorrow = today + timedelta(days=1)
        return datetime.combine(today, time(), zone), datetime.combine(tomorrow, time(), zone)
