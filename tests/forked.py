"""Processes that are born with everything imported: one costs milliseconds, not seconds.

The first who asks starts the server that they are forked from, so that it must import what any
test needs of it.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import TemporaryDirectory

_IMPORTED = [
    "googleapiclient.discovery",
    "praw",
    "tweepy",
    "bladifqalbi.commands",
    "bladifqalbi.desk",
    "bladifqalbi.languages",
    "bladifqalbi.pictures",
    "bladifqalbi.serve",
    "store.stories.evaluation",
    "tests.collectors.test_kill",
    "tests.collectors.test_media_kill",
    "tests.forked",
]

# How wide tables are, a console reads once, when it is imported.
os.environ["COLUMNS"] = "200"


def forks() -> ForkServerContext:
    """Return what makes such processes."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    return context


def command(
    words: Sequence[str],
    *,
    text: bytes = b"",
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `bladifqalbi` as a person does, but for the time that its start takes."""
    with TemporaryDirectory(prefix="bladi-command-") as name:
        folder = Path(name)
        (folder / "0").write_bytes(text)
        given = dict(os.environ if environment is None else environment)
        where = cwd or Path.cwd()
        process = forks().Process(target=_command, args=(list(words), folder, where, given))
        process.start()
        process.join(100)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(["bladifqalbi", *words], 100)
        out, err = ((folder / number).read_text("utf-8") for number in "12")
    return subprocess.CompletedProcess(["bladifqalbi", *words], process.exitcode, out, err)


def _command(words: list[str], folder: Path, cwd: Path, environment: dict[str, str]) -> None:
    for number, flags in enumerate(
        (os.O_RDONLY, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_CREAT)
    ):
        os.dup2(os.open(folder / str(number), flags), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # as long as the process
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["bladifqalbi", *words]
    from bladifqalbi.cli import main

    main()
