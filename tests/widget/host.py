"""Pages of others that show the wall: a site of its own, whose answers each test writes."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

from api.addresses import Addresses
from api.widget import release, serving

LINK = "Le mur Bladi fi qalbi"


class Host:
    """One site on this machine; `localhost`, so that it is another site than the wall's."""

    def __init__(self, port: int) -> None:
        self.address = f"http://localhost:{port}"
        self.pages: dict[str, tuple[str, Mapping[str, str]]] = {}

    def page(self, html: str, headers: Mapping[str, str] | None = None) -> str:
        """Put a page on the site; return its address."""
        path = f"/{len(self.pages)}.html"
        self.pages[path] = (html, headers or {})
        return f"{self.address}{path}"


@contextmanager
def hosting() -> Iterator[Host]:
    """Serve a site for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            html, headers = host.pages.get(urlsplit(self.path).path, ("", {}))
            body = html.encode()
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host = Host(server.server_port)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield host
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


def element(address: str, /, content: str = "", **attributes: Any) -> str:
    """Return the element of form A; `attributes` in place of those of the plainest one."""
    given = {"src": f"{address}/w/main", "lang": "fr", **attributes}
    written = " ".join(
        f'{name.replace("_", "-")}="{value}"' for name, value in given.items() if value is not None
    )
    return f'<bladi-wall {written}>{content}<a href="{address}/fr/">{LINK}</a></bladi-wall>'


def script(address: str) -> str:
    """Return the script of form A, as `bladifqalbi embed` prints it."""
    pinned = serving.pinned(Addresses(address), release.load().script)
    return (
        f'<script type="module" src="{pinned.url}" integrity="{pinned.integrity}" '
        f'crossorigin="anonymous"></script>'
    )


def document(*body: str, head: str = "") -> str:
    """Return a whole page around some HTML."""
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Portail</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{head}</head>'
        f"<body><h1>Portail</h1><main>{''.join(body)}</main></body></html>"
    )


def shown(page: Page, count: int = 1) -> None:
    """Wait until walls show their posts."""
    page.wait_for_function(
        """count => [...document.querySelectorAll('bladi-wall')]
            .filter(one => one.shadowRoot?.querySelector('article')).length >= count""",
        arg=count,
    )


def watch(page: Page) -> None:
    """Count from the next page on how far what is shown moves by itself."""
    page.add_init_script(
        """window.moved = 0; new PerformanceObserver(list => {
            for (const one of list.getEntries()) window.moved += one.value })
            .observe({ type: 'layout-shift', buffered: true })"""
    )


def moved(page: Page) -> float:
    """Return the layout shift of a page since it was opened."""
    # Two frames on, what is laid out by now has been counted.
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 300)))")
    return float(page.evaluate("window.moved"))
