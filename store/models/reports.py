"""What visitors report, and the keys that hide who they are."""

from datetime import date, datetime

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.models.columns import BIG


class Report(SQLModel, table=True):
    """One visitor's report of one post."""

    __table_args__ = (
        UniqueConstraint("post_id", "reporter"),
        Index("ix_report_reporter", "reporter", "reported_at"),
        Index("ix_report_time", "reported_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    post_id: int = Field(
        sa_column=Column(BIG, ForeignKey("post.id", ondelete="CASCADE"), nullable=False)
    )
    reporter: bytes = Field(sa_column=Column(LargeBinary(16), nullable=False))
    """Hash of the visitor's network under the key of the day; nothing once the key is gone."""
    reason: str
    note: str | None = Field(
        default=None,
        sa_column=Column(Text, comment="may be personal; goes with the post, or after 90 days"),
    )
    reported_at: datetime


class ReportKey(SQLModel, table=True):
    """The key of one day; deleted when the day is over."""

    __tablename__ = "report_key"

    day: date = Field(primary_key=True)
    secret: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
