"""Whether the public side says truly how it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import SQLModel
from starlette.testclient import TestClient

from store.engine import open_engine, writing
from tests.api.document import read
from tests.api.rows import a_client, a_post, keep


@contextmanager
def broken(engine: Engine, error: Exception) -> Iterator[None]:
    """Let every statement fail."""

    def fail(*_arguments: Any) -> None:
        raise error

    event.listen(engine, "before_cursor_execute", fail)
    yield
    event.remove(engine, "before_cursor_execute", fail)


LOCKED = OperationalError("SELECT secret", {"word": "secret"}, Exception("database is locked"))


def test_living_process_says_so_without_its_database(client: TestClient, engine: Engine) -> None:
    with broken(engine, LOCKED):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_wall_says_so(client: TestClient) -> None:
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


def test_wall_without_its_tables_is_not_ready(tmp_path: Any) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/empty.db")
    answer = a_client(engine).get("/readyz")
    engine.dispose()

    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})
    assert answer.headers["retry-after"] == "5"


def test_wall_with_an_older_schema_is_not_ready(client: TestClient, engine: Engine) -> None:
    with writing(engine) as session:
        session.connection().exec_driver_sql("DROP TABLE media")

    assert client.get("/readyz").status_code == 503


def test_wall_whose_database_is_gone_is_not_ready(tmp_path: Any) -> None:
    folder = tmp_path / "store"
    engine = open_engine(f"sqlite:///{folder}/wall.db")
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    client = a_client(engine)
    before = client.get("/readyz").status_code
    engine.dispose()
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()

    after = client.get("/readyz").status_code
    engine.dispose()

    assert (before, after) == (200, 503)


def test_damaged_database_is_not_ready(tmp_path: Any) -> None:
    (tmp_path / "wall.db").write_bytes(b"no database" * 1000)
    engine = open_engine(f"sqlite:///{tmp_path}/wall.db")

    answer = a_client(engine).get("/readyz")
    engine.dispose()

    assert answer.status_code == 503


@pytest.mark.parametrize("error", [LOCKED, PoolTimeoutError("no connection left")])
@pytest.mark.parametrize("address", ["/v1/wall", "/v1/posts/1", "/feed.json", "/feed.rss"])
def test_busy_database_asks_the_reader_to_come_again(
    client: TestClient, engine: Engine, address: str, error: Exception
) -> None:
    with broken(engine, error):
        answer = client.get(address, headers={"accept-language": "es"})

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "type": "urn:bladi:problem:unavailable",
        "title": "El muro no se puede leer en este momento",
        "status": 503,
    }


def test_visitor_of_a_busy_wall_gets_a_page(client: TestClient, engine: Engine) -> None:
    with broken(engine, LOCKED):
        answer = client.get("/ar/")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert read(answer.text).find("h1")[0].text == "تتعذّر قراءة الجدار الآن"


@pytest.mark.parametrize("address", ["/v1/wall", "/fr/", "/feed.rss"])
def test_unexpected_error_tells_nothing(client: TestClient, engine: Engine, address: str) -> None:
    with broken(engine, RuntimeError("secret")):
        answer = client.get(address)

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"


def test_unexpected_error_is_a_problem_for_programs(client: TestClient, engine: Engine) -> None:
    with broken(engine, RuntimeError("secret")):
        answer = client.get("/v1/wall?lang=en")

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == {
        "type": "urn:bladi:problem:unexpected",
        "title": "Something went wrong here",
        "status": 500,
    }


def test_wall_is_read_again_when_the_database_is_back(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post())
    with broken(engine, LOCKED):
        during = client.get("/v1/wall").status_code

    assert (during, client.get("/v1/wall").status_code) == (503, 200)
