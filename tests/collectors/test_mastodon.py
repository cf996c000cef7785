import contextlib
import json
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from pydantic import ValidationError

from collectors.answers import Answer
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
from collectors.guard import ForbiddenAddressError
from collectors.http import PoliteClient
from collectors.mastodon import PAGE, MastodonCollector, MastodonSettings
from store.items import Item, OptOut, Payload
from tests.collectors.budget import Purse
from tests.platforms.mastodon import TOKEN, snowflake, status_of
from tests.platforms.serve import platforms
from tests.platforms.world import Person, World

TIMELINE = "/api/v1/timelines/tag"
INSTANCE = "/api/v2/instance"
TAGS = ("bladifqalbi", "بلادي_فقلبي", "bladi_f_qalbi")
DOCUMENTED = {
    *("id", "uri", "created_at", "account", "content", "visibility", "sensitive", "spoiler_text"),
    *("media_attachments", "application", "mentions", "tags", "emojis", "reblogs_count"),
    *("favourites_count", "replies_count", "url", "in_reply_to_id", "in_reply_to_account_id"),
    *("reblog", "poll", "card", "language", "text", "edited_at", "quote", "quotes_count"),
    *("quote_approval", "favourited", "reblogged", "muted", "bookmarked", "pinned", "filtered"),
}
"""Attributes of a Status (docs.joinmastodon.org/entities/Status, 4.5)."""


@pytest.fixture
def world():
    return World()


@pytest.fixture
def server(world):
    """The stand-in's address."""
    with platforms(world, ["mastodon"]) as urls:
        yield urls["mastodon"]


@contextlib.contextmanager
def reading(*servers: Any, **settings: Any) -> Iterator[MastodonCollector]:
    """A collector of these servers; each is an address, or a mapping of its settings."""
    entries = [{"url": each} if isinstance(each, str) else each for each in servers]
    settings.setdefault("timeout", 5)
    collector = MastodonSettings(servers=entries, **settings).build(
        "wall-tests/1 (ops@example.org)"
    )
    try:
        yield collector
    finally:
        collector.close()


def query(world: World, **more: Any) -> Query:
    more.setdefault("tags", TAGS)
    more.setdefault("floor", world.start - timedelta(days=30))
    more.setdefault("now", world.start)
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


def read_all(collector, asked, **more) -> list[Payload]:
    return [payload for page in read(collector, asked, **more) for payload in page.payloads]


def texts(collector, payloads) -> list[str]:
    return [collector.normalise(payload).text for payload in payloads]


def ids(payloads) -> list[str]:
    return [payload["status"]["id"] for payload in payloads]


def fill(world, count, **more) -> list[str]:
    """Publish posts of one minute each, the newest one minute old; return their texts."""
    out = []
    for minutes in range(count, 0, -1):
        text = f"قصة {minutes} #بلادي_فقلبي"
        world.say("mastodon", text, age=timedelta(minutes=minutes), **more)
        out.append(text)
    return out


def asked_for(world, path=TIMELINE) -> list[dict[str, list[str]]]:
    """The queries of requests to one path, oldest first."""
    return [
        parse_qs(urlsplit(target).query)
        for _, target in world.requests["mastodon"]
        if unquote(target).startswith(path)
    ]


def host_of(server: str) -> str:
    return urlsplit(server).netloc


def known(item) -> Known:
    return Known(native_id=item.native_id, lookup_id=item.lookup_id, instance=item.instance)


def only_item(collector: MastodonCollector, asked: Query) -> Item:
    (payload,) = read_all(collector, asked)
    return collector.normalise(payload)


# Streams and coverage


def test_streams_are_one_per_server_and_group_of_hashtags(world):
    servers = ("https://piaille.fr", {"url": "https://gts.example/", "tags_at_once": 1})

    with reading(*servers) as collector:
        streams = collector.streams(query(world, tags=("a", "b", "c", "d", "e")))

    assert streams == [
        *("piaille.fr/a", "piaille.fr/e"),
        *("gts.example/a", "gts.example/b", "gts.example/c", "gts.example/d", "gts.example/e"),
    ]


def test_page_budget_decides_how_many_spellings_each_server_is_asked_for(world):
    servers = ("https://piaille.fr", {"url": "https://gts.example/", "tags_at_once": 1})
    tags = tuple(f"tag{number:02}" for number in range(25))

    with reading(*servers, budget={"pages": 8}) as collector:
        streams = collector.streams(query(world, tags=tags))

    assert streams == [
        *("piaille.fr/tag00", "piaille.fr/tag04"),
        *("gts.example/tag00", "gts.example/tag01"),
    ]


def test_smallest_budget_asks_every_server_once(world):
    servers = ("https://a.example", "https://b.example", "https://c.example")

    with reading(*servers, budget={"pages": 1}) as collector:
        streams = collector.streams(query(world, tags=("a", "b", "c", "d", "e")))

    assert streams == ["a.example/a", "b.example/a", "c.example/a"]


def test_spellings_that_mastodon_folds_are_asked_for_once():
    settings = MastodonSettings.model_validate({"servers": [{"url": "https://m.example"}]})
    tags = ("Été", "ete", "ＥＴＥ", "e_te", "بلادي", "بِلادي", "ﺑﻼﺩﻱ", "بـلادي", "بلا\u200cدي")

    (asked,) = settings.asked(tags, ())

    assert list(asked.strings) == ["Été", "e_te", "بلادي", "بِلادي", "بـلادي", "بلا\u200cدي"]


def test_server_that_folds_nothing_is_asked_for_every_spelling():
    server = {"url": "https://gts.example", "tags_at_once": 1}

    (asked,) = MastodonSettings.model_validate({"servers": [server]}).asked(("Été", "ete"), ())

    assert list(asked.strings) == ["Été", "ete"]


def test_one_call_asks_for_all_hashtags_of_a_group(world, server):
    expected = [world.say("mastodon", f"Salut #{tag}", age=timedelta(hours=1)) for tag in TAGS]

    with reading(server) as collector:
        payloads = read_all(collector, query(world))

    assert len(payloads) == len(expected)
    assert asked_for(world)[0]["any[]"] == list(TAGS[1:])


def test_hashtag_in_arabic_is_written_into_the_path(world, server):
    fill(world, 1)

    with reading(server) as collector:
        payloads = read_all(collector, query(world, tags=("بلادي_فقلبي",)))

    assert len(payloads) == 1
    assert asked_for(world, f"{TIMELINE}/بلادي_فقلبي")


def test_post_with_another_hashtag_is_not_read(world, server):
    world.say("mastodon", "Rien à voir #maroc")

    with reading(server) as collector:
        assert read(collector, query(world)) == []


def test_first_run_of_an_empty_timeline_has_no_page(world, server):
    with reading(server) as collector:
        assert read(collector, query(world)) == []


def test_hashtag_that_a_server_has_never_seen_is_an_empty_timeline(world, server):
    world.fail(
        "mastodon", "status", status=404, body='{"error": "Record not found"}', path=TIMELINE
    )

    with reading(server) as collector:
        assert read(collector, query(world)) == []


def test_run_without_news_gives_one_empty_page_with_the_old_bookmark(world, server):
    fill(world, 3)

    with reading(server) as collector:
        bookmark = read(collector, query(world))[-1].bookmark
        (page,) = read(collector, query(world), bookmark=bookmark)

    assert (list(page.payloads), page.bookmark, page.resume) == ([], bookmark, None)


def test_first_run_reads_every_post_down_to_the_floor_once(world, server):
    expected = fill(world, 2 * PAGE + 15)
    world.say("mastodon", "trop vieux #bladifqalbi", age=timedelta(days=40))

    with reading(server) as collector:
        pages = read(collector, query(world))
        found = texts(collector, [payload for page in pages for payload in page.payloads])

    assert found == list(reversed(expected))
    assert [page.bookmark is None for page in pages] == [True] * (len(pages) - 1) + [False]
    assert all(bool(page.bookmark) != bool(page.resume) for page in pages)


def test_first_run_stops_below_the_floor(world, server):
    fill(world, 10)
    for day in range(31, 31 + 3 * PAGE):
        world.say("mastodon", "vieux #bladifqalbi", age=timedelta(days=day))

    with reading(server) as collector:
        payloads = read_all(collector, query(world))

    assert len(payloads) == 10
    assert len(asked_for(world)) == 2


def test_old_post_that_arrived_late_does_not_end_the_first_run(world, server):
    expected = fill(world, 5)
    late = status_of(world.posts("mastodon")[0], server)
    late |= {"id": str(1 << 62), "created_at": "2020-01-01T00:00:00.000Z"}
    fresh = late | {"id": str((1 << 62) - 1), "created_at": world.start.isoformat()}
    world.fail("mastodon", "json", body=json.dumps([late, fresh]), path=TIMELINE)

    with reading(server) as collector:
        found = texts(collector, read_all(collector, query(world)))

    assert set(expected) <= set(found)


def test_first_run_that_stops_early_is_completed_from_where_it_stopped(world, server):
    expected = fill(world, 3 * PAGE)

    with reading(server) as collector:
        first = read(collector, query(world), pages=1)
        world.say("mastodon", "nouveau #bladifqalbi", age=timedelta(0))
        rest = read(collector, query(world), resume=first[-1].resume)
        news = read_all(collector, query(world), bookmark=rest[-1].bookmark)
        found = texts(collector, [p for page in (*first, *rest) for p in page.payloads])

        assert sorted(found) == sorted(expected)
        assert texts(collector, news) == ["nouveau #bladifqalbi"]


def test_gap_above_a_bookmark_is_read_down_to_the_bookmark_only(world, server):
    fill(world, 3 * PAGE)
    numbers = [str(snowflake(post)) for post in world.posts("mastodon")]
    resume = json.dumps({"below": numbers[50], "newest": numbers[0]})

    with reading(server) as collector:
        pages = read(collector, query(world), bookmark=numbers[60], resume=resume)

    assert [one for page in pages for one in ids(page.payloads)] == numbers[51:60]
    assert pages[-1].bookmark == numbers[0]


def test_later_runs_read_only_what_is_new_oldest_first(world, server):
    fill(world, 5)
    with reading(server) as collector:
        bookmark = read(collector, query(world))[-1].bookmark
        for number in range(PAGE + 10):
            text = f"neuf {number} #bladifqalbi"
            world.say("mastodon", text, age=timedelta(seconds=50 - number))

        pages = read(collector, query(world), bookmark=bookmark)
        found = texts(collector, [payload for page in pages for payload in page.payloads])

    assert found == [f"neuf {number} #bladifqalbi" for number in range(PAGE + 10)]
    assert [page.bookmark for page in pages] == [ids(page.payloads)[-1] for page in pages]


def test_later_run_that_stops_after_a_page_goes_on_from_its_bookmark(world, server):
    with reading(server) as collector:
        fill(world, 1)
        bookmark = read(collector, query(world))[-1].bookmark
        for number in range(2 * PAGE):
            world.say(
                "mastodon", f"{number} #bladifqalbi", age=timedelta(milliseconds=500 - number)
            )
        first = read(collector, query(world), bookmark=bookmark, pages=1)

        rest = read(collector, query(world), bookmark=first[0].bookmark)

    found = ids(first[0].payloads) + [one for page in rest for one in ids(page.payloads)]
    assert len(set(found)) == len(found) == 2 * PAGE


def test_backfill_reads_its_range_from_inclusive_to_exclusive(world, server):
    fill(world, 60)
    since, until = (world.start - timedelta(minutes=minutes) for minutes in (20, 10))

    with reading(server) as collector:
        pages = read(collector, query(world, since=since, until=until), bookmark="1")
        found = texts(collector, [payload for page in pages for payload in page.payloads])

    assert found == [f"قصة {minutes} #بلادي_فقلبي" for minutes in range(11, 21)]
    assert pages[-1].bookmark
    assert all(page.reached_at for page in pages if page.payloads)


def test_next_page_is_not_asked_for_before_it_is_wanted(world, server):
    fill(world, 3 * PAGE)

    with reading(server) as collector:
        read(collector, query(world), pages=1)

    assert len(asked_for(world)) == 1


def test_ids_are_kept_as_they_are(world, server):
    fill(world, 1)
    status = status_of(world.posts("mastodon")[0], server) | {"id": "01JD8Z5M6Q2V3W4X5Y6Z7A8B9C"}
    world.fail("mastodon", "json", body=json.dumps([status]), path=TIMELINE)

    with reading(server) as collector:
        (page,) = read(collector, query(world), bookmark="01JD0000000000000000000000", pages=1)

    assert page.bookmark == "01JD8Z5M6Q2V3W4X5Y6Z7A8B9C"
    assert asked_for(world)[0]["min_id"] == ["01JD0000000000000000000000"]


def test_link_header_is_not_followed(world, server):
    fill(world, 2 * PAGE)

    with reading(server) as collector:
        read(collector, query(world))

    assert all("any[]" in asked for asked in asked_for(world))


# What a server allows


def access(local, remote) -> str:
    feeds = {"hashtag_feeds": {"local": local, "remote": remote}}
    return json.dumps({"configuration": {"timelines_access": feeds}})


@pytest.mark.parametrize(
    ("feeds", "message"),
    [
        (("disabled", "disabled"), "shows no hashtags"),
        (("authenticated", "authenticated"), "accounts only"),
        (("public", "authenticated"), "accounts only"),
    ],
)
def test_server_that_hides_hashtags_is_an_error_and_not_an_empty_timeline(
    world, server, feeds, message
):
    world.fail("mastodon", "json", body=access(*feeds), path=INSTANCE)

    with reading(server) as collector, pytest.raises(CredentialsError, match=message):
        read(collector, query(world))


def test_token_opens_what_is_shown_to_accounts_only(world, server):
    fill(world, 2)
    world.fail("mastodon", "json", body=access("public", "authenticated"), path=INSTANCE)

    with reading(server, tokens={host_of(server): TOKEN}) as collector:
        assert len(read_all(collector, query(world))) == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 404},
        {"kind": "status", "status": 401},
        {"kind": "html"},
        {"kind": "json", "body": "[]"},
        {
            "kind": "json",
            "body": '{"configuration": {"timelines_access": {"hashtag_feeds": true}}}',
        },
        {"kind": "json", "body": access("disabled", "public")},
        {"kind": "json", "body": '{"configuration": {}}'},
    ],
)
def test_server_that_does_not_say_what_it_shows_is_read(world, server, fault):
    fill(world, 2)
    world.fail("mastodon", path=INSTANCE, **fault)

    with reading(server) as collector:
        assert len(read_all(collector, query(world))) == 2


def test_access_is_asked_for_once_a_run(world, server):
    fill(world, 2)

    with reading({"url": server, "tags_at_once": 1}) as collector:
        for now in (world.start, world.start + timedelta(minutes=5)):
            asked = query(world, now=now)
            for stream in collector.streams(asked):
                list(collector.fetch(asked, stream, bookmark=None, resume=None))

    assert len(asked_for(world, INSTANCE)) == 2


# Errors

FAILURES = [
    ({"kind": "status", "status": 400}, MalformedError),
    ({"kind": "status", "status": 401, "body": '{"error": "no"}'}, CredentialsError),
    ({"kind": "status", "status": 403}, CredentialsError),
    ({"kind": "status", "status": 404, "body": "<h1>Not here</h1>"}, MalformedError),
    ({"kind": "status", "status": 404, "body": '{"error": "Not Found"}'}, MalformedError),
    ({"kind": "status", "status": 402}, QuotaError),
    ({"kind": "status", "status": 422}, MalformedError),
    ({"kind": "status", "status": 429}, RateLimitedError),
    ({"kind": "status", "status": 500}, TransientError),
    ({"kind": "status", "status": 502, "body": "<h1>Bad gateway</h1>"}, TransientError),
    ({"kind": "status", "status": 503}, TransientError),
    ({"kind": "html"}, MalformedError),
    ({"kind": "json", "body": '{"statuses": []}'}, MalformedError),
    ({"kind": "json", "body": '["one", "two"]'}, MalformedError),
    ({"kind": "json", "body": '[{"id": 17}]'}, MalformedError),
    ({"kind": "json", "body": "null"}, MalformedError),
    ({"kind": "json", "body": ""}, MalformedError),
    ({"kind": "half"}, TransientError),
    ({"kind": "oversize"}, MalformedError),
    ({"kind": "drop"}, TransientError),
    ({"kind": "slow", "delay": 0.05}, TransientError),
    ({"kind": "hang", "delay": 1.5}, TransientError),
]


@pytest.mark.parametrize(("fault", "error"), FAILURES, ids=lambda value: str(value)[:60])
def test_failure_becomes_our_error_in_time_and_without_the_token(world, server, fault, error):
    fill(world, 3)
    world.fail("mastodon", path=TIMELINE, **fault)
    patience = 5 if fault["kind"] == "oversize" else 0.4

    with reading(server, tokens={host_of(server): TOKEN}, timeout=patience) as collector:
        started = time.monotonic()
        with pytest.raises(error) as caught:
            read(collector, query(world))
        took = time.monotonic() - started

    assert took < patience + 1
    assert str(caught.value).startswith("mastodon: ")
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


def test_server_that_fails_at_the_instance_call_fails_the_run(world, server):
    world.fail("mastodon", "status", status=503, path=INSTANCE)

    with reading(server) as collector, pytest.raises(TransientError):
        read(collector, query(world))


def test_rate_limit_tells_when_to_come_back(world, server):
    reset = (world.start + timedelta(minutes=4)).isoformat().replace("+00:00", "Z")
    world.fail(
        "mastodon", "status", status=429, headers={"x-ratelimit-reset": reset}, path=TIMELINE
    )

    with reading(server) as collector, pytest.raises(RateLimitedError) as caught:
        read(collector, query(world))

    assert caught.value.retry_at == world.start + timedelta(minutes=4)


def test_rate_limit_without_a_reset_does_not_invent_one(world, server):
    world.fail("mastodon", "status", status=429, path=TIMELINE)

    with reading(server) as collector, pytest.raises(RateLimitedError) as caught:
        read(collector, query(world))

    assert caught.value.retry_at is None


def test_refused_token_is_a_credentials_error(world, server):
    with (
        reading(server, tokens={host_of(server): "wrong-token"}) as collector,
        pytest.raises(CredentialsError) as caught,
    ):
        read(collector, query(world))

    assert "wrong-token" not in "".join(traceback.format_exception(caught.value))


def test_pages_before_a_failure_are_kept_and_can_be_gone_on_from(world, server):
    expected = fill(world, 2 * PAGE)
    world.fail("mastodon", "status", status=503, path=TIMELINE, after=1)

    with reading(server) as collector:
        asked = query(world)
        pages = collector.fetch(asked, collector.streams(asked)[0], bookmark=None, resume=None)
        first = next(pages)
        with pytest.raises(TransientError):
            next(pages)
        rest = read_all(collector, asked, resume=first.resume)

        assert sorted(texts(collector, [*first.payloads, *rest])) == sorted(expected)


def test_spent_budget_stops_before_the_call(world, server):
    fill(world, 3 * PAGE)
    purse = Purse(3)

    with reading(server) as collector, pytest.raises(BudgetSpentError):
        read(collector, query(world, budget=purse))

    assert len(world.requests["mastodon"]) == purse.spent["calls"] == 3


def test_server_that_ignores_positions_is_refused_instead_of_read_for_ever(world, server):
    fill(world, 2)
    page = json.dumps([status_of(post, server) for post in world.posts("mastodon")])
    world.fail("mastodon", "json", body=page, path=TIMELINE, times=-1)

    with reading(server) as collector, pytest.raises(MalformedError, match="does not page"):
        read(collector, query(world))


def test_malformed_status_costs_itself_and_not_its_page(world, server):
    fill(world, 3)
    statuses = [status_of(post, server) for post in world.posts("mastodon")]
    broken = json.dumps([{"text": "?"}, *statuses[:2], "?", statuses[2] | {"content": None}])
    world.fail("mastodon", "json", body=broken, path=TIMELINE)

    with reading(server) as collector:
        (page,) = read(collector, query(world), bookmark="1", pages=1)
        good, bad = [], []
        for payload in page.payloads:
            try:
                good.append(collector.normalise(payload).text)
            except (AttributeError, KeyError, TypeError, ValueError):
                bad.append(payload)

    assert sorted(good) == ["قصة 1 #بلادي_فقلبي", "قصة 2 #بلادي_فقلبي"]
    assert len(bad) == 3
    assert page.bookmark == statuses[0]["id"]


def test_one_server_that_fails_does_not_spoil_the_other(world, server):
    fill(world, 2)
    with platforms(World(), ["mastodon"]) as dead:
        gone = dead["mastodon"]

    with reading(gone, server) as collector:
        asked = query(world)
        first, second = collector.streams(asked)
        with pytest.raises(TransientError):
            list(collector.fetch(asked, first, bookmark=None, resume=None))
        pages = list(collector.fetch(asked, second, bookmark=None, resume=None))

    assert sum(len(page.payloads) for page in pages) == 2


# Known posts


def test_edited_post_is_found_with_its_new_text_and_version(world, server):
    key = world.say("mastodon", "Premier jet #bladifqalbi")

    with reading(server) as collector:
        before = only_item(collector, query(world))
        world.edit(key, "Corrigé #bladifqalbi")
        answer = collector.lookup([known(before)], Purse())
        after = collector.normalise(answer.found[0])

    assert after.text == "Corrigé #bladifqalbi"
    assert after.edited_at is not None
    assert (before.version, after.native_id) == (None, before.native_id)
    assert after.version is not None


def test_deleted_post_is_gone_and_the_others_are_found(world, server):
    keys = [world.say("mastodon", f"{number} #bladifqalbi") for number in range(3)]

    with reading(server) as collector:
        items = [collector.normalise(payload) for payload in read_all(collector, query(world))]
        world.delete(keys[1])
        purse = Purse()
        answer = collector.lookup([known(item) for item in items], purse)
        found = texts(collector, answer.found)

    (deleted,) = [item.native_id for item in items if item.text == "1 #bladifqalbi"]
    assert answer.gone == {deleted}
    assert sorted(found) == ["0 #bladifqalbi", "2 #bladifqalbi"]
    assert purse.spent["calls"] == 2


def test_posts_of_several_servers_are_each_asked_of_their_own(world, server):
    fill(world, 1)
    other = World()
    other.say("mastodon", "ailleurs #bladifqalbi")

    with platforms(other, ["mastodon"]) as urls, reading(server, urls["mastodon"]) as collector:
        asked = query(world)
        items = [
            collector.normalise(payload)
            for stream in collector.streams(asked)
            for page in collector.fetch(asked, stream, bookmark=None, resume=None)
            for payload in page.payloads
        ]
        answer = collector.lookup([known(item) for item in items], Purse())

    assert {payload["instance"] for payload in answer.found} == {
        host_of(server),
        host_of(urls["mastodon"]),
    }
    assert answer.gone == frozenset()


@pytest.mark.parametrize("status", [401, 404, 405])
def test_server_without_the_joint_call_is_asked_for_one_post_at_a_time(world, server, status):
    keys = [world.say("mastodon", f"{number} #bladifqalbi") for number in range(2)]

    with reading(server) as collector:
        items = [collector.normalise(payload) for payload in read_all(collector, query(world))]
        world.delete(keys[0])
        world.fail("mastodon", "status", status=status, path="/api/v1/statuses")
        first = collector.lookup([known(item) for item in items], Purse())
        purse = Purse()
        second = collector.lookup([known(item) for item in items], purse)

    assert first == second
    assert (len(first.found), len(first.gone)) == (1, 1)
    assert purse.spent["calls"] == 2


def test_page_not_found_that_is_not_the_servers_own_word_is_no_deletion(world, server):
    fill(world, 1)

    with reading(server) as collector:
        item = only_item(collector, query(world))
        page = "<html><h1>404</h1>"
        world.fail("mastodon", "status", status=404, body=page, path="/api/v1/statuses", times=-1)
        with pytest.raises(MalformedError):
            collector.lookup([known(item)], Purse())


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
def test_failed_question_about_known_posts_is_an_error_and_no_deletion(world, server, fault, error):
    fill(world, 1)

    with reading(server) as collector:
        item = only_item(collector, query(world))
        world.fail("mastodon", path="/api/v1/statuses", **fault)
        with pytest.raises(error):
            collector.lookup([known(item)], Purse())


def test_answer_about_another_post_is_refused(world, server):
    fill(world, 2)

    with reading(server) as collector:
        items = [collector.normalise(payload) for payload in read_all(collector, query(world))]
        world.fail("mastodon", "json", body="[]", path="/api/v1/statuses")
        other = json.dumps(items[1].raw["status"])
        world.fail("mastodon", "json", body=other, path="/api/v1/statuses/")
        with pytest.raises(MalformedError):
            collector.lookup([known(items[0])], Purse())


def test_post_without_its_servers_name_or_number_is_not_asked_for(world):
    with reading("https://mastodon.social") as collector:
        answer = collector.lookup(
            [Known(native_id="https://a.example/1", lookup_id=None, instance=None)], Purse(0)
        )

    assert (list(answer.found), answer.gone) == ([], frozenset())


def test_post_of_a_server_that_is_no_longer_read_is_asked_for_in_public_alone():
    elsewhere = Known(native_id="https://a/1", lookup_id="1", instance="127.0.0.1:9")

    refused = pytest.raises(ForbiddenAddressError, match=r"127\.0\.0\.1")
    with reading("https://mastodon.social") as collector, refused:
        collector.lookup([elsewhere], Purse())


@pytest.mark.parametrize(
    ("uri", "native_id", "is_told"),
    [
        ("https://far.example/users/a/statuses/1", "https://far.example/@a/1", True),
        ("https://a.example/users/b/statuses/9", "https://a.example/users/b/statuses/9", True),
        ("https://a.example/users/b/statuses/9", "https://far.example/@a/1", False),
        (None, "https://far.example/@a/1", False),
    ],
)
def test_server_that_nobody_has_chosen_speaks_for_its_own_posts(
    monkeypatch, uri, native_id, is_told
):
    status = {"id": "1", "uri": uri}

    def answer(_self, host, path, _budget, _params=None):
        body = json.dumps(status if path.endswith("/1") else [])
        return Answer(200, {}, body.encode(), f"https://{host}{path}")

    monkeypatch.setattr(MastodonCollector, "_get", answer)
    asked = [Known(native_id=native_id, lookup_id="1", instance="far.example")]
    with reading("https://mastodon.social") as collector:
        if is_told:
            assert len(collector.lookup(asked, Purse()).found) == 1
        else:
            with pytest.raises(MalformedError, match="tells a post of another server"):
                collector.lookup(asked, Purse())


# Settings


def test_token_of_a_server_that_is_not_read_stops_the_start_unseen():
    with pytest.raises(ValidationError, match=r"piaille\.fr") as caught:
        MastodonSettings(tokens={"piaille.fr": "secret-token"})

    assert "secret-token" not in str(caught.value)


@pytest.mark.parametrize(
    "servers",
    [
        [{"url": "https://a.example"}, {"url": "https://A.example/"}],
        [{"url": "a.example"}],
        [{"url": "https://a.example/path"}],
        [{"url": "https://user:password@a.example"}],
        [{"url": "https://a.example", "tags_at_once": 5}],
    ],
)
def test_servers_that_cannot_be_meant_stop_the_start(servers):
    with pytest.raises(ValidationError):
        MastodonSettings(servers=servers)


def test_nothing_is_needed_to_begin():
    settings = MastodonSettings()

    assert (settings.missing(), settings.daily(), settings.day_in) == ([], {}, "UTC")


# Stand-in against documents and against the independent mastodon-mock


class Watched(dict[str, Any]):
    """A mapping that remembers which of its keys were asked for."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def __getitem__(self, key):
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key, default=None):
        self.read.add(key)
        return super().get(key, default)


def keys_read(collector, payload) -> tuple[set[str], set[str]]:
    status = Watched(payload["status"] | {"account": Watched(payload["status"]["account"])})
    collector.normalise({"instance": payload["instance"], "status": status})
    return status.read, status["account"].read


def test_stand_in_has_what_the_collector_reads_and_nothing_undocumented(world, server):
    world.say("mastodon", "Bonjour #bladifqalbi")

    with reading(server) as collector:
        (payload,) = read_all(collector, query(world))
        status_keys, account_keys = keys_read(collector, payload)

    assert status_keys <= payload["status"].keys() <= DOCUMENTED
    # Extra attributes of moderated accounts only.
    assert account_keys - {"limited", "suspended"} <= payload["status"]["account"].keys()


def test_person_who_asks_not_to_be_indexed_opts_out(world, server):
    shy = Person(handle="hafsaist", name="حفصة الحداوي", indexable=False)
    world.say("mastodon", "صباح الخير #بلادي_فقلبي", person=shy)

    with reading(server) as collector:
        assert only_item(collector, query(world)).opt_out == OptOut.NOT_INDEXABLE


@pytest.fixture
def mock(tmp_path):
    """The address of mastodon-mock, a server that nobody here wrote."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    command = [sys.executable, "-m", "mastodon_mock", "serve", "--in-memory"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "critical"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=tmp_path, stdout=quiet, stderr=quiet) as process:
        try:
            wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def wait_for(port, process) -> None:
    for _ in range(600):
        assert process.poll() is None, "mastodon-mock did not start"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("mastodon-mock does not listen")


def test_independent_server_is_read_page_by_page_and_asked_about_its_posts(mock, world):
    client = PoliteClient(
        "test", agent="test", timeout=10, headers={"authorization": "Bearer mock_token"}
    )
    said = [f"sba7 lkhir {number} #bladifqalbi" for number in range(PAGE + 2)]
    for text in said:
        client.json_of(
            client.request("POST", f"{mock}/api/v1/statuses", json_body={"status": text})
        )
    asked = query(world, tags=("bladifqalbi",))

    with reading(mock, tokens={host_of(mock): "mock_token"}) as collector:
        pages = read(collector, asked)
        first = [collector.normalise(payload) for page in pages for payload in page.payloads]
        answer = client.request("DELETE", f"{mock}/api/v1/statuses/{first[0].lookup_id}")
        client.request("POST", f"{mock}/api/v1/statuses", json_body={"status": "neuf #bladifqalbi"})
        client.close()
        news = read_all(collector, asked, bookmark=pages[-1].bookmark)
        found = collector.lookup([known(item) for item in first[:20]], Purse())
        status_keys, account_keys = keys_read(collector, news[0])

        assert [item.text for item in first] == list(reversed(said))
        assert texts(collector, news) == ["neuf #bladifqalbi"]
        assert (answer.status, len(found.found)) == (200, 19)
        assert found.gone == {first[0].native_id}
        assert status_keys <= news[0]["status"].keys()
        assert account_keys <= news[0]["status"]["account"].keys()
