from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from collectors.x import XCollector
from collectors.x_post import id_at, id_of, time_of
from store.items import (
    Attachment,
    Author,
    Display,
    Entity,
    Item,
    Kind,
    Metrics,
    OptOut,
    Reference,
)
from tests.collectors.x_asking import START, a_collector, payload
from tests.platforms.x_objects import snowflake


@pytest.fixture
def x() -> Iterator[XCollector]:
    collector = a_collector()
    yield collector
    collector.close()


def test_post_with_pictures_becomes_an_item(x: XCollector) -> None:
    assert x.normalise(payload("photo")) == Item(
        platform="x",
        native_id="1991445190000000007",
        lookup_id="1991445190000000007",
        url="https://x.com/salmabk/status/1991445190000000007",
        kind=Kind.IMAGE,
        text=(
            "خبز أمي & شاي النعناع 🍵 #بلادي_فقلبي #bladifqalbi مع @amina_lyon\n"
            "https://t.co/aB3dE5fG7h"
        ),
        entities=(
            Entity(kind="hashtag", start=24, end=36, value="بلادي_فقلبي"),
            Entity(kind="hashtag", start=37, end=49, value="bladifqalbi"),
            Entity(kind="mention", start=53, end=64, value="Amina_Lyon"),
            Entity(kind="link", start=65, end=88, value="https://example.org/recettes/khobz"),
        ),
        attachments=(
            Attachment(
                kind="image",
                url="https://pbs.twimg.com/media/khobz.jpg",
                alt="رغيف خبز على قماش أبيض",
                width=1200,
                height=900,
            ),
            Attachment(
                kind="image", url="https://pbs.twimg.com/media/atay.jpg", width=900, height=1200
            ),
        ),
        author=Author(
            native_id="2244994945",
            handle="salmabk",
            name="سلمى من بروكسل",
            url="https://x.com/salmabk",
            avatar_url="https://pbs.twimg.com/profile_images/1/salma_normal.jpg",
        ),
        published_at=datetime(2025, 11, 20, 9, 55, 7, tzinfo=UTC),
        version="1991445190000000007",
        language_hint="ar",
        metrics=Metrics(likes=31, replies=2, reposts=4, views=1204),
        sensitive=False,
        paid_partnership=False,
        withheld_in=("DE", "TR"),
        display=Display.CARD_ONLY,
        raw=payload("photo"),
    )


def test_long_post_in_the_later_spelling_becomes_an_item(x: XCollector) -> None:
    whole = payload("long_video")["post"]["note_post"]["text"]

    assert x.normalise(payload("long_video")) == Item(
        platform="x",
        native_id="1991460289458176009",
        lookup_id="1991460289458176009",
        url="https://x.com/tililao/status/1991460289458176009",
        kind=Kind.VIDEO,
        text=whole,
        entities=(Entity(kind="hashtag", start=335, end=347, value="bladifqalbi"),),
        attachments=(
            Attachment(
                kind="video",
                url="https://video.twimg.com/ferry-2176.mp4",
                mime_type="video/mp4",
                width=1280,
                height=720,
                duration=34.5,
                preview_url="https://pbs.twimg.com/ext_tw_video_thumb/ferry.jpg",
            ),
        ),
        author=Author(
            native_id="44196397", handle="tililao", name="Tilila", url="https://x.com/tililao"
        ),
        published_at=datetime(2025, 11, 20, 10, 55, 7, tzinfo=UTC),
        version="1991460289458176009",
        metrics=Metrics(likes=5, replies=0, reposts=0),
        sensitive=True,
        display=Display.CARD_ONLY,
        raw=payload("long_video"),
    )


def test_edited_answer_becomes_an_item_named_by_its_first_version(x: XCollector) -> None:
    assert x.normalise(payload("edited_quote")) == Item(
        platform="x",
        native_id="1991460289458176010",
        lookup_id="1991461548042551298",
        url="https://x.com/i/status/1991461548042551298",
        kind=Kind.NOTE,
        text="@omarmrs Exactement ! Le thé, c'est l'été au bled. #BladiFQalbi https://t.co/Qu0teL1nk2",
        entities=(
            Entity(kind="mention", start=0, end=8, value="omarmrs"),
            Entity(kind="hashtag", start=51, end=63, value="BladiFQalbi"),
            Entity(
                kind="link",
                start=64,
                end=87,
                value="https://x.com/omarmrs/status/1991000000000000001",
            ),
        ),
        author=Author(native_id="12"),
        published_at=datetime(2025, 11, 20, 10, 55, 7, tzinfo=UTC),
        edited_at=datetime(2025, 11, 20, 11, 0, 7, tzinfo=UTC),
        version="1991461548042551298",
        language_hint="fr",
        references=(
            Reference(
                kind="quote",
                native_id="1991000000000000001",
                url="https://x.com/i/status/1991000000000000001",
            ),
            Reference(
                kind="reply",
                native_id="1991000000000000002",
                url="https://x.com/i/status/1991000000000000002",
            ),
        ),
        display=Display.CARD_ONLY,
        raw=payload("edited_quote"),
    )


def test_protected_and_withheld_post_is_not_visible(x: XCollector) -> None:
    read_item = x.normalise(payload("protected"))

    assert (read_item.visible, read_item.opt_out, read_item.withheld_in) == (
        False,
        OptOut.LOCKED,
        ("FR",),
    )


def test_post_withheld_everywhere_is_not_visible(x: XCollector) -> None:
    body = payload("photo")
    body["post"]["withheld"] = {"copyright": True, "country_codes": ["XY"]}

    read_item = x.normalise(body)

    assert (read_item.visible, read_item.opt_out, read_item.withheld_in) == (False, None, ())


@pytest.mark.parametrize(
    ("given", "hint"),
    [("ar", "ar"), ("iw", "he"), ("in", "id"), ("und", None), ("qme", None), ("zxx", None)],
)
def test_language_hint_is_a_language_tag_or_none(x: XCollector, given: str, hint: str) -> None:
    body = payload("photo")
    body["post"]["lang"] = given

    assert x.normalise(body).language_hint == hint


def test_both_spellings_of_a_post_mean_the_same(x: XCollector) -> None:
    old, new = payload("edited_quote"), payload("edited_quote")
    old["post"]["public_metrics"] = {"retweet_count": 3}
    new["post"]["public_metrics"] = {"repost_count": 3}
    new["post"]["edit_history_post_ids"] = new["post"].pop("edit_history_tweet_ids")
    new["post"]["referenced_posts"] = new["post"].pop("referenced_tweets")

    first, second = x.normalise(old), x.normalise(new)

    assert (first.references, first.native_id, first.metrics) == (
        second.references,
        second.native_id,
        second.metrics,
    )


def test_post_without_edit_history_is_named_by_its_id(x: XCollector) -> None:
    body = payload("photo")
    del body["post"]["edit_history_tweet_ids"]

    assert x.normalise(body).native_id == body["post"]["id"]


def test_same_hashtag_twice_stands_in_two_places(x: XCollector) -> None:
    body = payload("protected")
    body["post"]["text"] = "🇲🇦🇲🇦 #Bladi et #bladifqalbi et #Bladi"
    body["post"]["entities"] = {
        "hashtags": [
            {"start": 30, "end": 36, "tag": "Bladi"},
            {"start": 14, "end": 26, "tag": "bladifqalbi"},
            {"start": 5, "end": 11, "tag": "Bladi"},
        ]
    }

    read_item = x.normalise(body)

    assert [read_item.text[one.start : one.end] for one in read_item.entities] == [
        "#Bladi",
        "#bladifqalbi",
        "#Bladi",
    ]


@pytest.mark.parametrize("field", ["id", "text", "author_id", "created_at"])
def test_malformed_post_cannot_be_understood(x: XCollector, field: str) -> None:
    body = payload("photo")
    del body["post"][field]

    with pytest.raises(KeyError):
        x.normalise(body)


def test_ids_are_made_of_time() -> None:
    assert id_of({"id": str(snowflake(START, 5))}) == id_at(START) + 5
    assert time_of(snowflake(START, 5)) == START
