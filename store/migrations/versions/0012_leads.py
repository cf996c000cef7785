"""Posts that editors have put at the head of the wall."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go to this version."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "lead",
        sa.Column("post_id", big, sa.ForeignKey("post.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("place", sa.Float(), nullable=True),
        sa.Column("featured", sa.Boolean(), nullable=False),
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("lead")
