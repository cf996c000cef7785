"""The addresses of pictures in pages, in the API and in feeds: ours, and no network's."""

import re

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from store.files import Files
from store.models import Picture
from tests.api.document import Element, cards, page
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


@pytest.mark.parametrize("address", ["/v1/wall", "/feed.json"])
def test_readers_get_our_copies_too(
    reader: TestClient, engine: Engine, photo: Picture, face: Picture, address: str
) -> None:
    post = a_post(avatar_key=face.key, author_avatar_url=FACE)
    keep(engine, post, a_picture(url=THERE, picture_key=photo.key, alt="Une porte", width=9))

    answer = reader.get(address)
    item = answer.json()["items"][0]

    assert item["image"] == f"{OURS}/{photo.id}/640.jpg?v={version(photo)}"
    assert item["authors"][0]["avatar"] == f"{OURS}/{face.id}/96.jpg?v={version(face)}"
    assert item["attachments"] == [
        {
            "url": THERE,
            "mime_type": "image/png",
            "title": "Une porte",
            "_bladi": {
                "kind": "image",
                "width": 1600,
                "height": 1200,
                "picture": {
                    "src": f"{OURS}/{photo.id}/640.jpg?v={version(photo)}",
                    "srcset": srcset(photo, "jpg", OURS),
                    "srcset_webp": srcset(photo, "webp", OURS),
                    "width": 1600,
                    "height": 1200,
                    "colour": "#8f1a21",
                    "animated": False,
                },
            },
        }
    ]
    assert FACE not in answer.text


@pytest.mark.parametrize("address", ["/v1/wall", "/v1/posts/1", "/feed.json", "/feed.rss", "/fr/"])
def test_no_network_learns_from_a_face_who_reads_the_wall(
    reader: TestClient, engine: Engine, address: str
) -> None:
    waiting = a_copy(engine, state="waiting", widths=[])
    keep(engine, a_post(avatar_key=waiting.key, author_avatar_url=FACE))

    assert FACE not in reader.get(address).text


def test_reader_that_cannot_fold_gets_no_picture(
    reader: TestClient, engine: Engine, photo: Picture
) -> None:
    keep(engine, a_post(content_warning="nourriture"), a_picture(picture_key=photo.key))

    item = reader.get("/feed.json").json()["items"][0]

    assert not {"image", "attachments"} & set(item)


def test_first_copy_there_is_stands_for_the_post(
    reader: TestClient, engine: Engine, photo: Picture
) -> None:
    keep(engine, a_post(), a_picture(), a_picture(picture_key=photo.key))

    item = reader.get("/v1/wall").json()["items"][0]

    assert item["image"] == f"{OURS}/{photo.id}/640.jpg?v={version(photo)}"
    assert ["picture" in one["_bladi"] for one in item["attachments"]] == [False, True]


@pytest.mark.parametrize("tag", ["ar", "fr", "en", "es", "zgh"])
def test_page_loads_nothing_from_anywhere_else(
    reader: TestClient, engine: Engine, photo: Picture, face: Picture, tag: str
) -> None:
    keep(engine, a_post(avatar_key=face.key), a_picture(picture_key=photo.key, url=THERE))
    video = a_picture(kind="video", url=THERE, preview_url=THERE)
    keep(engine, a_post(kind="video", author_avatar_url=FACE), video)
    keep(engine, a_post(platform="x", display="card_only"), a_picture(url=THERE))

    loaded = list(loads(page(reader, f"/{tag}/")))

    assert loaded
    assert [one for one in loaded if not re.match(rf"/static/|#|{OURS}/\d", one)] == []
    assert THERE not in reader.get(f"/{tag}/").text


def loads(document: Element) -> list[str]:
    """Return every address that a browser asks for by itself."""
    found = []
    for one in document.walk():
        by_href = one.tag in {"use", "image"} or one.attributes.get("rel") in {"icon", "stylesheet"}
        found += [one.attributes["href"]] if by_href else []
        found += [
            one.attributes[name] for name in ("src", "poster", "data") if name in one.attributes
        ]
        found += [part.split()[0] for part in one.attributes.get("srcset", "").split(",") if part]
    return found


def test_pictures_may_have_a_host_of_their_own(
    engine: Engine, files: Files, photo: Picture, face: Picture
) -> None:
    base = "https://images.example.ma/media"
    reader = a_client(engine, files, f"{base}/", public_url=HERE)
    keep(engine, a_post(avatar_key=face.key), a_picture(picture_key=photo.key))

    card = cards(reader)[0]

    assert card.find("source")[0].attributes["srcset"] == srcset(photo, "webp", base)
    assert {one.attributes["src"].rpartition("/media/")[0] for one in card.find("img")} == {
        "https://images.example.ma"
    }
    assert reader.get("/v1/wall").json()["items"][0]["image"].startswith(base)
