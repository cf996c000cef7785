"""What tells writing on many colours from photos; asked of copies that are kept already, too."""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_picture = sa.table(
    "picture",
    sa.column("role", AutoString()),
    sa.column("due_at", UTCDateTime()),
    sa.column("looks", sa.LargeBinary()),
)


def upgrade() -> None:
    """Go to this version."""
    op.add_column("picture", sa.Column("hardness", sa.Float(), nullable=True))
    # The worker looks at their copies; until then they count as graphics.
    op.execute(
        _picture.update()
        .where(_picture.c.looks.is_not(None), _picture.c.role == "attachment")
        .values(due_at=datetime.now(UTC))
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_column("picture", "hardness")
