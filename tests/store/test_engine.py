"""The store as it is opened: nothing lost, nobody refused, no password in any message."""

import threading
from contextlib import ExitStack

import pytest
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlmodel import func, select

from store.engine import (
    BUSY_SECONDS,
    LOG_PAGES,
    LONGEST_LOG_PAGES,
    POLL,
    describe,
    hurried,
    open_engine,
    reading,
    writing,
)
from store.errors import StoreError
from store.models import Change
from tests.conftest import NOW


def test_sqlite_is_opened_with_what_loses_nothing(sqlite_engine):
    with sqlite_engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert found == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000,
    }  # fmt: skip


def test_only_connections_that_write_keep_many_pages(sqlite_url):
    kept = []
    for use in (reading, writing):
        engine = open_engine(sqlite_url)
        with use(engine) as session:
            asked = session.connection().exec_driver_sql("PRAGMA cache_size")
            kept.append(asked.scalar())
        engine.dispose()

    assert kept == [-2000, -65536]


def test_whoever_lets_a_person_wait_leaves_the_log_to_others(sqlite_url):
    engine = open_engine(sqlite_url)

    def pages(engine) -> int:
        with writing(engine) as session:
            asked = session.connection().exec_driver_sql("PRAGMA wal_autocheckpoint")
            return int(asked.scalar_one())

    # One connection serves both by turns.
    found = [pages(one) for one in (engine, hurried(engine), engine)]

    assert found == [LOG_PAGES, LONGEST_LOG_PAGES, LOG_PAGES]


def test_writer_looks_again_soon_for_as_long_as_it_waits(sqlite_url, monkeypatch):
    holder, waiting = open_engine(sqlite_url), open_engine(sqlite_url)
    pauses: list[float] = []

    with ExitStack() as held:
        held.enter_context(writing(holder)).connection()

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 3:
                held.close()

        monkeypatch.setattr("store.engine.time.sleep", pause)
        with writing(waiting) as session:
            patience = session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar()

    assert (pauses, patience) == ([POLL] * 3, BUSY_SECONDS * 1000)


def test_writer_that_waits_in_vain_is_told_so(sqlite_url, monkeypatch):
    monkeypatch.setattr("store.engine.BUSY_SECONDS", 0)
    holder, waiting = open_engine(sqlite_url), open_engine(sqlite_url)

    with writing(holder) as held:
        held.connection()
        with pytest.raises(OperationalError, match="locked"), writing(waiting) as session:
            session.connection()


def test_writers_that_read_first_never_refuse_each_other(engine):
    failures: list[Exception] = []

    def write() -> None:
        for number in range(50):
            try:
                with writing(engine) as session:
                    session.exec(select(func.max(Change.id))).one()
                    session.add(Change(kind="post.published", post_id=number, changed_at=NOW))
            except DatabaseError as error:
                failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with reading(engine) as session:
        assert session.exec(select(func.count()).select_from(Change)).one() == 150
    assert failures == []


def test_block_that_fails_writes_nothing(engine):
    def half() -> None:
        with writing(engine) as session:
            session.add(Change(kind="post.published", post_id=1, changed_at=NOW))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()

    with reading(engine) as session:
        assert session.exec(select(func.count()).select_from(Change)).one() == 0


@pytest.mark.parametrize("url", ["", "mysql://wall@db/wall", "wall.db"])
def test_address_of_another_kind_is_refused(url):
    with pytest.raises(StoreError, match=r"store\.url: write sqlite:///path"):
        open_engine(url)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("unable to open database file", "check that the folder exists and is writable"),
        ("attempt to write a readonly database", "check who owns the file"),
        ("database is locked", "locked by another program"),
        ("database or disk is full", "no space left"),
        ("file is not a database", "no database"),
        ('password authentication failed for user "wall"', "check BLADI_STORE__URL"),
        ('database "wall" does not exist', "create it first"),
        ("connection refused: canary-7f3a9c", "does not answer"),
    ],
)
def test_reason_is_told_in_one_sentence_of_ours(said, sentence):
    told = describe(OperationalError("SELECT 1", {}, Exception(said)))

    assert sentence in told
    assert "canary" not in told
    assert "\n" not in told
