"""Methods, static files, the description of the API."""

import asyncio
import re
from typing import Any

import jsonschema
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from store.engine import open_engine
from tests.api.document import read
from tests.api.rows import a_picture, a_post, an_app, keep

ADDRESSES = (
    "/v1/wall",
    "/v1/posts/1",
    "/feed.json",
    "/feed.rss",
    "/fr/",
    "/",
    "/healthz",
    "/readyz",
    "/openapi.json",
)


@pytest.mark.parametrize("address", [*ADDRESSES, "/v1/posts/9", "/fr/?kind=x", "/nothing"])
def test_head_is_the_same_answer_without_its_body(
    client: TestClient, engine: Engine, address: str
) -> None:
    keep(engine, a_post())

    head, get = client.head(address), client.get(address)

    assert head.content == b""
    assert (head.status_code, dict(head.headers)) == (get.status_code, dict(get.headers))


def test_head_sends_no_byte_of_the_body(engine: Engine) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "HEAD",
        "path": "/healthz",
        "raw_path": b"/healthz",
        "query_string": b"",
        "headers": [],
    }

    asyncio.run(an_app(engine)(scope, receive, send))

    start, *body = sent
    assert (b"content-length", b"15") in start["headers"]
    assert b"".join(one["body"] for one in body) == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("address", ["/v1/wall", "/fr/", "/feed.rss", "/healthz"])
def test_nothing_can_be_written(client: TestClient, address: str, method: str) -> None:
    answer = client.request(method, address)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_style_sheet_may_be_kept_for_ever_under_its_name(client: TestClient) -> None:
    links = read(client.get("/fr/").text).find("link", rel="stylesheet")

    answer = client.get(links[0].attributes["href"])

    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "--khatim" in answer.text


def test_style_sheet_knows_no_left_and_right(client: TestClient) -> None:
    sheet = client.get("/static/wall.000000000000.css").text

    assert re.findall(r"[\w-]*\b(?:left|right)\b[^;]*", sheet) == []


def test_page_from_before_an_update_still_gets_a_style_sheet(client: TestClient) -> None:
    answer = client.get("/static/wall.000000000000.css")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/wall.css",
        "/static/other.000000000000.css",
        "/static/wall.000000000000.py",
        "/static/..%2Fapp.py",
        "/static/%2e%2e/templates/wall.html",
        "/static/wall.000000000000.css/x",
    ],
)
def test_only_our_own_files_are_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/docs", "/redoc", "/admin", "/de/", "/v1", "/v1/", "/v1/posts/", "/fr/x", "/feed", "/%00"],
)
def test_unknown_address_is_a_problem(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"accept-language": "en"})

    assert answer.status_code == 404
    if not path.startswith("/fr"):
        assert answer.json() == {
            "type": "urn:bladi:problem:not-found",
            "title": "There is nothing at this address",
            "status": 404,
        }


def openapi(client: TestClient) -> dict[str, Any]:
    described: dict[str, Any] = client.get("/openapi.json").json()
    return described


def test_description_lists_the_routes(client: TestClient) -> None:
    assert set(openapi(client)["paths"]) == {
        "/v1/wall",
        "/v1/posts/{post_id}",
        "/v1/posts/{post_id}/reports",
        "/w/{wall}",
        "/w/{wall}/changes",
        "/feed.json",
        "/feed.rss",
        "/feed.atom",
        "/oembed",
        "/healthz",
        "/readyz",
        "/media/{picture_id}/{size}",
    }


def test_description_lists_the_parameters(client: TestClient) -> None:
    parameters = openapi(client)["paths"]["/v1/wall"]["get"]["parameters"]

    assert {one["name"]: one["required"] for one in parameters} == dict.fromkeys(
        ("language", "platform", "kind", "collection", "search", "cursor", "limit", "lang"), False
    )
    assert all(one["description"] for one in parameters)


def test_description_lists_the_refusals(client: TestClient) -> None:
    responses = openapi(client)["paths"]["/v1/wall"]["get"]["responses"]

    assert set(responses) == {"200", "422", "503"}
    assert set(responses["422"]["content"]) == {"application/problem+json"}


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/v1/wall", "/v1/wall"),
        ("/v1/posts/1", "/v1/posts/{post_id}"),
        ("/w/main", "/w/{wall}"),
        ("/w/main/changes?cursor=0", "/w/{wall}/changes"),
        ("/feed.json", "/feed.json"),
    ],
)
def test_answers_are_what_the_description_says(
    client: TestClient, engine: Engine, address: str, path: str
) -> None:
    keep(engine, a_post(title="T", edited_at=None, languages=["ar"]), a_picture(alt="Une porte"))
    keep(engine, a_post(platform="x", display="card_only"))
    described = openapi(client)
    content = described["paths"][path]["get"]["responses"]["200"]["content"]
    answer = client.get(address)
    schema = content[answer.headers["content-type"]]["schema"]

    jsonschema.validate(answer.json(), {**schema, "components": described["components"]})


def test_nothing_is_opened_before_the_first_request(tmp_path: Any) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/wall.db")

    an_app(engine)

    assert not (tmp_path / "wall.db").exists()
