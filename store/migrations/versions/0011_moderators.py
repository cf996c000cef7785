"""The people of the desk, their sign-ins, and who looks at which post."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of(table: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{table}.id", ondelete="CASCADE")


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "moderator",
        sa.Column("id", _big(), primary_key=True),
        sa.Column("name", AutoString(), nullable=False, unique=True),
        sa.Column("role", AutoString(), nullable=False),
        sa.Column("password", AutoString(), nullable=True),
        sa.Column("secret", AutoString(), nullable=True),
        sa.Column("last_step", _big(), nullable=False),
        _moment("added_at"),
        _moment("disabled_at", nullable=True),
    )
    op.create_table(
        "invitation",
        sa.Column("token", AutoString(), primary_key=True),
        sa.Column("moderator_id", _big(), _of("moderator"), nullable=False),
        sa.Column("secret", AutoString(), nullable=False),
        _moment("expires_at"),
    )
    op.create_table(
        "sign_in",
        sa.Column("token", AutoString(), primary_key=True),
        sa.Column("moderator_id", _big(), _of("moderator"), nullable=False),
        _moment("began_at"),
        _moment("seen_at"),
    )
    op.create_index("ix_sign_in_moderator_id", "sign_in", ["moderator_id"])
    op.create_table(
        "sign_in_failure",
        sa.Column("id", _big(), primary_key=True),
        sa.Column("counted", AutoString(), nullable=False),
        _moment("failed_at"),
    )
    op.create_index("ix_sign_in_failure_counted", "sign_in_failure", ["counted"])
    op.create_table(
        "viewing",
        sa.Column("post_id", _big(), _of("post"), primary_key=True),
        sa.Column("moderator", AutoString(), nullable=False),
        _moment("until"),
        sa.Column("is_taken", sa.Boolean(), nullable=False),
    )
    # The oldest post that waits is asked for at every look at the queue.
    op.create_index("ix_post_queue", "post", ["review", "first_seen_at", "id"])


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_index("ix_post_queue", table_name="post")
    for name in ("viewing", "sign_in_failure", "sign_in", "invitation", "moderator"):
        op.drop_table(name)
