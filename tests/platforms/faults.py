"""What goes wrong on purpose: answers of a stand-in, those to requests for pictures included."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.platforms.world import World


@dataclass
class Fault:
    """Something that goes wrong with the next requests.

    `kind`: `status` (answer `status`, `headers`, `body`), `html` (200 and a web page), `json`
    (200 and `body` as JSON text), `half` (the true answer, cut in the middle), `slow` (the true
    answer, a byte every `delay` seconds), `oversize` (200, `headers` and `size` bytes), `hang`
    (nothing for `delay` seconds), `drop` (the connection closes without an answer).

    Pictures stand below `/media/`, avatars below `/media/avatars/`: `path` may name either. What is
    odd in a picture itself has a name in `tests.platforms.odd`.
    """

    kind: str
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    delay: float = 5.0
    size: int = 30_000_000
    times: int = 1
    """Requests that it hits; -1 for all."""
    path: str = ""
    """Only requests whose path contains this."""
    after: int = 0
    """Requests (of that path) that pass untouched before."""


class FaultyApp:
    """ASGI middleware: counts requests and lets a world's faults happen to them."""

    def __init__(self, app: Any, world: "World", platform: str) -> None:
        self.app, self.world, self.platform = app, world, platform

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request, or let it go wrong."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["raw_path"].decode()
        query = scope["query_string"].decode()
        self.world.requests[self.platform].append(
            (scope["method"], f"{path}?{query}" if query else path)
        )
        fault = self.world.take_fault(self.platform, scope["path"])
        if fault is None:
            await self.app(scope, receive, send)
        else:
            await getattr(self, f"_{fault.kind}")(fault, scope, receive, send)

    async def _answer(self, send: Any, status: int, headers: dict[str, str], body: bytes) -> None:
        lines = {"content-type": "application/json", "content-length": str(len(body)), **headers}
        raw = [(name.lower().encode(), value.encode()) for name, value in lines.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})

    async def _status(self, fault: Fault, _scope: Any, _receive: Any, send: Any) -> None:
        await self._answer(send, fault.status, fault.headers, fault.body.encode())

    async def _html(self, _fault: Fault, _scope: Any, _receive: Any, send: Any) -> None:
        page = b"<!doctype html><title>Maintenance</title><p>Back soon.</p>"
        await self._answer(send, 200, {"content-type": "text/html; charset=utf-8"}, page)

    async def _json(self, fault: Fault, _scope: Any, _receive: Any, send: Any) -> None:
        await self._answer(send, 200, fault.headers, fault.body.encode())

    async def _true_answer(self, scope: Any, receive: Any) -> tuple[Any, bytes]:
        start: Any = None
        body = b""

        async def catch(message: Any) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            else:
                body += message.get("body", b"")

        await self.app(scope, receive, catch)
        return start, body

    async def _half(self, _fault: Fault, scope: Any, receive: Any, send: Any) -> None:
        start, body = await self._true_answer(scope, receive)
        await send(start)
        await send(
            {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        )
        raise ConnectionAbortedError("half an answer, on purpose")

    async def _slow(self, fault: Fault, scope: Any, receive: Any, send: Any) -> None:
        start, body = await self._true_answer(scope, receive)
        await send(start)
        for byte in body:
            await asyncio.sleep(fault.delay)
            await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _oversize(self, fault: Fault, _scope: Any, _receive: Any, send: Any) -> None:
        lines = {"content-type": "application/json", **fault.headers}
        raw = [(name.lower().encode(), value.encode()) for name, value in lines.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        for _ in range(fault.size // 65_536):
            await send({"type": "http.response.body", "body": b" " * 65_536, "more_body": True})
        await send({"type": "http.response.body", "body": b"{}"})

    async def _hang(self, fault: Fault, scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(fault.delay)
        await self.app(scope, receive, send)

    async def _drop(self, _fault: Fault, _scope: Any, _receive: Any, send: Any) -> None:
        # A length that is never sent: the server closes the connection in the middle of the body.
        raw = [(b"content-length", b"10")]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        raise ConnectionAbortedError("dropped, on purpose")
