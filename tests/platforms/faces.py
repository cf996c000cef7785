"""Avatars drawn by the project itself: to each handle a face, always the same."""

import functools
import math
import random

from tests.platforms.sheet import Sheet

_TONES = ("#f3c9a0", "#b7d4e6", "#c9dbb2", "#ecd9a8", "#d9c2dd", "#a9cfc8", "#f0b9a8", "#c5cbd1")
_COATS = ("#c1272d", "#006233", "#1f4f7c", "#d8a23f", "#6d2a3c", "#2f5d62", "#f4efe6", "#4d3023")
_SKINS = ("#e3b590", "#c99872", "#a9754f", "#84563a")
_HAIR = ("#2b1d17", "#4d3023", "#7a4a2b", "#8b8480")
_WOOL = ("#f4efe6", "#1f6b5c", "#8f2f3a", "#d8a23f", "#6b8390")


def _short(on: Sheet, chance: random.Random) -> None:
    hair = chance.choice(_HAIR)
    on.fill("M224 236 Q214 112 320 112 Q426 112 416 236 Q400 172 320 172 Q240 172 224 236 Z", hair)


def _curls(on: Sheet, chance: random.Random) -> None:
    hair = chance.choice(_HAIR)
    for i in range(9):
        turn = math.radians(180 + i * 22.5)
        on.disc(320 + 92 * math.cos(turn), 212 + 88 * math.sin(turn), 34, hair)
    on.disc(320, 148, 66, hair, tall=0.5)


def _bob(on: Sheet, chance: random.Random) -> None:
    hair = chance.choice(_HAIR)
    for side in (on, on.at(640, 0, flip=True)):
        side.fill(
            "M320 108 Q208 104 204 240 Q204 300 222 336 Q250 330 250 250 Q256 172 320 166 Z", hair
        )


def _hood(on: Sheet, chance: random.Random) -> None:
    wool = chance.choice(_WOOL)
    for side in (on, on.at(640, 0, flip=True)):
        side.fill("M320 66 Q204 110 204 262 Q204 370 246 420 L282 372 Q236 320 240 236 ", wool)
        side.fill("M239 240 Q244 150 320 146 V66 L228 140 Z", wool)


def _cap(on: Sheet, chance: random.Random) -> None:
    on.fill("M226 196 Q224 98 320 98 Q416 98 414 196 Z", chance.choice(_WOOL))
    on.box(218, 172, 204, 36, chance.choice(_WOOL), bend=14)
    on.disc(320, 92, 20, chance.choice(_WOOL))


def _straw(on: Sheet, chance: random.Random) -> None:
    on.disc(320, 180, 168, "#e3c88a", tall=0.16)
    on.fill("M242 178 Q250 84 320 84 Q390 84 398 178 Q320 196 242 178 Z", "#d8b46a")
    on.stroke("M242 174 Q320 194 398 174", chance.choice(_COATS), 14)


# Nothing here goes by sex: a handle does not tell it.
_HEADS = (_short, _curls, _bob, _hood, _cap, _straw)


@functools.lru_cache(maxsize=256)
def draw(handle: str, side: int, form: str = "PNG") -> bytes:
    """Return the face of whoever has that handle, square, as a file of Pillow's `form`."""
    chance = random.Random(handle)
    on = Sheet(side, side)
    tone, coat, skin = (chance.choice(colours) for colours in (_TONES, _COATS, _SKINS))
    on.fade("#fbfaf7", tone, end=300)
    on.fade(tone, tone, start=298)
    on.fill("M120 480 Q128 366 320 366 Q512 366 520 480 Z", coat)
    on.box(284, 300, 72, 92, skin, bend=30)
    on.disc(320, 236, 94, skin, tall=1.14)
    chance.choice(_HEADS)(on, chance)
    _look(on, chance)
    return on.file(form)


def _look(on: Sheet, chance: random.Random) -> None:
    apart, high = chance.uniform(30, 42), chance.uniform(222, 238)
    glasses, smile = chance.random() < 0.3, chance.uniform(8, 30)
    for x in (320 - apart, 320 + apart):
        on.disc(x, high, 9, "#2b1d17")
        if glasses:
            on.line([(x + dx, high + dy) for dx, dy in _RING], "#17324d", 5)
    on.stroke(f"M290 294 Q320 {294 + smile} 350 294", "#7b2f10", 7)


_RING = [
    (28 * math.cos(math.radians(turn)), 28 * math.sin(math.radians(turn)))
    for turn in range(0, 361, 20)
]
