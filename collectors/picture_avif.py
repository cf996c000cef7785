"""How large the frames inside an AVIF really are: its own header may say less than the truth.

Decoders make room for what the AV1 data asks for: a file that claims 100 x 100 pixels can hold a
frame of 65,536 x 65,536. So we read the boxes (ISO/IEC 14496-12 and 23008-12) down to the
sequence headers (AV1 bitstream specification, 5.5) that will be decoded.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

BRANDS = (b"avif", b"avis", b"mif1", b"msf1")
MOST_BOXES = 2_000
MOST_ITEMS = 300
"""A grid has at most 256 tiles; thumbnails and transparency come on top."""
MOST_FRAMES = 8
"""Frames of one item: one, or a few layers. Frames that are never shown cost time all the same."""
MOST_UNITS = 1_000


class UnsafeError(Exception):
    """A file that is damaged, or that we cannot tell to be harmless; the message is the reason."""


def accepts(body: bytes) -> bool:
    """Say whether this looks like an AVIF, or another file of its family."""
    return body[4:8] == b"ftyp" and body[8:12] in BRANDS


def coded_sizes(body: bytes) -> list[tuple[int, int]]:
    """Return width and height of the frames of each picture inside, in pixels.

    Raises:
        UnsafeError: broken boxes, no picture, more pictures or frames than a still picture needs.
        struct.error: the file ends too early.
    """
    meta = _child(body, 0, len(body), b"meta")
    inside = meta.start + 4, meta.end
    pictures = _pictures(body, _child(body, *inside, b"iinf"))
    sizes = [
        _size_of(data)
        for number, data in _items(body, inside, _child(body, *inside, b"iloc"))
        if number in pictures
    ]
    if not sizes:
        raise UnsafeError("damaged")
    return sizes


def still(body: bytes) -> bytes:
    """Return the file as a still picture without EXIF, whatever else it is; raises as above.

    Then it is decoded from its first item, and its film is not even listed. Which way is up stands
    in a property of the item; the EXIF is not to be believed there, and Pillow would read it all.
    """
    end = _child(body, 0, len(body), b"meta").end
    return body[:8] + b"avif" + body[12:end].replace(b"Exif", b"none") + body[end:]


@dataclass(frozen=True, slots=True)
class _Box:
    name: bytes
    start: int
    end: int


def _boxes(body: bytes, start: int, end: int) -> Iterator[_Box]:
    for _ in range(MOST_BOXES):
        if start + 8 > end:
            return
        length, name = struct.unpack_from(">I4s", body, start)
        head = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", body, start + 8)
            head = 16
        elif length == 0:
            length = end - start
        if length < head or start + length > end:
            raise UnsafeError("damaged")
        yield _Box(name, start + head, start + length)
        start += length
    raise UnsafeError("in too many parts")


def _child(body: bytes, start: int, end: int, name: bytes) -> _Box:
    found = [box for box in _boxes(body, start, end) if box.name == name]
    # With two of a kind, ours might not be the one that the decoder goes by.
    if len(found) != 1:
        raise UnsafeError("damaged")
    return found[0]


def _pictures(body: bytes, box: _Box) -> set[int]:
    """Return the numbers of the items that are AV1 data, by at least one of their entries."""
    found = set()
    for entry in _boxes(body, box.start + (8 if body[box.start] else 6), box.end):
        form = ">H2x4s" if body[entry.start] == 2 else ">I2x4s"
        number, kind = struct.unpack_from(form, body, entry.start + 4)
        if kind == b"av01":
            found.add(number)
    return found


class _Reader:
    """Reads whole numbers of any number of bits, one after another."""

    def __init__(self, data: bytes, position: int = 0) -> None:
        self._data = data
        self._bit = position * 8

    def take(self, bits: int) -> int:
        first, self._bit = self._bit, self._bit + bits
        last = (self._bit + 7) // 8
        if last > len(self._data):
            raise UnsafeError("damaged")
        number = int.from_bytes(self._data[first // 8 : last])
        return number >> (last * 8 - self._bit) & ((1 << bits) - 1)


def _items(body: bytes, meta: tuple[int, int], box: _Box) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of each item, as its locations (iloc) say."""
    read = _Reader(body[box.start : box.end])
    version = read.take(8)
    read.take(24)
    offset_size, length_size, base_size, index_size = (8 * read.take(4) for _ in range(4))
    count = read.take(32 if version == 2 else 16)
    if version > 2 or count > MOST_ITEMS:
        raise UnsafeError("in too many parts")
    taken = 0
    for _ in range(count):
        number = read.take(32 if version == 2 else 16)
        inside = (read.take(16) & 15) if version else 0
        read.take(16)
        base = read.take(base_size)
        origin = _origin(body, meta, inside)
        parts, extents = [], read.take(16)
        if extents > MOST_ITEMS:
            raise UnsafeError("in too many parts")
        for _ in range(extents):
            read.take(index_size if version else 0)
            start = origin + base + read.take(offset_size)
            length = read.take(length_size)
            end = min(start + length, len(body)) if length else len(body)
            # Parts that overlap would make hundreds of copies of the whole file.
            taken += max(0, end - start)
            if taken > len(body):
                raise UnsafeError("in too many parts")
            parts.append(body[start:end])
        yield number, b"".join(parts)


def _origin(body: bytes, meta: tuple[int, int], construction: int) -> int:
    if construction == 0:
        return 0
    if construction == 1:
        return _child(body, *meta, b"idat").start
    raise UnsafeError("an unusual AVIF")


_SEQUENCE, _FRAME_HEADER, _FRAME = 1, 3, 6


def _size_of(data: bytes) -> tuple[int, int]:
    """Return the largest width and height that the frames of AV1 data may have."""
    sizes, frames = [], 0
    for kind, start, end in _units(data):
        if kind == _SEQUENCE:
            sizes.append(_sequence(data[start:end]))
        frames += kind in (_FRAME, _FRAME_HEADER)
    if not sizes or frames > MOST_FRAMES:
        raise UnsafeError("damaged" if not sizes else "in too many parts")
    return max(width for width, _ in sizes), max(height for _, height in sizes)


def _units(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield type, start and end of each open bitstream unit (OBU)."""
    position = 0
    for _ in range(MOST_UNITS):
        if position >= len(data):
            return
        head = data[position]
        position += 2 if head & 4 else 1
        length = len(data) - position
        if head & 2:
            length, position = _leb128(data, position)
        if position + length > len(data):
            raise UnsafeError("damaged")
        yield head >> 3 & 15, position, position + length
        position += length
    raise UnsafeError("in too many parts")


def _leb128(data: bytes, position: int) -> tuple[int, int]:
    number = 0
    for place, byte in enumerate(data[position : position + 8]):
        number |= (byte & 127) << 7 * place
        if byte < 128:
            return number, position + place + 1
    raise UnsafeError("damaged")


def _sequence(data: bytes) -> tuple[int, int]:
    read = _Reader(data)
    read.take(4)
    if read.take(1):  # a reduced header, as still pictures have it
        read.take(5)
    else:
        # With timing the size stands elsewhere; still pictures have none.
        if read.take(1):
            raise UnsafeError("an unusual AVIF")
        delayed = read.take(1)
        for _ in range(read.take(5) + 1):
            read.take(12)
            if read.take(5) > 7:
                read.take(1)
            if delayed and read.take(1):
                read.take(4)
    bits = read.take(4) + 1, read.take(4) + 1
    return read.take(bits[0]) + 1, read.take(bits[1]) + 1
