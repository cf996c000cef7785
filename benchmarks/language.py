"""How fast the tagger is, beside libraries that do the same, in the same run.

    python -m benchmarks.language [FILE.tsv] [--rounds 7]

Every tagger gets the same texts, the project's own test set by default, a hundred at a time.
Cleaning and mixed posts count for ours; the others get cleaned texts for free. Each runs in a
process of its own: load time and memory are those of import and first answer, beside a process
that has numpy already. lingua, py3langid and eldc take part where they are installed.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np  # noqa: F401  # its own cost is none of the tagger's

from store.language import material
from store.language.weights import SHIPPED

HELD = Path(__file__).parents[1] / "tests" / "store" / "language" / "held.tsv"
BATCH = 100
EUROPEAN = ("ar", "ca", "de", "en", "es", "fr", "it", "nl", "pt", "tr")
Tag = Callable[[Sequence[str]], object]


def compact() -> Tag:
    from store.language import CompactTagger

    return CompactTagger().tag_many


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

    codes = [getattr(IsoCode639_1, code.upper()) for code in EUROPEAN]
    detector = LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()
    return lambda texts: [detector.detect_language_of(text) for text in texts]


def py3langid() -> Tag:
    import py3langid

    py3langid.set_languages(list(EUROPEAN))
    return lambda texts: [py3langid.classify(text) for text in texts]


def eldc() -> Tag:
    import eldc as library

    library.init()
    return lambda texts: [library.detect(text) for text in texts]


TAGGERS: dict[str, Callable[[], Tag]] = {
    "compact": compact,
    "langdetect": langdetect,
    "lingua": lingua,
    "py3langid": py3langid,
    "eldc": eldc,
}


def measure(name: str, file: Path, rounds: int) -> dict[str, float]:
    """Return texts per CPU second, load time (ms of CPU) and memory (MB) of one tagger."""
    texts = [row.text for row in material.read(file)]
    if name != "compact":
        texts = [plain for _, plain in material.plain(material.read(file))]
    before, start = _memory(), time.process_time()
    tag = TAGGERS[name]()
    tag(texts[:1])
    load, grown = time.process_time() - start, _memory() - before
    seconds = []
    few = texts if name != "langdetect" else texts[:: max(1, len(texts) // 300)]
    for _ in range(rounds):
        start = time.process_time()
        for first in range(0, len(few), BATCH):
            tag(few[first : first + BATCH])
        seconds.append(time.process_time() - start)
    return {"speed": len(few) / statistics.median(seconds), "load": load * 1000, "memory": grown}


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
            print(f"{name:12} not installed")
        else:
            print(
                f"{name:12} {figures['speed']:>9,.0f} texts/CPU s"
                f"   {figures['speed'] / slowest:7.1f} x langdetect"
                f"   load {figures['load']:6.0f} ms   memory +{figures['memory']:.0f} MB"
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
