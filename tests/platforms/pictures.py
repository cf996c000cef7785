"""The pictures and avatars of all stand-ins: their addresses, and the files behind these.

Nothing is drawn before somebody asks for it, and each file only once.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.platforms import art, faces, odd
from tests.platforms.world import Person, Picture, World

AVATAR_SIDES = {"normal": 48, "bigger": 73, "400x400": 400}
"""Pixels, by the last word of an avatar's name, as X calls them."""

_FORMS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}
_TYPES = {
    **{suffix: f"image/{form.lower()}" for suffix, form in _FORMS.items()},
    "gif": "image/gif",
    "svg": "image/svg+xml",
}


def address(base_url: str, picture: Picture, suffix: str) -> str:
    """Return where a picture lies, or the still of a video; odd ones choose their own suffix."""
    suffix = odd.SUFFIXES.get(picture.name, suffix)
    return f"{base_url}/media/{picture.width}x{picture.height}/{picture.name}.{suffix}"


def avatar_address(base_url: str, person: Person, suffix: str, *, size: str = "400x400") -> str:
    """Return where a person's avatar lies; `size` is one of `AVATAR_SIDES`."""
    return f"{base_url}/media/avatars/{person.handle}_{size}.{suffix}"


def type_of(url: str) -> str:
    """Return the content type that a picture's address promises."""
    return _TYPES[url.rpartition(".")[2]]


def routes(world: World, platform: str) -> list[Route]:
    """Return the part of a stand-in that serves what these addresses name."""

    # Plain functions, so that Starlette draws in a thread and the stand-ins go on answering.
    def picture(request: Request) -> Response:
        signatures = world.signatures.get(platform)
        if signatures and not signatures.allow(request.url.path, request.url.query):
            return Response("This address has ended", 403)
        return _answer(request, _picture(**request.path_params))

    def avatar(request: Request) -> Response:
        return _answer(request, _avatar(**request.path_params))

    return [
        Route("/media/avatars/{handle}_{size}.{suffix}", avatar),
        Route("/media/{width:int}x{height:int}/{name}.{suffix}", picture),
    ]


def _picture(name: str, width: int, height: int, suffix: str) -> bytes | None:
    """Return a file, None where there is no picture of that name and suffix."""
    if odd.SUFFIXES.get(name) == suffix:
        return odd.file(name, width, height)
    if name in art.NAMES and suffix in _FORMS:
        return art.draw(name, width, height, _FORMS[suffix])
    return None


def _avatar(handle: str, size: str, suffix: str) -> bytes | None:
    if size in AVATAR_SIDES and suffix in _FORMS:
        return faces.draw(handle, AVATAR_SIDES[size], _FORMS[suffix])
    return None


def _answer(request: Request, file: bytes | None) -> Response:
    if file is None:
        return Response("No such picture", 404)
    return Response(file, media_type=type_of(request.url.path))
