"""Runs the stand-in platforms: each an ordinary HTTP server on a loopback port of its own."""

import asyncio
import contextlib
import http.client
import importlib
import logging
import socket
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import uvicorn

from tests.platforms.world import PLATFORMS, FaultyApp, World


@contextlib.contextmanager
def platforms(world: World, names: Iterable[str] = PLATFORMS) -> Iterator[dict[str, str]]:
    """Serve the named stand-ins for as long as the block lasts; give their base addresses.

    Each stand-in is a module of this folder with `app(world, base_url) -> ASGI application`.
    """
    servers = {name: _rested() for name in names}
    for name, server in servers.items():
        module = importlib.import_module(f"tests.platforms.{name}")
        server.app = FaultyApp(module.app(world, server.url), world, name)
    try:
        yield {name: server.url for name, server in servers.items()}
    finally:
        for server in servers.values():
            server.app = _closed
            _IDLE.append(server)


class _Server:
    """A server that outlives its stand-in: starting and stopping one costs a tenth of a second."""

    def __init__(self) -> None:
        self.app: Any = _closed
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        sock.listen(128)
        self.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        config = uvicorn.Config(self, log_config=None, access_log=False, lifespan="off")
        asyncio.run_coroutine_threadsafe(uvicorn.Server(config).serve(sockets=[sock]), _loop())

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


_IDLE: deque[_Server] = deque()

REST = 24
"""Servers that wait before one is used again: a request that its client has given up may come
late, and must not reach the next stand-in."""


def _rested() -> _Server:
    if len(_IDLE) <= REST:
        return _Server()
    server = _IDLE.popleft()
    # What its last clients had sent stands before this in its queue, and goes to `_closed` too.
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    connection.request("GET", "/")
    connection.getresponse().read()
    connection.close()
    return server


@lru_cache(maxsize=1)
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="platforms", daemon=True).start()
    return loop


async def _closed(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 503, "headers": []})
    await send({"type": "http.response.body", "body": b""})
