"""Flat pictures drawn by the project itself: what people on the stand-in platforms post."""

import functools
import itertools
import math
import random
from collections.abc import Callable

from tests.platforms.sheet import HEIGHT, WIDTH, Sheet


def _palm(on: Sheet, colour: str) -> None:
    on.stroke("M0 0 Q-3 -22 2 -44", colour, 3.2)
    for turn in (-165, -140, -110, -70, -40, -15, 12):
        x, y = math.cos(math.radians(turn)), -44 + 16 * math.sin(math.radians(turn))
        on.stroke(f"M2 -44 Q{2 + 13 * x} {y - 5} {2 + 22 * x} {y + 8}", colour, 3)


def _roofs(on: Sheet, top: float, height: float, step: float, colour: str) -> None:
    chance = random.Random(f"{top} {step}")
    x, points = -20.0, [(-20.0, float(HEIGHT))]
    while x < WIDTH + 20:
        wide, y = chance.uniform(0.5, 1.3) * step, top - chance.uniform(0, height)
        points += [(x, y), (x + wide, y)]
        x += wide
    on.shape([*points, (x, HEIGHT)], colour)


def _minaret(on: Sheet) -> None:
    dark, stone = "#6d2a3c", "#57202f"
    on.fade("#f3c9a0", "#c25f5a")
    for radius, colour in ((122, "#fbe6c638"), (84, "#fbe6c6")):
        on.disc(424, 276, radius, colour)
    _roofs(on, 362, 44, 44, "#a84a55")
    on.box(186, 110, 62, 300, dark)
    for i in range(4):
        on.box(186 + i * 17.6, 98, 9, 16, dark)
    on.box(203, 66, 28, 48, dark)
    on.fill("M203 68 q14 -32 28 0 Z", dark)
    on.stroke("M217 58 V24", dark, 2.5)
    for y, size in ((46, 4.5), (36, 3.6), (28, 2.6)):
        on.disc(217, y, size, dark)
    for top in (142, 236):
        on.arch(217, top, 18, top + 58, "#8f3d4a")
        on.arch(217, top + 16, 9, top + 58, stone)
    _roofs(on, 410, 40, 62, stone)
    chance = random.Random(4)
    for _ in range(18):
        on.box(chance.uniform(10, 620), chance.uniform(418, 450), 5, 8, "#f2b880cc", bend=2)
    _palm(on.at(540, 452, 2.2), "#3c1524")
    _palm(on.at(592, 466, 1.6), "#3c1524")
    on.fill("M0 480 V456 Q160 438 320 456 Q480 474 640 452 V480 Z", "#3c1524")


def _pot(on: Sheet, colour: str) -> None:
    for turn in (-1.0, -0.5, 0, 0.5, 1.0):
        tip = f"{70 * math.sin(turn)} {-6 - 84 * math.cos(turn)}"
        leaf = "#3f9361" if abs(turn) == 0.5 else "#2f7d4f"
        on.fill(f"M0 -4 Q{turn * 62 - 16} -42 {tip} Q{turn * 30 + 16} -36 0 -4 Z", leaf)
    on.fill("M-32 -8 h64 l-10 62 h-44 Z", colour)
    on.box(-37, -16, 74, 15, colour, bend=4)


def _door(on: Sheet) -> None:
    on.fade("#86b8da", "#4f8fbf")
    for half, top, colour in ((142, 22, "#e8f1f6"), (128, 38, "#b7d4e6"), (112, 56, "#1f4f7c")):
        on.arch(320, top, half, 408, colour)
    on.stroke("M320 62 V408", "#173d61", 4)
    for row, side in itertools.product(range(5), (-1, 1)):
        on.star(320 + side * 56, 172 + row * 47, 16, "#d8b46a", width=2.4)
    for side, (radius, colour) in itertools.product((-1, 1), ((8, "#d8b46a"), (4, "#1f4f7c"))):
        on.disc(320 + side * 16, 300, radius, colour)
    on.fade("#b9cfdc", "#dfe9ee", start=408)
    on.box(150, 408, 340, 26, "#c9dbe5")
    on.box(110, 432, 420, 26, "#bcd2de")
    _pot(on.at(84, 408), "#c1603a")
    _pot(on.at(556, 408), "#c98a3a")


def _glass(on: Sheet) -> None:
    for lean, top in ((-24, -60), (0, -74), (24, -58)):
        on.fill(f"M0 0 Q{lean - 20} -32 {lean} {top} Q{lean + 20} -28 0 0 Z", "#2f7d4f")
        on.stroke(f"M0 -12 L{lean * 0.9} {top + 12}", "#1f5f3a", 1.6)
    on.fill("M-38 -24 h76 l-10 122 q-28 10 -56 0 Z", "#c97f2c")
    on.fill("M-38 -24 h76 l-2.5 28 h-71 Z", "#f3ead2")
    on.stroke("M-33 22 H33", "#e9c98d")
    on.stroke("M-30 56 H30", "#e9c98d")
    for x in (-21, 0, 21):
        on.star(x, 39, 8, "#f0d9a8", width=2)
    for x in (-10, 12):
        on.stroke(f"M{x} -90 q-11 -17 0 -32 q11 -15 0 -30", "#ffffffb0", 4)


def _tea(on: Sheet) -> None:
    metal, shade = "#8f9aa0", "#7b868c"
    on.fade("#ece5d6", "#dccfb4")
    for row, column in itertools.product(range(3), range(7)):
        on.star(20 + column * 100, 40 + row * 100, 38, "#d3c5a4", width=2)
    on.disc(320, 424, 262, "#b98f4e", tall=0.13)
    on.disc(320, 416, 250, "#d9b36c", tall=0.13)
    on.stroke("M166 336 Q106 330 116 268 Q126 226 182 238", shade, 13)
    on.fill("M306 326 Q356 316 372 238 L390 244 Q384 346 306 372 Z", metal)
    on.fill("M158 362 Q150 268 220 236 H278 Q346 268 340 362 Q336 408 298 412 H200 Z", metal)
    on.fill("M158 362 Q162 408 200 412 H298 Z", metal)
    on.fill("M202 240 Q249 188 296 240 Z", "#9fa9ae")
    on.disc(249, 206, 10, shade)
    for line in ("M172 300 H326", "M160 342 H338"):
        on.stroke(line, shade, 4)
    for i in range(5):
        on.star(193 + i * 28, 321, 10, "#6d777c", width=2)
    on.stroke("M196 276 Q178 318 190 368", "#ffffff60", 9)
    _glass(on.at(432, 312))
    _glass(on.at(520, 312))


def _ferry(on: Sheet) -> None:
    on.fade("#cfe6ea", "#f6efe2", end=280)
    on.disc(126, 96, 40, "#fdf4d8")
    on.fill("M0 264 L80 226 L176 250 L268 212 L384 254 L512 236 L640 258 V300 H0 Z", "#9db6b3")
    on.fade("#3d8ea3", "#1d5a72", start=278)
    on.fill("M120 288 H478 L446 340 H154 Z", "#ffffff")
    on.fill("M137 314 H462 L446 340 H154 Z", "#c1272d")
    on.fill("M152 288 V250 H416 L440 288 Z", "#f4f4f0")
    on.fill("M176 250 V218 H358 L380 250 Z", "#ffffff")
    on.box(254, 174, 48, 46, "#006233", bend=3)
    on.star(278, 197, 13, "#ffffff")
    for count, x, y in ((15, 166, 262), (10, 190, 228)):
        for i in range(count):
            on.box(x + i * 16.8, y, 9, 9, "#4a7f93", bend=2)
    on.waves(352, 27)
    for x, y, size in ((410, 96, 1.3), (478, 128, 0.9), (364, 140, 0.8)):
        on.at(x, y, size).stroke("M0 0 q9 -9 17 0 q9 -9 17 0", "#44606a", 2.6)


def _basket(on: Sheet, heap: str) -> None:
    on.fill("M-52 0 Q-12 -31 0 -78 Q12 -31 52 0 Z", heap)
    on.fill("M0 -78 Q12 -31 52 0 H6 Z", "#00000024")
    on.fill("M-62 -8 h124 l-10 45 h-104 Z", "#cdb48a")
    for x in (-43, -22, 0, 22, 43):
        on.stroke(f"M{x} 14 v15", "#b89a6c", 2.4)
    on.box(-62, -8, 124, 14, "#e1cda6", bend=4)


def _spices(on: Sheet) -> None:
    colours = ("#c1272d", "#d98a1f", "#e3b93f", "#7a8b3a", "#a4501f", "#8f2f3a")
    on.fade("#6f4a37", "#4d3023")
    for first, (y, size, count) in ((0, (250, 0.97, 5)), (2, (412, 1.24, 4))):
        for i in range(count):
            _basket(on.at(WIDTH * (i + 0.5) / count, y, size), colours[(first + i) % 6])


def _ridge(on: Sheet, foot: float, height: float, colour: str, snow: str = "") -> None:
    chance = random.Random(f"{foot} {height}")
    for i in range(-1, 9, 2):
        rise = chance.uniform(0.5, 1) * height
        peak = on.at(i * 80, foot - rise, (rise + 40) / 250)
        peak.fill("M0 0 L-150 250 V600 H150 V250 Z", colour)
        if snow:
            peak.fill("M0 0 L-49 82 L-20 68 L2 94 L26 66 L49 82 Z", snow)


def _atlas(on: Sheet) -> None:
    on.fade("#b4cfde", "#f1f0e6")
    on.disc(520, 90, 36, "#fdf6dd")
    _ridge(on, 310, 210, "#8fa6b4", "#f7faf9")
    _ridge(on.at(80, 0), 360, 140, "#6b8390")
    _ridge(on, 400, 70, "#a9765a")
    for x, wide, tall in ((372, 48, 86), (416, 110, 58), (520, 48, 102)):
        wall = on.at(x, 420 - tall)
        wall.box(0, 0, wide, tall, "#b9734f")
        for i in range(wide // 12):
            wall.box(i * 12 + 2, -7, 7, 9, "#b9734f")
        wall.box(wide / 2 - 5, 16, 10, 15, "#7c4633", bend=5)
    on.fill("M0 480 V420 Q170 392 340 414 Q490 432 640 406 V480 Z", "#7d8f5b")
    on.fill("M0 480 V456 Q220 428 640 450 V480 Z", "#5d7447")
    _palm(on.at(100, 460, 2), "#37482f")
    _palm(on.at(158, 468, 1.4), "#37482f")


def _window_seat(on: Sheet) -> None:
    view = on.blank()
    view.fade("#2f6fa8", "#86b7d6", end=230)
    view.fade("#86b7d6", "#f0c79c", start=228)
    for x, y, size in ((240, 330, 1.2), (420, 300, 1), (390, 392, 1.6), (250, 420, 1.5)):
        cloud = view.at(x, y, size)
        for dx, dy, radius, tall in ((0, 0, 52, 0.32), (-20, -13, 27, 0.6), (17, -16, 31, 0.66)):
            cloud.disc(dx, dy, radius, "#ffffffd8", tall=tall)
    view.fill("M120 400 L414 214 L430 218 L300 420 Z", "#f6f6f4")
    view.fill("M412 216 l12 -44 h16 l-8 48 Z", "#c1272d")
    on.fade("#e4e7e8", "#d3d7d9")
    on.box(148, 18, 344, 444, "#f1f3f3", bend=150)
    on.box(166, 36, 308, 408, "#c2c8cb", bend=136)
    on.hole(view, 178, 48, 284, 384, 126)


def _person(on: Sheet, coat: str, hair: str, *, scarf: bool = False) -> None:
    on.fill("M-46 0 Q-46 -92 0 -92 Q46 -92 46 0 Z", coat)
    if scarf:
        on.fill("M-33 -82 q-8 -72 33 -74 q41 2 33 74 q-33 16 -66 0 Z", hair)
    on.disc(0, -114, 22, "#c99872", tall=1.14)
    if not scarf:
        on.fill("M-24 -112 q-2 -34 24 -34 q26 0 24 34 q-8 -18 -24 -18 q-16 0 -24 18 Z", hair)


def _family(on: Sheet) -> None:
    on.fade("#f1e6d6", "#e7d2b6")
    on.arch(320, 12, 250, HEIGHT, "#d7b891")
    on.arch(320, 44, 222, HEIGHT, "#8fb3b8")
    on.disc(426, 190, 38, "#fbeccb")
    on.fill("M98 480 V384 Q210 330 320 356 Q430 382 542 380 V480 Z", "#6f9a6d")
    _person(on.at(232, 484, 1.55), "#2f5d62", "#f4efe6", scarf=True)
    _person(on.at(372, 484, 1.2), "#c1272d", "#2b1d17")
    _person(on.at(478, 490, 0.86), "#d8a23f", "#2b1d17")


def _zellige(on: Sheet) -> None:
    colours = ("#17324d", "#006233", "#17324d", "#c1272d")
    on.fade("#fbfaf7", "#f3efe4")
    for j, i in itertools.product(range(7), range(9)):
        tile = on.at(i * 80, j * 80)
        for radius, colour in ((33, colours[(i + 2 * j) % 4]), (16, "#fbfaf7"), (9, "#d8a23f")):
            tile.star(0, 0, radius, colour)
        tile.fill("M26 40 L40 26 L54 40 L40 54 Z", "#d8a23f")
        tile.fill("M34 0 L40 -6 L46 0 L40 6 Z", "#17324d")
        tile.fill("M-6 40 L0 34 L6 40 L0 46 Z", "#17324d")


def _olive_tree(on: Sheet) -> None:
    chance = random.Random(7)
    on.fade("#f7dfae", "#f3efd9")
    on.disc(120, 110, 46, "#fff6da")
    on.fill("M0 480 V330 Q180 270 360 318 Q520 356 640 300 V480 Z", "#c9b46c")
    on.fill("M0 480 V392 Q240 344 640 384 V480 Z", "#a88a4a")
    on.disc(362, 432, 128, "#00000020", tall=0.1)
    trunk = "M-30 0 Q-8 -70 -42 -140 Q-10 -122 0 -170 Q6 -118 42 -148 Q12 -74 36 0 Z"
    on.at(360, 430).fill(trunk, "#6b4a34")
    for colour, rise in (("#5c7348", 26), ("#6d8553", 6), ("#7f965f", -18)):
        for i in range(24):
            turn, reach = i * 2.4 + rise, math.sqrt(i / 24)
            x, y = 360 + 150 * reach * math.cos(turn), 190 + rise + 74 * reach * math.sin(turn)
            on.disc(x, y, chance.uniform(20, 34), colour, tall=0.8)
            if i % 2:
                on.disc(x + 8, y + 8, 4.5, "#2f2b3a", tall=1.3)
    for x, y in ((268, 428), (300, 440), (430, 438), (462, 426)):
        on.disc(x, y, 5, "#2f2b3a")


def _medina_street(on: Sheet) -> None:
    on.fade("#9fd0e6", "#e9f3f2")
    on.arch(320, 170, 74, 420, "#e2b98d")
    on.arch(320, 204, 50, 420, "#7b4b3a")
    on.fill("M214 480 L258 396 H382 L426 480 Z", "#d9c3a3")
    for side, wall in ((on, "#d98e5f"), (on.at(WIDTH, 0, flip=True), "#e7a877")):
        side.fill("M0 0 L190 90 L262 180 V400 L214 480 H0 Z", wall)
        side.fill("M190 90 L262 180 V400 L190 480 Z", "#7b2f1030")
        side.fill("M40 250 V480 H130 V250 L85 206 Z", "#1f6b5c")
        side.stroke("M85 210 V480", "#154e43", 4)
        side.fill("M52 90 V158 L118 166 V110 Z", "#1f4f7c")
        side.fill("M208 180 V230 L240 240 V204 Z", "#7b4b3a")
    on.stroke("M190 96 Q320 134 450 96", "#4d3023")
    for i, colour in enumerate(("#c1272d", "#d8a23f", "#006233", "#1f4f7c", "#c1272d")):
        on.fill(f"M{206 + i * 48} {112 - 3 * (i - 2) ** 2} h36 v54 q-18 -10 -36 0 Z", colour)
    on.stroke("M320 204 V238", "#4d3023")
    on.disc(320, 250, 14, "#f6d98a")


def _ocean(on: Sheet) -> None:
    on.fade("#f6c28f", "#fbe7c8", end=236)
    on.disc(470, 216, 62, "#fff3d4")
    on.fade("#2f7f93", "#124a63", start=234)
    for i in range(7):
        on.box(412 + i * 6, 246 + i * 15, 116 - i * 12, 5, "#fff3d490", bend=2)
    on.waves(290, 25)
    on.fill("M0 234 Q80 196 150 214 Q210 226 262 234 Z", "#7d6a6a")
    for y, tall, colour in ((128, 84, "#f4efe6"), (152, 20, "#c1272d"), (184, 20, "#c1272d")):
        on.box(92, y, 26, tall, colour)
    on.box(97, 100, 16, 20, "#f6d98a")
    on.box(88, 120, 34, 10, "#4d3a3a")
    on.fill("M92 102 L105 84 L118 102 Z", "#c1272d")
    on.fill("M0 480 V436 Q130 404 300 430 Q470 456 640 424 V480 Z", "#e8cf9f")
    on.stroke("M0 436 Q130 404 300 430 Q470 456 640 424", "#ffffffc0", 6)
    on.fill("M190 322 h124 l-22 34 h-80 Z", "#1f4f7c")
    on.box(190, 320, 124, 8, "#d8a23f", bend=3)
    on.stroke("M250 320 V236", "#4d3a3a", 4)
    on.fill("M256 240 L306 312 H256 Z", "#f4efe6")


_SCENES: tuple[Callable[[Sheet], None], ...] = (
    *(_minaret, _door, _tea, _ferry, _spices, _atlas),
    *(_window_seat, _family, _zellige, _olive_tree, _medina_street, _ocean),
)
NAMES: tuple[str, ...] = tuple(scene.__name__.removeprefix("_") for scene in _SCENES)


@functools.lru_cache(maxsize=256)
def draw(name: str, width: int = 640, height: int = 480, form: str = "PNG") -> bytes:
    """Return one of `NAMES` as a file of Pillow's `form` (ValueError: there is no such scene)."""
    sheet = Sheet(width, height)
    _SCENES[NAMES.index(name)](sheet)
    return sheet.file(form)
