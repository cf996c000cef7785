"""What a picture's bytes say before anything is decoded: its kind, its size, whether it is safe.

The bytes come from strangers. Each kind is walked through with bounded work, and what the decoder
does not need (texts, comments, later frames, data behind the end) is not handed to it.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from collectors import picture_avif

MOST_PIXELS = 40_000_000
MOST_SIDE = 16_383
"""Pixels of a side: WebP cannot hold more."""
ROOM = 100_000_000
"""Bytes that decoding may take until it is known that the picture is good."""
ROOM_PER_PIXEL = {"JPEG": 0, "GIF": 1, "PNG": 4, "WEBP": 8, "AVIF": 8}
"""Measured; JPEG is decoded at a smaller scale, if it does not come in several scans."""
MOST_PARTS = 20_000
"""Segments or chunks; files of 20 MB have 2,500 of the usual 8 kB."""
MOST_BLOCKS = 150_000
"""Blocks of up to 255 bytes of a GIF; each costs us a tenth of a microsecond."""
MOST_SCANS, SCANNED_PIXELS = 100, 12 * MOST_PIXELS
"""Progressive pictures have about ten scans, and every scan goes through all pixels."""
MOST_PROFILE = 1_000_000


class PictureError(Exception):
    """Bytes of which no picture can or should be made; the message is the reason."""


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture that may be decoded; `body` is all that the decoder needs of it.

    `exif` and `profile` are empty when there are none, or when the decoder has to say.
    """

    form: str
    animated: bool
    body: bytes
    exif: bytes = b""
    profile: bytes = b""


def read(body: bytes) -> PictureFile:
    """Return what may be decoded.

    Raises:
        PictureError: another kind of file, too large, damaged, or made to keep us busy.
    """
    try:
        for accepts, walk in _KINDS:
            if accepts(body):
                return walk(body)
    except (IndexError, struct.error) as error:
        raise PictureError("damaged") from error
    except picture_avif.UnsafeError as error:
        raise PictureError(str(error)) from error
    raise PictureError("an SVG" if b"<svg" in body[:1000].lower() else "no picture")


def check_size(form: str, width: int, height: int, room_per_pixel: float | None = None) -> None:
    """Refuse a picture that is too large.

    Raises:
        PictureError: it has too many pixels, or decoding this kind would need too much memory.
    """
    if min(width, height) < 1:
        raise PictureError("without pixels")
    if width * height > MOST_PIXELS:
        raise PictureError("over 40 megapixels")
    if max(width, height) > MOST_SIDE:
        raise PictureError("over 16,383 pixels a side")
    if width * height * (room_per_pixel or ROOM_PER_PIXEL[form]) > ROOM:
        raise PictureError("too large to be decoded whole")


# In the data of a scan, 0xff is followed by zero or is a restart marker; TEM has no content.
_MARKER = re.compile(rb"\xff([\x02-\xcf\xd8-\xfe])")
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_FRAMES, _OTHER_FRAMES = (0xC0, 0xC1, 0xC2), (0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xD0), 0xDE)
# Tables, the restart interval, and what says which colours the components are.
_NEEDED = (*_FRAMES, 0xC4, 0xDB, 0xDD, 0xE0, 0xEE)


def _jpeg(body: bytes) -> PictureFile:
    segments = list(_segments(body))
    scans = [start for marker, start, _ in segments if marker == _SOS]
    frames = [body[start:end] for marker, start, end in segments if marker in _FRAMES]
    if len(frames) != 1 or not scans:
        raise PictureError("damaged")
    _check_jpeg(frames[0], scans=len(scans))
    head = [(marker, body[start:end]) for marker, start, end in segments if start < scans[0]]
    pixels = body[scans[0] : segments[-1][2]]
    return PictureFile(
        form="JPEG",
        animated=False,
        body=b"".join(
            [b"\xff\xd8", *(whole for marker, whole in head if marker in _NEEDED), pixels]
        ),
        exif=next(_contents(head, 0xE1, b"Exif\0\0"), b""),
        profile=_joined(_contents(head, 0xE2, b"ICC_PROFILE\0")),
    )


def _contents(head: Iterable[tuple[int, bytes]], marker: int, name: bytes) -> Iterator[bytes]:
    return (
        whole[4 + len(name) :]
        for kind, whole in head
        if kind == marker and whole.startswith(name, 4)
    )


def _joined(parts: Iterable[bytes]) -> bytes:
    """Return a colour profile from its numbered parts, or nothing when it is too long."""
    profile = b"".join(part[2:] for part in sorted(parts))
    return profile if len(profile) <= MOST_PROFILE else b""


def _segments(body: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of each segment; what is no segment is passed over."""
    position = 2
    for _ in range(MOST_PARTS):
        found = _MARKER.search(body, position)
        if not found:
            raise PictureError("damaged")
        marker, start = found[1][0], found.start()
        if marker == _SOI or marker in _OTHER_FRAMES:
            raise PictureError("an unusual JPEG")
        length = 0 if marker == _EOI else int.from_bytes(body[start + 2 : start + 4])
        position = start + 2 + length
        if position > len(body) or (marker != _EOI and length < 2):
            raise PictureError("damaged")
        yield marker, start, position
        if marker == _EOI:
            return
    raise PictureError("in too many parts")


def _check_jpeg(frame: bytes, *, scans: int) -> None:
    marker, height, width, components = struct.unpack_from(">xB3xHHB", frame)
    # The coefficients of a picture in several scans are kept until the last, two bytes each.
    factors = [frame[11 + 3 * number] for number in range(components)]
    areas = [(factor >> 4) * (factor & 15) for factor in factors]
    whole = marker == 0xC2 or scans > 1
    per_pixel = 2 * sum(areas) / max([1, *areas]) if whole else None
    check_size("JPEG", width, height, per_pixel)
    if scans > MOST_SCANS or scans * width * height > SCANNED_PIXELS:
        raise PictureError("in too many scans")


_PNG = b"\x89PNG\r\n\x1a\n"


def _png(body: bytes) -> PictureFile:
    kept, exif, profile, animated = [_PNG], b"", b"", False
    for name, start, end in _chunks(body):
        content = slice(start + 8, end - 4)
        if name == b"IHDR" and len(kept) == 1:
            check_size("PNG", *struct.unpack_from(">II", body, start + 8))
        if name in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            kept.append(body[start:end])
        elif name == b"acTL":
            animated = int.from_bytes(body[content][:4]) > 1
        elif name == b"eXIf":
            exif = body[content]
        elif name == b"iCCP":
            profile = _inflated(body[content])
    if body[12:16] != b"IHDR":
        raise PictureError("damaged")
    return PictureFile(
        form="PNG", animated=animated, body=b"".join(kept), exif=exif, profile=profile
    )


def _chunks(body: bytes) -> Iterator[tuple[bytes, int, int]]:
    position, name = len(_PNG), b""
    for _ in range(MOST_PARTS):
        length, name = struct.unpack_from(">I4s", body, position)
        start, position = position, position + 12 + length
        if position > len(body):
            raise PictureError("damaged")
        yield name, start, position
        if name == b"IEND":
            return
    raise PictureError("in too many parts")


def _inflated(content: bytes) -> bytes:
    """Return the colour profile of an iCCP chunk, or nothing when it is broken or too long."""
    packed, inflate = content.partition(b"\0")[2][1:], zlib.decompressobj()
    try:
        profile = inflate.decompress(packed, MOST_PROFILE)
    except zlib.error:
        return b""
    return b"" if inflate.unconsumed_tail else profile


def _gif(body: bytes) -> PictureFile:
    width, height, flags = struct.unpack_from("<HHB", body, 6)
    position = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    kept, frame, animated, blocks = [body[:position]], b"", False, 0
    while body[position : position + 1] not in (b";", b""):
        start, introducer = position, body[position]
        if introducer == 0x2C and frame:
            animated = True
            break
        if introducer not in (0x21, 0x2C):
            raise PictureError("damaged")
        head = 2 if introducer == 0x21 else _descriptor(body, start, width, height)
        position, count = _behind_blocks(body, start + head, MOST_BLOCKS - blocks)
        blocks += count
        if introducer == 0x2C:
            frame = body[start:position]
            kept.append(frame)
        elif body[start + 1] == 0xF9 and not frame:
            kept.append(body[start:position])
            if len(kept) > 100:
                raise PictureError("in too many parts")
    if not frame:
        raise PictureError("damaged")
    return PictureFile(form="GIF", animated=animated, body=b"".join([*kept, b";"]))


def _descriptor(body: bytes, start: int, width: int, height: int) -> int:
    """Return how many bytes stand before the blocks of a frame, once its size is checked."""
    left, top, wide, tall, flags = struct.unpack_from("<HHHHB", body, start + 1)
    # Pillow makes the canvas as large as its first frame wants it.
    check_size("GIF", max(width, left + wide), max(height, top + tall))
    return 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)


def _behind_blocks(body: bytes, position: int, most: int) -> tuple[int, int]:
    """Return where a chain of blocks ends, and how many there were."""
    count = 0
    while length := body[position]:
        position += length + 1
        count += 1
        if count > most:
            raise PictureError("in too many parts")
    return position + 1, count


def _webp(body: bytes) -> PictureFile:
    check_size("WEBP", *_webp_size(body))
    end, position = min(len(body), 8 + int.from_bytes(body[4:8], "little")), 12
    frames, extra = 0, {b"EXIF": b"", b"ICCP": b""}
    for _ in range(MOST_PARTS):
        if position + 8 > end:
            break
        name, length = struct.unpack_from("<4sI", body, position)
        frames += name == b"ANMF"
        if name in extra and length <= MOST_PROFILE:
            extra[name] = body[position + 8 : position + 8 + length]
        position += 8 + length + (length & 1)
    else:
        raise PictureError("in too many parts")
    return PictureFile(
        form="WEBP", animated=frames > 1, body=body, exif=extra[b"EXIF"],
        profile=extra[b"ICCP"],
    )  # fmt: skip


def _webp_size(body: bytes) -> tuple[int, int]:
    kind = body[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[24:27], "little"), 1 + int.from_bytes(body[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(body[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and body[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise PictureError("damaged")


def _avif(body: bytes) -> PictureFile:
    sizes = picture_avif.coded_sizes(body)
    for width, height in sizes:
        check_size("AVIF", width, height)
    # Colours and transparency, each perhaps in tiles.
    if sum(width * height for width, height in sizes) * ROOM_PER_PIXEL["AVIF"] > 2 * ROOM:
        raise PictureError("too large to be decoded whole")
    animated = body[8:12] in (b"avis", b"msf1")
    return PictureFile(form="AVIF", animated=animated, body=picture_avif.still(body))


_KINDS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], PictureFile]], ...] = (
    (lambda body: body.startswith(b"\xff\xd8\xff"), _jpeg),
    (lambda body: body.startswith(_PNG), _png),
    (lambda body: body.startswith((b"GIF87a", b"GIF89a")), _gif),
    (lambda body: body.startswith(b"RIFF") and body[8:12] == b"WEBP", _webp),
    (picture_avif.accepts, _avif),
)
