"""The queues as a narrow table, and their counts; both follow the posts by themselves."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

IS_JUDGED = sa.text("review IN ('approved', 'rejected')")
SORT = ("review", "language", "platform", "kind")
ROW = ("review", "first_seen_at", "id", "language", "platform", "kind", "search_text")
WATCHED = (*ROW, "availability", "is_copy")
SHOWN = "({0}.availability = 'live' AND NOT {0}.is_copy)"
ENTER = (
    "INSERT INTO queued SELECT {new_row} WHERE {new_shown};"
    " INSERT INTO queue_count SELECT {new_sort}, 1 WHERE {new_shown}"
    " ON CONFLICT (review, language, platform, kind) DO UPDATE SET posts = queue_count.posts + 1;"
)
LEAVE = (
    "DELETE FROM queued WHERE review = OLD.review AND first_seen_at = OLD.first_seen_at"
    " AND post_id = OLD.id;"
    " UPDATE queue_count SET posts = posts - 1 WHERE ({sort}) = ({old_sort}) AND {old_shown};"
)
SQLITE = (
    "CREATE TRIGGER queue_gains AFTER INSERT ON post WHEN {new_shown} BEGIN " + ENTER + " END",
    "CREATE TRIGGER queue_loses AFTER DELETE ON post WHEN {old_shown} BEGIN " + LEAVE + " END",
    "CREATE TRIGGER queue_follows AFTER UPDATE OF {watched} ON post"
    " WHEN ({old_shown} OR {new_shown}) AND ({old_values}) IS NOT ({new_values})"
    " BEGIN " + LEAVE + ENTER + " END",
)
CALL = " EXECUTE FUNCTION queue_follow()"
POSTGRESQL = (
    "CREATE FUNCTION queue_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF TG_OP <> 'INSERT' THEN " + LEAVE + " END IF;"
    " IF TG_OP <> 'DELETE' THEN " + ENTER + " END IF; RETURN NULL; END $$",
    "CREATE TRIGGER queue_gains AFTER INSERT ON post FOR EACH ROW WHEN ({new_shown})" + CALL,
    "CREATE TRIGGER queue_loses AFTER DELETE ON post FOR EACH ROW WHEN ({old_shown})" + CALL,
    "CREATE TRIGGER queue_follows AFTER UPDATE OF {watched} ON post FOR EACH ROW"
    " WHEN (({old_shown} OR {new_shown}) AND ({old_values}) IS DISTINCT FROM ({new_values}))"
    + CALL,
)
FILL = (
    "INSERT INTO queued SELECT {post_row} FROM post WHERE {post_shown}",
    "INSERT INTO queue_count SELECT {sort}, count(*) FROM post WHERE {post_shown} GROUP BY {sort}",
)


def upgrade() -> None:
    """Go to this version."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "queued",
        sa.Column("review", AutoString(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("post_id", big, autoincrement=False, nullable=False),
        *(sa.Column(name, AutoString(), nullable=False) for name in SORT[1:]),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("review", "first_seen_at", "post_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "queue_count",
        *(sa.Column(name, AutoString(), nullable=False) for name in SORT),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*SORT),
    )
    words = _words()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in (*FILL, *(SQLITE if is_sqlite else POSTGRESQL)):
        op.get_bind().exec_driver_sql(statement.format(**words))
    op.drop_index("ix_post_queue", "post")
    op.create_index(
        "ix_post_judged", "post", ["platform", "author_id", "review"],
        sqlite_where=IS_JUDGED, postgresql_where=IS_JUDGED,
    )  # fmt: skip
    op.drop_index("ix_decision_cause_id", "decision")
    op.create_index("ix_decision_cause", "decision", ["cause_id", "decided_at"])


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_index("ix_decision_cause", "decision")
    op.create_index("ix_decision_cause_id", "decision", ["cause_id"])
    op.drop_index("ix_post_judged", "post")
    op.create_index("ix_post_queue", "post", ["review", "first_seen_at", "id"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name in ("queue_gains", "queue_loses", "queue_follows"):
        op.execute(f"DROP TRIGGER {name}" if is_sqlite else f"DROP TRIGGER {name} ON post")
    if not is_sqlite:
        op.execute("DROP FUNCTION queue_follow")
    op.drop_table("queue_count")
    op.drop_table("queued")


def _words() -> dict[str, str]:
    words = {
        "watched": ", ".join(name for name in WATCHED if name != "id"),
        "sort": ", ".join(SORT),
    }
    for row in ("new", "old", "post"):
        named = row if row == "post" else row.upper()
        words |= {
            f"{row}_row": ", ".join(f"{named}.{name}" for name in ROW),
            f"{row}_sort": ", ".join(f"{named}.{name}" for name in SORT),
            f"{row}_shown": SHOWN.format(named),
            f"{row}_values": ", ".join(f"{named}.{name}" for name in WATCHED),
        }
    return words
