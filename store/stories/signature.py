"""Keys by which near texts find each other: a MinHash of letters, cut into bands."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SIG_VERSION = 1
"""Stored keys are comparable within one version; whatever changes a key raises it."""

SHINGLE = 4
"""Characters that are hashed together."""
BANDS = 5
ROWS = 4
HEAD = 100
"""Characters that the second five bands look at: by them a cut text finds the whole one."""
KEYS = 2 * BANDS
"""Keys of one text."""

_HASHES = BANDS * ROWS
_BATCH = 512
"""Texts signed at once: more would not stay in the processor's cache."""


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return values scattered over 64 bits, by the last steps of splitmix64."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _drawn(count: int, seed: int) -> NDArray[np.uint64]:
    """Return numbers that look random and are the same on every machine."""
    steps = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(seed << 32)
    return _mixed(steps * np.uint64(0x9E3779B97F4A7C15))


# Odd factors and any summands make 2 x 20 permutations of the 32-bit numbers.
_FACTORS = (_drawn(2 * _HASHES, SIG_VERSION) >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
_SUMMANDS = (_drawn(2 * _HASHES, SIG_VERSION + 1000) >> np.uint64(32)).astype(np.uint32)
_SEEDS = _drawn(KEYS, SIG_VERSION + 2000)


def keys(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return ten keys for each text, of shape (texts, 10); near texts share at least one.

    A text's keys depend on nothing but the text. Texts under four characters are padded.
    """
    parts = [_keys(texts[at : at + _BATCH]) for at in range(0, len(texts), _BATCH)]
    return np.concatenate(parts) if parts else np.empty((0, KEYS), np.int64)


def _keys(texts: Sequence[str]) -> NDArray[np.int64]:
    hashes, starts, heads = _shingles(texts)
    size = len(texts)
    # Each text gives two segments, its head and the rest; a text that is all head gives one.
    inside = heads < np.append(starts[1:], len(hashes))
    cuts = np.sort(np.concatenate([starts, heads[inside]]))
    first = np.searchsorted(cuts, starts)
    smallest = np.empty((2 * _HASHES, size), np.uint32)
    for row in range(2 * _HASHES):
        permuted = hashes * _FACTORS[row] + _SUMMANDS[row]
        if row < _HASHES:
            smallest[row] = np.minimum.reduceat(permuted, starts)
        else:
            smallest[row] = np.minimum.reduceat(permuted, cuts)[first]
    return _bands(smallest)


def _shingles(
    texts: Sequence[str],
) -> tuple[NDArray[np.uint32], NDArray[np.intp], NDArray[np.intp]]:
    """Return the hashes of all texts' shingles, where each text starts, and where its head ends."""
    padded = [text if len(text) >= SHINGLE else text.ljust(SHINGLE) for text in texts]
    encoded = "".join(padded).encode("utf-32-le", "surrogatepass")
    letters = np.frombuffer(encoded, "<u4").astype(np.uint64)
    lengths = np.fromiter(map(len, padded), np.intp, len(padded))
    # A code point has 21 bits: three fill a word, and the fourth is mixed in.
    three = letters[:-3] | (letters[1:-2] << np.uint64(21)) | (letters[2:-1] << np.uint64(42))
    mixed = _mixed(three ^ (letters[3:] * np.uint64(0x9E3779B97F4A7C15)))
    inside = np.ones(len(letters), bool)
    ends = np.cumsum(lengths)
    for back in range(1, SHINGLE):
        inside[ends - back] = False
    hashes = (mixed[inside[: len(mixed)]] >> np.uint64(32)).astype(np.uint32)
    counts = lengths - (SHINGLE - 1)
    starts = np.cumsum(counts) - counts
    return hashes, starts, starts + np.minimum(counts, HEAD - SHINGLE + 1)


def _bands(smallest: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return the keys of a signature of shape (40, texts), as what a database calls BIGINT."""
    rows = smallest.reshape(KEYS, ROWS, -1).astype(np.uint64)
    folded = np.broadcast_to(_SEEDS[:, None], (KEYS, rows.shape[2]))
    for row in range(ROWS):
        folded = _mixed((folded ^ rows[:, row]) * np.uint64(0x9E3779B97F4A7C15))
    return np.ascontiguousarray(folded.T).view(np.int64)
