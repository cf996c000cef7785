"""The shapes of our JSON: JSON Feed 1.1 (jsonfeed.org), and in `_bladi` what it has no word for."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


def absent() -> Any:
    """Return a field that is left out where nothing is known, as JSON Feed wants it."""
    return Field(default=None, exclude_if=lambda value: value is None)


class Shape(BaseModel):
    """What all shapes share."""

    model_config = ConfigDict(populate_by_name=True, frozen=True)


class Author(Shape):
    """Who wrote a post."""

    name: str | None = absent()
    url: str | None = absent()
    avatar: str | None = absent()


class Copy(Shape):
    """Our own copy of a picture, to be shown without asking anybody else."""

    src: str
    srcset: str
    """JPEG copies."""
    srcset_webp: str
    width: int
    """Pixels of the original."""
    height: int
    colour: str
    """`#rrggbb`: what to paint while it loads."""
    animated: bool
    """It moves at its network; our copy stands still."""


class Size(Shape):
    """What JSON Feed does not say about an attachment."""

    kind: str
    """`image`, `video` or `audio`."""
    width: int | None = absent()
    """Pixels."""
    height: int | None = absent()
    """Pixels."""
    picture: Copy | None = absent()
    """Of the picture, or of what stands for a video."""


class Attachment(Shape):
    """A picture, video or sound; `title` is its description."""

    url: str
    mime_type: str
    title: str | None = absent()
    duration_in_seconds: float | None = absent()
    bladi: Size = Field(alias="_bladi")


class Span(Shape):
    """A hashtag, mention or link in `content_text`, by code points."""

    kind: str
    start: int
    end: int
    value: str


class Elsewhere(Shape):
    """Another place of the same story; of X nothing but the address."""

    platform: str
    url: str
    author: str | None = absent()
    date_published: datetime | None = absent()


class Extension(Shape):
    """What JSON Feed does not say about a post."""

    platform: str
    native_id: str
    display: str
    """`card`; of every other post nothing but the platform, the id and the address is told."""
    kind: str | None = absent()
    direction: Literal["rtl", "ltr", "auto"] | None = absent()
    handle: str | None = absent()
    instance: str | None = absent()
    language_probability: float | None = absent()
    languages: list[str] | None = absent()
    """Further languages of a mixed post."""
    entities: list[Span] | None = absent()
    content_warning: str | None = absent()
    sensitive: bool | None = absent()
    ai_labelled: bool | None = absent()
    paid_partnership: bool | None = absent()
    also_on: list[Elsewhere] | None = absent()
    """Other posts of the same story, which are not on the wall themselves."""
    people: int | None = absent()
    """How many have posted these words, which are a formula and no story."""
    pinned: Literal[True] | None = absent()
    """It stands before newer posts because editors have put it there."""
    featured: Literal[True] | None = absent()
    """It stands before all others, to be shown large."""


class Item(Shape):
    """One public post, as an item of JSON Feed."""

    id: str
    url: str
    title: str | None = absent()
    content_text: str
    date_published: datetime | None = absent()
    date_modified: datetime | None = absent()
    authors: list[Author] | None = absent()
    image: str | None = absent()
    """Our copy of its first picture."""
    tags: list[str] | None = absent()
    language: str | None = absent()
    attachments: list[Attachment] | None = absent()
    bladi: Extension = Field(alias="_bladi")


class Wall(Shape):
    """One page of the wall; `next_cursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None


class Feed(Shape):
    """A JSON Feed."""

    version: Literal["https://jsonfeed.org/version/1.1"] = "https://jsonfeed.org/version/1.1"
    title: str
    home_page_url: str
    feed_url: str
    description: str
    icon: str
    language: str
    next_url: str | None = absent()
    items: list[Item]
