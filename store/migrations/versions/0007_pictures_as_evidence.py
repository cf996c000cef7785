"""Pictures as evidence: their band keys, what two posts share, and several reasons for one edge."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _big() -> sa.types.TypeEngine[Any]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _post(name: str) -> sa.Column[Any]:
    return sa.Column(name, _big(), sa.ForeignKey("post.id", ondelete="CASCADE"), nullable=False)


def upgrade() -> None:
    """Go to this version."""
    # Pictures that were copied before have none, and are compared byte for byte alone.
    op.add_column("picture", sa.Column("detail", sa.Float(), nullable=True))
    op.create_table(
        "picture_band",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column(
            "picture_id", _big(), sa.ForeignKey("picture.id", ondelete="CASCADE"), nullable=False
        ),
        sa.PrimaryKeyConstraint("key", "picture_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_picture_band_picture_id", "picture_band", ["picture_id"])
    op.create_table(
        "story_picture",
        _post("post_id"),
        _post("other_id"),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("why", AutoString(), nullable=False),
        sa.Column("lacks", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("post_id", "other_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_story_picture_other_id", "story_picture", ["other_id"])
    _make_edges_anew("post_id", "other_id", "kind")


def downgrade() -> None:
    """Go back to the version before."""
    op.execute(
        "DELETE FROM story_edge WHERE kind = 'picture' OR kind > (SELECT MIN(edge.kind)"
        " FROM story_edge AS edge WHERE edge.post_id = story_edge.post_id"
        " AND edge.other_id = story_edge.other_id AND edge.kind != 'picture')"
    )
    _make_edges_anew("post_id", "other_id")
    op.drop_table("story_picture")
    op.drop_table("picture_band")
    op.drop_column("picture", "detail")


def _make_edges_anew(*key: str) -> None:
    """Give the table of edges another primary key."""
    op.drop_index("ix_story_edge_other_id", table_name="story_edge")
    op.create_table(
        "story_edge_anew",
        _post("post_id"),
        _post("other_id"),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("why", AutoString(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*key),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO story_edge_anew SELECT * FROM story_edge")
    op.drop_table("story_edge")
    op.rename_table("story_edge_anew", "story_edge")
    op.create_index("ix_story_edge_other_id", "story_edge", ["other_id"])
