"""What the weights say of each word of a batch, and of each text."""

from dataclasses import dataclass

import numpy as np

from store.language import ngrams
from store.language.text import ARABIC, LATIN, OTHER, Array, Batch
from store.language.weights import Table, Weights

ENOUGH_LETTERS = 4
"""Below these a text says nothing of its language."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Of one script's words: what is said for each label of its table.

    `words` are indexes into the batch, rising; `sums` (words, labels) is what their pieces say in
    all, and `pieces` how many these are.
    """

    table: Table
    words: Array
    sums: Array
    pieces: Array

    def of_groups(self, group: Array, count: int) -> Array:
        """Return log probabilities (groups, labels), for words in groups with rising numbers.

        The more pieces, the surer, but with their square root only: neighbouring pieces overlap.
        """
        sums = np.zeros((count, len(self.table.labels)))
        pieces = np.zeros(count)
        if len(group):
            first = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
            sums[group[first]] = np.add.reduceat(self.sums, first, axis=0)
            pieces[group[first]] = np.add.reduceat(self.pieces, first)
        return sums / np.sqrt(np.maximum(pieces, 1))[:, None] + self.table.bias


def scripts(batch: Batch) -> Array:
    """Return each text's main script, 0 where its letters are too few."""
    cells = batch.text * (OTHER + 1) + batch.script
    counts = np.bincount(cells, batch.letters, batch.size * (OTHER + 1)).reshape(-1, OTHER + 1)
    main = counts.argmax(axis=1)
    found: Array = np.where(counts.max(axis=1) >= ENOUGH_LETTERS, main, 0)
    return found


def both(batch: Batch, weights: Weights) -> dict[int, Scores]:
    """Return the scores of the words in Latin and in Arabic letters."""
    word, hashes = ngrams.pieces(batch)
    script = batch.script[word]
    found = {}
    for one, table in ((LATIN, weights.latin), (ARABIC, weights.arabic)):
        ours = np.flatnonzero(script == one)
        found[one] = _of(word[ours], ngrams.buckets(hashes[ours], table.bits), table)
    return found


def _of(word: Array, buckets: Array, table: Table) -> Scores:
    first = np.flatnonzero(np.concatenate(([True], word[1:] != word[:-1]))[: len(word)])
    pieces = np.diff(np.concatenate((first, [len(word)])))
    lanes = np.zeros((len(first), len(table.lanes)), np.uint64)
    if len(first):
        # Sums of whole numbers: the same on every machine, and of four labels at once.
        for place, lane in enumerate(table.lanes):
            lanes[:, place] = np.add.reduceat(lane[buckets], first)
    sums = lanes.view(np.uint16)[:, : len(table.labels)] + float(Table.LOWEST) * pieces[:, None]
    return Scores(table, word[first], sums * table.scale, pieces)
