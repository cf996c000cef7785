"""Finding words in public posts, in any spelling, newest first (docs/decisions/0017)."""

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from store.models import Wall, WallWord
from store.normal import words

LONGEST = 60
"""Letters of a word that count; the triggers of migration 0008 cut at the same place."""

_WRITTEN_BEFORE = ("", "ال", "وال", "بال", "فال", "كال", "لل", "و", "ف", "ب", "ك", "ل")
"""What Arabic writes together with the word that follows: the, and, in, so, like, for."""
_ARTICLES = ("وال", "بال", "فال", "كال", "لل", "ال")
_SHORTEST = 3
"""Letters that a word keeps at least, when what is written before it is taken away."""


def understood(searched: str) -> list[list[str]]:
    """Return the words of a search, the longest first, each in the forms that count as the same.

    The longest word is in the fewest posts, more often than not.
    """
    found = dict.fromkeys(word[:LONGEST] for word in words(searched).split())
    return [_forms(word) for word in sorted(found, key=len, reverse=True)]


def has(forms: list[str]) -> ColumnElement[bool]:
    """Return the condition that a post of the wall has a word in one of its forms."""
    found = select(WallWord.seq).where(
        col(WallWord.seq) == col(Wall.seq), col(WallWord.word).in_(forms)
    )
    return found.correlate(Wall).exists()


def _forms(word: str) -> list[str]:
    if not "\u0621" <= word[0] <= "\u064a":
        return [word]
    bare = word
    for article in _ARTICLES:
        if word.startswith(article) and len(word) - len(article) >= _SHORTEST:
            bare = word.removeprefix(article)
            break
    return list(dict.fromkeys([word, *(before + bare for before in _WRITTEN_BEFORE)]))
