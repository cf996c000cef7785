"""Refusals of parameters: every wrong one, by name, in the visitor's language."""

import base64
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.words import LOCALES
from store import migrations
from store.engine import open_engine
from tests.api.rows import a_client, a_post, keep


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A reader of a wall with one post; nothing that these tests do changes it."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('store')}/wall.db")
    migrations.upgrade(engine)
    keep(engine, a_post(text="Bonjour"))
    with a_client(engine) as client:
        yield client
    engine.dispose()


LISTS = ("/v1/wall", "/feed.json", "/feed.rss", "/fr/", "/")


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("language=french", "language"),
        ("language=FR", "language"),
        ("language=ary-latn", "language"),
        ("platform=Mastodon", "platform"),
        ("platform=a;b", "platform"),
        ("platform=" + "a" * 41, "platform"),
        ("kind=photo", "kind"),
        ("kind=note&kind=image", "kind"),
        ("kind=note&kind=note", "kind"),
        ("collection=winter", "collection"),
        ("collection=Summer", "collection"),
        ("search=" + "a" * 101, "search"),
        ("cursor=xyz", "cursor"),
        ("cursor=" + "a" * 101, "cursor"),
        ("cursor=%D8%A7", "cursor"),
        ("cursor=" + cursor("1.2.3"), "cursor"),
        ("cursor=" + cursor("1." + "9" * 30), "cursor"),
        ("cursor=" + cursor("1.0"), "cursor"),
        ("cursor=" + cursor("1.-5"), "cursor"),
        ("cursor=" + cursor("9" * 40 + ".1"), "cursor"),
        ("tag=bladi", "tag"),
        ("Language=fr", "Language"),
        ("search[]=a", "search[]"),
        ("page=2", "page"),
        ("%00=1", "?"),
    ],
)
def test_wrong_parameter_is_named(client: TestClient, address: str, query: str, name: str) -> None:
    answer = client.get(f"{address}?{query}")

    assert answer.status_code == 422
    if address in {"/fr/", "/"}:
        assert f"{name}: " in answer.text
    if address.startswith(("/v1", "/feed")):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:bladi:problem:parameter"
        assert answer.json()["status"] == 422
        assert answer.json()["detail"].startswith(f"{name}: ")


@pytest.mark.parametrize(
    "limit", ["0", "101", "-1", "1.5", "ten", "", "99999999999999999999", "1e2"]
)
def test_limit_is_a_whole_number_from_1_to_100(client: TestClient, limit: str) -> None:
    answer = client.get(f"/v1/wall?limit={limit}")

    assert answer.status_code == 422
    assert answer.json()["detail"] == "limit: write a whole number from 1 to 100"


@pytest.mark.parametrize("query", ["search=", "search=%20", "language=", "platform=", "kind="])
def test_empty_value_is_no_value_for_the_api(client: TestClient, query: str) -> None:
    assert client.get(f"/v1/wall?{query}").status_code == 422


def test_form_may_leave_fields_empty(client: TestClient) -> None:
    answer = client.get("/fr/?language=&platform=&kind=&collection=&search=+&cursor=")

    assert answer.status_code == 200
    assert "Bonjour" in answer.text


@pytest.mark.parametrize("address", ["/feed.json", "/feed.rss", "/fr/", "/v1/posts/1"])
def test_limit_is_for_the_wall_of_the_api_alone(client: TestClient, address: str) -> None:
    answer = client.get(f"{address}?limit=3")

    assert answer.status_code == 422


@pytest.mark.parametrize("address", ["/v1/wall", "/v1/posts/1", "/feed.json", "/feed.rss"])
def test_lang_is_one_of_the_five(client: TestClient, address: str) -> None:
    answer = client.get(f"{address}?lang=de")

    assert answer.status_code == 422
    assert answer.json()["detail"] == "lang: write one of ar, fr, en, es, zgh"


def test_unknown_parameter_says_which_are_known(client: TestClient) -> None:
    detail = client.get("/v1/wall?sort=old").json()["detail"]

    assert detail == (
        "sort: there is no such parameter here, only language, platform, kind, collection, "
        "search, cursor, lang, limit"
    )


def test_unknown_collection_says_which_there_are(client: TestClient) -> None:
    assert client.get("/v1/wall?collection=x").json()["detail"] == (
        "collection: write one of summer"
    )


def test_name_of_a_parameter_is_not_repeated_without_end(client: TestClient) -> None:
    detail = client.get("/v1/wall?" + "a" * 5000).json()["detail"]

    assert len(detail) < 300


TITLES = {
    "ar": "لم يفهم الجدار هذا العنوان",
    "fr": "Le mur ne comprend pas cette adresse",
    "en": "The wall does not understand this address",
    "es": "El muro no entiende esta dirección",
    "zgh": "ⵜⴰⵣⴳⵍⵜ ⴳ ⵜⴰⵏⵙⴰ",
}


@pytest.mark.parametrize("tag", LOCALES)
def test_title_is_in_the_language_that_the_browser_asks_for(client: TestClient, tag: str) -> None:
    answer = client.get("/v1/wall?limit=0", headers={"accept-language": f"{tag}, en;q=0.5"})

    assert answer.json()["title"] == TITLES[tag]
    assert answer.headers["content-language"] == tag


@pytest.mark.parametrize("tag", LOCALES)
def test_title_is_in_the_language_that_the_address_asks_for(client: TestClient, tag: str) -> None:
    answer = client.get(f"/v1/wall?limit=0&lang={tag}", headers={"accept-language": "en"})

    assert answer.json()["title"] == TITLES[tag]


def test_refusal_is_not_kept(client: TestClient) -> None:
    assert client.get("/v1/wall?limit=0").headers["cache-control"] == "no-store"
