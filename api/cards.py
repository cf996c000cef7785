"""A public post as a card of our own page."""

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from api import item, names, text
from api.pictures import Image, Pictures
from api.text import Written
from api.words import Wording
from store.items import Display
from store.models import Media, Post
from store.wall import Public

SHORT = 240
"""Code points of a text that is set large, like a quotation."""
CAPTIONS = 4
"""Descriptions of pictures that a card shows."""

TONES = 6
"""Palettes of `static/wall.css` for drawings (`.tone-0` …)."""
MOTIFS = 5
"""Drawings of `templates/motifs.svg` (`#motif-0` …)."""

_HANDLES = {"reddit": "u/{}", "feeds": "{}"}
_X_AUTHOR = "https://x.com/{}"
_X_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Byline:
    """Who wrote a post, as its platform wants them shown."""

    name: str
    handle: str | None
    url: str | None
    initials: str
    """One or two letters; "" for a name without letters."""
    tone: int
    avatar: Image | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """Our copy of the first picture, or a drawing: nothing is loaded from anywhere else."""

    kind: str
    """`image`, `video` or `audio`."""
    image: Image | None
    alt: str | None
    """The first picture's description by its author."""
    more: int
    """Further pictures."""
    motif: int
    tone: int
    shape: Literal["wide", "tall", "square", "even"]
    captions: Sequence[str]
    """Their descriptions by the author."""
    duration: str | None
    """As on a clock: 4:12."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Another place of the same story."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One post on the page; texts are not escaped yet, but those that are Markup."""

    id: int
    platform: str
    network: str
    url: str
    look: Literal["card", "quote", "link"]
    kind: str
    language: str
    direction: str
    language_names: Sequence[str]
    title: str | None
    text: Written
    byline: Byline | None
    published_at: datetime
    day: str
    edited: bool
    ai_labelled: bool
    paid: bool
    warning: str | None
    folded: bool
    poster: Poster | None
    also_on: Sequence[Place]
    people: str | None
    """How many people have posted the same words, in a sentence."""
    pinned: bool
    """Editors have put it before the others."""
    featured: bool
    """It is the one that is shown wide."""


def of(public: Public, wording: Wording, zone: ZoneInfo, pictures: Pictures) -> Card:
    """Return the card of a public post, within what its platform lets us show."""
    post = public.post
    linked = post.display in {Display.EMBED, Display.LINK}
    written = text.of(post)
    return Card(
        id=post.id or 0,
        platform=post.platform,
        network=names.place(wording, post.platform, post.url),
        url=post.url,
        look="link" if linked else _look(post, public.media),
        kind=post.kind,
        language=post.language,
        direction=names.direction(post.language),
        language_names=_languages(post, wording),
        title=post.title,
        text=written,
        byline=None if linked else byline(public, pictures),
        published_at=post.published_at,
        day=wording.date(post.published_at, zone),
        edited=post.edited_at is not None,
        ai_labelled=post.ai_labelled is True,
        paid=post.paid_partnership is True,
        warning=post.content_warning,
        folded=item.warning_of(post, wording) is not None,
        poster=None if linked else _poster(public, pictures),
        # X wants no other network named on its posts.
        also_on=() if post.platform == "x" else _places(public, wording),
        people=None if linked else item.people(public, wording),
        # X wants nothing of ours on its posts.
        pinned=public.pinned and not linked,
        featured=public.featured,
    )


def clock(seconds: float) -> str:
    """Return a length of time as on a clock: 4:12, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def initials(name: str) -> str:
    """Return the first letters of up to two words; one where letters join, as in Arabic."""
    words = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFKC", name))
    if not words:
        return ""
    joins = unicodedata.bidirectional(words[0][0]) == "AL"
    chosen = words[:1] if joins or len(words) == 1 else [words[0], words[-1]]
    # The capital of some letters is two letters.
    return "".join(word[0].upper()[0] for word in chosen)


def _look(post: Post, media: Sequence[Media]) -> Literal["card", "quote"]:
    is_short = not media and not post.title and 0 < len(post.text) <= SHORT
    return "quote" if is_short and post.kind == "note" else "card"


def _languages(post: Post, wording: Wording) -> list[str]:
    tags = [tag for tag in (post.language, *post.languages) if tag != "und"]
    return [names.language(wording, tag) for tag in dict.fromkeys(tags)]


def byline(public: Public, pictures: Pictures) -> Byline | None:
    """Return who wrote a post; None where its network names nobody."""
    post = public.post
    handle = post.author_handle
    if handle is not None:
        handle = _HANDLES.get(post.platform, "@{}").format(handle)
    name = post.author_name or handle
    if name is None:
        return None
    return Byline(
        name=name,
        handle=None if handle == name else handle,
        url=_author_url(post),
        initials=initials(name.removeprefix("u/")),
        tone=zlib.crc32(post.author_id.encode()) % TONES,
        avatar=pictures.avatar(post, public.pictures),
    )


def _author_url(post: Post) -> str | None:
    """Return where the author's name leads; X wants its own page of them, whatever they link."""
    if post.platform == "x" and _X_HANDLE.match(post.author_handle or ""):
        return _X_AUTHOR.format(post.author_handle)
    return post.author_url


def _poster(public: Public, pictures: Pictures) -> Poster | None:
    media = public.media
    if not media:
        return None
    kinds = [one.kind for one in media]
    kind = next((kind for kind in ("video", "audio") if kind in kinds), "image")
    first = next(one for one in media if one.kind == kind)
    chance = zlib.crc32(public.post.native_id.encode())
    return Poster(
        kind=kind,
        image=pictures.attached(first, public.pictures),
        alt=first.alt,
        more=kinds.count("image") - 1 if kind == "image" else 0,
        motif=chance % MOTIFS,
        tone=chance // MOTIFS % TONES,
        shape=_shape(first),
        captions=[one.alt for one in media if one.alt][:CAPTIONS],
        duration=clock(first.duration) if first.duration else None,
    )


def _shape(media: Media) -> Literal["wide", "tall", "square", "even"]:
    if not media.width or not media.height:
        return "wide" if media.kind == "video" else "even"
    ratio = media.width / media.height
    if ratio >= 1.6:
        return "wide"
    if ratio <= 0.85:
        return "tall"
    return "square" if ratio <= 1.15 else "even"


def _places(public: Public, wording: Wording) -> list[Place]:
    return [
        Place(name=names.place(wording, copy.platform, copy.url), url=copy.url)
        for copy in public.also_on
    ]
