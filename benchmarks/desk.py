"""How long the desk lets people wait, while a harvest runs, beside a bare `SELECT 1`.

    python -m benchmarks.desk [--stored 500000] [--waiting 50] [--store sqlite postgresql]
                              [--rounds 200]

A store is filled, of which so many of a hundred posts wait. A process serves the desk as
`bladifqalbi run --only desk` does, another one goes on harvesting with `ingest()`, page after page,
and a moderator asks over HTTP: by turns for the queue, for a search, for a decision with the page
that follows it, now and then for two hundred decisions at once; and each time for an address of the
same application that asks the same engine for nothing but `SELECT 1`.
"""

import argparse
import itertools
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlencode

import uvicorn
from sqlalchemy import text

from benchmarks import ingest as writing_benchmark
from benchmarks.desk_store import a_store, harvested
from benchmarks.serve_store import CAMPAIGN
from benchmarks.servers import Server, free_port
from collectors.run import GIVE_WAY, slices
from dashboard import proof
from dashboard.app import create_desk
from dashboard.settings import DeskSettings
from store import moderators
from store.engine import open_engine, reading, writing
from store.ingest import Rules, ingest
from store.language import CompactTagger
from store.models import Role

BARE = "SELECT 1"
TO_REACH = {"queue": 120, "search": 200, "decision": 120, "bulk of 200": 1500}
"""Milliseconds of which no more than five in a hundred may need more, on two cores."""
BULK_EVERY = 5
"""Rounds."""
PAUSE = 0.25
"""Seconds between two pages of a hundred posts: no network answers sooner, and ours wait longer."""


def serve(url: str, port: int) -> None:
    """Serve the desk, with an address more: nothing but `SELECT 1`."""
    engine = open_engine(url)
    app = create_desk(engine, CAMPAIGN, DeskSettings(url=f"http://127.0.0.1:{port}"))

    def bare() -> str:
        with reading(engine) as session:
            return str(session.connection().execute(text(BARE)).scalar_one())

    app.add_api_route("/bare/select", bare)
    config = uvicorn.Config(
        app, port=port, log_config=None, access_log=False, server_header=False, lifespan="on"
    )
    uvicorn.Server(config).run()


def harvest(url: str, stored: int) -> None:
    """Take page after page of posts in as a run of a source does, until the process is ended."""
    engine, posts = open_engine(url), harvested(stored)
    rules = Rules(
        source="mastodon",
        campaign=writing_benchmark.CAMPAIGN,
        recheck=timedelta(hours=12),
        tagger=CompactTagger(),
    )
    while True:
        items = posts.batch(100)
        started = time.perf_counter()
        for some in slices(items):
            with writing(engine) as session:
                ingest(session, some, rules=rules, now=datetime.now(UTC))
            time.sleep(GIVE_WAY)
        print(time.perf_counter() - started, flush=True)
        time.sleep(PAUSE)


@contextmanager
def harvesting(url: str, stored: int) -> Iterator[list[float]]:
    """Let another process harvest; give what each page took, once that has ended."""
    command = [sys.executable, "-m", "benchmarks.desk", "--harvest", str(stored), "--url", url]
    took: list[float] = []
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(command, stdout=told)
        try:
            while not told.tell():  # until the first page is in
                time.sleep(0.1)
                told.seek(0, os.SEEK_END)
                if process.poll() is not None:
                    raise SystemExit("desk: the harvest has ended")
            yield took
        finally:
            process.terminate()
            process.wait()
        told.seek(0)
        took += [float(line) for line in told]


class Moderator:
    """Somebody who works at the desk, by one connection that stays open."""

    def __init__(self, url: str, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port)
        self._headers = {
            "Cookie": f"bladi={_sign_in(url)}",
            "Origin": f"http://127.0.0.1:{port}",
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._keys = itertools.count()
        self.waited: dict[str, list[float]] = defaultdict(list)
        """Milliseconds, by what was asked."""

    def get(self, path: str, name: str = "") -> str:
        """Return a page; its time is kept under a name."""
        return self._ask(name, 200, "GET", path)[1]

    def post(self, path: str, name: str, **form: object) -> str:
        """Send a form; return where it leads."""
        body = urlencode({**form, "key": next(self._keys)}, doseq=True)
        return self._ask(name, 303, "POST", path, body)[0]

    def _ask(
        self, name: str, status: int, method: str, path: str, body: str | None = None
    ) -> tuple[str, str]:
        began = time.perf_counter()
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        page = answer.read().decode()
        self.waited[name].append((time.perf_counter() - began) * 1000)
        if answer.status != status:
            raise SystemExit(f"{method} {path}: {answer.status}")
        return answer.headers.get("location", ""), page


def _sign_in(url: str) -> str:
    engine, now = open_engine(url), datetime.now(UTC)
    with writing(engine) as session:
        token = moderators.add(session, "nadia", Role.EDITOR, by="us", now=now)
        return moderators.accept(session, token, proof.hash_password("x" * 12), 0, now=now)


def waiting(page: str) -> list[tuple[int, int]]:
    """Return the posts of a page of the queue, with what has been seen of each."""
    found = re.findall(r'name="chosen"[^>]* value="(\d+):(\d+)"', page)
    return [(int(post_id), int(revision)) for post_id, revision in found]


def searched() -> list[str]:
    """Return what people look for: words of one post in two hundred, of all posts, and of none."""
    texts = [
        item.text.split()
        for item in writing_benchmark.samples(writing_benchmark.Posts(writing_benchmark.SEED))
    ]
    some = [max(said, key=len) for said in texts[:200:20]]
    both = [" ".join(said[:2]) for said in texts[10:200:40]]
    return [*some, *both, "amina", "nulle-part-ailleurs"]


def work(who: Moderator, rounds: int) -> None:
    """Ask for each thing by turns."""
    words = itertools.cycle(searched())
    actions = itertools.cycle(("approve", "reject", "escalate"))
    for number in range(rounds):
        who.get("/bare/select", BARE)
        page = who.get("/fr/queue", "queue")
        who.get(f"/fr/queue?{urlencode({'q': next(words)})}", "search")
        (post_id, revision), (following, _), *_ = waiting(page)
        there = who.post(
            f"/fr/posts/{post_id}/decide", "decision", action=next(actions), reason="spam",
            revision=revision, next=following,
        )  # fmt: skip
        who.get(there, "page after a decision")
        if number % BULK_EVERY == 0:
            chosen = _pages(who, 200)
            who.post("/fr/decide", "bulk of 200", action="reject", reason="spam", chosen=chosen)


def _pages(who: Moderator, posts: int) -> list[str]:
    found: list[tuple[int, int]] = []
    while len(found) < posts:
        after = f"?after={found[-1][0]}" if found else ""
        found += waiting(who.get(f"/fr/queue{after}", "further pages"))
    return [f"{post_id}:{revision}" for post_id, revision in found[:posts]]


def measure(kind: str, stored: int, *, share: int, rounds: int) -> None:
    """Fill a store of a kind, work at its desk, and print how long that took."""
    with a_store(kind, stored, waiting=share) as url:
        port = free_port()
        command = [sys.executable, "-m", "benchmarks.desk", "--serve", str(port), "--url", url]
        server = Server(command, port)
        try:
            who = Moderator(url, port)
            with harvesting(url, stored) as pages:
                work(who, BULK_EVERY + 1)  # warms caches and compiled statements
                who.waited.clear()
                work(who, rounds)
        finally:
            server.stop()
    tell(kind, who, pages)


def tell(kind: str, who: Moderator, pages: list[float]) -> None:
    """Print what was waited for each thing, and what it is to be."""
    bare = statistics.median(who.waited[BARE])
    for name, waited in who.waited.items():
        middle, late = statistics.median(waited), statistics.quantiles(waited, n=20)[-1]
        bar = f"   to reach {TO_REACH[name]:>5,} ms" if name in TO_REACH else ""
        missed = "   MISSED" if late > TO_REACH.get(name, late) else ""
        print(
            f"{kind:<11}{name:<22} p50 {middle:>7.1f} ms   p95 {late:>7.1f} ms"
            f"   {middle / bare:>6.1f} x {BARE}{bar}{missed}"
        )
    took = statistics.median(pages)
    print(
        f"{kind:<11}{len(pages)} pages of 100 posts harvested meanwhile, {took:.2f} s each;"
        f" load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stored", type=int, default=500_000)
    parser.add_argument("--waiting", type=int, default=50, help="posts of a hundred, 1 to 90")
    parser.add_argument("--store", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--harvest", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.url, options.serve)
    elif options.harvest:
        harvest(options.url, options.harvest)
    else:
        for kind in options.store:
            measure(kind, options.stored, share=options.waiting, rounds=options.rounds)


if __name__ == "__main__":
    main()
