"""A batch of posts as one array of letters: cleaned, folded, cut into words, with their scripts.

Work on single posts in Python would take most of a tagger's time; here each step runs once over the
letters of a whole batch.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.hashtags import HASHTAG

Array = NDArray[Any]

LATIN, ARABIC, TIFINAGH, OTHER, DIGIT = 1, 2, 3, 4, 5
"""What a letter belongs to; 0 is no letter."""

LONGEST = 3000
"""Code points of a post that are read: a language shows long before."""

_SPACE, _BREAK = 32, 10
_TABLE = 0x3000
"""Code points below have their own place in the tables; of those above only the kind counts."""
_EMOJI, _FOREIGN = _TABLE, _TABLE + 1

_ADDRESS = re.compile(
    r"(?:[Hh][Tt][Tt][Pp][Ss]?://|[Ww]{3}\.|\b(?:t\.co|bit\.ly|youtu\.be|goo\.gl|fb\.me|wa\.me)/)\S+"
)
_HANDLE = re.compile(r"@(?<!\w.)[\w.@-]+")
_REPOST = re.compile(r"RT(?<!\w..)\b")
_FOLD = {
    **dict.fromkeys("یېے", "ي"),
    **dict.fromkeys("کڪ", "ك"),
    **dict.fromkeys("ھہ", "ه"),
}
"""Persian and Urdu keyboards' letters. Forms of hamza and alef stay: they tell languages apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """The words of some texts, one space between them.

    Arrays of one value a code point: `codes` (lower case; 32 between words), `gap` (no letter).
    Arrays of one value a word: `start` and `end` in `codes`, `text` (which text it stands in),
    `script`, `letters` (how many, digits left out), `capital` (whether it begins with one).
    `size` is the number of texts.
    """

    codes: Array
    gap: Array
    start: Array
    end: Array
    text: Array
    script: Array
    letters: Array
    capital: Array
    size: int


def batch(texts: Sequence[str]) -> Batch:
    """Return the words of some texts, without addresses, handles, hashtags and numbers.

    Letters that stand three times or more are kept twice; marks, tatweel and what is invisible go.
    """
    codes, capital = _codes(_plain(texts))
    kind = _tables().kind[codes]
    # looool and كثيييير are one letter's emphasis, however long.
    same = np.zeros(len(codes), bool)
    same[2:] = (codes[2:] == codes[1:-1]) & (codes[2:] == codes[:-2])
    keep = ~(same & (kind > 0) & (kind < DIGIT))
    codes, kind, capital = codes[keep], kind[keep], capital[keep]
    kind = _without_numbers(kind)
    gap = kind == 0
    broken = (codes == _BREAK) & gap
    # One gap between two words; where texts meet, their break is that gap.
    second = gap & ~broken
    second[1:] &= gap[:-1]
    before = gap & ~broken
    before[:-1] &= broken[1:]
    keep = ~(second | before)
    codes, kind, gap, broken = codes[keep], kind[keep], gap[keep], broken[keep]
    capital = capital[keep]
    start, end = _edges(gap)
    letter = np.where(kind == DIGIT, 0, kind)
    totals = np.concatenate(([0], np.cumsum(letter > 0)))
    return Batch(
        codes=np.where(gap, _SPACE, codes),
        gap=gap,
        start=start,
        end=end,
        text=(np.cumsum(broken) - 1)[start],
        script=np.maximum.reduceat(letter, start) if len(start) else start,
        letters=totals[end] - totals[start],
        capital=capital[start],
        size=len(texts),
    )


def _plain(texts: Sequence[str]) -> str:
    """Return texts, a line each, without what is in no language."""
    whole = "\n".join([_line(text[:LONGEST]) for text in texts])
    if "#" in whole:
        whole = HASHTAG.sub(" ", whole)
    return _REPOST.sub(" ", _HANDLE.sub(" ", whole))


def _line(text: str) -> str:
    # Most posts are spared the slow steps.
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if "/" in text or "www." in text:
        text = _ADDRESS.sub(" ", text)
    return text.replace("\n", " ")


def _codes(whole: str) -> tuple[Array, Array]:
    """Return folded code points, and which were capitals; breaks stand around each text."""
    # Half a pair is no letter, but somebody will post one.
    raw = np.frombuffer(f"\n{whole}\n".encode("utf-32-le", "surrogatepass"), "<u4")
    high = raw >= _TABLE
    if high.any():
        foreign = ((raw >= 0x3040) & (raw < 0xD800)) | ((raw >= 0x20000) & (raw < 0x40000))
        raw = np.where(high, np.where(foreign, _FOREIGN, _EMOJI), raw)
    tables = _tables()
    codes = tables.fold[raw]
    kept = codes != 0
    return codes[kept], tables.capital[raw[kept]]


def _without_numbers(kind: Array) -> Array:
    """Return kinds without words that are numbers, or begin with three digits.

    Digits inside words stay: in 3lach and 9albi they are letters.
    """
    start, end = _edges(kind == 0)
    digits = np.concatenate(([0], np.cumsum(kind == DIGIT)))
    number = digits[end] - digits[start] == end - start
    number |= digits[np.minimum(start + 3, len(kind))] - digits[start] == 3
    if not number.any():
        return kind
    steps = np.zeros(len(kind), np.int8)
    steps[start[number]] = 1
    # A word is followed by a gap at least, so no two of these fall on one place.
    steps[end[number]] = -1
    return np.where(np.cumsum(steps, dtype=np.int8) > 0, 0, kind)


def _edges(gap: Array) -> tuple[Array, Array]:
    """Return where words start and end; the first and last place are gaps."""
    turns = np.flatnonzero(gap[1:] != gap[:-1]) + 1
    return turns[::2], turns[1::2]


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """For each code point: what it is folded to (0: nothing), its kind, whether it is a capital."""

    fold: Array
    kind: Array
    capital: Array


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    letters = [chr(code) for code in range(_TABLE)]
    entries = [_entry(letter) for letter in letters]
    fold, kind = (np.array(column) for column in zip(*entries, strict=True))
    return _Tables(
        fold=np.concatenate((fold, (_SPACE, _FOREIGN))).astype(np.uint32),
        kind=np.concatenate((kind, (0, OTHER))).astype(np.uint8),
        capital=np.array([*(letter != letter.lower() for letter in letters), False, False]),
    )


def _entry(letter: str) -> tuple[int, int]:
    category = unicodedata.category(letter)
    if letter == "\n":
        return _BREAK, 0
    if category[0] == "M" or category == "Cf" or letter == "\u0640":
        return 0, 0
    if category == "Nd":
        return ord("0") + unicodedata.digit(letter), DIGIT if letter.isascii() else 0
    if category[0] == "L":
        small = letter.lower()[0]  # İ is i and a dot; the dot is a mark
        if ord(small) >= _TABLE:
            small = letter  # small Cherokee letters lie beyond the table
        return ord(_FOLD.get(small, small)), _script(ord(small))
    return _SPACE, 0


def _script(code: int) -> int:
    # The Greek letters are those that people type for the Berber ɛ and ɣ.
    if code < 0x2B0 or 0x1E00 <= code < 0x1F00 or code in (0x3B3, 0x3B5):
        return LATIN
    if 0x600 <= code < 0x780 or 0x8A0 <= code < 0x900:
        return ARABIC
    return TIFINAGH if 0x2D30 <= code < 0x2D80 else OTHER
