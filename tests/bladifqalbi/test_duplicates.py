"""`bladifqalbi duplicates`, as a person runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).with_name("bladifqalbi")
OWN = ROOT / "tests" / "store" / "stories" / "own.jsonl"


def duplicates(*words):
    return subprocess.run(
        [COMMAND, "duplicates", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_evaluation_prints_the_figures():
    done = duplicates("evaluate", str(OWN))

    assert done.returncode == 0, done.stderr
    figures = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
    assert figures["precision"] == "1.0000"
    assert float(figures["F1"]) >= 0.99
    assert float(figures["B-cubed-F1"]) >= 0.99
    assert figures["false pairs in all"] == "0"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "posts.jsonl: no such file"),
        ("", "posts.jsonl: no posts; write one JSON object a line"),
        ("{}\n", "posts.jsonl: line 1 is no post; each has platform, native_id, text"),
        ("[]\n", "posts.jsonl: line 1 is no post"),
        ("no json\n", "posts.jsonl: line 1 is no post"),
        (json.dumps({"platform": "x"}), "posts.jsonl: line 1 is no post"),
        ("\udcff", "posts.jsonl: cannot be read as UTF-8 text"),
    ],
)
def test_wrong_file_gets_one_sentence(tmp_path, content, message):
    file = tmp_path / "posts.jsonl"
    if content is not None:
        file.write_bytes(content.encode("utf-8", "surrogateescape"))

    done = duplicates("evaluate", str(file))

    assert (done.returncode, message in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr
