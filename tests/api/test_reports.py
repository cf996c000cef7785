"""Reports over HTTP: what is taken, and what is refused in one sentence."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from starlette.testclient import TestClient

from store.engine import reading
from store.models import Report
from tests.api.rows import a_client, a_post, keep

GOOD = {"reason": "spam"}


def kept(engine: Engine) -> list[tuple[int, str, str | None]]:
    """Return the reports that are kept."""
    with reading(engine) as session:
        return [(one.post_id, one.reason, one.note) for one in session.exec(select(Report))]


def test_report_is_kept(client: TestClient, engine: Engine) -> None:
    post_id = keep(engine, a_post())

    answer = client.post(
        f"/v1/posts/{post_id}/reports", json={"reason": "hate", "note": "  Une insulte  "}
    )

    assert (answer.status_code, answer.json()) == (202, {})
    assert answer.headers["cache-control"] == "no-store"
    assert kept(engine) == [(post_id, "hate", "Une insulte")]


def test_reported_post_is_gone_at_once(engine: Engine) -> None:
    post_id = keep(engine, a_post())
    with a_client(engine, reports={"hide_after": 1}) as client:
        known = client.get("/w/main").json()["revision"]

        client.post(f"/v1/posts/{post_id}/reports", json=GOOD)

        assert client.get("/w/main").json()["posts"] == []
        news = client.get(f"/w/main/changes?cursor={known}").json()
        again = client.post(f"/v1/posts/{post_id}/reports", json=GOOD)
    assert news["removed"] == [post_id]
    assert again.status_code == 404


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "body: write a JSON object with reason and note"),
        (b"[]", "body: write a JSON object with reason and note"),
        (b"{", "body: write a JSON object with reason and note"),
        (b"\xff\xfe", "body: write a JSON object with reason and note"),
        (b"{}", "reason: write one of spam, hate, privacy, false, copyright, other"),
        (b'{"reason":"rude"}', "reason: write one of spam, hate, privacy, false, copyright, other"),
        (b'{"reason":1}', "reason: write one of spam, hate, privacy, false, copyright, other"),
        (
            b'{"reason":"spam","who":"me"}',
            "who: there is no such field here, only reason, note",
        ),
        (
            json.dumps({"reason": "spam", "note": "a" * 501}).encode(),
            "note: write at most 500 characters, or nothing",
        ),
        (b" " * 9000, "body: write at most 8192 bytes"),
    ],
)
def test_bad_report_is_refused_in_one_sentence(
    client: TestClient, engine: Engine, body: bytes, detail: str
) -> None:
    post_id = keep(engine, a_post())

    answer = client.post(f"/v1/posts/{post_id}/reports", content=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == detail
    assert kept(engine) == []


@pytest.mark.parametrize("more", [{"review": "pending"}, {"availability": "missing"}])
def test_post_that_is_not_public_cannot_be_reported(
    client: TestClient, engine: Engine, more: dict[str, Any]
) -> None:
    post_id = keep(engine, a_post(**more))

    for address in (post_id, post_id + 1, "x", 2**64):
        assert client.post(f"/v1/posts/{address}/reports", json=GOOD).status_code == 404


def test_eleventh_report_in_an_hour_is_too_many(client: TestClient, engine: Engine) -> None:
    posts = [keep(engine, a_post()) for _ in range(11)]

    answers = [client.post(f"/v1/posts/{one}/reports", json=GOOD) for one in posts]

    assert [one.status_code for one in answers] == [202] * 10 + [429]
    assert answers[-1].headers["retry-after"] == "3600"
    assert answers[-1].json()["type"] == "urn:bladi:problem:too-many"


def test_page_of_another_site_may_report(client: TestClient, engine: Engine) -> None:
    address = f"/v1/posts/{keep(engine, a_post())}/reports"
    asked = {
        "origin": "https://portal.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }

    allowed = client.options(address, headers=asked)
    answer = client.post(address, json=GOOD, headers={"origin": "https://portal.example"})

    assert "POST" in allowed.headers["access-control-allow-methods"]
    assert "content-type" in allowed.headers["access-control-allow-headers"].lower()
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_everything_else_can_only_be_read(client: TestClient, engine: Engine) -> None:
    post_id = keep(engine, a_post())

    for address in ("/v1/wall", f"/v1/posts/{post_id}", "/w/main", "/fr/"):
        assert client.post(address, json=GOOD).status_code == 405
