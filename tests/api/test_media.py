"""Who gets our copies of pictures: everybody, while the public sees a post with them."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from store import media, retention
from store.engine import open_engine, writing
from store.files import Files
from store.models import Picture
from tests.api.rows import BODY, NOW, a_client, a_copy, a_picture, a_post, change, keep

HIDDEN = [
    {"review": "pending"},
    {"review": "rejected"},
    {"availability": "missing"},
    {"availability": "withdrawn"},
]


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """A migrated store, once of each kind."""
    engine = open_engine(store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def client(engine: Engine, files: Files) -> TestClient:
    return a_client(engine, files)


@pytest.fixture
def picture(engine: Engine, files: Files) -> Picture:
    return a_copy(engine, files)


def show(engine: Engine, picture: Picture, role: str, **columns: object) -> int:
    """Store a post with a picture in one of its two roles; return its id."""
    if role == "avatar":
        return keep(engine, a_post(avatar_key=picture.key, **columns))
    return keep(engine, a_post(**columns), a_picture(picture_key=picture.key))


def status(client: TestClient, picture: Picture, size: str = "640.jpg") -> int:
    return client.get(f"/media/{picture.id}/{size}").status_code


@pytest.mark.parametrize("size", ["320.webp", "640.jpg"])
@pytest.mark.parametrize("role", ["attachment", "avatar"])
def test_picture_of_a_public_post_is_served(
    client: TestClient, engine: Engine, picture: Picture, role: str, size: str
) -> None:
    show(engine, picture, role)

    answer = client.get(f"/media/{picture.id}/{size}")

    assert (answer.status_code, answer.content) == (200, BODY)


@pytest.mark.parametrize("columns", HIDDEN)
@pytest.mark.parametrize("role", ["attachment", "avatar"])
def test_picture_of_a_hidden_post_is_not(
    client: TestClient, engine: Engine, picture: Picture, role: str, columns: dict[str, str]
) -> None:
    show(engine, picture, role, **columns)

    assert status(client, picture) == 404


@pytest.mark.parametrize("columns", HIDDEN)
@pytest.mark.parametrize("role", ["attachment", "avatar"])
def test_picture_goes_at_once_with_its_post(
    client: TestClient, engine: Engine, picture: Picture, role: str, columns: dict[str, str]
) -> None:
    post_id = show(engine, picture, role)
    before = status(client, picture)

    change(engine, post_id, **columns)

    assert (before, status(client, picture)) == (200, 404)


@pytest.mark.parametrize("role", ["attachment", "avatar"])
def test_picture_of_an_erased_post_is_gone_before_its_files_are(
    client: TestClient, engine: Engine, files: Files, picture: Picture, role: str
) -> None:
    post_id = show(engine, picture, role)

    with writing(engine) as session:
        retention.bury(session, post_id, reason="asked", now=NOW)

    assert files.get(picture.digest or "", "640.jpg") == BODY
    assert status(client, picture) == 404


def test_picture_of_a_copy_of_another_story_is_not_served(
    client: TestClient, engine: Engine, picture: Picture
) -> None:
    original = keep(engine, a_post())
    show(engine, picture, "attachment", copy_of=original)

    assert status(client, picture) == 404


def test_picture_that_no_post_shows_is_not_served(client: TestClient, picture: Picture) -> None:
    assert status(client, picture) == 404


def test_picture_stays_while_one_of_its_posts_is_public(
    client: TestClient, engine: Engine, picture: Picture
) -> None:
    first = show(engine, picture, "attachment")
    second = show(engine, picture, "avatar")
    seen = []

    for post_id in (first, second):
        change(engine, post_id, review="rejected")
        seen.append(status(client, picture))

    assert seen == [200, 404]


@pytest.mark.parametrize("state", ["waiting", "idle", "broken", "refused"])
def test_picture_without_copies_is_not_served(
    client: TestClient, engine: Engine, files: Files, state: str
) -> None:
    picture = a_copy(engine, files, state=state)
    show(engine, picture, "attachment")

    assert status(client, picture) == 404


@pytest.mark.parametrize(
    "size",
    [
        "641.jpg", "480.webp", "0.jpg", "0640.jpg", "99999.jpg", "640.png", "640.jpeg", "640.svg",
        "640.JPG", "640", ".jpg", "-640.jpg", "+640.jpg", "640.jpg.webp", "٦٤٠.jpg", "640.jpg%0a",
        "640.jpg%00", "..%2F640.jpg", "%2e%2e", "640.jpg/", "640.jpg/x",
    ],
)  # fmt: skip
def test_other_sizes_and_forms_are_not_there(
    client: TestClient, engine: Engine, picture: Picture, size: str
) -> None:
    show(engine, picture, "attachment")

    assert status(client, picture, size) == 404


@pytest.mark.parametrize(
    "number",
    ["0", "-1", "x", "1.5", "%20", "9223372036854775807", "9223372036854775808", "9" * 5000],
)
def test_number_that_no_picture_has_is_not_found(client: TestClient, number: str) -> None:
    answer = client.get(f"/media/{number}/640.jpg")

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:bladi:problem:not-found"


def test_picture_whose_file_is_lost_is_not_found(
    client: TestClient, engine: Engine, files: Files, picture: Picture
) -> None:
    show(engine, picture, "attachment")

    files.delete([picture.digest or ""])

    assert status(client, picture) == 404


def test_nothing_is_served_where_pictures_are_switched_off(
    engine: Engine, picture: Picture
) -> None:
    show(engine, picture, "attachment")

    assert status(a_client(engine), picture) == 404


def test_pictures_without_a_description_are_counted_for_moderators(engine: Engine) -> None:
    first = keep(engine, a_post(), a_picture(), a_picture(alt=""), a_picture(alt="Une porte"))
    second = keep(engine, a_post(), a_picture(alt="Une porte"), a_picture(kind="video"))

    with writing(engine) as session:
        found = media.undescribed(session, [first, second])

    assert found == {first: 2}
