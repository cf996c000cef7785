"""Which languages a post switches between.

The tables that know whole posts also judge single words; a path through the words (Viterbi's) takes
the likeliest language of each, but pays for every switch, so that one borrowed word is no switch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from store.language.scores import Scores
from store.language.text import ARABIC, LATIN, TIFINAGH, Array, Batch

ARAB = "ar"
"""Stands for both `ar` and `ary` on the path: people glide between them within a word."""

NEAR = ({"es", "pt", "ca", "it"}, {"de", "nl"})
"""Languages so close that a word or two of the one is often good in the other."""

_NEVER = -30.0
_MOST_WORDS = 120
"""Words of a post that are looked at; who switches has done so by then."""


@dataclass(frozen=True, slots=True)
class Part:
    """The words of one language in a mixed post."""

    label: str
    words: Array
    """Indexes into the batch."""
    letters: int


def parts(
    batch: Batch, said: Mapping[int, Scores], texts: Array, numbers: Mapping[str, float]
) -> dict[int, list[Part]]:
    """Return the parts of those of some texts that are mixed, most letters first."""
    words = _words(batch, texts)
    if not len(words):
        return {}
    likely = _likely(batch, said, words, numbers["word_temperature"])
    switching = _may_switch(likely, batch.text[words], numbers["switch"])
    words, likely = words[switching], likely[:, switching]
    if not len(words):
        return {}
    path = _path(likely, batch.text[words], numbers["switch"])
    labels = (*said[LATIN].table.labels, ARAB, "zgh")
    return _several(batch, words, path, likely, labels, numbers)


def _words(batch: Batch, texts: Array) -> Array:
    """Return the first words of some texts."""
    wanted = np.zeros(batch.size, bool)
    wanted[texts] = True
    words = np.flatnonzero(wanted[batch.text])
    place = words - np.searchsorted(batch.text, batch.text[words])
    return words[place < _MOST_WORDS]


def _may_switch(likely: Array, text: Array, switch: float) -> Array:
    """Return, for each word, whether the best path of its text may hold a switch.

    The path takes a step for each word, so most texts are better spared it.
    """
    first, count = _runs(text)
    alone = np.add.reduceat(likely, first, axis=1).max(axis=0)
    # What is won if every word is in the language it likes best.
    gain = np.add.reduceat(likely.max(axis=0), first) - alone
    may = gain > 2 * switch
    doubt = (gain > switch) & ~may
    words = np.repeat(doubt, count)
    if words.any():
        may[doubt] = _with_one(likely[:, words], text[words]) > alone[doubt] + switch
    return np.repeat(may, count)


def _with_one(likely: Array, text: Array) -> Array:
    """Return how likely each text is with one switch, before that is paid."""
    first, count = _runs(text)
    before = np.cumsum(likely, axis=1, dtype=np.float64)
    before -= np.repeat(before[:, first] - likely[:, first], count, axis=1)
    after = np.repeat(before[:, first + count - 1], count, axis=1) - before
    return np.maximum.reduceat(before.max(axis=0) + after.max(axis=0), first)


def _runs(text: Array) -> tuple[Array, Array]:
    """Return where each text's words begin, and how many they are."""
    first = np.flatnonzero(np.concatenate(([True], text[1:] != text[:-1])))
    return first, np.diff(np.concatenate((first, [len(text)])))


def _likely(batch: Batch, said: Mapping[int, Scores], words: Array, temperature: float) -> Array:
    """Return log probabilities (languages of the path, words)."""
    latin = said[LATIN]
    count = len(latin.table.labels)
    # Words in any other script belong to whatever stands around them.
    likely = np.zeros((count + 2, len(words)), np.float32)
    script = batch.script[words]
    likely[:, (script == LATIN) | (script == ARABIC) | (script == TIFINAGH)] = _NEVER
    likely[count, script == ARABIC] = 0.0
    likely[count + 1, script == TIFINAGH] = 0.0
    ours = np.flatnonzero(script == LATIN)
    row = np.searchsorted(latin.words, words[ours])
    scores = latin.sums[row].T / (np.sqrt(np.maximum(latin.pieces[row], 1)) * temperature)
    scores = (scores - scores.max(axis=0)).astype(np.float32)
    likely[:count, ours] = scores - np.log(np.exp(scores).sum(axis=0))
    return likely


def _path(likely: Array, text: Array, switch: float) -> Array:
    """Return the language of each word on its text's best path."""
    first, count = _runs(text)
    row = np.repeat(np.arange(len(first)), count)
    place = np.arange(len(text)) - np.repeat(first, count)
    grid = np.zeros((int(count.max()), len(likely), len(first)), np.float32)
    grid[place, :, row] = likely.T
    least = np.empty((len(grid), len(first)), np.float32)
    for step in range(1, len(grid)):
        last = grid[step - 1]
        least[step - 1] = last.max(axis=0) - switch
        grid[step] += np.maximum(last, least[step - 1])
    leader = grid.argmax(axis=1)
    path = leader[-1:].repeat(len(grid), axis=0)
    every = np.arange(len(first))
    for step in range(len(grid) - 2, -1, -1):
        stayed = grid[step, path[step + 1], every] >= least[step]
        path[step] = np.where(stayed, path[step + 1], leader[step])
    found: Array = path[place, row]
    return found


def _several(
    batch: Batch,
    words: Array,
    path: Array,
    likely: Array,
    labels: tuple[str, ...],
    numbers: Mapping[str, float],
) -> dict[int, list[Part]]:
    """Return the parts of the texts that have two at least."""
    first, count = _runs(batch.text[words])
    row = np.repeat(np.arange(len(first)), count)
    cell = row * len(labels) + path

    def sums(values: Array) -> Array:
        return np.bincount(cell, values, len(first) * len(labels)).reshape(-1, len(labels))

    letters = sums(batch.letters[words])
    letters[:, labels.index("und")] = 0
    lead = letters.argmax(axis=1)
    # Names are in no language: Royal Air Maroc, Real Madrid. In a post all in capitals, who knows.
    capital = batch.capital[words]
    shouted = np.add.reduceat(capital, first, dtype=np.int64) > 0.7 * count
    # How much surer the words of a part are of it than of the first language.
    every = np.arange(len(words))
    gain = sums(likely[path, every] - likely[lead[row], every])
    kept = (
        (sums(~capital | shouted[row]) >= 2)
        & (letters >= 6)
        & (letters >= numbers["share"] * np.add.reduceat(batch.letters[words], first)[:, None])
        & (gain >= np.where(_near(labels)[lead], numbers["gain_near"], numbers["gain"]))
    )
    kept[np.arange(len(first)), lead] = True
    found = {}
    for one in np.flatnonzero(kept.sum(axis=1) > 1).tolist():
        own = slice(first[one], first[one] + count[one])
        order = sorted(np.flatnonzero(kept[one]).tolist(), key=lambda kind: -letters[one, kind])
        found[int(batch.text[words[first[one]]])] = [
            Part(labels[kind], words[own][path[own] == kind], int(letters[one, kind]))
            for kind in order
        ]
    return found


@lru_cache(maxsize=4)
def _near(labels: tuple[str, ...]) -> Array:
    """Return which labels are near each other."""
    return np.array([[any({a, b} <= group for group in NEAR) for b in labels] for a in labels])
