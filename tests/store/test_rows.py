"""Whatever a platform sends, it costs one post at most, never the page."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import quarantine, rows
from store.engine import reading, writing
from store.items import Attachment, Author, Entity, Metrics, Reference
from store.models import Media
from tests.conftest import NOW, an_item
from tests.store.shelf import every, only, posts, put

NASTY = st.sampled_from(
    [
        "",
        "\x00",
        "\ud800",
        "\u202e#",
        "https://[",
        "https://x:99999/",
        "https://℀/",
        "x" * 3000,
        "é",
    ]
) | st.text(max_size=20)
NUMBERS = st.sampled_from([None, 0, -1, 2**31, 2**63, 10**40, 5])
TIMES = st.sampled_from(
    [
        None,
        NOW,
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, tzinfo=timezone(timedelta(hours=-12))),
        datetime(2026, 1, 1),  # noqa: DTZ001  # a platform that names no zone
        datetime(1969, 12, 31, tzinfo=UTC),
    ]
)
MORE = st.fixed_dictionaries(
    {},
    optional={
        "native_id": NASTY,
        "url": NASTY,
        "lookup_id": NASTY,
        "instance": NASTY,
        "version": NASTY,
        "language_hint": NASTY,
        "title": NASTY,
        "content_warning": NASTY,
        "tags": st.tuples(NASTY),
        "labels": st.tuples(NASTY),
        "withheld_in": st.tuples(NASTY),
        "edited_at": TIMES,
        "indexed_at": TIMES,
        "published_at": TIMES.filter(bool),
        "references": st.builds(Reference, kind=st.just("quote"), native_id=NASTY, url=NASTY).map(
            lambda one: (one,)
        ),
        "entities": st.builds(
            Entity,
            kind=st.just("hashtag"),
            start=st.integers(-9, 9),
            end=st.integers(-9, 9),
            value=NASTY,
        ).map(lambda one: (one,)),
        "author": st.builds(
            Author, native_id=NASTY, handle=NASTY, name=NASTY, url=NASTY, avatar_url=NASTY
        ),
        "metrics": st.builds(Metrics, likes=NUMBERS, views=NUMBERS),
        "attachments": st.builds(
            Attachment,
            kind=st.just("image"),
            url=NASTY | st.just("https://m.example/1.jpg"),
            mime_type=NASTY,
            alt=NASTY,
            width=NUMBERS,
            height=NUMBERS,
            duration=st.sampled_from([None, 1.5, -1.0, float("nan"), float("inf"), 1e300]),
            preview_url=NASTY,
        ).map(lambda one: (one,)),
    },
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(more=MORE)
def test_bad_item_costs_one_post_and_never_the_page(engine, more):
    more = {"native_id": "2", **more}
    before, after = an_item("first"), an_item("last", "Fin #bladifqalbi")

    for _ in range(2):
        tally = put(engine, before, an_item(text="Salut #bladifqalbi", **more), after, tagger=None)

    assert tally.unchanged + len(tally.poison) == 3
    assert {"first", "last"} <= {post.native_id for post in posts(engine)}


@pytest.mark.parametrize(
    "more",
    [
        {"native_id": ""},
        {"native_id": "é" * 1001},
        {"native_id": "a\x00b"},
        {"url": "https://social.example/" + "x" * 2000},
        {"title": "x" * 2001},
        {"text": "#bladifqalbi " + "x" * 200_000},
        {"edited_at": datetime(2026, 1, 1)},  # noqa: DTZ001  # as above
        {"version": "\u202e1"},
        {"labels": ("\x00",)},
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_reason(sqlite_engine, more):
    more = {"native_id": "1", **more}

    tally = put(sqlite_engine, an_item(**more), tagger=None)

    ((_, reason),) = tally.poison
    assert reason
    assert "social.example" not in reason


def test_longest_id_is_kept(engine):
    native_id = "".join(chr(0x4E00 + number * 7 % 20_000) for number in range(666))

    assert put(engine, an_item(native_id)).added == 1


def test_counts_that_no_post_has_are_unknown(engine):
    put(engine, an_item("1", metrics=Metrics(likes=2**63, replies=-1, reposts=2**63 - 1, views=0)))

    post, _ = only(engine)
    assert (post.likes, post.replies, post.reposts, post.views) == (None, None, 2**63 - 1, 0)


def test_attachment_without_a_web_address_is_left_out(engine):
    put(
        engine,
        an_item(
            attachments=(
                Attachment(kind="image", url="javascript:alert(1)"),
                Attachment(kind="image", url="https://m.example/2.jpg", width=-1, preview_url="x:"),
            )
        ),
    )

    (media,) = every(engine, Media)
    assert (media.position, media.url, media.width, media.preview_url) == (
        1,
        "https://m.example/2.jpg",
        None,
        None,
    )


def test_tag_and_its_place_agree_after_cleaning(sqlite_engine):
    text = "\u200f#بلادي_فقلبي\u200f !"
    put(
        sqlite_engine,
        an_item(text=text, entities=(Entity(kind="hashtag", start=1, end=14, value=text[2:14]),)),
    )

    post, _ = only(sqlite_engine)
    (entity,) = post.entities
    assert post.text[entity["start"] : entity["end"]] == "#" + entity["value"]


def test_packed_payload_comes_back_as_it_was():
    payload = {"text": "سلام \ud83d\x00", "list": [1, None, 2.5, {"é": True}]}

    assert rows.unpack(rows.pack(payload)) == payload


def test_reason_may_quote_the_poison(engine):
    with writing(engine) as session:
        quarantine.put(session, "mastodon", {"id": 1}, "KeyError: '\x00\ud800'", now=NOW)

    with reading(engine) as session:
        (row,) = quarantine.waiting(session)
    assert row.reason == "KeyError: ''"


def test_digest_is_of_what_is_said_and_not_of_counts():
    item = an_item(metrics=Metrics(likes=1))

    assert rows.digest(item) == rows.digest(an_item(metrics=Metrics(likes=2)))
    assert rows.digest(item) != rows.digest(an_item(sensitive=True))
