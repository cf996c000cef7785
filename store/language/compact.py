"""The default tagger: a gate of scripts, then what the pieces of the words say by its tables."""

from collections.abc import Iterator, Sequence

import numpy as np

from store.language import mixed, scores
from store.language.scores import Scores
from store.language.signals import Signals, leaning
from store.language.tags import UNKNOWN, Tag
from store.language.text import ARABIC, LATIN, TIFINAGH, Array, Batch, batch
from store.language.weights import Weights, load
from store.languages import LABELS

BATCH = 500
"""Texts at a time: more are no quicker, and take more memory."""

_PLACE = {label: place for place, label in enumerate(LABELS)}
_UND = _PLACE["und"]
SHORT = 4
"""Texts of fewer words must be surer."""


class CompactTagger:
    """Tags by script and by pieces of words.

    Args:
        weights: what was learnt; None takes the file that comes with the program.
    """

    def __init__(self, weights: Weights | None = None) -> None:
        self.weights = weights or load()

    @property
    def version(self) -> str:
        """Name of this tagger, and of its weights."""
        return f"compact {self.weights.digest}"

    def tag_many(
        self, texts: Sequence[str], signals: Sequence[Signals | None] | None = None
    ) -> list[Tag]:
        """Return one tag for each text, in order; see `LanguageTagger`."""
        known = signals or [None] * len(texts)
        return [
            tag
            for start in range(0, len(texts), BATCH)
            for tag in self._tag(texts[start : start + BATCH], known[start : start + BATCH])
        ]

    def probabilities(self, texts: Sequence[str], *, temperature: float) -> Array:
        """Return the probabilities (texts, `LABELS`) of main scripts, as tuning needs them."""
        rows = [np.zeros((0, len(LABELS)))]
        for start in range(0, len(texts), BATCH):
            words = batch(texts[start : start + BATCH])
            main = scores.scripts(words)
            rows.append(self._likely(words, scores.both(words, self.weights), main, temperature))
        return np.concatenate(rows)

    def _tag(self, texts: Sequence[str], signals: Sequence[Signals | None]) -> list[Tag]:
        words = batch(texts)
        said = scores.both(words, self.weights)
        main = scores.scripts(words)
        likely = self._likely(words, said, main, self.weights.numbers["temperature"])
        self._lean(likely, main, signals)
        counts = np.bincount(words.text, minlength=words.size)
        first = likely.argmax(axis=1)
        sure = likely.max(axis=1)
        numbers = self.weights.numbers
        bar = np.where(counts < SHORT, numbers["sure_short"], numbers["sure"])
        tags = [
            UNKNOWN if script == 0 else Tag(LABELS[place] if enough else "und", probability)
            for script, place, enough, probability in zip(
                main.tolist(),
                first.tolist(),
                (sure >= bar).tolist(),
                sure.round(4).tolist(),
                strict=True,
            )
        ]
        for index, tag in self._mixed(words, said, first, counts).items():
            tags[index] = tag
        return tags

    def _likely(
        self, words: Batch, said: dict[int, Scores], main: Array, temperature: float
    ) -> Array:
        """Return probabilities (texts, `LABELS`) by the words of each text's main script."""
        likely = np.zeros((words.size, len(LABELS)))
        likely[:, _UND] = 1.0
        likely[main == TIFINAGH] = np.eye(len(LABELS))[_PLACE["zgh"]]
        for script in (LATIN, ARABIC):
            ours = np.flatnonzero(main == script)
            if len(ours):
                one = said[script]
                rows = one.of_groups(words.text[one.words], words.size)[ours]
                places = [_PLACE[label] for label in one.table.labels]
                likely[ours] = 0.0
                likely[ours[:, None], places] = _probabilities(rows, temperature)
        return likely

    def _lean(self, likely: Array, main: Array, signals: Sequence[Signals | None]) -> None:
        """Let what is known beside the text settle doubts."""
        for index, signal in enumerate(signals):
            if signal is not None and main[index]:
                likely[index] *= np.exp(leaning(signal, LABELS, self.weights.hints))
                likely[index] /= likely[index].sum()

    def _mixed(
        self, words: Batch, said: dict[int, Scores], first: Array, counts: Array
    ) -> dict[int, Tag]:
        """Return the tags of texts that switch between languages."""
        numbers = self.weights.numbers
        texts = np.flatnonzero((counts >= SHORT) & (first != _UND))
        found = mixed.parts(words, said, texts, numbers) if len(texts) else {}
        named = self._names([part for some in found.values() for part in some], said)
        tags = {}
        for index, some in found.items():
            own = [next(named) for _ in some]
            # What the whole looks most like comes first, if it is among them.
            own.sort(key=lambda one: one[0] != LABELS[first[index]])
            (language, probability), *others = own
            secondary = dict.fromkeys(label for label, _ in others if label != language)
            if secondary and probability >= numbers["sure"]:
                tags[index] = Tag(language, round(probability, 4), tuple(secondary))
        return tags

    def _names(
        self, parts: list[mixed.Part], said: dict[int, Scores]
    ) -> Iterator[tuple[str, float]]:
        """Return each part's label and probability, by its own words alone."""
        named = [(part.label, 1.0) for part in parts]
        arabic = [place for place, part in enumerate(parts) if part.label == mixed.ARAB]
        latin = [place for place, part in enumerate(parts) if part.label not in (mixed.ARAB, "zgh")]
        for one, places in ((said[LATIN], latin), (said[ARABIC], arabic)):
            if not places:
                continue
            group = np.repeat(np.arange(len(places)), [len(parts[at].words) for at in places])
            words = np.concatenate([parts[at].words for at in places])
            row = np.minimum(np.searchsorted(one.words, words), len(one.words) - 1)
            ours = one.words[row] == words  # not those of other scripts between them
            alone = Scores(one.table, words[ours], one.sums[row[ours]], one.pieces[row[ours]])
            sums = alone.of_groups(group[ours], len(places))
            likely = _probabilities(sums, self.weights.numbers["temperature"])
            for at, chances in zip(places, likely, strict=True):
                label = parts[at].label
                if label == mixed.ARAB:
                    label = one.table.labels[chances[:2].argmax()]
                named[at] = (label, float(chances[one.table.labels.index(label)]))
        return iter(named)


def _probabilities(rows: Array, temperature: float) -> Array:
    rows = rows / temperature
    rows = np.exp(rows - rows.max(axis=1, keepdims=True))
    probabilities: Array = rows / rows.sum(axis=1, keepdims=True)
    return probabilities
