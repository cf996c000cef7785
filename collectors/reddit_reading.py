"""One run down a listing of Reddit's: which posts belong to it, and what may be remembered."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.base import MalformedError, Page, Query
from store.items import Payload

OVERLAP = timedelta(hours=6)
"""Read again below the bookmark: posts that a filter held back appear under their old time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a run stands; times in seconds, as Reddit writes them."""

    after: str
    """The last post read; the next page begins below it."""
    position: float | None
    """Its time, by which the place is found again should that post be gone."""
    newest: float | None
    """Time of the newest post of this run."""


class Reading:
    """One run down one listing.

    Args:
        query: what to look for.
        bookmark: up to where everything has been read.
        resume: where an earlier run stopped.
    """

    def __init__(self, query: Query, *, bookmark: str | None, resume: str | None) -> None:
        known = json.loads(bookmark)["created"] if bookmark and not query.since else None
        place = Place(**json.loads(resume)) if resume else None
        self.after = place.after if place else None
        self.finished = False
        self._query = query
        self._known = known
        self._position = place.position if place else None
        self._newest = place.newest if place else None
        self._ceiling: float | None = None
        self._restarted = False
        self._begun = place is not None
        self.bottom = (query.since or query.floor).timestamp()
        if known is not None:
            self.bottom = known - OVERLAP.total_seconds()

    def lost_its_place(self) -> bool:
        """Start again at the top, once, when a page is empty: the post above it may be deleted."""
        if not self.after or self._restarted:
            return False
        self.after, self._ceiling, self._restarted = None, self._position, True
        return True

    def page(self, children: Sequence[Any], after: str | None) -> Page | None:
        """Return the next page; None when there has never been anything."""
        if after is not None and after == self.after:
            raise MalformedError("reddit: a listing that never ends")
        payloads = [payload_of(child) for child in children]
        wanted = [payload for payload in payloads if self._wants(payload)]
        self._newest = _most(max, self._newest, *_times(wanted))
        oldest = _most(min, *_times(payloads))
        self.finished = (
            after is None or not children or (oldest is not None and oldest < self.bottom)
        )
        reached_at = None if oldest is None else datetime.fromtimestamp(oldest, UTC)
        if after and not self.finished:
            resume = self._go_on(after, oldest)
            return Page(payloads=wanted, resume=resume, reached_at=reached_at)
        if self._begun or wanted or self._known is not None or self._query.since:
            return Page(payloads=wanted, bookmark=self._mark(), reached_at=reached_at)
        return None

    def _wants(self, payload: Payload) -> bool:
        created = _time(payload)
        if created is None:
            return True
        until = self._query.until
        return (
            created >= self.bottom
            and (until is None or created < until.timestamp())
            and (self._ceiling is None or created <= self._ceiling)
        )

    def _go_on(self, after: str, oldest: float | None) -> str:
        self._begun, self.after = True, after
        self._position = _most(min, self._position, oldest)
        place = Place(after=after, position=self._position, newest=self._newest)
        return json.dumps(asdict(place))

    def _mark(self) -> str:
        # A time to come, by a slip of Reddit's, would hide all that is posted until then.
        now = self._query.now.timestamp()
        newest = None if self._newest is None else min(self._newest, now)
        seen = _most(max, newest, self._known)
        return json.dumps({"created": self.bottom if seen is None else seen})


def payload_of(child: Any) -> Payload:
    """Return the post of a listing's entry, or whatever stands there instead, to be set aside."""
    match child:
        case {"kind": "t3", "data": dict() as post}:
            return post
    return {"not_a_post": child}


def _time(payload: Payload) -> float | None:
    match payload.get("created_utc"):
        # Reddit opened in June 2005: anything before is no time, and must not end a run.
        case (int() | float()) as created if 1.1e9 < created < 1e11:
            return float(created)
    return None


def _times(payloads: Sequence[Payload]) -> list[float]:
    return [time for payload in payloads if (time := _time(payload)) is not None]


def _most(pick: Callable[[Iterable[float]], float], *values: float | None) -> float | None:
    """Return the highest or lowest of the values that are known."""
    known = [value for value in values if value is not None]
    return pick(known) if known else None
