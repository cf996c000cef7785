"""Answers that may be kept: a strong ETag from the revision, and 304 before any page query."""

from collections.abc import Callable, Iterable
from hashlib import blake2b

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from api.site import Site
from store import periods, wall
from store.engine import reading

LASTING = "public, max-age=30"
"""A crowd is served by caches, and none of them shows a removed post for longer than this.

No `stale-while-revalidate`: it would let a cache show once more what has gone long ago.
"""
SOON = "public, max-age=10"
"""Of what open pages ask every 60 to 80 seconds: within 120 of its removal a post is gone."""


def answer(
    request: Request,
    site: Site,
    key: str,
    render: Callable[[Session], Response],
    *,
    vary: str | None = None,
    lasting: str = LASTING,
) -> Response:
    """Return what `render` makes, or 304 when the reader still has it.

    Args:
        request: the request.
        site: the site.
        key: what the answer depends on, but the posts and the site: address, parameters, language.
        render: makes the answer; it is not called for a 304.
        vary: the request header that chose between several answers at the same address.
        lasting: how long caches may keep it.
    """
    with reading(site.engine) as session:
        # Read first, and in the same transaction as the posts: a change that comes in between
        # gives new posts an old tag, which the next reader replaces; never old posts a new one.
        # Collections that come and go with the clock are read before they are shown for the same
        # reason.
        closed = periods.closed(session, now=site.now())
        tag = entity_tag(site.edition, wall.revision(session), closed, key)
        known = request.headers.get("if-none-match", "").strip()
        response = None if is_among(known, tag) else render(session)
    if response is None or known == "*":
        response = Response(status_code=304)
    response.headers["etag"] = tag
    response.headers["cache-control"] = lasting
    if vary is not None:
        response.headers["vary"] = vary
    return response


def entity_tag(edition: str, revision: int, closed: Iterable[str], key: str) -> str:
    """Return the ETag of an answer, quoted."""
    text = f"{edition}\n{revision}\n{' '.join(sorted(closed))}\n{key}"
    return f'"{blake2b(text.encode(), digest_size=12).hexdigest()}"'


def is_among(known: str, tag: str) -> bool:
    """Say whether a tag is one of those that a reader has (RFC 9110, weak comparison)."""
    return tag in {one.strip().removeprefix("W/") for one in known.split(",")}
