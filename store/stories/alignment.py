"""Two texts laid side by side: which words are alike, mistyped, added or replaced."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA, Indel

from store.stories.particles import NAMES

_DIGITS = re.compile(r"\d+")
_DOUBLED = re.compile(r"(.)\1")
_WEIGHTY = 4
"""Letters from which a word that only one text has, has a weight of its own."""
_ALIKE = 0.5
"""Share of letters that two spellings of one word have in common at the least."""


@dataclass(slots=True)
class Difference:
    """What sets two texts apart, the shorter one first."""

    typos: int = 0
    """Words that are typed otherwise."""
    replaced: int = 0
    """Letters of words that stand in another's place."""
    only: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    """Words in the middle that only the one or only the other has."""
    all: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))
    """Words that only the one or only the other has, wherever they stand."""
    edge: list[str] = field(default_factory=list)
    """Words that only one has, before or after all that the other says."""
    lost: int = 0
    """Letters that only the first text has."""
    number: bool = False
    """Whether a number differs."""
    swapped: bool = False
    """Whether a replaced word is wholly unlike the one in its place, as names in a template are."""

    @property
    def inner(self) -> list[str]:
        """Words in the middle that only one of the texts has."""
        return self.only[0] + self.only[1]

    @property
    def words(self) -> int:
        """Words that only one of the texts has."""
        return len(self.inner) + len(self.edge)

    @property
    def moved(self) -> bool:
        """Whether each text has something of its own in the middle, as when words change places."""
        mine, theirs = (any(len(word) >= _WEIGHTY for word in side) for side in self.only)
        return (mine and theirs) or not self.all[0].isdisjoint(self.all[1])


@dataclass(frozen=True, slots=True)
class _Block:
    """One run of words in which two texts differ."""

    mine: Sequence[str]
    theirs: Sequence[str]
    at_edge: bool


def difference(one: Sequence[str], other: Sequence[str], *, open_end: bool = False) -> Difference:
    """Return how two texts differ, word by word.

    Args:
        one: words of the shorter text.
        other: words of the longer text.
        open_end: whether what the longer one says after the shorter's end counts for nothing.
    """
    found = Difference()
    for block in _blocks(one, other, open_end):
        _weigh(found, block)
    return found


def _blocks(one: Sequence[str], other: Sequence[str], open_end: bool) -> Iterator[_Block]:
    at = to = 0
    for step in [*Indel.opcodes(one, other), None]:
        if step is not None and step.tag != "equal":
            continue
        i, j = (step.src_start, step.dest_start) if step else (len(one), len(other))
        at_end = i == len(one) and j == len(other)
        mine, theirs = one[at:i], other[to:j]
        if at_end and open_end:
            theirs = theirs[: len(mine)]
        if mine or theirs:
            yield _Block(mine, theirs, at_end or (at == 0 and to == 0))
        if step:
            at, to = step.src_end, step.dest_end


def _weigh(found: Difference, block: _Block) -> None:
    """Add what one block says to what was found."""
    mine, theirs = block.mine, block.theirs
    if mine and theirs and "".join(mine) == "".join(theirs):
        # "9albi" and "f 9albi" are two words, "inchallah" and "in challah" are not.
        found.typos += 1
        return
    swapped = len(mine) > len(theirs)
    few, many = (theirs, mine) if swapped else (mine, theirs)
    rest = _pair_off(found, few, many)
    if mine and theirs and rest is None:
        found.replaced += max(sum(map(len, mine)), sum(map(len, theirs)))
        found.number = found.number or _numbers(mine) != _numbers(theirs)
        found.swapped = found.swapped or not _are_alike(mine, theirs)
        return
    for word in rest or ():
        _add(found, word, block.at_edge, swapped)


def _add(found: Difference, word: str, at_edge: bool, is_mine: bool) -> None:
    """Add a word that only one text has."""
    found.all[0 if is_mine else 1].add(word)
    if is_mine:
        found.lost += len(word)
    if at_edge:
        found.edge.append(word)
    else:
        found.only[0 if is_mine else 1].append(word)
        found.number = found.number or _is_number(word)


def _pair_off(found: Difference, few: Sequence[str], many: Sequence[str]) -> list[str] | None:
    """Match each of few words with its mistyped self among many; return what is left of those.

    None if one of the few has no counterpart.
    """
    rest, at = [], 0
    for word in many:
        if at < len(few) and is_typo(few[at], word):
            at += 1
            found.typos += 1
        else:
            rest.append(word)
    return rest if at == len(few) else None


def is_typo(one: str, other: str) -> bool:
    """Say whether one word is another, typed otherwise.

    Digits never change. A letter put for another weighs twice in a short word and at the head of
    a word, where it often makes another word: Monday is no slip for Sunday.
    """
    if _DIGITS.findall(one) != _DIGITS.findall(other) or (one in NAMES and other in NAMES):
        return False
    if _DOUBLED.sub(r"\1", one) == _DOUBLED.sub(r"\1", other):
        return True
    less, more = sorted((len(one), len(other)))
    if less < 2:
        return False
    allowed = 1 if less < 8 else 2
    edits = OSA.distance(one, other, score_cutoff=allowed)
    if less < 5 or one[0] != other[0]:
        # As many letters in both, and not merely in another order: one was put for another.
        edits += less == more and sorted(one) != sorted(other)
    return edits <= allowed


def _are_alike(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Say whether words in one another's place look like one word mangled."""
    one, other = "".join(mine), "".join(theirs)
    if not NAMES.isdisjoint(mine) and not NAMES.isdisjoint(theirs):
        return False
    return OSA.normalized_similarity(one, other) >= _ALIKE


def _is_number(word: str) -> bool:
    """Say whether a word holds a number; single digits among letters are letters (3lach)."""
    if word.isdecimal():
        return True
    return any(len(digits) > 1 for digits in _DIGITS.findall(word))


def _numbers(said: Sequence[str]) -> list[str]:
    return [word for word in said if _is_number(word)]
