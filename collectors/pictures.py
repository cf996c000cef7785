"""Small copies of our own, without any metadata, of pictures that strangers sent."""

import hashlib
import io
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageCms

from collectors import picture_files
from collectors.picture_files import PictureError, PictureFile
from store import looks

__all__ = ["AVATAR_WIDTHS", "WIDTHS", "File", "PictureError", "Rendering", "render"]

WIDTHS = (320, 480, 640, 960)
AVATAR_WIDTHS = (48, 96, 144)

# One photo-like picture of 640 x 480, 2026-11: ms of one core, bytes, dB of PSNR.
#   WebP 72:  method 0: 5.3, 34,930, 31.0    method 2: 8.7, 31,366, 30.9
#             method 4: 20.3, 29,176, 31.1
#   AVIF 60:  speed 10: 13.3, 37,501, 32.2   speed 8: 46.1, 36,024, 32.2
#   WebP 78, method 2: 9.3, 36,558, 31.6     JPEG 80: 0.6, 53,647, 31.0, with optimize 1.5, 52,639
# So method 4 takes twice as long to save 7 %. AVIF is 0.6 dB better at equal size for half more
# time, and would not spare us the WebP: too many browsers cannot show it.
WEBP_QUALITY, WEBP_METHOD, JPEG_QUALITY = 72, 2, 80
_LOOKED_AT = 256
"""Pixels of the shorter side from which on a copy is good enough to judge the picture by."""

# What Pillow raises for broken pictures besides OSError, as found by breaking them.
_BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, AttributeError,
    ArithmeticError, MemoryError, RuntimeError, struct.error, zlib.error,
    Image.DecompressionBombError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class File:
    """One copy in one size; `form` is `webp` or `jpg`, `width` in pixels."""

    width: int
    form: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Rendering:
    """The copies of a picture, and what is known of it.

    `digest` is SHA-256 (hex) of the bytes as they came, `width` and `height` are of the upright
    original, `colour` is the dominant one as `#rrggbb`; `hashes`, `flatness`, `detail` and
    `hardness` as in `store.looks`. `files` go from small to large, for each width WebP first.
    """

    digest: str
    width: int
    height: int
    colour: str
    animated: bool
    files: tuple[File, ...]
    hashes: bytes
    flatness: float
    detail: float
    hardness: float


def render(body: bytes, *, widths: Sequence[int] = WIDTHS) -> Rendering:
    """Return copies of a picture; of an animation, of its first frame.

    Args:
        body: JPEG, PNG, GIF, WebP or AVIF; the bytes say which, no name or header.
        widths: in pixels. Nothing is enlarged: those above the original's are left out, and when
            none is left the original's own width is taken.

    Raises:
        PictureError: no picture of these kinds, too large, damaged, or a bomb.
    """
    file = picture_files.read(body)
    size, sizes, largest = _decoded(file, widths)
    copies = _copies(largest, sizes)
    plain = _on_white(next((c for c in copies if min(c.size) >= _LOOKED_AT), copies[-1]))
    return Rendering(
        digest=hashlib.sha256(body).hexdigest(),
        width=size[0],
        height=size[1],
        colour=looks.colour(plain),
        animated=file.animated,
        files=tuple(made for copy in copies for made in _files(copy)),
        hashes=looks.hashes(plain),
        flatness=looks.flatness(plain),
        detail=looks.detail(plain),
        hardness=looks.hardness(plain),
    )


def hardness(copies: Iterable[bytes]) -> float:
    """Return that of a picture whose copies were kept before it was asked.

    Args:
        copies: JPEG, from small to large; no more are read than are looked at.

    Raises:
        PictureError: there are none, or one is damaged.
    """
    judged = None
    try:
        for body in copies:
            judged = Image.open(io.BytesIO(body), formats=["JPEG"])
            if min(judged.size) >= _LOOKED_AT:
                break
        if judged is not None:
            return looks.hardness(judged)
    except _BROKEN as error:
        raise PictureError("damaged") from error
    raise PictureError("no copy")


_Size = tuple[int, int]


def _decoded(file: PictureFile, widths: Sequence[int]) -> tuple[_Size, list[_Size], Image.Image]:
    """Return the size of the upright original, those of the copies, and the largest copy."""
    try:
        with Image.open(io.BytesIO(file.body), formats=[file.form]) as image:
            picture_files.check_size(file.form, *image.size)
            turn = _turn(file.exif or image.info.get("exif", b""))
            profile = file.profile or image.info.get("icc_profile") or b""
            size = _turned(image.size, turn)
            sizes = _sizes(size, widths)
            wanted = _turned(sizes[-1], turn)
            # Twice the size: from there on nobody sees that the decoder has left out pixels.
            image.draft(None, (2 * wanted[0], 2 * wanted[1]))
            image.load()
            small = _shrunk(_plain(image), wanted)
    except _BROKEN as error:
        raise PictureError("damaged") from error
    small = _opaque(_in_srgb(small, profile))
    return size, sizes, small.transpose(turn) if turn is not None else small


def _sizes(size: _Size, widths: Iterable[int]) -> list[_Size]:
    wanted = sorted({width for width in widths if width <= size[0]}) or [size[0]]
    return [(width, max(1, round(size[1] * width / size[0]))) for width in wanted]


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION, _SHORT = 0x0112, 3


def _turn(exif: bytes) -> Image.Transpose | None:
    """Return what makes the picture upright, from its first directory; None: it is, or unknown.

    Pillow would read all of the metadata, with all that can be wrong in it, for this one number.
    """
    data = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if not order:
        return None
    try:
        (start,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, start)
        for number in range(min(count, 500)):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", data, start + 2 + 12 * number)
            if tag == _ORIENTATION and kind == _SHORT:
                return _TURNS.get(value)
    except struct.error:
        return None
    return None


def _turned(size: _Size, turn: Image.Transpose | None) -> _Size:
    swaps = (
        Image.Transpose.TRANSPOSE,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_270,
    )
    return (size[1], size[0]) if turn in swaps else size


def _plain(image: Image.Image) -> Image.Image:
    """Return the picture in a mode that can be made smaller: L, RGB, CMYK, LA or RGBA."""
    if image.mode == "I;16":
        # Pillow's own conversion cuts off what is brighter than 255 of 65,535.
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("LA", "RGBA"):
        return image
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _shrunk(image: Image.Image, size: _Size) -> Image.Image:
    if image.size == size:
        return image.copy()
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


_SRGB = ImageCms.createProfile("sRGB")


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture as RGB or RGBA in the colours that browsers expect without a profile."""
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    opaque = image.convert(image.mode[:-1]) if alpha else image
    if profile:
        opaque = _converted(opaque, profile)
    colours = opaque.convert("RGB")
    if alpha:
        colours.putalpha(alpha)
    # What came with the original (profile, text, comments) is still attached to it.
    colours.info.clear()
    return colours


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() == "RGB" and _is_srgb(source):
            return image
        done = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
    except (OSError, ImageCms.PyCMSError, ValueError, TypeError):
        return image
    return done or image


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    # Most photos say so, and a conversion would cost as much as a copy and change nothing.
    return (profile.profile.profile_description or "").startswith("sRGB")


def _opaque(image: Image.Image) -> Image.Image:
    """Return the picture without its transparency where that hides nothing."""
    hides = image.mode == "RGBA" and image.getchannel("A").getextrema() != (255, 255)
    return image if hides else image.convert("RGB")


def _copies(largest: Image.Image, sizes: Sequence[_Size]) -> list[Image.Image]:
    """Return the picture in all sizes, from small to large, each made from the next larger."""
    copies = [largest]
    for size in reversed(sizes[:-1]):
        copies.append(copies[-1].resize(size, Image.Resampling.BICUBIC))
    return copies[::-1]


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _files(copy: Image.Image) -> tuple[File, File]:
    webp, jpeg = io.BytesIO(), io.BytesIO()
    copy.save(webp, "WEBP", quality=WEBP_QUALITY, method=WEBP_METHOD)
    _on_white(copy).save(jpeg, "JPEG", quality=JPEG_QUALITY)
    return File(copy.width, "webp", webp.getvalue()), File(copy.width, "jpg", jpeg.getvalue())
