"""YouTube by its Data API: the official client, over our own polite HTTP client.

Search knows no hashtags: one query asks for all spellings as words, and what it finds is asked for
once more, because search tells too little. Search loses videos in wide ranges of time, so a run
goes down in small windows. A day has a hundred searches, and ten thousand units for all the rest.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

import structlog
from pydantic import Field, SecretStr

from collectors.base import (
    Budget,
    BudgetSettings,
    CollectorSettings,
    CredentialsError,
    Known,
    Lookup,
    MalformedError,
    Page,
    Query,
)
from collectors.spellings import Asked, distinct, fitting, query_of
from collectors.youtube_video import item_of, time_of
from collectors.youtube_wire import DAY_IN, MAX_BYTES, PoliteHttp, hit_of, items_of
from store.items import Item, Payload
from store.settings import Span
from store.stories.permalinks import post_id

log = structlog.get_logger()

MOST = 50
"""Videos of one answer, searched or looked up (developers.google.com/youtube/v3/docs)."""
WINDOW = timedelta(hours=72)
"""Range of one search: wider ones have been seen to lose videos, narrower ones cost more."""
WIDEST = timedelta(days=24)
"""Range of one search after others without any video: years of silence must not cost a week."""
OVERLAP = timedelta(hours=48)
"""Below the bookmark: indexing lags, and premieres bear an older date than their first showing."""
SECOND = timedelta(seconds=1)
"""Added to both ends of a range: whether YouTube counts them in is not established."""
LONGEST = 1500
"""Characters of a query as they stand in an address; the client sends longer addresses by POST."""


class YouTubeBudget(BudgetSettings):
    """What a day may use (developers.google.com/youtube/v3/determine_quota_cost)."""

    searches_per_day: int = Field(default=90, ge=1)
    """Of YouTube's 100; the rest is for trying things out."""
    units_per_day: int = Field(default=10_000, ge=1)
    """For asking about videos: one unit for fifty."""


class YouTubeSettings(CollectorSettings):
    """YouTube."""

    day_in: ClassVar[str] = DAY_IN

    api_key: SecretStr | None = None
    base_url: str = Field(
        default="https://youtube.googleapis.com", pattern=r"^https?://[^/?#@\s]+/?$"
    )
    every: Span = timedelta(hours=1)
    """Time between two runs; each costs at least one search."""
    budget: YouTubeBudget = YouTubeBudget()

    def build(self, agent: str) -> "YouTubeCollector":
        """Return the collector."""
        return YouTubeCollector(self, agent)

    def asked(self, tags: Sequence[str], phrases: Sequence[str]) -> list[Asked]:
        """Return the one query for as many spellings as fit: hashtags first, then phrases."""
        phrases = [phrase.translate({ord(sign): " " for sign in '"|'}) for phrase in phrases]
        terms = [*distinct(tags, str.casefold), *(f'"{phrase}"' for phrase in phrases)]
        kept = fitting(terms, lambda some: len(quote("|".join(some), safe="")) <= LONGEST)
        searches, runs = self.budget.searches_per_day, math.ceil(timedelta(days=1) / self.every)
        how = f"one query; {runs} runs a day make at least {runs} of {searches} searches"
        if runs > searches:
            how += ", which is too many: write a longer `every`"
        else:
            how += f"; asked one by one, {searches // runs} spellings would fit"
        return [
            Asked(strings=kept, left_out=len(terms) - len(kept), how=how, queries=("|".join(kept),))
        ]

    def known(self, address: str) -> Known | None:
        """Return the video that an address of YouTube names."""
        found = post_id(address, "youtube")
        return None if found is None else Known(native_id=found, lookup_id=None, instance=None)

    def missing(self) -> list[str]:
        """Return `api_key` while it is not set."""
        return [] if self.api_key else ["api_key"]

    def daily(self) -> dict[str, int]:
        """Return how many searches, and units for all the rest, a day may use."""
        budget = self.budget
        return {"searches": budget.searches_per_day, "units": budget.units_per_day}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Descent:
    """How far one run has come: down to `after`, window by window, page by page."""

    after: datetime
    top: datetime | None
    """Where the window in hand begins; None for the present."""
    bottom: datetime
    """Where it ends."""
    reached: datetime
    """Where another run could go on."""
    newest: datetime | None
    """The newest video met so far, in this run and before it."""
    width: timedelta = WINDOW
    token: str | None = None
    """Of the window's next page."""
    ended: bool = False

    def below(self, hits: Mapping[str, datetime | None], token: str | None) -> "_Descent":
        """Return how far one page leads."""
        times = [moment for moment in hits.values() if moment]
        newest = max(times + ([self.newest] if self.newest else []), default=None)
        # An empty page ends its window, whatever it promises: searches are too dear to follow it.
        if token and hits:
            # A result from outside the window says nothing of how far down the page has come.
            reached = min([one for one in times if one >= self.bottom] + [self.reached])
            return replace(self, token=token, reached=reached, newest=newest)
        silent = not hits and self.token is None
        width = min(2 * self.width, WIDEST) if silent else WINDOW
        return replace(
            self,
            top=self.bottom,
            bottom=max(self.after, self.bottom - width),
            reached=self.bottom,
            width=width,
            newest=newest,
            token=None,
            ended=self.bottom <= self.after,
        )


class YouTubeCollector:
    """YouTube's search for words, and its look-up of videos."""

    platform = "youtube"
    lookup_batch = MOST

    def __init__(self, settings: YouTubeSettings, agent: str) -> None:
        from googleapiclient.discovery import build

        from collectors.http import PoliteClient

        if settings.api_key is None:
            raise CredentialsError("youtube: api_key is not set")
        self._settings = settings
        self._http = PoliteClient(
            self.platform,
            agent=agent,
            timeout=settings.timeout,
            max_bytes=MAX_BYTES,
            headers={"x-goog-api-key": settings.api_key.get_secret_value()},
        )
        self._api = build(
            "youtube",
            "v3",
            http=PoliteHttp(self._http),
            client_options={"api_endpoint": f"{settings.base_url.rstrip('/')}/"},
            static_discovery=True,
            cache_discovery=False,
        )

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def streams(self, query: Query) -> Sequence[str]:
        """Return one name: one query asks for all words."""
        return ["search"] if query.tags or query.phrases else []

    def fetch(
        self, query: Query, stream: str, *, bookmark: str | None, resume: str | None
    ) -> Iterator[Page]:
        """Search, newest first; see `Collector`."""
        del stream  # There is only one.
        descent = _start(query, None if query.since else bookmark, resume)
        floor = None if query.since or not bookmark else time_of(bookmark)
        (asked,) = self._settings.asked(query.tags, query.phrases)
        words = query_of(self.platform, asked)
        if descent.ended and (descent.newest or query.since):
            yield _page(descent, (), query, floor)
        while not descent.ended:
            hits, token = self._search(words, descent, query.budget)
            descent = descent.below(hits, token)
            wanted = [one for one, moment in hits.items() if _is_wanted(moment, query)]
            payloads = self._videos(wanted, query.budget) if wanted else []
            if not descent.ended or payloads or descent.newest or query.since:
                yield _page(descent, payloads, query, floor)

    def _search(
        self, words: str, descent: _Descent, budget: Budget
    ) -> tuple[dict[str, datetime | None], str | None]:
        """Return the ids of one page with their times, and the token of the next."""
        top = None if descent.top is None else _written(descent.top + SECOND)
        budget.spend("searches")
        answer = (
            self._api.search()
            .list(
                part="snippet",
                q=words,
                type="video",
                order="date",
                safeSearch="none",
                publishedAfter=_written(descent.bottom - SECOND),
                publishedBefore=top,
                maxResults=MOST,
                pageToken=descent.token,
                fields="kind,nextPageToken,pageInfo/totalResults,"
                "items(id/videoId,snippet/publishedAt)",
            )
            .execute(num_retries=0)
        )
        found = items_of(answer, "youtube#searchListResponse")
        hits = dict(hit for one in found if (hit := hit_of(one)))
        token = answer.get("nextPageToken")
        if (found and not hits) or (token is not None and token == descent.token):
            raise MalformedError("youtube: a search without ids, or one that turns in a circle")
        return hits, token

    def _videos(self, ids: Sequence[str], budget: Budget) -> list[Payload]:
        budget.spend("units")
        answer = (
            self._api.videos()
            .list(part="snippet,contentDetails,statistics,status", id=",".join(ids))
            .execute(num_retries=0)
        )
        return [{"video": one} for one in items_of(answer, "youtube#videoListResponse")]

    def lookup(self, known: Sequence[Known], budget: Budget) -> Lookup:
        """Ask for videos; one that is gone or private is only missing from the answer."""
        return Lookup(found=self._videos([one.native_id for one in known], budget))

    def normalise(self, payload: Payload) -> Item:
        """Understand one video."""
        return item_of(payload)


def _start(query: Query, bookmark: str | None, resume: str | None) -> _Descent:
    try:
        place = json.loads(resume) if resume else {"before": None, "newest": bookmark}
        top = time_of(place["before"]) if place["before"] else None
        newest = time_of(place["newest"]) if place["newest"] else None
        after = query.since or (time_of(bookmark) - OVERLAP if bookmark else query.floor)
    except (KeyError, OverflowError, TypeError, ValueError):
        raise MalformedError("youtube: the position kept of the last run is not ours") from None
    top = top or query.until
    reached = top or query.now
    return _Descent(
        after=after,
        top=top,
        bottom=max(after, reached - WINDOW),
        reached=reached,
        newest=newest,
        ended=reached <= after,
    )


def _page(
    descent: _Descent, payloads: Sequence[Payload], query: Query, floor: datetime | None
) -> Page:
    if not descent.ended:
        newest = descent.newest and _written(descent.newest)
        place = {"before": _written(descent.reached), "newest": newest}
        return Page(payloads=payloads, resume=json.dumps(place), reached_at=descent.reached)
    # A date to come, which nobody can rule out, must not hide what is published until then.
    newest_at = min(descent.newest or query.now, query.now)
    return Page(
        payloads=payloads,
        bookmark=_written(max(newest_at, floor) if floor else newest_at),
        reached_at=descent.reached,
    )


def _is_wanted(moment: datetime | None, query: Query) -> bool:
    """Say whether a video is of the range of a backfill."""
    if query.since is None or moment is None:
        return True
    return query.since <= moment and (query.until is None or moment < query.until)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
