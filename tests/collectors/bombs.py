"""Pictures that are made to hurt whoever opens them: small files that ask for time or memory."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def chunk(name: bytes, content: bytes) -> bytes:
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png(
    width: int, height: int, *, kind: int = 2, before: bytes = b"", broken: bool = False
) -> bytes:
    """Return a PNG of one colour; a broken one ends well, but has wrong data near its end."""
    channels = {0: 1, 2: 3, 3: 1, 6: 4}[kind]
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + width * channels)
    parts = [packer.compress(row) for _ in range(height - 1)]
    parts.append(packer.compress(b"\x09" * len(row) if broken else row))
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    data = b"".join([*parts, packer.flush()])
    return b"".join([
        b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), before,
        chunk(b"IDAT", data), chunk(b"IEND", b""),
    ])  # fmt: skip


def zeros(megabytes: int) -> bytes:
    """Return so much nothing, compressed."""
    packer = zlib.compressobj(9)
    return b"".join([packer.compress(bytes(1 << 20)) for _ in range(megabytes)]) + packer.flush()


def png_that_claims(width: int, height: int) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zeros(1)) + chunk(b"IEND", b"")


def png_of_hidden_megabytes() -> bytes:
    data = chunk(b"IDAT", zeros(200))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + data + chunk(b"IEND", b"")


def png_of_many_chunks() -> bytes:
    return png(8, 8, before=chunk(b"teXt", b"") * 800_000)


def gif(width: int, height: int, *, frame: tuple[int, int] = (4, 4), frames: int = 1) -> bytes:
    body = bytearray(made("GIF", 4, 4))
    start = body.index(b"\x2c")
    body[6:10] = struct.pack("<HH", width, height)
    body[start + 5 : start + 9] = struct.pack("<HH", *frame)
    return bytes(body[:start] + body[start:-1] * frames + b";")


def gif_of_tiny_blocks() -> bytes:
    whole = gif(4, 4)
    start = whole.index(b"\x2c")
    return whole[:start] + b"\x21\xfe" + b"\x01x" * 5_000_000 + b"\0" + whole[start:]


def made(form: str, width: int, height: int, **options: object) -> bytes:
    body = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 40)).save(body, form, **options)
    return body.getvalue()


def jpeg_that_claims(width: int, height: int) -> bytes:
    body = bytearray(made("JPEG", 16, 16))
    start = body.index(b"\xff\xc0") + 5
    body[start : start + 4] = struct.pack(">HH", height, width)
    return bytes(body)


def jpeg_of_no_components() -> bytes:
    body = bytearray(made("JPEG", 16, 16, progressive=True))
    body[body.index(b"\xff\xc2") + 9] = 0
    return bytes(body)


def jpeg_of_scans(side: int, scans: int) -> bytes:
    body = made("JPEG", side, side, progressive=True)
    last = body.rindex(b"\xff\xda")
    return body[:last] + body[last:-2] * scans + b"\xff\xd9"


def jpeg_of_exif() -> bytes:
    segment = b"\xff\xe1\xff\xff" + b"Exif\0\0" + bytes(65_527)
    body = made("JPEG", 16, 16)
    return body[:2] + segment * 300 + body[2:]


def jpeg_of_junk(byte: bytes) -> bytes:
    body = made("JPEG", 16, 16)
    start = body.index(b"\xff\xdb")
    return body[:start] + byte * 10_000_000 + body[start:]


def webp_that_claims(width: int, height: int) -> bytes:
    body = bytearray(made("WEBP", 16, 16))
    body[26:30] = struct.pack("<HH", width, height)
    return bytes(body)


def webp_animation_that_claims(width: int, height: int) -> bytes:
    body = bytearray(webp_of_frames(2))
    body[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(body)


def webp_of_frames(frames: int) -> bytes:
    body = io.BytesIO()
    pictures = [Image.new("RGB", (16, 16), (shade, 0, 0)) for shade in (0, 90)]
    pictures[0].save(body, "WEBP", save_all=True, append_images=pictures[1:])
    whole = body.getvalue()
    first = whole.index(b"ANMF")
    length = 8 + int.from_bytes(whole[first + 4 : first + 8], "little")
    content = whole[8:first] + whole[first : first + length] * frames
    return b"RIFF" + struct.pack("<I", len(content)) + content


def avif_that_hides(width: int, height: int) -> bytes:
    """Return an AVIF whose boxes claim 100 x 100 pixels, and whose data has so many."""
    body = bytearray(made("AVIF", width, height, speed=10))
    start = body.index(b"ispe") + 8
    body[start : start + 8] = struct.pack(">II", 100, 100)
    return bytes(body)


def avif_that_claims(width: int, height: int) -> bytes:
    body = bytearray(made("AVIF", 64, 64))
    start = body.index(b"ispe") + 8
    body[start : start + 8] = struct.pack(">II", width, height)
    return bytes(body)


def avif_of_samples(count: int) -> bytes:
    """Return an AVIF whose film is said to have so many frames of one byte."""
    body = io.BytesIO()
    pictures = [Image.new("RGB", (64, 64), (shade, 0, 0)) for shade in (0, 90, 180)]
    pictures[0].save(body, "AVIF", save_all=True, append_images=pictures[1:])
    whole = bytearray(body.getvalue())
    start = whole.index(b"stsz") + 8
    whole[start : start + 8] = struct.pack(">II", 1, count)
    return bytes(whole) + bytes(count)


def noise(form: str, width: int, height: int, **options: object) -> bytes:
    small = np.random.default_rng(1).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    body = io.BytesIO()
    large = Image.fromarray(small).resize((width, height), Image.Resampling.NEAREST)
    large.save(body, form, **options)
    return body.getvalue()


def webp_cut_short(width: int, height: int, **options: object) -> bytes:
    """Return a WebP without its last tenth, with sizes that say that nothing is missing."""
    whole = noise("WEBP", width, height, method=0, **options)
    kept = (len(whole) * 9 // 10 - 20) & ~1
    sizes = struct.pack("<I", kept + 12), struct.pack("<I", kept)
    return b"RIFF" + sizes[0] + whole[8:16] + sizes[1] + whole[20 : 20 + kept]


def jpeg_with_a_bad_scan(side: int) -> bytes:
    """Return a progressive JPEG of which only the last scan is not allowed."""
    whole = bytearray(noise("JPEG", side, side, progressive=True))
    start = whole.rindex(b"\xff\xda")
    whole[start + 4 + 1 + 2 * whole[start + 4]] = 99
    return bytes(whole)


def large_bombs() -> dict[str, bytes]:
    """Return pictures that are as large as is allowed, and found to be damaged late."""
    return {
        "png": png(6_000, 4_000, broken=True),
        "webp": webp_cut_short(4_000, 3_000),
        "lossless webp": webp_cut_short(4_000, 3_000, lossless=True),
        "progressive jpeg": jpeg_with_a_bad_scan(5_600),
    }


def bombs() -> dict[str, bytes]:
    """Return files that are refused, or hurt nobody, by what their headers say."""
    text = chunk(b"zTXt", b"a\0\0" + zeros(1)) * 100
    return {
        "png of 8,000 x 8,000": png(8_000, 8_000, kind=0),
        "png that claims 2^31": png_that_claims(1 << 31, 1 << 31),
        "png of 32,000 x 1,000": png(32_000, 1_000, kind=0),
        "png of 30 megapixels": png(6_000, 5_000, kind=0),
        "png with 200 MB in a text": png(8, 8, before=chunk(b"zTXt", b"a\0\0" + zeros(200))),
        "png with 100 texts": png(8, 8, before=text),
        "png with 200 MB of profile": png(8, 8, before=chunk(b"iCCP", b"a\0\0" + zeros(200))),
        "png with 200 MB behind its pixels": png_of_hidden_megabytes(),
        "png of 800,000 chunks": png_of_many_chunks(),
        "gif canvas of 65,535 x 65,535": gif(65_535, 65_535),
        "gif frame of 65,535 x 65,535": gif(4, 4, frame=(65_535, 65_535)),
        "gif of 200,000 frames": gif(500, 500, frames=200_000),
        "gif of tiny blocks": gif_of_tiny_blocks(),
        "webp of 16,383 x 16,383": webp_that_claims(16_383, 16_383),
        "webp canvas of 2^24": webp_animation_that_claims(1 << 24, 1 << 24),
        "webp of 10,000 frames": webp_of_frames(10_000),
        "avif that claims 65,535 x 65,535": avif_that_claims(65_535, 65_535),
        "avif that hides 5,000 x 5,000": avif_that_hides(5_000, 5_000),
        "avif of 2,500,000 frames": avif_of_samples(2_500_000),
        "jpeg that claims 65,500 x 65,500": jpeg_that_claims(65_500, 65_500),
        "jpeg of 5,000 scans": jpeg_of_scans(500, 5_000),
        "jpeg of 90 scans of 16 megapixels": jpeg_of_scans(4_000, 90),
        "progressive jpeg of 36 megapixels": made("JPEG", 6_000, 6_000, progressive=True),
        "jpeg of 20 MB of metadata": jpeg_of_exif(),
        "jpeg of 10 MB of nothing": jpeg_of_junk(b"\0"),
        "jpeg of 10 MB of padding": jpeg_of_junk(b"\xff"),
    }
