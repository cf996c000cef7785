import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
from pydantic import SecretStr

from collectors.base import (
    BudgetSpentError,
    CredentialsError,
    Known,
    MalformedError,
    TransientError,
)
from collectors.youtube import YouTubeCollector, YouTubeSettings
from tests.collectors.budget import Purse
from tests.collectors.youtube_asking import START, a_collector, a_query, read, texts
from tests.platforms.corpus import off_topic, stories
from tests.platforms.serve import platforms
from tests.platforms.world import World
from tests.platforms.youtube import KEY, video_id


@pytest.fixture
def world() -> World:
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


def say(world: World, text: str, age: timedelta, **more: Any) -> str:
    return world.say("youtube", text, age=age, title="Bladi f qalbi", **more)


def say_many(world: World, count: int, *, apart: timedelta = timedelta(minutes=1)) -> list[str]:
    """Publish numbered videos; return their descriptions, newest first."""
    for number in range(count):
        say(world, f"Histoire {number} #bladifqalbi", apart * (number + 1))
    return [f"Histoire {number} #bladifqalbi" for number in range(count)]


def written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def asked(world: World, path: str = "/search") -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(one).query) for _, one in world.requests["youtube"] if path in one]


def width(query: dict[str, list[str]]) -> timedelta:
    """Return the range of a search, without the second that is added to both ends."""
    top, bottom = (
        datetime.fromisoformat(query[name][0]) for name in ("publishedBefore", "publishedAfter")
    )
    return top - bottom - timedelta(seconds=2)


def test_nothing_ever_published_gives_no_page(youtube: YouTubeCollector) -> None:
    assert read(youtube) == []


def test_nothing_new_gives_an_empty_page_with_the_bookmark(youtube: YouTubeCollector) -> None:
    bookmark = written(START - timedelta(hours=3))

    (page,) = read(youtube, bookmark=bookmark)

    assert (list(page.payloads), page.bookmark) == ([], bookmark)


def test_one_page_carries_the_newest_time_as_bookmark(
    world: World, youtube: YouTubeCollector
) -> None:
    told = say_many(world, 3)

    (page,) = read(youtube)

    assert texts(youtube, [page]) == told
    assert page.bookmark == written(START - timedelta(minutes=1))


def test_text_is_the_whole_description_and_not_the_cut_one_of_the_search(
    world: World, youtube: YouTubeCollector
) -> None:
    told = "Thé & <menthe> " * 40 + "#bladifqalbi"
    say(world, told, timedelta(hours=1))

    assert texts(youtube, read(youtube)) == [told]


def test_many_pages_lose_and_invent_nothing(world: World, youtube: YouTubeCollector) -> None:
    told = say_many(world, 130)
    purse = Purse()

    pages = read(youtube, a_query(budget=purse))

    assert [len(page.payloads) for page in pages] == [50, 50, 30]
    assert texts(youtube, pages) == told
    assert pages[-1].bookmark == written(START - timedelta(minutes=1))
    assert purse.spent == {"searches": 3, "units": 3}


def test_long_time_is_read_in_small_windows(world: World, youtube: YouTubeCollector) -> None:
    told = say_many(world, 40, apart=timedelta(hours=6))

    pages = read(youtube, a_query(floor=START - timedelta(days=10, hours=1)))

    assert list(dict.fromkeys(texts(youtube, pages))) == told
    assert len(pages) == 4
    assert "publishedBefore" not in asked(world)[0]
    for query in asked(world)[1:]:
        ends = [
            datetime.fromisoformat(query[name][0]) for name in ("publishedBefore", "publishedAfter")
        ]
        assert ends[0] - ends[1] <= timedelta(hours=72, seconds=2)


def test_years_of_silence_do_not_cost_a_week_of_searches(
    world: World, youtube: YouTubeCollector
) -> None:
    say(world, "vieux", timedelta(days=2 * 365))
    purse = Purse()

    pages = read(youtube, a_query(floor=START - timedelta(days=2 * 365 + 1), budget=purse))

    assert texts(youtube, pages) == ["vieux"]
    assert purse.spent["searches"] < 36


def test_window_is_small_again_after_a_video(world: World, youtube: YouTubeCollector) -> None:
    say(world, "vieux", timedelta(days=30))

    read(youtube, a_query(floor=START - timedelta(days=60)))

    widths = [width(query) for query in asked(world)[1:]]
    assert widths[:4] == [timedelta(days=days) for days in (6, 12, 24, 3)]


def test_next_page_is_not_asked_for_before_it_is_wanted(
    world: World, youtube: YouTubeCollector
) -> None:
    say_many(world, 120)
    purse = Purse()

    next(youtube.fetch(a_query(budget=purse), "search", bookmark=None, resume=None))

    assert purse.spent == {"searches": 1, "units": 1}
    assert len(world.requests["youtube"]) == 2


def test_second_run_reads_the_new_and_two_days_more(
    world: World, youtube: YouTubeCollector
) -> None:
    say_many(world, 10, apart=timedelta(hours=12))
    bookmark = read(youtube, a_query(floor=START - timedelta(days=9)))[-1].bookmark
    say(world, "tout neuf", timedelta())
    say(world, "montré plus tard", timedelta(hours=50))

    (page,) = read(youtube, bookmark=bookmark)

    assert texts(youtube, [page]) == [
        "tout neuf",
        *[f"Histoire {number} #bladifqalbi" for number in range(4)],
        "montré plus tard",
        "Histoire 4 #bladifqalbi",
    ]
    assert page.bookmark == written(START)


def test_bookmark_does_not_go_back_when_its_video_is_gone(
    world: World, youtube: YouTubeCollector
) -> None:
    say(world, "reste", timedelta(hours=3))
    gone = say(world, "part", timedelta(hours=2))
    bookmark = read(youtube)[-1].bookmark
    world.delete(gone)

    assert read(youtube, bookmark=bookmark)[-1].bookmark == bookmark


def test_date_to_come_does_not_move_the_bookmark_beyond_now(
    world: World, youtube: YouTubeCollector
) -> None:
    say(world, "première", timedelta(days=-30))

    (page,) = read(youtube)

    assert page.bookmark == written(a_query().now)


def test_bookmark_does_not_go_back_when_the_clock_does(youtube: YouTubeCollector) -> None:
    bookmark = written(START + timedelta(hours=1))

    assert read(youtube, bookmark=bookmark)[-1].bookmark == bookmark


def test_result_from_outside_the_window_does_not_move_the_position(
    world: World, youtube: YouTubeCollector
) -> None:
    ages = {"a": timedelta(hours=1), "b": timedelta(days=900), "c": timedelta(hours=2)}
    hits = [
        {"id": {"videoId": key}, "snippet": {"publishedAt": written(START - age)}}
        for key, age in ages.items()
    ]
    body = {"kind": "youtube#searchListResponse", "items": hits, "nextPageToken": "CAUQAA"}
    world.fail("youtube", "json", body=json.dumps(body))

    page = next(youtube.fetch(a_query(), "search", bookmark=None, resume=None))

    assert page.reached_at == START - timedelta(hours=2)


@pytest.mark.parametrize("stop", [1, 2, 3, 4])
def test_run_that_stops_is_completed_from_its_position(
    world: World, youtube: YouTubeCollector, stop: int
) -> None:
    told = say_many(world, 170, apart=timedelta(hours=1))
    query = a_query(floor=START - timedelta(days=9))
    run = youtube.fetch(query, "search", bookmark=None, resume=None)
    before = [next(run) for _ in range(stop)]
    say(world, "trop tard", timedelta())

    after = read(youtube, query, resume=before[-1].resume)

    assert list(dict.fromkeys(texts(youtube, before + after))) == told
    assert after[-1].bookmark == written(START - timedelta(hours=1))


def test_resumed_run_stops_two_days_below_the_bookmark(
    world: World, youtube: YouTubeCollector
) -> None:
    say_many(world, 200, apart=timedelta(hours=1))
    bookmark = written(START - timedelta(hours=70))
    first = next(youtube.fetch(a_query(), "search", bookmark=bookmark, resume=None))

    after = read(youtube, bookmark=bookmark, resume=first.resume)

    assert texts(youtube, after)[-1] == "Histoire 117 #bladifqalbi"
    assert after[-1].bookmark == written(START - timedelta(hours=1))


def test_gap_that_is_already_read_is_closed_without_a_search(
    world: World, youtube: YouTubeCollector
) -> None:
    newest, before = written(START), written(START - timedelta(days=9))

    (page,) = read(youtube, resume=json.dumps({"before": before, "newest": newest}))

    assert page.bookmark == newest
    assert world.requests["youtube"] == []


def test_campaign_that_has_not_begun_asks_for_nothing(
    world: World, youtube: YouTubeCollector
) -> None:
    assert read(youtube, a_query(floor=START + timedelta(days=1))) == []
    assert world.requests["youtube"] == []


@pytest.mark.parametrize("resume", ["[]", "{", '{"before": 7}', '{"before": "x", "newest": null}'])
def test_position_that_is_not_ours_is_malformed(youtube: YouTubeCollector, resume: str) -> None:
    with pytest.raises(MalformedError):
        read(youtube, resume=resume)


def test_empty_page_ends_its_window_whatever_it_promises(
    world: World, youtube: YouTubeCollector
) -> None:
    body = {"kind": "youtube#searchListResponse", "items": [], "nextPageToken": "CAUQAA"}
    world.fail("youtube", "json", body=json.dumps(body), times=-1)

    assert read(youtube) == []
    assert len(world.requests["youtube"]) == 1


def test_fault_on_a_later_page_leaves_the_earlier_ones(
    world: World, youtube: YouTubeCollector
) -> None:
    told = say_many(world, 80)
    world.fail("youtube", "status", status=503, path="/videos", after=1)
    run = youtube.fetch(a_query(), "search", bookmark=None, resume=None)
    first = next(run)

    with pytest.raises(TransientError):
        next(run)

    both = texts(youtube, [first, *read(youtube, resume=first.resume)])
    assert list(dict.fromkeys(both)) == told


def test_backfill_reads_its_range_from_inclusive_to_exclusive(
    world: World, youtube: YouTubeCollector
) -> None:
    for seconds in range(1, 6):
        say(world, f"il y a {seconds}", timedelta(seconds=seconds))
    query = a_query(since=START - timedelta(seconds=4), until=START - timedelta(seconds=2))

    pages = read(youtube, query, bookmark=written(START))

    assert texts(youtube, pages) == ["il y a 3", "il y a 4"]
    assert pages[-1].reached_at == START - timedelta(seconds=4)


def test_backfill_goes_back_for_months(world: World, youtube: YouTubeCollector) -> None:
    told = say_many(world, 60, apart=timedelta(days=1))
    query = a_query(since=START - timedelta(days=60), until=START)

    pages = read(youtube, query)

    reached = [page.reached_at for page in pages]
    assert list(dict.fromkeys(texts(youtube, pages))) == told
    assert reached == sorted(reached, key=lambda one: one or START, reverse=True)


def test_backfill_of_an_empty_range_ends_with_a_bookmark(youtube: YouTubeCollector) -> None:
    query = a_query(since=START - timedelta(hours=4), until=START - timedelta(hours=2))

    (page,) = read(youtube, query)

    assert page.bookmark


def test_edited_description_is_found_by_lookup(world: World, youtube: YouTubeCollector) -> None:
    key = say(world, "avec une fuate", timedelta(hours=1))
    world.edit(key, "sans faute", at=START)

    lookup = youtube.lookup(known(world), Purse())

    assert [youtube.normalise(one).text for one in lookup.found] == ["sans faute"]


def test_lookup_does_not_find_what_is_gone(world: World, youtube: YouTubeCollector) -> None:
    say(world, "reste", timedelta(hours=1))
    gone = say(world, "part", timedelta(hours=2))
    asked_for = known(world)
    world.delete(gone)
    purse = Purse()

    lookup = youtube.lookup(asked_for, purse)

    assert [youtube.normalise(one).text for one in lookup.found] == ["reste"]
    # YouTube leaves out what is gone: that is no word of its own, which only `gone` may repeat.
    assert lookup.gone == frozenset()
    assert purse.spent == {"units": 1}


def test_lookup_asks_for_fifty_videos_at_once(world: World, youtube: YouTubeCollector) -> None:
    say_many(world, youtube.lookup_batch)

    lookup = youtube.lookup(known(world), Purse())

    assert (len(lookup.found), len(world.requests["youtube"])) == (50, 1)


def known(world: World) -> list[Known]:
    return [
        Known(native_id=video_id(post), lookup_id=None, instance=None)
        for post in world.posts("youtube")
    ]


def test_one_query_asks_for_hashtags_and_phrases(world: World, youtube: YouTubeCollector) -> None:
    read(youtube, a_query(phrases=("bladi f qalbi", 'بلادي "في" قلبي|')))

    assert asked(world)[0]["q"] == ['bladifqalbi|بلادي_فقلبي|"bladi f qalbi"|"بلادي  في  قلبي "']


def test_query_that_is_too_long_leaves_out_the_last_words(
    world: World, youtube: YouTubeCollector
) -> None:
    tags = tuple(f"بلادي_فقلبي_{number:02}" for number in range(60))
    say(world, "#بلادي_فقلبي_00", timedelta(hours=1))

    with structlog.testing.capture_logs() as logs:
        pages = read(youtube, a_query(tags=tags))

    terms = asked(world)[0]["q"][0].split("|")
    assert tuple(terms) == tags[: len(terms)]
    assert [(log["event"], log["kept"], log["dropped"]) for log in logs] == [
        ("query.shortened", len(terms), 61 - len(terms))
    ]
    assert len(pages[0].payloads) == 1


@pytest.mark.parametrize(
    ("every", "said"),
    [
        ("60m", "24 runs a day make at least 24 of 90 searches; asked one by one, 3 spellings"),
        ("10m", "144 runs a day make at least 144 of 90 searches, which is too many"),
    ],
)
def test_settings_say_whether_a_day_s_searches_are_enough(every: str, said: str) -> None:
    settings = YouTubeSettings.model_validate({"every": every})

    (asked,) = settings.asked(("bladifqalbi", "BladiFQalbi"), ("bladi f qalbi",))

    assert said in asked.how
    assert list(asked.strings) == ["bladifqalbi", '"bladi f qalbi"']


def test_campaign_without_words_has_no_stream(youtube: YouTubeCollector) -> None:
    assert youtube.streams(a_query(tags=(), phrases=())) == []


def test_whole_campaign_is_found_beside_what_only_looks_alike(
    world: World, youtube: YouTubeCollector
) -> None:
    told = [story for story in stories() if story.platform == "youtube" and story.cycle == 1]
    for story in told:
        world.add(story)
    query = a_query(
        phrases=("bladi f qalbi", "بلادي في قلبي"),
        floor=START - max(story.age for story in told) - timedelta(days=1),
    )

    found = set(texts(youtube, read(youtube, query)))

    assert found >= {story.text for story in told if story.key not in off_topic()}
    assert found <= {story.text for story in told}


def test_half_a_budget_stops_in_the_middle_with_a_position(
    world: World, youtube: YouTubeCollector
) -> None:
    told = say_many(world, 130)
    run = youtube.fetch(a_query(budget=Purse(limit=2)), "search", bookmark=None, resume=None)
    before = [next(run), next(run)]

    with pytest.raises(BudgetSpentError):
        next(run)

    both = texts(youtube, before + read(youtube, resume=before[-1].resume))
    assert list(dict.fromkeys(both)) == told


def test_key_and_texts_do_not_reach_the_log(
    world: World, youtube: YouTubeCollector, caplog: pytest.LogCaptureFixture
) -> None:
    say(world, "secret de famille", timedelta(hours=1))

    with caplog.at_level(logging.DEBUG):
        read(youtube)

    assert caplog.records
    assert not [one for one in caplog.messages if KEY in one or "famille" in one]


def test_key_does_not_stand_in_the_address(world: World, youtube: YouTubeCollector) -> None:
    read(youtube)

    assert not [path for _, path in world.requests["youtube"] if KEY in path]


def test_settings_name_the_missing_key() -> None:
    assert YouTubeSettings().missing() == ["api_key"]
    assert YouTubeSettings(api_key=SecretStr("k")).missing() == []


def test_collector_without_key_is_not_built() -> None:
    with pytest.raises(CredentialsError):
        YouTubeSettings().build("test")


def test_settings_keep_ten_searches_of_a_day_in_california() -> None:
    settings = YouTubeSettings()

    assert settings.daily() == {"searches": 90, "units": 10_000}
    assert settings.day_in == "America/Los_Angeles"


def test_a_day_of_runs_fits_into_the_searches_of_a_day() -> None:
    settings = YouTubeSettings()

    assert timedelta(days=1) / settings.every <= settings.budget.searches_per_day


def test_library_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, collectors.youtube; sys.exit('googleapiclient' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
