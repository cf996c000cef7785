"""What is known of a post beside its text, and how far that may sway its tag.

Only a doubt is settled so: together, signals never weigh more than `MOST`, so that a text which is
sure of its language keeps it. They are read from posts when they are needed, and kept about nobody.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log

import numpy as np

from store.language.text import Array

MOST = log(9)
"""A language that the text holds for 90 % sure, signals alone can at worst make even."""

FEW = 3.0
"""Posts of an author that weigh as much as knowing nothing of the author."""

_SILENT = re.compile("|und|zxx|mul|mis|art|q[a-z]{2}")
"""Hints that name no language; X has some of its own that begin with q."""

_OLD = {"iw": "he", "in": "id", "ji": "yi", "no": "nb"}


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of one post beside its text."""

    hint: str | None = None
    """The language that the platform gives, as it writes it."""
    author: Mapping[str, int] = field(default_factory=dict)
    """Of the same author's other posts that have a sure tag: how many in which language."""


def leaning(
    signals: Signals, labels: Sequence[str], hints: Mapping[str, Mapping[str, float]]
) -> Array:
    """Return what to add to the log probability of each label."""
    total = np.zeros(len(labels))
    if signals.hint and not _SILENT.fullmatch(hint := primary(signals.hint)):
        said = hints.get(hint, hints.get("other", {}))
        total += [said.get(label, 0.0) for label in labels]
    if posts := sum(signals.author.values()):
        even = 1 / len(labels)
        share = np.array([signals.author.get(label, 0) for label in labels]) + FEW * even
        total += np.log(share / (posts + FEW) / even)
    total -= total.max()
    return np.maximum(total, -MOST)


def primary(hint: str) -> str:
    """Return the language subtag of a hint in small letters, old names made new."""
    tag = hint.replace("_", "-").split("-")[0].lower()
    return _OLD.get(tag, tag)
