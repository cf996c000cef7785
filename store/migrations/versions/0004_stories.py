"""Stories: normal forms, band keys, evidence, and one post that stands for each story."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ON_WALL = sa.text("review = 'approved' AND availability = 'live' AND NOT is_copy")
ON_WALL_BEFORE = sa.text(
    "review = 'approved' AND availability = 'live' AND duplicate_of_id IS NULL"
)
IS_COPY_BEFORE = sa.text("duplicate_of_id IS NOT NULL")
IS_TOLD_AGAIN = sa.text("story_id IS NOT NULL")


def _big() -> sa.types.TypeEngine[Any]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of(table: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{table}.id", ondelete="CASCADE")


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "story_text",
        sa.Column("id", _big(), nullable=False),
        sa.Column("hash", _big(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("counter", AutoString(), nullable=False),
        sa.Column("place", AutoString(), nullable=False),
        sa.Column("cut", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_table(
        "story_band",
        sa.Column("key", _big(), nullable=False),
        sa.Column("text_id", _big(), _of("story_text"), nullable=False),
        sa.PrimaryKeyConstraint("key", "text_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_story_band_text_id", "story_band", ["text_id"])
    op.create_table(
        "story_reference",
        sa.Column("name", _big(), nullable=False),
        sa.Column("post_id", _big(), _of("post"), nullable=False),
        sa.PrimaryKeyConstraint("name", "post_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_story_reference_post_id", "story_reference", ["post_id"])
    op.create_table(
        "story_edge",
        sa.Column("post_id", _big(), _of("post"), nullable=False),
        sa.Column("other_id", _big(), _of("post"), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("why", AutoString(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("post_id", "other_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_story_edge_other_id", "story_edge", ["other_id"])
    _change_posts()


def _change_posts() -> None:
    op.drop_index("ix_post_wall", table_name="post")
    op.drop_index("ix_post_copies", table_name="post")
    op.drop_index("ix_post_text_key", table_name="post")
    op.add_column("post", sa.Column("story_id", _big(), nullable=True))
    op.add_column(
        "post", sa.Column("is_copy", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("post", sa.Column("said_key", _big(), nullable=True))
    op.add_column(
        "post", sa.Column("story_version", sa.Integer(), server_default="0", nullable=False)
    )
    # A story that was found by the older rules stays; `duplicates rebuild` finds the others.
    op.execute(
        "UPDATE post SET story_id = duplicate_of_id, is_copy = true"
        " WHERE duplicate_of_id IS NOT NULL"
    )
    op.execute(
        "UPDATE post SET story_id = id WHERE id IN"
        " (SELECT duplicate_of_id FROM post WHERE duplicate_of_id IS NOT NULL)"
    )
    with op.batch_alter_table("post") as batch:
        batch.drop_column("duplicate_of_id")
        batch.drop_column("text_key")
        batch.add_column(sa.Column("text_id", _big(), nullable=True))
        batch.create_foreign_key(
            "fk_post_text", "story_text", ["text_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index(
        "ix_post_wall", "post", ["published_at", "id"],
        sqlite_where=ON_WALL, postgresql_where=ON_WALL,
    )  # fmt: skip
    op.create_index(
        "ix_post_story", "post", ["story_id", "is_copy"],
        sqlite_where=IS_TOLD_AGAIN, postgresql_where=IS_TOLD_AGAIN,
    )  # fmt: skip
    op.create_index("ix_post_text", "post", ["text_id", "id"])
    op.create_index("ix_post_said_key", "post", ["said_key"])


def downgrade() -> None:
    """Go back to the version before."""
    for name in ("ix_post_wall", "ix_post_story", "ix_post_text", "ix_post_said_key"):
        op.drop_index(name, table_name="post")
    op.add_column("post", sa.Column("duplicate_of_id", _big(), nullable=True))
    op.add_column("post", sa.Column("text_key", _big(), nullable=True))
    op.execute(
        "UPDATE post SET duplicate_of_id = (SELECT MIN(head.id) FROM post AS head"
        " WHERE head.story_id = post.story_id AND NOT head.is_copy) WHERE is_copy"
    )
    with op.batch_alter_table("post") as batch:
        for name in ("story_id", "is_copy", "text_id", "said_key", "story_version"):
            batch.drop_column(name)
        batch.create_foreign_key(
            "fk_post_duplicate_of", "post", ["duplicate_of_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index(
        "ix_post_wall", "post", ["published_at", "id"],
        sqlite_where=ON_WALL_BEFORE, postgresql_where=ON_WALL_BEFORE,
    )  # fmt: skip
    op.create_index(
        "ix_post_copies", "post", ["duplicate_of_id"],
        sqlite_where=IS_COPY_BEFORE, postgresql_where=IS_COPY_BEFORE,
    )  # fmt: skip
    op.create_index("ix_post_text_key", "post", ["text_key"])
    for name in ("story_edge", "story_reference", "story_band", "story_text"):
        op.drop_table(name)
