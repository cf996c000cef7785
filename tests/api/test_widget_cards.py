"""Cards for pages of others: what is in them, and what is not."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.api.rows import NOW, a_client, a_copy, a_picture, a_post, keep, srcset, version


def card(client: TestClient, query: str = "?lang=fr") -> dict[str, Any]:
    """Return the first card of the wall."""
    answer = client.get(f"/w/main{query}")
    assert answer.status_code == 200, answer.text
    first: dict[str, Any] = answer.json()["posts"][0]
    return first


def test_card_says_all_that_its_network_asks_for(client: TestClient, engine: Engine) -> None:
    post_id = keep(
        engine,
        a_post(published_at=NOW, edited_at=NOW + timedelta(days=1), url="https://a.example/1"),
    )

    assert card(client) == {
        "id": post_id,
        "url": "https://a.example/1",
        "page": f"http://127.0.0.1:8000/fr/p/{post_id}",
        "platform": "mastodon",
        "network": "Mastodon",
        "kind": "note",
        "card": True,
        "menu": True,
        "author": {
            "name": "Amina El Idrissi",
            "handle": "@amina@social.example",
            "url": "https://social.example/@amina",
            "initials": "AI",
        },
        "published": {"at": "2026-11-20T12:00:00Z", "text": "20 novembre 2026"},
        "edited": {"at": "2026-11-21T12:00:00Z", "text": "21 novembre 2026"},
        "lang": "fr",
        "dir": "ltr",
        "language": "Français",
        "text": ["Un café à la gare"],
        "media": [],
        "also_on": [],
    }


def test_post_of_x_is_told_by_its_address_alone(client: TestClient, engine: Engine) -> None:
    url = "https://x.com/amina/status/1"
    post_id = keep(
        engine,
        a_post(platform="x", display="card_only", url=url, native_id="1", title="T"),
        a_picture(alt="Une porte"),
    )

    assert card(client) == {
        "id": post_id,
        "url": url,
        "page": f"http://127.0.0.1:8000/fr/p/{post_id}",
        "platform": "x",
        "network": "X",
        "kind": "note",
        "card": False,
        "menu": False,
        "text": [],
        "media": [],
        "also_on": [],
    }


def test_text_comes_in_pieces(client: TestClient, engine: Engine) -> None:
    text = "Merci @samir@a.example, lire https://b.example/x #بلادي_فقلبي !"
    entities = [
        {"kind": "mention", "start": 6, "end": 22, "value": "samir@a.example"},
        {"kind": "link", "start": 29, "end": 48, "value": "https://b.example/x"},
        {"kind": "hashtag", "start": 49, "end": 61, "value": "بلادي_فقلبي"},
    ]
    keep(engine, a_post(text=text, entities=entities, instance="social.example"))

    pieces = card(client)["text"]

    assert pieces == [
        "Merci ",
        {"text": "@samir@a.example", "href": "https://a.example/@samir", "kind": "mention"},
        ", lire ",
        {"text": "https://b.example/x", "href": "https://b.example/x", "kind": "link"},
        " ",
        {
            "text": "#بلادي_فقلبي",
            "href": (
                "https://social.example/tags/"
                "%D8%A8%D9%84%D8%A7%D8%AF%D9%8A_%D9%81%D9%82%D9%84%D8%A8%D9%8A"
            ),
            "kind": "tag",
        },
        " !",
    ]


def test_link_that_names_another_host_says_where_it_leads(
    client: TestClient, engine: Engine
) -> None:
    link = {"kind": "link", "start": 0, "end": 8, "value": "https://evil.example/"}
    keep(engine, a_post(text="maroc.ma", entities=[link]))

    assert card(client)["text"] == [
        {"text": "maroc.ma", "href": "https://evil.example/", "kind": "link"},
        " (evil.example)",
    ]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "ftp://a.example"])
def test_link_that_is_no_web_address_is_text(
    client: TestClient, engine: Engine, address: str
) -> None:
    entities = [{"kind": "link", "start": 0, "end": 3, "value": address}]
    keep(engine, a_post(text="ici", entities=entities))

    assert card(client)["text"] == ["ici"]


def test_picture_has_our_copies_and_a_description(engine: Engine, files: Any) -> None:
    picture = a_copy(engine, files)
    keep(engine, a_post(kind="image"), a_picture(picture_key=picture.key, alt="Une porte bleue"))
    with a_client(engine, files) as client:
        media = card(client)["media"]

    base = "http://127.0.0.1:8000/media"
    assert media == [
        {
            "kind": "image",
            "alt": "Une porte bleue",
            "width": 1600,
            "height": 1200,
            "colour": "#8f1a21",
            "src": f"{base}/{picture.id}/640.jpg?v={version(picture)}",
            "srcset": srcset(picture, "jpg", base),
            "srcset_webp": srcset(picture, "webp", base),
        }
    ]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("image", "Image de Amina El Idrissi, sans description"),
        ("video", "Vidéo de Amina El Idrissi, sans description"),
        ("audio", "Son de Amina El Idrissi, sans description"),
    ],
)
def test_what_is_not_described_says_so(
    client: TestClient, engine: Engine, kind: str, said: str
) -> None:
    keep(engine, a_post(), a_picture(kind=kind, alt=None, width=640, height=480))

    assert card(client)["media"] == [{"kind": kind, "alt": said, "width": 640, "height": 480}]


def test_video_of_youtube_has_a_private_player(client: TestClient, engine: Engine) -> None:
    keep(
        engine,
        a_post(platform="youtube", native_id="dQw4w9WgXcQ", kind="video", title="Le retour"),
        a_picture(kind="video", alt="Un bateau", duration=83),
    )

    (video,) = card(client)["media"]

    assert (video["duration"], video["player"]) == (
        "1:23",
        {
            "src": "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1&playsinline=1",
            "title": "Le retour",
            "host": "YouTube",
        },
    )


def test_video_that_may_not_be_embedded_has_no_player(client: TestClient, engine: Engine) -> None:
    post = a_post(platform="youtube", kind="video", embeddable=False)
    keep(engine, post, a_picture(kind="video"))

    assert "player" not in card(client)["media"][0]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"content_warning": "Deuil"}, "Avertissement\xa0: Deuil"),
        ({"sensitive": True}, "Contenu sensible"),
    ],
)
def test_warning_is_a_sentence(
    client: TestClient, engine: Engine, columns: dict[str, Any], said: str
) -> None:
    keep(engine, a_post(**columns))

    assert card(client)["warning"] == said


def test_other_places_are_named_and_of_x_only_the_address(
    client: TestClient, engine: Engine
) -> None:
    head = keep(engine, a_post(published_at=NOW))
    keep(engine, a_post(copy_of=head, platform="bluesky", url="https://bsky.app/1"))
    keep(
        engine,
        a_post(copy_of=head, platform="x", display="card_only", url="https://x.com/1/status/1"),
    )

    places = {one["platform"]: one for one in card(client)["also_on"]}

    assert places["bluesky"]["author"] == "Amina El Idrissi"
    assert places["bluesky"]["network"] == "Bluesky"
    assert places["bluesky"]["published"]["text"] == "20 novembre 2026"
    assert places["x"] == {"platform": "x", "network": "X", "url": "https://x.com/1/status/1"}


def test_unknown_language_leaves_the_direction_to_the_text(
    client: TestClient, engine: Engine
) -> None:
    keep(engine, a_post(language="und"))

    shown = card(client)

    assert (shown["lang"], shown["dir"]) == ("und", "auto")


@pytest.mark.parametrize(
    ("lang", "date", "language"),
    [
        ("ar", "20 نونبر 2026", "الدارجة"),
        ("fr", "20 novembre 2026", "Darija"),
        ("en", "November 20, 2026", "Darija"),
        ("es", "20 de noviembre de 2026", "Dariya"),
        ("zgh", "20 ⵏⵓⵡⴰⵏⴱⵉⵔ 2026", "ⵜⴰⴷⴰⵔⵉⵊⵜ"),
    ],
)
def test_our_words_are_in_the_readers_language(
    client: TestClient, engine: Engine, lang: str, date: str, language: str
) -> None:
    keep(engine, a_post(language="ary", published_at=NOW))

    shown = card(client, f"?lang={lang}")

    assert (shown["published"]["text"], shown["language"]) == (date, language)
