"""Copies of pictures, and the names by which posts show them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

IS_DUE = sa.text("due_at IS NOT NULL")
BATCH = 1000


def _big() -> sa.types.TypeEngine[Any]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this version."""
    picture = op.create_table(
        "picture",
        sa.Column("id", _big(), nullable=False),
        sa.Column("key", _big(), nullable=False),
        sa.Column("platform", AutoString(), nullable=False),
        sa.Column("role", AutoString(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", AutoString(), nullable=True),
        sa.Column("fetched_at", UTCDateTime(), nullable=True),
        sa.Column("digest", AutoString(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("colour", AutoString(), nullable=True),
        sa.Column("animated", sa.Boolean(), nullable=True),
        sa.Column("widths", sa.JSON(), nullable=False),
        sa.Column("size", _big(), nullable=True),
        sa.Column("looks", sa.LargeBinary(), nullable=True),
        sa.Column("flatness", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_picture_digest", "picture", ["digest"])
    op.create_index(
        "ix_picture_due", "picture", ["due_at"], sqlite_where=IS_DUE, postgresql_where=IS_DUE
    )
    op.add_column("post", sa.Column("avatar_key", _big(), nullable=True))
    op.create_index("ix_post_avatar_key", "post", ["avatar_key"])
    op.add_column("media", sa.Column("picture_key", _big(), nullable=True))
    op.create_index("ix_media_picture_key", "media", ["picture_key"])
    _name_stored(picture)


def _name_stored(picture: sa.Table) -> None:
    """Give the pictures of posts that are there already their names."""
    connection = op.get_bind()
    now = datetime.now(UTC)
    for table, column in (("post", "avatar_key"), ("media", "picture_key")):
        for rows in _batches(connection, _STORED[table]):
            named = [
                {
                    "key": _key(row["platform"], row["role"], row["url"]),
                    "platform": row["platform"],
                    "role": row["role"],
                    "url": row["url"],
                    "id": row["id"],
                }
                for row in rows
                if row["platform"] != "x"
            ]
            if not named:
                continue
            named_table = sa.table(table, sa.column("id"), sa.column(column))
            connection.execute(
                named_table.update()
                .where(named_table.c.id == sa.bindparam("row_id"))
                .values({column: sa.bindparam("name")}),
                [{"row_id": one["id"], "name": one["key"]} for one in named],
            )
            known = set(
                connection.execute(
                    sa.select(picture.c.key).where(picture.c.key.in_([one["key"] for one in named]))
                ).scalars()
            )
            new = {one["key"]: one for one in named if one["key"] not in known}
            if new:
                connection.execute(
                    picture.insert(),
                    [
                        {
                            **{name: one[name] for name in ("key", "platform", "role", "url")},
                            "state": "waiting",
                            "due_at": now,
                            "tries": 0,
                            "widths": [],
                        }
                        for one in new.values()
                    ],
                )


_STORED = {
    "post": (
        "SELECT id, platform, 'avatar' AS role, author_avatar_url AS url FROM post"
        " WHERE author_avatar_url IS NOT NULL AND id > :last ORDER BY id LIMIT :count"
    ),
    "media": (
        "SELECT media.id, platform, 'attachment' AS role,"
        " CASE WHEN media.kind = 'image' THEN media.url ELSE preview_url END AS url"
        " FROM media JOIN post ON post.id = media.post_id"
        " WHERE (media.kind = 'image' OR preview_url IS NOT NULL)"
        " AND media.id > :last ORDER BY media.id LIMIT :count"
    ),
}


def _batches(connection: sa.Connection, query: str) -> Iterator[list[Any]]:
    last = 0
    while rows := list(
        connection.execute(sa.text(query), {"last": last, "count": BATCH}).mappings()
    ):
        yield rows
        last = rows[-1]["id"]


def _key(platform: str, role: str, url: str) -> int:
    if platform == "reddit":
        url = urlunsplit(urlsplit(url)._replace(query="", fragment=""))
    whole = f"{platform}\0{role}\0{url}".encode("utf-8", "replace")
    return int.from_bytes(blake2b(whole, digest_size=8).digest(), "big", signed=True)


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_index("ix_media_picture_key", table_name="media")
    op.drop_column("media", "picture_key")
    op.drop_index("ix_post_avatar_key", table_name="post")
    op.drop_column("post", "avatar_key")
    op.drop_table("picture")
