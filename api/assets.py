"""Our own style sheet and drawings, under names that change with their content."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.errors import NotFoundError

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_NAME = re.compile(r"([a-z.]+)\.([0-9a-f]{12})\.([a-z]+)")
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of `static/`, kept in memory."""

    body: bytes
    digest: str
    media_type: str
    path: str
    """With the digest in the name: `/static/wall.1a2b3c4d5e6f.css`."""


def load(folder: str = "api") -> dict[str, Asset]:
    """Return the files of a folder's `static/` by name."""
    found: dict[str, Asset] = {}
    for file in (resources.files(folder) / "static").iterdir():
        stem, dot, ending = file.name.rpartition(".")
        if media_type := _TYPES.get(dot + ending):
            body = file.read_bytes()
            digest = blake2b(body, digest_size=6).hexdigest()
            path = f"/static/{stem}.{digest}.{ending}"
            found[file.name] = Asset(body, digest, media_type, path)
    return found


def route(assets: Mapping[str, Asset]) -> Route:
    """Return the route that serves these files."""

    async def serve(request: Request) -> Response:
        name = _NAME.fullmatch(request.path_params["name"])
        asset = assets.get(f"{name[1]}.{name[3]}") if name else None
        if name is None or asset is None:
            raise NotFoundError
        # A page from before an update still asks for the old name: it gets today's file, which
        # must not be kept under that name.
        lasting = _FOREVER if name[2] == asset.digest else "no-cache"
        return Response(asset.body, media_type=asset.media_type, headers={"cache-control": lasting})

    return Route("/static/{name}", serve)
