"""Makes text safe to keep and to show: takes out what can break a page or a neighbour's text."""

import re
from collections.abc import Iterable
from dataclasses import replace

from store.items import Entity

_CONTROLS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff"
)
"""Control characters but tab and newline, bidi controls, lone surrogates.

Zero-width joiners stay: Arabic, Tifinagh and emoji need them.
"""

_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
_UNSAFE = re.compile(f"[{_CONTROLS}]")
_PILE = re.compile(f"({_MARKS}{{4}}){_MARKS}+")
"""More than four marks on one letter; no language needs them."""

_SUSPECT = re.compile(f"[{_CONTROLS}]|{_MARKS}{{5}}")


def clean(value: str) -> str:
    """Return a text without what `_UNSAFE` and `_PILE` name; cleaning twice changes nothing."""
    if _SUSPECT.search(value) is None:
        return value
    return _PILE.sub(r"\1", _UNSAFE.sub("", value.replace("\r\n", "\n").replace("\r", "\n")))


def clean_optional(value: str | None) -> str | None:
    """Return `clean(value)`; None for None and for what is empty afterwards."""
    return (clean(value) or None) if value else None


def clean_text(text: str, entities: Iterable[Entity]) -> tuple[str, tuple[Entity, ...]]:
    """Return a clean text and its entities, moved to where their words now stand.

    An entity that points outside the text, or at nothing any more, is dropped.
    """
    cleaned = clean(text)
    if cleaned == text:
        return text, tuple(e for e in entities if 0 <= e.start < e.end <= len(text))
    kept: list[Entity] = []
    for entity in entities:
        if not 0 <= entity.start < entity.end <= len(text):
            continue
        start = len(clean(text[: entity.start]))
        end = len(clean(text[: entity.end]))
        if start < end:
            kept.append(replace(entity, start=start, end=end))
    return cleaned, tuple(kept)


_WEB = re.compile(rf"https?://[^\s<>\"'\\/?#@{_CONTROLS}]+(?:[/?#][^\s<>\"'\\{_CONTROLS}]*)?\Z")
"""No `@` before the path: what stands left of it only looks like the server's name."""


def is_web_address(url: str | None) -> bool:
    """Say whether an address may be linked to: http or https, and nothing hidden in it."""
    return url is not None and _WEB.match(url) is not None


def is_clean(value: str) -> bool:
    """Say whether `clean` would change nothing: names that must not change are refused instead."""
    return _SUSPECT.search(value) is None
