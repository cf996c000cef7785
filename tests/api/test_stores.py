"""The wall's queries on SQLite and on PostgreSQL alike."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from store import wall
from store.engine import open_engine, reading
from store.wall import Filters, Group
from tests.api.rows import NOW, a_client, a_picture, a_post, keep


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """A migrated store, once of each kind."""
    engine = open_engine(store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def client(engine: Engine) -> TestClient:
    return a_client(engine)


def test_groups_count_public_posts_alone(engine: Engine) -> None:
    for language in ("ar", "ar", "fr"):
        keep(engine, a_post(language=language))
    keep(engine, a_post(kind="video", platform="youtube"))
    original = keep(engine, a_post(kind="image"))
    keep(engine, a_post(kind="image", copy_of=original))
    keep(engine, a_post(review="pending"))
    keep(engine, a_post(availability="withdrawn"))

    with reading(engine) as session:
        found = wall.groups(session, Filters())

    assert sorted(found, key=str) == sorted(
        [
            Group("note", "ar", "mastodon", 2),
            Group("note", "fr", "mastodon", 1),
            Group("video", "fr", "youtube", 1),
            Group("image", "fr", "mastodon", 1),
        ],
        key=str,
    )


def test_groups_follow_the_search_and_the_collection_alone(engine: Engine) -> None:
    keep(engine, a_post(text="Le thé", language="fr"), collection="summer")
    keep(engine, a_post(text="Le café", language="fr"), collection="summer")
    keep(engine, a_post(text="الشاي the", language="ar"))

    with reading(engine) as session:
        searched = wall.groups(session, Filters(search="thé", kind="video", language="es"))
        collected = wall.groups(session, Filters(collection="summer", platform="x"))

    assert sorted(one.language for one in searched) == ["ar", "fr"]
    assert collected == [Group("note", "fr", "mastodon", 2)]


def test_big_screens_show_whole_posts_alone(engine: Engine) -> None:
    good = keep(engine, a_post(content_warning=""), collection="summer")
    for columns in ({"sensitive": True}, {"content_warning": "Deuil"}, {"display": "link"}):
        keep(engine, a_post(**columns), collection="summer")

    with reading(engine) as session:
        found = wall.page(session, Filters(collection="summer", kiosk=True)).posts
        counted = wall.groups(session, Filters(collection="summer", kiosk=True))

    assert [one.post.id for one in found] == [good]
    assert [group.posts for group in counted] == [1]


@pytest.mark.parametrize("search", ["🇲🇦", "...", "\u200f"])
def test_search_without_words_has_no_groups(engine: Engine, search: str) -> None:
    keep(engine, a_post())

    with reading(engine) as session:
        assert wall.groups(session, Filters(search=search)) == []


def test_pages_of_one_moment_are_covered(client: TestClient, engine: Engine) -> None:
    posts = [keep(engine, a_post(published_at=NOW)) for _ in range(7)]
    posts += [keep(engine, a_post(published_at=NOW - timedelta(seconds=1)))]
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = client.get(f"/v1/wall?limit=3{cursor and f'&cursor={cursor}'}").json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert seen == [str(one) for one in (*reversed(posts[:7]), posts[7])]


@pytest.mark.parametrize("address", ["/v1/wall", "/feed.rss", "/feed.json", "/ar/", "/readyz"])
def test_every_answer_is_given(client: TestClient, engine: Engine, address: str) -> None:
    keep(engine, a_post(text="سلام", language="ar"), a_picture(), collection="summer")

    assert client.get(address).status_code == 200


@pytest.mark.parametrize("searched", ["%00", "a%00b", "%25", "%5C", "'", "%F0%9F"])
def test_strange_searches_are_answered(client: TestClient, searched: str) -> None:
    for address in ("/v1/wall", "/fr/"):
        assert client.get(f"{address}?search={searched}").status_code == 200


def test_arabic_is_found_in_other_spellings(client: TestClient, engine: Engine) -> None:
    post_id = keep(engine, a_post(text="المَدْرَسَة في الأطلس"))

    found = client.get("/v1/wall", params={"search": "المدرسه الاطلس"}).json()["items"]

    assert [item["id"] for item in found] == [str(post_id)]
