"""Answers that a reader still has are not made again."""

from typing import Any

import pytest
from sqlalchemy import Engine, event
from starlette.testclient import TestClient

from tests.api.rows import CAMPAIGN, a_client, a_post, change, keep

ADDRESSES = ("/v1/wall", "/v1/posts/1", "/feed.json", "/feed.rss", "/fr/", "/")


@pytest.mark.parametrize("address", ADDRESSES)
def test_known_answer_is_not_sent_again(client: TestClient, engine: Engine, address: str) -> None:
    keep(engine, a_post())
    first = client.get(address)

    again = client.get(address, headers={"if-none-match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "content-security-policy"):
        assert again.headers[name] == first.headers[name]


@pytest.mark.parametrize("address", ADDRESSES)
def test_tag_is_strong_and_caches_may_serve_for_half_a_minute(
    client: TestClient, engine: Engine, address: str
) -> None:
    keep(engine, a_post())

    headers = client.get(address).headers

    assert headers["etag"].startswith('"')
    assert headers["cache-control"] == "public, max-age=30"


@pytest.mark.parametrize("address", ADDRESSES)
def test_change_gives_a_new_answer(client: TestClient, engine: Engine, address: str) -> None:
    post_id = keep(engine, a_post(text="Avant"))
    first = client.get(address)
    change(engine, post_id, text="Après")

    again = client.get(address, headers={"if-none-match": first.headers["etag"]})

    assert again.status_code == 200
    assert "Après" in again.text
    assert again.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("given", ["W/{}", '"a", {}', '"a",W/{} , "b"', "*"])
def test_every_way_to_name_the_tag_is_understood(
    client: TestClient, engine: Engine, given: str
) -> None:
    keep(engine, a_post())
    tag = client.get("/v1/wall").headers["etag"]

    answer = client.get("/v1/wall", headers={"if-none-match": given.format(tag)})

    assert answer.status_code == 304


@pytest.mark.parametrize("given", ['"a"', "", "nonsense", '"', ",,,"])
def test_other_tags_get_the_answer(client: TestClient, given: str) -> None:
    assert client.get("/v1/wall", headers={"if-none-match": given}).status_code == 200


def test_star_does_not_stand_for_a_post_that_is_not_there(client: TestClient) -> None:
    answer = client.get("/v1/posts/1", headers={"if-none-match": "*"})

    assert answer.status_code == 404


def test_unchanged_page_asks_the_database_for_nothing_but_what_its_tag_is_made_of(
    client: TestClient, engine: Engine
) -> None:
    keep(engine, a_post())
    tag = client.get("/fr/").headers["etag"]
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    client.get("/fr/", headers={"if-none-match": tag})
    event.remove(engine, "before_cursor_execute", note)

    assert [one.split("\n")[1] for one in asked if one != "BEGIN"] == [
        "FROM period ",
        "FROM change",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/v1/wall?kind=note&language=fr", "/v1/wall?language=fr&kind=note"),
        ("/fr/?kind=note", "/fr/?kind=note&search=&language="),
        ("/feed.json?search=a", "/feed.json?search=%20a%20"),
    ],
)
def test_same_selection_has_one_tag(client: TestClient, one: str, other: str) -> None:
    assert client.get(one).headers["etag"] == client.get(other).headers["etag"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/v1/wall", "/v1/wall?limit=5"),
        ("/v1/wall", "/v1/wall?kind=note"),
        ("/v1/wall?lang=ar", "/v1/wall?lang=fr"),
        ("/feed.json", "/feed.rss"),
        ("/fr/", "/ar/"),
        ("/v1/wall", "/fr/"),
    ],
)
def test_other_answers_have_other_tags(client: TestClient, one: str, other: str) -> None:
    assert client.get(one).headers["etag"] != client.get(other).headers["etag"]


def test_tag_changes_with_the_campaign(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = a_client(engine).get("/fr/").headers["etag"]
    title = CAMPAIGN.title.model_copy(update={"fr": "Autre"})
    monkeypatch.setattr("tests.api.rows.CAMPAIGN", CAMPAIGN.model_copy(update={"title": title}))

    after = a_client(engine).get("/fr/").headers["etag"]

    assert before != after


def test_tag_is_the_same_in_another_process(engine: Engine) -> None:
    first, second = (a_client(engine).get("/fr/").headers["etag"] for _ in range(2))

    assert first == second


def test_address_without_a_language_varies_with_the_browser(client: TestClient) -> None:
    answers = {tag: client.get("/", headers={"accept-language": tag}) for tag in ("ar", "fr")}

    assert {one.headers["vary"] for one in answers.values()} == {"accept-language"}
    assert len({one.headers["etag"] for one in answers.values()}) == 2
    assert "vary" not in client.get("/fr/").headers
