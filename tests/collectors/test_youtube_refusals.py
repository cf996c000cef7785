import json
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from pydantic import SecretStr

from collectors.base import (
    BudgetSpentError,
    CollectorError,
    CredentialsError,
    Known,
    MalformedError,
    QuotaError,
    RateLimitedError,
    TransientError,
)
from collectors.youtube import YouTubeCollector
from tests.collectors.budget import Purse
from tests.collectors.youtube_asking import NOWHERE, START, a_collector, a_query, payload, read
from tests.platforms.serve import platforms
from tests.platforms.world import World
from tests.platforms.youtube import KEY

KNOWN = Known(native_id="aB3-_xYz90Q", lookup_id=None, instance=None)
SEARCHED = {"kind": "youtube#searchListResponse", "pageInfo": {"totalResults": 1}}
LISTED = {"kind": "youtube#videoListResponse", "pageInfo": {"totalResults": 1}}


@pytest.fixture
def world() -> World:
    """A world without videos in which nothing has gone wrong yet."""
    return World(start=START)


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with platforms(world, ["youtube"]) as urls:
        yield urls["youtube"]


@pytest.fixture
def youtube(url: str) -> Iterator[YouTubeCollector]:
    collector = a_collector(url)
    yield collector
    collector.close()


@pytest.fixture
def hasty(url: str) -> Iterator[YouTubeCollector]:
    """A collector that waits 0.3 seconds only."""
    collector = a_collector(url, timeout=0.3)
    yield collector
    collector.close()


Ask = Callable[[YouTubeCollector], object]


def _search(collector: YouTubeCollector) -> object:
    return read(collector)


def _lookup(collector: YouTubeCollector) -> object:
    return collector.lookup([KNOWN], Purse())


both = pytest.mark.parametrize("ask", [_search, _lookup])


def refused(collector: YouTubeCollector, ask: Ask) -> CollectorError:
    """Return the error of a question, and see that nobody could read the key in it."""
    with pytest.raises(CollectorError) as caught:
        ask(collector)
    shown = "".join(traceback.format_exception(caught.value))
    assert str(caught.value).startswith("youtube: ")
    assert KEY not in shown
    return caught.value


def an_error(status: int, why: str, **detail: Any) -> str:
    """Return an error as Google's APIs write it, with a text that nobody may see."""
    text = f'You have exceeded your <a href="/quota">quota</a> for {KEY}.'
    named = {"message": text, "domain": "youtube.quota", "reason": why}
    body: dict[str, Any] = {"code": status, "message": text, "errors": [named]}
    if detail:
        body["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", **detail}]
    return json.dumps({"error": body})


@both
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, an_error(400, "badRequest", reason="API_KEY_INVALID"), CredentialsError),
        (400, an_error(400, "keyInvalid"), CredentialsError),
        (400, an_error(400, "invalidParameter"), MalformedError),
        (400, "<html>", MalformedError),
        (401, an_error(401, "authError"), CredentialsError),
        (403, an_error(403, "quotaExceeded"), QuotaError),
        (403, an_error(403, "dailyLimitExceeded"), QuotaError),
        (403, an_error(403, "rateLimitExceeded"), RateLimitedError),
        (403, an_error(403, "userRateLimitExceeded"), RateLimitedError),
        (403, an_error(403, "accessNotConfigured"), CredentialsError),
        (403, an_error(403, "forbidden", reason="API_KEY_SERVICE_BLOCKED"), CredentialsError),
        (403, "<html>", CredentialsError),
        (403, '{"error": "forbidden"}', CredentialsError),
        (403, '{"error": {"errors": [null]}}', CredentialsError),
        (404, an_error(404, "notFound"), MalformedError),
        (429, an_error(429, "rateLimitExceeded"), RateLimitedError),
        (429, an_error(429, "quotaExceeded"), QuotaError),
        (
            429,
            an_error(
                429,
                "rateLimitExceeded",
                reason="RATE_LIMIT_EXCEEDED",
                metadata={"quota_limit": "defaultSearchListPerDayPerProject"},
            ),
            QuotaError,
        ),
        (500, an_error(500, "backendError"), TransientError),
        (503, "Service Unavailable", TransientError),
        (204, "", MalformedError),
    ],
)
def test_refusal_has_its_error(
    world: World,
    youtube: YouTubeCollector,
    ask: Ask,
    status: int,
    body: str,
    kind: type[CollectorError],
) -> None:
    world.fail("youtube", "status", status=status, body=body)

    assert type(refused(youtube, ask)) is kind


@pytest.mark.parametrize(
    ("now", "renewal"),
    [
        (datetime(2026, 11, 20, 12, 0, tzinfo=UTC), datetime(2026, 11, 21, 8, 0, tzinfo=UTC)),
        (datetime(2026, 7, 1, 6, 59, tzinfo=UTC), datetime(2026, 7, 1, 7, 0, tzinfo=UTC)),
        # The night in which the clocks of California go back.
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), datetime(2026, 11, 2, 8, 0, tzinfo=UTC)),
    ],
)
def test_quota_renews_at_midnight_in_california(
    world: World, youtube: YouTubeCollector, now: datetime, renewal: datetime
) -> None:
    world.fail("youtube", "status", status=403, body=an_error(403, "quotaExceeded"))

    with time_machine.travel(now, tick=False):
        error = refused(youtube, _lookup)

    assert isinstance(error, QuotaError)
    assert error.retry_at == renewal


@both
def test_limit_with_reset_says_when_to_come_back(
    world: World, youtube: YouTubeCollector, ask: Ask
) -> None:
    headers = {"retry-after": "Fri, 20 Nov 2026 12:15:00 GMT"}
    body = an_error(429, "rateLimitExceeded")
    world.fail("youtube", "status", status=429, headers=headers, body=body)

    error = refused(youtube, ask)

    assert isinstance(error, RateLimitedError)
    assert error.retry_at == datetime(2026, 11, 20, 12, 15, tzinfo=UTC)


@both
def test_limit_without_reset_is_raised_at_once(
    world: World, youtube: YouTubeCollector, ask: Ask
) -> None:
    world.fail("youtube", "status", status=403, body=an_error(403, "rateLimitExceeded"), times=-1)

    error = refused(youtube, ask)

    assert isinstance(error, RateLimitedError)
    assert error.retry_at is None
    assert len(world.requests["youtube"]) == 1


@both
def test_wrong_key_is_refused(url: str, ask: Ask) -> None:
    youtube = a_collector(url, api_key=SecretStr("another-key"))

    assert isinstance(refused(youtube, ask), CredentialsError)
    youtube.close()


@both
@pytest.mark.parametrize(
    ("kind", "more", "error"),
    [
        ("html", {}, MalformedError),
        ("half", {}, TransientError),
        ("drop", {}, TransientError),
        ("oversize", {"size": 6_000_000}, MalformedError),
        ("json", {"body": "[]"}, MalformedError),
        ("json", {"body": "null"}, MalformedError),
        ("json", {"body": '"<html>"'}, MalformedError),
        ("json", {"body": "{}"}, MalformedError),
        ("json", {"body": "[" * 200_000}, MalformedError),
        ("json", {"body": '{"items": []}'}, MalformedError),
        ("json", {"body": json.dumps(SEARCHED)}, MalformedError),
        ("json", {"body": json.dumps(LISTED)}, MalformedError),
        ("json", {"body": json.dumps({**SEARCHED, "items": {}})}, MalformedError),
        ("json", {"body": json.dumps({**LISTED, "items": None})}, MalformedError),
        (
            "json",
            {"body": json.dumps({"kind": "youtube#channelListResponse", "items": []})},
            MalformedError,
        ),
    ],
)
def test_broken_answer_is_an_error_and_no_empty_page(
    world: World,
    youtube: YouTubeCollector,
    ask: Ask,
    kind: str,
    more: dict[str, Any],
    error: type[CollectorError],
) -> None:
    world.fail("youtube", kind, **more)

    assert type(refused(youtube, ask)) is error


@both
@pytest.mark.parametrize(
    ("kind", "delay"), [("hang", 1), ("slow", 1), ("slow", 0.02)], ids=["silent", "stuck", "drip"]
)
def test_answer_that_takes_too_long_is_given_up_in_time(
    world: World, hasty: YouTubeCollector, ask: Ask, kind: str, delay: float
) -> None:
    world.fail("youtube", kind, delay=delay)
    begun = time.monotonic()

    assert type(refused(hasty, ask)) is TransientError
    assert time.monotonic() - begun < 3


def test_answer_without_items_that_says_there_are_none_is_empty(
    world: World, youtube: YouTubeCollector
) -> None:
    body = {"kind": "youtube#videoListResponse", "pageInfo": {"totalResults": 0}}
    world.fail("youtube", "json", body=json.dumps(body))

    assert list(youtube.lookup([KNOWN], Purse()).found) == []


def test_search_without_any_id_is_malformed(world: World, youtube: YouTubeCollector) -> None:
    body = {
        **SEARCHED,
        "items": [{"id": {"kind": "youtube#channel"}}, None, {"id": {"videoId": 7}}],
    }
    world.fail("youtube", "json", body=json.dumps(body))

    assert isinstance(refused(youtube, _search), MalformedError)


def test_search_that_turns_in_a_circle_is_malformed(
    world: World, youtube: YouTubeCollector
) -> None:
    body = {**SEARCHED, "items": [{"id": {"videoId": "a"}}], "nextPageToken": "CAUQAA"}
    world.fail("youtube", "json", body=json.dumps(body), path="/search", times=-1)

    assert isinstance(refused(youtube, _search), MalformedError)


def test_malformed_video_does_not_spoil_its_page(world: World, youtube: YouTubeCollector) -> None:
    good = payload("video")["video"]
    hits = [{"id": {"videoId": "a"}}, {"id": {"videoId": "b"}, "snippet": {"publishedAt": 7}}, None]
    found = {"body": json.dumps({**SEARCHED, "items": hits}), "path": "/search"}
    listed = {"body": json.dumps({**LISTED, "items": [None, "x", good]}), "path": "/videos"}
    world.fail("youtube", "json", **found)
    world.fail("youtube", "json", **listed)

    (page,) = read(youtube)

    assert [one["video"] for one in page.payloads] == [None, "x", good]


def test_nobody_there_is_transient() -> None:
    youtube = a_collector(NOWHERE, timeout=0.3)

    assert isinstance(refused(youtube, _search), TransientError)
    youtube.close()


def test_spent_searches_ask_for_nothing(world: World, youtube: YouTubeCollector) -> None:
    with pytest.raises(BudgetSpentError):
        read(youtube, a_query(budget=Purse(limit=0)))
    assert world.requests["youtube"] == []


def test_spent_units_ask_for_nothing(world: World, youtube: YouTubeCollector) -> None:
    with pytest.raises(BudgetSpentError):
        youtube.lookup([KNOWN], Purse(limit=0))
    assert world.requests["youtube"] == []
