"""Texts with their languages: read from files, and made more for training.

Only training and evaluation come here; a running service never does.
"""

import csv
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np

from store.errors import MaterialError
from store.language.text import batch
from store.language.transliteration import in_arabic_letters
from store.languages import LABELS

FREE = frozenset({"open", "own"})
"""Licences of rows that may teach what we ship; `restricted` ones may tune and compare."""

OWN = resources.files("store") / "language" / "texts"
"""Texts written for this project, and the Universal Declaration of Human Rights."""

WORD_LISTS = ("ar", "ca", "de", "en", "es", "fr", "it", "nl", "pt", "tr")
"""Our languages of which wordfreq has lists."""

OTHER_WORD_LISTS = (
    "cs", "da", "fa", "fi", "fil", "hu", "id", "is", "lt", "lv", "ms", "nb", "pl", "ro", "sh",
    "sk", "sl", "sv", "ur", "vi",
)  # fmt: skip
"""Other languages in Latin and Arabic letters of which it has."""


_WORD = re.compile(r"[^\W\d_]+(?:['’]?[^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Row:
    """One text and its language."""

    label: str
    text: str
    source: str = ""
    licence: str = "own"
    language: str = ""
    """Which it is of those that `und` stands for, where that is known."""


def read(path: Path | Traversable) -> list[Row]:
    """Return the rows of a file of tab-separated columns.

    A first line with `label` and `text` names the columns (`source` and `licence` are read where
    they are); without it, the first column is the label and the second the text.

    Raises:
        MaterialError: there is no such file, or a line has too few columns or an unknown label.
    """
    try:
        content = path.read_text("utf-8")
    except FileNotFoundError as error:
        raise MaterialError(f"{path.name}: no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise MaterialError(f"{path.name}: cannot be read as UTF-8 text") from error
    # Only \n ends a line: posts hold other line ends.
    lines = [line.removesuffix("\r") for line in content.split("\n")]
    table = csv.reader((line for line in lines), delimiter="\t", quoting=csv.QUOTE_NONE)
    rows = list(_rows(path.name, table))
    if not rows:
        raise MaterialError(f"{path.name}: no texts; write a label, a tab and a text on each line")
    return rows


def write(rows: Iterable[Row], path: Path) -> None:
    """Write rows as `read` reads them, without addresses, handles and hashtags.

    Raises:
        MaterialError: the file cannot be written.
    """
    lines = [
        f"{row.label}\t{row.source}\t{row.licence}\t{words}\n" for row, words in plain([*rows])
    ]
    try:
        path.write_text("label\tsource\tlicence\ttext\n" + "".join(lines), "utf-8")
    except OSError as error:
        raise MaterialError(f"{path.name}: cannot be written ({error.strerror})") from error


def _rows(name: str, table: Iterable[list[str]]) -> Iterator[Row]:
    columns = {"label": 0, "text": 1}
    for number, cells in enumerate(table, 1):
        if number == 1 and {"label", "text"} <= set(cells):
            columns = {cell: place for place, cell in enumerate(cells)}
        elif cells:
            found = {key: cells[place] for key, place in columns.items() if place < len(cells)}
            if len(found) < len(columns):
                raise MaterialError(
                    f"{name}: line {number} has {len(cells)} columns,"
                    f" not {max(columns.values()) + 1}"
                )
            if found["label"] not in LABELS:
                raise MaterialError(
                    f"{name}: line {number} has an unknown label; allowed: {' '.join(LABELS)}"
                )
            known = ("label", "text", "source", "licence", "language")
            yield Row(**{key: value for key, value in found.items() if key in known})


def own() -> list[Row]:
    """Return the texts that were written for this project."""
    return [
        replace(row, source=f"own {path.name.removesuffix('.tsv')}")
        for path in sorted(OWN.iterdir(), key=lambda path: path.name)
        if path.name.endswith(".tsv") and path.name != "declaration.tsv"
        for row in read(path)
    ]


def declaration() -> list[Row]:
    """Return sentences of the Universal Declaration of Human Rights in some 350 languages.

    Nearly all teach what is none of ours; the few in ours keep its subject from being a sign of it.
    """
    return [
        replace(row, source="declaration", licence="open") for row in read(OWN / "declaration.tsv")
    ]


def word_lists(*, ours: int, others: int, arabic: int, seed: int) -> list[Row]:
    """Return rows of words drawn from wordfreq's lists as often as people use them.

    Args:
        ours: rows for each of our languages in Latin letters.
        others: rows for each other language, labelled `und`.
        arabic: rows of Arabic words.
        seed: the same gives the same rows.

    Raises:
        MaterialError: wordfreq is not installed.
    """
    try:
        from wordfreq import get_frequency_dict
    except ImportError as error:
        raise MaterialError(
            "wordfreq is not installed; `make check` installs what training needs"
        ) from error
    # numpy promises that this generator, unlike the newer ones, never changes its numbers.
    draw = np.random.RandomState(seed)
    rows = []
    for language in (*WORD_LISTS, *OTHER_WORD_LISTS):
        label = language if language in WORD_LISTS else "und"
        words, share = _frequent(get_frequency_dict(language, "best"))
        count = arabic if language == "ar" else ours if label != "und" else others
        for length in draw.choice((1, 1, 2, 2, 3, 3, 4, 5, 7, 9), count):
            chosen = draw.choice(len(words), length, p=share)
            text = " ".join(words[place] for place in chosen)
            rows.append(Row(label, text, "wordfreq", "open", language))
    return rows


def _frequent(frequencies: dict[str, float]) -> tuple[list[str], np.ndarray]:
    """Return the most frequent words, and how often each is drawn."""
    ranked = sorted(frequencies.items(), key=lambda pair: (-pair[1], pair[0]))[:20_000]
    kept = [(word, often) for word, often in ranked if _WORD.fullmatch(word)]
    # The root flattens: else nearly all that is drawn would be the hundred commonest words.
    share = np.array([often for _, often in kept]) ** 0.6
    return [word for word, _ in kept], share / share.sum()


def in_other_letters(rows: Iterable[Row], *, seed: int) -> list[Row]:
    """Return Darija in Latin letters once more in Arabic letters."""
    dice = random.Random(seed)
    return [
        replace(row, label="ary", text=in_arabic_letters(words, dice), source="transliterated")
        for row, words in plain([row for row in rows if row.label == "ary-Latn"])
    ]


def shortened(rows: Sequence[Row], *, seed: int) -> list[Row]:
    """Return two to five neighbouring words out of four in ten longer texts: posts are short."""
    dice = random.Random(seed)
    short = []
    for row, cleaned in plain(rows):
        words = cleaned.split()
        if len(words) > 5 and dice.random() < 0.4:
            count = dice.randint(2, 5)
            start = dice.randrange(len(words) - count + 1)
            short.append(replace(row, text=" ".join(words[start : start + count])))
    return short


def plain(rows: Sequence[Row]) -> Iterator[tuple[Row, str]]:
    """Yield rows with their cleaned words: without addresses, handles, hashtags and numbers."""
    for start in range(0, len(rows), 1000):
        some = rows[start : start + 1000]
        words = batch([row.text for row in some])
        letters = words.codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
        ends = np.searchsorted(words.text, np.arange(words.size), side="right")
        begins = np.concatenate(([0], ends[:-1]))
        for row, begin, end in zip(some, begins, ends, strict=True):
            text = letters[words.start[begin] : words.end[end - 1]] if end > begin else ""
            yield row, text
