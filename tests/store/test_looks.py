"""Perceptual hashes: copies are near, others far; and which pictures are flat."""

import io
import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from store.looks import (
    SIZE,
    bands,
    colour,
    detail,
    distance,
    flatness,
    hardness,
    hashes,
    nearest,
)
from tests.platforms.art import NAMES, draw

COPY, STRANGER = 60, 70


def art(name: str) -> Image.Image:
    return Image.open(io.BytesIO(draw(name))).convert("RGB")


def recompressed(image: Image.Image) -> Image.Image:
    body = io.BytesIO()
    image.save(body, "JPEG", quality=30)
    return Image.open(body)


def cropped(image: Image.Image) -> Image.Image:
    return ImageOps.crop(image, (image.width // 20, image.height // 20))


def bordered(image: Image.Image) -> Image.Image:
    large = Image.new("RGB", (image.width * 10 // 9, image.height * 10 // 9), "white")
    large.paste(image, (large.width // 20, large.height // 20))
    return large


def dim(image: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(ImageEnhance.Contrast(image).enhance(0.1)).enhance(0.3)


def written(image: Image.Image, text: str, colour: str = "white") -> Image.Image:
    ImageDraw.Draw(image).text((40, 120), text, colour, font_size=30)
    return image


def card(text: str) -> Image.Image:
    return written(Image.new("RGB", (400, 300), "#006233"), text)


def slope() -> Image.Image:
    across = np.linspace([20, 80, 160], [240, 190, 60], 400).astype(np.uint8)
    return Image.fromarray(np.tile(across, (300, 1, 1)))


@pytest.mark.parametrize(
    "change",
    [
        recompressed,
        lambda image: image.resize((200, 150)),
        lambda image: image.convert("L"),
        lambda image: ImageEnhance.Brightness(image).enhance(1.15),
        lambda image: ImageEnhance.Color(image).enhance(1.8),
        cropped,
        bordered,
    ],
    ids=["recompressed", "resized", "grey", "brighter", "coloured", "cropped", "bordered"],
)
@pytest.mark.parametrize("name", ["minaret", "ferry", "atlas", "spices", "ocean"])
def test_copy_is_near_its_original(name: str, change: Callable[[Image.Image], Image.Image]):
    original = art(name)

    assert distance(hashes(original), hashes(change(original))) <= COPY


def test_different_pictures_are_far_apart():
    known = [hashes(art(name)) for name in NAMES]

    nearest = min(itertools.starmap(distance, itertools.combinations(known, 2)))

    assert nearest > STRANGER


@pytest.mark.parametrize(("one", "other"), [("door", "tea"), ("ferry", "atlas")])
def test_two_dim_photos_have_more_than_their_frame_in_common_to_be_copies(one, other):
    first, second = (hashes(bordered(dim(art(name)))) for name in (one, other))
    wholes = [int.from_bytes(some[:32]) for some in (first, second)]

    assert (wholes[0] ^ wholes[1]).bit_count() <= COPY
    assert distance(first, second) > STRANGER
    assert distance(first, hashes(bordered(dim(art(one))).resize((320, 240)))) <= COPY


@pytest.mark.parametrize(
    ("change", "cut"), [(recompressed, 0.0), (cropped, 0.05), (bordered, 0.05)]
)
@pytest.mark.parametrize("name", ["minaret", "ferry", "atlas", "spices", "ocean"])
def test_how_much_is_cropped_is_told_and_some_key_is_shared(name, change, cut):
    original, copy = hashes(art(name)), hashes(change(art(name)))

    assert nearest(original, copy)[1] == nearest(copy, original)[1] == cut
    assert shares_a_key(original, copy)


def shares_a_key(one: bytes, other: bytes) -> bool:
    return not set(bands(one)[0]).isdisjoint(bands(other)[1])


@given(st.binary(min_size=SIZE, max_size=SIZE), st.binary(min_size=SIZE, max_size=SIZE))
def test_keys_are_shared_from_either_side_or_neither(one, other):
    assert shares_a_key(one, other) == shares_a_key(other, one)
    assert shares_a_key(one, other[:64] + one[:32])
    assert (len(set(bands(one)[0])), len(bands(one)[1])) == (48, 80)


def test_there_is_nothing_to_see_in_frames_gradients_and_tiles():
    slope = np.tile(np.linspace(0, 255, 320), (240, 1)).astype(np.uint8)
    rng = np.random.default_rng(1)
    dark = rng.normal(6, 3, (240, 320)).clip(0, 255).astype(np.uint8)

    empty = [Image.fromarray(slope), Image.fromarray(dark), art("zellige")]

    assert max(map(detail, empty)) < 0.8
    assert min(detail(art(name)) for name in NAMES if name != "zellige") > 0.95


@given(st.binary(min_size=SIZE, max_size=SIZE), st.binary(min_size=SIZE, max_size=SIZE))
def test_distance_is_the_same_from_either_side(one, other):
    assert distance(one, other) == distance(other, one) <= 256
    assert distance(one, one) == 0


def test_hashes_of_another_length_are_not_compared():
    with pytest.raises(ValueError, match="not of 96"):
        distance(bytes(SIZE), bytes(32))


def test_hash_is_the_sign_of_the_lowest_cosines_about_their_median():
    rng = np.random.default_rng(5)
    grey = rng.integers(0, 256, (64, 64), dtype=np.uint8)

    whole = hashes(Image.fromarray(grey))[:32]

    angles = np.pi * (2 * np.arange(64) + 1) / 128
    low = np.array([
        [
            (grey * np.cos(row * angles)[:, None] * np.cos(column * angles)).sum()
            for column in range(16)
        ]
        for row in range(16)
    ])  # fmt: skip
    assert whole == np.packbits(low > np.median(low)).tobytes()


def test_cards_are_flat_and_photos_are_not():
    rng = np.random.default_rng(2)
    rough = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))

    assert flatness(card("بلادي فقلبي Bladi f qalbi")) > 0.85
    assert flatness(rough.resize((640, 480), Image.Resampling.BICUBIC)) < 0.3


def test_writing_is_hard_on_any_smooth_ground_and_photos_are_not():
    blurred = art("family").resize((400, 300)).filter(ImageFilter.GaussianBlur(12))
    words = "بلادي فقلبي Bladi f qalbi"
    grounds = [slope(), blurred, Image.new("RGB", (400, 300), "white")]

    assert max(flatness(ground) for ground in grounds[:2]) < 0.5
    assert min(hardness(written(ground, words, "black")) for ground in grounds) > 0.37
    assert max(hardness(recompressed(one)) for one in map(art, ("tea", "family", "ocean"))) < 0.2
    assert hardness(Image.new("RGB", (1, 1))) == hardness(slope()) == 0.0


def test_dominant_colour_is_that_of_the_largest_area():
    assert colour(card("Bladi f qalbi")) == "#006233"
