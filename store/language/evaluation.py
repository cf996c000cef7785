"""How well a tagger does on texts whose language is known."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from store.language.material import Row
from store.language.tags import LanguageTagger
from store.languages import LABELS

BATCH = 100
"""Texts at a time, as a harvest brings them."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Counts of (true label, given tag), and how long it took."""

    pairs: Counter[tuple[str, str]]
    seconds: float
    """Of this process's CPU time."""

    @property
    def total(self) -> int:
        """Texts in all."""
        return sum(self.pairs.values())

    @property
    def accuracy(self) -> float:
        """Share of texts with the right tag."""
        return sum(self.pairs[label, label] for label in LABELS) / self.total

    def f1(self) -> dict[str, float]:
        """Return the F1 of each label that occurs among the truths."""
        true, given = Counter[str](), Counter[str]()
        for (truth, tag), count in self.pairs.items():
            true[truth] += count
            given[tag] += count
        return {
            label: 2 * self.pairs[label, label] / (true[label] + given[label])
            for label in LABELS
            if true[label]
        }

    @property
    def macro_f1(self) -> float:
        """Mean of the labels' F1."""
        scores = self.f1().values()
        return sum(scores) / len(scores)

    def confusions(self) -> list[tuple[str, str, int]]:
        """Return truth, wrong tag and count, most frequent first."""
        wrong = [(truth, tag, n) for (truth, tag), n in self.pairs.items() if truth != tag]
        return sorted(wrong, key=lambda one: (-one[2], one[0], one[1]))


def evaluate(tagger: LanguageTagger, rows: Sequence[Row]) -> Evaluation:
    """Tag texts and compare; `rows` must not be empty."""
    tagger.tag_many([rows[0].text])  # what is read or made once is no part of the speed
    pairs: Counter[tuple[str, str]] = Counter()
    start = time.process_time()
    given: list[str] = []
    for first in range(0, len(rows), BATCH):
        texts = [row.text for row in rows[first : first + BATCH]]
        given += [tag.language for tag in tagger.tag_many(texts)]
    seconds = time.process_time() - start
    pairs.update(zip([row.label for row in rows], given, strict=True))
    return Evaluation(pairs, seconds)


def report(evaluation: Evaluation) -> Iterator[str]:
    """Yield the lines that say how well it went."""
    yield f"texts {evaluation.total}"
    yield f"accuracy {evaluation.accuracy:.4f}"
    yield f"macro-F1 {evaluation.macro_f1:.4f}"
    for label, score in evaluation.f1().items():
        yield f"F1 {label} {score:.4f}"
    for truth, tag, count in evaluation.confusions():
        yield f"confusion {truth} as {tag} {count}"
    yield f"texts per CPU second {evaluation.total / max(evaluation.seconds, 1e-9):.0f}"
