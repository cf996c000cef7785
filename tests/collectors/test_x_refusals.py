import json
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
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
from collectors.x import XCollector
from tests.collectors.budget import Purse
from tests.collectors.x_asking import START, a_collector, a_query, read
from tests.platforms.serve import platforms
from tests.platforms.world import World
from tests.platforms.x import TOKEN


@pytest.fixture
def world() -> World:
    """A world without posts in which nothing has gone wrong yet."""
    return World(start=START)


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with platforms(world, ["x"]) as urls:
        yield urls["x"]


@pytest.fixture
def x(url: str) -> Iterator[XCollector]:
    collector = a_collector(url)
    yield collector
    collector.close()


@pytest.fixture
def hasty(url: str) -> Iterator[XCollector]:
    """A collector that waits 0.3 seconds only."""
    collector = a_collector(url, timeout=0.3)
    yield collector
    collector.close()


Ask = Callable[[XCollector], object]


def _search(collector: XCollector) -> object:
    return read(collector)


def _lookup(collector: XCollector) -> object:
    return collector.lookup([Known(native_id="7", lookup_id=None, instance=None)], Purse())


both = pytest.mark.parametrize("ask", [_search, _lookup])


def refused(collector: XCollector, ask: Ask) -> CollectorError:
    """Return the error of a question, and see that nobody could read the token in it."""
    with pytest.raises(CollectorError) as caught:
        ask(collector)
    shown = "".join(traceback.format_exception(caught.value))
    assert str(caught.value).startswith("x: ")
    assert TOKEN not in shown
    return caught.value


@both
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, MalformedError),
        (401, CredentialsError),
        (402, QuotaError),
        (403, CredentialsError),
        (404, MalformedError),
        (429, RateLimitedError),
        (500, TransientError),
        (503, TransientError),
        (204, MalformedError),
    ],
)
def test_status_has_its_error(
    world: World, x: XCollector, ask: Ask, status: int, kind: type[CollectorError]
) -> None:
    # A list, at which tweepy itself would break.
    world.fail("x", "status", status=status, body="" if status == 204 else '["no object"]')

    assert type(refused(x, ask)) is kind


@both
def test_limit_with_reset_says_when_to_come_back(world: World, x: XCollector, ask: Ask) -> None:
    reset = datetime(2026, 11, 20, 12, 15, tzinfo=UTC)
    headers = {"x-rate-limit-reset": str(int(reset.timestamp()))}
    world.fail("x", "status", status=429, headers=headers, body='{"title": "Too Many Requests"}')

    error = refused(x, ask)

    assert isinstance(error, RateLimitedError)
    assert error.retry_at == reset


@both
def test_limit_without_reset_is_raised_at_once(world: World, x: XCollector, ask: Ask) -> None:
    world.fail("x", "status", status=429, body="{}", times=-1)

    error = refused(x, ask)

    assert isinstance(error, RateLimitedError)
    assert error.retry_at is None
    assert len(world.requests["x"]) == 1


@both
def test_usage_cap_is_a_quota(world: World, x: XCollector, ask: Ask) -> None:
    body = {
        "account_id": "1",
        "product_name": "standard-basic",
        "title": "UsageCapExceeded",
        "period": "Monthly",
        "scope": "Product",
        "detail": "Usage cap exceeded: Monthly product cap",
        "type": "https://api.twitter.com/2/problems/usage-capped",
    }
    world.fail("x", "status", status=429, body=json.dumps(body))

    assert isinstance(refused(x, ask), QuotaError)


@both
def test_wrong_token_is_refused(url: str, ask: Ask) -> None:
    x = a_collector(url, bearer_token=SecretStr("another-token"))

    assert isinstance(refused(x, ask), CredentialsError)
    x.close()


@both
@pytest.mark.parametrize(
    ("kind", "more", "error"),
    [
        ("html", {}, MalformedError),
        ("half", {}, TransientError),
        ("drop", {}, TransientError),
        ("oversize", {"size": 6_000_000}, MalformedError),
        ("json", {"body": '[{"data": []}]'}, MalformedError),
        ("json", {"body": "null"}, MalformedError),
        ("json", {"body": '"{}"'}, MalformedError),
        ("json", {"body": "{}"}, MalformedError),
        ("json", {"body": "[" * 200_000}, MalformedError),
        ("json", {"body": '{"data": {}, "meta": {"result_count": 1}}'}, MalformedError),
        ("json", {"body": '{"data": null, "meta": {"result_count": 1}}'}, MalformedError),
        ("json", {"body": '{"data": [], "includes": [], "meta": {}}'}, MalformedError),
        ("json", {"body": '{"data": [], "includes": {"users": {}}}'}, MalformedError),
        ("json", {"body": '{"data": [], "errors": {}, "meta": {}}'}, MalformedError),
    ],
)
def test_broken_answer_is_an_error_and_no_empty_page(
    world: World,
    x: XCollector,
    ask: Ask,
    kind: str,
    more: dict[str, Any],
    error: type[CollectorError],
) -> None:
    world.fail("x", kind, **more)

    assert type(refused(x, ask)) is error


@both
@pytest.mark.parametrize(
    ("kind", "delay"), [("hang", 1), ("slow", 1), ("slow", 0.02)], ids=["silent", "stuck", "drip"]
)
def test_answer_that_takes_too_long_is_given_up_in_time(
    world: World, hasty: XCollector, ask: Ask, kind: str, delay: float
) -> None:
    world.fail("x", kind, delay=delay)
    begun = time.monotonic()

    assert type(refused(hasty, ask)) is TransientError
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "body",
    [
        {"data": []},
        {"data": [], "meta": []},
        {"meta": {}},
        {"meta": {"result_count": 3}},
        {"errors": [{"title": "Not Found Error"}]},
    ],
)
def test_search_of_another_shape_is_malformed(
    world: World, x: XCollector, body: dict[str, Any]
) -> None:
    world.fail("x", "json", body=json.dumps(body))

    assert isinstance(refused(x, _search), MalformedError)


def test_nobody_there_is_transient() -> None:
    x = a_collector("http://127.0.0.1:9", timeout=0.3)

    assert isinstance(refused(x, _search), TransientError)
    x.close()


@both
def test_spent_budget_asks_for_nothing(world: World, x: XCollector, ask: Ask) -> None:
    query = a_query(budget=Purse(limit=0))
    one = Known(native_id="7", lookup_id=None, instance=None)

    with pytest.raises(BudgetSpentError):
        read(x, query) if ask is _search else x.lookup([one], query.budget)
    assert world.requests["x"] == []
