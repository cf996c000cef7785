"""In which order the public's posts stand: a page by their numbers, with little asked for it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, false, func
from sqlmodel import Session, col, select

from store import searching
from store.errors import StoreError
from store.items import Display
from store.models import Collected, Lead, Post, Wall, WallWord

_CURSOR = re.compile(r"[0-9]{1,19}", re.ASCII)
_LAST = 2**63 - 1

Ask = Callable[[Any, Mapping[str, Any]], Iterable[Any]]
"""Gives the rows of a query with these values for its parameters."""


class BadCursorError(StoreError):
    """A cursor that `walk` did not make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which public posts; None or "" does not restrict."""

    language: str | None = None
    platform: str | None = None
    kind: str | None = None
    collection: str | None = None
    search: str = ""
    kinds: Sequence[str] = ()
    """What the wall has at all: nobody who chooses from it is offered anything else."""
    platforms: Sequence[str] = ()
    kiosk: bool = False
    """Only what a big screen may show, where nobody can unfold anything or follow a link."""

    @property
    def are_plain(self) -> bool:
        """Whether nothing restricts but a kind, a language, a platform and words."""
        return not (self.collection or self.kinds or self.platforms or self.kiosk)

    @property
    def are_swift(self) -> bool:
        """Whether a page is a few rows of one index: of a kind, language and platform, or a word.

        Several words, or a word and a kind, may pass over all posts of the wall to find a few.
        """
        if not self.are_plain or not self.search:
            return self.are_plain
        is_all = not (self.kind or self.language or self.platform)
        return is_all and len(searching.understood(self.search)) == 1


EVERYTHING = Filters()

EVERY_LEAD = select(Lead.post_id, Lead.place, Lead.featured).order_by(
    col(Lead.featured).desc(), col(Lead.place)
)
"""Gives all that stand at the head: the same rows as long as the revision is the same."""


class Mark(NamedTuple):
    """Why a post stands at the head of the wall."""

    pinned: bool
    featured: bool


@dataclass(frozen=True, slots=True)
class Walked:
    """Which posts a page has, by their numbers in `Wall.seq`, in their order."""

    seqs: list[int]
    led: Mapping[int, Mark]
    """The head of this wall, of which the page may have some or none."""
    next_cursor: str | None


def asking(session: Session) -> Ask:
    """Return what asks the store in a session."""
    connection = session.connection()
    return lambda query, values: connection.execute(query, values).all()


def walk(
    ask: Ask,
    filters: Filters,
    *,
    cursor: str | None = None,
    limit: int = 24,
    in_time: bool = False,
) -> Walked:
    """Return which posts `store.wall.page` shows.

    Args:
        ask: asks the store; further arguments as there.

    Raises:
        BadCursorError: the cursor is not one of ours.
    """
    values = _values(filters)
    below = _LAST if cursor is None else _read_cursor(cursor)
    led = {} if in_time or filters.search else _led(ask, filters, values)
    # A cursor near the largest number is one within the head: so many of it were seen.
    seen = min(_LAST - below, len(led))
    seqs = list(led)[seen:][: limit + 1]
    if (missing := limit + 1 - len(seqs)) > 0:
        # The walk comes by the head, too.
        values |= {"below": below, "limit": missing + len(led)}
        walked = _search(ask, filters, values) if filters.search else _rest(ask, filters, values)
        seqs += [seq for seq in walked if seq not in led][:missing]
    shown = seqs[:limit]
    next_cursor = None
    if len(seqs) > limit:
        next_cursor = str(_LAST - seen - limit if shown[-1] in led else shown[-1])
    return Walked(shown, led, next_cursor)


def _led(ask: Ask, filters: Filters, values: Mapping[str, Any]) -> dict[int, Mark]:
    """Return what this wall has of the head, in its order."""
    every = list(ask(EVERY_LEAD, {}))
    if not every:
        return {}
    seqs = dict(map(tuple, ask(_ways(filters).head, values)))
    return {
        seqs[post_id]: Mark(place is not None, bool(featured))
        for post_id, place, featured in every
        if post_id in seqs
    }


def _rest(ask: Ask, filters: Filters, values: Mapping[str, Any]) -> list[int]:
    """Return the numbers of the newest posts below a number."""
    return [row[0] for row in ask(_ways(filters).rest, values)]


def _values(filters: Filters) -> dict[str, Any]:
    """Return what is chosen, by the names of columns."""
    names = ("kind", "language", "platform")
    return {name: value for name in names if (value := getattr(filters, name))}


class _Ways(NamedTuple):
    """What is asked for a page."""

    head: Any
    """Gives the ids and numbers of what stands at the head."""
    rest: Any
    """Gives the numbers of the newest posts below a number."""


def _ways(filters: Filters) -> _Ways:
    chosen = _values(filters)
    return _plain(*chosen) if filters.are_plain else _build(chosen, restricted(filters))


def _conditions(chosen: Iterable[str]) -> list[ColumnElement[bool]]:
    return [col(getattr(Wall, name)) == bindparam(name) for name in chosen]


@lru_cache(maxsize=8)
def _plain(*chosen: str) -> _Ways:
    # Built once for all values: to build a query costs more than to ask it.
    return _build(chosen, ())


def _build(chosen: Iterable[str], further: Iterable[ColumnElement[bool]]) -> _Ways:
    conditions = [*_conditions(chosen), *further]
    led = select(Lead.post_id)
    head = select(Wall.post_id, Wall.seq).where(col(Wall.post_id).in_(led), *conditions)
    rest = select(Wall.seq).where(col(Wall.seq) < bindparam("below"), *conditions)
    return _Ways(head, rest.order_by(col(Wall.seq).desc()).limit(bindparam("limit")))


def _search(ask: Ask, filters: Filters, values: Mapping[str, Any]) -> list[int]:
    """Return the numbers of the newest posts with some words, which fulfil other conditions too.

    Each form of the first word is walked by itself: its posts stand newest first in the index, so
    that a word of many posts costs no more than one of few.
    """
    first, *others = searching.understood(filters.search) or [[]]
    # One query for all forms: to build it costs more than to ask it.
    query = _word(*_values(filters))
    if others or not filters.are_plain:
        rest = [*restricted(filters), *map(searching.has, others)]
        query = _build_word(_values(filters), rest)
    found = {row[0] for form in first for row in ask(query, {**values, "form": form})}
    return sorted(found, reverse=True)


@lru_cache(maxsize=8)
def _word(*chosen: str) -> Any:
    return _build_word(chosen, ())


def _build_word(chosen: Iterable[str], further: Iterable[ColumnElement[bool]]) -> Any:
    """Return the query of the newest posts with a word, below a number."""
    query = select(WallWord.seq).join(Wall, col(Wall.seq) == col(WallWord.seq))
    query = query.where(
        col(WallWord.word) == bindparam("form"),
        col(WallWord.seq) < bindparam("below"),
        *_conditions(chosen),
        *further,
    )
    return query.order_by(col(WallWord.seq).desc()).limit(bindparam("limit"))


def restricted(filters: Filters) -> Iterable[ColumnElement[bool]]:
    """Give the conditions of what the wall has at all, and of a search without any word."""
    if filters.kinds:
        yield col(Wall.kind).in_(filters.kinds)
    if filters.platforms:
        yield col(Wall.platform).in_(filters.platforms)
    if filters.collection:
        collected = select(Collected.post_id).where(Collected.collection == filters.collection)
        yield col(Wall.post_id).in_(collected)
    if filters.kiosk:
        folded = col(Post.sensitive).is_(True) | (func.coalesce(Post.content_warning, "") != "")
        whole = select(Post.id).where(Post.id == Wall.post_id, Post.display == Display.CARD)
        yield whole.where(~folded).correlate(Wall).exists()
    if filters.search and not searching.understood(filters.search):
        # Punctuation or emoji alone is in no text; without a word every post would be found.
        yield false()


def _read_cursor(cursor: str) -> int:
    if not _CURSOR.fullmatch(cursor) or int(cursor) > _LAST:
        raise BadCursorError("the cursor is not one that this wall gave")
    return int(cursor)
