"""Reports of visitors, and the keys that hide who they are."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go to this version."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "report",
        sa.Column("id", big, nullable=False),
        sa.Column("post_id", big, sa.ForeignKey("post.id", ondelete="CASCADE"), nullable=False),
        sa.Column("reporter", sa.LargeBinary(16), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column(
            "note", sa.Text(), nullable=True,
            comment="may be personal; goes with the post, or after 90 days",
        ),
        sa.Column("reported_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("post_id", "reporter"),
    )  # fmt: skip
    op.create_index("ix_report_reporter", "report", ["reporter", "reported_at"])
    op.create_index("ix_report_time", "report", ["reported_at"])
    op.create_table(
        "report_key",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("secret", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("report_key")
    op.drop_table("report")
