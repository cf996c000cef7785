"""Which language a post is written in.

Only the language of a post is ever tagged, never a trait of a person.
"""

from pathlib import Path

from store.language.compact import CompactTagger
from store.language.signals import Signals
from store.language.tags import UNKNOWN, LanguageTagger, Tag
from store.language.weights import WeightsError, load

__all__ = [
    "BACKENDS",
    "UNKNOWN",
    "CompactTagger",
    "LanguageTagger",
    "Signals",
    "Tag",
    "WeightsError",
    "open_tagger",
]
BACKENDS = ("compact", "langdetect")
"""What `language.backend` of config.yaml may name."""


def open_tagger(backend: str = "compact", path: Path | None = None) -> LanguageTagger:
    """Return the tagger that `language.backend` of config.yaml names.

    Args:
        backend: `compact` or `langdetect`.
        path: a file of weights; None takes the one that comes with the program.

    Raises:
        WeightsError: the file of weights cannot be used.
    """
    compact = CompactTagger(load(path) if path else None)
    if backend == "langdetect":
        from store.language.langdetect_tagger import LangdetectTagger

        return LangdetectTagger(compact)
    return compact
