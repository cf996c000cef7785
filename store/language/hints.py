"""How far a platform's own word for a post's language can be believed, learnt from an example.

Networks tag posts with identifiers that know neither Darija nor Tamazight. We have no network's
tags beside true ones, so langdetect, which is of the same kind, stands for them: what it says of
our texts, as they are written, shows which hint is heard for which language.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from math import log

from store.language.langdetect_tagger import raw_guess
from store.language.material import Row
from store.languages import LABELS

EACH = 120
"""Texts of each language that are asked for."""

TRUST = 0.5
"""Share of a hint's weight that is used.

Of the rest, an identifier's mistakes follow the same letters that ours looks at, so it tells less
than a second witness; and many apps simply send the language of their menus.
"""


def learn(rows: Iterable[Row]) -> Mapping[str, Mapping[str, float]]:
    """Return for each hint, and for `other`, what it adds to each label's log probability."""
    asked: Counter[str] = Counter()
    heard: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if asked[row.label] < EACH and row.label != "und" and len(row.text) > 20:
            asked[row.label] += 1
            if (guess := raw_guess(row.text)) != "und":
                heard[guess if guess in LABELS else "other"][row.label] += 1
    spoken = [label for label in LABELS if asked[label]]
    return {
        hint: {
            label: round(TRUST * log(_rate(counts[label], asked[label]) / _mean(counts, asked)), 3)
            for label in spoken
        }
        for hint, counts in sorted(heard.items())
    }


def _rate(heard: int, asked: int) -> float:
    return (heard + 1) / (asked + len(LABELS))


def _mean(counts: Counter[str], asked: Counter[str]) -> float:
    rates = [_rate(counts[label], count) for label, count in asked.items()]
    return sum(rates) / len(rates)
