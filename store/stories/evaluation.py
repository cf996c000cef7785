"""How well posts are put together: precision and recall over posts whose stories are known."""

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import select

from store import migrations
from store.engine import open_engine, reading, writing
from store.errors import MaterialError
from store.hashtags import Campaign
from store.ingest import Rules, ingest
from store.items import Author, Item, Kind, Reference
from store.models import Post
from store.stories.formulas import Formulas

NEEDED = ("platform", "native_id", "text", "author", "posted_at", "cluster", "kind")
"""What each line of a file of posts must say."""

BATCH = 100
"""Posts at a time, as a harvest brings them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One post whose story is known."""

    item: Item
    story: str
    kind: str
    """What the post is an example of, such as `neg_template`."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well stories were found."""

    precision: float
    """Share of the pairs put together that belong together."""
    recall: float
    """Share of the pairs that belong together that were put together."""
    cubed: float
    """F1 of B-cubed: each post's own precision and recall, averaged over posts."""
    recalls: Mapping[str, float]
    """Recall by the kind of the later post."""
    false_pairs: Mapping[tuple[str, str], int]
    """Pairs wrongly put together, by both posts' kinds."""

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall over pairs."""
        return _harmonic(self.precision, self.recall)


def read(path: Path) -> list[Row]:
    """Return the posts of a file, oldest first.

    Args:
        path: one JSON object a line, with all of `NEEDED`, and `repost_of` and `permalink` where
            they apply.

    Raises:
        MaterialError: there is no such file, or a line is not such an object.
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except FileNotFoundError as error:
        raise MaterialError(f"{path.name}: no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise MaterialError(f"{path.name}: cannot be read as UTF-8 text") from error
    listed = [_row(path.name, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not listed:
        raise MaterialError(f"{path.name}: no posts; write one JSON object a line")
    listed.sort(key=lambda row: row["posted_at"])
    return [Row(_item(row), row["cluster"], row["kind"]) for row in listed]


def _row(name: str, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        missing = [key for key in NEEDED if not isinstance(row[key], str)]
        datetime.fromisoformat(row["posted_at"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise MaterialError(
            f"{name}: line {number} is no post; each has {', '.join(NEEDED)}"
        ) from error
    if missing:
        raise MaterialError(f"{name}: line {number}: {missing[0]} is no text")
    return dict(row)


def _item(row: Mapping[str, Any]) -> Item:
    target = row.get("repost_of")
    return Item(
        platform=row["platform"],
        native_id=row["native_id"],
        url=row.get("permalink") or f"https://{row['platform']}.invalid/{row['native_id']}",
        kind=Kind.NOTE,
        text=row["text"],
        author=Author(native_id=row["author"], handle=row["author"]),
        published_at=datetime.fromisoformat(row["posted_at"]).replace(tzinfo=UTC),
        references=(Reference(kind="repost", native_id=target),) if target else (),
        vouched=True,
    )


def stories(
    rows: Sequence[Row],
    campaign: Campaign,
    formulas: Formulas | None = None,
    *,
    url: str | None = None,
) -> list[int]:
    """Return each post's story, as the store finds it when they come in the order given.

    Args:
        rows: the posts.
        campaign: whose tags say nothing.
        formulas: what many people say; None takes the list that comes with us.
        url: an empty store; None makes one for the time of the evaluation.
    """
    with tempfile.TemporaryDirectory(prefix="bladi-stories-") as folder:
        engine = open_engine(url or f"sqlite:///{folder}/stories.db")
        migrations.upgrade(engine)
        for start in range(0, len(rows), BATCH):
            items = [row.item for row in rows[start : start + BATCH]]
            with writing(engine) as session:
                rules = Rules(
                    source="evaluation", campaign=campaign, publish=True, formulas=formulas
                )
                ingest(session, items, rules=rules, now=datetime.now(UTC))
        found = _found(engine)
        engine.dispose()
    return [found[row.item.platform, row.item.native_id] for row in rows]


def _found(engine: Engine) -> dict[tuple[str, str], int]:
    with reading(engine) as session:
        query = select(Post.platform, Post.native_id, Post.story_id, Post.id)
        return {
            (platform, native_id): story_id or post_id or 0
            for platform, native_id, story_id, post_id in session.exec(query)
        }


def report(score: Score) -> Iterator[str]:
    """Yield the lines that say how well it went."""
    yield f"precision {score.precision:.4f}"
    yield f"recall {score.recall:.4f}"
    yield f"F1 {score.f1:.4f}"
    yield f"B-cubed-F1 {score.cubed:.4f}"
    for kind, share in sorted(score.recalls.items()):
        yield f"recall {kind} {share:.4f}"
    for (one, other), count in sorted(score.false_pairs.items()):
        yield f"false pairs {one} {other} {count}"
    yield f"false pairs in all {sum(score.false_pairs.values())}"


def score(rows: Sequence[Row], found: Sequence[int]) -> Score:
    """Return how well the stories found fit those known."""
    known = _together([row.story for row in rows])
    told = _together(found)
    both = known & told
    wrong = Counter(
        (min(kinds), max(kinds))
        for a, b in told - known
        for kinds in [(rows[a].kind, rows[b].kind)]
    )
    wanted = Counter(rows[b].kind for _, b in known)
    met = Counter(rows[b].kind for _, b in both)
    return Score(
        precision=len(both) / len(told) if told else 1.0,
        recall=len(both) / len(known) if known else 1.0,
        cubed=_cubed([row.story for row in rows], found),
        recalls={kind: met[kind] / count for kind, count in wanted.items()},
        false_pairs=wrong,
    )


def _together(labels: Sequence[object]) -> set[tuple[int, int]]:
    members: dict[object, list[int]] = defaultdict(list)
    for number, label in enumerate(labels):
        members[label].append(number)
    return {pair for numbers in members.values() for pair in combinations(numbers, 2)}


def _cubed(known: Sequence[object], found: Sequence[object]) -> float:
    both = Counter(zip(known, found, strict=True))
    right, told = Counter(known), Counter(found)
    precision = sum(n * n / told[label] for (_, label), n in both.items()) / len(known)
    recall = sum(n * n / right[label] for (label, _), n in both.items()) / len(known)
    return _harmonic(precision, recall)


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0
