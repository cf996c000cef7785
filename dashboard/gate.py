"""What every request passes before any route: its host, where it comes from, and our headers."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "object-src 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # With `no-referrer` browsers call the origin of our own forms `null`.
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex",
}
_SAFE = ("GET", "HEAD")
_MOST = 64 * 1024
"""Bytes of a form: five hundred ids and a note are far less."""


class Gate:
    """Middleware that lets only our own pages act, on our own host."""

    def __init__(self, app: ASGIApp, *, url: str, framed: str | None = None) -> None:
        parts = urlsplit(url)
        self._app = app
        self._host = parts.netloc.lower()
        self._origin = f"{parts.scheme}://{self._host}"
        lasting = {"strict-transport-security": "max-age=63072000; includeSubDomains"}
        policy = _POLICY
        if framed is not None:
            # The wall's own page for frames, in the preview: another origin, and the only one.
            wall = urlsplit(framed)
            policy += f"; frame-src {wall.scheme}://{wall.netloc}"
        shown = {"content-security-policy": policy}
        self._headers = {**_HEADERS, **shown, **(lasting if parts.scheme == "https" else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        app = refusal or self._app
        await app(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        if headers.get("host", "").lower() != self._host:
            return PlainTextResponse("no such host", status_code=421)
        if method not in _SAFE and not is_ours(headers, self._origin):
            return PlainTextResponse("this did not come from the desk's own pages", status_code=403)
        if int(headers.get("content-length", "0") or 0) > _MOST or "chunked" in headers.get(
            "transfer-encoding", ""
        ):
            return PlainTextResponse("too much", status_code=413)
        return None


def is_ours(headers: Mapping[str, str], origin: str) -> bool:
    """Say whether a request that acts comes from our own pages.

    Browsers say so in `Sec-Fetch-Site`, older ones in `Origin`; neither can be set by a page. Who
    says nothing is no browser, and has no business with a cookie of ours.
    """
    site, came_from = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        return False
    if came_from is not None:
        return came_from.lower() == origin
    return site is not None
