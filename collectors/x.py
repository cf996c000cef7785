"""X by tweepy, over our own polite HTTP client.

Recent search gives the last seven days, newest first. Ids are numbers made of time, so every bound
is sent as an id: X refuses ids and times in one request, and an id goes with all the others.
Every post that is read costs money, and so does every author.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog
from pydantic import Field, SecretStr

from collectors.base import (
    Budget,
    BudgetSettings,
    CollectorError,
    CollectorSettings,
    CredentialsError,
    Known,
    Lookup,
    MalformedError,
    Page,
    Query,
)
from collectors.spellings import Asked, distinct, fitting, query_of, without_case_and_accents
from collectors.x_post import id_at, id_of, item_of, newest_id, time_of
from collectors.x_wire import FIELDS, MAX_BYTES, PoliteSession, check_shape, lost_ids, payloads_of
from store.items import Item, Payload
from store.stories.permalinks import post_id

log = structlog.get_logger()

REACH = timedelta(days=7) - timedelta(minutes=10)
"""How far back recent search goes; X rounds its seven days, and clocks differ."""
OVERLAP = timedelta(minutes=2)
"""Below the bookmark: posts do not reach the index strictly in their order."""
LAG = timedelta(seconds=30)
"""Search ends this long before now, and refuses a later end."""
LONGEST = 512
LONGEST_OF_ARCHIVE = 1024
"""Characters of a query (docs.x.com/x-api/posts/search/integrate/build-a-query)."""
FEWEST = 10
MOST = 100
MOST_OF_ARCHIVE = 500
"""Posts of one page that search takes for `max_results`."""
ARCHIVE_PAUSE = 1.0
"""Seconds between two requests to the full archive, which allows one a second."""


class XBudget(BudgetSettings):
    """What X may cost a day (docs.x.com/x-api/getting-started/pricing: $5 and $10 a thousand)."""

    posts_per_day: int = Field(default=1000, ge=FEWEST)
    users_per_day: int = Field(default=1000, ge=FEWEST)


class XSettings(CollectorSettings):
    """X, off by default: a government's use needs an agreement with X first."""

    bearer_token: SecretStr | None = None
    base_url: str = Field(default="https://api.x.com", pattern=r"^https?://[^/?#@\s]+/?$")
    archive: bool = False
    """The account may search the full archive, so that more than the last seven days are read."""
    budget: XBudget = XBudget()

    def build(self, agent: str) -> "XCollector":
        """Return the collector."""
        return XCollector(self, agent)

    def asked(self, tags: Sequence[str], phrases: Sequence[str]) -> list[Asked]:  # noqa: ARG002 - X has `#`
        """Return the one query of each search that is used."""
        searches = [False, True] if self.archive else [False]
        return [_asked(tags, archive=archive) for archive in searches]

    def known(self, address: str) -> Known | None:
        """Return the post that an address of X names."""
        found = post_id(address, "x")
        return None if found is None else Known(native_id=found, lookup_id=found, instance=None)

    def missing(self) -> list[str]:
        """Return `bearer_token` while it is not set."""
        return [] if self.bearer_token else ["bearer_token"]

    def daily(self) -> dict[str, int]:
        """Return how many posts and authors may be paid for."""
        return {"posts": self.budget.posts_per_day, "users": self.budget.users_per_day}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Descent:
    """How far one run has come, from `until_id` down to `since_id`, both left out."""

    since_id: int
    until_id: int | None
    archive: bool
    reached: int | None
    """The lowest id met so far, where another run could go on."""
    newest: int | None
    """The highest id met so far, in this run and before it."""
    token: str | None = None
    """Of the next page; None before the first, and after the last."""

    def below(self, answer: Mapping[str, Any]) -> "_Descent":
        """Return how far an answer leads."""
        meta = answer["meta"]
        ids = [number for post in answer.get("data", ()) if (number := id_of(post)) is not None]
        token = meta.get("next_token") or None
        if token is not None and token == self.token:
            raise MalformedError("x: the search turns in a circle")
        return replace(
            self,
            token=token,
            reached=min(ids + _given(self.reached), default=None),
            newest=max(ids + _given(self.newest), default=None),
        )

    def page(self, payloads: Sequence[Payload]) -> Page:
        """Return a page of what was read down to here."""
        place = {"until_id": self.reached, "newest": self.newest}
        return Page(
            payloads=payloads,
            bookmark=None if self.token else str(self.newest or self.since_id + 1),
            resume=json.dumps(place) if self.token else None,
            reached_at=None if self.reached is None else time_of(self.reached),
        )


class XCollector:
    """X's search for hashtags, and its look-up of posts."""

    platform = "x"

    def __init__(self, settings: XSettings, agent: str) -> None:
        import tweepy

        from collectors.http import PoliteClient

        if settings.bearer_token is None:
            raise CredentialsError("x: bearer_token is not set")
        self._settings = settings
        self._http = PoliteClient(
            self.platform,
            agent=agent,
            timeout=settings.timeout,
            max_bytes=MAX_BYTES,
            headers={"authorization": f"Bearer {settings.bearer_token.get_secret_value()}"},
        )
        self._x = tweepy.Client(return_type=dict)
        self._x.session = PoliteSession(self._http, settings.base_url)
        self._archive_free_at = 0.0
        spendable = settings.budget.posts_per_day, settings.budget.users_per_day
        self.lookup_batch = min(MOST, *spendable)

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def streams(self, query: Query) -> Sequence[str]:
        """Return one name: one query asks for all hashtags."""
        return ["search"] if query.tags else []

    def fetch(
        self, query: Query, stream: str, *, bookmark: str | None, resume: str | None
    ) -> Iterator[Page]:
        """Search, newest first; see `Collector`."""
        del stream  # There is only one.
        descent = self._start(query, None if query.since else bookmark, resume)
        payloads: Sequence[Payload] = ()
        if (descent.until_id or id_at(query.now)) > descent.since_id + 1:
            words = query_of(self.platform, _asked(query.tags, archive=descent.archive))
            while True:
                answer = self._search(words, descent, query.budget)
                descent, payloads = descent.below(answer), payloads_of(answer)
                if descent.token is None:
                    break
                yield descent.page(payloads)
        elif resume:
            log.warning("gap.abandoned", platform=self.platform)
        if descent.newest or payloads or query.since:
            yield descent.page(payloads)

    def _start(self, query: Query, bookmark: str | None, resume: str | None) -> _Descent:
        try:
            place = json.loads(resume) if resume else {"until_id": None, "newest": None}
            until_id, newest = place["until_id"], place["newest"]
            newest = max(_given(newest) + ([int(bookmark)] if bookmark else []), default=None)
            since = query.since or (time_of(int(bookmark)) - OVERLAP if bookmark else query.floor)
        except (ArithmeticError, KeyError, TypeError, ValueError):
            raise MalformedError("x: the position kept of the last run is not ours") from None
        oldest = query.now - REACH
        beyond = since < oldest
        if beyond and not self._settings.archive:
            if query.since:
                raise CollectorError(
                    "x: search goes back 7 days; older posts need the full archive (archive: true)"
                )
            log.info("search.shortened", platform=self.platform, since=oldest.isoformat())
            since = oldest
        if until_id is None and query.until and query.until < query.now - LAG:
            until_id = id_at(query.until)
        return _Descent(
            since_id=id_at(since) - 1,
            until_id=until_id,
            archive=beyond and self._settings.archive,
            reached=until_id,
            newest=newest,
        )

    def _search(self, words: str, descent: _Descent, budget: Budget) -> dict[str, Any]:
        search = self._x.search_recent_tweets
        most = MOST
        if descent.archive:
            search, most = self._x.search_all_tweets, MOST_OF_ARCHIVE
            time.sleep(max(0, self._archive_free_at - time.monotonic()))
            self._archive_free_at = time.monotonic() + ARCHIVE_PAUSE
        allowed = _affordable(budget, most, FEWEST)
        budget.spend("calls")
        answer = search(
            words,
            max_results=allowed,
            sort_order="recency",
            since_id=descent.since_id,
            until_id=descent.until_id,
            next_token=descent.token,
            **FIELDS,
        )
        check_shape(answer)
        if not isinstance(answer.get("meta"), dict):
            raise MalformedError("x: a search without `meta`")
        if "data" not in answer and answer["meta"].get("result_count") != 0:
            raise MalformedError("x: a search without posts that does not say so")
        _charge(budget, answer)
        return dict(answer)

    def lookup(self, known: Sequence[Known], budget: Budget) -> Lookup:
        """Ask for posts by the ids of their newest versions that we know of.

        A version that has been edited since still answers; then the one after all is asked for.
        """
        found: list[Payload] = []
        gone: set[str] = set()
        ids = {one.lookup_id or one.native_id: one.native_id for one in known}
        for _ in range(2):
            if not ids:
                break
            answer = self._look_up(list(ids), budget)
            found += payloads_of(answer)
            gone |= {ids[lost] for lost in lost_ids(answer) if lost in ids}
            newest = {str(newest_id(post)): str(id_of(post)) for post in answer.get("data", ())}
            ids = {new: ids[old] for new, old in newest.items() if new != old and old in ids}
        return Lookup(found=found, gone=frozenset(gone))

    def _look_up(self, ids: list[str], budget: Budget) -> dict[str, Any]:
        _affordable(budget, len(ids), len(ids))
        budget.spend("calls")
        answer = self._x.get_tweets(ids, **FIELDS)
        check_shape(answer)
        if "data" not in answer and "errors" not in answer:
            raise MalformedError("x: an answer about posts that says nothing of them")
        _charge(budget, answer)
        return dict(answer)

    def normalise(self, payload: Payload) -> Item:
        """Understand one post."""
        return item_of(payload)


def _given(number: int | None) -> list[int]:
    return [] if number is None else [number]


def _asked(tags: Sequence[str], *, archive: bool) -> Asked:
    """Return the query for as many spellings as fit, the most usual ones first."""
    longest = LONGEST_OF_ARCHIVE if archive else LONGEST
    terms = [f"#{tag}" for tag in distinct(tags, without_case_and_accents)]
    kept = fitting(terms, lambda some: len(_query(some)) <= longest)
    query = _query(kept)
    return Asked(
        place="full archive" if archive else "recent search",
        strings=kept,
        left_out=len(terms) - len(kept),
        how=f"one query of {len(query)} characters; X takes {longest}",
        queries=(query,),
    )


def _query(terms: Sequence[str]) -> str:
    return f"({' OR '.join(terms)}) -is:nullcast -is:retweet"


def _affordable(budget: Budget, most: int, least: int) -> int:
    """Return how many posts, with as many authors, may still be paid for.

    Raises:
        BudgetSpentError: fewer than `least`.
    """
    for unit in ("posts", "users"):
        left = budget.left(unit)
        if left is not None and left < least:
            budget.spend(unit, least)
        most = most if left is None else max(least, min(most, left))
    return most


def _charge(budget: Budget, answer: Mapping[str, Any]) -> None:
    """Count what an answer costs: X charges what it returns, known only now.

    What is left was looked at before; should another run have spent it meanwhile, the answer is
    paid for all the same and must not be lost.
    """
    includes = answer.get("includes", {})
    for unit, amount in (
        ("posts", len(answer.get("data", ()))),
        ("users", len(includes.get("users", ()))),
    ):
        left = budget.left(unit)
        budget.spend(unit, amount if left is None else min(amount, left))
