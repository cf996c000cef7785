"""Asks SQLite without anything in between, for whoever has no time to lose."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import sqlite

_DIALECT = sqlite.dialect(paramstyle="named")


class Straight:
    """A connection of its own, for one thread; it only reads, and waits for nobody.

    Each question is a transaction by itself, and no more than a few microseconds are spent beside
    SQLite's own. PostgreSQL answers from another process, which is to be waited for elsewhere.

    Args:
        engine: of the store.
    """

    def __init__(self, engine: Engine) -> None:
        database = engine.url.database if engine.dialect.name == "sqlite" else None
        self.is_possible = database not in (None, "", ":memory:")
        """Whether the store is a file of SQLite's; nothing may be asked where it is not."""
        self._engine = engine
        self._connection: Any = None

    def __call__(self, query: Any, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return the rows of a query whose values need no conversion, nor their results.

        Args:
            query: one of a few, since each is kept.
            values: of its parameters.

        Raises:
            sqlite3.Error: the database does not answer at once.
        """
        if self._connection is None:
            self._connection = _open(self._engine)
        written, fixed = _written(query)
        found: list[tuple[Any, ...]] = self._connection.execute(
            written, {**fixed, **values}
        ).fetchall()
        return found

    def close(self) -> None:
        """Close the connection; the next question opens one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _open(engine: Engine) -> Any:
    pooled = engine.raw_connection()
    # It is ours from now on: nobody else waits for its place.
    pooled.detach()
    connection: Any = pooled.dbapi_connection
    connection.execute("PRAGMA busy_timeout=0")
    connection.execute("PRAGMA query_only=ON")
    return connection


@lru_cache(maxsize=64)
def _written(query: Any) -> tuple[str, dict[str, Any]]:
    """Return a query as SQLite reads it, and the values that it has by itself."""
    compiled = query.compile(dialect=_DIALECT)
    return str(compiled), compiled.params
