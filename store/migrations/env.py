"""Alembic's entry: runs on the connection that `store.migrations.upgrade` holds."""

from alembic import context
from sqlmodel import SQLModel

import store.models  # noqa: F401  # fills SQLModel.metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    user_module_prefix="",
)
with context.begin_transaction():
    context.run_migrations()
