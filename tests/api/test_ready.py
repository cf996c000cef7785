"""Ready-made answers: the same bytes as the application's, made once, and never too old."""

import asyncio
import gzip
import json
import time
from collections.abc import Iterator
from typing import Any

import brotli
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from api import site as sites
from api.app import create_front
from api.caching import LASTING
from api.coding import preferred
from api.ready import AT_ONCE, ROOM, Ready
from api.settings import ApiSettings
from store import watch
from store.engine import open_engine
from store.watch import Watch
from tests.api.asked import asked_of_the_store
from tests.api.rows import CAMPAIGN, a_post, change, keep

ADDRESSES = ("/w/main", "/w/main?lang=ar&kind=note", "/v1/wall", "/fr/", "/", "/feed.rss")


@pytest.fixture
def front(engine: Engine) -> Iterator[TestClient]:
    """A reader of the wall who comes by the front door."""
    keep(engine, a_post())
    app = create_front(engine, CAMPAIGN, ApiSettings())
    with TestClient(app, raise_server_exceptions=False) as client:
        until(lambda: app.watch.revision is not None)
        yield client


def until(done: Any) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Behind:
    """An application that takes its time, and counts."""

    def __init__(self, **headers: str) -> None:
        given = {"etag": '"a"', "cache-control": LASTING, "content-type": "text/plain", **headers}
        self.headers = [(name.encode(), value.encode()) for name, value in given.items()]
        self.status = 200
        self.body = b"word " * 1000
        self.asked: list[Scope] = []
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope)
        await self.goes_on.wait()
        start = {"type": "http.response.start", "status": self.status, "headers": self.headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


def before(behind: Behind, engine: Engine) -> Ready:
    """Return the layer before an application, which believes that the wall is at revision 1."""
    known = Watch(engine, sites.clock)
    known.revision = 1
    return Ready(behind, sites.build(engine, CAMPAIGN, ApiSettings()), known)


async def ask(
    app: Ready, address: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Return what an ASGI application answers."""
    path, _, query = address.partition("?")
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(),
        "headers": given,
    }  # fmt: skip
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    await app(scope, receive, send)
    start, *rest = messages
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], found, b"".join(one["body"] for one in rest)


@pytest.mark.parametrize("address", ADDRESSES)
def test_ready_answer_is_the_applications(
    front: TestClient, client: TestClient, address: str
) -> None:
    plain = client.get(address, headers={"accept-encoding": "identity"})

    for _ in range(2):
        ready = front.get(address, headers={"accept-encoding": "identity"})
        assert (ready.status_code, ready.content) == (200, plain.content)
        for name, value in plain.headers.items():
            if name != "vary":
                assert ready.headers[name] == value


@pytest.mark.parametrize("address", ADDRESSES)
def test_second_reader_asks_the_database_for_nothing(
    front: TestClient, engine: Engine, address: str
) -> None:
    front.get(address)

    answer, asked = asked_of_the_store(engine, front, address)

    assert answer.status_code == 200
    assert asked == []


@pytest.mark.parametrize("coding", ["", "gzip", "br"])
def test_each_coding_has_its_own_tag_and_the_same_words(front: TestClient, coding: str) -> None:
    headers = {"accept-encoding": coding or "identity"}
    with front.stream("GET", "/fr/", headers=headers) as answer:
        raw = b"".join(answer.iter_raw())

    decoded = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}[coding](raw)

    assert answer.headers.get("content-encoding", "") == coding
    assert answer.headers["content-length"] == str(len(raw))
    assert answer.headers["vary"].endswith("accept-encoding")
    assert answer.headers["etag"].endswith(f'-{coding}"' if coding else '"')
    assert decoded.startswith(b"<!doctype html>")


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
@pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}', "*"])
def test_known_answer_is_not_sent_again(front: TestClient, coding: str, form: str) -> None:
    first = front.get("/w/main", headers={"accept-encoding": coding})

    known = form.format(first.headers["etag"])
    again = front.get("/w/main", headers={"accept-encoding": coding, "if-none-match": known})

    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "vary", "access-control-allow-origin"):
        assert again.headers[name] == first.headers[name]
    assert "content-length" not in again.headers


def test_tag_of_the_application_itself_is_known_too(front: TestClient, client: TestClient) -> None:
    tag = client.get("/fr/").headers["etag"]

    assert front.get("/fr/", headers={"if-none-match": tag}).status_code == 304


def test_head_is_the_same_without_its_body(front: TestClient) -> None:
    whole = front.get("/fr/", headers={"accept-encoding": "br"})

    head = front.head("/fr/", headers={"accept-encoding": "br"})

    assert head.content == b""
    assert dict(head.headers) == dict(whole.headers)


def test_change_is_seen_within_a_second(front: TestClient, engine: Engine) -> None:
    post_id = keep(engine, a_post(text="Avant"))
    front.get("/w/main")
    change(engine, post_id, review="rejected")
    began = time.monotonic()

    until(lambda: all(one["id"] != post_id for one in front.get("/w/main").json()["posts"]))

    assert time.monotonic() - began < 1


def test_language_is_negotiated_for_each_reader(front: TestClient) -> None:
    for tag in ("ar", "fr", "ar"):
        answer = front.get("/", headers={"accept-language": tag})
        assert answer.headers["content-language"] == tag
        assert answer.headers["vary"] == "accept-language, accept-encoding"


def test_refusal_is_in_the_language_of_each_reader(front: TestClient) -> None:
    for tag in ("ar", "fr", "ar"):
        answer = front.get("/w/main?lang=de", headers={"accept-language": tag})
        assert (answer.status_code, answer.headers["content-language"]) == (422, tag)


def test_silent_database_does_not_take_known_answers_away(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = Watch(open_engine("postgresql://nobody@127.0.0.1:1/nowhere"), sites.clock)
    lost.revision = 7
    lost.start()
    time.sleep(0.3)
    assert lost.revision == 7

    monkeypatch.setattr(watch, "PATIENCE", 0.1)

    until(lambda: lost.revision is None)
    lost.stop()


def test_crowd_waits_for_one_rendering(engine: Engine) -> None:
    async def crowd() -> tuple[Behind, list[tuple[int, dict[str, str], bytes]]]:
        behind = Behind()
        app = before(behind, engine)
        behind.goes_on.clear()
        addresses = ["/w/main?a=1&b=2", "/w/main?b=2&a=1"] * 10
        answers = asyncio.gather(*(ask(app, address) for address in addresses))
        await asyncio.sleep(0)
        behind.goes_on.set()
        return behind, await answers

    behind, answers = asyncio.run(crowd())

    assert len(behind.asked) == 1
    assert {(status, body) for status, _, body in answers} == {(200, behind.body)}


def test_application_is_asked_for_the_whole_answer(engine: Engine) -> None:
    behind = Behind()
    conditions = {"if_none_match": '"a"', "range": "bytes=0-1", "accept_encoding": "br"}

    status, _, _ = asyncio.run(ask(before(behind, engine), "/w/main", "HEAD", **conditions))

    assert status == 304
    assert (behind.asked[0]["method"], behind.asked[0]["headers"]) == ("GET", [])


@pytest.mark.parametrize(
    "odd", [{"cache-control": "no-store"}, {"cache-control": "public, max-age=31536000"}]
)
def test_what_is_not_for_everybody_is_not_kept(engine: Engine, odd: dict[str, str]) -> None:
    behind = Behind(**odd)
    app = before(behind, engine)

    for _ in range(2):
        assert asyncio.run(ask(app, "/w/main"))[2] == behind.body

    assert len(behind.asked) == 2


@pytest.mark.parametrize("status", [404, 422, 500, 503])
def test_refusals_are_not_kept(engine: Engine, status: int) -> None:
    behind = Behind()
    behind.status = status
    app = before(behind, engine)

    for _ in range(2):
        assert asyncio.run(ask(app, "/w/main?unknown=1"))[0] == status

    assert len(behind.asked) == 2
    assert not app._known


def test_answer_that_was_made_during_a_change_is_not_kept(engine: Engine) -> None:
    async def overtaken() -> Behind:
        behind = Behind()
        app = before(behind, engine)
        behind.goes_on.clear()
        first = asyncio.create_task(ask(app, "/w/main"))
        await asyncio.sleep(0)
        app.watch.revision = 2
        second = asyncio.create_task(ask(app, "/w/main"))
        await asyncio.sleep(0)
        behind.goes_on.set()
        await asyncio.gather(first, second)
        await ask(app, "/w/main")
        return behind

    assert len(asyncio.run(overtaken()).asked) == 2


def test_answer_of_before_a_change_is_nobodys_once_a_newer_is_known(engine: Engine) -> None:
    async def overtaken() -> bytes:
        behind = Behind()
        app = before(behind, engine)
        slow = asyncio.Event()

        async def held(scope: Scope, receive: Receive, send: Send) -> None:
            await slow.wait()
            await Behind()(scope, receive, send)

        app._app = held
        first = asyncio.create_task(ask(app, "/w/main"))
        await asyncio.sleep(0)
        app.watch.revision = 2
        app._app, behind.body = behind, b"newer"
        await ask(app, "/w/main")
        slow.set()
        await first
        return (await ask(app, "/w/main"))[2]

    assert asyncio.run(overtaken()) == b"newer"


def test_few_answers_are_made_at_the_same_time(engine: Engine) -> None:
    async def crowd() -> tuple[int, int]:
        behind = Behind()
        app = before(behind, engine)
        behind.goes_on.clear()
        readers = [asyncio.create_task(ask(app, f"/w/main?q={n}")) for n in range(3 * AT_ONCE)]
        await asyncio.sleep(0.01)
        at_once = len(behind.asked)
        behind.goes_on.set()
        await asyncio.gather(*readers)
        return at_once, len(behind.asked)

    assert asyncio.run(crowd()) == (AT_ONCE, 3 * AT_ONCE)


def test_endless_searches_do_not_fill_the_memory(engine: Engine) -> None:
    async def flood() -> Ready:
        behind = Behind()
        behind.body = b"x" * 100_000
        app = before(behind, engine)
        for number in range(400):
            await ask(app, f"/w/main?q={number}")
            await ask(app, "/w/main")
        assert len(behind.asked) == 401
        return app

    app = asyncio.run(flood())

    assert sum(one.size for one in app._known.values()) <= ROOM
    assert app._room >= 0


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("*;q=0", ""),
        ("gzip;q=0", ""),
        ("identity", ""),
        ("", ""),
        (";;;,", ""),
    ],
)
def test_coding_is_one_that_the_reader_takes(accepted: str, coding: str) -> None:
    assert preferred(accepted.encode()) == coding


def test_small_answer_is_not_compressed(front: TestClient) -> None:
    answer = front.get("/w/main/changes?cursor=0", headers={"accept-encoding": "br"})

    assert "content-encoding" not in answer.headers
    assert json.loads(answer.content)["new"] == 1


def test_posts_pass_through(front: TestClient) -> None:
    assert front.post("/w/main").status_code == 405
