"""Answers that may be kept: a strong ETag from the revision, and 304 before any page query."""

from collections.abc import Callable
from hashlib import blake2b

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from api.site import Site
from store import wall
from store.engine import reading

LASTING = "public, max-age=30, stale-while-revalidate=300"
"""A crowd is served by caches; a change is seen by all within half a minute of being asked for."""


def answer(
    request: Request,
    site: Site,
    key: str,
    render: Callable[[Session], Response],
    *,
    vary: str | None = None,
) -> Response:
    """Return what `render` makes, or 304 when the reader still has it.

    Args:
        request: the request.
        site: the site.
        key: what the answer depends on, but the posts and the site: address, parameters, language.
        render: makes the answer; it is not called for a 304.
        vary: the request header that chose between several answers at the same address.
    """
    with reading(site.engine) as session:
        # Read first, and in the same transaction as the posts: a change that comes in between
        # gives new posts an old tag, which the next reader replaces; never old posts a new one.
        tag = entity_tag(site.edition, wall.revision(session), key)
        known = request.headers.get("if-none-match", "").strip()
        response = None if is_among(known, tag) else render(session)
    if response is None or known == "*":
        response = Response(status_code=304)
    response.headers["etag"] = tag
    response.headers["cache-control"] = LASTING
    if vary is not None:
        response.headers["vary"] = vary
    return response


def entity_tag(edition: str, revision: int, key: str) -> str:
    """Return the ETag of an answer, quoted."""
    text = f"{edition}\n{revision}\n{key}"
    return f'"{blake2b(text.encode(), digest_size=12).hexdigest()}"'


def is_among(known: str, tag: str) -> bool:
    """Say whether a tag is one of those that a reader has (RFC 9110, weak comparison)."""
    return tag in {one.strip().removeprefix("W/") for one in known.split(",")}
