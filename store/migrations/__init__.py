"""Brings a database to this version's tables, or says why it cannot."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect

from store.errors import StoreError

# Most starts find the tables as they should be, and need nothing of it.
if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

LOCK = 7243962
"""PostgreSQL advisory lock held while tables change."""


class NewerStoreError(StoreError):
    """The database was made by a newer version of this program."""


def upgrade(engine: Engine) -> bool:
    """Bring the database to this version's tables; return whether anything was done.

    Safe when several processes start at once: one migrates, the others wait.

    Raises:
        NewerStoreError: the database is of a newer version; nothing was changed.
    """
    # Without a turn to write, and without a look at all foreign keys, which takes seconds.
    with engine.connect() as connection:
        if is_current(connection):
            return False
    return _upgrade(engine)


def _upgrade(engine: Engine) -> bool:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = _config()
    script = ScriptDirectory.from_config(config)
    with changing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        # Another process may have done it meanwhile.
        if is_current(connection):
            return False
        _check_known(script, _version(connection))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in one transaction in which tables may be made anew.

    SQLite changes a table by making it anew, and deletes with the old one all that hangs on its
    rows, unless its foreign keys sleep. They are checked before the transaction ends.
    """
    with engine.execution_options(writes=True).connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            # Beside SQLAlchemy, which would begin a transaction, in which this has no effect.
            _beside(connection, "PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise StoreError("store.url: a table refers to rows that are not there")
        finally:
            if is_sqlite:
                _beside(connection, "PRAGMA foreign_keys=ON")


def _beside(connection: Connection, statement: str) -> None:
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(statement)


def is_current(connection: Connection) -> bool:
    """Say whether the database has this version's tables."""
    return _version(connection) == newest()


def newest() -> str:
    """Return the version of this program's tables: the highest number of a migration."""
    names = (entry.name for entry in (resources.files("store.migrations") / "versions").iterdir())
    return max(name[:4] for name in names if name[:4].isdigit())


def _version(connection: Connection) -> str | None:
    """Return the version of a database; None where it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def _check_known(script: "ScriptDirectory", current: str | None) -> None:
    if current is not None and current not in {r.revision for r in script.walk_revisions()}:
        raise NewerStoreError(
            f"store.url: the database is of a newer version ({current});"
            " install the newest bladifqalbi, or restore a backup of this version"
        )


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resources.files("store.migrations")))
    return config
