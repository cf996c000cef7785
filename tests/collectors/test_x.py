import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
import tweepy
from pydantic import SecretStr

from collectors import x as x_module
from collectors.base import (
    BudgetSpentError,
    CollectorError,
    CredentialsError,
    Known,
    MalformedError,
    Page,
    TransientError,
)
from collectors.x import XCollector, XSettings
from collectors.x_post import id_at, time_of
from store.items import Author
from tests.collectors.budget import Purse
from tests.collectors.x_asking import START, a_collector, a_query, payload, read, texts
from tests.platforms.corpus import stories
from tests.platforms.serve import platforms
from tests.platforms.world import World
from tests.platforms.x import TOKEN
from tests.platforms.x_objects import snowflake, versions

RECENT, ARCHIVE = "/2/tweets/search/recent", "/2/tweets/search/all"


@pytest.fixture
def world() -> World:
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


def say_many(world: World, count: int, *, apart: timedelta = timedelta(minutes=1)) -> list[str]:
    """Publish numbered posts; return their texts, newest first."""
    for number in range(count):
        world.say("x", f"Histoire {number} #bladifqalbi", age=apart * (number + 1))
    return [f"Histoire {number} #bladifqalbi" for number in range(count)]


def asked(world: World) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(path).query) for _, path in world.requests["x"]]


def known(world: World) -> dict[str, Known]:
    """Return what the store would know of each post, by its text."""
    return {
        post.text: Known(
            native_id=str(versions(post)[0].id), lookup_id=str(versions(post)[-1].id), instance=None
        )
        for post in world.posts("x")
    }


def test_nothing_ever_written_gives_no_page(x: XCollector) -> None:
    assert read(x) == []


def test_nothing_new_gives_an_empty_page_with_the_bookmark(x: XCollector) -> None:
    bookmark = str(id_at(START - timedelta(hours=1)))

    assert read(x, bookmark=bookmark) == [Page(payloads=[], bookmark=bookmark, reached_at=None)]


def test_one_page_carries_the_newest_id_as_bookmark(world: World, x: XCollector) -> None:
    written = say_many(world, 3)

    (page,) = read(x)

    assert texts(x, [page]) == written
    assert page.bookmark == str(snowflake(START - timedelta(minutes=1), 1))
    assert page.reached_at == START - timedelta(minutes=3)


def test_many_pages_lose_and_invent_nothing(world: World, x: XCollector) -> None:
    written = say_many(world, 230)

    pages = read(x)

    assert [len(page.payloads) for page in pages] == [100, 100, 30]
    assert texts(x, pages) == written
    assert pages[-1].bookmark == str(snowflake(START - timedelta(minutes=1), 1))


def test_next_page_is_not_asked_for_before_it_is_wanted(world: World, x: XCollector) -> None:
    say_many(world, 120)
    purse = Purse()

    next(x.fetch(a_query(budget=purse), "search", bookmark=None, resume=None))

    assert (len(world.requests["x"]), purse.spent) == (1, {"calls": 1, "posts": 100, "users": 1})


def test_first_run_goes_back_to_the_floor_only(world: World, x: XCollector) -> None:
    world.say("x", "jeune #bladifqalbi", age=timedelta(days=2))
    world.say("x", "vieux #bladifqalbi", age=timedelta(days=4))

    assert texts(x, read(x)) == ["jeune #bladifqalbi"]


def test_only_our_hashtags_are_read_in_any_case(world: World, x: XCollector) -> None:
    world.say("x", "oui #BladiFQalbi")
    world.say("x", "نعم #بلادي_فقلبي")
    world.say("x", "نعم #بِلادي_فقلبي")
    world.say("x", "non #bladifqalbi2 bladifqalbi")

    assert set(texts(x, read(x))) == {
        "oui #BladiFQalbi",
        "نعم #بلادي_فقلبي",
        "نعم #بِلادي_فقلبي",
    }


def test_second_run_reads_only_the_new_and_the_overlap(world: World, x: XCollector) -> None:
    say_many(world, 150)
    bookmark = read(x)[-1].bookmark
    world.say("x", "tout neuf #bladifqalbi", age=timedelta())
    world.say("x", "en retard #bladifqalbi", age=timedelta(seconds=170))

    (page,) = read(x, bookmark=bookmark)

    assert texts(x, [page]) == [
        "tout neuf #bladifqalbi",
        "Histoire 0 #bladifqalbi",
        "Histoire 1 #bladifqalbi",
        "en retard #bladifqalbi",
        "Histoire 2 #bladifqalbi",
    ]
    assert int(page.bookmark or 0) > int(bookmark or 0)


def test_bookmark_does_not_go_back_when_its_post_is_gone(world: World, x: XCollector) -> None:
    world.say("x", "reste #bladifqalbi", age=timedelta(minutes=3))
    gone = world.say("x", "part #bladifqalbi", age=timedelta(minutes=2))
    bookmark = read(x)[-1].bookmark
    world.delete(gone)

    assert read(x, bookmark=bookmark)[-1].bookmark == bookmark


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_run_that_stops_is_completed_from_its_position(
    world: World, x: XCollector, stop: int
) -> None:
    written = say_many(world, 330)
    run = x.fetch(a_query(), "search", bookmark=None, resume=None)
    before = [next(run) for _ in range(stop)]
    world.say("x", "trop tard #bladifqalbi", age=timedelta())

    after = read(x, resume=before[-1].resume)

    assert texts(x, before + after) == written
    assert after[-1].bookmark == str(snowflake(START - timedelta(minutes=1), 1))


def test_resumed_run_stops_at_the_bookmark(world: World, x: XCollector) -> None:
    say_many(world, 330)
    bookmark = str(snowflake(START - timedelta(minutes=250), 250))
    first = next(x.fetch(a_query(), "search", bookmark=bookmark, resume=None))

    after = read(x, bookmark=bookmark, resume=first.resume)

    assert texts(x, after)[-1] == "Histoire 251 #bladifqalbi"


def test_bookmark_older_than_seven_days_reads_what_search_still_reaches(
    world: World, x: XCollector
) -> None:
    world.say("x", "récent #bladifqalbi", age=timedelta(days=6))
    world.say("x", "perdu #bladifqalbi", age=timedelta(days=8))

    pages = read(x, bookmark=str(id_at(START - timedelta(days=30))))

    assert texts(x, pages) == ["récent #bladifqalbi"]


def test_gap_older_than_seven_days_is_given_up_without_a_request(
    world: World, x: XCollector
) -> None:
    place = {"until_id": id_at(START - timedelta(days=8)), "newest": id_at(START)}

    (page,) = read(x, resume=json.dumps(place))

    assert (page.payloads, page.bookmark) == ((), str(id_at(START)))
    assert world.requests["x"] == []


def test_campaign_that_has_not_begun_asks_for_nothing(world: World, x: XCollector) -> None:
    assert read(x, a_query(floor=START + timedelta(days=1))) == []
    assert world.requests["x"] == []


@pytest.mark.parametrize("resume", ["[]", "{", '{"until_id": 3}', '{"until_id": 3, "newest": "x"}'])
def test_position_that_is_not_ours_is_malformed(x: XCollector, resume: str) -> None:
    with pytest.raises(MalformedError):
        read(x, bookmark="1991445190000000007", resume=resume)


def test_empty_page_before_the_end_goes_on(world: World, x: XCollector) -> None:
    world.say("x", "plus loin #bladifqalbi")
    body = json.dumps({"meta": {"result_count": 0, "next_token": "OTIyMzM3MjAzNjg1NDc3NTgwNw=="}})
    world.fail("x", "json", body=body)

    assert texts(x, read(x)) == ["plus loin #bladifqalbi"]


def test_search_that_turns_in_a_circle_is_malformed(world: World, x: XCollector) -> None:
    body = json.dumps({"meta": {"result_count": 0, "next_token": "again"}})
    world.fail("x", "json", body=body, times=-1)

    with pytest.raises(MalformedError):
        read(x)


def test_malformed_post_does_not_spoil_its_page(world: World, x: XCollector) -> None:
    bad: list[Any] = [
        None,
        {"id": 7},
        {"id": "8", "attachments": [], "author_id": []},
        {"id": "9", "edit_history_tweet_ids": ["x"]},
        {"id": "9" * 5000},
    ]
    good = payload("photo")["post"]
    body = {"data": [*bad, good], "meta": {"result_count": 6}, "includes": {"users": [None]}}
    world.fail("x", "json", body=json.dumps(body))

    (page,) = read(x)

    assert [one["post"] for one in page.payloads] == [*bad, good]
    assert page.bookmark == good["id"]


def test_partial_errors_beside_posts_are_no_failure(world: World, x: XCollector) -> None:
    body = {
        "data": [payload("photo")["post"]],
        "errors": [{"title": "Not Found Error", "resource_type": "user"}],
        "meta": {"result_count": 1},
    }
    world.fail("x", "json", body=json.dumps(body))

    (page,) = read(x)

    assert x.normalise(page.payloads[0]).author == Author(native_id="2244994945")


def test_whole_campaign_is_read_as_it_was_written(world: World, x: XCollector) -> None:
    written = [story for story in stories() if story.platform == "x" and story.cycle == 1]
    for story in written:
        world.add(story)
    query = a_query(
        tags=("bladifqalbi", "بلادي_فقلبي", "bladi_f_qalbi"), floor=START - timedelta(days=6)
    )
    pages = read(x, query)
    items = [x.normalise(payload) for page in pages for payload in page.payloads]

    wrong = [
        one
        for one in items
        for place in one.entities
        if place.kind == "hashtag"
        and one.text[place.start + 1 : place.end].casefold() != place.value.casefold()
    ]

    assert wrong == []
    assert len(items) > 20
    assert {one.text for one in items} <= {story.text for story in written}


def test_fault_on_a_later_page_leaves_the_earlier_ones(world: World, x: XCollector) -> None:
    written = say_many(world, 150)
    world.fail("x", "status", status=503, after=1)
    run = x.fetch(a_query(), "search", bookmark=None, resume=None)
    first = next(run)

    with pytest.raises(TransientError):
        next(run)

    assert texts(x, [first, *read(x, resume=first.resume)]) == written


def test_token_and_texts_do_not_reach_the_log(
    world: World, x: XCollector, caplog: pytest.LogCaptureFixture
) -> None:
    world.say("x", "secret de famille #bladifqalbi")

    with caplog.at_level(logging.DEBUG):
        read(x)

    assert caplog.records
    assert not [one for one in caplog.messages if TOKEN in one or "famille" in one]


def test_query_that_is_too_long_leaves_out_the_last_spellings(world: World, x: XCollector) -> None:
    tags = tuple(f"بلادي_فقلبي_{number:02}" for number in range(60))

    with structlog.testing.capture_logs() as logs:
        read(x, a_query(tags=tags))

    (words,) = asked(world)[0]["query"]
    assert len(words) <= 512 < len(words) + len(f" OR #{tags[-1]}")
    assert words.startswith(f"(#{tags[0]} OR #{tags[1]} OR ")
    assert words.endswith(") -is:nullcast -is:retweet")
    kept = words.count("#")
    assert {"event": "query.shortened", "kept": kept, "dropped": 60 - kept}.items() <= {
        name: value for log in logs for name, value in log.items()
    }.items()


def test_spellings_that_x_folds_are_asked_for_once() -> None:
    (asked_for,) = XSettings().asked(("Bladi", "bládi", "bladi", "بِلادي", "بلادي"), ())

    assert asked_for.queries == ("(#Bladi OR #بِلادي OR #بلادي) -is:nullcast -is:retweet",)


def test_each_search_is_sent_the_query_that_its_settings_tell(world: World, url: str) -> None:
    tags = tuple(f"بلادي_فقلبي_{number:02}" for number in range(60))
    x = a_collector(url, archive=True)

    for days in (6, 60):
        read(x, a_query(tags=tags, floor=START - timedelta(days=days)))
    x.close()

    recent, archive = XSettings(archive=True).asked(tags, ())
    assert (recent.place, archive.place) == ("recent search", "full archive")
    assert [one["query"] for one in asked(world)] == [[*recent.queries], [*archive.queries]]
    assert len(recent.queries[0]) <= 512 < len(archive.queries[0]) <= 1024
    assert len(recent.strings) + recent.left_out == len(archive.strings) + archive.left_out == 60


def test_campaign_without_hashtags_has_no_stream(x: XCollector) -> None:
    assert x.streams(a_query(tags=())) == []


def test_backfill_reads_its_range_from_inclusive_to_exclusive(world: World, x: XCollector) -> None:
    for minutes in range(1, 6):
        world.say("x", f"il y a {minutes} #bladifqalbi", age=timedelta(minutes=minutes))
    query = a_query(since=START - timedelta(minutes=4), until=START - timedelta(minutes=2))

    pages = read(x, query, bookmark=str(id_at(START)))

    assert texts(x, pages) == ["il y a 3 #bladifqalbi", "il y a 4 #bladifqalbi"]
    assert pages[-1].reached_at == START - timedelta(minutes=4)
    # Both bounds are left out by X: the first id of the range must lie above the lower one.
    assert asked(world)[0]["since_id"] == [str(id_at(START - timedelta(minutes=4)) - 1)]
    assert asked(world)[0]["until_id"] == [str(id_at(START - timedelta(minutes=2)))]


def test_backfill_of_an_empty_range_ends_with_a_bookmark(x: XCollector) -> None:
    query = a_query(since=START - timedelta(hours=4), until=START - timedelta(hours=2))

    (page,) = read(x, query)

    assert page.bookmark


def test_backfill_that_stops_is_completed(world: World, x: XCollector) -> None:
    written = say_many(world, 250)
    query = a_query(since=START - timedelta(days=1), until=START - timedelta(minutes=10))
    first = next(x.fetch(query, "search", bookmark=None, resume=None))

    after = read(x, query, resume=first.resume)

    assert texts(x, [first, *after]) == written[10:]


def test_backfill_of_more_than_seven_days_is_refused_with_advice(
    world: World, x: XCollector
) -> None:
    with pytest.raises(CollectorError, match="archive"):
        read(x, a_query(since=START - timedelta(days=8)))
    assert world.requests["x"] == []


def test_archive_reads_what_recent_search_does_not(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(x_module, "ARCHIVE_PAUSE", 0.05)
    written = say_many(world, 520, apart=timedelta(hours=1))
    x = a_collector(url, archive=True)

    pages = read(x, a_query(since=START - timedelta(days=60)))

    assert texts(x, pages) == written
    assert [urlsplit(path).path for _, path in world.requests["x"]] == [ARCHIVE, ARCHIVE]
    x.close()


def test_archive_is_not_asked_for_what_recent_search_has(world: World, url: str) -> None:
    x = a_collector(url, archive=True)

    read(x)

    assert [urlsplit(path).path for _, path in world.requests["x"]] == [RECENT]
    x.close()


def test_only_the_newest_version_of_an_edited_post_is_given(world: World, x: XCollector) -> None:
    key = world.say("x", "avec une fuate #bladifqalbi", age=timedelta(minutes=20))
    world.edit(key, "sans faute #bladifqalbi", at=START - timedelta(minutes=10))
    (post,) = world.posts("x")
    first, second = (version.id for version in versions(post))

    (page,) = read(x)

    (one,) = [x.normalise(payload) for payload in page.payloads]
    assert (one.text, one.native_id, one.version, one.lookup_id) == (
        "sans faute #bladifqalbi",
        str(first),
        str(second),
        str(second),
    )
    assert one.edited_at == START - timedelta(minutes=10)


def test_post_that_lost_its_hashtag_is_not_given_in_its_old_words(
    world: World, x: XCollector
) -> None:
    key = world.say("x", "avec #bladifqalbi", age=timedelta(minutes=20))
    world.edit(key, "sans", at=START - timedelta(minutes=10))

    assert texts(x, read(x)) == []


def test_lookup_finds_what_is_there_and_what_is_gone(world: World, x: XCollector) -> None:
    world.say("x", "reste #bladifqalbi")
    gone = world.say("x", "part #bladifqalbi")
    before = known(world)
    world.delete(gone)
    purse = Purse()

    lookup = x.lookup(list(before.values()), purse)

    assert [x.normalise(payload).text for payload in lookup.found] == ["reste #bladifqalbi"]
    assert lookup.gone == {before["part #bladifqalbi"].native_id}
    assert purse.spent == {"calls": 1, "posts": 1, "users": 1}


def test_lookup_where_all_is_gone_has_no_data(world: World, x: XCollector) -> None:
    key = world.say("x", "part #bladifqalbi")
    (one,) = known(world).values()
    world.delete(key)

    lookup = x.lookup([one], Purse())

    assert (list(lookup.found), set(lookup.gone)) == ([], {one.native_id})


def test_lookup_of_a_version_edited_since_finds_the_newest(world: World, x: XCollector) -> None:
    key = world.say("x", "avant #bladifqalbi", age=timedelta(minutes=20))
    (one,) = known(world).values()
    world.edit(key, "après #bladifqalbi", at=START - timedelta(minutes=10))

    lookup = x.lookup([one], Purse())

    (found,) = [x.normalise(payload) for payload in lookup.found]
    assert (found.text, found.native_id) == ("après #bladifqalbi", one.native_id)


def test_lookup_asks_for_a_hundred_posts_at_once(world: World, x: XCollector) -> None:
    say_many(world, x.lookup_batch)

    lookup = x.lookup(list(known(world).values()), Purse())

    assert (len(lookup.found), len(world.requests["x"])) == (100, 1)


@pytest.mark.parametrize(
    ("problem", "parameter", "gone"),
    [
        ("resource-not-found", "ids", {"7"}),
        ("not-authorized-for-resource", "ids", {"7"}),
        ("resource-not-found", "author_id", set()),
        ("invalid-request", "ids", set()),
    ],
)
def test_only_x_itself_calls_a_post_gone(
    world: World, x: XCollector, problem: str, parameter: str, gone: set[str]
) -> None:
    kind = f"https://api.twitter.com/2/problems/{problem}"
    error = {"value": "8", "resource_id": "8", "parameter": parameter, "type": kind}
    world.fail("x", "json", body=json.dumps({"errors": [error, None]}))

    lookup = x.lookup([Known(native_id="7", lookup_id="8", instance=None)], Purse())

    assert lookup.gone == gone


def test_lookup_batch_fits_into_a_small_budget(url: str) -> None:
    x = a_collector(url, budget={"posts_per_day": 40, "users_per_day": 60})

    assert x.lookup_batch == 40
    x.close()


def test_page_is_no_larger_than_what_may_still_be_paid_for(world: World, x: XCollector) -> None:
    say_many(world, 100)
    run = x.fetch(a_query(budget=Purse(limit=35)), "search", bookmark=None, resume=None)

    first = next(run)
    with pytest.raises(BudgetSpentError):
        next(run)

    assert len(first.payloads) == 35
    assert len(world.requests["x"]) == 1


def test_posts_and_authors_are_counted_as_x_charges_them(world: World, x: XCollector) -> None:
    say_many(world, 30)
    purse = Purse(limit=1000)

    read(x, a_query(budget=purse))

    assert purse.spent == {"calls": 1, "posts": 30, "users": 1}


def test_answer_that_is_paid_for_is_kept_though_another_run_spent_the_rest(
    world: World, x: XCollector
) -> None:
    class Shared(Purse):
        def spend(self, unit: str, amount: int = 1) -> None:
            super().spend(unit, amount)
            if unit == "calls":
                super().spend("posts", 45)

    say_many(world, 30)

    (page,) = read(x, a_query(budget=Shared(limit=50)))

    assert len(page.payloads) == 30


def test_settings_name_the_missing_token() -> None:
    assert XSettings().missing() == ["bearer_token"]
    assert XSettings(bearer_token=SecretStr("t")).missing() == []


def test_collector_without_token_is_not_built() -> None:
    with pytest.raises(CredentialsError):
        XSettings().build("test")


def test_settings_limit_posts_and_users_of_a_day() -> None:
    assert XSettings().daily() == {"posts": 1000, "users": 1000}


def test_x_is_off_by_default() -> None:
    assert XSettings().enabled is False


def test_library_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, collectors.x; sys.exit('tweepy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_stand_in_speaks_as_tweepy_understands(world: World, url: str) -> None:
    for story in stories():
        if story.platform == "x":
            world.add(story)
    key = world.say("x", "A & B <3 @amina https://example.org/a #bladifqalbi " + "mot " * 80)
    world.edit(key, "plus court #bladifqalbi", at=START)
    x = a_collector(url)
    bodies = [
        one for page in read(x, a_query(floor=START - timedelta(days=6))) for one in page.payloads
    ]

    posts = [tweepy.Tweet(one["post"]) for one in bodies]
    users = [tweepy.User(one["author"]) for one in bodies]
    media = [tweepy.Media(medium) for one in bodies for medium in one["media"]]

    assert len(posts) > 20
    assert {one.type for one in media} == {"photo", "video"}
    assert {one.id for one in users} == {one.author_id for one in posts}
    assert all(one.created_at == time_of(one.id) for one in posts)
    assert all(set(one["post"]) <= {*tweepy.tweet.TWEET_FIELDS, "note_tweet"} for one in bodies)
    assert all(set(one["author"]) <= set(tweepy.user.USER_FIELDS) for one in bodies)
    assert all(
        set(one) <= set(tweepy.media.MEDIA_FIELDS) for body in bodies for one in body["media"]
    )
    x.close()


@pytest.mark.parametrize(
    "given",
    [
        {"since_id": id_at(START - timedelta(days=8))},
        {"since_id": id_at(START), "start_time": "2026-11-20T10:00:00Z"},
        {"since_id": id_at(START), "until_id": id_at(START)},
        {"max_results": 9},
        {"max_results": 101},
        {"tweet_fields": ["shoe_size"]},
        {"next_token": "?"},
    ],
)
def test_stand_in_refuses_what_x_refuses(x: XCollector, given: dict[str, Any]) -> None:
    with pytest.raises(MalformedError, match="answered 400"):
        x._x.search_recent_tweets("(#bladifqalbi)", **given)
