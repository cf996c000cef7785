"""Pictures that are odd in themselves: `Picture(name="bomb")` posts a bomb on any stand-in.

What is odd in a post and not in the file needs no name: a picture without a description is
`Picture(name="tea")`, one whose file never comes is a fault of the world.
"""

import functools
import io
import struct
import zlib
from collections.abc import Callable

from PIL import ExifTags, Image

from tests.platforms import art

BOMB_SIDE = 30_000
"""Pixels; black and white they are 112 MB, in colours 2.7 GB, and the file has 110 kB."""
FRAMES = 3
PLACE = ((33.0, 36.0, 30.0), (7.0, 37.0, 57.0))
"""Degrees north and west of where the picture with GPS was taken: Casablanca."""


def _html(width: int, height: int) -> bytes:
    """Return a page that its server calls a picture."""
    return b"<!doctype html><title>Sign in</title><script>alert(1)</script><p>Sign in to see this."


def _svg(width: int, height: int) -> bytes:
    """Return a drawing that runs code where it is shown as a page of its own."""
    size = f'width="{width}" height="{height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><script>alert(1)</script>'
        f"<rect {size}/></svg>"
    ).encode()


def _bomb(width: int, height: int) -> bytes:
    """Return a true PNG that fits into no memory, whatever size its post tells."""
    row, packer = bytes(1 + BOMB_SIDE // 8), zlib.compressobj(9)
    pixels = b"".join(packer.compress(row) for _ in range(BOMB_SIDE)) + packer.flush()
    header = struct.pack(">IIBBBBB", BOMB_SIDE, BOMB_SIDE, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def _animated(width: int, height: int) -> bytes:
    """Return a GIF whose frames differ."""
    first, *others = (_drawing(name, width, height) for name in art.NAMES[:FRAMES])
    out = io.BytesIO()
    first.save(out, "GIF", save_all=True, append_images=others, duration=200, loop=0)
    return out.getvalue()


def _gps(width: int, height: int) -> bytes:
    """Return a photograph that tells where it was taken, and with what."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Stand-in"
    where = exif.get_ifd(ExifTags.IFD.GPSInfo)
    where[ExifTags.GPS.GPSLatitudeRef], where[ExifTags.GPS.GPSLongitudeRef] = "N", "W"
    where[ExifTags.GPS.GPSLatitude], where[ExifTags.GPS.GPSLongitude] = PLACE
    out = io.BytesIO()
    _drawing("minaret", width, height).save(out, "JPEG", exif=exif)
    return out.getvalue()


def _drawing(name: str, width: int, height: int) -> Image.Image:
    return Image.open(io.BytesIO(art.draw(name, width, height)))


_FILES: dict[str, tuple[str, Callable[[int, int], bytes]]] = {
    "html": ("png", _html),
    "svg": ("svg", _svg),
    "bomb": ("png", _bomb),
    "animated": ("gif", _animated),
    "gps": ("jpg", _gps),
}
SUFFIXES = {name: suffix for name, (suffix, _) in _FILES.items()}
"""Each name, and how its address ends on every platform."""


@functools.lru_cache(maxsize=16)
def file(name: str, width: int, height: int) -> bytes:
    """Return an odd picture's file (KeyError: there is no such one)."""
    return _FILES[name][1](width, height)
