"""Our hashtag in any spelling: which posts belong to the campaign?"""

import re
from collections.abc import Iterable, Iterator

from store.items import Item
from store.normal import fold, words

HASHTAG = re.compile(
    r"(?<![\w#＃&/])[\u200e\u200f\u202a-\u202e\u2066-\u2069]*[#＃]"
    r"([\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u08d3-\u08ff"
    r"\u200c\u200d\u200e\u200f·]+)"
)
"""A hashtag with accents, vowel marks and joiners kept, and bidi marks around it allowed."""

_ADDRESS = re.compile(r"https?://\S+")
_LETTER = re.compile(r"[^\W\d_]")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1+")

_LONGEST_PHRASE = 5
"""Words that one spelling may be broken into: بلادي ف قلبي, bladi f qalbi."""


def extract(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end (code points, the mark included) and tag as written, in order.

    Numbers alone are no tag, nor is what stands inside an address.
    """
    addresses = [match.span() for match in _ADDRESS.finditer(text)] if "://" in text else ()
    for match in HASHTAG.finditer(text):
        start = match.start(1) - 1
        if _LETTER.search(match[1]) and not any(a < start < b for a, b in addresses):
            yield start, match.end(1), match[1]


def canonical(tag: str) -> str:
    """Return the form in which two spellings of one tag are equal; for matching, never shown."""
    return fold(tag).replace("_", "").replace("·", "").replace(" ", "")


def _short(form: str) -> str:
    """Return a form without drawn-out letters: blaaadi is bladi."""
    return _DRAWN_OUT.sub(r"\1", form)


class Campaign:
    """The hashtags of one campaign, ready to be matched.

    Args:
        spellings: hashtags and phrases, as people write them.
    """

    def __init__(self, spellings: Iterable[str]) -> None:
        self._forms = frozenset(canonical(spelling) for spelling in spellings)
        self._short_forms = frozenset(map(_short, self._forms))
        self._known: dict[str, bool] = {}

    def is_ours(self, tag: str) -> bool:
        """Say whether a tag is one of the campaign's, in whatever spelling."""
        if (known := self._known.get(tag)) is None:
            if len(self._known) > 10_000:
                self._known.clear()
            known = self._known[tag] = _short(canonical(tag)) in self._short_forms
        return known

    def matches(self, item: Item) -> bool:
        """Say whether an item carries the campaign's tag, or names it in its text or title."""
        if any(e.kind == "hashtag" and self.is_ours(e.value) for e in item.entities):
            return True
        if any(self.is_ours(tag) for tag in item.tags):
            return True
        return self.names(item.text) or bool(item.title and self.names(item.title))

    def names(self, text: str) -> bool:
        """Say whether a text names the campaign, as a tag or in separate words."""
        if any(self.is_ours(tag) for _, _, tag in extract(text)):
            return True
        parts = words(text).split()
        return any(
            "".join(parts[start:end]) in self._forms
            for start in range(len(parts))
            for end in range(start + 1, min(start + _LONGEST_PHRASE, len(parts)) + 1)
        )
