"""Which languages a post switches between.

The tables that know whole posts also judge single words; a path through the words (Viterbi's) takes
the likeliest language of each, but pays for every switch, so that one borrowed word is no switch.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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
    wanted = np.zeros(batch.size, bool)
    wanted[texts] = True
    words = np.flatnonzero(wanted[batch.text])
    place = words - np.searchsorted(batch.text, batch.text[words])
    words, place = words[place < _MOST_WORDS], place[place < _MOST_WORDS]
    if not len(words):
        return {}
    labels = [*said[LATIN].table.labels, ARAB, "zgh"]
    likely = _likely(batch, said, words, numbers["word_temperature"])
    path = _path(likely, np.searchsorted(texts, batch.text[words]), place, numbers["switch"])
    found: dict[int, list[Part]] = {}
    for index, own in _switching(batch.text[words], path):
        if some := _several(batch, words[own], path[own], likely[own], labels, numbers):
            found[index] = some
    return found


def _switching(text: Array, path: Array) -> Iterator[tuple[int, Array]]:
    """Yield texts whose path holds two languages, with their places on it."""
    first = np.flatnonzero(np.concatenate(([True], text[1:] != text[:-1])))
    last = np.concatenate((first[1:], [len(text)]))
    switch = np.minimum.reduceat(path, first) != np.maximum.reduceat(path, first)
    for begin, end in zip(first[switch].tolist(), last[switch].tolist(), strict=True):
        yield int(text[begin]), np.arange(begin, end)


def _likely(batch: Batch, said: Mapping[int, Scores], words: Array, temperature: float) -> Array:
    """Return log probabilities (words, languages of the path)."""
    latin = said[LATIN]
    count = len(latin.table.labels)
    likely = np.full((len(words), count + 2), _NEVER)
    script = batch.script[words]
    ours = np.flatnonzero(script == LATIN)
    row = np.searchsorted(latin.words, words[ours])
    pieces = np.sqrt(np.maximum(latin.pieces[row], 1))[:, None]
    scores = latin.sums[row] / pieces / temperature
    scores -= scores.max(axis=1, keepdims=True)
    likely[ours, :count] = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    likely[script == ARABIC, count] = 0.0
    likely[script == TIFINAGH, count + 1] = 0.0
    # Words in any other script belong to whatever stands around them.
    likely[(script != LATIN) & (script != ARABIC) & (script != TIFINAGH)] = 0.0
    return likely


def _path(likely: Array, text: Array, place: Array, switch: float) -> Array:
    """Return the language of each word on its text's best path."""
    count, length, kinds = int(text.max()) + 1, int(place.max()) + 1, likely.shape[1]
    grid = np.zeros((length, count, kinds))
    grid[place, text] = likely
    back = np.empty((length, count, kinds), np.int8)
    best = grid[0]
    stay = np.arange(kinds)
    for step in range(1, length):
        leader = best.argmax(axis=1)
        jump = best[np.arange(count), leader] - switch
        switched = jump[:, None] > best
        back[step] = np.where(switched, leader[:, None], stay)
        best = np.where(switched, jump[:, None], best) + grid[step]
    path = np.empty((length, count), np.int64)
    path[-1] = best.argmax(axis=1)
    for step in range(length - 1, 0, -1):
        path[step - 1] = back[step, np.arange(count), path[step]]
    return path[place, text]


def _several(
    batch: Batch,
    words: Array,
    path: Array,
    likely: Array,
    labels: list[str],
    numbers: Mapping[str, float],
) -> list[Part]:
    """Return the parts of one text where there are two at least, none where it is not mixed."""
    letters = batch.letters[words]
    totals = np.bincount(path, letters, len(labels))
    totals[labels.index("und")] = 0
    order = [kind for kind in np.argsort(-totals, kind="stable") if totals[kind] > 0]
    # Names are in no language: Royal Air Maroc, Real Madrid. In a post all in capitals, who knows.
    capital = batch.capital[words]
    plain = ~capital | (capital.mean() > 0.7)
    kept = list(order[:1])
    for kind in order[1:]:
        own = path == kind
        # How much surer its words are of it than of the first language.
        gain = (likely[own, kind] - likely[own, order[0]]).sum()
        if (
            (own & plain).sum() >= 2
            and totals[kind] >= 6
            and totals[kind] >= numbers["share"] * letters.sum()
            and gain >= numbers["gain_near" if _near(labels[kind], labels[order[0]]) else "gain"]
        ):
            kept.append(kind)
    if len(kept) < 2:
        return []
    return [Part(labels[kind], words[path == kind], int(totals[kind])) for kind in kept]


def _near(one: str, other: str) -> bool:
    return any({one, other} <= group for group in NEAR)
