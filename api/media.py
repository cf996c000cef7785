"""Our copies of pictures, by number: only those that the public sees just now."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.caching import is_among
from api.errors import NotFoundError
from api.pictures import FORMS
from api.site import LAST_ID, Site
from store import media
from store.engine import reading

LASTING = "public, max-age=31536000, s-maxage=60, immutable"
"""A browser keeps a picture; a cache that many share asks every minute whether it is still there.

What is at an address never changes, but it may have to go: with its post, at once.
"""

# No file has a size of twenty digits, and Python refuses to read numbers of thousands.
_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})\Z", re.ASCII | re.IGNORECASE)


def routes(site: Site) -> APIRouter:
    """Return the route of pictures."""
    router = APIRouter(tags=["media"])

    @router.get(
        "/media/{picture_id}/{size}",
        response_class=Response,
        responses={404: {"description": "No such picture, or none any more"}},
        name="picture",
    )
    def read_picture(
        request: Request,
        picture_id: Annotated[int, Path(ge=1, le=LAST_ID)],
        size: Annotated[str, Path(pattern=r"^[1-9][0-9]{0,3}\.(webp|jpg)$")],
    ) -> Response:
        """Return one copy: `640.webp`, `640.jpg`; which widths there are, pages and feeds say."""
        width, form = size.split(".")
        with reading(site.engine) as session:
            picture = media.find(session, picture_id)
        if picture is None or int(width) not in picture.widths or site.files is None:
            raise NotFoundError
        tag = f'"{picture.digest[:24] if picture.digest else ""}-{size}"'
        headers = {"etag": tag, "cache-control": LASTING, "accept-ranges": "bytes"}
        known = request.headers.get("if-none-match", "").strip()
        if known == "*" or is_among(known, tag):
            return Response(status_code=304, headers=headers)
        body = site.files.get(picture.digest or "", size)
        if body is None:
            raise NotFoundError
        return _part(request, body, tag, {**headers, "content-type": FORMS[form]})

    return router


def _part(request: Request, body: bytes, tag: str, headers: dict[str, str]) -> Response:
    """Return all of a body, or the one range of it that was asked for (RFC 9110, section 14)."""
    asked = _RANGE.match(request.headers.get("range", ""))
    unchanged = request.headers.get("if-range", tag) == tag
    if asked is None or not unchanged or not _is_range(*asked.groups()):
        return Response(body, headers=headers)
    first, last = asked.groups()
    end = min(int(last), len(body) - 1) if first and last else len(body) - 1
    start = int(first) if first else max(0, len(body) - int(last))
    if start > end:
        # Kept, it would stand for the picture itself.
        never = {"cache-control": "no-store", "content-range": f"bytes */{len(body)}"}
        return Response(status_code=416, headers={**headers, **never})
    headers = {**headers, "content-range": f"bytes {start}-{end}/{len(body)}"}
    return Response(body[start : end + 1], status_code=206, headers=headers)


def _is_range(first: str, last: str) -> bool:
    return bool(first or last) and not (first and last and int(first) > int(last))
