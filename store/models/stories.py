"""Which posts tell one story, and by what evidence."""

from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, Text, text
from sqlmodel import Field, SQLModel

from store.models.columns import BIG


def _post(*, primary_key: bool = True, index: bool = False) -> Any:
    return Field(
        sa_column=Column(
            BIG,
            ForeignKey("post.id", ondelete="CASCADE"),
            primary_key=primary_key,
            index=index,
            nullable=False,
            autoincrement=False,
        )
    )


IS_COMMON = "people IS NOT NULL"


class StoryText(SQLModel, table=True):
    """One normal form that is evidence, however many posts have it; see `store.stories.forms`."""

    __tablename__ = "story_text"
    __table_args__ = (
        Index(
            "ix_story_text_people",
            "people",
            sqlite_where=text(IS_COMMON),
            postgresql_where=text(IS_COMMON),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    hash: int = Field(sa_column=Column(BIG, unique=True, nullable=False))
    text: str = Field(sa_type=Text)
    tags: list[str] = Field(default_factory=list, sa_type=JSON)
    """This and the next three are those of the first post that had the form."""
    counter: str = ""
    place: str = ""
    cut: bool = False
    people: int | None = None
    """How many have said it, once they are so many that it is no evidence: `store.stories.common`.
    """


class StoryBand(SQLModel, table=True):
    """A key that like texts share; see `store.stories.signature`.

    Without a foreign key, and without an index of its own on the texts: either would cost more than
    all the rest of looking for stories. `store.stories.texts` deletes a text's keys with it.
    """

    __tablename__ = "story_band"
    __table_args__ = {"sqlite_with_rowid": False}  # SQLAlchemy's own way

    key: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    text_id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))


class StoryRun(SQLModel, table=True):
    """Keys of a batch, which wait to go under `StoryBand`; see `store.stories.bands`."""

    __tablename__ = "story_run"

    id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    """Counts up by one."""
    mark: int = Field(sa_column=Column(BIG, nullable=False))
    """Drawn by lot: a number that was rolled back is given again, to another run."""
    pairs: bytes
    """Keys and texts by turns, 64 bits each, little-endian; below zero, a text to remove."""


class StoryReference(SQLModel, table=True):
    """What a post repeats without a word of its own, by the hash of its name."""

    __tablename__ = "story_reference"
    __table_args__ = {"sqlite_with_rowid": False}  # as above

    name: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    post_id: int = _post(index=True)


class StoryEdge(SQLModel, table=True):
    """Why one post is the same story as another; posts that edges connect are one story."""

    __tablename__ = "story_edge"
    __table_args__ = {"sqlite_with_rowid": False}  # as above

    post_id: int = _post()
    other_id: int = _post(index=True)
    kind: str = Field(primary_key=True)
    """A `store.stories.evidence.Evidence`: what goes must not take the others with it."""
    score: float
    """How alike their texts are, 0 to 1."""
    why: str
    """A `store.stories.verify.Why`."""
    words: int
    """Words that one has and the other has not."""


class StoryApart(SQLModel, table=True):
    """Two posts of which a person has said that they are no story together."""

    __tablename__ = "story_apart"
    __table_args__ = {"sqlite_with_rowid": False}  # as above

    one_id: int = _post()
    other_id: int = _post(index=True)


class StoryPicture(SQLModel, table=True):
    """Two posts that show the same picture, and are no story by that alone."""

    __tablename__ = "story_picture"
    __table_args__ = {"sqlite_with_rowid": False}  # as above

    post_id: int = _post()
    other_id: int = _post(index=True)
    score: float
    """How alike the pictures are, 0 to 1."""
    why: str
    """A `store.stories.verify.Why`: how the pictures are the same."""
    lacks: str
    """A `store.stories.likeness.Lack`: why that is not enough."""
