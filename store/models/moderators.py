"""The people of the desk, and what proves that it is they."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, ForeignKey
from sqlmodel import Field, SQLModel

from store.models.columns import BIG


class Role(StrEnum):
    """What somebody is at the desk; what each may do is said where it is asked."""

    VIEWER = "viewer"
    MODERATOR = "moderator"
    EDITOR = "editor"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Moderator(SQLModel, table=True):
    """One of the team."""

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    name: str = Field(unique=True)
    """As it stands in decisions; it is never given to another person."""
    role: str
    password: str | None = None
    """Argon2id, with its salt and costs; None until the first sign-in."""
    secret: str | None = None
    """Of the one-time codes, in base32."""
    last_step: int = Field(default=0, sa_type=BIG)
    """Half-minute of the newest code that was taken: none is taken twice."""
    added_at: datetime
    disabled_at: datetime | None = None


class Invitation(SQLModel, table=True):
    """A link that lets one person set password and codes, once."""

    token: str = Field(primary_key=True)
    """SHA-256 of what stands in the link."""
    moderator_id: int = Field(
        sa_column=Column(BIG, ForeignKey("moderator.id", ondelete="CASCADE"), nullable=False)
    )
    secret: str
    """The codes' secret that will be theirs."""
    expires_at: datetime


class SignIn(SQLModel, table=True):
    """One browser that is signed in."""

    __tablename__ = "sign_in"

    token: str = Field(primary_key=True)
    """SHA-256 of what stands in the cookie."""
    moderator_id: int = Field(
        sa_column=Column(
            BIG, ForeignKey("moderator.id", ondelete="CASCADE"), index=True, nullable=False
        )
    )
    began_at: datetime
    seen_at: datetime


class Failure(SQLModel, table=True):
    """A sign-in that failed, by what it is counted: a name or a network, hashed."""

    __tablename__ = "sign_in_failure"

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    counted: str = Field(index=True)
    failed_at: datetime


class Viewing(SQLModel, table=True):
    """Who looks at a post just now."""

    post_id: int = Field(
        sa_column=Column(BIG, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    )
    moderator: str
    until: datetime
    is_taken: bool = False
    """Of a batch that was handed to this person: others do not get it."""
