"""Reddit's collector: what its posts become, how listings are read, and what may go wrong."""

import contextlib
import json
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.base import (
    BudgetSpentError,
    CollectorError,
    CredentialsError,
    Known,
    MalformedError,
    Page,
    Query,
    QuotaError,
    RateLimitedError,
    TransientError,
)
from collectors.reddit import RedditCollector, RedditSettings
from collectors.reddit_post import item_of
from store.items import (
    Attachment,
    Author,
    Entity,
    Item,
    Kind,
    Metrics,
    Reference,
)
from tests.collectors.budget import Purse
from tests.platforms import reddit as stand_in
from tests.platforms.serve import platforms
from tests.platforms.world import Picture, World

AGENT = "linux:bladi-test:v1 (+https://example.org)"
TAG = "#bladifqalbi"


def a_payload(name: str, **changed: Any) -> dict[str, Any]:
    file = Path(__file__).parent / "reddit" / f"{name}.json"
    return {**json.loads(file.read_text("utf-8")), **changed}


def a_query(**more: Any) -> Query:
    now = datetime.now(UTC)
    given = {
        "tags": ("bladifqalbi",),
        "phrases": ("bladi f qalbi",),
        "floor": now - timedelta(days=30),
        "now": now,
        "budget": Purse(),
    }
    return Query(**{**given, **more})


@contextlib.contextmanager
def reading(world: World, **more: Any) -> Iterator[RedditCollector]:
    with platforms(world, ["reddit"]) as urls:
        given = {
            "client_id": stand_in.CLIENT_ID,
            "client_secret": stand_in.CLIENT_SECRET,
            "base_url": urls["reddit"],
            "auth_url": urls["reddit"],
            "timeout": 5,
        }
        collector = RedditSettings(**{**given, **more}).build(AGENT)
        try:
            yield collector
        finally:
            collector.close()


def a_world(posts: int = 0, **more: Any) -> World:
    world = World()
    for number in range(posts):
        world.say("reddit", f"salam {TAG} {number}", age=timedelta(minutes=10 * number), **more)
    return world


def pages(
    collector: RedditCollector,
    query: Query,
    stream: str = "search",
    *,
    bookmark: str | None = None,
    resume: str | None = None,
) -> list[Page]:
    return list(collector.fetch(query, stream, bookmark=bookmark, resume=resume))


def names(read: list[Page]) -> list[str]:
    return [payload["name"] for page in read for payload in page.payloads]


def all_names(world: World) -> list[str]:
    return [stand_in.fullname(post) for post in world.posts("reddit")]


def calls(world: World, path: str = "/r/") -> list[str]:
    return [address for _, address in world.requests["reddit"] if address.startswith(path)]


# What posts become


def test_text_post_becomes_a_note():
    payload = a_payload("self")
    text = payload["selftext"]
    user, link = text.index("u/zineb"), text.index("https")

    item = item_of(payload)

    assert item == Item(
        platform="reddit",
        native_id="t3_1p4q7rs",
        url="https://www.reddit.com/r/Morocco/comments/1p4q7rs/"
        "%D8%B4%D9%83%D9%88%D9%86_%D8%A8%D8%A7%D9%82%D9%8A/",
        kind=Kind.NOTE,
        title="شكون باقي كيسمع لموسيقى بلادو فالغربة؟",
        text=text,
        entities=(
            Entity(kind="hashtag", start=16, end=28, value="بلادي_فقلبي"),
            Entity(kind="mention", start=user, end=user + 12, value="zineb_lyon"),
            Entity(kind="link", start=link, end=link + 30, value="https://exemple.ma/chanson_(1)"),
        ),
        author=Author(
            native_id="t2_8si64",
            handle="amina_casa",
            url="https://www.reddit.com/user/amina_casa",
        ),
        published_at=datetime(2025, 11, 23, 12, 13, 20, tzinfo=UTC),
        edited_at=datetime(2025, 11, 23, 13, 13, 20, tzinfo=UTC),
        metrics=Metrics(likes=42, replies=0, reposts=1),
        sensitive=False,
        raw=payload,
    )


def test_gallery_becomes_an_image_post_with_captions_in_the_authors_order():
    payload = a_payload("gallery")

    item = item_of(payload)

    assert item == Item(
        platform="reddit",
        native_id="t3_1p4q8aa",
        url="https://www.reddit.com/r/Maroc/comments/1p4q8aa/mon_ete_a_tetouan/",
        kind=Kind.IMAGE,
        title="Mon été à Tétouan #bladifqalbi",
        text="",
        attachments=(
            Attachment(
                kind="image",
                url="https://preview.redd.it/aaa111.jpg?width=1600&s=1",
                mime_type="image/jpg",
                alt="باب العقلة",
                width=1600,
                height=1200,
            ),
            Attachment(
                kind="image",
                url="https://i.redd.it/bbb222.gif",
                mime_type="image/gif",
                width=400,
                height=300,
            ),
        ),
        author=Author(
            native_id="t2_b4aqmuzm",
            handle="youssef-bxl",
            url="https://www.reddit.com/user/youssef-bxl",
        ),
        published_at=datetime(2025, 11, 23, 12, 15, tzinfo=UTC),
        metrics=Metrics(replies=3, reposts=0),
        sensitive=True,
        raw=payload,
    )


def test_hosted_video_becomes_a_video_post():
    payload = a_payload("video")

    item = item_of(payload)

    assert (item.kind, item.text, item.sensitive) == (Kind.VIDEO, "", True)
    assert item.attachments == (
        Attachment(
            kind="video",
            url="https://v.redd.it/bsq2ddkx2y9b1/DASH_360.mp4?source=fallback",
            mime_type="video/mp4",
            width=558,
            height=360,
            duration=14,
            preview_url="https://external-preview.redd.it/p.png?s=3",
        ),
    )


def test_link_post_becomes_an_article_whose_text_ends_with_the_link():
    payload = a_payload("link")
    link = "https://journal.exemple/portrait?a=1&b=2"

    item = item_of(payload)

    assert item == Item(
        platform="reddit",
        native_id="t3_1p4q8dd",
        url="https://www.reddit.com/r/Morocco/comments/1p4q8dd/de_rabat/",
        kind=Kind.ARTICLE,
        title="De Rabat à Montréal",
        text=f"Un beau portrait.\n\n{link}",
        entities=(Entity(kind="link", start=19, end=19 + len(link), value=link),),
        author=Author(
            native_id="t2_karim",
            handle="karim_mtl",
            url="https://www.reddit.com/user/karim_mtl",
        ),
        published_at=datetime(2025, 11, 23, 12, 20, tzinfo=UTC),
        metrics=Metrics(likes=0, replies=0),
        raw=payload,
    )


def test_crosspost_names_the_post_that_it_repeats_and_shows_its_picture():
    payload = a_payload("crosspost")

    item = item_of(payload)

    assert item == Item(
        platform="reddit",
        native_id="t3_1p4q8cc",
        url="https://www.reddit.com/r/france/comments/1p4q8cc/vu/",
        kind=Kind.IMAGE,
        title="Vu chez les Marocains de Lyon",
        text="",
        attachments=(
            Attachment(
                kind="image",
                url="https://i.redd.it/zellij.jpeg",
                mime_type="image/jpeg",
                width=900,
                height=600,
            ),
        ),
        author=Author(
            native_id="t2_leila1", handle="leila", url="https://www.reddit.com/user/leila"
        ),
        published_at=datetime(2025, 11, 23, 12, 18, 20, tzinfo=UTC),
        references=(
            Reference(
                kind="repost",
                native_id="t3_1p4q7zz",
                url="https://www.reddit.com/r/Morocco/comments/1p4q7zz/zellij/",
            ),
        ),
        metrics=Metrics(likes=3, replies=1, reposts=0),
        sensitive=False,
        raw=payload,
    )


def test_crosspost_of_a_removed_post_shows_nothing_of_it():
    payload = a_payload("crosspost")
    payload["crosspost_parent_list"][0]["removed_by_category"] = "moderator"

    item = item_of(payload)

    assert item.attachments == ()


def test_removed_post_is_not_visible_and_keeps_no_picture():
    item = item_of(a_payload("removed"))

    assert (item.visible, item.text, item.attachments) == (False, "", ())
    assert item.author == Author(native_id="[deleted]")


@pytest.mark.parametrize(
    "change",
    [
        {"author": "[deleted]"},
        {"author": None},
        {"selftext": "[removed]"},
        {"selftext": "[deleted]"},
        {"removed_by_category": "reddit"},
        {"quarantine": True},
        {"subreddit_type": "private"},
    ],
)
def test_what_the_public_may_not_see_is_not_visible(change):
    assert item_of(a_payload("self")).visible
    assert not item_of(a_payload("self", **change)).visible


@pytest.mark.parametrize(
    "change",
    [
        {"name": "t1_comment"},
        {"title": None},
        {"permalink": "https://elsewhere.example/"},
        {"created_utc": "yesterday"},
        {"gallery_data": {"items": "none"}},
        {"author": 7},
    ],
)
def test_post_in_another_shape_is_refused(change):
    with pytest.raises((KeyError, TypeError, ValueError)):
        item_of(a_payload("self", **change))


def test_flags_that_are_not_given_are_unknown():
    assert item_of(a_payload("link")).sensitive is None


# How listings are read


def test_nothing_at_all_gives_no_page():
    with reading(a_world()) as reddit:
        assert pages(reddit, a_query()) == []


def test_nothing_new_gives_one_empty_page_with_the_old_bookmark():
    bookmark = json.dumps({"created": datetime.now(UTC).timestamp()})

    with reading(a_world()) as reddit:
        read = pages(reddit, a_query(), bookmark=bookmark)

    assert read == [Page(payloads=[], bookmark=bookmark)]


def test_all_pages_together_hold_every_post_once():
    world = a_world(230)

    with reading(world) as reddit:
        read = pages(reddit, a_query())

    assert names(read) == all_names(world)
    assert [len(page.payloads) for page in read] == [100, 100, 30]


def test_only_the_last_page_carries_a_bookmark():
    with reading(a_world(130)) as reddit:
        first, last = pages(reddit, a_query())

    assert (first.bookmark, last.resume) == (None, None)
    assert first.resume is not None
    assert last.bookmark is not None


def test_end_of_the_listing_completes_a_run_that_is_deeper():
    world = a_world(260)

    with reading(world) as reddit:
        read = pages(reddit, a_query())

    assert names(read) == all_names(world)[: stand_in.DEPTH]
    assert read[-1].bookmark is not None


def test_next_page_is_asked_for_only_when_it_is_wanted():
    world = a_world(130)
    purse = Purse()

    with reading(world) as reddit:
        next(reddit.fetch(a_query(budget=purse), "search", bookmark=None, resume=None))

    assert len(calls(world)) == 1
    assert purse.spent == {"tokens": 1, "calls": 1}


def test_second_run_reads_what_is_new_and_the_overlap():
    world = a_world(100)
    with reading(world) as reddit:
        bookmark = pages(reddit, a_query())[-1].bookmark
        newer = world.say("reddit", f"jdid {TAG}", age=timedelta(minutes=-1))

        read = pages(reddit, a_query(), bookmark=bookmark)

    bottom = world.start - timedelta(hours=6)
    expected = [p for p in world.posts("reddit") if p.published_at >= bottom]
    assert expected[0].story.key == newer
    assert len(expected) == 38
    assert names(read) == [stand_in.fullname(post) for post in expected]


def test_bookmark_is_the_newest_post_and_never_goes_back():
    world = a_world(3)
    later = json.dumps({"created": world.start.timestamp() + 60})

    with reading(world) as reddit:
        first = pages(reddit, a_query())[-1].bookmark
        again = pages(reddit, a_query(), bookmark=later)[-1].bookmark

    assert first == json.dumps({"created": world.start.timestamp()})
    assert again == later


def test_post_from_the_future_does_not_hide_what_comes_before_it():
    world = a_world()
    world.say("reddit", f"ghedda {TAG}", age=timedelta(days=-3))
    query = a_query()

    with reading(world) as reddit:
        last = pages(reddit, query)[-1]

    assert json.loads(last.bookmark or "") == {"created": query.now.timestamp()}


@pytest.mark.parametrize("stop_after", [1, 2])
def test_run_that_stopped_goes_on_below_without_loss(stop_after):
    world = a_world(230)
    with reading(world) as reddit:
        run = reddit.fetch(a_query(), "search", bookmark=None, resume=None)
        before = [next(run) for _ in range(stop_after)]
        world.say("reddit", f"f had lwe9t {TAG}", age=timedelta(minutes=-1))
        resumed = pages(reddit, a_query(), resume=before[-1].resume)

    assert names(before + resumed) == all_names(world)[1:]
    assert resumed[-1].bookmark == json.dumps({"created": world.start.timestamp()})


def test_place_is_found_again_when_its_post_is_deleted():
    world = a_world(230)
    with reading(world) as reddit:
        first = next(reddit.fetch(a_query(), "search", bookmark=None, resume=None))
        world.delete(world.posts("reddit")[99].story.key)
        world.say("reddit", f"jdid {TAG}", age=timedelta(minutes=-1))
        resumed = pages(reddit, a_query(), resume=first.resume)

    assert names(resumed) == all_names(world)[100:]
    assert resumed[-1].bookmark == json.dumps({"created": world.start.timestamp()})


def test_place_is_found_again_within_a_run():
    world = a_world(230)
    with reading(world) as reddit:
        run = reddit.fetch(a_query(), "search", bookmark=None, resume=None)
        first = next(run)
        world.delete(world.posts("reddit")[99].story.key)
        rest = list(run)

    assert set(names(rest)) == set(names([first, *rest])) - set(names([first]))
    assert set(all_names(world)) <= set(names([first, *rest]))


def test_listing_that_ends_with_a_promise_of_more_is_complete():
    world = a_world(2)
    listing = {"after": "t3_gone", "children": [{"kind": "t3", "data": a_payload("self")}]}
    answer = json.dumps({"kind": "Listing", "data": listing})
    empty = json.dumps({"kind": "Listing", "data": {"after": None, "children": []}})
    world.fail("reddit", "json", body=answer, path="/search")
    world.fail("reddit", "json", body=empty, path="/search", times=-1)

    with reading(world) as reddit:
        floor = datetime(2020, 1, 1, tzinfo=UTC)
        read = pages(reddit, a_query(floor=floor))

    assert names(read) == ["t3_1p4q7rs"]
    assert read[-1].bookmark == json.dumps({"created": 1763900000.0})


def test_listing_that_never_ends_is_malformed():
    answer = json.dumps({"kind": "Listing", "data": {"after": "t3_a", "children": [{}]}})
    world = a_world()
    world.fail("reddit", "json", body=answer, path="/search", times=-1)

    with reading(world) as reddit, pytest.raises(MalformedError, match="never ends"):
        pages(reddit, a_query())


def test_first_run_goes_back_to_the_floor_only():
    world = a_world(20)
    now = datetime.now(UTC)

    with reading(world) as reddit:
        read = pages(reddit, a_query(floor=now - timedelta(minutes=35)))

    assert names(read) == all_names(world)[:4]


def test_backfill_reads_its_range_alone_and_says_how_far_it_is():
    world = a_world(150)
    since, until = world.start - timedelta(hours=24.5), world.start - timedelta(hours=5)

    with reading(world) as reddit:
        read = pages(
            reddit,
            a_query(since=since, until=until),
            bookmark=json.dumps({"created": world.start.timestamp()}),
        )

    inside = [p for p in world.posts("reddit") if since <= p.published_at < until]
    assert names(read) == [stand_in.fullname(post) for post in inside]
    assert [page.reached_at for page in read] == [
        world.start - timedelta(minutes=990),
        world.start - timedelta(minutes=1490),
    ]
    assert read[-1].bookmark is not None


def test_backfill_of_an_empty_range_still_ends():
    world = a_world(2)
    since, until = world.start - timedelta(days=9), world.start - timedelta(days=8)

    with reading(world) as reddit:
        read = pages(reddit, a_query(since=since, until=until))

    assert [(list(page.payloads), page.resume) for page in read] == [([], None)]


def test_bad_post_does_not_spoil_its_page():
    good = {"kind": "t3", "data": a_payload("self", created_utc=time.time())}
    nobody = {"kind": "t3", "data": a_payload("self", author=None, created_utc=time.time())}
    children: list[Any] = [good, None, {"kind": "t3", "data": {"created_utc": 0}}, nobody]
    listing = {"kind": "Listing", "data": {"after": None, "children": children}}
    world = a_world()
    world.fail("reddit", "json", body=json.dumps(listing), path="/search")

    with reading(world) as reddit:
        (page,) = pages(reddit, a_query())

    assert page.payloads == [
        good["data"],
        {"not_a_post": None},
        children[2]["data"],
        nobody["data"],
    ]


def test_post_without_a_time_does_not_end_a_run():
    world = a_world(130)
    broken = {"kind": "t3", "data": a_payload("self", created_utc=0)}
    listing = {"kind": "Listing", "data": {"after": all_names(world)[99], "children": [broken]}}
    world.fail("reddit", "json", body=json.dumps(listing), path="/search")

    with reading(world) as reddit:
        read = pages(reddit, a_query())

    assert names(read)[1:] == all_names(world)[100:]


def test_search_names_every_phrase_and_tag_once():
    world = a_world()
    query = a_query(phrases=("بلادي فقلبي", "Bladifqalbi"), tags=("bladifqalbi", 'a"b'))

    with reading(world) as reddit:
        pages(reddit, query)

    assert (
        "q=%22%D8%A8%D9%84%D8%A7%D8%AF%D9%8A+%D9%81%D9%82%D9%84%D8%A8%D9%8A%22+OR+"
        in (calls(world)[0])
    )
    assert calls(world)[0].count("ladifqalbi") == 1
    assert "%22a+b%22" in calls(world)[0]


def test_words_too_many_for_one_search_are_shared_among_several():
    words = tuple(f"bladifqalbi{number:02}" for number in range(60))
    query = a_query(tags=words, phrases=())
    world = a_world()

    with reading(world) as reddit:
        streams = reddit.streams(query)
        for stream in streams:
            pages(reddit, query, stream)

    assert streams == ["search", "search 2", "search 3"]
    assert all(sum(word in call for call in calls(world)) == 1 for word in words)


def test_words_beyond_the_page_budget_are_left_out():
    tags = tuple(f"bladifqalbi{number:02}" for number in range(60))
    settings = RedditSettings.model_validate({"subreddits": ["Maroc"], "budget": {"pages": 5}})

    (asked,) = settings.asked(tags, ("bladi f qalbi",))

    assert (len(asked.queries), asked.strings[0]) == (1, '"bladi f qalbi"')
    assert len(asked.strings) + asked.left_out == 61
    assert asked.queries[0] == " OR ".join(asked.strings)


@pytest.mark.parametrize(
    ("age", "span"), [(1, "day"), (3, "week"), (20, "month"), (200, "year"), (900, "all")]
)
def test_search_looks_no_further_back_than_needed(age, span):
    world = a_world()
    bookmark = json.dumps({"created": time.time() - age * 86_400 + 0.3 * 86_400})

    with reading(world) as reddit:
        pages(reddit, a_query(), bookmark=bookmark)

    assert f"&t={span}&" in calls(world)[0]


def test_subreddits_are_streams_of_their_own():
    world = a_world(10)
    query = a_query()

    with reading(world, subreddits=("Morocco", "Maroc")) as reddit:
        streams = reddit.streams(query)
        read = {stream: pages(reddit, query, stream) for stream in streams}

    assert streams == ["search", "r/Morocco", "r/Maroc"]
    assert sorted(names(read["r/Morocco"] + read["r/Maroc"])) == sorted(names(read["search"]))
    assert len(names(read["r/Maroc"])) == 5


@pytest.mark.parametrize("name", [stand_in.PRIVATE, stand_in.BANNED, "nowhere"])
def test_subreddit_that_cannot_be_read_is_named_and_is_no_fault_of_the_key(name):
    with (
        reading(a_world(), subreddits=(name,)) as reddit,
        pytest.raises(CollectorError, match=f"r/{name} is private, banned or gone") as caught,
    ):
        pages(reddit, a_query(), f"r/{name}")

    assert type(caught.value) is CollectorError


def test_edit_is_read_again_within_the_overlap():
    world = a_world(1)
    with reading(world) as reddit:
        bookmark = pages(reddit, a_query())[-1].bookmark
        at = world.start + timedelta(seconds=5)
        world.edit(world.posts("reddit")[0].story.key, f"mbeddel {TAG}", at=at)
        (page,) = pages(reddit, a_query(), bookmark=bookmark)

        item = reddit.normalise(page.payloads[0])

    assert (item.text, item.edited_at) == (f"mbeddel {TAG}", at)


# Asking again


def known(*native_ids: str) -> list[Known]:
    return [Known(native_id=name, lookup_id=None, instance=None) for name in native_ids]


def test_lookup_finds_what_is_there_and_shows_what_was_erased():
    world = a_world(3)
    kept, erased, _ = all_names(world)
    world.delete(world.posts("reddit")[1].story.key)
    purse = Purse()

    with reading(world) as reddit:
        answer = reddit.lookup(known(kept, erased, "t3_zzzzzz"), purse)
        visible = {item.native_id: item.visible for item in map(reddit.normalise, answer.found)}

    assert visible == {kept: True, erased: False}
    assert answer.gone == frozenset()
    assert purse.spent == {"tokens": 1, "calls": 1}


def test_lookup_asks_for_a_hundred_posts_at_once():
    world = a_world(100)

    with reading(world) as reddit:
        answer = reddit.lookup(known(*all_names(world)), Purse())

    assert reddit.lookup_batch == 100
    assert len(answer.found) == 100
    assert len(calls(world, "/api/info")) == 1


def test_failed_lookup_says_nothing_about_any_post():
    world = a_world(1)
    world.fail("reddit", "status", status=503, path="/api/info")

    with reading(world) as reddit, pytest.raises(TransientError):
        reddit.lookup(known(*all_names(world)), Purse())


# What may go wrong


def failure(world: World, **more: Any) -> CollectorError:
    """Read a world that fails; return the error, and make sure that it holds no secret."""
    with reading(world, **more) as reddit, pytest.raises(CollectorError) as caught:
        pages(reddit, a_query())
    told = "".join(traceback.format_exception(caught.value))
    for secret in (stand_in.CLIENT_SECRET, stand_in.TOKEN, "another-secret", "bearer"):
        assert secret not in told
    assert str(caught.value).startswith("reddit: ")
    return caught.value


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 522, 408])
@pytest.mark.parametrize("path", ["/search", "/access_token"])
def test_failing_server_is_transient_and_asked_only_once(status, path):
    world = a_world(1)
    world.fail("reddit", "status", status=status, path=path, times=-1)

    assert type(failure(world)) is TransientError
    assert sum(path in address for _, address in world.requests["reddit"]) == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (204, MalformedError),
        (400, MalformedError),
        (402, QuotaError),
        (403, CredentialsError),
        (404, MalformedError),
        (409, MalformedError),
        (413, MalformedError),
        (414, MalformedError),
        (415, MalformedError),
        (418, MalformedError),
        (451, MalformedError),
    ],
)
def test_refusal_of_a_search_is_told_by_its_status(status, expected):
    world = a_world(1)
    world.fail("reddit", "status", status=status, path="/search", times=-1)

    assert type(failure(world)) is expected


def test_redirect_of_the_search_is_malformed():
    world = a_world(1)
    headers = {"location": "/subreddits/search?q=bladi"}
    world.fail("reddit", "status", status=302, headers=headers, path="/search")

    assert type(failure(world)) is MalformedError


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refused_client_is_a_matter_of_credentials(status):
    world = a_world(1)
    world.fail("reddit", "status", status=status, path="/access_token", times=-1)

    assert type(failure(world)) is CredentialsError


def test_wrong_secret_is_a_matter_of_credentials():
    assert type(failure(a_world(1), client_secret="another-secret")) is CredentialsError


def test_grant_that_is_refused_with_status_200_is_a_matter_of_credentials():
    world = a_world(1)
    world.fail("reddit", "json", body='{"error": "invalid_grant"}', path="/access_token")

    assert type(failure(world)) is CredentialsError


@pytest.mark.parametrize(
    "body", ["{}", "[]", "7", '{"access_token": "x", "scope": "*"}', '{"expires_in": "x"}', "<p>"]
)
def test_token_in_another_shape_is_malformed(body):
    world = a_world(1)
    world.fail("reddit", "json", body=body, path="/access_token")

    assert type(failure(world)) is MalformedError


@pytest.mark.parametrize(
    "headers", [{}, {"www-authenticate": 'Bearer realm="reddit", error="invalid_token"'}]
)
def test_token_that_is_refused_once_is_renewed_without_sleep(monkeypatch, headers):
    def sleep(_seconds):
        raise AssertionError

    world = a_world(1)
    world.fail("reddit", "status", status=401, headers=headers, path="/search")

    with reading(world) as reddit:
        monkeypatch.setattr(time, "sleep", sleep)
        read = pages(reddit, a_query())

    assert len(names(read)) == 1
    assert len(calls(world, "/api/v1/access_token")) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"www-authenticate": "Basic"},
        {"www-authenticate": 'Bearer realm="reddit", error="insufficient_scope"'},
    ],
)
def test_token_that_is_refused_twice_is_a_matter_of_credentials(headers):
    world = a_world(1)
    world.fail("reddit", "status", status=401, headers=headers, path="/search", times=-1)

    assert isinstance(failure(world), CredentialsError)
    assert len(calls(world)) == 2


@pytest.mark.parametrize("name", ["retry-after", "x-ratelimit-reset"])
def test_rate_limit_is_told_with_its_reset(name):
    world = a_world(1)
    world.fail("reddit", "status", status=429, headers={name: "90"}, path="/search")

    error = failure(world)

    assert type(error) is RateLimitedError
    assert error.retry_at is not None
    assert timedelta(seconds=85) < error.retry_at - datetime.now(UTC) < timedelta(seconds=95)


@pytest.mark.parametrize("headers", [{}, {"retry-after": "soon"}])
def test_rate_limit_without_a_readable_reset_has_none(headers):
    world = a_world(1)
    world.fail("reddit", "status", status=429, headers=headers, path="/search")

    error = failure(world)

    assert type(error) is RateLimitedError
    assert error.retry_at is None


def test_used_up_window_is_told_instead_of_slept_through():
    world = a_world(130)
    used_up = {
        "x-ratelimit-remaining": "0.0",
        "x-ratelimit-used": "1000",
        "x-ratelimit-reset": "120",
    }
    empty = json.dumps({"kind": "Listing", "data": {"after": "t3_a", "children": [{}]}})
    world.fail("reddit", "json", body=empty, headers=used_up, path="/search")
    purse = Purse()

    with reading(world) as reddit:
        run = reddit.fetch(a_query(budget=purse), "search", bookmark=None, resume=None)
        next(run)
        with pytest.raises(RateLimitedError) as caught:
            next(run)

    assert caught.value.retry_at is not None
    assert caught.value.retry_at > datetime.now(UTC) + timedelta(seconds=100)
    assert purse.spent["calls"] == len(calls(world)) == 1


def test_unreadable_rate_headers_do_not_spoil_an_answer():
    world = a_world(1)
    strange = {
        "x-ratelimit-remaining": "many",
        "x-ratelimit-used": "few",
        "x-ratelimit-reset": "?",
    }
    body = json.dumps(
        {"kind": "Listing", "data": {"after": None, "children": []}},
    )
    world.fail("reddit", "json", body=body, headers=strange, path="/search")

    with reading(world) as reddit:
        assert pages(reddit, a_query()) == []


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{}",
        "null",
        '"text"',
        '{"error": 403, "message": "Forbidden"}',
        '{"kind": "Listing", "data": {}}',
        '{"kind": "Listing", "data": {"children": []}}',
        '{"kind": "Listing", "data": {"children": {}, "after": null}}',
        '{"kind": "Listing", "data": {"children": [], "after": 7}}',
        '{"kind": "t5", "data": {"children": [], "after": null}}',
        '{"kind": "Listing", "data"',
        "[" * 100_000,
        "",
    ],
)
def test_answer_in_another_shape_is_malformed_and_never_empty(body):
    world = a_world(1)
    world.fail("reddit", "json", body=body, path="/search")

    assert type(failure(world)) is MalformedError


def test_web_page_instead_of_an_answer_is_malformed():
    world = a_world(1)
    world.fail("reddit", "html", path="/search")

    assert type(failure(world)) is MalformedError


def test_answer_without_end_is_malformed():
    world = a_world(1)
    world.fail("reddit", "oversize", path="/search")

    assert "sent more than" in str(failure(world, timeout=20))


@pytest.mark.parametrize("path", ["/search", "/access_token"])
@pytest.mark.parametrize("kind", ["half", "drop"])
def test_broken_connection_is_transient(kind, path):
    world = a_world(1)
    world.fail("reddit", kind, path=path, times=-1)

    assert type(failure(world)) is TransientError


@pytest.mark.parametrize(("kind", "delay"), [("slow", 0.05), ("hang", 1.5)])
def test_slow_answer_is_given_up_in_time(kind, delay):
    world = a_world(1)
    world.fail("reddit", kind, delay=delay, path="/search", times=-1)
    began = time.monotonic()

    assert type(failure(world, timeout=0.4)) is TransientError
    assert time.monotonic() - began < 5


def test_server_that_is_not_there_is_transient():
    assert type(failure(a_world(), base_url="http://127.0.0.1:9")) is TransientError


def test_address_that_is_none_is_malformed():
    assert type(failure(a_world(), base_url="gopher://127.0.0.1")) is MalformedError


def test_spent_budget_stops_before_the_call():
    world = a_world(130)
    query = a_query(budget=Purse(1))

    with reading(world) as reddit:
        run = reddit.fetch(query, "search", bookmark=None, resume=None)
        next(run)
        with pytest.raises(BudgetSpentError):
            next(run)

    assert len(calls(world)) == 1


def test_app_introduces_itself_and_no_machine_setting_changes_it(monkeypatch, tmp_path):
    monkeypatch.setenv("praw_username", "somebody")
    monkeypatch.setenv("praw_password", "another-secret")
    monkeypatch.setenv("praw_site", "elsewhere")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.chdir(tmp_path)
    world = a_world(1)

    with reading(world) as reddit:
        assert len(names(pages(reddit, a_query()))) == 1


def test_missing_credentials_are_named():
    settings = RedditSettings(client_id="x")

    assert settings.missing() == ["client_secret"]
    with pytest.raises(CredentialsError, match="client_secret"):
        settings.build(AGENT)


def test_settings_refuse_what_is_no_subreddit():
    with pytest.raises(ValueError, match="subreddits"):
        RedditSettings(subreddits=("r/Morocco",))


def test_stand_in_tells_pictures_links_and_warnings_as_reddit_does():
    world = a_world()
    two = (Picture(name="a", alt="باب"), Picture(name="b"))
    video = (Picture(name="v", kind="video", duration=3),)
    world.say("reddit", f"1 {TAG}", pictures=two, age=timedelta(minutes=1))
    world.say("reddit", f"2 {TAG}", pictures=video, sensitive=True, age=timedelta(minutes=2))
    world.say("reddit", f"3 {TAG}", pictures=two[:1], age=timedelta(minutes=3))
    world.say("reddit", f"4 {TAG}", link="https://journal.example/x", age=timedelta(minutes=4))

    with reading(world) as reddit:
        items = [reddit.normalise(p) for page in pages(reddit, a_query()) for p in page.payloads]

    assert [item.kind for item in items] == [Kind.IMAGE, Kind.VIDEO, Kind.IMAGE, Kind.ARTICLE]
    assert [len(item.attachments) for item in items] == [2, 1, 1, 0]
    assert items[0].attachments[0].alt == "باب"
    assert [item.sensitive for item in items] == [False, True, False, False]
    assert items[3].text == "https://journal.example/x"
    assert all(replace(item, raw={}) == replace(item_of(item.raw), raw={}) for item in items)
