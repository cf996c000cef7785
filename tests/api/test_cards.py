"""Cards of posts."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api import cards, words
from api.pictures import Pictures
from store.models import Media
from store.wall import Public
from tests.api.rows import CAMPAIGN, a_picture, a_post

FRENCH = words.load()["fr"]


def card(*media: Media, **columns: Any) -> cards.Card:
    public = Public(a_post(id=1, **columns), media)
    zone = ZoneInfo(CAMPAIGN.time_zone)
    return cards.of(public, FRENCH, zone, Pictures("https://mur.example.ma/media"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Amina El Idrissi", "AI"),
        ("amina", "A"),
        ("سلمى بنعلي", "س"),
        ("ⵜⵉⵍⵉⵍⴰ ⵓ", "ⵜⵓ"),
        ("🇲🇦 Karim 🌞", "K"),
        ("𝓐mina", "A"),
        ("Éric", "É"),
        ("🌞", ""),
        ("42", ""),
        ("_-_", ""),
        ("ßtefan", "S"),
    ],
)
def test_initials_are_letters(name: str, expected: str) -> None:
    assert cards.initials(name) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.4, "0:00"), (38, "0:38"), (59.6, "1:00"), (252, "4:12"), (3723, "1:02:03")],
)
def test_clock_counts_minutes_and_hours(seconds: float, expected: str) -> None:
    assert cards.clock(seconds) == expected


@pytest.mark.parametrize(
    ("columns", "name", "handle"),
    [
        ({"platform": "mastodon"}, "Amina El Idrissi", "@amina@social.example"),
        ({"platform": "reddit", "author_name": None, "author_handle": "amina"}, "u/amina", None),
        ({"platform": "youtube", "author_handle": None}, "Amina El Idrissi", None),
        ({"platform": "x", "author_name": None, "author_handle": "amina"}, "@amina", None),
    ],
)
def test_author_is_named_as_the_network_does(
    columns: dict[str, Any], name: str, handle: str | None
) -> None:
    byline = card(**columns).byline

    assert byline is not None
    assert (byline.name, byline.handle) == (name, handle)


def test_post_without_an_author_has_no_byline() -> None:
    assert card(author_name=None, author_handle=None).byline is None


@pytest.mark.parametrize(
    ("columns", "look"),
    [
        ({"text": "Court"}, "quote"),
        ({"text": "a " * 150}, "card"),
        ({"text": "Court", "title": "T"}, "card"),
        ({"text": "Court", "kind": "article"}, "card"),
        ({"text": ""}, "card"),
        ({"text": "Court", "display": "embed"}, "link"),
    ],
)
def test_short_words_are_set_as_a_quotation(columns: dict[str, Any], look: str) -> None:
    assert card(**columns).look == look


@pytest.mark.parametrize(
    ("media", "shape"),
    [
        (a_picture(width=1920, height=1080), "wide"),
        (a_picture(width=640, height=480), "even"),
        (a_picture(width=600, height=600), "square"),
        (a_picture(width=480, height=640), "tall"),
        (a_picture(), "even"),
        (a_picture(width=640, height=0), "even"),
        (a_picture(kind="video"), "wide"),
    ],
)
def test_drawing_has_the_shape_of_the_picture(media: Media, shape: str) -> None:
    poster = card(media).poster

    assert poster is not None
    assert poster.shape == shape


def test_video_comes_before_the_pictures_around_it() -> None:
    poster = card(a_picture(alt="a"), a_picture(kind="video", alt="b", duration=5.0)).poster

    assert poster is not None
    assert (poster.kind, poster.duration, poster.captions) == ("video", "0:05", ["a", "b"])


def test_same_post_gets_the_same_drawing() -> None:
    first, second = (card(a_picture(), native_id="1").poster for _ in range(2))

    assert first == second


def test_unknown_language_is_not_named() -> None:
    assert card(language="und", languages=["fr", "und"]).language_names == ["Français"]
