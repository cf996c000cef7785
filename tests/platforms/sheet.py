"""A sheet to draw flat pictures on: paths, boxes, discs, stars and arches, with smooth edges."""

import copy
import io
import itertools
import math
import re
from collections.abc import Iterable

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 640, 480
"""Units of a sheet; pictures of another shape are cut from its middle."""
FINE = 2
"""Pixels drawn for each that is kept, so that slanted edges come out smooth."""
_QUICK: dict[str, dict[str, int]] = {
    "PNG": {"compress_level": 1},
    "JPEG": {"quality": 85},
    "WEBP": {"quality": 80, "method": 0},
    "GIF": {},
}
"""How to write each form: what matters to tests is the time, not the last kilobyte."""

Point = tuple[float, float]
_COMMAND = re.compile(r"([MLHVQCZ])([^MLHVQCZ]*)", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d*\.?\d+")
_NUMBERS = {"M": 2, "L": 2, "H": 1, "V": 1, "Q": 4, "C": 6, "Z": 1}


def _bend(controls: list[Point], t: float) -> Point:
    """Return the point at `t` (0 to 1) of a Bézier curve, by de Casteljau's construction."""
    while len(controls) > 1:
        controls = [
            (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t)
            for a, b in itertools.pairwise(controls)
        ]
    return controls[0]


def trace(path: str) -> list[Point]:
    """Return points along one SVG path of the commands M L H V Q C Z, absolute or relative."""
    points: list[Point] = []
    x, y = 0.0, 0.0
    for command, rest in _COMMAND.findall(path):
        numbers = [float(number) for number in _NUMBER.findall(rest)]
        step = _NUMBERS[command.upper()]
        for start in range(0, len(numbers), step):
            args = numbers[start : start + step]
            dx, dy = (x, y) if command.islower() else (0.0, 0.0)
            if command in "Hh":
                ends = [(args[0] + dx, y)]
            elif command in "Vv":
                ends = [(x, args[0] + dy)]
            else:
                ends = [(a + dx, b + dy) for a, b in zip(args[::2], args[1::2], strict=True)]
            pieces = 1 if len(ends) == 1 else 24
            points += [_bend([(x, y), *ends], i / pieces) for i in range(1, pieces + 1)]
            x, y = points[-1]
    return points


class Sheet:
    """A picture being drawn, in units of WIDTH by HEIGHT; colours are #rrggbb or #rrggbbaa."""

    def __init__(self, width: int, height: int) -> None:
        """Cover `width` by `height` pixels: what stands out on two sides is cut off in the end."""
        self._size = (width, height)
        self._across = self._down = FINE * max(width / WIDTH, height / HEIGHT)
        self._left = (width * FINE - WIDTH * self._across) / 2
        self._top = (height * FINE - HEIGHT * self._down) / 2
        self._image = Image.new("RGB", (width * FINE, height * FINE))
        self._pen = ImageDraw.Draw(self._image, "RGBA")

    def at(self, x: float, y: float, size: float = 1, *, flip: bool = False) -> "Sheet":
        """Return the same sheet with its origin there, enlarged, and mirrored if asked."""
        other = copy.copy(self)
        [(other._left, other._top)] = self._place([(x, y)])
        other._across, other._down = self._across * (-size if flip else size), self._down * size
        return other

    def _place(self, points: Iterable[Point]) -> list[Point]:
        return [(self._left + x * self._across, self._top + y * self._down) for x, y in points]

    def _frame(self, x: float, y: float, w: float, h: float) -> list[float]:
        (left, top), (right, bottom) = self._place([(x, y), (x + w, y + h)])
        return [min(left, right), top, max(left, right), bottom]

    def fade(self, top: str, bottom: str, *, start: float = 0, end: float = HEIGHT) -> None:
        """Fill a band over the whole width, from one colour down to another."""
        frame = [round(value) for value in self._frame(0, start, WIDTH, end - start)]
        size = (frame[2] - frame[0], frame[3] - frame[1])
        mask = Image.linear_gradient("L").resize(size)
        band = Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask)
        self._image.paste(band, (frame[0], frame[1]))

    def shape(self, points: Iterable[Point], colour: str) -> None:
        """Fill a polygon."""
        self._pen.polygon(self._place(points), fill=colour)

    def fill(self, path: str, colour: str) -> None:
        """Fill an SVG path."""
        self.shape(trace(path), colour)

    def line(self, points: Iterable[Point], colour: str, width: float = 3) -> None:
        """Draw a line with round ends."""
        spots, thick = self._place(points), width * self._down
        self._pen.line(spots, fill=colour, width=round(thick), joint="curve")
        # Where the line is translucent, its round ends would show as darker discs.
        for spot in (spots[0], spots[-1]) if len(colour) == len("#rrggbb") else ():
            self._pen.circle(spot, thick / 2, fill=colour)

    def stroke(self, path: str, colour: str, width: float = 3) -> None:
        """Draw along an SVG path."""
        self.line(trace(path), colour, width)

    def disc(self, x: float, y: float, radius: float, colour: str, *, tall: float = 1) -> None:
        """Fill a circle, or an ellipse `tall` times as high as wide."""
        up = radius * tall
        self._pen.ellipse(self._frame(x - radius, y - up, radius * 2, up * 2), fill=colour)

    def box(self, x: float, y: float, w: float, h: float, colour: str, *, bend: float = 0) -> None:
        """Fill a rectangle with corners of radius `bend`."""
        self._pen.rounded_rectangle(self._frame(x, y, w, h), bend * self._down, fill=colour)

    def star(self, x: float, y: float, radius: float, colour: str, *, width: float = 0) -> None:
        """Draw the eight-pointed star of zellige: filled, or its outline where `width` is given."""
        points = []
        for i in range(17):
            turn, reach = math.radians(22.5 * (i + 1)), radius * (0.765 if i % 2 else 1)
            points.append((x + reach * math.cos(turn), y + reach * math.sin(turn)))
        if width:
            self.line(points, colour, width)
        else:
            self.shape(points, colour)

    def arch(self, x: float, top: float, half: float, foot: float, colour: str) -> None:
        """Fill a pointed horseshoe arch that stands on `foot`, twice `half` wide there."""
        side, end = self.at(x, top, half / 100), (foot - top) * 100 / half
        side.fill(f"M-100 {end} V150 C-116 70 -55 40 0 0 C55 40 116 70 100 150 V{end} Z", colour)

    def waves(self, top: float, gap: float) -> None:
        """Draw five lines of swell, fainter and fainter."""
        for row in range(5):
            swell = "q20 -7 40 0 q20 7 40 0 " * 10
            path = f"M{row * 23 % 80 - 80} {top + row * gap} {swell}"
            self.stroke(path, f"#ffffff{64 - row * 9:02x}")

    def hole(self, other: "Sheet", x: float, y: float, w: float, h: float, bend: float) -> None:
        """Show another sheet of the same size through a rounded opening."""
        mask = Image.new("L", self._image.size)
        frame = self._frame(x, y, w, h)
        ImageDraw.Draw(mask).rounded_rectangle(frame, bend * self._down, fill=255)
        self._image.paste(other._image, mask=mask)

    def blank(self) -> "Sheet":
        """Return an empty sheet of the same size."""
        return Sheet(*self._size)

    def file(self, form: str) -> bytes:
        """Return the picture as a file of one of Pillow's forms: PNG, JPEG, WEBP or GIF."""
        out = io.BytesIO()
        self._image.resize(self._size, Image.Resampling.LANCZOS).save(out, form, **_QUICK[form])
        return out.getvalue()

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        return self.file("PNG")
