"""The literal spellings that a platform is asked for: those it does not fold itself, as fit."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog

log = structlog.get_logger()

INSTAGRAM_A_WEEK = 30
"""Hashtags that one account may ask for in 7 days (Instagram Platform, hashtag search)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one run asks one place for."""

    place: str = ""
    """Server or kind of search, where a platform has several."""
    strings: Sequence[str]
    """As they are sent, most usual first."""
    left_out: int
    """Spellings that do not fit."""
    how: str
    """In how many calls, and within which limits; for the operator."""
    queries: Sequence[str] = ()
    """The same, where several strings make one query."""


def distinct(tags: Iterable[str], folded: Callable[[str], str]) -> list[str]:
    """Return the first of all spellings that a platform takes for the same, in order."""
    first: dict[str, str] = {}
    for tag in tags:
        first.setdefault(folded(tag), tag)
    return list(first.values())


def without_case_and_accents(tag: str) -> str:
    """Return a spelling as X and Mastodon compare it; vowel marks and tatweel stay."""
    decomposed = unicodedata.normalize("NFD", tag.lower())
    bare = "".join(sign for sign in decomposed if not "\u0300" <= sign <= "\u036f")
    return unicodedata.normalize("NFC", bare)


def fitting(terms: Sequence[str], fits: Callable[[Sequence[str]], bool]) -> Sequence[str]:
    """Return as many terms as fit into one query, the first ones."""
    kept = len(terms)
    while kept and not fits(terms[:kept]):
        kept -= 1
    return terms[:kept]


def query_of(platform: str, asked: Asked) -> str:
    """Return the one query of what is asked; the log tells when not all fits."""
    if asked.left_out:
        log.warning(
            "query.shortened", platform=platform, kept=len(asked.strings), dropped=asked.left_out
        )
    return asked.queries[0]


def instagram(tags: Iterable[str]) -> Asked:
    """Return what to ask Instagram for by other means: we do not read it ourselves."""
    spellings = distinct(tags, str.casefold)
    strings = spellings[:INSTAGRAM_A_WEEK]
    return Asked(
        strings=strings,
        left_out=len(spellings) - len(strings),
        how=f"not read by us; one account may ask for {INSTAGRAM_A_WEEK} hashtags in 7 days",
    )
