"""Pictures in cards: our copies, or drawings in their place."""

from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from store.models import Picture
from tests.api.document import Element, cards
from tests.api.rows import (
    FACE,
    HERE,
    OURS,
    THERE,
    a_client,
    a_copy,
    a_picture,
    a_post,
    keep,
    srcset,
    version,
)

STATES = ["waiting", "idle", "broken", "refused"]


def attributes(element: Element, *names: str) -> dict[str, str | None]:
    return {name: element.attributes.get(name) for name in names}


def test_card_shows_our_copies_alone(reader: TestClient, engine: Engine, photo: Picture) -> None:
    keep(engine, a_post(), a_picture(picture_key=photo.key, url=THERE, alt="Une porte"))

    card = cards(reader)[0]

    (image,), (source,) = card.find("img"), card.find("source")
    assert attributes(image, "src", "srcset", "alt", "lang", "width", "height", "loading") == {
        "src": f"{OURS}/{photo.id}/640.jpg?v={version(photo)}",
        "srcset": srcset(photo, "jpg", OURS),
        "alt": "Une porte",
        "lang": "fr",
        "width": "1600",
        "height": "1200",
        "loading": "lazy",
    }
    assert attributes(source, "type", "srcset") == {
        "type": "image/webp",
        "srcset": srcset(photo, "webp", OURS),
    }
    assert source.attributes["sizes"] == image.attributes["sizes"]


def test_picture_has_its_colour_until_it_is_there(
    reader: TestClient, engine: Engine, photo: Picture
) -> None:
    keep(engine, a_post(), a_picture(picture_key=photo.key))

    poster = cards(reader)[0].find("a", class_="poster")[0]

    assert poster.find("rect")[0].attributes["fill"] == "#8f1a21"
    assert not poster.find("span", class_="initial")


@pytest.mark.parametrize(
    ("tag", "sentence"),
    [
        ("ar", "صورة من سلمى بلا وصف"),
        ("fr", "Image de سلمى, sans description"),
        ("en", "Picture by سلمى, not described"),
        ("es", "Imagen de سلمى, sin descripción"),
        ("zgh", "ⵜⴰⵡⵍⴰⴼⵜ ⵏ سلمى ⵎⵉⵏ ⴰⴳⵍⴰⵎ"),
    ],
)
@pytest.mark.parametrize("alt", [None, ""])
def test_picture_without_a_description_says_so_in_the_readers_language(
    reader: TestClient, engine: Engine, photo: Picture, alt: str | None, tag: str, sentence: str
) -> None:
    keep(engine, a_post(author_name="سلمى"), a_picture(picture_key=photo.key, alt=alt))

    image = cards(reader, f"/{tag}/")[0].find("img")[0]

    assert attributes(image, "alt", "lang") == {"alt": sentence, "lang": None}


def test_picture_of_nobody_has_a_description_too(
    reader: TestClient, engine: Engine, photo: Picture
) -> None:
    nobody: dict[str, Any] = {"author_name": None, "author_handle": None, "kind": "image"}
    keep(engine, a_post(**nobody, search_text=""), a_picture(picture_key=photo.key))

    assert cards(reader)[0].find("img")[0].attributes["alt"] == "Voir l’image sur Mastodon"


@pytest.mark.parametrize("state", [*STATES, None])
def test_picture_without_copies_is_drawn_with_the_authors_initials(
    reader: TestClient, engine: Engine, state: str | None
) -> None:
    key = a_copy(engine, state=state, widths=[]).key if state else None
    keep(engine, a_post(avatar_key=key), a_picture(picture_key=key, url=THERE, alt="Une porte"))

    card = cards(reader)[0]

    assert card.find("img") == []
    assert [one.text for one in card.find("span", class_="initial")] == ["AI"]
    assert [one.text for one in card.find("span", class_="avatar")] == ["AI"]
    assert card.find("figcaption")[0].text == "Une porte"
    assert [one for one in card.find("use") if one.attributes["href"].startswith("#motif-")]


def test_name_without_letters_leaves_the_drawing_alone(reader: TestClient, engine: Engine) -> None:
    keep(engine, a_post(author_name="🌞"), a_picture())

    assert cards(reader)[0].find("span", class_="initial") == []


def test_still_of_a_video_is_shown_with_its_length(
    reader: TestClient, engine: Engine, photo: Picture
) -> None:
    video = a_picture(kind="video", picture_key=photo.key, duration=252.0)
    keep(engine, a_post(kind="video", platform="youtube"), a_picture(), video)

    card = cards(reader)[0]

    assert card.find("img")[0].attributes["src"] == f"{OURS}/{photo.id}/640.jpg?v={version(photo)}"
    assert card.find("svg", class_="play")
    assert [one.text for one in card.find("span", class_="clock")] == ["4:12"]


def test_drawing_of_a_video_has_no_initials_below_its_sign(
    reader: TestClient, engine: Engine
) -> None:
    keep(engine, a_post(kind="video"), a_picture(kind="video"))

    card = cards(reader)[0]

    assert card.find("svg", class_="play")
    assert card.find("span", class_="initial") == []


@pytest.mark.parametrize(("count", "chip"), [(1, []), (2, ["+1"]), (12, ["+11"])])
def test_further_pictures_are_counted(
    reader: TestClient, engine: Engine, photo: Picture, count: int, chip: list[str]
) -> None:
    keep(engine, a_post(), *(a_picture(picture_key=photo.key) for _ in range(count)))

    card = cards(reader)[0]

    assert len(card.find("img")) == 1
    assert [one.text for one in card.find("span", class_="clock")] == chip
    assert {one.attributes.get("dir") for one in card.find("bdi") if "+" in one.text} <= {"ltr"}


def test_avatar_is_shown_without_words(reader: TestClient, engine: Engine, face: Picture) -> None:
    keep(engine, a_post(avatar_key=face.key, author_avatar_url=FACE))

    avatar = cards(reader)[0].find("span", class_="avatar")[0]

    assert avatar.text == ""
    assert attributes(avatar.find("img")[0], "src", "srcset", "alt", "width", "height") == {
        "src": f"{OURS}/{face.id}/96.jpg?v={version(face)}",
        "srcset": srcset(face, "jpg", OURS),
        "alt": "",
        "width": "38",
        "height": "38",
    }


@pytest.mark.parametrize("columns", [{"content_warning": "nourriture"}, {"sensitive": True}])
def test_picture_of_a_folded_post_is_folded(
    reader: TestClient, engine: Engine, photo: Picture, face: Picture, columns: dict[str, Any]
) -> None:
    keep(engine, a_post(avatar_key=face.key, **columns), a_picture(picture_key=photo.key))

    card = cards(reader)[0]
    fold = card.find("details")[0]

    assert "open" not in fold.attributes
    assert [one.attributes["loading"] for one in fold.find("img")] == ["lazy"]
    assert len(card.find("img")) == 2


@pytest.mark.parametrize("display", ["embed", "link"])
def test_what_may_only_be_linked_has_no_picture(
    reader: TestClient, engine: Engine, photo: Picture, display: str
) -> None:
    linked = a_post(platform="instagram", display=display, avatar_key=photo.key)
    keep(engine, linked, a_picture(picture_key=photo.key))

    assert cards(reader)[0].find("img") == []
    for address in ("/v1/wall", "/feed.json", "/feed.rss"):
        assert "/media/" not in reader.get(address).text


def test_post_of_x_is_drawn(reader: TestClient, engine: Engine) -> None:
    post = a_post(
        platform="x", display="card_only", author_avatar_url="https://pbs.twimg.com/a.jpg"
    )
    keep(engine, post, a_picture(url="https://pbs.twimg.com/media/1.jpg"))

    card = cards(reader)[0]

    assert card.find("img") == []
    assert [one.text for one in card.find("span", class_="initial")] == ["AI"]
    assert "twimg" not in reader.get("/fr/").text


def test_drawings_stand_where_copies_are_switched_off(engine: Engine, photo: Picture) -> None:
    post = a_post(author_name="Amina", avatar_key=photo.key)
    keep(engine, post, a_picture(picture_key=photo.key))

    (card,) = cards(a_client(engine, public_url=HERE))

    assert card.find("img") == []
    assert "A" in card.text
