"""Posts of which a person has said that they are no story together."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go to this version."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "story_apart",
        sa.Column("one_id", big, sa.ForeignKey("post.id", ondelete="CASCADE"), nullable=False),
        sa.Column("other_id", big, sa.ForeignKey("post.id", ondelete="CASCADE"), nullable=False),
        sa.PrimaryKeyConstraint("one_id", "other_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_story_apart_other_id", "story_apart", ["other_id"])


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("story_apart")
