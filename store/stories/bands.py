"""Which texts share a band key: most in the tree of all keys, the newest in runs before it.

In the tree the ten keys of a text lie far apart, so that a hundred new texts would have some seven
hundred pages written. Instead what a batch enters and removes is appended as one run, and every
process reads each run into memory once. With each new run whatever waits in one part of the number
line, where all are neighbours in the tree, is done to it together; so each part has its turn, no
run is older than `PARTS` others, and no batch waits for more than its share of the work.

All of it inside a write transaction, and in the turn that all writers take.
"""

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np
from sqlalchemy import (
    Connection,
    Dialect,
    Transaction,
    bindparam,
    delete,
    insert,
    select,
)
from sqlmodel import col

from store.models import StoryBand, StoryRun, StoryText
from store.prepared import among, insert_into, numbers

PARTS = 512
"""Parts of the number line, a power of two: a run lives as long as there are parts."""
_PART = 64 - (PARTS.bit_length() - 1)
"""Bits of a key that do not tell its part."""

Pair = tuple[int, int]
"""A key, and a text that has it; in a run, below zero, a text that has it no more."""

_SHARING = select(col(StoryBand.key), col(StoryBand.text_id)).where(
    among(col(StoryBand.key), "keys")
)
_RUNS = (
    select(col(StoryRun.id), col(StoryRun.mark), col(StoryRun.pairs))
    .where(col(StoryRun.id) >= bindparam("since"))
    .order_by(col(StoryRun.id))
)
_RUN = insert(StoryRun)
_DONE = delete(StoryRun).where(col(StoryRun.id) <= bindparam("last"))
_LOST = delete(StoryBand).where(
    ~select(col(StoryText.id)).where(col(StoryText.id) == col(StoryBand.text_id)).exists()
)
_PAIRS = numbers(key="keys", text_id="ids")
"""Keys and texts, for PostgreSQL: a tenth of all time would go into sending them one by one."""
_PAIRED = col(StoryBand.key) == _PAIRS.c.key, col(StoryBand.text_id) == _PAIRS.c.text_id


def sharing(connection: Connection, keys: Iterable[int]) -> dict[int, list[int]]:
    """Return the texts that have each of some keys; keys that none has are left out."""
    asked = list(keys)
    found: dict[int, list[int]] = defaultdict(list)
    if asked:
        for key, text_id in connection.execute(_SHARING, {"keys": asked}):
            found[key].append(text_id)
        for key, text_id in _waiting(connection).of(asked):
            if text_id < 0 and -text_id in found[key]:
                found[key].remove(-text_id)
            elif text_id > 0 and text_id not in found[key]:
                found[key].append(text_id)
    return {key: ids for key, ids in found.items() if ids}


def change(connection: Connection, *, new: Iterable[Pair] = (), gone: Iterable[Pair] = ()) -> None:
    """Let texts be found by their keys, and no longer be found by others."""
    run = [(key, -text_id) for key, text_id in gone]
    # A number may be given again, so that what goes must be said before what comes.
    if run := sorted(set(run)) + sorted(set(new)):
        _append(connection, run)


def drop_lost(connection: Connection) -> None:
    """Delete the keys of texts that are gone, signed by an older version; reads them all."""
    waiting = _waiting(connection)
    for part in range(PARTS):
        _pour(connection, waiting, part)
    connection.execute(_DONE, {"last": waiting.last})
    connection.execute(_LOST)


class _Waiting:
    """The keys of all runs that are not in the tree yet, as a process knows them."""

    def __init__(self) -> None:
        self.last = 0
        """Number of the last run that was read."""
        self.mark = 0
        self.seen_in: Callable[[], Transaction | None] = lambda: None
        """The transaction that has read the runs; nobody else can write any in it."""
        self._parts: list[dict[int, tuple[int, ...]]] = [{} for _ in range(PARTS)]

    def of(self, keys: Sequence[int]) -> Iterator[Pair]:
        """Yield what is to be done to some keys."""
        for key in keys:
            for text_id in self._parts[key >> _PART].get(key, ()):
                yield key, text_id

    def read(self, number: int, mark: int, pairs: Iterable[Pair]) -> None:
        """Take up a run."""
        self.last, self.mark = number, mark
        # A key below zero has its part counted from the end.
        for key, text_id in pairs:
            part = self._parts[key >> _PART]
            others = part.get(key)
            part[key] = (
                (text_id,)
                if others is None
                else (*(one for one in others if abs(one) != abs(text_id)), text_id)
            )

    def take(self, part: int) -> list[Pair]:
        """Return what waits in one part, in the order of the tree; it waits no more."""
        taken, self._parts[part] = self._parts[part], {}
        return [(key, text_id) for key in sorted(taken) for text_id in taken[key]]


_known: WeakKeyDictionary[Dialect, _Waiting] = WeakKeyDictionary()
"""By the dialect, since each engine has one of its own."""


def _waiting(connection: Connection) -> _Waiting:
    """Return what waits, with the runs that others have written since."""
    waiting = _known.get(connection.dialect) or _known.setdefault(connection.dialect, _Waiting())
    # A savepoint is one by itself, since it may be rolled back alone.
    current = connection.get_nested_transaction() or connection.get_transaction()
    if current is not None and waiting.seen_in() is current:
        return waiting
    runs = connection.execute(_RUNS, {"since": waiting.last}).all()
    if waiting.last:
        # A run that was read and then rolled back: another has its number now, or none.
        if runs and (runs[0].id, runs[0].mark) == (waiting.last, waiting.mark):
            runs = runs[1:]
        else:
            waiting = _known[connection.dialect] = _Waiting()
            runs = connection.execute(_RUNS, {"since": 0}).all()
    for number, mark, pairs in runs:
        waiting.read(number, mark, _unpacked(pairs))
        # Whoever wrote it has poured this part with it.
        waiting.take(number % PARTS)
    waiting.seen_in = ref(current) if current is not None else lambda: None
    return waiting


def _append(connection: Connection, run: Sequence[Pair]) -> None:
    waiting = _waiting(connection)
    number, mark = waiting.last + 1, secrets.randbits(62)
    connection.execute(_RUN, {"id": number, "mark": mark, "pairs": _packed(run)})
    waiting.read(number, mark, run)
    _pour(connection, waiting, number % PARTS)
    connection.execute(_DONE, {"last": number - PARTS + 1})


def _pour(connection: Connection, waiting: _Waiting, part: int) -> None:
    pairs = waiting.take(part)
    gone = [(key, -text_id) for key, text_id in pairs if text_id < 0]
    _send(connection, gone, _drop(connection.dialect))
    _send(connection, [pair for pair in pairs if pair[1] > 0], _add(connection.dialect))


def _packed(run: Sequence[Pair]) -> bytes:
    return np.array(run, "<i8").tobytes()


def _unpacked(pairs: bytes) -> Iterable[Pair]:
    numbers: list[int] = np.frombuffer(pairs, "<i8").tolist()
    return zip(numbers[::2], numbers[1::2], strict=True)


def _send(connection: Connection, pairs: Sequence[Pair], statement: Any) -> None:
    if not pairs:
        return
    if isinstance(statement, str):
        connection.exec_driver_sql(statement, list(pairs))
    else:
        keys, ids = zip(*pairs, strict=True)
        connection.execute(statement, {"keys": keys, "ids": ids})


@lru_cache(maxsize=8)
def _add(dialect: Dialect) -> Any:
    statement = insert_into(dialect, StoryBand).on_conflict_do_nothing()
    if dialect.name == "postgresql":
        return statement.from_select(["key", "text_id"], select(_PAIRS))
    return str(statement.compile(dialect=dialect, column_keys=["key", "text_id"]))


@lru_cache(maxsize=8)
def _drop(dialect: Dialect) -> Any:
    if dialect.name == "postgresql":
        return delete(StoryBand).where(*_PAIRED)
    statement = delete(StoryBand).where(
        col(StoryBand.key) == bindparam("key"), col(StoryBand.text_id) == bindparam("text_id")
    )
    return str(statement.compile(dialect=dialect))
