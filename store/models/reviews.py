"""Decisions, what follows from them, and what must not come back."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, ForeignKey, LargeBinary
from sqlmodel import Field, SQLModel

from store.models.columns import BIG


class Action(StrEnum):
    """What was decided about a post."""

    APPROVE = "approve"
    REJECT = "reject"
    TAG = "tag"
    """A person said which language it is in; before and after are languages, not reviews."""
    JOIN = "join"
    """A person put its story together with another; before and after are its own review."""
    SPLIT = "split"
    """A person took it out of its story."""
    HOLD = "hold"
    """A post waits for a decision again: it was edited at a source that holds, or reported."""


class ChangeKind(StrEnum):
    """What the public sees differently."""

    PUBLISHED = "post.published"
    UPDATED = "post.updated"
    REMOVED = "post.removed"


class Decision(SQLModel, table=True):
    """One decision about one post; rows are only ever added."""

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    post_id: int = Field(sa_type=BIG, index=True)
    action: str
    reason: str | None = None
    moderator: str
    """A person's name, or `source:NAME` where the source's mode decided."""
    before: str
    after: str
    decided_at: datetime


class Change(SQLModel, table=True):
    """Outbox of the wall: one row for each thing that the public sees differently."""

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    kind: str
    post_id: int = Field(sa_type=BIG)
    changed_at: datetime


class Tombstone(SQLModel, table=True):
    """Keeps a removed post from coming back, without keeping the post."""

    key: bytes = Field(sa_column=Column(LargeBinary(16), primary_key=True))
    """BLAKE2b of platform and native id."""
    reason: str
    buried_at: datetime


class Collected(SQLModel, table=True):
    """A post's place in a collection of the campaign."""

    post_id: int = Field(
        sa_column=Column(BIG, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    )
    collection: str = Field(primary_key=True, index=True)
