"""Copies of pictures: their sizes and colours, which way is up, and what does not survive."""

import hashlib
import io
import struct
import zlib
from typing import Any

import numpy as np
import pyexiv2  # type: ignore[import-untyped]  # it has none
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from collectors.pictures import AVATAR_WIDTHS, PictureError, Rendering, hardness, render
from store import looks
from tests.collectors.bombs import chunk
from tests.platforms.art import draw

SECRET = "Zineb, 12 rue des Orangers"


def art(width: int = 640, height: int = 480) -> Image.Image:
    return Image.open(io.BytesIO(draw("ferry", width, height))).convert("RGB")


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    body = io.BytesIO()
    image.save(body, form, **options)
    return body.getvalue()


def opened(rendering: Rendering, form: str) -> Image.Image:
    """Return the largest copy of a form."""
    return Image.open(io.BytesIO([f for f in rendering.files if f.form == form][-1].body))


def apart(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures of one size, of 255."""
    left, right = (np.asarray(image.convert("RGB"), dtype=float) for image in (one, other))
    return float(np.abs(left - right).mean())


def pixel(image: Image.Image, x: int, y: int) -> list[int]:
    return [int(value) for value in np.asarray(image)[y, x]]


def exif_of(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET
    exif.get_ifd(0x8825).update({1: "N", 2: (33.0, 34.0, 12.0), 3: "W", 4: (7.0, 36.0, 1.0)})
    return exif


def test_picture_is_written_in_each_width_in_both_forms():
    body = saved(art(1000, 750), "JPEG")

    done = render(body)

    sizes = [(320, 240), (480, 360), (640, 480), (960, 720)]
    assert [(f.width, f.form) for f in done.files] == [
        (width, form) for width, _ in sizes for form in ("webp", "jpg")
    ]
    shapes = [Image.open(io.BytesIO(f.body)) for f in done.files]
    assert [(s.size, s.format) for s in shapes] == [
        (size, form) for size in sizes for form in ("WEBP", "JPEG")
    ]
    assert (done.width, done.height, done.animated) == (1000, 750, False)
    assert done.digest == hashlib.sha256(body).hexdigest()


def test_what_is_known_of_a_picture_is_that_of_its_drawing():
    done = render(saved(art(), "PNG"))

    assert looks.distance(done.hashes, looks.hashes(art())) <= 8
    assert done.flatness == pytest.approx(looks.flatness(art()), abs=0.1)
    assert done.hardness == pytest.approx(looks.hardness(art()), abs=0.1)
    assert render(saved(Image.new("RGB", (400, 300), "#c1272d"), "PNG")).colour == "#c1272d"


def test_hardness_is_asked_of_copies_as_of_the_picture_itself():
    done = render(saved(art(), "PNG"))
    copies = iter([file.body for file in done.files if file.form == "jpg"])

    assert hardness(copies) == pytest.approx(done.hardness, abs=0.05)
    assert [Image.open(io.BytesIO(body)).width for body in copies] == [640]


@pytest.mark.parametrize("copies", [[], [b"no picture"]])
def test_hardness_is_not_told_without_a_copy(copies):
    with pytest.raises(PictureError):
        hardness(copies)


@pytest.mark.parametrize(
    ("width", "widths", "expected"),
    [
        (100, (320, 480), [100]),
        (400, (320, 480), [320]),
        (480, (320, 480), [320, 480]),
        (200, AVATAR_WIDTHS, [48, 96, 144]),
    ],
)
def test_nothing_is_enlarged(width, widths, expected):
    done = render(saved(art(width, width), "PNG"), widths=widths)

    assert [f.width for f in done.files if f.form == "webp"] == expected


def test_line_of_pixels_keeps_a_pixel_of_height():
    done = render(saved(Image.new("RGB", (5000, 2), "red"), "PNG"))

    assert opened(done, "jpg").size == (960, 1)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (1, None),
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (4, Image.Transpose.FLIP_TOP_BOTTOM),
        (5, Image.Transpose.TRANSPOSE),
        (6, Image.Transpose.ROTATE_90),
        (7, Image.Transpose.TRANSVERSE),
        (8, Image.Transpose.ROTATE_270),
    ],
)
def test_every_orientation_ends_upright(form, orientation, stored):
    upright = art(320, 240)
    turned = upright if stored is None else upright.transpose(stored)

    done = render(saved(turned, form, exif=exif_of(orientation)))

    assert (done.width, done.height) == (320, 240)
    assert apart(opened(done, "webp"), upright) < 6


@pytest.mark.parametrize(
    "exif", [b"", b"II*\0", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff"]
)
def test_broken_exif_turns_nothing(exif):
    done = render(saved(art(320, 240), "JPEG", exif=b"Exif\0\0" + exif))

    assert (done.width, done.height) == (320, 240)


XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>{SECRET}</a></x:xmpmeta>'.encode()


def full_of_metadata(form: str) -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options: dict[str, Any] = {"exif": exif_of(1), "icc_profile": profile}
    if form == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Author", SECRET)
        texts.add_text("Comment", SECRET, zip=True)
        texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options["pnginfo"] = texts
    elif form == "GIF":
        options = {"comment": SECRET}
    else:
        options["xmp"] = XMP
    if form == "JPEG":
        options["comment"] = SECRET
    return saved(art(320, 240), form, **options)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_no_metadata_survives(form):
    original = full_of_metadata(form)
    assert form in ("PNG", "AVIF") or SECRET.encode() in original

    done = render(original)

    for file in done.files:
        with pyexiv2.ImageData(file.body) as image:
            assert not image.read_exif()
            assert not image.read_xmp()
            assert not image.read_iptc()
            assert not image.read_icc()
            assert not image.read_comment()
        marks = (b"Orangers", b"Exif", b"EXIF", b"XMP ", b"ICCP", b"ICC_PROFILE", b"adobe", b"8BIM")
        assert [mark for mark in marks if mark in file.body] == []
        if file.form == "jpg":
            assert markers(file.body) <= {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}


def markers(jpeg: bytes) -> set[int]:
    """Return the markers before the pixels."""
    found, position = set(), 2
    while jpeg[position + 1] != 0xDA:
        found.add(jpeg[position + 1])
        position += 2 + int.from_bytes(jpeg[position + 2 : position + 4])
    return found


def test_transparency_stays_in_webp_and_is_white_in_jpeg():
    image = art(320, 240).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 160, 240))

    done = render(saved(image, "PNG"))

    webp, jpeg = opened(done, "webp"), opened(done, "jpg")
    assert [webp.getchannel("A").getpixel((x, 120)) for x in (40, 280)] == [0, 255]
    assert min(pixel(jpeg, 40, 120)) > 250


def test_alpha_that_hides_nothing_is_left_out():
    done = render(saved(art(320, 240).convert("RGBA"), "PNG"))

    assert opened(done, "webp").mode == "RGB"


def png_of_16_bits(kind: int, *values: int) -> bytes:
    row = b"\0" + struct.pack(f">{len(values)}H", *values) * 320
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 320, 240, 16, kind, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(row * 240))
    return b"\x89PNG\r\n\x1a\n" + header + data + chunk(b"IEND", b"")


RED = Image.new("RGB", (320, 240), (200, 30, 40))


KINDS = {
    "cmyk": (saved(RED.convert("CMYK"), "JPEG"), [200, 30, 40]),
    "grey": (saved(RED.convert("L"), "JPEG"), [82, 82, 82]),
    "palette": (saved(RED.convert("P", palette=Image.Palette.ADAPTIVE), "PNG"), [200, 30, 40]),
    "gif": (saved(RED.convert("P", palette=Image.Palette.ADAPTIVE), "GIF"), [200, 30, 40]),
    "grey+alpha": (saved(RED.convert("LA"), "PNG"), [82, 82, 82]),
    "1-bit": (saved(Image.new("1", (320, 240), 1), "PNG"), [255, 255, 255]),
    "16-bit-grey": (png_of_16_bits(0, 0x5252), [82, 82, 82]),
    "16-bit-colour": (png_of_16_bits(2, 0xC8C8, 0x1E1E, 0x2828), [200, 30, 40]),
    "16-bit-grey+alpha": (png_of_16_bits(4, 0x5252, 0xFFFF), [82, 82, 82]),
    "16-bit+alpha": (png_of_16_bits(6, 0xC8C8, 0x1E1E, 0x2828, 0), [255, 255, 255]),
    "clear-grey": (saved(RED.convert("L"), "PNG", transparency=82), [255, 255, 255]),
    "clear-colour": (saved(RED, "PNG", transparency=(200, 30, 40)), [255, 255, 255]),
    "clear-palette": (saved(RED.quantize(4), "PNG", transparency=bytes(4)), [255, 255, 255]),
    "progressive": (saved(RED, "JPEG", progressive=True, subsampling=0), [200, 30, 40]),
}


@pytest.mark.parametrize(("body", "expected"), KINDS.values(), ids=KINDS)
def test_every_kind_of_pixels_keeps_its_colour(body, expected):
    done = render(body)

    assert pixel(opened(done, "jpg"), 100, 100) == pytest.approx(expected, abs=6)


def test_colours_are_converted_from_the_profile_of_the_picture():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # A profile in which red is blue: swap the names of two colours, and it is no sRGB any more.
    swapped = profile.replace(b"rXYZ", b"!XYZ").replace(b"bXYZ", b"rXYZ").replace(b"!XYZ", b"bXYZ")
    swapped = swapped.replace("sRGB".encode("utf-16-be"), "xBGR".encode("utf-16-be"))
    body = saved(Image.new("RGB", (320, 240), (220, 0, 0)), "PNG", icc_profile=swapped)

    red, _, blue = pixel(opened(render(body), "webp"), 100, 100)

    assert blue > 200
    assert red < 60


@pytest.mark.parametrize("profile", [b"no profile", bytes(2000)])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_broken_profile_is_ignored(profile, form):
    done = render(saved(RED, form, icc_profile=profile))

    assert pixel(opened(done, "jpg"), 100, 100) == pytest.approx([200, 30, 40], abs=6)


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "AVIF"])
def test_animation_becomes_its_first_frame(form):
    others = [Image.new("RGB", RED.size, "blue"), Image.new("RGB", RED.size, "white")]

    done = render(saved(RED, form, save_all=True, append_images=others, duration=100))

    assert done.animated
    assert pixel(opened(done, "jpg"), 100, 100) == pytest.approx([200, 30, 40], abs=6)


def test_animation_of_one_frame_is_a_picture():
    assert not render(saved(RED, "GIF", save_all=True)).animated


def test_large_photo_is_as_sharp_as_without_the_quick_decoder():
    large = art(3000, 2250)

    done = render(saved(large, "JPEG", quality=95))

    plain = large.resize((960, 720), Image.Resampling.LANCZOS)
    assert apart(opened(done, "webp"), plain) < 4


def test_copies_do_not_depend_on_the_process():
    body = saved(art(), "JPEG")

    assert render(body) == render(body)


def test_reason_names_nobody():
    with pytest.raises(PictureError) as caught:
        render(full_of_metadata("JPEG")[:-400])

    assert str(caught.value) == "damaged"
