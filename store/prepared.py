"""Statements compiled once, and sent straight to the driver."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Connection,
    Dialect,
    Integer,
    Text,
    TypeDecorator,
    bindparam,
    cast,
    column,
    func,
    inspect,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine, UserDefinedType
from sqlmodel import SQLModel


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


class Missing:
    """Adds those of some rows that a table does not have.

    PostgreSQL takes longer to hear of each row than to write it, so it gets all of them in one
    statement, as JSON.

    Args:
        table: of the rows.
        dialect: of the database.
        columns: names, of types that JSON knows; no row has more or fewer.
    """

    def __init__(self, table: type[SQLModel], dialect: Dialect, columns: Sequence[str]) -> None:
        statement = insert_into(dialect, table).on_conflict_do_nothing()
        self._one_by_one: Prepared | None = None
        self._together: Any = None
        if dialect.name != "postgresql":
            self._one_by_one = Prepared(statement, dialect, columns)
            return
        types = inspect(table).local_table.c
        rows = func.json_to_recordset(cast(bindparam("rows", type_=Text()), JSON))
        given = rows.table_valued(*(column(name, types[name].type) for name in columns))
        given = given.render_derived(with_types=True)
        self._together = statement.from_select(columns, select(given))

    def __call__(self, connection: Connection, batch: Sequence[Mapping[str, Any]]) -> None:
        """Add the rows."""
        if self._one_by_one:
            self._one_by_one(connection, batch)
        elif batch:
            rows = json.dumps(batch, ensure_ascii=False, separators=(",", ":"))
            connection.execute(self._together, {"rows": rows})


def numbers(**columns: str) -> Any:
    """Return rows of numbers for PostgreSQL, sent as one list for each column.

    Args:
        columns: the parameter that lists each column, by the column's name.
    """
    lists = [bindparam(name, type_=listed(BigInteger())) for name in columns.values()]
    return func.unnest(*lists).table_valued(*columns).render_derived()


def insert_into(dialect: Dialect, table: Any) -> Any:
    """Return an INSERT that can say what to do with rows that are there already."""
    return (postgresql if dialect.name == "postgresql" else sqlite).insert(table)


def join_few(statement: Any, table: Any, few: Any, dialect: Dialect) -> Any:
    """Return a query joined to those rows of a table whose ids a correlated, limited query gives.

    SQLite looks the rows up by what `IN` gives for each row outside, and knows no LATERAL;
    PostgreSQL would try every row of the table for each, and knows it.
    """
    if dialect.name == "postgresql":
        named = few.lateral()
        return statement.join(named, true()).join(table, table.id == named.c.id)
    return statement.join(table, table.id.in_(few))


class among(FunctionElement[bool]):  # noqa: N801  # reads as a part of SQL
    """The condition that a column has one of the values that a parameter lists.

    `IN` with a value in each place would make another statement for each number of values, to be
    written by SQLAlchemy and planned by the database every time; here the list is one value.

    Args:
        column: of numbers or text.
        name: of the parameter.
    """

    # Of no type: what SQLAlchemy takes for a Boolean it compares with 1, and no index is used.
    name = "among"
    inherit_cache = True

    def __init__(self, column: Any, name: str) -> None:
        super().__init__(column, bindparam(name, type_=listed(column.type)))


class listed(TypeDecorator[Any]):  # noqa: N801  # as `among`
    """A list as one parameter: JSON for SQLite, an array for PostgreSQL.

    Args:
        item: what is listed.
    """

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return what the driver takes."""
        if dialect.name != "postgresql":
            return dialect.type_descriptor(Text())
        is_number = isinstance(self.item, Integer)
        return _Numbers() if is_number else dialect.type_descriptor(ARRAY(self.item))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Return the values as the driver takes them."""
        if dialect.name != "postgresql":
            return json.dumps(list(value))
        # psycopg looks at each number by itself, which costs more than the query.
        return f"{{{','.join(map(str, value))}}}" if isinstance(self.item, Integer) else list(value)


class _Numbers(UserDefinedType[Any]):
    """An array of numbers that is written already."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_more: Any) -> str:
        """Return what PostgreSQL calls it."""
        return "BIGINT[]"


@compiles(among, "sqlite")
def _in_json(element: among, compiler: Any, **more: Any) -> str:
    column, values = (compiler.process(one, **more) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608  # compiled parts


@compiles(among, "postgresql")
def _in_array(element: among, compiler: Any, **more: Any) -> str:
    column, values = (compiler.process(one, **more) for one in element.clauses)
    return f"{column} = ANY ({values})"
