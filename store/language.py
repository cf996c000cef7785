"""Which language a post is written in: rules for scripts, langdetect for the European languages.

Only the language of a post is ever tagged, never a trait of a person.
"""

import re
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any, Protocol

from store.hashtags import HASHTAG
from store.normal import fold

EUROPEAN = ("ca", "de", "en", "es", "fr", "it", "nl", "pt", "tr")
"""What langdetect may answer; fewer languages make it quicker and surer."""

SURE = 0.80
"""Least probability that is worth more than `und`."""

ENOUGH_LETTERS = 12
"""Below these langdetect guesses: unknown is better than wrong."""

ENOUGH_WORDS = 3
"""Below these, words in another script are a name, not another language."""


ENOUGH_TEXT = 120
"""Code points that langdetect reads: its time grows with them, and these are plenty."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A BCP 47 primary tag (`und` when unknown), its probability, and further languages."""

    language: str
    probability: float
    others: tuple[str, ...] = ()


UNKNOWN = Tagged("und", 0.0)


class LanguageTagger(Protocol):
    """Tags texts in batches; the same text always gets the same tag."""

    def tag_many(self, texts: Sequence[str]) -> list[Tagged]:
        """Return one tag for each text, in order."""


_NOISE = re.compile(r"https?://\S+|www\.\S+|(?<!\w)@[\w.@-]+|\bRT\b")
_LETTERS = re.compile(r"[^\W\d_]")
_TIFINAGH = re.compile("[\u2d30-\u2d7f]")
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_WORD = re.compile(r"[\w']+")
_ARABIZI_DIGIT = re.compile(r"(?<=[a-z])[23579](?=[a-z])|\b[379](?=[a-z]{2})")


@lru_cache(maxsize=3)
def _markers(language: str) -> frozenset[str]:
    """Everyday words that give a language away, folded; one a line in `markers/`."""
    lines = (
        (resources.files("store") / "markers" / f"{language}.txt").read_text("utf-8").split("\n")
    )
    return frozenset(fold(line) for line in lines if line and not line.startswith("#"))


class LangdetectTagger:
    """langdetect behind a gate of scripts and everyday words; seeded, so that it never wavers."""

    def tag_many(self, texts: Sequence[str]) -> list[Tagged]:
        """Return one tag for each text, in order."""
        return [self._tag(text) for text in texts]

    def _tag(self, text: str) -> Tagged:
        text = unicodedata.normalize("NFKC", _NOISE.sub(" ", HASHTAG.sub(" ", text)))
        letters = len(_LETTERS.findall(text))
        if letters < 4:
            return UNKNOWN
        for script, tag in _TAGS.items():
            if (own := len(script.findall(text))) * 2 > letters:
                first = tag(text)
                return first if own >= letters else replace(first, others=_others(text, script))
        return UNKNOWN


def _others(text: str, main: re.Pattern[str]) -> tuple[str, ...]:
    """Return the languages of a post's words in other scripts, where they are more than a name."""
    found = []
    for script, tag in _TAGS.items():
        parts = [word for word in _WORD.findall(text) if script.search(word)]
        if script is not main and len(parts) >= ENOUGH_WORDS:
            found.append(tag(" ".join(parts)).language)
    return tuple(language for language in found if language != UNKNOWN.language)


def _tifinagh(_text: str) -> Tagged:
    return Tagged("zgh", 1.0)


def _arabic(text: str) -> Tagged:
    found = [word for word in _WORD.findall(fold(text)) if word in _markers("ary")]
    # One marker in a short post is enough; a long text in the standard language may quote one.
    share = len(found) / max(1, len(text.split()))
    return Tagged("ary", 0.8) if found and share > 0.05 else Tagged("ar", 0.8)


def _latin(text: str) -> Tagged:
    folded = text.lower()
    parts = _WORD.findall(folded)
    arabizi = sum(
        word in _markers("ary-Latn") or bool(_ARABIZI_DIGIT.search(word)) for word in parts
    )
    amazigh = sum(word in _markers("ber-Latn") or "ɣ" in word for word in parts)
    if max(arabizi, amazigh) >= 2 and max(arabizi, amazigh) * 8 >= len(parts):
        return Tagged("ary-Latn", 0.8) if arabizi >= amazigh else Tagged("ber-Latn", 0.8)
    return _european(text[:ENOUGH_TEXT]) if sum(map(len, parts)) >= ENOUGH_LETTERS else UNKNOWN


@lru_cache(maxsize=4096)
def _european(text: str) -> Tagged:
    from langdetect.lang_detect_exception import LangDetectException

    try:
        with _lock:
            detector = _factory().create()
            # Two of langdetect's seven trials: as good on our texts, in a third of the time.
            detector.n_trial = 2
            detector.append(text)
            guesses = detector.get_probabilities()
    except LangDetectException:
        return UNKNOWN
    if not guesses or guesses[0].prob < SURE:
        return UNKNOWN
    return Tagged(guesses[0].lang, round(guesses[0].prob, 4))


_TAGS: dict[re.Pattern[str], Callable[[str], Tagged]] = {
    _TIFINAGH: _tifinagh,
    _ARABIC: _arabic,
    _LATIN: _latin,
}
"""What tells the languages of one script apart."""

_lock = threading.Lock()


@lru_cache(maxsize=1)
def _factory() -> Any:
    from langdetect.detector_factory import DetectorFactory

    # langdetect samples at random; without a seed the same post changes language between runs.
    DetectorFactory.seed = 0
    factory = DetectorFactory()
    profiles = resources.files("langdetect") / "profiles"
    factory.load_json_profile([(profiles / name).read_text("utf-8") for name in EUROPEAN])
    return factory
