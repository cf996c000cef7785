"""Posts and what hangs on them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlmodel import Field, SQLModel

from store.models.columns import BIG


class Review(StrEnum):
    """What people (or a source's `publish` mode) decided."""

    PENDING = "pending"
    ESCALATED = "escalated"
    """Somebody with more say shall decide."""
    SCHEDULED = "scheduled"
    """Approved, and shown when `Post.show_at` has come."""
    APPROVED = "approved"
    """Shown."""
    REJECTED = "rejected"
    HIDDEN = "hidden"
    """Was shown, and shall not be for now."""


REFUSED = (Review.REJECTED, Review.HIDDEN)
"""A story of which this was said does not come back with a new copy."""

OPEN = (Review.PENDING, Review.ESCALATED, Review.SCHEDULED)
"""The public may yet see these."""


class Availability(StrEnum):
    """What the platform last said about a post."""

    LIVE = "live"
    MISSING = "missing"
    """Not in one answer; hidden, and asked for again after an hour."""
    WITHDRAWN = "withdrawn"
    """There, but its author or platform no longer lets everybody see it."""


ON_WALL = "review = 'approved' AND availability = 'live' AND NOT is_copy"
"""The condition of every public query; in SQL, so that the partial index has the very same."""

IS_JUDGED = "review IN ('approved', 'rejected')"
"""Whether a post tells something of how its author's others were judged."""

SAYS_ITS_LANGUAGE = (
    "language != 'und' AND (language_by = 'moderator' OR language_probability >= 0.9)"
)
"""Whether a post tells something of its author's others; in SQL, so that the index has the same."""

IS_SCHEDULED = "review = 'scheduled'"

IS_TOLD_AGAIN = "story_id IS NOT NULL"


def _where_known(column: str, *further: str) -> Index:
    """Return an index of those posts that have a value: what has none would only make it slow."""
    known = text(f"{column} IS NOT NULL")
    name = f"ix_post_{column}"
    return Index(name, column, *further, sqlite_where=known, postgresql_where=known)


class Post(SQLModel, table=True):
    """One post as we keep it: what its platform said, and what we found and decided."""

    __table_args__ = (
        UniqueConstraint("platform", "native_id"),
        Index(
            "ix_post_wall",
            "published_at",
            "id",
            sqlite_where=text(ON_WALL),
            postgresql_where=text(ON_WALL),
        ),
        Index("ix_post_recheck", "platform", "recheck_at"),
        # Finds the posts that tell in which language their author usually writes.
        Index(
            "ix_post_author",
            "platform",
            "author_id",
            "language",
            sqlite_where=text(SAYS_ITS_LANGUAGE),
            postgresql_where=text(SAYS_ITS_LANGUAGE),
        ),
        Index(
            "ix_post_story",
            "story_id",
            "is_copy",
            sqlite_where=text(IS_TOLD_AGAIN),
            postgresql_where=text(IS_TOLD_AGAIN),
        ),
        _where_known("text_id", "id"),
        _where_known("said_key"),
        _where_known("url_key"),
        _where_known("avatar_key"),
        Index(
            "ix_post_judged",
            "platform",
            "author_id",
            "review",
            sqlite_where=text(IS_JUDGED),
            postgresql_where=text(IS_JUDGED),
        ),
        Index(
            "ix_post_scheduled",
            "show_at",
            sqlite_where=text(IS_SCHEDULED),
            postgresql_where=text(IS_SCHEDULED),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    platform: str
    native_id: str
    lookup_id: str | None = None
    instance: str | None = None
    url: str
    kind: str
    title: str | None = None
    text: str = Field(sa_type=Text)
    entities: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    tags: list[str] = Field(default_factory=list, sa_type=JSON)
    refers_to: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    published_at: datetime
    edited_at: datetime | None = None
    indexed_at: datetime | None = None
    version: str | None = None

    author_id: str = Field(sa_column_kwargs={"comment": "personal; erased with the post"})
    author_handle: str | None = None
    author_name: str | None = None
    author_url: str | None = None
    author_avatar_url: str | None = None
    avatar_key: int | None = Field(default=None, sa_column=Column(BIG))
    """Names the `Picture` of the author's avatar; None where there is none, or none may be kept."""

    language: str = "und"
    language_probability: float | None = None
    language_by: str = "tagger"
    """`tagger`, or `moderator`: a person's word stays through every new harvest."""
    language_model: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Which tagger said so, with the version of what it has learnt."""
    language_hint: str | None = None
    languages: list[str] = Field(default_factory=list, sa_type=JSON)
    """Further languages of a mixed post."""

    content_warning: str | None = None
    sensitive: bool | None = None
    labels: list[str] = Field(default_factory=list, sa_type=JSON)
    """Moderation labels of the platform, and `ingest.LOOKALIKE` of ours."""
    withheld_in: list[str] = Field(default_factory=list, sa_type=JSON)
    ai_labelled: bool | None = None
    paid_partnership: bool | None = None
    embeddable: bool | None = None
    display: str

    likes: int | None = Field(default=None, sa_type=BIG)
    replies: int | None = Field(default=None, sa_type=BIG)
    reposts: int | None = Field(default=None, sa_type=BIG)
    views: int | None = Field(default=None, sa_type=BIG)

    first_seen_at: datetime
    fetched_at: datetime
    recheck_at: datetime | None = None
    missed_at: datetime | None = None
    availability: str = Availability.LIVE.value
    review: str = Review.PENDING.value
    revision: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Grows with each decision and each edit: who decides says which one they have seen."""
    show_at: datetime | None = None
    """Of a scheduled post: when it is shown."""
    topics: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]")
    )
    """The team's own words for what it is about."""
    story_id: int | None = Field(default=None, sa_column=Column(BIG))
    """The same for all posts that tell one story; None for a post that is alone."""
    is_copy: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Another post of the story stands for it."""
    is_chosen: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """A person has chosen it to stand for its story, before others that may."""
    digest: int = Field(sa_column=Column(BIG, nullable=False))
    """Hash of what the platform said, counts left out; equal means nothing to write."""
    text_id: int | None = Field(
        default=None, sa_column=Column(BIG, ForeignKey("story_text.id", ondelete="SET NULL"))
    )
    """Its normal form; None where that is no evidence."""
    said_key: int | None = Field(default=None, sa_column=Column(BIG))
    """Hash of its author's hand and its short text."""
    url_key: int | None = Field(default=None, sa_column=Column(BIG))
    """Hash of its address in every writing."""
    story_version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """By which rules its story was looked for; see `store.stories.records.VERSION`."""
    search_text: str = Field(default="", sa_type=Text)
    """Folded title, text and author, as `store.normal.fold` makes it."""


class Wall(SQLModel, table=True):
    """One public post in the order of the wall; written by triggers on `post`, by nobody else."""

    __table_args__ = (
        Index("ix_wall_kind", "kind", "seq"),
        Index("ix_wall_language", "language", "seq"),
        Index("ix_wall_platform", "platform", "seq"),
        Index("ix_wall_all", "kind", "language", "platform", "seq"),
    )

    seq: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    """Second of publication and id in one number: the order of the wall, and its cursor."""
    post_id: int = Field(
        sa_column=Column(
            BIG, ForeignKey("post.id", ondelete="CASCADE"), unique=True, nullable=False
        )
    )
    kind: str
    language: str
    platform: str


class WallWord(SQLModel, table=True):
    """One word of one public post, from its `search_text`; written by the same triggers."""

    __tablename__ = "wall_word"
    __table_args__ = {"sqlite_with_rowid": False}

    word: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))


class Queued(SQLModel, table=True):
    """One post in the order of its queue, be it decided or not; written by triggers on `post`.

    Only what is live, and stands for its story: the team decides about nothing else.
    """

    __table_args__ = {"sqlite_with_rowid": False}

    review: str = Field(primary_key=True)
    first_seen_at: datetime = Field(primary_key=True)
    post_id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    language: str
    platform: str
    kind: str
    search_text: str = Field(sa_type=Text)


class QueueCount(SQLModel, table=True):
    """How many posts of each sort are queued; written by the same triggers."""

    __tablename__ = "queue_count"

    review: str = Field(primary_key=True)
    language: str = Field(primary_key=True)
    platform: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    posts: int


class Media(SQLModel, table=True):
    """One picture, video or sound of a post."""

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    post_id: int = Field(
        sa_column=Column(BIG, ForeignKey("post.id", ondelete="CASCADE"), index=True, nullable=False)
    )
    position: int
    kind: str
    url: str
    mime_type: str | None = None
    alt: str | None = None
    alt_by: str | None = None
    """`moderator` where the author has left a picture undescribed and a person has not."""
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    preview_url: str | None = None
    picture_key: int | None = Field(default=None, sa_column=Column(BIG, index=True))
    """Names the `Picture` of it, or of a video's poster; None where there is none."""


class Revision(SQLModel, table=True):
    """A version of a post that an edit has replaced."""

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    post_id: int = Field(
        sa_column=Column(BIG, ForeignKey("post.id", ondelete="CASCADE"), index=True, nullable=False)
    )
    version: str | None = None
    title: str | None = None
    text: str = Field(sa_type=Text)
    replaced_at: datetime


class RawPayload(SQLModel, table=True):
    """What the platform sent, deflated JSON; purged after `store.raw_days`."""

    __tablename__ = "raw_payload"

    post_id: int = Field(
        sa_column=Column(BIG, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    )
    body: bytes = Field(sa_type=LargeBinary)
    fetched_at: datetime = Field(index=True)
