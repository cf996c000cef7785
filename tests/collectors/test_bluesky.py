import contextlib
import json
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from collectors.base import (
    BudgetSpentError,
    CredentialsError,
    Known,
    MalformedError,
    Page,
    Query,
    QuotaError,
    RateLimitedError,
    TransientError,
)
from collectors.bluesky import OVERLAP, PAGE, BlueskyCollector, BlueskySettings
from collectors.bluesky_session import _own_server
from store.items import Item, OptOut, Payload
from tests.collectors.budget import Purse
from tests.platforms.bluesky import APP_PASSWORD, HANDLE, indexed_at, view_of
from tests.platforms.serve import platforms
from tests.platforms.world import Person, World

V2 = "/xrpc/app.bsky.feed.searchPostsV2"
V1 = "/xrpc/app.bsky.feed.searchPosts"
LOGIN = "/xrpc/com.atproto.server.createSession"
RENEWAL = "/xrpc/com.atproto.server.refreshSession"
GET_POSTS = "/xrpc/app.bsky.feed.getPosts"
TAGS = ("bladifqalbi", "بلادي_فقلبي")
ACCOUNT = {"handle": HANDLE, "app_password": APP_PASSWORD}
SHUT = {
    "kind": "status",
    "status": 400,
    "body": '{"error": "InvalidRequest", "message": "Search v2 is not enabled"}',
    "path": "searchPostsV2",
    "times": -1,
}
EXPIRED = '{"error": "ExpiredToken", "message": "Token has expired"}'
POST_VIEW = {
    *("uri", "cid", "author", "record", "embed", "bookmarkCount", "replyCount", "repostCount"),
    *("likeCount", "quoteCount", "indexedAt", "viewer", "labels", "threadgate", "debug"),
}
"""Properties of app.bsky.feed.defs#postView."""


@pytest.fixture
def world():
    return World()


@pytest.fixture
def server(world):
    """The stand-in's address."""
    with platforms(world, ["bluesky"]) as urls:
        yield urls["bluesky"]


@contextlib.contextmanager
def reading(server: str, **settings: Any) -> Iterator[BlueskyCollector]:
    settings.setdefault("timeout", 5)
    collector = BlueskySettings(base_url=server, **settings).build("wall-tests/1")
    try:
        yield collector
    finally:
        collector.close()


def query(world: World, **more: Any) -> Query:
    more.setdefault("tags", TAGS)
    more.setdefault("floor", world.start - timedelta(days=30))
    more.setdefault("now", world.start + timedelta(minutes=1))
    more.setdefault("budget", Purse())
    return Query(**more)


def read(collector, asked, *, bookmark=None, resume=None, pages=None) -> list[Page]:
    """Return the first pages of the only stream."""
    (stream,) = collector.streams(asked)
    out = []
    for page in collector.fetch(asked, stream, bookmark=bookmark, resume=resume):
        out.append(page)
        if len(out) == pages:
            break
    return out


def payloads_of(pages: list[Page]) -> list[Payload]:
    return [payload for page in pages for payload in page.payloads]


def texts(collector, pages) -> list[str]:
    return [collector.normalise(payload).text for payload in payloads_of(pages)]


def fill(world, count, *, tag=TAGS[1], every=timedelta(minutes=1)) -> list[str]:
    """Publish posts in regular intervals, the newest one interval old; return their texts."""
    out = []
    for number in range(count, 0, -1):
        text = f"قصة {number} #{tag}"
        world.say("bluesky", text, age=number * every)
        out.append(text)
    return out


def asked_for(world, path) -> list[dict[str, list[str]]]:
    """The queries of requests to one path, oldest first."""
    targets = [urlsplit(target) for _, target in world.requests["bluesky"]]
    return [parse_qs(target.query) for target in targets if target.path == path]


def known(item: Item) -> Known:
    return Known(native_id=item.native_id, lookup_id=item.lookup_id, instance=item.instance)


def only_item(collector: BlueskyCollector, asked: Query) -> Item:
    (payload,) = payloads_of(read(collector, asked))
    return collector.normalise(payload)


def views(world: World, server: str) -> list[dict[str, Any]]:
    return [view_of(post, server) for post in world.posts("bluesky")]


# Coverage


def test_spelling_that_bluesky_would_cut_is_not_asked_for(world, server):
    tags = ("bladifqalbi", "BladiFQalbi", "بلادي\u200cفقلبي", "بِلادي_فقلبي")

    with reading(server) as collector:
        read(collector, query(world, tags=tags))

    assert asked_for(world, V2)[0]["hashtags"] == ["bladifqalbi", "بِلادي_فقلبي"]


def test_one_call_asks_for_all_hashtags_newest_first_and_of_all_times(world, server):
    for number, tag in enumerate((*TAGS, "BladiFQalbi")):
        world.say("bluesky", f"Salut #{tag}", age=timedelta(days=20 + number))

    with reading(server) as collector:
        found = texts(collector, read(collector, query(world)))

    assert found == [f"Salut #{tag}" for tag in (*TAGS, "BladiFQalbi")]
    (asked,) = asked_for(world, V2)
    assert asked["hashtags"] == list(TAGS)
    assert (asked["sort"], asked["allTime"], asked["limit"]) == (["recent"], ["true"], ["100"])


def test_streams_do_not_depend_on_the_search_that_answers(world, server):
    with reading(server) as newer, reading(server, search="v1") as older:
        assert newer.streams(query(world)) == older.streams(query(world)) == ["search"]


def test_first_run_that_finds_nothing_has_no_page(world, server):
    world.say("bluesky", "Rien à voir #maroc")

    with reading(server) as collector:
        assert read(collector, query(world)) == []


def test_run_without_news_gives_one_empty_page_with_the_old_bookmark(world, server):
    bookmark = world.start.isoformat()

    with reading(server) as collector:
        (page,) = read(collector, query(world), bookmark=bookmark)

    assert (list(page.payloads), page.bookmark, page.resume) == ([], bookmark, None)


def test_first_run_reads_every_post_down_to_the_floor(world, server):
    expected = fill(world, 2 * PAGE + 50)
    world.say("bluesky", "trop vieux #bladifqalbi", age=timedelta(days=40))

    with reading(server) as collector:
        pages = read(collector, query(world))
        found = texts(collector, pages)

    assert list(dict.fromkeys(found)) == list(reversed(expected))
    assert [page.bookmark is None for page in pages] == [True, True, False]
    assert all(bool(page.bookmark) != bool(page.resume) for page in pages)
    assert pages[-1].bookmark == indexed_at(world.posts("bluesky")[0]).isoformat()


def test_public_never_uses_a_cursor(world, server):
    fill(world, 2 * PAGE + 50)

    with reading(server) as collector:
        read(collector, query(world))

    assert not any("cursor" in asked for asked in asked_for(world, V2))


def test_posts_of_one_moment_are_not_lost_between_pages(world, server):
    for number in range(250):
        age = timedelta(minutes=1 + number // 70)
        world.say("bluesky", f"{number} #bladifqalbi", age=age)

    with reading(server) as collector:
        found = texts(collector, read(collector, query(world)))

    assert set(found) == {f"{number} #bladifqalbi" for number in range(250)}


def test_account_reads_more_posts_of_one_moment_than_a_page_holds(world, server):
    for number in range(250):
        world.say("bluesky", f"{number} #bladifqalbi", age=timedelta(minutes=5))
    fill(world, 5, every=timedelta(hours=1))

    with reading(server, **ACCOUNT) as collector:
        found = texts(collector, read(collector, query(world)))

    assert len(set(found)) == 255


def test_public_goes_on_below_a_moment_that_fills_more_than_a_page(world, server):
    for number in range(250):
        world.say("bluesky", f"{number} #bladifqalbi", age=timedelta(minutes=5))
    older = fill(world, 5, every=timedelta(hours=1))

    with reading(server) as collector:
        pages = read(collector, query(world))
        found = texts(collector, pages)

    assert set(older) <= set(found)
    assert pages[-1].bookmark


def test_run_that_stops_early_is_completed_from_where_it_stopped(world, server):
    expected = fill(world, 3 * PAGE)
    newest = indexed_at(world.posts("bluesky")[0]).isoformat()

    with reading(server) as collector:
        first = read(collector, query(world), pages=1)
        world.say("bluesky", "nouveau #bladifqalbi", age=timedelta(seconds=1))
        later = query(world, now=world.start + timedelta(hours=2))
        rest = read(collector, later, resume=first[-1].resume)
        found = texts(collector, [*first, *rest])
        news = texts(collector, read(collector, later, bookmark=rest[-1].bookmark))

    assert set(found) == set(expected)
    assert rest[-1].bookmark == newest
    assert "nouveau #bladifqalbi" in news


def test_gap_above_a_bookmark_ends_at_the_bookmark(world, server):
    fill(world, 3 * PAGE)
    posts = world.posts("bluesky")
    old = indexed_at(posts[150]).isoformat()

    with reading(server) as collector:
        first = read(collector, query(world), bookmark=old, pages=1)
        rest = read(collector, query(world), bookmark=old, resume=first[0].resume)
        found = [collector.normalise(payload) for payload in payloads_of(rest)]

    assert min(item.indexed_at for item in found if item.indexed_at) >= (
        indexed_at(posts[150]) - OVERLAP
    )
    assert rest[-1].bookmark == indexed_at(posts[0]).isoformat()


def test_later_run_reads_what_is_new_and_the_overlap(world, server):
    fill(world, 60)
    with reading(server) as collector:
        bookmark = read(collector, query(world))[-1].bookmark
        world.say("bluesky", "neuf #bladifqalbi", age=timedelta(seconds=5))

        (page,) = read(collector, query(world), bookmark=bookmark)
        found = texts(collector, [page])

    overlap = [f"قصة {number} #بلادي_فقلبي" for number in range(1, 12)]
    assert found == ["neuf #bladifqalbi", *overlap]
    assert page.bookmark == indexed_at(world.posts("bluesky")[0]).isoformat()


def test_bookmark_never_goes_back(world, server):
    key = world.say("bluesky", "bientôt parti #bladifqalbi", age=timedelta(seconds=30))
    world.say("bluesky", "plus vieux #bladifqalbi", age=timedelta(minutes=3))

    with reading(server) as collector:
        before = read(collector, query(world))[-1].bookmark
        world.delete(key)
        after = read(collector, query(world), bookmark=before)[-1].bookmark

    assert after == before


def test_backfill_reads_its_range_from_inclusive_to_exclusive(world, server):
    fill(world, 60)
    delay = timedelta(milliseconds=1200)
    since, until = (world.start + delay - timedelta(minutes=minutes) for minutes in (20, 10))

    with reading(server) as collector:
        asked = query(world, since=since, until=until)
        pages = read(collector, asked, bookmark=world.start.isoformat())
        found = texts(collector, pages)

    assert found == [f"قصة {minutes} #بلادي_فقلبي" for minutes in range(11, 21)]
    assert pages[-1].bookmark
    assert pages[-1].reached_at == since


def test_next_page_is_not_asked_for_before_it_is_wanted(world, server):
    fill(world, 3 * PAGE)

    with reading(server) as collector:
        read(collector, query(world), pages=1)

    assert len(world.requests["bluesky"]) == 1


def test_server_that_ignores_since_is_not_read_to_the_beginning_of_time(world, server):
    fill(world, PAGE, every=timedelta(hours=1))
    body = json.dumps({"posts": views(world, server), "cursor": "100"})
    world.fail("bluesky", "json", body=body, times=-1)

    with reading(server) as collector:
        (page,) = read(collector, query(world, floor=world.start - timedelta(hours=50)))

    assert page.bookmark
    assert len(world.requests["bluesky"]) == 1


def test_server_that_ignores_until_is_refused_instead_of_read_for_ever(world, server):
    fill(world, 20)
    body = json.dumps({"posts": views(world, server), "cursor": "100"})
    world.fail("bluesky", "json", body=body, times=-1)

    with reading(server) as collector, pytest.raises(MalformedError, match="page by time"):
        read(collector, query(world))


def test_page_emptied_by_moderation_is_turned_with_an_account(world, server):
    expected = fill(world, 3)
    world.fail("bluesky", "json", body='{"posts": [], "cursor": "0"}', path=V2)

    with reading(server, **ACCOUNT) as collector:
        assert set(texts(collector, read(collector, query(world)))) == set(expected)


def test_page_emptied_by_moderation_ends_the_reading_of_the_public(world, server):
    world.fail("bluesky", "json", body='{"posts": [], "cursor": "0"}', path=V2, times=-1)

    with reading(server) as collector:
        assert read(collector, query(world)) == []


@pytest.mark.parametrize("milliseconds", [3, 300])
def test_search_that_sorts_by_claimed_times_is_read_completely(world, server, milliseconds):
    world.fail("bluesky", **SHUT)
    expected = fill(world, 2 * PAGE + 20, every=timedelta(milliseconds=milliseconds))

    with reading(server) as collector:
        assert set(texts(collector, read(collector, query(world)))) == set(expected)


# The older search


@pytest.mark.parametrize(
    "fault",
    [
        SHUT,
        {**SHUT, "status": 404, "body": '{"error": "XRPCNotSupported", "message": "no"}'},
        {**SHUT, "status": 501, "body": '{"error": "MethodNotImplemented"}'},
    ],
)
def test_older_search_takes_over_where_the_newer_is_shut(world, server, fault):
    expected = {*fill(world, 120), *fill(world, 30, tag="bladifqalbi")}
    world.fail("bluesky", **fault)

    with reading(server) as collector:
        pages = read(collector, query(world))
        assert set(texts(collector, pages)) == expected

    assert len(asked_for(world, V2)) == 1
    assert {asked["tag"][0] for asked in asked_for(world, V1)} == set(TAGS)
    assert all(asked["q"] == [f"#{asked['tag'][0]}"] for asked in asked_for(world, V1))
    assert [page.bookmark is None for page in pages] == [True] * (len(pages) - 1) + [False]


def test_older_search_may_be_chosen(world, server):
    fill(world, 2)

    with reading(server, search="v1") as collector:
        assert len(payloads_of(read(collector, query(world)))) == 2

    assert asked_for(world, V2) == []


def test_older_search_that_finds_nothing_for_any_hashtag_has_no_page(world, server):
    with reading(server, search="v1") as collector:
        assert read(collector, query(world)) == []


@pytest.mark.parametrize("stop_after", [1, 2, 3])
@pytest.mark.parametrize("then", ["auto", "v1"])
def test_gap_of_the_older_search_is_completed_by_either(world, server, stop_after, then):
    expected = {*fill(world, 150), *fill(world, 150, tag="bladifqalbi")}

    with reading(server, search="v1") as collector:
        first = read(collector, query(world), pages=stop_after)
    with reading(server, search=then) as collector:
        world.say("bluesky", "nouveau #bladifqalbi", age=timedelta(seconds=-90))
        later = query(world, now=world.start + timedelta(hours=2))
        rest = read(collector, later, resume=first[-1].resume)
        found = set(texts(collector, [*first, *rest]))

    assert found == expected
    assert rest[-1].bookmark == indexed_at(world.posts("bluesky")[1]).isoformat()


def test_search_that_shuts_in_the_middle_of_a_run_loses_nothing(world, server):
    expected = {*fill(world, 150), *fill(world, 150, tag="bladifqalbi")}
    world.fail("bluesky", **{**SHUT, "after": 1})

    with reading(server) as collector:
        pages = read(collector, query(world))

        assert set(texts(collector, pages)) == expected
        assert pages[-1].bookmark == indexed_at(world.posts("bluesky")[0]).isoformat()


# Accounts


def test_login_is_kept_from_one_run_to_the_next(world, server):
    fill(world, 2)
    settings = BlueskySettings(base_url=server, **ACCOUNT)

    for _ in range(3):
        collector = settings.build("wall-tests/1")
        assert len(payloads_of(read(collector, query(world)))) == 2
        collector.close()

    assert len(asked_for(world, LOGIN)) == 1


def test_expired_login_is_renewed_and_the_question_asked_again(world, server):
    fill(world, 2)
    world.fail("bluesky", "status", status=400, body=EXPIRED, path=V2)

    with reading(server, **ACCOUNT) as collector:
        assert len(payloads_of(read(collector, query(world)))) == 2

    assert (len(asked_for(world, LOGIN)), len(asked_for(world, RENEWAL))) == (1, 1)


def test_login_that_cannot_be_renewed_is_made_anew_once(world, server):
    fill(world, 2)
    settings = BlueskySettings(base_url=server, **ACCOUNT)
    first = settings.build("wall-tests/1")
    read(first, query(world))
    first.close()
    world.fail("bluesky", "status", status=400, body=EXPIRED, path=V2)
    world.fail("bluesky", "status", status=400, body=EXPIRED, path=RENEWAL)

    second = settings.build("wall-tests/1")
    found = payloads_of(read(second, query(world)))
    second.close()

    assert len(found) == 2
    assert len(asked_for(world, LOGIN)) == 2


def test_login_that_expires_again_at_once_is_not_repeated(world, server):
    world.fail("bluesky", "status", status=400, body=EXPIRED, path=V2, times=-1)
    world.fail("bluesky", "status", status=400, body=EXPIRED, path=RENEWAL, times=-1)

    with reading(server, **ACCOUNT) as collector:
        for _ in range(3):
            with pytest.raises(CredentialsError):
                read(collector, query(world))

    assert len(asked_for(world, LOGIN)) == 1


def test_refused_password_is_a_credentials_error_that_does_not_tell_it(world, server):
    with (
        reading(server, handle=HANDLE, app_password="wrong-password") as collector,
        pytest.raises(CredentialsError) as caught,
    ):
        read(collector, query(world))

    shown = "".join(traceback.format_exception(caught.value))
    assert "wrong-password" not in shown
    assert HANDLE not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 429}, RateLimitedError),
        ({"kind": "status", "status": 502}, TransientError),
        (
            {"kind": "status", "status": 400, "body": '{"error": "AccountTakedown"}'},
            CredentialsError,
        ),
        ({"kind": "json", "body": '{"accessJwt": "a"}'}, MalformedError),
        ({"kind": "json", "body": "[]"}, MalformedError),
        ({"kind": "html"}, MalformedError),
    ],
)
def test_failed_login_becomes_our_error_without_the_password(world, server, fault, error):
    world.fail("bluesky", path=LOGIN, **fault)

    with reading(server, **ACCOUNT) as collector, pytest.raises(error) as caught:
        read(collector, query(world))

    assert APP_PASSWORD not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("endpoint", "server"),
    [
        ("https://morel.us-east.host.bsky.network", "https://morel.us-east.host.bsky.network"),
        ("https://bsky.social/", "https://bsky.social"),
        ("http://morel.us-east.host.bsky.network", None),
        ("http://169.254.169.254", None),
        ("ftp://bsky.social", None),
        (None, None),
    ],
)
def test_login_is_told_only_to_the_server_it_is_from_or_over_https(endpoint, server):
    service = {"id": "#atproto_pds", "serviceEndpoint": endpoint}

    assert _own_server({"service": [service]}, "https://bsky.social") == server


@pytest.mark.parametrize("document", [None, [], {}, {"service": None}, {"service": []}])
def test_document_without_a_server_names_none(document):
    assert _own_server(document, "https://bsky.social") is None


@pytest.mark.parametrize(
    ("half", "missing"),
    [({"handle": HANDLE}, ["app_password"]), ({"app_password": APP_PASSWORD}, ["handle"])],
)
def test_half_a_login_is_not_enough_to_begin(half, missing):
    settings = BlueskySettings(**half)

    assert settings.missing() == missing
    with pytest.raises(CredentialsError, match=missing[0]):
        settings.build("wall-tests/1")


def test_nothing_is_needed_to_begin():
    settings = BlueskySettings()

    assert (settings.missing(), settings.daily(), settings.day_in) == ([], {}, "UTC")


def test_address_with_a_path_stops_the_start():
    with pytest.raises(ValidationError):
        BlueskySettings(base_url="https://public.api.bsky.app/xrpc")


# Errors

FAILURES = [
    ({"kind": "status", "status": 400, "body": '{"error": "InvalidRequest"}'}, MalformedError),
    ({"kind": "status", "status": 401, "body": '{"error": "AuthMissing"}'}, CredentialsError),
    ({"kind": "status", "status": 403, "body": "<h1>403 Forbidden</h1>"}, CredentialsError),
    ({"kind": "status", "status": 402}, QuotaError),
    ({"kind": "status", "status": 404}, MalformedError),
    ({"kind": "status", "status": 429}, RateLimitedError),
    ({"kind": "status", "status": 500, "body": '{"error": "InternalServerError"}'}, TransientError),
    ({"kind": "status", "status": 502, "body": '{"error": "UpstreamFailure"}'}, TransientError),
    ({"kind": "status", "status": 503}, TransientError),
    ({"kind": "html"}, MalformedError),
    ({"kind": "json", "body": "[]"}, MalformedError),
    ({"kind": "json", "body": "{}"}, MalformedError),
    ({"kind": "json", "body": '{"posts": {}}'}, MalformedError),
    ({"kind": "json", "body": '{"posts": [], "cursor": 5}'}, MalformedError),
    ({"kind": "json", "body": '{"posts": ["?"]}'}, MalformedError),
    ({"kind": "json", "body": "null"}, MalformedError),
    ({"kind": "half"}, TransientError),
    ({"kind": "oversize"}, MalformedError),
    ({"kind": "drop"}, TransientError),
    ({"kind": "slow", "delay": 0.05}, TransientError),
    ({"kind": "hang", "delay": 1.5}, TransientError),
]


@pytest.mark.parametrize(("fault", "error"), FAILURES, ids=lambda value: str(value)[:60])
def test_failure_becomes_our_error_in_time_and_without_the_login(world, server, fault, error):
    fill(world, 3)
    world.fail("bluesky", path=V2, **fault)
    patience = 5 if fault["kind"] == "oversize" else 0.4

    with reading(server, timeout=patience, **ACCOUNT) as collector:
        started = time.monotonic()
        with pytest.raises(error) as caught:
            read(collector, query(world))
        took = time.monotonic() - started

    shown = "".join(traceback.format_exception(caught.value))
    assert took < patience + 1
    assert str(caught.value).startswith("bluesky: ")
    assert APP_PASSWORD not in shown
    assert "access-1" not in shown


@pytest.mark.parametrize("status", [401, 403])
def test_public_that_is_turned_away_is_told_to_use_an_account(world, server, status):
    world.fail("bluesky", "status", status=status, body="<h1>Forbidden</h1>")

    with reading(server) as collector, pytest.raises(CredentialsError, match="app_password"):
        read(collector, query(world))


@pytest.mark.parametrize("header", ["ratelimit-reset", "retry-after"])
def test_rate_limit_tells_when_to_come_back(world, server, header):
    reset = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=4)
    value = str(int(reset.timestamp())) if header == "ratelimit-reset" else "240"
    world.fail("bluesky", "status", status=429, headers={header: value})

    with reading(server) as collector, pytest.raises(RateLimitedError) as caught:
        read(collector, query(world))

    assert caught.value.retry_at is not None
    assert abs(caught.value.retry_at - reset) < timedelta(seconds=30)


def test_rate_limit_without_a_reset_does_not_invent_one(world, server):
    world.fail("bluesky", "status", status=429)

    with reading(server) as collector, pytest.raises(RateLimitedError) as caught:
        read(collector, query(world))

    assert caught.value.retry_at is None


def test_pages_before_a_failure_are_kept_and_can_be_gone_on_from(world, server):
    expected = fill(world, 2 * PAGE)
    world.fail("bluesky", "status", status=503, after=1)

    with reading(server) as collector:
        asked = query(world)
        pages = collector.fetch(asked, "search", bookmark=None, resume=None)
        first = next(pages)
        with pytest.raises(TransientError):
            next(pages)
        rest = read(collector, asked, resume=first.resume)

        assert set(texts(collector, [first, *rest])) == set(expected)


def test_spent_budget_stops_before_the_call(world, server):
    fill(world, 3 * PAGE)
    purse = Purse(2)

    with reading(server, **ACCOUNT) as collector, pytest.raises(BudgetSpentError):
        read(collector, query(world, budget=purse))

    assert len(world.requests["bluesky"]) == purse.spent["calls"] == 2


def test_malformed_post_costs_itself_and_not_its_page(world, server):
    fill(world, 3)
    first, second, third = views(world, server)
    del third["record"]
    posts = [first, "?", third, {}, second]
    world.fail("bluesky", "json", body=json.dumps({"posts": posts}))

    with reading(server) as collector:
        (page,) = read(collector, query(world))
        good, bad = [], []
        for payload in page.payloads:
            try:
                good.append(collector.normalise(payload).text)
            except (AttributeError, KeyError, TypeError, ValueError):
                bad.append(payload)

    assert good == ["قصة 1 #بلادي_فقلبي", "قصة 2 #بلادي_فقلبي"]
    assert len(bad) == 3
    assert page.bookmark == indexed_at(world.posts("bluesky")[0]).isoformat()


# Known posts


def test_edited_post_is_found_with_its_new_text_and_version(world, server):
    key = world.say("bluesky", "Premier jet #bladifqalbi")

    with reading(server) as collector:
        before = only_item(collector, query(world))
        world.edit(key, "Corrigé #bladifqalbi")
        answer = collector.lookup([known(before)], Purse())
        after = collector.normalise(answer.found[0])

    assert after.text == "Corrigé #bladifqalbi"
    assert after.native_id == before.native_id
    assert after.version != before.version


def test_deleted_post_is_missing_and_not_said_to_be_gone(world, server):
    keys = [world.say("bluesky", f"{number} #bladifqalbi") for number in range(3)]

    with reading(server) as collector:
        items = [collector.normalise(each) for each in payloads_of(read(collector, query(world)))]
        world.delete(keys[1])
        purse = Purse()
        answer = collector.lookup([known(item) for item in items], purse)
        found = {collector.normalise(payload).text for payload in answer.found}

    assert found == {"0 #bladifqalbi", "2 #bladifqalbi"}
    assert answer.gone == frozenset()
    assert purse.spent["calls"] == 1


def test_lookup_takes_as_many_posts_as_the_server_does(world, server):
    fill(world, BlueskyCollector.lookup_batch)

    with reading(server) as collector:
        items = [collector.normalise(each) for each in payloads_of(read(collector, query(world)))]
        answer = collector.lookup([known(item) for item in items], Purse())

    assert len(answer.found) == BlueskyCollector.lookup_batch


def test_lookup_of_nothing_asks_nobody(server):
    with reading(server) as collector:
        assert list(collector.lookup([], Purse(0)).found) == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 500}, TransientError),
        ({"kind": "status", "status": 403}, CredentialsError),
        ({"kind": "status", "status": 429}, RateLimitedError),
        ({"kind": "html"}, MalformedError),
        ({"kind": "json", "body": "{}"}, MalformedError),
        ({"kind": "drop"}, TransientError),
    ],
)
def test_failed_question_about_known_posts_is_an_error(world, server, fault, error):
    fill(world, 1)

    with reading(server) as collector:
        item = only_item(collector, query(world))
        world.fail("bluesky", path=GET_POSTS, **fault)
        with pytest.raises(error):
            collector.lookup([known(item)], Purse())


# Stand-in


def test_person_who_shows_posts_to_members_only_opts_out(world, server):
    shy = Person(handle="hafsaist", name="حفصة الحداوي", indexable=False)
    world.say("bluesky", "صباح الخير #بلادي_فقلبي", person=shy)

    with reading(server) as collector:
        assert only_item(collector, query(world)).opt_out == OptOut.LOGGED_IN_ONLY


def test_labelled_post_opts_out_and_is_still_read(world, server):
    world.say("bluesky", "… #bladifqalbi", labels=("graphic-media",))

    with reading(server) as collector:
        assert only_item(collector, query(world)).opt_out == OptOut.LABELLED


def test_stand_in_gives_what_every_view_has_and_nothing_undocumented(world, server):
    fill(world, 1)

    with reading(server) as collector:
        (payload,) = payloads_of(read(collector, query(world)))

    assert {"uri", "cid", "author", "record", "indexedAt"} <= payload["post"].keys() <= POST_VIEW
