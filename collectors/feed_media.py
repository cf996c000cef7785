"""A first look at an XML feed before feedparser: is it safe to parse, and what do its media say?

feedparser takes every `media:title` and `media:description` for the title and text of the whole
entry, although in Mastodon's feeds they describe single pictures. So they are read here, by entry,
and cut out of the document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from collectors.base import MalformedError

MAX_DEPTH = 100
"""Most elements inside each other: feedparser's time grows with the square of it."""
_MEDIA = ("http://search.yahoo.com/mrss/", "http://search.yahoo.com/mrss")


@dataclass(slots=True)
class Media:
    """What the Media RSS elements of one entry say."""

    alts: dict[str, str] = field(default_factory=dict)
    """Descriptions of single media, by address."""
    description: str | None = None
    """That of the entry itself, or of its only group, as YouTube writes it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look has found."""

    well_formed: bool
    media: list[Media]
    """One for each entry, in the order of the document."""
    document: bytes
    """The document without media titles and descriptions; as it was if it is not well-formed."""


def look_at(document: bytes) -> Look:
    """Return what is in an XML document of UTF-8.

    Raises:
        MalformedError: it declares entities, or is nested as no feed is; the message says what
            it is.
    """
    # Also for feedparser's second, forgiving parser, which knows no limit to what entities become.
    # Text about entities is escaped, or set aside with its feed: there is no need to tell it apart.
    if b"<!entity" in document.lower():
        raise MalformedError("a document that declares entities")
    scan = _Scan(document)
    try:
        scan.parser.Parse(document, True)
    except expat.ExpatError:
        return Look(well_formed=False, media=[], document=document)
    return Look(well_formed=True, media=scan.entries, document=scan.cut())


class _Scan:
    def __init__(self, document: bytes) -> None:
        self.entries: list[Media] = []
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._document = document
        self._depth = 0
        self._entry: Media | None = None
        self._address: str | None = None
        self._words: list[str] | None = None
        self._began = 0
        self._cuts: list[tuple[int, int]] = []

    def cut(self) -> bytes:
        pieces, place = [], 0
        for start, end in self._cuts:
            pieces.append(self._document[place:start])
            place = end
        return b"".join([*pieces, self._document[place:]])

    def _start(self, name: str, attributes: Mapping[str, Any]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise MalformedError("a document nested deeper than any feed")
        space, _, local = name.rpartition(" ")
        if space in _MEDIA:
            self._start_media(local, attributes)
        elif local in ("item", "entry"):
            self._entry = Media()
            self.entries.append(self._entry)

    def _start_media(self, local: str, attributes: Mapping[str, Any]) -> None:
        if local == "content":
            self._address = attributes.get("url")
        elif local in ("title", "description") and self._words is None:
            self._words, self._began = [], self.parser.CurrentByteIndex

    def _text(self, words: str) -> None:
        if self._words is not None:
            self._words.append(words)

    def _end(self, name: str) -> None:
        self._depth -= 1
        space, _, local = name.rpartition(" ")
        if space in _MEDIA and local == "content":
            self._address = None
        elif space in _MEDIA and local in ("title", "description") and self._words is not None:
            end = self._document.index(b">", self.parser.CurrentByteIndex) + 1
            self._cuts.append((self._began, end))
            if local == "description":
                self._describe("".join(self._words).strip())
            self._words = None
        elif local in ("item", "entry"):
            self._entry = None

    def _describe(self, words: str) -> None:
        if self._entry is None or not words:
            return
        if self._address is None:
            self._entry.description = words
        else:
            self._entry.alts[self._address] = words
