"""Which tagger has tagged a post, and an index of authors' languages."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SAYS_ITS_LANGUAGE = sa.text(
    "language != 'und' AND (language_by = 'moderator' OR language_probability >= 0.9)"
)


def upgrade() -> None:
    """Go to this version."""
    op.add_column(
        "post", sa.Column("language_model", AutoString(), server_default="", nullable=False)
    )
    op.create_index(
        "ix_post_author",
        "post",
        ["platform", "author_id", "language"],
        sqlite_where=SAYS_ITS_LANGUAGE,
        postgresql_where=SAYS_ITS_LANGUAGE,
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_index("ix_post_author", table_name="post")
    op.drop_column("post", "language_model")
