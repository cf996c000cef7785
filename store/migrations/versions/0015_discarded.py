"""Payloads set aside that people discard."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go to this version."""
    op.add_column("quarantined", sa.Column("discarded_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Go back to the version before."""
    # Without the column what was discarded would wait again, with nothing in it.
    op.execute("DELETE FROM quarantined WHERE discarded_at IS NOT NULL")
    op.drop_column("quarantined", "discarded_at")
