"""langdetect as a tagger: it chooses among European languages, the rest is decided before."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import metadata, resources
from typing import Any

from store.language.compact import CompactTagger
from store.language.signals import Signals
from store.language.tags import Tag
from store.language.text import batch

EUROPEAN = ("ca", "de", "en", "es", "fr", "it", "nl", "pt", "tr")
"""What langdetect may answer; fewer languages make it quicker and surer."""

SURE = 0.80
"""Least probability that is worth more than `und`."""

LONGEST = 400
"""Letters that langdetect reads: its time grows with them."""


class LangdetectTagger:
    """langdetect behind the compact tagger's gate, on its cleaned words.

    Scripts, Darija, Tamazight, other languages and mixed posts are the compact tagger's to tell;
    where it finds one of `EUROPEAN`, langdetect says which. Signals do not sway it.

    Args:
        gate: the compact tagger; None takes that of the weights that come with the program.
    """

    def __init__(self, gate: CompactTagger | None = None) -> None:
        self._gate = gate or CompactTagger()

    @property
    def version(self) -> str:
        """Name of this tagger, of langdetect's version, and of its gate."""
        return f"langdetect {metadata.version('langdetect')}, {self._gate.version}"

    def tag_many(
        self, texts: Sequence[str], signals: Sequence[Signals | None] | None = None
    ) -> list[Tag]:
        """Return one tag for each text, in order; see `LanguageTagger`."""
        del signals
        tags = self._gate.tag_many(texts)
        return [
            self._choose(tag, text) if tag.language in EUROPEAN and not tag.mixed else tag
            for tag, text in zip(tags, texts, strict=True)
        ]

    def _choose(self, tag: Tag, text: str) -> Tag:
        language, probability = _guess(_cleaned(text))
        return replace(
            tag, language=language if probability >= SURE else "und", probability=probability
        )


def raw_guess(text: str) -> str:
    """Return what langdetect says of a text just as it is, out of all languages that it knows."""
    return _ask(_factory(None), text[:LONGEST])[0]


def _cleaned(text: str) -> str:
    words = batch([text])
    letters: str = words.codes[1:-1].astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    return letters[:LONGEST]


@lru_cache(maxsize=4096)
def _guess(text: str) -> tuple[str, float]:
    return _ask(_factory(EUROPEAN), text)


def _ask(factory: Any, text: str) -> tuple[str, float]:
    from langdetect.lang_detect_exception import LangDetectException

    try:
        with _lock:
            detector = factory.create()
            detector.append(text)
            guesses = detector.get_probabilities()
    except LangDetectException:
        return "und", 0.0
    return (guesses[0].lang, round(guesses[0].prob, 4)) if guesses else ("und", 0.0)


_lock = threading.Lock()


@lru_cache(maxsize=2)
def _factory(languages: tuple[str, ...] | None) -> Any:
    from langdetect.detector_factory import DetectorFactory

    # langdetect samples at random; without a seed the same post changes language between runs.
    DetectorFactory.seed = 0
    factory = DetectorFactory()
    profiles = resources.files("langdetect") / "profiles"
    names = languages or sorted(path.name for path in profiles.iterdir() if "." not in path.name)
    factory.load_json_profile([(profiles / name).read_text("utf-8") for name in names])
    return factory
