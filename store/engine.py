"""Opens the store: SQLite with the settings that lose nothing, or PostgreSQL."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlmodel import Session

from store.errors import StoreError

BUSY_SECONDS = 5
"""How long a writer waits for another before it gives up."""
POLL = 0.003
"""Seconds after which it looks again."""
LOG_PAGES = 8000
"""Length of SQLite's log, in pages of 4 kB, at which a commit takes it over into the file.

Keys of texts lie all over the file: what is taken over seldom is written less often.
"""
LONGEST_LOG_PAGES = 4 * LOG_PAGES
"""Length at which also those do it for whom a person waits."""


def open_engine(url: str) -> Engine:
    """Return an engine for a `sqlite:///path` or `postgresql://…` address.

    Raises:
        StoreError: the address is of neither kind, or its folder cannot be made.
    """
    if url.startswith(("postgresql://", "postgres://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    if url.startswith("postgresql+psycopg://"):
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 5}, **_JSON)
    if url.startswith("sqlite://"):
        return _open_sqlite(url)
    raise StoreError("store.url: write sqlite:///path/to/file.db or postgresql://user@host/name")


def dump_json(value: Any) -> str:
    """Return compact JSON that keeps Arabic readable."""
    # Most lists of a post are empty, and an encoder call costs more than the whole row.
    return "[]" if value == [] else _encode(value)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def load_json(text: str | bytes) -> Any:
    """Return what JSON says."""
    return [] if text in ("[]", b"[]") else json.loads(text)


_JSON: Any = {"json_serializer": dump_json, "json_deserializer": load_json}


def hurried(engine: Engine) -> Engine:
    """Return an engine for those for whom a person waits.

    SQLite takes its log over into the file when a commit finds it long, which takes a second or two
    on a slow disk: these leave that to others, unless nobody does it for a long while.
    """
    return engine.execution_options(hurried=True)


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Give a session that only reads; keep it short, SQLite's log grows while it is open."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Give a session in one write transaction, committed at the end of the block.

    SQLite takes its write lock at once (`BEGIN IMMEDIATE`): a transaction that reads first and
    writes later is refused whatever the busy time-out, when another has written in between.
    """
    writer = engine.execution_options(writes=True)
    with Session(writer, expire_on_commit=False) as session, session.begin():
        yield session


_REASONS = {
    "unable to open": "its file cannot be opened; check that the folder exists and is writable",
    "readonly": "it cannot be written; check who owns the file and its folder",
    "locked": "it is locked by another program; wait, or stop that program",
    "full": "there is no space left; free some, then start again",
    "malformed": "it is damaged; restore it from a backup",
    "not a database": "its file is no database; name another, or restore it from a backup",
    "password authentication failed": "it refuses our name or password; check BLADI_STORE__URL",
    "does not exist": "it, or our name in it, does not exist; create it first",
}


def describe(error: DatabaseError) -> str:
    """Return in one sentence why the database cannot be used, and what to do."""
    text = str(error.orig)
    for sign, sentence in _REASONS.items():
        if sign in text:
            return f"store.url: the database cannot be used: {sentence}"
    return "store.url: the database does not answer; is it running, and reachable from here?"


def _open_sqlite(url: str) -> Engine:
    try:
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, **_JSON)
    except ArgumentError as error:
        raise StoreError("store.url: write sqlite:///path/to/file.db") from error
    if engine.url.database:
        folder = Path(engine.url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"store.url: cannot create the folder {folder}") from error
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Python's sqlite3 would open transactions by its own rules; ours are opened in _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    # Changing the journal does not wait for others as statements do: processes that start at once
    # on a new file would refuse each other.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _begin_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes")
    if writes and not connection.info.get("has_written"):
        # Who only reads has the system's cache of the file behind SQLite's own of 2 MB; a harvest
        # changes pages all over it, and each that does not fit is written before its time.
        connection.exec_driver_sql("PRAGMA cache_size=-65536")
        # What it reads lies as far apart: to be shown a page costs half of having it copied.
        connection.exec_driver_sql("PRAGMA mmap_size=2147418112")
        connection.info["has_written"] = True
    if writes:
        _begin_writing(connection)
        hurries = connection.get_execution_options().get("hurried")
        pages = LONGEST_LOG_PAGES if hurries else LOG_PAGES
        connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint={pages}")
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Any) -> None:
    """Take the write lock as soon as it is free.

    SQLite itself would look again after 25, later 100 ms, and miss the moments between two
    transactions of a harvest.
    """
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA busy_timeout=0")
    deadline = time.monotonic() + BUSY_SECONDS
    try:
        while time.monotonic() < deadline:
            try:
                cursor.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    break
                time.sleep(POLL)
            else:
                return
        # Once more, to fail as any statement does.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        cursor.close()
