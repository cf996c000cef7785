"""The address of the widget's files: compressed beforehand, open to every site, kept for ever."""

from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.addresses import Addresses
from api.coding import preferred
from api.errors import NotFoundError
from api.widget import release
from api.widget.release import File

PATH = f"/embed/{release.VERSION}"
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Pinned:
    """A file as a page names it."""

    url: str
    integrity: str


def pinned(addresses: Addresses, file: File) -> Pinned:
    """Return the whole address of a file, and what pins it."""
    return Pinned(addresses.absolute(f"{PATH}/{file.name}"), file.integrity)


def route(kept: Path) -> Route:
    """Return the route of the files.

    Args:
        kept: where earlier versions have left theirs, which hosts may have pinned.
    """

    async def serve(request: Request) -> Response:
        name = request.path_params["name"]
        # Another body under a pinned name would leave the host without a wall: none is better.
        file = release.load().files.get(name) or release.earlier(kept, name)
        if file is None:
            raise NotFoundError
        return answer(file, request.headers.get("accept-encoding", ""))

    return Route(f"{PATH}/{{name:path}}", serve, name="widget file")


def answer(file: File, accepted: str) -> Response:
    """Return a file in the smallest form that a client takes."""
    headers = {"cache-control": _FOREVER, "vary": "accept-encoding"}
    coding = preferred(accepted.encode())
    if not coding:
        return Response(file.body, 200, headers, file.media_type)
    body = file.brotli if coding == "br" else file.gzip
    return Response(body, 200, {**headers, "content-encoding": coding}, file.media_type)
