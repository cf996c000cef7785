"""The headers of every answer, and HEAD; pure ASGI, because it runs for every request."""

from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data: {pictures}; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_FRAME_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' {pictures}; frame-src https://www.youtube-nocookie.com; form-action 'self'; "
    "base-uri 'none'; frame-ancestors *; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Of the page that others put into a frame: our script runs there, and nobody else's."""
_PREVIEW_POLICY = f"{_POLICY}; frame-src 'self'"
"""Of the page about embedding, which shows that frame."""
_PICTURE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""A copy is nothing but a picture, whatever a browser may take it for."""
_EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": (
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), "
        "gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"
    ),
    "cross-origin-opener-policy": "same-origin",
}
_OURS = {"cross-origin-resource-policy": "same-origin"}
_SHARED = {
    "cross-origin-resource-policy": "cross-origin",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Retry-After",
}
_PREFLIGHT = {
    "access-control-allow-methods": "GET, HEAD, POST",
    "access-control-allow-headers": "Content-Type, If-None-Match",
    "access-control-max-age": "86400",
}
_FRAME = "/e/"
_TWO_YEARS = "max-age=63072000"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What our answers let a browser do."""

    is_secure: bool
    """Visitors come by https, and shall do so from now on."""
    pictures: str
    """Where else than from here pictures may be loaded: scheme and host."""


class Headers:
    """Middleware that says what a browser may do with our answers."""

    def __init__(self, app: ASGIApp, *, allowed: Allowed) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = of(scope["path"], self._allowed)
        is_head = scope["method"] == "HEAD"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            elif is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        if is_shared(scope["path"]) and scope["method"] == "OPTIONS":
            await _allow(send_with_headers)
        else:
            # Routes know GET alone: HEAD is the same answer without its body.
            method = "GET" if is_head else scope["method"]
            # Ranges are for GET alone (RFC 9110, section 14.2).
            kept = [pair for pair in scope["headers"] if pair[0] != b"range"]
            whole = {"headers": kept} if is_head else {}
            await self._app({**scope, "method": method, **whole}, receive, send_with_headers)


def of(path: str, allowed: Allowed) -> dict[str, str]:
    """Return the headers that every answer at this address has."""
    lasting = {"strict-transport-security": _TWO_YEARS} if allowed.is_secure else {}
    policy = _policy(path).format(pictures=allowed.pictures)
    shared = _SHARED if is_shared(path) else _OURS
    found = {**_EVERYWHERE, "content-security-policy": policy, **shared, **lasting}
    if path.startswith(_FRAME):
        # Both would keep others from showing it, and from opening our pages out of it.
        del found["x-frame-options"], found["cross-origin-opener-policy"]
    return found


def _policy(path: str) -> str:
    if path.startswith("/media/"):
        return _PICTURE_POLICY
    if path.startswith(_FRAME):
        return _FRAME_POLICY
    return _PREVIEW_POLICY if path.endswith("/embed") else _POLICY


def is_shared(path: str) -> bool:
    """Say whether pages of other sites may read what is at this address."""
    return path.startswith(("/v1/", "/w/", "/f/", "/embed/", "/media/")) or path in {
        "/feed.json",
        "/feed.rss",
        "/feed.atom",
        "/oembed",
        "/openapi.json",
    }


async def _allow(send: Send) -> None:
    headers = [(name.encode(), value.encode()) for name, value in _PREFLIGHT.items()]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
