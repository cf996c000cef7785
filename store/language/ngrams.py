"""Which pieces a word is made of, as hashes: its letters, up to four in a row, and all of it."""

import numpy as np

from store.language.text import Array, Batch

VERSION = 1
"""Of the hash. Weights that were learnt with another are of no use."""

ORDER = 4
"""Longest run of letters that counts as a piece; a space at a word's edge counts as a letter."""

LONGEST = 60
"""Letters of a word that are looked at; what is longer is no word."""

MOST = (LONGEST + 1) * ORDER
"""Pieces of a word, at most, with the word itself."""

_SPACE = 32
_STEP = np.uint64(0x100000001B3)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_LENGTHS = np.uint64(31)


def pieces(batch: Batch) -> tuple[Array, Array]:
    """Return each piece's word, an index into `batch.start`, and 64-bit hash; words rise."""
    size = len(batch.codes)
    codes = np.concatenate((batch.codes, [_SPACE] * (ORDER - 1))).astype(np.uint64)
    letter = np.concatenate((~batch.gap, [False] * (ORDER - 1)))
    # The space before a word is its first place.
    before = batch.start - 1
    word = np.maximum(np.cumsum(_marks(size, before)) - 1, 0)
    place = np.arange(size)
    if len(before):
        place = np.maximum(place - before[word], 0)
    hashes = np.empty((size, ORDER + 1), np.uint64)
    run = codes + np.uint64(7)
    for length in range(1, ORDER + 1):
        if length > 1:
            run = run[:-1] * _STEP + codes[length - 1 :]
        hashes[:, length - 1] = run[:size] * _LENGTHS + np.uint64(length)
    hashes[before, ORDER] = _whole_words(batch, codes[:size], place)
    real = np.zeros(hashes.shape, bool)
    real[:, 0] = letter[:size]
    real[:, 1] = letter[:size] | letter[1 : size + 1]
    # In the longer ones spaces stand at the edges only.
    real[:, 2] = letter[1 : size + 1]
    real[:, 3] = letter[1 : size + 1] & letter[2 : size + 2]
    real[before, ORDER] = True
    real[place > LONGEST] = False
    found = np.flatnonzero(real)
    return word[found // (ORDER + 1)], hashes.ravel()[found]


def buckets(hashes: Array, bits: int) -> Array:
    """Return numbers below 2 ** bits."""
    mixed = (hashes ^ (hashes >> np.uint64(29))) * _SPREAD
    numbers: Array = (mixed >> np.uint64(64 - bits)).astype(np.intp)
    return numbers


def _whole_words(batch: Batch, codes: Array, place: Array) -> Array:
    if not len(batch.start):
        return np.zeros(0, np.uint64)
    powers = np.cumprod(np.full(int(place.max()) + 1, _STEP))
    parts = (codes + np.uint64(13)) * powers[place - 1]
    parts[batch.gap] = 0
    hashes: Array = np.add.reduceat(parts, batch.start) * _LENGTHS + np.uint64(ORDER + 5)
    return hashes


def _marks(size: int, places: Array) -> Array:
    marks = np.zeros(size, np.int32)
    marks[places] = 1
    return marks
