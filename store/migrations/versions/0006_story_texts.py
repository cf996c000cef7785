"""Lighter indexes of posts and texts, and texts that too many have said to be evidence.

Every post that a harvest brings wrote entries of no value into four indexes, and every text ten
into one that nothing but its deletion would ask.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OLD = {
    "ix_post_text": ["text_id", "id"],
    "ix_post_said_key": ["said_key"],
    "ix_post_url_key": ["url_key"],
    "ix_post_avatar_key": ["avatar_key"],
}
NEW = {
    "ix_post_text_id": ["text_id", "id"],
    "ix_post_said_key": ["said_key"],
    "ix_post_url_key": ["url_key"],
    "ix_post_avatar_key": ["avatar_key"],
}


def _big() -> sa.types.TypeEngine[Any]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    """Go to this version."""
    for name in OLD:
        op.drop_index(name, table_name="post")
    for name, columns in NEW.items():
        known = sa.text(f"{columns[0]} IS NOT NULL")
        op.create_index(name, "post", columns, sqlite_where=known, postgresql_where=known)
    op.add_column("story_text", sa.Column("people", sa.Integer(), nullable=True))
    common = sa.text("people IS NOT NULL")
    op.create_index(
        "ix_story_text_people", "story_text", ["people"],
        sqlite_where=common, postgresql_where=common,
    )  # fmt: skip
    op.drop_index("ix_story_band_text_id", table_name="story_band")
    if _is_sqlite():
        _make_bands_anew()
    else:
        op.drop_constraint("story_band_text_id_fkey", "story_band", type_="foreignkey")


def downgrade() -> None:
    """Go back to the version before."""
    of_text = sa.ForeignKeyConstraint(["text_id"], ["story_text.id"], ondelete="CASCADE")
    op.execute("DELETE FROM story_band WHERE text_id NOT IN (SELECT id FROM story_text)")
    if _is_sqlite():
        _make_bands_anew(of_text)
    else:
        op.create_foreign_key(
            "story_band_text_id_fkey", "story_band", "story_text", ["text_id"], ["id"],
            ondelete="CASCADE",
        )  # fmt: skip
    op.create_index("ix_story_band_text_id", "story_band", ["text_id"])
    op.drop_index("ix_story_text_people", table_name="story_text")
    op.drop_column("story_text", "people")
    for name in NEW:
        op.drop_index(name, table_name="post")
    for name, columns in OLD.items():
        op.create_index(name, "post", columns)


def _make_bands_anew(*constraints: sa.Constraint) -> None:
    op.create_table(
        "story_band_anew",
        sa.Column("key", _big(), nullable=False),
        sa.Column("text_id", _big(), nullable=False),
        sa.PrimaryKeyConstraint("key", "text_id"),
        *constraints,
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO story_band_anew SELECT key, text_id FROM story_band ORDER BY 1, 2")
    op.drop_table("story_band")
    op.rename_table("story_band_anew", "story_band")
