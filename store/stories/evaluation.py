"""How well posts are put together: precision and recall over posts whose stories are known."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from store.errors import MaterialError
from store.hashtags import Campaign
from store.stories.evidence import Told, edges, hand_of
from store.stories.forms import form_of
from store.stories.formulas import Formulas, load
from store.stories.permalinks import permalink_key
from store.stories.signature import keys

_NEWEST = 64
"""Texts of one band key that are looked at, newest first."""
_CANDIDATES = 40
"""Texts that are compared with a new one, by shared keys."""
NEEDED = ("platform", "native_id", "text", "author", "posted_at", "cluster", "kind")
"""What each line of a file of posts must say."""
_TELLERS = 8
"""Posts with one normal form that are looked at."""


@dataclass(frozen=True, slots=True)
class Row:
    """One post whose story is known."""

    told: Told
    story: str
    kind: str
    """What the post is an example of, such as `neg_template`."""


class Memory:
    """An `evidence.Index` of posts in memory.

    Args:
        formulas: by which it is known whether a text is evidence.
    """

    def __init__(self, formulas: Formulas) -> None:
        self._formulas = formulas
        self._named: dict[str, list[Told]] = defaultdict(list)
        self._telling: dict[str, list[Told]] = {}
        self._banded: dict[int, list[str]] = defaultdict(list)
        self._by_author: dict[tuple[str, str], list[Told]] = defaultdict(list)
        self._signed: dict[str, list[int]] = {}

    def sign(self, texts: Iterable[str]) -> None:
        """Get the keys of texts that are about to come, which is quicker than one by one."""
        new = list(set(texts) - self._signed.keys())
        self._signed.update(zip(new, keys(new).tolist(), strict=True))

    def add(self, post: Told) -> None:
        """Take up a post, after its edges were looked for."""
        for name in post.names | post.references:
            self._named[name].append(post)
        text = post.form.text
        self._by_author[hand_of(post.handle), text].append(post)
        if not self._formulas.is_evidence(post.form):
            return
        if text not in self._telling:
            self._telling[text] = []
            for key in self._keys(text):
                self._banded[key].append(text)
        self._telling[text].append(post)

    def named(self, names: frozenset[str]) -> Iterable[Told]:
        """Return posts that have one of these names or repeat one of them."""
        return [post for name in names for post in self._named.get(name, ())]

    def equal(self, text: str) -> Iterable[Told]:
        """Return the first posts that have this normal form."""
        return self._telling.get(text, [])[:_TELLERS]

    def near(self, text: str) -> Iterable[Told]:
        """Return a post for each normal form that shares most of the band keys."""
        shared = Counter(
            other for key in self._keys(text) for other in self._banded.get(key, ())[-_NEWEST:]
        )
        shared.pop(text, None)
        return [self._telling[other][0] for other, _ in shared.most_common(_CANDIDATES)]

    def by_author(self, hand: str, text: str) -> Iterable[Told]:
        """Return posts with this normal form by authors of this hand."""
        return self._by_author.get((hand, text), [])

    def _keys(self, text: str) -> list[int]:
        if text not in self._signed:
            self.sign([text])
        return self._signed[text]


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


def read(path: Path, campaign: Campaign) -> list[Row]:
    """Return the posts of a file, oldest first.

    Args:
        path: one JSON object a line, with `platform`, `native_id`, `text`, `author`, `posted_at`,
            `cluster` and `kind`, and `repost_of` and `permalink` where they apply.
        campaign: whose tags say nothing.

    Raises:
        MaterialError: there is no such file, or a line is not such an object.
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except FileNotFoundError as error:
        raise MaterialError(f"{path.name}: no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise MaterialError(f"{path.name}: cannot be read as UTF-8 text") from error
    listed = [
        (_row(path.name, number, line)) for number, line in enumerate(lines, 1) if line.strip()
    ]
    if not listed:
        raise MaterialError(f"{path.name}: no posts; write one JSON object a line")
    listed.sort(key=lambda row: row["posted_at"])
    return [
        Row(_told(number, row, campaign), row["cluster"], row["kind"])
        for number, row in enumerate(listed)
    ]


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


def _told(number: int, row: Mapping[str, Any], campaign: Campaign) -> Told:
    target = row.get("repost_of")
    return Told(
        id=number,
        platform=row["platform"],
        native_id=row["native_id"],
        author=row["author"],
        handle=row["author"],
        published_at=datetime.fromisoformat(row["posted_at"]).replace(tzinfo=UTC),
        form=form_of(row["text"], campaign=campaign),
        permalink=permalink_key(row["permalink"]) if row.get("permalink") else None,
        references=frozenset({f"{row['platform']}:{target}"} if target else ()),
    )


def stories(posts: Iterable[Told], *, formulas: Formulas | None = None) -> list[int]:
    """Return each post's story, as the number of its first post in the order given."""
    known, order = formulas or load(), list(posts)
    index, first = Memory(known), {post.id: post.id for post in order}
    index.sign(post.form.text for post in order if known.is_evidence(post.form))
    for post in order:
        for edge in edges(post, index, formulas=known):
            one, other = _root(first, post.id), _root(first, edge.to)
            first[max(one, other)] = min(one, other)
        index.add(post)
    return [_root(first, post.id) for post in order]


def _root(first: dict[int, int], number: int) -> int:
    while first[number] != number:
        first[number] = first[first[number]]
        number = first[number]
    return number


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
