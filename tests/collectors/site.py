"""A web server whose answers a test writes."""

import asyncio
import contextlib
import json
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.platforms.world import FaultyApp, World

PLATFORM = "x"
"""Of the world's faults, those that hit these servers."""


class Site:
    """One server; `seen` are path and headers of every request, oldest first."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.world = World()
        self.answers: dict[str, Response] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []

    def leads(self, path: str, target: str, status: int = 302) -> None:
        """Answer a path with a redirect."""
        self.answers[path] = Response(status_code=status, headers={"location": target})

    def app(self) -> Any:
        """Return the server's ASGI application."""
        route = Route("/{path:path}", self._answer, methods=["GET", "POST"])
        return FaultyApp(Starlette(routes=[route]), self.world, PLATFORM)

    async def _answer(self, request: Request) -> Response:
        self.seen.append((request.url.path, dict(request.headers)))
        asked = json.dumps({"asked": dict(request.query_params)})
        return self.answers.get(request.url.path) or Response(asked, media_type="application/json")


@contextlib.contextmanager
def sites(count: int = 1) -> Iterator[list[Site]]:
    """Serve some sites, each on a loopback port of its own, for as long as the block lasts."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [Site(f"http://127.0.0.1:{sock.getsockname()[1]}") for sock in sockets]
    servers = [
        uvicorn.Server(
            uvicorn.Config(
                site.app(),
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=1,
            )
        )
        for site in found
    ]

    async def run() -> None:
        pairs = zip(servers, sockets, strict=True)
        await asyncio.gather(*(server.serve(sockets=[sock]) for server, sock in pairs))

    thread = threading.Thread(target=asyncio.run, args=(run(),), name="sites", daemon=True)
    thread.start()
    try:
        yield found
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(timeout=5)
        for sock in sockets:
            sock.close()
