"""Copies of pictures, and how far we are with each."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, ForeignKey, Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from store.models.columns import BIG


class PictureState(StrEnum):
    """How far we are with a picture."""

    WAITING = "waiting"
    """To be fetched, for the first time or once more."""
    KEPT = "kept"
    """Its copies can be served."""
    IDLE = "idle"
    """No post needs it now, or there was no room; fetched again when one does."""
    BROKEN = "broken"
    """Could not be fetched, however often we tried."""
    REFUSED = "refused"
    """Is no picture that we take; not tried again."""


IS_DUE = "due_at IS NOT NULL"


class Picture(SQLModel, table=True):
    """One picture at its network, and what we know of our copies of it.

    Posts name it by `key` (`Media.picture_key`, `Post.avatar_key`): several may show the same.
    """

    __table_args__ = (
        Index("ix_picture_due", "due_at", sqlite_where=text(IS_DUE), postgresql_where=text(IS_DUE)),
    )

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    key: int = Field(sa_column=Column(BIG, unique=True, nullable=False))
    """Hash of platform, role and address; see `store.media.key`."""
    platform: str
    role: str
    """`attachment` or `avatar`."""
    url: str = Field(sa_type=Text)
    state: str = PictureState.WAITING.value
    due_at: datetime | None = None
    """When to look at it next, whatever for; None: when a post changes."""
    tries: int = 0
    """Failures in a row."""
    error: str | None = None
    fetched_at: datetime | None = None
    digest: str | None = Field(default=None, index=True)
    """SHA-256 of what was fetched, in hex: the name of its files."""
    width: int | None = None
    """Pixels of the original, upright."""
    height: int | None = None
    """Pixels of the original, upright."""
    colour: str | None = None
    """What most of it looks like: `#rrggbb`."""
    animated: bool | None = None
    widths: list[int] = Field(default_factory=list, sa_type=JSON)
    """Of our copies, pixels, rising."""
    size: int | None = Field(default=None, sa_type=BIG)
    """Bytes of all our copies."""
    looks: bytes | None = Field(default=None, sa_type=LargeBinary)
    """Perceptual hashes; see `store.looks`."""
    flatness: float | None = None
    """Share of its three most frequent colours."""
    detail: float | None = None
    """Share of its hash that says something."""
    hardness: float | None = None
    """Share of its edges that are hard, on smooth ground, as in writing. None with `looks`: copied
    before this was asked."""


class PictureBand(SQLModel, table=True):
    """A key that pictures share which look alike; see `store.looks.bands`."""

    __tablename__ = "picture_band"
    __table_args__ = {"sqlite_with_rowid": False}  # SQLAlchemy's own way

    key: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    picture_id: int = Field(
        sa_column=Column(
            BIG,
            ForeignKey("picture.id", ondelete="CASCADE"),
            primary_key=True,
            index=True,
            autoincrement=False,
        )
    )
