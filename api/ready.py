"""Answers the crowd from ready-made bytes, before anything else runs (docs/decisions/0016).

Pure ASGI: no framework, no database and no template between a reader and an answer that is known.
A page whose posts are known is made at once (`api.quick`); what is not known is asked of the
application below, once for all who ask at the same time.
"""

import asyncio
from collections import OrderedDict
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import words
from api.answers import Answers
from api.quick import Quick
from api.site import Site
from store.watch import Watch

ROOM = 24 * 2**20
"""Bytes of answers that one process keeps; the least used one goes first."""

WRITINGS = 2048
"""Addresses remembered just as they were written, so that they need not be understood again."""

AT_ONCE = 5
"""Answers made at the same time: more only take the processor from each other, and each needs a
connection, of which the store keeps five."""

_Key = tuple[str | tuple[str, str], ...]
"""A path and its parameters, in one order."""

_ASKED_AGAIN = {b"if-none-match", b"if-modified-since", b"range", b"accept-encoding"}
_NOT_OURS = ("/media/", "/static/", "/embed/")
"""Files: large, and their own routes know how long they live."""


class Ready:
    """The layer before the application."""

    def __init__(self, app: ASGIApp, site: Site, watch: Watch) -> None:
        self._app = app
        self._site = site
        self.watch = watch
        self._seen: tuple[int, frozenset[str]] | None = None
        self._known: OrderedDict[_Key, Answers] = OrderedDict()
        self._written: dict[tuple[str, bytes], Answers] = {}
        self._room = ROOM
        self._rendering: dict[_Key, asyncio.Future[Answers | None]] = {}
        self._quick = Quick(site)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        revision = self.watch.revision
        if revision is None or scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        seen = (revision, self.watch.closed)
        if seen != self._seen:
            self._forget(seen)
        answers = self._written.get((scope["path"], scope["query_string"]))
        if answers is None:
            answers = await self._find(scope, receive, send)
            if answers is None:
                return
        start, body = answers.choose(scope["headers"], is_head=scope["method"] == "HEAD")
        await send(start)
        await send(body)

    async def _find(self, scope: Scope, receive: Receive, send: Send) -> Answers | None:
        """Return an answer; None when the application has answered itself."""
        if scope["path"].startswith(_NOT_OURS):
            await self._app(scope, receive, send)
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        key = self._key(scope, query)
        answers = self._known.get(key) or self._make(key, scope["path"], query)
        if answers is None and (rendering := self._rendering.get(key)):
            answers = await rendering
        elif answers is None:
            answers = await self._render(key, scope, receive, send)
            if answers is None:
                return None
        if answers is None:
            # The first who asked was refused, in words that were meant for that reader.
            await self._app(scope, receive, send)
            return None
        # A change may have come in between: then somebody newer has asked, and this is the old one.
        if self._known.get(key) is answers:
            self._known.move_to_end(key)
            if scope["path"] != "/" and len(self._written) < WRITINGS:
                self._written[scope["path"], scope["query_string"]] = answers
        return answers

    def _make(self, key: _Key, path: str, query: list[tuple[str, str]]) -> Answers | None:
        """Return an answer that is made at once, of what is known; None where that cannot be."""
        if self._seen is None or (answers := self._quick.answer(path, query, *self._seen)) is None:
            return None
        self._keep(key, answers)
        return answers

    async def _render(
        self, key: _Key, scope: Scope, receive: Receive, send: Send
    ) -> Answers | None:
        """Ask the application; hand on what is not for everybody, and return None then."""
        seen, rendering = self._seen, asyncio.get_running_loop().create_future()
        self._rendering[key] = rendering
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        answers = None
        try:
            async with self._turns:
                await self._app(_plain(scope), receive, keep)
            answers = Answers.of(messages)
        finally:
            if self._rendering.get(key) is rendering:
                del self._rendering[key]
            rendering.set_result(answers)
            if answers is None:
                for message in messages:
                    await send(message)
        if answers is not None and seen == self._seen:
            self._keep(key, answers)
        return answers

    def _key(self, scope: Scope, query: list[tuple[str, str]]) -> _Key:
        """Return the same for every way to ask for the same answer."""
        path = scope["path"]
        if path == "/":
            accepted = next((v for k, v in scope["headers"] if k == b"accept-language"), b"")
            default = self._site.settings.default_language
            path += words.negotiate(accepted.decode("latin-1"), default)
        return (path, *sorted(query))

    def _keep(self, key: _Key, answers: Answers) -> None:
        self._known[key] = answers
        self._room -= answers.size
        while self._room < 0 and self._known:
            self._room += self._known.popitem(last=False)[1].size
            self._written.clear()

    def _forget(self, seen: tuple[int, frozenset[str]]) -> None:
        """Everything may look different now; who is rendering answers only those who wait."""
        self._seen = seen
        self._known.clear()
        self._written.clear()
        self._rendering.clear()
        self._room = ROOM

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.watch.start()
            else:
                self.watch.stop()
                self._quick.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


def _plain(scope: Scope) -> Scope:
    """Return a request for the whole answer, whatever the reader has of it already."""
    headers = [pair for pair in scope["headers"] if pair[0] not in _ASKED_AGAIN]
    return {**scope, "method": "GET", "headers": headers}
