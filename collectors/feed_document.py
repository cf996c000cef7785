"""Reads a feed of any kind into plain JSON: RSS and Atom by feedparser, JSON Feed by ourselves."""

import calendar
import codecs
import io
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from collectors.base import MalformedError
from collectors.feed_media import Media, look_at
from collectors.html import text_of

MAX_BROKEN = 500_000
"""Most bytes of a feed that is not well-formed: the time to make sense of it grows squarely."""
_CHARSETS = re.compile(
    r"us-?ascii|utf[-_]?(8|16|32)([-_]?[lb]e)?|(iso|latin|windows|cp|koi8|mac)[\w-]*", re.IGNORECASE
)
_DECLARED = re.compile(rb"""^<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([\w.-]{1,40})["']""")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """What a feed says of itself, and its entries; all of it JSON."""

    feed: dict[str, Any]
    """`title`, `link`, `language` and `author` (`name`, `url`, `avatar`), None where not given."""
    entries: list[dict[str, Any]]
    """Each with one key: `entry` as feedparser understands it, or `item` of a JSON Feed."""


def read(body: bytes, *, content_type: str, url: str) -> Document:
    """Return a feed's contents.

    Args:
        body: the document as it came.
        content_type: of the answer; "" when there was none.
        url: what addresses in it are relative to.

    Raises:
        MalformedError: it is no feed, or only part of one; the message says what it is.
    """
    text = _decoded(body, content_type).lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")):
        return _read_json(text)
    return _read_xml(text.encode("utf-8", "replace"), url)


def _decoded(body: bytes, content_type: str) -> str:
    for mark, charset in _MARKS:
        if body.startswith(mark):
            return body.removeprefix(mark).decode(charset, "replace")
    # What reads as UTF-8 is UTF-8, whatever a server's settings say of all its files.
    charsets = ["utf-8"]
    if match := re.search(r"charset\s*=\s*[\"']?([\w.-]{1,40})", content_type.lower()):
        charsets.append(match[1])
    if declared := _DECLARED.match(body):
        charsets.append(declared[1].decode("ascii", "replace"))
    for charset in charsets:
        try:
            text = body.decode(charset) if _CHARSETS.fullmatch(charset) else "\0"
        except (LookupError, UnicodeError):
            continue
        if "\0" not in text:
            return text
    return body.decode("windows-1252", "replace")


def _read_json(text: str) -> Document:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedError("a JSON document that cannot be read") from None
    match document:
        case {"version": str(version), "title": str(), "items": list(items)} if re.match(
            r"https?://jsonfeed\.org/version/1(\.[01])?$", version
        ):
            authors = document.get("authors") or [document.get("author")]
            author = authors[0] if isinstance(authors, list) else None
            feed = {
                "title": document["title"],
                "link": document.get("home_page_url"),
                "language": document.get("language"),
                "author": author if isinstance(author, dict) else None,
            }
            return Document(feed, [{"item": item} for item in items])
    raise MalformedError("a JSON document that is no JSON Feed of version 1 or 1.1")


def _read_xml(document: bytes, url: str) -> Document:
    import feedparser

    look = look_at(document)
    if not look.well_formed:
        _check_broken(document)
    parsed = feedparser.parse(
        io.BytesIO(look.document),
        response_headers={
            "content-type": "application/xml; charset=utf-8",
            "content-location": url,
        },
        # Our own converter reads the HTML, with a browser's parser and bounds.
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.version and not parsed.entries:
        raise MalformedError("a document that is no feed")
    if not look.well_formed and not parsed.entries:
        raise MalformedError("a broken document without entries")
    media: Sequence[Media] = look.media
    if len(media) != len(parsed.entries):
        media = [Media() for _ in parsed.entries]
    return Document(
        _feed_of(parsed.feed),
        [
            {"entry": {**_json_of(entry), "media": asdict(said)}}
            for entry, said in zip(parsed.entries, media, strict=True)
        ],
    )


def _check_broken(document: bytes) -> None:
    # Half a feed would show half a text; a whole one that breaks a rule of XML is read anyway.
    if not re.search(rb"</(\w+:)?(rss|feed|rdf)\s*>", document, re.IGNORECASE):
        raise MalformedError("a document that is no feed, or only the beginning of one")
    if len(document) > MAX_BROKEN:
        raise MalformedError("a broken document, too large to be understood")


def _feed_of(feed: Mapping[str, Any]) -> dict[str, Any]:
    author = feed.get("author_detail") or {}
    title = feed.get("title_detail") or {"type": "text/plain", "value": None}
    value = title["value"]
    if value and title["type"] != "text/plain":
        value = text_of(value[:1000])[0]
    return {
        "title": value or None,
        "link": feed.get("link"),
        "language": feed.get("language"),
        "author": {"name": author.get("name"), "url": author.get("href")} if author else None,
    }


def _json_of(value: Any) -> Any:
    """Return what feedparser made of something, with its times as ISO dates."""
    if isinstance(value, time.struct_time):
        return _date_of(value)
    if isinstance(value, Mapping):
        return {str(name): _json_of(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_json_of(part) for part in value]
    return value if isinstance(value, str | int | float | None) else str(value)


def _date_of(value: time.struct_time) -> str | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(value), UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return None
