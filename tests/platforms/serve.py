"""Runs the stand-in platforms: each an ordinary HTTP server on a loopback port of its own."""

import asyncio
import contextlib
import importlib
import logging
import socket
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import uvicorn

from tests.platforms.faults import FaultyApp
from tests.platforms.world import PLATFORMS, World


@contextlib.contextmanager
def platforms(world: World, names: Iterable[str] = PLATFORMS) -> Iterator[dict[str, str]]:
    """Serve the named stand-ins for as long as the block lasts; give their base addresses.

    Each stand-in is a module of this folder with `app(world, base_url) -> ASGI application`.
    """
    servers = {name: _Server() for name in names}
    for name, server in servers.items():
        module = importlib.import_module(f"tests.platforms.{name}")
        server.app = FaultyApp(module.app(world, server.url), world, name)
    try:
        yield {name: server.url for name, server in servers.items()}
    finally:
        for server in servers.values():
            server.close()


class _Server:
    """One server on a port that no other has had.

    A server is never used again: a request that its client has given up may come late, and must
    not reach the next stand-in.
    """

    def __init__(self) -> None:
        self.app: Any = _closed
        # Named outright: asyncio sends without delay (40 ms an answer) only where it sees TCP.
        sock = socket.socket(proto=socket.IPPROTO_TCP)
        sock.bind(("127.0.0.1", 0))
        # From here on clients may connect; they wait in the queue until the loop takes them.
        sock.listen(128)
        self.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        config = uvicorn.Config(self, log_config=None, access_log=False, lifespan="off")
        self._server = uvicorn.Server(config)
        asyncio.run_coroutine_threadsafe(self._server.serve(sockets=[sock]), _loop())

    def close(self) -> None:
        """Answer nothing more; the loop ends the server within a tenth of a second."""
        self.app = _closed
        self._server.should_exit = self._server.force_exit = True

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@lru_cache(maxsize=1)
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="platforms", daemon=True).start()
    return loop


async def _closed(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 503, "headers": []})
    await send({"type": "http.response.body", "body": b""})
