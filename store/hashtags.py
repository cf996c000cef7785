"""Our hashtag in any spelling: which posts belong to the campaign?"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum

from store.items import Item
from store.lookalikes import unmask
from store.normal import fold, words

MARKS = "".join(
    sign for sign in map(chr, range(0x300, 0x10000)) if unicodedata.category(sign)[0] == "M"
)
"""Every combining mark that a tag may hold: the \\w of `re` leaves them out."""

HASHTAG = re.compile(
    # Looking behind only after a mark was found is thrice as quick.
    r"[#＃](?<![\w#＃&/].)"
    # What follows # in the keycap emoji is no tag.
    r"(?!\ufe0f?\u20e3)"
    rf"([\u202a-\u202e\u2066-\u2069]*[\w{MARKS}·\u200c\u200d\u200e\u200f\u061c]+)"
)
"""A hashtag with accents, vowel marks and joiners kept, and bidi marks around it allowed.

A zero-width space or a soft hyphen ends a tag, as it does on Bluesky.
"""

SPELLING = re.compile(rf"[\w{MARKS}·\u200c]{{1,100}}")
"""What can be asked for: a tag without its mark and without what nobody sees."""

LONGEST_FORM = 100
"""Code points of a canonical form that a pattern is tried on; platforms allow no longer tags."""
LONGEST_TAG = 1_000
"""Code points of a tag as written that is looked at: the rest would be tatweel and vowel marks."""

_ADDRESS = re.compile(r"https?://\S+")
_LETTER = re.compile(r"[^\W\d_]")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1+")
_HARD_G = re.compile("[گڭݣ]")
_SIGNS = frozenset({"Mn", "Me", "Cf", "Pc", "Pd", "Po", "Zs", "Sk", "Cc"})
"""Categories of what is no letter, digit or symbol; the first two also hold letters of India."""

_LONGEST_PHRASE = 5
"""Words that one spelling may be broken into: بلادي ف قلبي, bladi f qalbi."""


class Match(StrEnum):
    """Whether a tag or a post is the campaign's."""

    OURS = "ours"
    LOOKALIKE = "lookalike"
    """Ours to the eye only: it is written with letters of another script."""
    NEITHER = "neither"


def extract(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end (code points, the mark included) and tag as written, in order.

    Numbers alone are no tag, nor is what stands inside an address.
    """
    addresses = [match.span() for match in _ADDRESS.finditer(text)] if "://" in text else ()
    for match in HASHTAG.finditer(text):
        start = match.start()
        if _LETTER.search(match[1]) and not any(a < start < b for a, b in addresses):
            yield start, match.end(), match[1]


def canonical(tag: str) -> str:
    """Return the form in which two spellings of one tag are equal; for matching, never shown.

    `canonical(canonical(tag)) == canonical(tag)`, and Unicode's four forms make no difference.
    """
    form = unicodedata.normalize("NFD", fold(_hard_g_as_qaf(tag)))
    letters = "".join(sign for sign in form if unicodedata.category(sign) not in _SIGNS)
    return _DRAWN_OUT.sub(r"\1", unicodedata.normalize("NFC", letters))


def _hard_g_as_qaf(text: str) -> str:
    # Moroccans write the g of their qaf with these. `fold` takes them for ك, which a search needs
    # (أگادير is أكادير), but which would make "in my heart" (فگلبي) one with "in my dog" (فكلبي).
    return _HARD_G.sub("ق", unicodedata.normalize("NFKC", text))


class Campaign:
    """The hashtags of one campaign, ready to be matched.

    Args:
        hashtags: spellings of the tag, as people write them.
        phrases: words that name the campaign where they stand apart, without a tag.
        pattern: regular expression that further tags fulfil in their canonical form as a whole,
            checked by `store.pattern`.
    """

    def __init__(
        self, hashtags: Iterable[str], *, phrases: Iterable[str] = (), pattern: str | None = None
    ) -> None:
        tags, named = list(hashtags), list(phrases)
        self._forms = frozenset(filter(None, map(canonical, (*tags, *named))))
        self._pattern = re.compile(pattern) if pattern else None
        self._phrases = frozenset("".join(_parts(phrase)) for phrase in named)
        self._words = self._phrases.union("".join(_parts(tag)) for tag in tags)
        self._known: dict[str, Match] = {}

    def match_tag(self, tag: str) -> Match:
        """Say whether a tag is the campaign's, in whatever spelling, or only looks like it."""
        if len(tag) > LONGEST_TAG:
            return Match.NEITHER
        if (known := self._known.get(tag)) is None:
            if len(self._known) > 10_000:
                self._known.clear()
            known = self._known[tag] = self._judge(tag)
        return known

    def _judge(self, tag: str) -> Match:
        if self._accepts(canonical(tag)):
            return Match.OURS
        return Match.LOOKALIKE if self._accepts(canonical(unmask(tag))) else Match.NEITHER

    def _accepts(self, form: str) -> bool:
        if form in self._forms:
            return True
        if self._pattern is None or len(form) > LONGEST_FORM:
            return False
        return self._pattern.fullmatch(form) is not None

    def match(self, item: Item) -> Match:
        """Say whether an item carries the campaign's tag or names it, or carries a look-alike."""
        found = Match.NEITHER
        for tag in _tags(item):
            match = self.match_tag(tag)
            if match is Match.OURS:
                return match
            if match is Match.LOOKALIKE:
                found = match
        return Match.OURS if any(map(self._is_named_in, _texts(item))) else found

    def _is_named_in(self, text: str) -> bool:
        """Say whether a text names the campaign without a tag, in one word or in several."""
        parts = _parts(text)
        return not self._words.isdisjoint(parts) or any(
            "".join(parts[start:end]) in self._phrases
            for start in range(len(parts))
            for end in range(start + 2, min(start + _LONGEST_PHRASE, len(parts)) + 1)
        )


def _parts(text: str) -> list[str]:
    """Return the words of a text; what stands in one tag is one word (#bladifqalbi_maroc)."""
    joined = text.replace("_", "").replace("·", "")
    return words(_hard_g_as_qaf(joined)).split()


def _texts(item: Item) -> Iterator[str]:
    yield item.text
    if item.title:
        yield item.title


def _tags(item: Item) -> Iterator[str]:
    """Yield the tags that a platform names, and those that stand in the text all the same."""
    yield from (entity.value for entity in item.entities if entity.kind == "hashtag")
    yield from item.tags
    for text in _texts(item):
        yield from (tag for _, _, tag in extract(text))
