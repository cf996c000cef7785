"""Plain text out of the HTML that platforms send, with its hashtags, mentions and links."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from store import hashtags
from store.items import Attachment, Entity

if TYPE_CHECKING:
    import nh3

MAX_TAGS = 5_000
"""Most "<" in one post: the time to build a tree of nested elements grows with their square."""
SMALL = 32
"""Pixels: pictures in an article that are not larger are smileys, buttons and tracking marks."""

_BREAKS = {
    **dict.fromkeys(("p", "blockquote", "pre", "ul", "ol", "table", "figure"), 2),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), 2),
    **dict.fromkeys(("br", "div", "li", "tr", "figcaption", "hr", "dt", "dd"), 1),
}
_ADDRESS = re.compile(r"(?<!\w)https?://[^\s<>\"'\[\]{}|\\^`]{1,2000}", re.IGNORECASE)
_SPACES = " \t\n\r\f"


def text_of(html: str, *, base_url: str = "") -> tuple[str, tuple[Entity, ...]]:
    """Return the text that a browser would show, and what is marked up in it.

    Paragraphs are parted by an empty line, other blocks and <br> by a line break. Links, mentions
    and hashtags are those of the markup, and every other #word and address in the text.

    Args:
        html: from anybody; nothing of it is trusted.
        base_url: what relative addresses are relative to.

    Raises:
        ValueError: more markup than a post has.
    """
    reader = _read(html, base_url)
    text = "".join(reader.parts)
    return text, _all_of(text, reader.entities)


def images_of(html: str, *, base_url: str = "") -> tuple[Attachment, ...]:
    """Return the pictures that HTML shows, without smileys and tracking marks.

    Raises:
        ValueError: more markup than a post has.
    """
    return tuple({image.url: image for image in _read(html, base_url).images}.values())


def entities_in(text: str) -> tuple[Entity, ...]:
    """Return the hashtags and addresses written in plain text."""
    return _all_of(text, ())


def web_address(value: Any, *, base_url: str = "") -> str | None:
    """Return a full http(s) address, or None for anything else."""
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        address = urljoin(base_url, value.strip())
        return address if urlsplit(address).scheme in ("http", "https") else None
    except ValueError:
        return None


def _read(html: str, base_url: str) -> "_Reader":
    if html.count("<") > MAX_TAGS:
        raise ValueError(f"html: more than {MAX_TAGS} tags")
    reader = _Reader(base_url)
    # The standard parser is slow on some broken markup; nh3 hands it only what is well-formed.
    reader.feed(_cleaner().clean(html))
    reader.close()
    return reader


@cache
def _cleaner() -> "nh3.Cleaner":
    # Whoever reads settings loads this module, and has no need of the library.
    import nh3

    return nh3.Cleaner(
        tags={*_BREAKS, "a", "img", "td", "th"},
        attributes={
            "a": {"class", "href", "rel"},
            "img": {"alt", "class", "height", "src", "width"},
        },
        link_rel=None,
        url_schemes={"http", "https"},
        clean_content_tags={
            *("iframe", "math", "noscript", "object", "script", "style", "svg", "template", "title")
        },
    )


def _all_of(text: str, marked: Iterable[Entity]) -> tuple[Entity, ...]:
    found = list(marked)
    taken = {place for entity in found for place in range(entity.start, entity.end)}
    for written in (*_addresses(text), *_hashtags(text)):
        places = range(written.start, written.end)
        if taken.isdisjoint(places):
            taken.update(places)
            found.append(written)
    return tuple(sorted(found, key=lambda entity: entity.start))


def _addresses(text: str) -> Iterator[Entity]:
    for match in _ADDRESS.finditer(text):
        address = _trimmed(match[0])
        end = match.start() + len(address)
        yield Entity(kind="link", start=match.start(), end=end, value=address)


def _hashtags(text: str) -> Iterator[Entity]:
    for start, end, tag in hashtags.extract(text):
        yield Entity(kind="hashtag", start=start, end=end, value=tag)


def _trimmed(address: str) -> str:
    """Return an address without the punctuation of the sentence around it."""
    address = address.rstrip(".,;:!?…،؛؟*_~»”’")
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1].rstrip(".,;:!?…")
    return address


@dataclass(slots=True)
class _Anchor:
    address: str | None
    words: frozenset[str]
    """Its classes and relations."""
    start: int | None = None
    first_part: int = 0


class _Reader(HTMLParser):
    """Collects text with white space folded as browsers do; positions are final when written."""

    def __init__(self, base_url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.entities: list[Entity] = []
        self.images: list[Attachment] = []
        self.parts: list[str] = []
        self._base_url = base_url
        self._length = 0
        self._lines = 0
        self._space = False
        self._anchor: _Anchor | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "br":
            self._lines += 1
        elif tag in ("td", "th"):
            self._space = True
        elif tag == "img":
            self._image(values)
        elif tag == "a":
            words = f"{values.get('class') or ''} {values.get('rel') or ''}".lower().split()
            self._anchor = _Anchor(
                web_address(values.get("href"), base_url=self._base_url), frozenset(words)
            )
        else:
            self._lines = max(self._lines, _BREAKS[tag])

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end_anchor()
        elif tag not in ("td", "th"):
            self._lines = max(self._lines, _BREAKS[tag])

    def handle_data(self, data: str) -> None:
        for piece in re.split(f"([{_SPACES}]+)", data):
            if piece and piece[0] in _SPACES:
                self._space = True
            elif piece:
                self._write(piece)

    def _write(self, piece: str) -> None:
        gap = "\n" * min(self._lines, 2) or " " * self._space
        if self._length and gap:
            self._add(gap)
        self._lines, self._space = 0, False
        if self._anchor and self._anchor.start is None:
            self._anchor.start, self._anchor.first_part = self._length, len(self.parts)
        self._add(piece)

    def _add(self, piece: str) -> None:
        self.parts.append(piece)
        self._length += len(piece)

    def _image(self, values: dict[str, str | None]) -> None:
        alt, classes = values.get("alt"), values.get("class") or ""
        if "emoji" in classes or "wp-smiley" in classes:
            if alt:
                self._write(alt)
            return
        width, height = (_pixels(values.get(side)) for side in ("width", "height"))
        url = web_address(values.get("src"), base_url=self._base_url)
        if url and min(width or SMALL + 1, height or SMALL + 1) > SMALL:
            self.images.append(
                Attachment(kind="image", url=url, alt=alt or None, width=width, height=height)
            )

    def _end_anchor(self) -> None:
        anchor, self._anchor = self._anchor, None
        if anchor is None or anchor.start is None:
            return
        words = "".join(self.parts[anchor.first_part :])
        kind, value = _meaning(words, anchor)
        if value:
            self.entities.append(
                Entity(kind=kind, start=anchor.start, end=self._length, value=value)
            )


def _meaning(words: str, anchor: _Anchor) -> tuple[str, str | None]:
    # Without a class or relation that says so, a link to a tag's page still reads like the tag.
    is_tag = any(end - start == len(words) for start, end, _ in hashtags.extract(words))
    if is_tag or {"hashtag", "tag"} & anchor.words:
        return "hashtag", words.lstrip("#＃")
    if "mention" in anchor.words and words.startswith("@"):
        return "mention", words.lstrip("@")
    return "link", anchor.address


def _pixels(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and int(value) else None
