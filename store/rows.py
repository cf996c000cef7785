"""Turns an item into the rows that keep it: checked, cleaned and hashed."""

import json
import marshal
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import blake2b
from operator import attrgetter
from typing import Any, TypeVar

from store import media as pictures
from store.items import Item, Payload
from store.models import Availability, Post
from store.normal import words
from store.sanitise import clean, clean_optional, clean_text, is_clean, is_web_address

LONGEST_TEXT = 200_000
LONGEST_WORD = 2_000
"""Code points of a title, a name or an address."""
MOST = 2**63 - 1
"""Of a count: what its column takes."""
LARGEST = 2**31 - 1
"""Pixels and seconds, likewise."""

KEY = ("platform", "native_id")
METRICS = ("likes", "replies", "reposts", "views")
_metrics = attrgetter(*METRICS)
COLUMNS = tuple(name for name in Post.model_fields if name != "id")

SLACK = timedelta(minutes=5)
"""How far a platform's clock may be ahead of ours."""

Number = TypeVar("Number", int, float)

_SAID = attrgetter(
    "url", "kind.value", "text", "title", "tags", "version",
    "language_hint", "content_warning", "sensitive", "labels", "ai_labelled", "paid_partnership",
    "embeddable", "withheld_in", "display.value", "author.native_id", "author.handle",
    "author.name", "author.url",
)  # fmt: skip
_NAMES = attrgetter("lookup_id", "instance", "version", "language_hint", "author.native_id")
_ENTITY = attrgetter("kind", "start", "end", "value")
_REFERENCE = attrgetter("kind", "native_id", "url")
_ATTACHMENT = attrgetter("kind", "mime_type", "alt", "width", "height", "duration")


def digest(item: Item) -> int:
    """Return a hash of what a platform says of a post, its counts left out.

    What one server of a network says otherwise than the next is left out too: its own number for
    the post, and the addresses of its copies of pictures.

    Quick, because most of what a harvest reads is there already, just as it was.
    """
    times = (item.published_at, item.edited_at, item.indexed_at)
    said = (
        *_SAID(item),
        *(moment and moment.timestamp() for moment in times),
        tuple(map(_ENTITY, item.entities)),
        tuple(map(_REFERENCE, item.references)),
        tuple(map(_ATTACHMENT, item.attachments)),
    )
    # Version 2 of the format has no back references: equal values give equal bytes.
    whole = marshal.dumps(said, 2)
    return int.from_bytes(blake2b(whole, digest_size=8).digest(), "big", signed=True)


def of(item: Item, *, digest: int, now: datetime, recheck: timedelta | None) -> dict[str, Any]:
    """Return the columns of `Post` for an item, with nothing decided yet.

    Raises:
        ValueError: the item cannot be kept; the message says why, without personal data.
    """
    _check(item)
    text, entities = clean_text(item.text, item.entities)
    title, name = clean_optional(item.title), clean_optional(item.author.name)
    handle = clean_optional(item.author.handle)
    said: dict[str, Any] = {
        "lookup_id": item.lookup_id,
        "instance": item.instance,
        "url": item.url,
        "kind": item.kind.value,
        "title": title,
        "text": text,
        "entities": [
            {"kind": e.kind, "start": e.start, "end": e.end, "value": clean(e.value)}
            for e in entities
        ],
        "tags": [clean(tag) for tag in item.tags],
        "refers_to": [asdict(reference) for reference in item.references],
        "published_at": item.published_at,
        "edited_at": item.edited_at,
        "indexed_at": item.indexed_at,
        "version": item.version,
        "author_id": item.author.native_id,
        "author_handle": handle,
        "author_name": name,
        "author_url": _web(item.author.url),
        **avatar(item),
        "language_hint": item.language_hint,
        "content_warning": clean_optional(item.content_warning),
        "sensitive": item.sensitive,
        "labels": list(item.labels),
        "withheld_in": list(item.withheld_in),
        "ai_labelled": item.ai_labelled,
        "paid_partnership": item.paid_partnership,
        "embeddable": item.embeddable,
        "display": item.display.value,
    }
    return {
        "platform": item.platform,
        "native_id": item.native_id,
        **said,
        # A post from the future would stand on top of the wall until its day came.
        "published_at": item.published_at if item.published_at <= now + SLACK else now,
        "digest": digest,
        "language": "und",
        "language_probability": None,
        "language_by": "tagger",
        "languages": [],
        "language_model": "",
        "first_seen_at": now,
        **seen(item, now=now, recheck=recheck),
        "missed_at": None,
        "availability": Availability.LIVE.value,
        "review": "pending",
        "revision": 0,
        "show_at": None,
        "topics": [],
        "is_chosen": False,
        "story_id": None,
        "is_copy": False,
        "text_id": None,
        "said_key": None,
        "url_key": None,
        "story_version": 0,
        "search_text": words(" ".join(filter(None, (title, text, name, handle)))),
    }


def seen(item: Item, *, now: datetime, recheck: timedelta | None) -> dict[str, Any]:
    """Return the columns that change each time a post is read: its counts, and when it was read."""
    return {
        "fetched_at": now,
        "recheck_at": None if recheck is None else now + recheck,
        **{
            name: _within(value, MOST)
            for name, value in zip(METRICS, _metrics(item.metrics), strict=True)
        },
    }


def avatar(item: Item) -> dict[str, Any]:
    """Return the columns of an item's avatar."""
    url = _web(item.author.avatar_url)
    return {"author_avatar_url": url, "avatar_key": pictures.key(item.platform, "avatar", url)}


def media(item: Item, post_id: int) -> Iterator[dict[str, Any]]:
    """Yield the columns of `Media` for an item's attachments."""
    for position, one in enumerate(item.attachments):
        if is_web_address(one.url):
            preview_url = _web(one.preview_url)
            shown = pictures.shown(one.kind, one.url, preview_url)
            yield {
                "post_id": post_id,
                "position": position,
                "kind": one.kind,
                "url": one.url,
                "mime_type": one.mime_type,
                "alt": clean_optional(one.alt),
                "alt_by": None,
                "width": _within(one.width, LARGEST),
                "height": _within(one.height, LARGEST),
                "duration": _within(one.duration, LARGEST),
                "preview_url": preview_url,
                "picture_key": pictures.key(item.platform, "attachment", shown),
            }


def tombstone_key(platform: str, native_id: str) -> bytes:
    """Return the hash by which a removed post is known without being kept."""
    return blake2b(f"{platform}\0{native_id}".encode("utf-8", "replace"), digest_size=16).digest()


def pack(payload: Payload) -> bytes:
    """Return a payload as deflated JSON."""
    # Level 1: a third larger than the best, in a fifth of the time.
    return zlib.compress(json.dumps(payload, separators=(",", ":")).encode(), 1)


def unpack(body: bytes) -> Any:
    """Return what `pack` packed."""
    return json.loads(zlib.decompress(body))


def is_name(key: tuple[str, str]) -> bool:
    """Say whether a platform's id can be kept, and asked for."""
    # In bytes: an index of PostgreSQL takes no more than 2,700.
    return is_clean(key[1]) and 0 < len(key[1].encode()) <= LONGEST_WORD


def _check(item: Item) -> None:
    if not is_name((item.platform, item.native_id)):
        raise ValueError("no id, or one that is too long or has control characters in it")
    if len(item.url) > LONGEST_WORD or not is_web_address(item.url):
        raise ValueError("its address is no web address")
    if len(item.text) > LONGEST_TEXT or len(item.title or "") > LONGEST_WORD:
        raise ValueError(f"longer than {LONGEST_TEXT} characters, or a title over {LONGEST_WORD}")
    for moment in (item.published_at, item.edited_at, item.indexed_at):
        if moment is not None and (moment.tzinfo is None or not 1 < moment.year < 9999):
            raise ValueError("a time without a time zone, or out of all range")
    if not all(is_clean(name) for name in _names(item) if name is not None):
        raise ValueError("a name with control characters in it")


def _names(item: Item) -> Iterator[str | None]:
    """Yield what names things elsewhere: cleaned, it would name nothing or another thing."""
    yield from _NAMES(item)
    yield from item.labels
    yield from item.withheld_in
    for reference in item.references:
        yield reference.native_id
        yield reference.url
    for attachment in item.attachments:
        yield attachment.mime_type


def _within(value: Number | None, most: int) -> Number | None:
    """Return a number that can be; None for what no post has, and no database keeps."""
    return value if value is not None and 0 <= value <= most else None


def _web(url: str | None) -> str | None:
    return url if is_web_address(url) else None
