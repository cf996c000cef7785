"""Decisions that can be undone, what they say of posts, and a trail that nobody can change."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

IS_SCHEDULED = sa.text("review = 'scheduled'")
SEALED = ("audit", "decision")
"""Tables whose rows the database lets nobody change or delete."""


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this version."""
    _change_tables()
    op.create_table(
        "note",
        sa.Column("id", _big(), primary_key=True),
        sa.Column("post_id", _big(), sa.ForeignKey("post.id", ondelete="CASCADE"), nullable=False),
        sa.Column("moderator", AutoString(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="goes with the post"),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_note_post_id", "note", ["post_id"])
    words = ("actor", "origin", "action", "object", "before", "after", "reason")
    op.create_table(
        "audit",
        sa.Column("id", _big(), primary_key=True),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, AutoString(), nullable=False) for name in words),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("digest", AutoString(), nullable=False),
    )
    seal()


def _change_tables() -> None:
    op.add_column("post", sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
    op.add_column("post", sa.Column("show_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("post", sa.Column("topics", sa.JSON(), server_default="[]", nullable=False))
    op.create_index(
        "ix_post_scheduled", "post", ["show_at"],
        sqlite_where=IS_SCHEDULED, postgresql_where=IS_SCHEDULED,
    )  # fmt: skip
    op.add_column("media", sa.Column("alt_by", AutoString(), nullable=True))
    with op.batch_alter_table("decision") as batch:
        batch.add_column(sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("was", sa.JSON(), server_default="{}", nullable=False))
        batch.add_column(sa.Column("cause_id", _big(), nullable=True))
        batch.add_column(sa.Column("key", AutoString(), nullable=True))
        batch.create_unique_constraint("decision_moderator_key_key", ["moderator", "key"])
    op.create_index("ix_decision_cause_id", "decision", ["cause_id"])


def seal() -> None:
    """Let the database refuse every change of rows that tell what was done."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME; END $$"
        )
        for table in SEALED:
            op.execute(
                f"CREATE TRIGGER {table}_sealed BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        return
    for table in SEALED:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_{act.lower()}_sealed BEFORE {act} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
            )


def downgrade() -> None:
    """Go back to the version before."""
    if op.get_bind().dialect.name == "postgresql":
        for table in SEALED:
            op.execute(f"DROP TRIGGER {table}_sealed ON {table}")
        op.execute("DROP FUNCTION refuse_change()")
    else:
        for table in SEALED:
            for act in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_{act}_sealed")
    op.drop_table("audit")
    op.drop_table("note")
    # What this version knows and the one before does not goes back to waiting for a person.
    op.execute(
        "UPDATE post SET review = CASE review WHEN 'hidden' THEN 'rejected' ELSE 'pending' END"
        " WHERE review IN ('hidden', 'escalated', 'scheduled')"
    )
    op.drop_index("ix_decision_cause_id", table_name="decision")
    with op.batch_alter_table("decision") as batch:
        batch.drop_constraint("decision_moderator_key_key", type_="unique")
        for name in ("revision", "was", "cause_id", "key"):
            batch.drop_column(name)
    op.drop_index("ix_post_scheduled", table_name="post")
    for name in ("revision", "show_at", "topics"):
        op.drop_column("post", name)
    op.drop_column("media", "alt_by")
