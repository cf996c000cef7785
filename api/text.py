"""Text of posts as safe HTML: everything escaped, hashtags, mentions and links marked up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

from store.models import Post
from store.sanitise import is_web_address

REL = "nofollow ugc noopener noreferrer"
"""Of every link that somebody else wrote: no vote for it, no way back, no word of who follows."""

LONG = 560
"""Code points of a text that is shown whole; a longer one is folded after about `OPENING`."""
OPENING = 380

_LONGEST_ADDRESS = 32

_HASHTAGS = {
    "x": "https://x.com/hashtag/{tag}",
    "youtube": "https://www.youtube.com/hashtag/{tag}",
    "mastodon": "https://{instance}/tags/{tag}",
    "bluesky": "https://bsky.app/hashtag/{tag}",
}
_MENTIONS = {
    "x": "https://x.com/{name}",
    "youtube": "https://www.youtube.com/@{name}",
    "mastodon": "https://{server}/@{name}",
    "bluesky": "https://bsky.app/profile/{name}",
    "reddit": "https://www.reddit.com/user/{name}",
}
_HOST = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[\w-]{2,})", re.IGNORECASE)
_NAME = re.compile(r"[\w.:-]{1,100}\Z")


@dataclass(frozen=True, slots=True)
class Written:
    """A text in HTML; `rest` is what a long one folds away, None for a short one."""

    opening: Markup
    rest: Markup | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """A piece of a text that is more than its letters."""

    text: str
    kind: Literal["tag", "mention", "link"]
    url: str | None
    """Where it leads; None where its network has no page for it."""


def pieces(post: Post) -> list[str | Marked]:
    """Return the text of a post in pieces, for readers that make their own elements of it."""
    found: list[str | Marked] = []
    end = 0
    for entity in _usable(post.entities, len(post.text)):
        found += [post.text[end : entity["start"]], *_marked(post, entity)]
        end = entity["end"]
    found.append(post.text[end:])
    return [piece for piece in found if piece]


def _marked(post: Post, entity: dict[str, Any]) -> list[str | Marked]:
    shown, value = post.text[entity["start"] : entity["end"]], entity["value"]
    if entity["kind"] == "hashtag":
        return [Marked(shown, "tag", _hashtag(post, value))]
    if entity["kind"] == "mention":
        return [Marked(shown, "mention", _mention(post, value))]
    shown = _long_form(shown, value)
    if not is_web_address(value):
        return [shown]
    host = _other_host(shown, value)
    return [Marked(shown, "link", value), *([f" ({host})"] if host else [])]


def of(post: Post) -> Written:
    """Return the text of a post, cut in two where it is long and has a gap to cut at."""
    text, entities = post.text, _usable(post.entities, len(post.text))
    cut = _gap(text, entities) if len(text) > LONG else None
    if cut is None:
        return Written(_marked_up(post, entities, 0, len(text)))
    return Written(_marked_up(post, entities, 0, cut), _marked_up(post, entities, cut, len(text)))


def _usable(entities: Sequence[dict[str, Any]], length: int) -> list[dict[str, Any]]:
    """Return the entities that lie within the text and do not overlap, in order."""
    usable: list[dict[str, Any]] = []
    end = 0
    for entity in sorted(entities, key=lambda entity: (entity["start"], -entity["end"])):
        if end <= entity["start"] < entity["end"] <= length:
            usable.append(entity)
            end = entity["end"]
    return usable


def _gap(text: str, entities: Sequence[dict[str, Any]]) -> int | None:
    """Return where a word ends near `OPENING`, or None where the text has no such place."""
    for position in range(OPENING, LONG):
        inside = any(entity["start"] < position < entity["end"] for entity in entities)
        if text[position].isspace() and not inside:
            return position
    return None


def _marked_up(post: Post, entities: Sequence[dict[str, Any]], start: int, end: int) -> Markup:
    parts: list[Markup] = []
    for entity in entities:
        if start <= entity["start"] and entity["end"] <= end:
            parts.append(escape(post.text[start : entity["start"]]))
            parts.append(_entity(post, entity))
            start = entity["end"]
    parts.append(escape(post.text[start:end]))
    return Markup("").join(parts)


def _entity(post: Post, entity: dict[str, Any]) -> Markup:
    shown, value = post.text[entity["start"] : entity["end"]], entity["value"]
    if entity["kind"] == "link":
        return _link(_long_form(shown, value), value)
    address = _hashtag(post, value) if entity["kind"] == "hashtag" else _mention(post, value)
    # In a right-to-left line #word would show as word#: it is isolated with its mark.
    if address is None:
        return Markup('<bdi class="tag">{}</bdi>').format(shown)
    return Markup('<a class="tag" href="{}" rel="{}"><bdi>{}</bdi></a>').format(address, REL, shown)


def _long_form(shown: str, url: str) -> str:
    """Return an address as X itself shows it, in place of the short one that it writes."""
    if not shown.startswith("https://t.co/"):
        return shown
    plain = url.partition("://")[2].removeprefix("www.").rstrip("/")
    return plain if len(plain) <= _LONGEST_ADDRESS else plain[: _LONGEST_ADDRESS - 1] + "…"


def _link(shown: str, url: str) -> Markup:
    if not is_web_address(url):
        return escape(shown)
    link = Markup('<a class="link" href="{}" rel="{}"><bdi>{}</bdi></a>').format(url, REL, shown)
    host = _other_host(shown, url)
    return link if host is None else link + Markup(' <bdi class="host">({})</bdi>').format(host)


def _other_host(shown: str, url: str) -> str | None:
    """Return where a link leads, if what is shown names another host or letters that look alike."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
        if not host.isascii():
            return host.encode("idna").decode("ascii")
    except ValueError:
        return None
    named = _HOST.match(shown.strip())
    if named is None or named[1].lower().removeprefix("www.") == host:
        return None
    return host


def _hashtag(post: Post, tag: str) -> str | None:
    pattern = _HASHTAGS.get(post.platform)
    if pattern is None or ("{instance}" in pattern and not _is_name(post.instance)):
        return None
    return pattern.format(tag=quote(tag, safe=""), instance=post.instance)


def _mention(post: Post, handle: str) -> str | None:
    pattern = _MENTIONS.get(post.platform)
    # A fediverse handle without its server may belong to any server.
    name, _, server = handle.removeprefix("@").partition("@")
    if pattern is None or not _is_name(name) or ("{server}" in pattern and not _is_name(server)):
        return None
    return pattern.format(name=quote(name, safe=":"), server=server)


def _is_name(value: str | None) -> bool:
    return value is not None and _NAME.match(value) is not None
