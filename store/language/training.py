"""Learns the weights from texts; the same texts give the same file, byte for byte.

Multinomial logistic regression over hashed pieces of words, by AdaGrad in small batches: the recipe
that was best among those measured (docs/decisions/0012-language-tagger.md).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import floor
from pathlib import Path

import numpy as np

from store.errors import MaterialError
from store.language import hints, material, ngrams, scores
from store.language.compact import SHORT, CompactTagger
from store.language.material import FREE, Row
from store.language.text import ARABIC, LATIN, Array, batch
from store.language.weights import Table, Weights, table
from store.languages import LABELS

Say = Callable[[str], None]

LATIN_LABELS = ("ary-Latn", "ber-Latn", "fr", "en", "es", "nl", "de", "it", "pt", "ca", "tr", "und")
ARABIC_LABELS = ("ar", "ary", "und")
BITS = {LATIN: 16, ARABIC: 15}

EPOCHS = 6
SEEDS = (0, 1, 2)
"""The mean of three runs is steadier than one."""
BATCH = 256
RATE = 0.35
SMOOTH = 0.03
"""Share of each truth that is spread over all labels, since some labels are wrong."""
TIMES_OWN = 3
"""Our own texts are few, and just what the wall reads."""

MIXED = {"word_temperature": 0.6, "switch": 3.5, "share": 0.1, "gain": 4.0, "gain_near": 12.0}
"""How mixed posts are found, tuned on our own mixed texts (docs/decisions/0012)."""

LOST, LOST_SHORT = 0.002, 0.02
"""Share of posts in our languages that may end as `und` for want of certainty, long and short."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Texts of one script, as buckets of pieces one after another.

    `start` and `count` say which of `buckets` are whose; `truth` is a place in `labels`.
    """

    labels: tuple[str, ...]
    buckets: Array
    start: Array
    count: Array
    truth: Array


def train(folder: Path, *, licences: frozenset[str] = FREE, say: Say = print) -> Weights:
    """Return weights learnt from a folder's `train*.tsv` and our own texts, tuned on `dev.tsv`.

    Args:
        folder: holds these files.
        licences: of the folder's rows that may be used.
        say: is told of the progress, a line at a time.

    Raises:
        MaterialError: a file is missing or wrong, or what training needs is not installed.
    """
    dev = material.read(folder / "dev.tsv")
    given = [row for path in _files(folder) for row in material.read(path)]
    if unknown := licences - FREE - {row.licence for row in given}:
        there = ", ".join(sorted(FREE | {row.licence for row in given}))
        raise MaterialError(
            f"no text has the licence {', '.join(sorted(unknown))}; there are {there}"
        )
    return learn(gather([row for row in given if row.licence in licences]), dev, say=say)


def learn(
    rows: Sequence[Row], dev: Sequence[Row], *, seeds: Sequence[int] = SEEDS, say: Say = print
) -> Weights:
    """Return the mean of what is learnt from some texts with each seed, tuned on others."""
    say(f"learning from {len(rows):,} texts")
    tables = {
        script: _learn(_examples(rows, script, labels), BITS[script], seeds, say)
        for script, labels in ((LATIN, LATIN_LABELS), (ARABIC, ARABIC_LABELS))
    }
    counts = dict(sorted(Counter(row.source for row in rows).items()))
    numbers = {"temperature": 1.0, "sure": 0.0, "sure_short": 0.0, **MIXED}
    weights = Weights(tables[LATIN], tables[ARABIC], numbers=numbers, hints={}, rows=counts)
    say("tuning")
    weights = replace(weights, hints=hints.learn([row for row in rows if row.licence in FREE]))
    return replace(weights, numbers={**numbers, **_tuned(weights, dev)})


def _files(folder: Path) -> list[Path]:
    """Return `train.tsv` and what else begins so, as exported corrections may."""
    return sorted({folder / "train.tsv", *folder.glob("train*.tsv")})


def gather(rows: list[Row]) -> list[Row]:
    """Return all texts to learn from: given ones, ours, and what can be made of them."""
    own = material.own()
    rows = [
        *rows,
        *(TIMES_OWN * own),
        *material.declaration(),
        *material.word_lists(ours=2400, others=150, arabic=1500, seed=2),
        *material.in_other_letters(rows + own, seed=5),
    ]
    return rows + material.shortened(rows, seed=3)


def _examples(rows: Sequence[Row], script: int, labels: tuple[str, ...]) -> Examples:
    """Return the texts whose main script this is."""
    text: list[Array] = []
    buckets: list[Array] = []
    kept: list[int] = []
    for start in range(0, len(rows), 1000):
        words = batch([row.text for row in rows[start : start + 1000]])
        main = scores.scripts(words)
        kept += [
            start + place
            for place in np.flatnonzero(main == script).tolist()
            if rows[start + place].label in labels
        ]
        ours = (words.script == script) & (main[words.text] == script)
        word, hashes = ngrams.pieces(words)
        chosen = ours[word]
        text.append(words.text[word[chosen]] + start)
        buckets.append(ngrams.buckets(hashes[chosen], BITS[script]).astype(np.uint16))
    count = np.bincount(np.concatenate(text), minlength=len(rows))
    first = np.concatenate(([0], np.cumsum(count)[:-1]))
    return Examples(
        labels,
        np.concatenate(buckets),
        first[kept],
        count[kept],
        np.array([labels.index(rows[place].label) for place in kept]),
    )


def _learn(examples: Examples, bits: int, seeds: Sequence[int], say: Say) -> Table:
    runs = []
    for number, seed in enumerate(seeds, 1):
        say(f"{' '.join(examples.labels)}: run {number} of {len(seeds)}")
        runs.append(_descend(examples, 1 << bits, seed))
    values = sum(one for one, _ in runs) / len(runs)
    bias = sum(one for _, one in runs) / len(runs)
    return table(examples.labels, bits, np.asarray(values), np.asarray(bias))


def _descend(examples: Examples, size: int, seed: int) -> tuple[Array, Array]:
    """Return weights (buckets, labels) and bias, by AdaGrad with a falling rate."""
    kinds = len(examples.labels)
    values, bias = np.zeros((size, kinds)), np.zeros(kinds)
    squares, bias_squares = np.full((size, kinds), 1e-8), np.full(kinds, 1e-8)
    # Rare languages weigh more, by the root: at full weight they would shout.
    weight = 1 / np.sqrt(np.maximum(np.bincount(examples.truth, minlength=kinds), 1))
    importance = weight[examples.truth] / weight[examples.truth].mean()
    draw = np.random.RandomState(seed)
    total = EPOCHS * -(-len(examples.truth) // BATCH)
    step = 0
    for _ in range(EPOCHS):
        order = draw.permutation(len(examples.truth))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            buckets, row, root = _pieces(examples, chosen)
            gradient = _error(examples, chosen, values[buckets], bias, row, root)
            gradient *= importance[chosen, None] * 16 / len(chosen)
            rate = RATE * (1 - 0.8 * step / total)
            step += 1
            touched, sums = _collect(buckets, (gradient * root[:, None])[row])
            squares[touched] += sums * sums
            values[touched] -= rate * sums / np.sqrt(squares[touched])
            total_error = gradient.sum(axis=0)
            bias_squares += total_error * total_error
            bias -= rate * total_error / np.sqrt(bias_squares)
    return values, bias


def _pieces(examples: Examples, chosen: Array) -> tuple[Array, Array, Array]:
    """Return buckets of some texts, each one's text, and the texts' 1 / √pieces."""
    count = examples.count[chosen]
    row = np.repeat(np.arange(len(chosen)), count)
    within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    buckets = examples.buckets[examples.start[chosen][row] + within]
    return buckets, row, 1 / np.sqrt(np.maximum(count, 1))


def _error(
    examples: Examples, chosen: Array, said: Array, bias: Array, row: Array, root: Array
) -> Array:
    """Return probability minus truth for each text and label."""
    kinds = len(bias)
    first = np.flatnonzero(np.concatenate(([True], row[1:] != row[:-1])))
    score = np.zeros((len(chosen), kinds))
    score[row[first]] = np.add.reduceat(said, first, axis=0)
    score = score * root[:, None] + bias
    error: Array = np.exp(score - score.max(axis=1, keepdims=True))
    error /= error.sum(axis=1, keepdims=True)
    error -= SMOOTH / kinds
    error[np.arange(len(chosen)), examples.truth[chosen]] -= 1 - SMOOTH
    return error


def _collect(buckets: Array, gradients: Array) -> tuple[Array, Array]:
    """Return which buckets there are, and the sum of the gradients of each."""
    order = np.argsort(buckets, kind="stable")
    ranked = buckets[order]
    first = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
    return ranked[first], np.add.reduceat(gradients[order], first, axis=0)


def _tuned(weights: Weights, dev: Sequence[Row]) -> dict[str, float]:
    """Return the temperature that makes probabilities true, and the least that is sure enough."""
    truth = np.array([LABELS.index(row.label) for row in dev])
    texts = [row.text for row in dev]
    said = CompactTagger(weights).probabilities(texts, temperature=1.0)
    best = min(
        (round(0.30 + 0.02 * step, 2) for step in range(46)),
        key=lambda one: _surprise(_cooled(said, one), truth),
    )
    likely = _cooled(said, best)
    own = truth != LABELS.index("und")
    words = batch(texts)
    counts = np.bincount(words.text, minlength=len(texts))
    sure = likely.max(axis=1)
    return {
        "temperature": best,
        "sure": _least(sure[own & (counts >= SHORT)], LOST),
        "sure_short": _least(sure[own & (counts < SHORT)], LOST_SHORT),
    }


def _least(sure: Array, lost: float) -> float:
    """Return the bar that so small a share stays below; one half where nothing tells."""
    return floor(1000 * np.quantile(sure, lost)) / 1000 if len(sure) else 0.5


def _cooled(likely: Array, temperature: float) -> Array:
    cooled: Array = likely ** (1 / temperature)
    cooled /= cooled.sum(axis=1, keepdims=True)
    return cooled


def _surprise(likely: Array, truth: Array) -> float:
    return -float(np.log(np.maximum(likely[np.arange(len(truth)), truth], 1e-9)).mean())
