"""How fast copies are found among many stored posts, beside datasketch in memory, in the same run.

    python -m benchmarks.duplicates [--stored 10000 100000 1000000] [--store sqlite postgresql]
    python -m benchmarks.duplicates --strangers 1000000 [--store sqlite postgresql]

Each round, batches of posts are saved and go through all steps of `matching`, a write transaction
each; as many others are saved alone, and what that takes is not counted. Then datasketch, where it
is installed, takes the same posts: `MinHashLSH(threshold=.7, num_perm=128)` on the four-letter sets
of our normal form, which it needs as much as we do, and which is counted for both. It verifies
nothing and keeps nothing. 20 % of the posts are copies with small edits, 10 % reposts.
`posts/CPU s` counts this process and PostgreSQL's that works for it; `found` are copies and reposts
tied to what they repeat, `false` posts tied to anything else, which must be 0.

With `--strangers` so many posts, none of which repeats another, go through all steps into an empty
store, each beside all before it; here saving counts. The exit code is 1 if any two are tied.
"""

import argparse
import gc
import importlib.util
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, insert, select
from sqlmodel import SQLModel, col

from benchmarks.ingest import CAMPAIGN, NOW, _kept, create, server
from benchmarks.ingest import Posts as Ingested
from benchmarks.keys import enter
from benchmarks.texts import Texts
from store import changes, migrations
from store.engine import open_engine, writing
from store.models import Post, StoryEdge, StoryText
from store.prepared import Prepared
from store.stories import formulas, matching
from store.stories.forms import Form, form_of
from store.stories.permalinks import permalink_key
from store.stories.records import VERSION, hashed
from store.stories.signature import SHINGLE, keys

BATCH, CHUNK = 100, 20_000
"""Posts of one transaction, measured and while a store is filled."""
COPIES, REPOSTS = 20, 10  # of a hundred posts
Row = dict[str, Any]


class Posts:
    """Rows of posts, stored and new; the number of a post is that of its text, too."""

    def __init__(self, stored: int) -> None:
        self.stored, self.texts, self._dice = stored, Texts(), random.Random(11)
        self.origins: dict[int, int] = {}
        """What each new post repeats: a stored post, or itself."""
        self._last = stored
        self._row, *_ = _kept(Ingested(seed=7).new())

    def row(self, number: int, text: str) -> Row:
        """Return the row of a post that nobody has matched."""
        hand = f"a{number % 5000}@social.example"
        url = f"https://social.example/@{hand}/{number}"
        return self._row | {
            "id": number, "native_id": url, "url": url, "lookup_id": str(number), "digest": number,
            "author_id": hand, "author_handle": hand, "text": f"{text} #bladifqalbi #maroc",
            "published_at": NOW - timedelta(seconds=number),
        }  # fmt: skip

    def batch(self) -> list[Row]:
        """Return new posts: copies and reposts of stored ones, and such as nobody has said."""
        return [self._new(number) for number in self._numbers()]

    def unmatched(self) -> list[Row]:
        """Return new posts that are to be saved alone."""
        return [self.row(number, self.texts.text(number)) for number in self._numbers()]

    def judge(self, ties: Iterable[tuple[int, int]]) -> str:
        """Say how many posts are tied to what they repeat, and how many to anything else."""
        own, right, false = self.origins, set[int](), set[int]()
        for post, other in ties:
            (right if own[post] == own.get(other, other) else false).add(post)
        copies = {post for post, origin in own.items() if post != origin}
        return f"found {len(right & copies) / len(copies):.3f}  false {len(false)}"

    def _numbers(self) -> range:
        self._last += BATCH
        return range(self._last - BATCH + 1, self._last + 1)

    def _new(self, number: int) -> Row:
        chance, origin = self._dice.randrange(100), number
        if chance < COPIES + REPOSTS:
            origin = 1 + self._dice.randrange(self.stored)
        self.origins[number] = origin
        if chance < COPIES:
            return self.row(number, self.texts.edited(origin, self._dice))
        row = self.row(number, self.texts.text(origin))
        if origin != number:
            url = self.row(origin, "")["url"]
            row["refers_to"] = [{"kind": "repost", "native_id": url, "url": url}]
        return row


class Datasketch:
    """The library that many take for this, where it is installed."""

    def __init__(self) -> None:
        self._library: Any = importlib.import_module("datasketch")
        self._index = self._library.MinHashLSH(threshold=0.7, num_perm=128)
        self.ties: list[tuple[int, int]] = []

    def add(self, number: int, text: str, *, ask: bool = True) -> None:
        """Enter a text; note which of those before it may be like it."""
        shingles = {text[at : at + SHINGLE] for at in range(max(1, len(text) - SHINGLE + 1))}
        signature = self._library.MinHash(num_perm=128)
        signature.update_batch([shingle.encode() for shingle in shingles])
        if ask:
            self.ties += [(number, near) for near in self._index.query(signature)]
        self._index.insert(number, signature, check_duplication=ask)

    def run(self, work: Iterable[Row]) -> float:
        """Enter the texts of new posts; return the CPU seconds."""
        started = time.process_time()
        for row in work:
            self.add(row["id"], _form(row).text)
        return time.process_time() - started


def fill(engine: Engine, posts: Posts, other: Datasketch | None) -> None:
    """Put matched posts into an empty store, the quick way, and into datasketch."""
    add, add_text = _add(engine, Post), _add(engine, StoryText)
    known = formulas.load()
    for start in range(1, posts.stored + 1, CHUNK):
        numbers = range(start, min(start + CHUNK, posts.stored + 1))
        saved = [posts.row(number, posts.texts.text(number)) for number in numbers]
        texts = []
        for row in saved:
            form = _form(row)
            row |= {"url_key": hashed(permalink_key(row["url"]) or ""), "story_version": VERSION}
            if known.is_evidence(form):
                row["text_id"] = row["id"]
                texts.append(_text(row["id"], form))
            if other:
                other.add(row["id"], form.text, ask=False)
        signed = zip(texts, keys([text["text"] for text in texts]).tolist(), strict=True)
        pairs = [(key, text["id"]) for text, own in signed for key in own]
        with writing(engine) as session:
            add_text(session.connection(), texts)
            add(session.connection(), saved)
            enter(session.connection(), pairs, stored=posts.stored)


def _add(engine: Engine, table: type[SQLModel]) -> Prepared:
    return Prepared(insert(table), engine.dialect, list(table.model_fields))


def _form(row: Row) -> Form:
    return form_of(row["text"], campaign=CAMPAIGN)


def _text(number: int, form: Form) -> Row:
    """Return the row of a normal form; the database refuses one that is there already."""
    said = {
        "text": form.text,
        "tags": sorted(form.tags),
        "counter": "",
        "place": "",
        "cut": False,
        "people": None,
    }
    return {"id": number, "hash": hashed(f"{VERSION}\0{form.text}"), **said}


@contextmanager
def database(kind: str, posts: Posts, other: Datasketch | None) -> Iterator[Engine]:
    """Give a filled store."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bladi-duplicates-"))
        if kind == "sqlite":
            engine = open_engine(f"sqlite:///{folder}/store.db")
        else:
            engine = open_engine(create(stack.enter_context(server(Path(folder))), "a", None))
        stack.callback(engine.dispose)
        migrations.upgrade(engine)
        fill(engine, posts, other)
        if kind != "sqlite":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                after = f"ALTER SEQUENCE story_text_id_seq RESTART {posts.stored + 1}"
                connection.exec_driver_sql(after)
                connection.exec_driver_sql("VACUUM ANALYZE")
        yield engine


def bytes_per_text(engine: Engine) -> str:
    """Say what a text and its keys take in SQLite, indexes included."""
    with engine.connect() as connection:
        size = connection.exec_driver_sql(
            "SELECT sum(pgsize) / (SELECT count(*) FROM story_text) FROM dbstat WHERE aggregate = 1"
            " AND name IN (SELECT name FROM sqlite_schema"
            " WHERE tbl_name IN ('story_text', 'story_band', 'story_run'))"
        )
        return f"  {size.scalar_one()} bytes/text"


def server_clock(engine: Engine) -> Callable[[], float]:
    """Return a clock of the CPU seconds of the server's process that works for us."""
    if engine.dialect.name == "sqlite":
        return lambda: 0.0
    import psutil  # type: ignore[import-untyped]  # it has no stubs of its own

    # One thread asks, so it is always given the one connection there is.
    with engine.connect() as connection:
        process = psutil.Process(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar())
    return lambda: float(sum(process.cpu_times()[:2]))


def run(engine: Engine, work: Sequence[list[Row]], *, match: bool = True) -> float:
    """Save posts as `ingest` does; return the CPU seconds of this process and the server's.

    Args:
        engine: the store.
        work: batches of posts.
        match: whether to find their stories, too.
    """
    clock, add = server_clock(engine), _add(engine, Post)
    started = time.process_time() + clock()
    for batch in work:
        with writing(engine) as session:
            changes.take_turn(session)
            reading = matching.read(session, batch, campaign=CAMPAIGN) if match else None
            add(session.connection(), batch)
            if reading:
                matching.match(session, reading, campaign=CAMPAIGN)
    if engine.dialect.name == "sqlite":
        # Else what these have written would be taken over while others are measured.
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
    return time.process_time() + clock() - started


def measure(kind: str, stored: int, *, rounds: int, batches: int) -> tuple[float, str]:
    """Return our speed for one kind and size of store, and the line of the report."""
    posts = Posts(stored)
    other = Datasketch() if importlib.util.find_spec("datasketch") else None
    ours, theirs = [], []
    with database(kind, posts, other) as engine:
        size = bytes_per_text(engine) if kind == "sqlite" else ""
        for number in range(rounds + 1):
            # What the benchmark itself remembers must not be looked through again and again.
            gc.collect()
            gc.freeze()
            work = [posts.batch() for _ in range(batches)]
            saved = [posts.unmatched() for _ in range(batches)]
            spent = run(engine, work) - run(engine, saved, match=False)
            theirs_spent = other.run(itertools.chain(*work)) if other else float("inf")
            if number:  # the first round warms caches and compiled statements
                ours.append(batches * BATCH / spent)
                theirs.append(batches * BATCH / theirs_spent)
        with engine.connect() as connection:
            ties: Any = connection.execute(select(col(StoryEdge.post_id), col(StoryEdge.other_id)))
            judged = posts.judge(ties)
    speed = statistics.median(ours)
    line = f"{kind:<11}{stored:>9,}{speed:>8,.0f} posts/CPU s  {judged}{size}  datasketch"
    if other is None:
        return speed, f"{line} not installed"
    share = statistics.median(o / t for o, t in zip(ours, theirs, strict=True))
    line += f"{statistics.median(theirs):>8,.0f} posts/CPU s  {posts.judge(other.ties)}"
    return speed, f"{line}  ours {share:.2f} x"


def strangers(kind: str, many: int) -> int:
    """Match posts that repeat nothing; print how many are tied, and return that."""
    posts, spent = Posts(0), 0.0
    with database(kind, posts, None) as engine:
        for start in range(1, many + 1, CHUNK):
            numbers = range(start, min(start + CHUNK, many + 1))
            rows = [posts.row(number, posts.texts.text(number)) for number in numbers]
            spent += run(engine, [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)])
        with engine.connect() as connection:
            ties = connection.execute(select(func.count()).select_from(StoryEdge)).scalar_one()
    print(
        f"{kind:<11}{many:>9,} strangers  tied {ties}  {many / spent:,.0f} posts/CPU s", flush=True
    )
    return int(ties)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stored", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--store", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--batches", type=int, default=20, help="batches a round")
    parser.add_argument("--strangers", type=int, metavar="POSTS")
    options = parser.parse_args()
    if options.strangers:
        sys.exit(sum(strangers(kind, options.strangers) for kind in options.store) > 0)
    first: dict[str, float] = {}
    for kind, stored in itertools.product(options.store, options.stored):
        speed, line = measure(kind, stored, rounds=options.rounds, batches=options.batches)
        print(f"{line}  of the first {speed / first.setdefault(kind, speed):.2f}", flush=True)


if __name__ == "__main__":
    main()
