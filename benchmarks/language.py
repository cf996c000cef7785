"""How fast and how right the tagger is, beside libraries that do the same, in the same run.

    python -m benchmarks.language [FILE.tsv] [--rounds 7]

Every tagger gets the same texts, the project's own test set by default, a hundred at a time.
Cleaning and mixed posts count for ours; the libraries get cleaned texts for free, and are held to
the ten languages that all know where they can be. Each runs in a process of its own: load time and
memory are beside a process that has numpy already: import and first answer, and the most that was
in use at the end. lingua, py3langid and eldc take part where they are installed.

The last two columns are macro-F1: of each alone on the ten languages (`ary` counts as `ar`), and of
ours on all labels with this library's second opinion wherever ours is less sure than .9 of a
European language.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np  # noqa: F401  # its own cost is none of the tagger's

from store.language import material
from store.language.evaluation import Evaluation
from store.language.material import Row
from store.language.weights import SHIPPED

HELD = Path(__file__).parents[1] / "tests" / "store" / "language" / "held.tsv"
BATCH = 100
TEN = ("ar", "ca", "de", "en", "es", "fr", "it", "nl", "pt", "tr")
SURE = 0.9
Tag = Callable[[Sequence[str]], Sequence[str]]


def compact() -> Tag:
    from store.language import CompactTagger

    tagger = CompactTagger()
    return lambda texts: [tag.language for tag in tagger.tag_many(texts)]


def backend() -> Tag:
    from store.language.langdetect_tagger import LangdetectTagger

    tagger = LangdetectTagger()
    return lambda texts: [tag.language for tag in tagger.tag_many(texts)]


def langdetect() -> Tag:
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0

    def one(text: str) -> str:
        try:
            return str(detect(text))
        except LangDetectException:
            return "und"

    return lambda texts: [one(text) for text in texts]


def lingua() -> Tag:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [getattr(IsoCode639_1, code.upper()) for code in TEN]
    detector = LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()

    def one(text: str) -> str:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else "und"

    return lambda texts: [one(text) for text in texts]


def py3langid() -> Tag:
    import py3langid

    py3langid.set_languages(list(TEN))
    return lambda texts: [str(py3langid.classify(text)[0]) for text in texts]


def eldc() -> Tag:
    import eldc as library

    library.init()
    library.set_languages(list(TEN))
    return lambda texts: [str(library.detect(text)) for text in texts]


TAGGERS: dict[str, Callable[[], Tag]] = {
    "compact": compact,
    "langdetect": langdetect,
    "langdetect, as our backend": backend,
    "lingua": lingua,
    "py3langid": py3langid,
    "eldc": eldc,
}
OURS = ("compact", "langdetect, as our backend")


def measure(name: str, file: Path, rounds: int) -> dict[str, float]:
    """Return texts per CPU second, load time (ms of CPU), memory (MB) and macro-F1 of a tagger."""
    rows = material.read(file)
    texts = [row.text for row in rows]
    if name not in OURS:
        texts = [plain for _, plain in material.plain(rows)]
    before, start = _memory(), time.process_time()
    tag = TAGGERS[name]()
    tag(texts[:1])
    load = time.process_time() - start
    seconds = []
    # langdetect takes its time, and as our backend remembers what it has read: once is enough.
    for _ in range(1 if "langdetect" in name else rounds * max(1, 5_000 // len(texts))):
        start = time.process_time()
        given = [
            label
            for first in range(0, len(texts), BATCH)
            for label in tag(texts[first : first + BATCH])
        ]
        seconds.append(time.process_time() - start)
    grown = _memory() - before
    return {
        "speed": len(texts) / statistics.median(seconds),
        "load": load * 1000,
        "memory": grown,
        "alone": _alone(rows, given),
        "together": _together(rows, given),
    }


def _alone(rows: Sequence[Row], given: Sequence[str]) -> float:
    pairs = [
        (row.label.replace("ary", "ar"), tag.replace("ary", "ar"))
        for row, tag in zip(rows, given, strict=True)
        if row.label in TEN or row.label == "ary"
    ]
    return Evaluation(Counter(pairs), 0.0).macro_f1


def _together(rows: Sequence[Row], given: Sequence[str]) -> float:
    from store.language import CompactTagger

    tags = CompactTagger().tag_many([row.text for row in rows])
    chosen = [
        other
        if tag.probability < SURE and {tag.language, other} <= {*TEN} - {"ar"}
        else tag.language
        for tag, other in zip(tags, given, strict=True)
    ]
    pairs = Counter(zip([row.label for row in rows], chosen, strict=True))
    return Evaluation(pairs, 0.0).macro_f1


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=HELD)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=TAGGERS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only:
        print(json.dumps(measure(asked.only, asked.file, asked.rounds)))
        return
    found = {name: _apart(name, asked.file, asked.rounds) for name in TAGGERS}
    slowest = (found["langdetect"] or {}).get("speed", float("nan"))
    print(f"weights {len(SHIPPED.read_bytes()):,} bytes")
    for name, figures in found.items():
        if figures is None:
            print(f"{name:26} not installed")
        else:
            print(
                f"{name:26} {figures['speed']:>9,.0f} texts/CPU s"
                f"  {figures['speed'] / slowest:6.1f} x langdetect"
                f"  load {figures['load']:5.0f} ms  memory +{figures['memory']:.0f} MB"
                f"  alone {figures['alone']:.4f}  together {figures['together']:.4f}"
            )


def _apart(name: str, file: Path, rounds: int) -> dict[str, float] | None:
    command = [sys.executable, "-m", "benchmarks.language", str(file), "--only", name]
    done = subprocess.run(
        [*command, "--rounds", str(rounds)], capture_output=True, text=True, check=False
    )
    if "ModuleNotFoundError" in done.stderr:
        return None
    done.check_returncode()
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


if __name__ == "__main__":
    main()
