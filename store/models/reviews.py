"""Decisions, what follows from them, and what must not come back."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.models.columns import BIG


class Action(StrEnum):
    """What was decided about a post."""

    ADD = "add"
    """A person brought it in by its address."""
    APPROVE = "approve"
    REJECT = "reject"
    ESCALATE = "escalate"
    """Somebody with more say shall decide."""
    SCHEDULE = "schedule"
    """Shown from a moment on."""
    RELEASE = "release"
    """That moment has come; nobody but the clock does this."""
    HIDE = "hide"
    """Taken off the wall, its approval remembered."""
    RESTORE = "restore"
    UNDO = "undo"
    """All is as it was before the decision that `cause_id` names."""
    NOTE = "note"
    TOPIC = "topic"
    """The team's own words for what it is about; before and after are words."""
    COLLECT = "collect"
    DROP = "drop"
    """Out of a collection."""
    PIN = "pin"
    """It stands among the first of the wall; before and after are places (`Lead.place`)."""
    UNPIN = "unpin"
    MOVE = "move"
    """Another place among the pinned."""
    FEATURE = "feature"
    """It stands before all others, and wide."""
    UNFEATURE = "unfeature"
    DESCRIBE = "describe"
    """A picture that its author has not described."""
    TAG = "tag"
    """A person said which language it is in; before and after are languages, not reviews."""
    JOIN = "join"
    """A person put its story together with another; before and after are its own review."""
    SPLIT = "split"
    """A person took it out of its story."""
    KEEP = "keep"
    """A person chose it to stand for its story."""
    DISMISS = "dismiss"
    """A person found nothing in what visitors reported; before and after are its review."""
    HOLD = "hold"
    """A post waits for a decision again: it was edited at a source that holds, or reported."""


class Reason(StrEnum):
    """Why a post is rejected; the words for people stand where they are shown."""

    OFF_TOPIC = "off-topic"
    SPAM = "spam"
    HATE = "hate"
    VIOLENCE = "violence"
    PRIVACY = "privacy"
    MINOR = "minor"
    RIGHTS = "rights"
    FALSE = "false"
    OTHER = "other"


class ChangeKind(StrEnum):
    """What the public sees differently."""

    PUBLISHED = "post.published"
    UPDATED = "post.updated"
    REMOVED = "post.removed"
    RAISED = "post.raised"
    """An editor has put it at the head of the wall."""


class Decision(SQLModel, table=True):
    """One decision about one post; rows are only ever added: the database refuses all else."""

    __table_args__ = (
        UniqueConstraint("moderator", "key"),
        # Also counts what was decided of late, which no other decision has brought about.
        Index("ix_decision_cause", "cause_id", "decided_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    post_id: int = Field(sa_type=BIG, index=True)
    action: str
    reason: str | None = None
    moderator: str
    """A person's name, or `source:NAME` where the source's mode decided."""
    before: str
    after: str
    decided_at: datetime
    revision: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """`Post.revision` since then."""
    was: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}")
    )
    """What an undo puts back: columns with their values of before."""
    cause_id: int | None = Field(default=None, sa_column=Column(BIG))
    """The decision that this one follows from, or undoes."""
    key: str | None = None
    """Named by who asked, so that asking twice is the same as once."""


class Audit(SQLModel, table=True):
    """One act of a person; each row holds the digest of the row before it."""

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    acted_at: datetime
    actor: str
    origin: str = ""
    """Session and network, as far as it is kept."""
    action: str
    object: str
    """What it was done to, as `post:12`."""
    before: str = ""
    after: str = ""
    reason: str = ""
    revision: int = 0
    digest: str
    """SHA-256 over the digest before and everything in this row, in hex."""


class Note(SQLModel, table=True):
    """What one of the team wrote about a post for the others; it goes with the post."""

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    post_id: int = Field(
        sa_column=Column(BIG, ForeignKey("post.id", ondelete="CASCADE"), index=True, nullable=False)
    )
    moderator: str
    text: str = Field(sa_type=Text, sa_column_kwargs={"comment": "goes with the post"})
    written_at: datetime


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


class Lead(SQLModel, table=True):
    """A post that editors have put at the head of the wall: pinned, featured, or both."""

    post_id: int = Field(
        sa_column=Column(BIG, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    )
    place: float | None = None
    """The pinned stand in its order; None: not pinned. No other's decision changes it."""
    featured: bool = False
    """At most one is."""
