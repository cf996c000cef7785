import io

import pytest
from PIL import ExifTags, Image

from tests.platforms import odd


def test_page_and_drawing_are_no_pictures():
    assert odd.file("html", 640, 480).startswith(b"<!doctype html>")
    assert odd.file("svg", 640, 480).startswith(b"<svg ")


def test_bomb_is_small_and_pillow_will_not_open_it():
    file = odd.file("bomb", 640, 480)

    assert len(file) < 120_000
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(file))


def test_animated_picture_moves():
    picture = Image.open(io.BytesIO(odd.file("animated", 64, 48)))

    assert (picture.format, picture.size) == ("GIF", (64, 48))
    assert getattr(picture, "n_frames", 1) == odd.FRAMES


def test_picture_with_gps_tells_where_it_was_taken():
    picture = Image.open(io.BytesIO(odd.file("gps", 64, 48)))

    place = picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    assert place[ExifTags.GPS.GPSLatitude] == odd.PLACE[0]
    assert place[ExifTags.GPS.GPSLongitude] == odd.PLACE[1]
