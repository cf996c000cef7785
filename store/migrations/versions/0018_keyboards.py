"""The keys of the desk as each person wants them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "keyboard",
        sa.Column("owner", sa.String(), primary_key=True),
        sa.Column("layout", sa.String(), nullable=False),
        sa.Column("are_on", sa.Boolean(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("keyboard")
