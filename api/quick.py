"""Pages whose posts are all known, made in the event loop: nobody else is asked but SQLite.

An index is walked for the numbers of the posts, and their JSON is joined. Whatever is not as simple
(several words, a collection, a post that nobody has seen since the last change, a parameter that
is to be refused) is left to the application, which knows all of it (docs/decisions/0016).
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from api import headers, wall, walls
from api.answers import Answers
from api.caching import LASTING, entity_tag
from api.fragments import Form, keys_of
from api.parameters import CardsQuery, Selection, WallQuery
from api.site import Site
from store.settings import MAIN
from store.straight import Straight
from store.walk import EVERY_LEAD, BadCursorError, Walked, walk

Rows = list[tuple[Any, ...]]

Page = tuple[str, bytes]
"""What an answer depends on, but the posts and the site; and its body."""


class _UnknownError(Exception):
    """Something is not at hand; the application is to be asked."""


class Quick:
    """Makes pages of posts that are known; for the thread of the event loop."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._straight = Straight(site.engine)
        self._revision: int | None = None
        self._leads: Rows | None = None
        self._pages: dict[str, tuple[type[BaseModel], Callable[[Any, int], Page]]] = {}
        if self._straight.is_possible:
            self._pages = {
                "/v1/wall": (WallQuery, self._items),
                f"/w/{MAIN}": (CardsQuery, self._cards),
            }
        self._headers = {path: self._lasting(path) for path in self._pages}

    def answer(
        self,
        path: str,
        query: Sequence[tuple[str, str]],
        revision: int,
        closed: Iterable[str],
    ) -> Answers | None:
        """Return the same as the application would, or None.

        Args:
            path: of the address.
            query: its parameters.
            revision: of the wall, read before now.
            closed: collections that are not shown.
        """
        if path not in self._pages:
            return None
        if revision != self._revision:
            self._revision, self._leads = revision, None
        model, make = self._pages[path]
        given = dict(query)
        if len(given) < len(query) or not given.keys() <= model.model_fields.keys():
            return None
        try:
            key, body = make(model.model_validate(given), revision)
        except (_UnknownError, ValidationError, BadCursorError):
            return None
        except sqlite3.Error:
            self._straight.close()
            return None
        tag = entity_tag(self._site.edition, revision, closed, key).encode()
        return Answers([*self._headers[path], (b"etag", tag)], body)

    def close(self) -> None:
        """Let the database go."""
        self._straight.close()

    def _items(self, query: WallQuery, revision: int) -> Page:
        form = wall.form_of(self._site.spoken(query.lang))
        limit = query.limit or self._site.settings.page_size
        walked, items = self._known(form, query, limit, revision)
        return wall.key_of(query), wall.join(items, walked.next_cursor)

    def _cards(self, query: CardsQuery, revision: int) -> Page:
        # On the first page everything is counted.
        if query.cursor is None or query.kiosk:
            raise _UnknownError
        wording = self._site.spoken(query.lang)
        selection = query.selection(None, query.cursor)
        walked, cards = self._known(walls.form_of(wording), selection, query.limit, revision)
        shell = walls.empty(None, wording, self._site, revision)
        return walls.key_of(MAIN, query), walls.join(shell, cards, walked.next_cursor)

    def _known(
        self, form: Form, query: Selection, limit: int, revision: int
    ) -> tuple[Walked, list[bytes]]:
        known, filters = self._site.fragments.known(revision, form), query.filters
        if not known or not filters.are_swift:
            raise _UnknownError
        walked = walk(self._ask, filters, cursor=query.cursor, limit=limit)
        try:
            return walked, [known[key] for key in keys_of(walked)]
        except KeyError:
            raise _UnknownError from None

    def _ask(self, query: Any, values: Mapping[str, Any]) -> Rows:
        """Ask the store; what stands at the head of the wall, once for each revision."""
        if query is not EVERY_LEAD:
            return self._straight(query, values)
        if self._leads is None:
            self._leads = self._straight(query, values)
        return self._leads

    def _lasting(self, path: str) -> list[tuple[bytes, bytes]]:
        every = {"content-type": "application/json", "cache-control": LASTING}
        every |= headers.of(path, self._site.allowed)
        return [(name.encode(), value.encode()) for name, value in every.items()]
