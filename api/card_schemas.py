"""The shapes of a card and a wall as the widget reads them; what is not known is left out."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas import Copy, Shape, absent


class Day(Shape):
    """A moment, and its day in words."""

    at: datetime
    text: str


class Writer(Shape):
    """Who wrote a post, as its network wants them shown."""

    name: str
    handle: str | None = absent()
    """With the mark of its network: @user, u/user."""
    url: str | None = absent()
    initials: str
    """One or two letters; "" for a name without letters."""
    avatar: Copy | None = absent()


class Piece(Shape):
    """A hashtag, mention or link in a text."""

    text: str
    href: str | None = absent()
    """Left out where its network has no page for it."""
    kind: Literal["tag", "mention", "link"]


class Player(Shape):
    """What plays a video at its network, to be loaded after a click and not before."""

    src: str
    title: str
    host: str
    """Whom the click asks, for the sentence that says so."""


class Medium(Shape):
    """A picture, video or sound."""

    kind: str
    """`image`, `video` or `audio`."""
    alt: str
    """Its description; a sentence of ours where its author gave none."""
    width: int | None = absent()
    """Pixels."""
    height: int | None = absent()
    """Pixels."""
    colour: str | None = absent()
    """`#rrggbb`: what to paint while it loads."""
    src: str | None = absent()
    """Our copy; left out where there is none, and a drawing takes its place."""
    srcset: str | None = absent()
    srcset_webp: str | None = absent()
    duration: str | None = absent()
    """As on a clock: 4:12."""
    player: Player | None = absent()


class Elsewhere(Shape):
    """Another place of the same story."""

    platform: str
    network: str
    url: str
    author: str | None = absent()
    published: Day | None = absent()


class Card(Shape):
    """One post; of one that only its network may show, nothing but where it is."""

    id: int
    url: str
    """The post at its network."""
    page: str
    """The post on our own pages."""
    platform: str
    network: str
    """The network's name in the language of the reader."""
    kind: str
    card: bool
    """False: nothing of it may be shown but a link."""
    menu: bool
    """Whether our own actions may stand on it."""
    pinned: Literal[True] | None = absent()
    """It stands before newer posts because editors have put it there."""
    featured: Literal[True] | None = absent()
    """It stands before all others, to be shown large."""
    label: str | None = absent()
    """Why it stands there, in a word above its text."""
    author: Writer | None = absent()
    published: Day | None = absent()
    edited: Day | None = absent()
    lang: str | None = absent()
    dir: Literal["rtl", "ltr", "auto"] | None = absent()
    language: str | None = absent()
    """The language's name in the language of the reader."""
    title: str | None = absent()
    text: list[str | Piece] = Field(default_factory=list)
    warning: str | None = absent()
    """What to say before the rest is unfolded."""
    media: list[Medium] = Field(default_factory=list)
    also_on: list[Elsewhere] = Field(default_factory=list)
    people: int | None = absent()
    """How many have posted these words, which are a formula and no story."""


class Choice(Shape):
    """One choice of a filter."""

    value: str
    label: str
    posts: int
    """How many posts it would show."""


class Choices(Shape):
    """What a visitor can choose from."""

    kind: list[Choice]
    language: list[Choice]
    platform: list[Choice]


class CardWall(Shape):
    """One page of cards, in their order."""

    lang: str
    dir: Literal["rtl", "ltr"]
    title: str
    home: str
    """Its page on our own site."""
    revision: str
    """The cursor of `changes`."""
    posts: list[Card]
    next: str | None
    """The cursor of the next page; null on the last one."""
    filters: Choices | None = absent()
    """On the first page alone."""


class News(Shape):
    """What has changed since a revision."""

    revision: str
    new: int | None = absent()
    removed: list[int] | None = absent()
    """Numbers of posts that must no longer be shown; some were never on this wall."""
    updated: list[int] | None = absent()
    reset: Literal[True] | None = absent()
    """Too much has changed to be told: the wall is to be read anew."""
