"""What a collector reads, before anybody has judged it.

The words are those of ActivityStreams 2.0 (Note, Image, Video, Article; attributedTo, attachment,
tag) and JSON Feed. A value that a platform does not give is None, never zero and never "".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Payload = Mapping[str, Any]
"""One post as a platform sent it: JSON, and complete enough to be understood on its own later."""


class Kind(StrEnum):
    """What a post mainly is."""

    NOTE = "note"
    IMAGE = "image"
    VIDEO = "video"
    ARTICLE = "article"


class Display(StrEnum):
    """How a post may be shown, as its platform's terms or its author say."""

    CARD = "card"
    """On a card of ours, and through our feeds."""
    CARD_ONLY = "card_only"
    """On a card of ours; feeds and exports carry the id and the address alone."""
    EMBED = "embed"
    """By the platform's own embed only."""
    LINK = "link"
    """As a link only."""


class OptOut(StrEnum):
    """Why an author's own settings forbid showing a post."""

    NOT_INDEXABLE = "not_indexable"
    NOT_DISCOVERABLE = "not_discoverable"
    NO_INDEX = "no_index"
    LOCKED = "locked"
    BOT = "bot"
    LOGGED_IN_ONLY = "logged_in_only"
    LABELLED = "labelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote a post, as the platform names them."""

    native_id: str
    handle: str | None = None
    """As people write it, without the leading @: `user`, `user@server`, or None."""
    name: str | None = None
    url: str | None = None
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One picture, video or sound that belongs to a post."""

    kind: str
    """`image`, `video` or `audio`."""
    url: str
    mime_type: str | None = None
    alt: str | None = None
    width: int | None = None
    """Pixels."""
    height: int | None = None
    """Pixels."""
    duration: float | None = None
    """Seconds."""
    preview_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A hashtag, mention or link inside `Item.text`, by code points: text[start:end]."""

    kind: str
    """`hashtag`, `mention` or `link`."""
    start: int
    end: int
    value: str
    """The tag as written without its mark, the handle without @, or the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Another post that this one answers, quotes or repeats."""

    kind: str
    """`reply`, `quote` or `repost`."""
    native_id: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Counts as the platform gave them; None where it gives none, or where they are hidden."""

    likes: int | None = None
    replies: int | None = None
    reposts: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One post as a platform tells it."""

    platform: str
    native_id: str
    """The post's lasting name on its platform: it stays the same through edits and servers.

    X: first of `edit_history_tweet_ids`; YouTube: video id; Reddit: fullname; fediverse: `uri`;
    Bluesky: at-uri with the DID; feeds: entry id, or its address.
    """
    lookup_id: str | None = None
    """What the platform's API must be asked with, where that is not `native_id`."""
    instance: str | None = None
    """The server that it was read from, where a platform has many."""
    url: str
    """The page where people see the post."""
    kind: Kind
    text: str
    """Plain text as written, before any cleaning; "" when there is none."""
    title: str | None = None
    entities: tuple[Entity, ...] = ()
    tags: tuple[str, ...] = ()
    """Tags declared beside the text (YouTube keywords, Bluesky outline tags), as written."""
    attachments: tuple[Attachment, ...] = ()
    author: Author
    published_at: datetime
    """As claimed by the platform or author, aware UTC."""
    edited_at: datetime | None = None
    indexed_at: datetime | None = None
    """When the platform first saw it, where that is told apart from the claim."""
    version: str | None = None
    """The platform's name of this very version (X post id, Bluesky cid)."""
    language_hint: str | None = None
    """BCP 47 tag as the platform or author gives it; a hint only."""
    references: tuple[Reference, ...] = ()
    metrics: Metrics = field(default_factory=Metrics)
    content_warning: str | None = None
    sensitive: bool | None = None
    labels: tuple[str, ...] = ()
    """Moderation labels of the platform."""
    ai_labelled: bool | None = None
    paid_partnership: bool | None = None
    embeddable: bool | None = None
    withheld_in: tuple[str, ...] = ()
    """ISO 3166 countries in which the platform withholds the post."""
    visible: bool = True
    """False when the platform says that the public may not (or no longer) see the post."""
    opt_out: OptOut | None = None
    display: Display = Display.CARD
    vouched: bool = False
    """True when the source itself, not a hashtag, makes the post part of the campaign."""
    raw: Payload = field(default_factory=dict)
