"""The newest keys of texts wait in runs before they go into the tree of all keys."""

import struct
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_run = sa.table("story_run", sa.column("id"), sa.column("pairs", sa.LargeBinary()))
_band = sa.table("story_band", sa.column("key"), sa.column("text_id"))
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "story_run",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("mark", _BIG, nullable=False),
        sa.Column("pairs", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Go back to the version before."""
    connection = op.get_bind()
    waiting: dict[tuple[int, int], bool] = {}
    for (pairs,) in connection.execute(sa.select(_run.c.pairs).order_by(_run.c.id)):
        for key, text_id in struct.iter_unpack("<qq", pairs):
            waiting[key, abs(text_id)] = text_id > 0
    for (key, text_id), stays in sorted(waiting.items()):
        # Some may be in the tree already: a part of each run has gone there.
        here = sa.and_(_band.c.key == key, _band.c.text_id == text_id)
        connection.execute(_band.delete().where(here))
        if stays:
            connection.execute(_band.insert().values({"key": key, "text_id": text_id}))
    op.drop_table("story_run")
