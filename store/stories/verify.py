"""Do two texts say the same? Word by word, since a template with another name is no copy."""

from functools import lru_cache

from rapidfuzz.distance import Indel

from store.stories.alignment import Difference, difference
from store.stories.forms import Form
from store.stories.particles import DENYING
from store.stories.ties import Verdict, Why

_SHORT = 45
"""Letters below which little more than typing errors may differ."""
_LABELLED = 120
"""Letters below which other tags of another author may be what the text is about."""
_CUT_ENOUGH = 50
"""Letters that a cut text must have left."""
_ADDED = 6
"""Words that may stand before what a cut text begins with."""
_LONG = 80
"""Letters from which a mangled word more does not matter."""


def compare(one: Form, other: Form, *, same_author: bool = False) -> Verdict:
    """Say whether two texts are the same story; the order of the two makes no difference."""
    if one.counter and other.counter and one.counter != other.counter:
        return Verdict(False, 0.0, Why.OTHER_PART)
    if not same_author and _differ_by_label(one, other):
        return Verdict(False, 0.0, Why.OTHER_TAGS)
    if one.text == other.text:
        return Verdict(True, 1.0, Why.EQUAL)
    # Which text comes first must not matter: the alignment is made from one side.
    less, more = sorted((one, other), key=lambda form: (len(form.text), form.text))
    return _compare_words(less, more)


# Most pairs are asked about twice: whether they may be near, and then what ties them.
@lru_cache(maxsize=256)
def _compare_words(less: Form, more: Form) -> Verdict:
    if less.cut and less.letters >= _CUT_ENOUGH and " " in less.text:
        return _compare_cut(less, more)
    return _compare_whole(less, more)


def _differ_by_label(one: Form, other: Form) -> bool:
    labelled = one.tags and other.tags and one.tags.isdisjoint(other.tags)
    return bool(labelled) and min(one.letters, other.letters) < _LABELLED


def _compare_cut(less: Form, more: Form) -> Verdict:
    """Compare a cut text with as much of the other as it can hold."""
    # The last word may be half of one.
    said = less.text.rsplit(" ", 1)[0]
    if more.text.startswith(less.text):
        return Verdict(True, 1.0, Why.CUT)
    mine = said.split()
    # A few words more, should the other have had something put before it.
    theirs = more.text.split(maxsplit=len(mine) + _ADDED)[: len(mine) + _ADDED]
    found = difference(mine, theirs, open_end=True)
    changed = found.replaced + found.lost + sum(map(len, found.inner))
    score = max(0.0, 1 - changed / len(said))
    differs = found.replaced or found.number or found.moved
    if differs or score < 0.93 or found.typos > 1 + len(mine) // 10:
        return Verdict(False, score, _why_not(found), found.typos, found.words)
    return Verdict(True, score, Why.CUT, found.typos, found.words)


def likeness(one: str, other: str) -> float:
    """Return how alike two whole texts are, 0 to 1; 0 if too little for `compare` to ask further.

    It takes a tenth of the time of a comparison.
    """
    if len(one) > 2.2 * len(other) or len(other) > 2.2 * len(one):
        return 0.0
    return Indel.normalized_similarity(one, other, score_cutoff=0.6)


def _compare_whole(less: Form, more: Form) -> Verdict:
    score = likeness(less.text, more.text)
    if not score:
        return Verdict(False, 0.0, Why.UNLIKE)
    found = difference(less.text.split(), more.text.split())
    # A tag that one text ends in says nothing more than the same tag kept aside.
    found.edge = [word for word in found.edge if word not in less.tags | more.tags]
    why = _judge(found, less.letters, more.letters)
    same = why in (Why.TYPOS, Why.WORDS, Why.MANGLED)
    return Verdict(same, score, why, found.typos, found.words)


def _judge(found: Difference, less: int, more: int) -> Why:
    """Return what kind of copy it is, or why it is none.

    Args:
        found: how the texts differ.
        less: letters of the shorter.
        more: letters of the longer.
    """
    mangled = found.replaced > 0
    if found.number or found.moved or (mangled and not _is_mangled(found, less, more)):
        return _why_not(found)
    if not DENYING.isdisjoint(found.inner) or not DENYING.isdisjoint(found.edge):
        return Why.OTHER_SENSE
    if _is_too_much(found, less, more):
        return Why.TOO_MUCH
    if mangled:
        return Why.MANGLED
    return Why.WORDS if found.words else Why.TYPOS


def _is_mangled(found: Difference, less: int, more: int) -> bool:
    """Say whether so little was replaced in so long a text that it is the same text."""
    return less >= _LONG and found.replaced <= 0.03 * more and not found.swapped


def _is_too_much(found: Difference, less: int, more: int) -> bool:
    inner = sum(map(len, found.inner))
    edge = sum(map(len, found.edge))
    if found.typos > max(1, (less - 25) // 15):
        return True
    if less < _SHORT and inner > 4:
        return True
    if inner > (0.15 if more < 60 else 0.20) * more:
        return True
    if inner + edge > (0.36 if more < 120 else 0.45) * more:
        return True
    return found.lost > 0.2 * less


def _why_not(found: Difference) -> Why:
    if found.number:
        return Why.OTHER_NUMBER
    return Why.OTHER_WORD if found.replaced or found.moved else Why.TOO_MUCH
