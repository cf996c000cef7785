"""A campaign's own regular expression, checked before any tag meets it."""

import re
import warnings
from collections.abc import Iterable

# The parser of `re` itself: what it finds is what will run.
from re import _parser  # type: ignore[attr-defined]  # typeshed leaves it out
from typing import Any

from store.hashtags import LONGEST_FORM, canonical

LONGEST = 300
"""Characters of a pattern."""
MOST_WAYS = 1_000
"""Ways in which a pattern may be tried on one tag: with more, a single tag could take seconds."""

_SIMPLE = frozenset({"LITERAL", "NOT_LITERAL", "IN", "ANY", "AT"})
_REPEATED = frozenset({"MAX_REPEAT", "MIN_REPEAT"})


def check(pattern: str) -> str:
    """Return a pattern that can be right and is quick on every tag.

    Raises:
        ValueError: it is neither; the message says what to write.
    """
    if len(pattern) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters; write a shorter expression")
    parsed = _parse(pattern)
    if _ways(parsed) > MOST_WAYS:
        raise ValueError(
            "could be tried on one tag in too many ways; write fewer of * + ? {m,n} and |"
        )
    if re.fullmatch(pattern, ""):
        raise ValueError("fits a tag without letters; write at least one that must be there")
    return pattern


def _parse(pattern: str) -> Iterable[Any]:
    try:
        with warnings.catch_warnings():
            # Of sets that a later Python reads otherwise.
            warnings.simplefilter("error")
            re.compile(pattern)
            parsed: Iterable[Any] = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise ValueError(f"no regular expression: {error}") from None
    return parsed


def _ways(parsed: Iterable[Any]) -> int:
    """Return in how many ways at most a sequence can be tried on one form.

    Raises:
        ValueError: part of it is of a kind that cannot be counted, or fits no canonical form.
    """
    total, before = 1, ""
    for kind, value in parsed:
        letters = _letters(str(kind), value)
        for letter in letters:
            _check_letter(letter)
        if str(kind) == "LITERAL" and letters == before and letters.isalpha():
            raise ValueError(f"no tag has {letters * 2} in its normal form; write {letters} once")
        before = letters
        # Cut off where it is too much already: the true number may have a million digits.
        total = min(total * _ways_of(str(kind), value), MOST_WAYS + 1)
    return total


def _ways_of(kind: str, value: Any) -> int:
    if kind in _SIMPLE:
        return 1
    if kind == "BRANCH":
        return sum(map(_ways, value[1]))
    if kind == "SUBPATTERN":
        return _ways(value[-1])
    if kind in _REPEATED:
        least, most, repeated = value
        ways = _ways(repeated)
        return sum(ways**times for times in range(least, min(int(most), LONGEST_FORM) + 1)) or 1
    raise ValueError("write only letters, digits, [...], (...|...), ?, *, + and {m,n}")


def _letters(kind: str, value: Any) -> str:
    """Return the letters that one part names: itself, or those of a set and the ends of ranges."""
    if kind == "IN":
        return "".join(_letters(str(one), letters) for one, letters in value)
    if kind == "RANGE":
        return "".join(map(chr, value))
    return chr(value) if kind in ("LITERAL", "NOT_LITERAL") else ""


def _check_letter(letter: str) -> None:
    form = canonical(letter)
    if form != letter:
        instead = f"write {form}" if form else "leave it out"
        raise ValueError(f'no tag has "{letter}" in its normal form; {instead}')
