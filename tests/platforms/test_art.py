import io

import pytest
from PIL import Image

from tests.platforms import art
from tests.platforms.sheet import HEIGHT, WIDTH, Sheet, trace


def _open(name: str, *size: int) -> Image.Image:
    return _read(art.draw(name, *size))


def _read(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def _pixel(picture: Image.Image, x: int, y: int) -> tuple[int, ...]:
    return tuple(picture.crop((x, y, x + 1, y + 1)).tobytes())


def test_there_are_twelve_pictures_with_names_fit_for_an_address():
    assert len(set(art.NAMES)) == 12
    assert all(name.isascii() and name.replace("_", "").isalpha() for name in art.NAMES)


@pytest.mark.parametrize("name", art.NAMES)
def test_picture_has_the_size_asked_for_and_many_colours(name):
    picture = _open(name, 320, 240)

    assert picture.size == (320, 240)
    assert len(set(zip(*[iter(picture.tobytes())] * 3, strict=True))) > 100


def test_no_two_pictures_are_alike():
    assert len({art.draw(name) for name in art.NAMES}) == len(art.NAMES)


def test_drawing_twice_gives_the_same_bytes():
    first = art.draw("olive_tree", 200, 150)
    art.draw.cache_clear()

    assert art.draw("olive_tree", 200, 150) == first


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (200, 200)])
def test_scene_covers_shapes_other_than_its_own(size):
    picture = _open("tea", *size)

    corners = [(0, 0), (size[0] - 1, 0), (0, size[1] - 1), (size[0] - 1, size[1] - 1)]
    assert picture.size == size
    assert all(min(_pixel(picture, *corner)) > 150 for corner in corners)


def test_middle_of_a_picture_stays_its_middle_when_the_sides_are_cut_off():
    wide, square = _open("door", 640, 480), _open("door", 480, 480)

    difference = zip(_pixel(wide, 320, 240), _pixel(square, 240, 240), strict=True)
    assert all(abs(a - b) < 12 for a, b in difference)


def test_unknown_name_is_refused():
    with pytest.raises(ValueError):
        art.draw("camel")


def test_path_is_followed_in_absolute_and_relative_steps():
    assert trace("M10 10 h5 v-5 l-5 5 H0 V0 Z") == [
        (10, 10),
        (15, 10),
        (15, 5),
        (10, 10),
        (0, 10),
        (0, 0),
    ]


def test_curve_ends_where_its_path_says():
    assert trace("M0 0 Q5 10 10 0 c1 1 2 1 4 2")[-1] == (14, 2)


def test_mirrored_part_lands_on_the_other_side():
    sheet = Sheet(WIDTH, HEIGHT)
    sheet.fade("#ffffff", "#ffffff")

    sheet.at(WIDTH, 0, flip=True).box(0, 0, 100, HEIGHT, "#ff0000")

    picture = _read(sheet.png())
    assert _pixel(picture, 50, 240) == (255, 255, 255)
    assert _pixel(picture, WIDTH - 50, 240) == (255, 0, 0)
