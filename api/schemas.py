"""The shapes of our JSON: JSON Feed 1.1 (jsonfeed.org), and in `_bladi` what it has no word for."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


def _absent() -> Any:
    """Return a field that is left out where nothing is known, as JSON Feed wants it."""
    return Field(default=None, exclude_if=lambda value: value is None)


class _Shape(BaseModel):
    model_config = ConfigDict(populate_by_name=True, frozen=True)


class Author(_Shape):
    """Who wrote a post."""

    name: str | None = _absent()
    url: str | None = _absent()
    avatar: str | None = _absent()


class Copy(_Shape):
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


class Size(_Shape):
    """What JSON Feed does not say about an attachment."""

    kind: str
    """`image`, `video` or `audio`."""
    width: int | None = _absent()
    """Pixels."""
    height: int | None = _absent()
    """Pixels."""
    picture: Copy | None = _absent()
    """Of the picture, or of what stands for a video."""


class Attachment(_Shape):
    """A picture, video or sound; `title` is its description."""

    url: str
    mime_type: str
    title: str | None = _absent()
    duration_in_seconds: float | None = _absent()
    bladi: Size = Field(alias="_bladi")


class Span(_Shape):
    """A hashtag, mention or link in `content_text`, by code points."""

    kind: str
    start: int
    end: int
    value: str


class Elsewhere(_Shape):
    """Another place of the same story; of X nothing but the address."""

    platform: str
    url: str
    author: str | None = _absent()
    date_published: datetime | None = _absent()


class Extension(_Shape):
    """What JSON Feed does not say about a post."""

    platform: str
    native_id: str
    display: str
    """`card`; of every other post nothing but the platform, the id and the address is told."""
    kind: str | None = _absent()
    direction: Literal["rtl", "ltr", "auto"] | None = _absent()
    handle: str | None = _absent()
    instance: str | None = _absent()
    language_probability: float | None = _absent()
    languages: list[str] | None = _absent()
    """Further languages of a mixed post."""
    entities: list[Span] | None = _absent()
    content_warning: str | None = _absent()
    sensitive: bool | None = _absent()
    ai_labelled: bool | None = _absent()
    paid_partnership: bool | None = _absent()
    also_on: list[Elsewhere] | None = _absent()
    """Other posts of the same story, which are not on the wall themselves."""
    people: int | None = _absent()
    """How many have posted these words, which are a formula and no story."""


class Item(_Shape):
    """One public post, as an item of JSON Feed."""

    id: str
    url: str
    title: str | None = _absent()
    content_text: str
    date_published: datetime | None = _absent()
    date_modified: datetime | None = _absent()
    authors: list[Author] | None = _absent()
    image: str | None = _absent()
    """Our copy of its first picture."""
    tags: list[str] | None = _absent()
    language: str | None = _absent()
    attachments: list[Attachment] | None = _absent()
    bladi: Extension = Field(alias="_bladi")


class Wall(_Shape):
    """One page of the wall, newest first; `next_cursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None


class Feed(_Shape):
    """A JSON Feed."""

    version: Literal["https://jsonfeed.org/version/1.1"] = "https://jsonfeed.org/version/1.1"
    title: str
    home_page_url: str
    feed_url: str
    description: str
    icon: str
    language: str
    next_url: str | None = _absent()
    items: list[Item]
