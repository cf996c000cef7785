"""Statements compiled once, and sent straight to the driver."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import postgresql, sqlite


class Prepared:
    """A statement compiled once, sent with `executemany` straight to the driver.

    SQLAlchemy would bind each value of each row anew; here the types' own processors run column
    by column, and a time that many rows share is formatted once.
    """

    def __init__(self, statement: Any, dialect: Dialect, columns: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self._sql = str(compiled)
        self._positional = bool(compiled.positional)
        self._names: Sequence[str] = compiled.positiontup or list(compiled.binds)
        self._processors = [
            compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            for name in self._names
        ]

    def __call__(self, connection: Connection, batch: Sequence[Mapping[str, Any]]) -> None:
        """Run the statement for each row."""
        if not batch:
            return
        columns = [
            self._bind([row[name] for row in batch], process)
            for name, process in zip(self._names, self._processors, strict=True)
        ]
        values: list[Any] = list(zip(*columns, strict=True))
        if not self._positional:
            values = [dict(zip(self._names, value, strict=True)) for value in values]
        connection.exec_driver_sql(self._sql, values)

    @staticmethod
    def _bind(values: list[Any], process: Any) -> list[Any]:
        if process is None:
            return values
        if isinstance(values[0], datetime | None):
            bound = {value: process(value) for value in set(values)}
            return [bound[value] for value in values]
        return [process(value) for value in values]


def insert_into(dialect: Dialect, table: Any) -> Any:
    """Return an INSERT that can say what to do with rows that are there already."""
    return (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
