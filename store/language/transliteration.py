"""Writes Darija in Latin letters as its speakers write it in Arabic ones.

Good enough to learn from, not to publish: short vowels, doubled and emphatic letters are guessed.
"""

import random
import re
from functools import lru_cache
from importlib import resources

_PAIRS = {"kh": "خ", "gh": "غ", "ch": "ش", "sh": "ش", "ou": "و", "oo": "و", "th": "ت"}
_LETTERS = {
    "2": "أ", "3": "ع", "5": "خ", "6": "ط", "7": "ح", "8": "ه", "9": "ق", "b": "ب", "c": "س",
    "d": "د", "f": "ف", "h": "ه", "j": "ج", "k": "ك", "l": "ل", "m": "م", "n": "ن", "p": "ب",
    "q": "ق", "r": "ر", "s": "س", "t": "ت", "v": "ف", "w": "و", "x": "ش", "y": "ي", "z": "ز",
}  # fmt: skip
_SUN = "tdrznsj"
"""Letters that the article is doubled into: ddar is الدار."""
_VOWELS = "aàâ" + "eéè" + "iî" + "oôuû"
_WORD = re.compile("[a-zàâéèîôû0-9]+")


def in_arabic_letters(text: str, dice: random.Random) -> str:
    """Return a text in Latin letters in Arabic ones; `dice` chooses among usual spellings."""

    def replace(match: re.Match[str]) -> str:
        word = match[0]
        if word.isdigit():
            return word
        return _common().get(word) or _spell(word, dice)

    return _WORD.sub(replace, text.lower())


@lru_cache(maxsize=1)
def _common() -> dict[str, str]:
    """Everyday words, whose spelling no rule gives: Arabic, a tab, Latin spellings."""
    lines = (resources.files("store") / "language" / "darija.tsv").read_text("utf-8").splitlines()
    pairs = (line.split("\t") for line in lines)
    return {latin: arabic for arabic, spellings in pairs for latin in spellings.split()}


def _spell(word: str, dice: random.Random) -> str:
    article, rest = _article(word)
    written = article
    place = 0
    while place < len(rest):
        pair = rest[place : place + 2]
        if pair in _PAIRS:
            written += _PAIRS[pair]
            place += 2
            continue
        letter = rest[place]
        if letter in _VOWELS:
            first, last = place == 0 and not article, place == len(rest) - 1
            written += _vowel(letter, dice, first=first, last=last)
        elif letter == "g":
            written += dice.choice("گݣكق")
        elif place == 0 or rest[place - 1] != letter:  # a doubled letter is written once
            written += _LETTERS.get(letter, "")
        place += 1
    return written


def _article(word: str) -> tuple[str, str]:
    """Part the article from a word."""
    if len(word) > 3 and word[0] == "l" and word[1] not in _VOWELS + "l":
        return "ال", word[1:]
    if len(word) > 3 and word[0] == word[1] and word[0] in _SUN:
        return "ال", word[1:]
    return "", word


def _vowel(letter: str, dice: random.Random, *, first: bool, last: bool) -> str:
    if letter in "aàâ":
        if first:
            return dice.choice("أا")
        return dice.choice("اااةة") if last else "ا" if dice.random() < 0.6 else ""
    if letter in "eéè":
        return "إ" if first else "ي" if dice.random() < 0.1 else ""
    if letter in "iî":
        return "إ" if first else "ي"
    return "أ" if first else "و" if last or dice.random() < 0.75 else ""
