"""How a copy of a picture is served: tags, ranges and what browsers are told."""

from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from store.files import Files, FilesError
from tests.api.rows import BODY, a_client, a_copy, a_picture, a_post, change, keep

LASTING = "public, max-age=31536000, s-maxage=60, immutable"


@pytest.fixture
def client(engine: Engine, files: Files) -> TestClient:
    return a_client(engine, files)


@pytest.fixture
def address(engine: Engine, files: Files) -> str:
    """The address of a picture that the public sees; its post is the first."""
    picture = a_copy(engine, files)
    keep(engine, a_post(), a_picture(picture_key=picture.key))
    return f"/media/{picture.id}/640.jpg"


@pytest.mark.parametrize(
    ("size", "kind"),
    [("320.webp", "image/webp"), ("320.jpg", "image/jpeg"), ("640.webp", "image/webp")],
)
def test_form_is_what_the_address_says(
    client: TestClient, address: str, size: str, kind: str
) -> None:
    answer = client.get(address.replace("640.jpg", size), headers={"accept": "text/html"})

    assert answer.headers["content-type"] == kind


def test_browsers_keep_a_picture_and_shared_caches_ask_again(
    client: TestClient, address: str
) -> None:
    headers = client.get(address).headers

    assert headers["cache-control"] == LASTING
    assert headers["accept-ranges"] == "bytes"
    assert headers["content-length"] == str(len(BODY))


@pytest.mark.parametrize("there", [True, False])
def test_picture_can_do_nothing_and_may_be_shown_anywhere(
    client: TestClient, address: str, there: bool
) -> None:
    headers = client.get(address if there else "/media/77/640.jpg").headers

    assert headers["content-security-policy"] == (
        "default-src 'none'; sandbox; frame-ancestors 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in headers


def test_what_is_not_there_is_kept_by_nobody(client: TestClient) -> None:
    assert client.get("/media/77/640.jpg").headers["cache-control"] == "no-store"


def test_every_copy_has_its_own_strong_tag(client: TestClient, address: str) -> None:
    folder = address.removesuffix("640.jpg")
    sizes = ("320.webp", "320.jpg", "640.webp", "640.jpg")
    tags = {client.get(folder + size).headers["etag"] for size in sizes}

    assert len(tags) == 4
    assert all(tag.startswith('"') for tag in tags)


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"other",W/{} ', "*"])
def test_known_picture_is_not_sent_again(client: TestClient, address: str, form: str) -> None:
    tag = client.get(address).headers["etag"]

    answer = client.get(address, headers={"if-none-match": form.format(tag)})

    assert (answer.status_code, answer.content) == (304, b"")
    assert (answer.headers["etag"], answer.headers["cache-control"]) == (tag, LASTING)


@pytest.mark.parametrize("given", ['"other"', "", "640.jpg", 'W/"other"'])
def test_other_tags_get_the_picture(client: TestClient, address: str, given: str) -> None:
    answer = client.get(address, headers={"if-none-match": given})

    assert (answer.status_code, answer.content) == (200, BODY)


@pytest.mark.parametrize("form", ["{}", "*"])
def test_whoever_knows_a_removed_picture_learns_that_it_is_gone(
    client: TestClient, engine: Engine, address: str, form: str
) -> None:
    tag = client.get(address).headers["etag"]

    change(engine, 1, review="rejected")

    answer = client.get(address, headers={"if-none-match": form.format(tag)})
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


def test_head_is_the_same_answer_without_its_body(client: TestClient, address: str) -> None:
    head, get = client.head(address), client.get(address)

    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(get.headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(client: TestClient, address: str, method: str) -> None:
    assert client.request(method, address).status_code == 405


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-199", 100, 199),
        ("bytes=200-", 200, 255),
        ("bytes=255-", 255, 255),
        ("bytes=-1", 255, 255),
        ("bytes=-56", 200, 255),
        ("bytes=-9999", 0, 255),
        ("bytes=0-", 0, 255),
        ("bytes=250-9999", 250, 255),
        ("Bytes=0-9", 0, 9),
    ],
)
def test_one_range_is_served(
    client: TestClient, address: str, asked: str, first: int, last: int
) -> None:
    answer = client.get(address, headers={"range": asked})

    assert (answer.status_code, answer.content) == (206, BODY[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/256"
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-length"] == str(last - first + 1)
    assert answer.headers["etag"] == client.get(address).headers["etag"]


@pytest.mark.parametrize("asked", ["bytes=256-", "bytes=256-300", "bytes=99999-", "bytes=-0"])
def test_range_behind_the_end_is_refused(client: TestClient, address: str, asked: str) -> None:
    answer = client.get(address, headers={"range": asked})

    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == "bytes */256"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-9,20-29", "bytes=0-9, 20-", "bytes=-", "bytes=", "bytes", "0-9", "bytes=a-b",
        "bytes=9-0", "bytes=--5", "bytes=1.5-2", "bytes=0x1-0x2", "bytes=-5-", "items=0-9",
        "bytes 0-9", f"bytes={'9' * 5000}-", f"bytes=-{'9' * 5000}", f"bytes=0-{'9' * 5000}",
    ],
)  # fmt: skip
def test_malformed_and_several_ranges_get_the_whole(
    client: TestClient, address: str, asked: str
) -> None:
    answer = client.get(address, headers={"range": asked})

    assert (answer.status_code, answer.content) == (200, BODY)
    assert "content-range" not in answer.headers


@pytest.mark.parametrize("form", ['"other"', "W/{}", "Fri, 20 Nov 2026 12:00:00 GMT", ""])
def test_range_of_another_version_gets_the_whole(
    client: TestClient, address: str, form: str
) -> None:
    tag = client.get(address).headers["etag"]

    headers = {"range": "bytes=0-9", "if-range": form.format(tag)}

    assert client.get(address, headers=headers).content == BODY


def test_range_of_the_same_version_is_served(client: TestClient, address: str) -> None:
    tag = client.get(address).headers["etag"]

    answer = client.get(address, headers={"range": "bytes=0-9", "if-range": tag})

    assert (answer.status_code, answer.content) == (206, BODY[:10])


def test_known_picture_is_not_sent_in_part_either(client: TestClient, address: str) -> None:
    tag = client.get(address).headers["etag"]

    answer = client.get(address, headers={"range": "bytes=0-9", "if-none-match": tag})

    assert answer.status_code == 304


def test_range_of_a_removed_picture_is_not_found(
    client: TestClient, engine: Engine, address: str
) -> None:
    change(engine, 1, availability="missing")

    assert client.get(address, headers={"range": "bytes=0-9"}).status_code == 404


def test_place_that_cannot_be_read_is_a_passing_trouble(
    client: TestClient, address: str, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> bytes:
        raise FilesError("bucket wall: cannot be read (GenericError)")

    monkeypatch.setattr(files, "get", fail)

    answer = client.get(address)

    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:bladi:problem:unavailable"
    assert "wall" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("pictures_url", "origin"),
    [
        (None, "https://mur.example.ma"),
        ("https://images.example.ma/media", "https://images.example.ma"),
        ("https://images.example.ma:8443/", "https://images.example.ma:8443"),
    ],
)
def test_pages_may_load_pictures_from_our_own_hosts_alone(
    engine: Engine, files: Files, pictures_url: str | None, origin: str
) -> None:
    client = a_client(engine, files, pictures_url, public_url="https://mur.example.ma")

    policy = client.get("/fr/").headers["content-security-policy"]

    assert f"img-src 'self' data: {origin};" in policy
    assert policy.count("://") == 1


def test_head_knows_no_ranges(client: TestClient, address: str) -> None:
    answer = client.head(address, headers={"range": "bytes=0-3"})

    assert (answer.status_code, answer.headers["content-length"]) == (200, str(len(BODY)))
