"""A served wall and a real browser, for the tests that need both."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, sync_playwright
from sqlalchemy import Engine
from starlette.types import ASGIApp

from api.app import create_front
from api.settings import ApiSettings
from store.engine import reading
from store.files import Files
from store.wall import revision
from store.watch import Watch
from tests.api.rows import CAMPAIGN

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = Path("/usr/bin/chromium-headless-shell")
"""Chromium without windows, tabs and their pages: a third less work. Else Playwright's own."""
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    # Of a drawing axe cannot know the colours; what lies upon them has its own background.
    "resultTypes": ["violations"],
}


class Address(str):
    """Where a wall is served, and what it knows of its store."""

    watch: Watch

    def follow(self, engine: Engine) -> None:
        """Wait until whoever asks is answered with the wall as it is now.

        The server looks at its store a few times a second: asked sooner it knows of nothing.
        """
        with reading(engine) as session:
            newest = revision(session)
        until = time.monotonic() + 20
        while self.watch.revision != newest:
            assert time.monotonic() < until
            time.sleep(0.02)


@contextmanager
def served(engine: Engine, files: Files | None = None, **settings: Any) -> Iterator[Address]:
    """Serve a wall for as long as the block lasts; give its address, which it knows itself.

    It is what the service runs: with its ready-made answers.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    address = Address(address_of(listening))
    app = create_front(engine, CAMPAIGN, ApiSettings(public_url=address, **settings), files)
    address.watch = app.watch
    with serving(app, listening):
        yield address


def address_of(listening: socket.socket) -> str:
    """Return the address of what is served on a socket."""
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def serving(app: ASGIApp, listening: socket.socket) -> Iterator[None]:
    """Serve an application on a socket for as long as the block lasts."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield
    server.should_exit = True
    thread.join(timeout=10)


@contextmanager
def launched() -> Iterator[Browser]:
    """Give a browser; a test's module closes it before the next, whose loop it would disturb."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM if CHROMIUM.exists() else None, args=ARGUMENTS
            )
        except Error:
            pytest.fail("there is no Chromium for the browser tests: run make test", pytrace=False)
        yield browser
        browser.close()


def visit(page: Page, url: str, *, width: int = 1280, scheme: str = "light") -> list[str]:
    """Open a page; return what the browser complains of, and requests to anybody else."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    origin = url[: url.index("/", 8)]
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((f"{origin}/", "data:"))
            else complaints.append(request.url)
        ),
    )
    media: Any = scheme
    page.emulate_media(color_scheme=media)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(url)
    return complaints


def faults(page: Page) -> str:
    """Return what shuts somebody out, as axe tells it; "" when there is nothing."""
    found = Axe().run(page, options=RULES)
    # The report of axe's own package knows no elements within others' shadows.
    return "\n".join(
        f"{one['id']}: {node['html']}\n{node['failureSummary']}"
        for one in found.response["violations"]
        for node in one["nodes"]
    )
