"""The wall as a narrow table, and its words; both follow the posts by themselves."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WATCHED = (
    "id", "review", "availability", "is_copy", "published_at", "kind", "language", "platform",
    "search_text",
)  # fmt: skip
SEQ = {
    "sqlite": "(max(0, CAST(strftime('%s', {0}.published_at) AS INTEGER)) << 31)"
    " | ({0}.id & 2147483647)",
    "postgresql": "(greatest(0, floor(extract(epoch FROM {0}.published_at)))::bigint << 31)"
    " | ({0}.id & 2147483647)",
}
ON_WALL = "({0}.review = 'approved' AND {0}.availability = 'live' AND NOT {0}.is_copy)"
ROW = "{seq}, {0}.id, {0}.kind, {0}.language, {0}.platform"

WORDS = {
    # Folded text is letters, digits and single spaces: nothing in it needs an escape.
    "sqlite": "json_each('[\"' || replace({0}.search_text, ' ', '\",\"') || '\"]')",
    "postgresql": "unnest(string_to_array({0}.search_text, ' ')) AS value",
}
ENTER = (
    "INSERT INTO wall SELECT {new} WHERE {new_on};"
    " INSERT INTO wall_word SELECT DISTINCT substr(value, 1, 60), {new_seq} FROM {new_words}"
    " WHERE {new_on};"
)
LEAVE = (
    "DELETE FROM wall WHERE post_id = OLD.id;"
    " DELETE FROM wall_word WHERE seq = {old_seq}"
    " AND word IN (SELECT substr(value, 1, 60) FROM {old_words});"
)
SQLITE = (
    "CREATE TRIGGER wall_gains AFTER INSERT ON post WHEN {new_on} BEGIN " + ENTER + " END",
    "CREATE TRIGGER wall_loses AFTER DELETE ON post WHEN {old_on} BEGIN " + LEAVE + " END",
    "CREATE TRIGGER wall_follows AFTER UPDATE OF {watched} ON post"
    " WHEN ({old_on} OR {new_on}) AND ({old_values}) IS NOT ({new_values})"
    " BEGIN " + LEAVE + ENTER + " END",
)
CALL = " EXECUTE FUNCTION wall_follow()"
POSTGRESQL = (
    "CREATE FUNCTION wall_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF TG_OP <> 'INSERT' THEN " + LEAVE + " END IF;"
    " IF TG_OP <> 'DELETE' THEN " + ENTER + " END IF; RETURN NULL; END $$",
    "CREATE TRIGGER wall_gains AFTER INSERT ON post FOR EACH ROW WHEN ({new_on})" + CALL,
    "CREATE TRIGGER wall_loses AFTER DELETE ON post FOR EACH ROW WHEN ({old_on})" + CALL,
    "CREATE TRIGGER wall_follows AFTER UPDATE OF {watched} ON post FOR EACH ROW"
    " WHEN (({old_on} OR {new_on}) AND ({old_values}) IS DISTINCT FROM ({new_values}))" + CALL,
)
FILL = (
    "INSERT INTO wall SELECT {post} FROM post WHERE {post_on}",
    (
        "INSERT INTO wall_word SELECT DISTINCT substr(value, 1, 60), {post_seq}"
        " FROM post, {post_words} WHERE {post_on}"
    ),
)


def upgrade() -> None:
    """Go to this version."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "wall",
        sa.Column("seq", big, autoincrement=False, nullable=False),
        sa.Column("post_id", big, sa.ForeignKey("post.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("language", AutoString(), nullable=False),
        sa.Column("platform", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("post_id"),
    )
    for name in ("kind", "language", "platform"):
        op.create_index(f"ix_wall_{name}", "wall", [name, "seq"])
    op.create_index("ix_wall_all", "wall", ["kind", "language", "platform", "seq"])
    op.create_table(
        "wall_word",
        sa.Column("word", AutoString(), nullable=False),
        sa.Column("seq", big, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("word", "seq"),
        sqlite_with_rowid=False,
    )
    dialect = op.get_bind().dialect.name
    words = _words(dialect)
    for statement in (*FILL, *(SQLITE if dialect == "sqlite" else POSTGRESQL)):
        # By the driver: no colon in these is a parameter.
        op.get_bind().exec_driver_sql(statement.format(**words))


def downgrade() -> None:
    """Go back to the version before."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name in ("wall_gains", "wall_loses", "wall_follows"):
        op.execute(f"DROP TRIGGER {name}" if is_sqlite else f"DROP TRIGGER {name} ON post")
    if not is_sqlite:
        op.execute("DROP FUNCTION wall_follow")
    op.drop_table("wall_word")
    op.drop_table("wall")


def _words(dialect: str) -> dict[str, str]:
    words = {"watched": ", ".join(name for name in WATCHED if name != "id")}
    for row in ("new", "old", "post"):
        named = row if row == "post" else row.upper()
        seq = SEQ[dialect].format(named)
        words |= {
            row: ROW.format(named, seq=seq),
            f"{row}_seq": seq,
            f"{row}_on": ON_WALL.format(named),
            f"{row}_words": WORDS[dialect].format(named),
            f"{row}_values": ", ".join(f"{named}.{column}" for column in WATCHED),
        }
    return words
