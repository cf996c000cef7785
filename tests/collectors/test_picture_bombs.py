"""Bytes that are no pictures, broken ones, and those that are made to keep us busy."""

import functools
import io
import json
import pickle
import struct
import subprocess
import sys
import time
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from collectors.pictures import PictureError, render
from tests.collectors import bombs

SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"

HONEST = "a photograph of 12 megapixels"

MEASURE = """
import json, pickle, resource, sys, time
from collectors.pictures import PictureError, render
from tests.collectors import bombs

for form in ("JPEG", "AVIF", "PNG"):
    render(bombs.made(form, 64, 64))
bodies = pickle.load(sys.stdin.buffer)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, found = peak(), {}
for name, body in bodies.items():
    started = time.process_time()
    try:
        render(body)
        reason = ""
    except PictureError as error:
        reason = str(error)
    found[name] = (reason, time.process_time() - started, peak() - before)
print(json.dumps(found))
"""


def measured(bodies: dict[str, bytes]) -> dict[str, tuple[str, float, float]]:
    """Return why each was refused ("": it was not), CPU seconds, and MB so far beyond the start."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        input=pickle.dumps(bodies),
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    return {name: tuple(figures) for name, figures in json.loads(done.stdout).items()}


def a_zip() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("a.png", bombs.png(8, 8))
    return body.getvalue()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no picture"),
        (b"\xff", "no picture"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "no picture"),
        (SVG, "an SVG"),
        (PNG_MAGIC + SVG, "damaged"),
        (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "no picture"),
        (b"GIF89a/*\0\0\0*/=alert(1);//", "damaged"),
        (b"GIF89a", "damaged"),
        (b"\xff\xd8\xff\xe0*/=alert(1)/*", "damaged"),
        (bombs.jpeg_of_no_components(), "damaged"),
        (b"RIFF\x20\0\0\0WEBP<script>alert(1)</script>", "damaged"),
        (b"\0\0\0\x20ftypavif<script>alert(1)</script>", "damaged"),
        (b"\0\0\0\x20ftypisom" + bytes(100), "no picture"),
        (a_zip(), "no picture"),
        (bombs.made("BMP", 8, 8), "no picture"),
        (bombs.made("TIFF", 8, 8), "no picture"),
        (bombs.made("PPM", 8, 8), "no picture"),
        (bombs.made("ICO", 16, 16), "no picture"),
        (bombs.made("JPEG2000", 16, 16), "no picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture"),
        (b"\n" + bombs.png(8, 8), "no picture"),
    ],
)  # fmt: skip
def test_other_files_are_refused_whatever_they_claim_to_be(body, reason):
    with pytest.raises(PictureError) as caught:
        render(body)

    assert str(caught.value) == reason


def test_what_is_hidden_behind_or_inside_a_picture_does_not_survive():
    hidden = b"<script>alert(1)</script>"
    png = bombs.png(8, 8, before=bombs.chunk(b"tEXt", b"a\0" + hidden)) + hidden

    for body in (png, bombs.made("JPEG", 8, 8) + hidden, bombs.made("GIF", 8, 8) + hidden):
        assert all(b"script" not in file.body for file in render(body).files)


@functools.cache
def of_bombs() -> dict[str, tuple[str, float, float]]:
    # The honest one comes last: of the memory it takes nothing must be left to the others.
    return measured({**bombs.bombs(), HONEST: bombs.noise("JPEG", 4_000, 3_000)})


def test_bombs_cost_less_time_than_the_photograph_of_a_phone():
    # Measured beside them: how quick this machine is just now is not asked.
    took = {name: took for name, (_, took, _) in of_bombs().items()}
    honest = took.pop(HONEST)

    assert {name: one / honest for name, one in took.items() if one > honest} == {}


def test_bombs_cost_no_memory():
    assert max(grown for name, (_, _, grown) in of_bombs().items() if name != HONEST) < 100


def test_bombs_are_refused_unless_harmless():
    harmless = {name for name, (reason, _, _) in of_bombs().items() if not reason} - {HONEST}

    assert harmless == {
        "png with 200 MB in a text",
        "png with 100 texts",
        "png with 200 MB of profile",
        "png with 200 MB behind its pixels",
        "gif of 200,000 frames",
        "webp of 10,000 frames",
        "avif of 2,500,000 frames",
        "jpeg of 20 MB of metadata",
        "jpeg of 10 MB of nothing",
        "jpeg of 10 MB of padding",
    }


def test_large_pictures_that_prove_damaged_late_cost_less_than_100_mb():
    found = measured(bombs.large_bombs())

    assert {reason for reason, _, _ in found.values()} == {"damaged"}
    assert max(grown for _, _, grown in found.values()) < 100


def test_most_that_is_allowed_is_allowed():
    done = render(bombs.made("JPEG", 8_000, 5_000, quality=30))

    assert (done.width, done.height) == (8_000, 5_000)


FORMS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")


@functools.cache
def a_picture(form: str) -> bytes:
    body = io.BytesIO()
    noise = Image.effect_noise((48, 40), 60).convert("RGB")
    noise.save(body, form, save_all=form != "JPEG", append_images=[noise.rotate(90)])
    return body.getvalue()


def renders_or_refuses(body: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return bool(render(body, widths=(16,)))
        except PictureError:
            return False


@given(st.binary(max_size=300), st.sampled_from([b"", *(a_picture(f)[:24] for f in FORMS)]))
def test_random_bytes_are_refused(tail, head):
    assert not renders_or_refuses(head + tail)


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(share=st.floats(0, 1))
@example(share=0.99)
def test_cut_picture_is_rendered_or_refused(form, share):
    body = a_picture(form)

    renders_or_refuses(body[: int(len(body) * share)])


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6),
    early=st.booleans(),
)
def test_changed_picture_is_rendered_or_refused(form, changes, early):
    body = bytearray(a_picture(form))
    for share, byte in changes:
        # Most that can go wrong stands at the beginning.
        body[int((min(400, len(body)) if early else len(body)) * share) - 1] = byte

    renders_or_refuses(bytes(body))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated_picture_is_damaged(form, share):
    body = bombs.noise(form, 320, 240)

    with pytest.raises(PictureError, match=r"^damaged$"):
        render(body[: int(len(body) * share)])


def test_parts_of_an_avif_that_overlap_are_refused_before_they_are_copied():
    def box(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(content), name) + content

    entry = box(b"infe", struct.pack(">B3xHH4s", 2, 1, 0, b"av01") + b"\0")
    names = box(b"iinf", struct.pack(">B3xH", 0, 1) + entry)
    # Three hundred parts, each of them the whole file.
    places = struct.pack(">HHH", 1, 0, 300) + struct.pack(">II", 1, 0) * 300
    where = box(b"iloc", struct.pack(">B3xBBH", 0, 0x44, 0, 1) + places)
    meta = box(b"meta", bytes(4) + names + where)
    body = box(b"ftyp", b"avif\0\0\0\0avifmif1") + meta + box(b"mdat", bytes(1_000_000))

    started = time.perf_counter()
    with pytest.raises(PictureError, match="in too many parts"):
        render(body)
    assert time.perf_counter() - started < 0.2
