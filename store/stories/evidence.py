"""Which post tells the same story as which, and by what: the strongest evidence first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from store.normal import words
from store.stories.forms import Form
from store.stories.ties import Edge, Evidence
from store.stories.verify import compare

WITHIN = timedelta(hours=24)
"""How far apart an author says one short thing on two platforms."""
ENOUGH_SHORT = 6
"""Letters of a short text that its author may say twice."""
_TELLING_HANDLE = 5
"""Letters from which one handle on two platforms is one person, if they say the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One post, by what can tie it to others."""

    id: int
    platform: str
    native_id: str
    author: str
    """The author's lasting name on the platform."""
    handle: str = ""
    published_at: datetime
    form: Form
    permalink: str | None = None
    """By `permalinks.permalink_key`: where the post itself stands, never what it links to."""
    references: frozenset[str] = frozenset()
    """What it repeats without a word of its own, as `Told.identity` or as a permalink's key."""

    @property
    def identity(self) -> str:
        """The post's lasting name among all platforms."""
        return f"{self.platform}:{self.native_id}"

    @property
    def names(self) -> frozenset[str]:
        """What a post can be called by those that repeat it."""
        return frozenset({self.identity, self.permalink or self.identity})


class Index(Protocol):
    """Where posts that were seen before are found. The post asked about may be among them."""

    def is_evidence(self, form: Form) -> bool:
        """Say whether equal or near texts of this form can only be copies."""
        ...

    def named(self, names: frozenset[str]) -> Iterable[Told]:
        """Return posts that have one of these names or repeat one of them."""
        ...

    def equal(self, text: str) -> Iterable[Told]:
        """Return some posts that have this normal form and are evidence, whoever wrote them."""
        ...

    def near(self, text: str) -> Iterable[Told]:
        """Return a post for each of at most 40 normal forms that share most of the band keys."""
        ...

    def by_author(self, hand: str, text: str) -> Iterable[Told]:
        """Return posts with this normal form by authors of this `hand_of`."""
        ...


def edges(post: Told, index: Index) -> Iterator[Edge]:
    """Yield what ties a post to those in an index, strongest first, once for each other post.

    Later edges are costly: whoever needs only the strongest stops at the first.
    """
    seen = {post.id}
    for other, edge in _all_edges(post, index):
        if other.id not in seen:
            seen.add(other.id)
            yield edge


def _all_edges(post: Told, index: Index) -> Iterator[tuple[Told, Edge]]:
    for other in index.named(post.names | post.references):
        if kind := _by_name(post, other):
            yield other, Edge(other.id, kind)
    if index.is_evidence(post.form):
        equal = list(_by_text(post, index.equal(post.form.text), Evidence.EQUAL_TEXT))
        yield from equal
        if not equal:
            # What is near the text is tied to whoever said it first.
            yield from _by_text(post, index.near(post.form.text), Evidence.NEAR_TEXT)
    elif (hand := hand_of(post.handle)) and post.form.letters >= ENOUGH_SHORT:
        for other in index.by_author(hand, post.form.text):
            if _is_said_again(post, other):
                yield other, Edge(other.id, Evidence.AUTHOR)


def _by_name(post: Told, other: Told) -> Evidence | None:
    if post.identity == other.identity:
        return Evidence.IDENTITY
    # Two that repeat one third are tied even while nobody has read the third.
    if not (post.names | post.references).isdisjoint(other.references) or (
        not post.references.isdisjoint(other.names)
    ):
        return Evidence.REFERENCE
    return Evidence.PERMALINK if post.permalink and post.permalink in other.names else None


def _by_text(post: Told, others: Iterable[Told], kind: Evidence) -> Iterator[tuple[Told, Edge]]:
    for other in others:
        verdict = compare(post.form, other.form, same_author=is_same_author(post, other))
        if verdict.same:
            yield other, Edge(other.id, kind, verdict)


def _is_said_again(post: Told, other: Told) -> bool:
    """Say whether one author says one short thing on two platforms."""
    return (
        post.platform != other.platform
        and post.form.text == other.form.text
        and abs(post.published_at - other.published_at) <= WITHIN
        and is_same_author(post, other)
    )


def is_same_author(one: Told, other: Told) -> bool:
    """Say whether two posts are by one person: one account, or one handle on two platforms.

    A name is not enough. Many people are called Fatima Zahra, and on a feast they all say the
    same.
    """
    if one.platform == other.platform:
        return one.author == other.author
    hand = hand_of(one.handle)
    return len(hand) >= _TELLING_HANDLE and hand == hand_of(other.handle)


@lru_cache(maxsize=2_000)
def hand_of(handle: str) -> str:
    """Return the form in which one person's handles on several platforms are alike."""
    local = handle.removeprefix("@").partition("@")[0].removesuffix(".bsky.social")
    return words(local).replace(" ", "")
