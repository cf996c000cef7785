"""What is remembered about the sources and their harvests."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.models.columns import BIG


class Source(SQLModel, table=True):
    """One platform as the scheduler sees it."""

    name: str = Field(primary_key=True)
    due_at: datetime | None = None
    """When the next run is due; None before the first."""
    not_before: datetime | None = None
    """No run earlier than this: a platform's own limit, or back-off after failures."""
    failures: int = 0
    """Runs that failed since the last good one."""
    lease_until: datetime | None = None
    fence: int = Field(default=0, sa_type=BIG)
    """Grows with each claim; a run whose number is not the newest may no longer write."""
    last_ok_at: datetime | None = None
    last_error: str | None = None
    last_error_kind: str | None = None
    last_error_at: datetime | None = None
    paused_at: datetime | None = None
    """Since when a person lets it run no more; None: it runs."""
    refused_settings: str | None = None
    """Fingerprint of settings with which the platform refused our key."""


class Harvest(SQLModel, table=True):
    """One run of one source."""

    __table_args__ = (UniqueConstraint("source", "slot_at"),)

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    source: str = Field(index=True)
    slot_at: datetime | None = None
    """The due time that this run answers; None for a run by hand."""
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str | None = None
    """`complete`, `truncated`, `failed`; None while running or when killed."""
    error: str | None = None
    pages: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    quarantined: int = 0
    removed: int = 0
    refused: dict[str, int] = Field(default_factory=dict, sa_type=JSON)


class Bookmark(SQLModel, table=True):
    """How far one stream of a source has been read."""

    source: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    position: str | None = Field(default=None, sa_type=Text)
    """Everything up to here is saved, except what `gap` says."""
    gap: str | None = Field(default=None, sa_type=Text)
    """Where a run that stopped early has to go on; None when nothing is missing."""
    gap_at: datetime | None = None
    moved_at: datetime | None = None


class Quota(SQLModel, table=True):
    """What a source has used of one counted unit on one of its platform's days."""

    source: str = Field(primary_key=True)
    unit: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    used: int = Field(default=0, sa_type=BIG)


class Quarantined(SQLModel, table=True):
    """A payload that could not be understood, kept until it can."""

    __table_args__ = (UniqueConstraint("source", "key"),)

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    source: str
    key: bytes = Field(sa_column=Column(LargeBinary(16), nullable=False))
    """BLAKE2b of the payload: the same poison twice is one row."""
    reason: str
    body: bytes = Field(sa_type=LargeBinary)
    """Deflated JSON."""
    quarantined_at: datetime
    tried_at: datetime | None = None
    discarded_at: datetime | None = None
    """When a person let go of it: the row stays without its payload, so that it does not return."""
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
