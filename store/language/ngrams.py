"""Which pieces a word is made of, as hashes: its letters, up to four in a row, and all of it."""

from collections.abc import Iterator

import numpy as np

from store.language.text import Array, Batch

VERSION = 1
"""Of the hash. Weights that were learnt with another are of no use."""

ORDER = 4
"""Longest run of letters that counts as a piece; a space at a word's edge counts as a letter."""

_STEP = np.uint64(0x100000001B3)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_LENGTHS = np.uint64(31)


def pieces(batch: Batch) -> Iterator[tuple[Array, Array]]:
    """Yield, for each length and then for whole words, arrays of words and of 64-bit hashes.

    Words are indexes into `batch.start`, rising; a word may have no piece of some length.
    """
    word_at = np.cumsum(_marks(len(batch.gap), batch.start)) - 1
    codes = batch.codes.astype(np.uint64)
    gap = batch.gap
    hashes = codes + np.uint64(7)
    inner = gap
    for length in range(1, ORDER + 1):
        count = len(codes) - length + 1
        if count <= 0:
            return
        if length > 1:
            hashes = hashes[:count] * _STEP + codes[length - 1 :]
        if length == 1:
            whole = ~gap
        elif length == 2:
            whole = ~(gap[:count] & gap[1:])
        elif length == 3:
            whole = inner = ~gap[1 : count + 1]
        else:
            whole = inner = inner[:count] & ~gap[length - 2 : count + length - 2]
        place = np.flatnonzero(whole)
        # A piece that begins with the space before a word belongs to that word.
        yield word_at[place + gap[place]], hashes[place] * _LENGTHS + np.uint64(length)
    yield np.arange(len(batch.start)), _whole_words(batch, codes, word_at)


def buckets(hashes: Array, bits: int) -> Array:
    """Return numbers below 2 ** bits."""
    mixed = (hashes ^ (hashes >> np.uint64(29))) * _SPREAD
    numbers: Array = (mixed >> np.uint64(64 - bits)).astype(np.intp)
    return numbers


def _whole_words(batch: Batch, codes: Array, word_at: Array) -> Array:
    if not len(batch.start):
        return np.zeros(0, np.uint64)
    # What stands before the first word belongs to none.
    place = np.maximum(np.arange(len(codes)) - batch.start[np.maximum(word_at, 0)], 0)
    powers = np.cumprod(np.full(int(place.max()) + 1, _STEP))
    parts = np.where(batch.gap, np.uint64(0), (codes + np.uint64(13)) * powers[place])
    hashes: Array = np.add.reduceat(parts, batch.start) * _LENGTHS + np.uint64(ORDER + 5)
    return hashes


def _marks(size: int, places: Array) -> Array:
    marks = np.zeros(size, np.int32)
    marks[places] = 1
    return marks
