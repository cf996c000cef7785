"""What the widget weighs and how fast its pages are, against what they may: `make budget`.

With `--bytes` only the weights, which need nothing but Python.
"""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

from api.widget import release
from api.words import LOCALES
from tests.api.browsing import CHROMIUM, launched
from tests.widget import shots, thousand
from tests.widget.host import hosting

HERE = Path(__file__).parent
LIGHTHOUSE = HERE / "lighthouse" / "node_modules" / "lighthouse" / "cli" / "index.js"

SCRIPT, STYLE, WORDS, POSTS = 10_000, 5_000, 1_500, 14_000
"""Bytes after gzip -9: of the script, the style, one language, and the JSON of twelve posts."""
PERFORMANCE, ACCESSIBILITY, SHIFT = 0.95, 1.0, 0.02
FRAME = 50
"""Milliseconds that all frames but one of twenty stay below while one scrolls a thousand posts."""
TRIES = 3
"""Other work on the machine makes a page slower, never faster: the best run counts."""


def weights(address: str) -> list[tuple[str, int, int]]:
    """Return name, weight and budget of each file, and of twelve posts with pictures."""
    files = release.load()
    found = [
        ("script", _weigh(files.script.body), SCRIPT),
        ("style", _weigh(files.style.body), STYLE),
    ]
    found += [(f"words {tag}", _weigh(file.body), WORDS) for tag, file in files.words.items()]
    for tag in LOCALES:
        with urlopen(f"{address}/w/main?lang={tag}&limit=12&kind=image") as answer:
            found.append((f"12 posts {tag}", _weigh(answer.read()), POSTS))
    return found


def measure(url: str) -> list[tuple[str, float, float, bool]]:
    """Return name, value, limit and whether it is kept, for a page in Lighthouse's own setting."""
    runs = [run for _ in range(TRIES) if (run := _lighthouse(url)) is not None]
    if not runs:
        raise SystemExit(f"budget: Lighthouse could not measure {url}")
    best = max(runs, key=lambda run: float(run["categories"]["performance"]["score"]))
    speed = float(best["categories"]["performance"]["score"])
    access = float(best["categories"]["accessibility"]["score"])
    shift = float(best["audits"]["cumulative-layout-shift"]["numericValue"])
    return [
        ("performance", speed, PERFORMANCE, speed >= PERFORMANCE),
        ("accessibility", access, ACCESSIBILITY, access >= ACCESSIBILITY),
        ("layout shift", shift, SHIFT, shift <= SHIFT),
    ]


def _measured(address: str) -> Iterator[tuple[str, str, float, float, bool]]:
    for path in ("/ar/", "/fr/", "/e/main?lang=ar"):
        yield from ((path, *one) for one in measure(address + path))
    yield from (("a thousand posts", *one) for one in thousands(address))


def thousands(address: str) -> list[tuple[str, float, float, bool]]:
    """Return name, value, limit and whether it is kept, for a page with a thousand posts."""
    with launched() as browser, hosting() as host:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        thousand.open_wall(page, address, host)
        megabytes = thousand.heap(page) / 1_000_000
        frame = min(thousand.frame(page) for _ in range(TRIES))
    return [
        ("megabytes", megabytes, thousand.HEAP / 1_000_000, megabytes < thousand.HEAP / 1_000_000),
        ("milliseconds", frame, FRAME, frame < FRAME),
    ]


def _weigh(body: bytes) -> int:
    return len(gzip.compress(body, 9, mtime=0))


def _lighthouse(url: str) -> Any:
    """Return Lighthouse's report, or None when it lost its browser."""
    command = [
        "node", str(LIGHTHOUSE), url, "--quiet", "--output=json",
        "--only-categories=performance,accessibility",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-quic",
    ]  # fmt: skip
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        timeout=180,
        env={**os.environ, "CHROME_PATH": str(CHROMIUM)},
    )
    return json.loads(done.stdout) if done.returncode == 0 and done.stdout else None


def main(arguments: list[str]) -> int:
    """Print everything; return 1 when anything is over its budget."""
    failed = False
    with TemporaryDirectory() as folder, shots.illustrated(Path(folder)) as address:
        for name, weight, most in weights(address):
            failed |= weight > most
            print(f"{name:20}{weight:>8} of {most:>6} bytes{'  OVER' if weight > most else ''}")
        for path, name, value, limit, kept in () if "--bytes" in arguments else _measured(address):
            failed |= not kept
            print(f"{path:20}{name:14}{value:>6.2f} ({limit:g}){'' if kept else '  MISSED'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
