"""How well copies of pictures are told from other pictures, by the rule that joins posts.

    python -m benchmarks.looks [FOLDER] [--manifest FILE]

Each photo of a folder (else each scene that the project draws) is recompressed, made smaller,
recoloured, cropped and bordered; the share that is found again is printed by change: pairs that
share a key, and of which the rule of `store.stories.likeness` says that they are the same. Beside
them cards on one colour and on many, screenshots, maps, gradients and black frames are drawn, and
pairs of different ones that would be taken for copies are counted.

A manifest has one JSON object a line: `file` (beside it), `cluster`, the same for all copies of one
picture, and `kind`, which is what was changed. The exit code is 1 when less than `BARS` is found or
a pair is false.
"""

import argparse
import io
import itertools
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from collectors import pictures
from store.looks import bands
from store.stories.likeness import Shown, compare
from tests.platforms import art

BARS = {
    "recompressed": 0.97, "smaller": 0.97, "thumbnail": 0.97, "brighter": 0.97, "coloured": 0.97,
    "grey": 0.97, "cropped": 0.95, "bordered": 0.95,
}  # fmt: skip
"""Share to be found; of other changes it is only printed."""


@dataclass(frozen=True)
class Sample:
    """One picture of which is known what it is a copy of."""

    cluster: str
    kind: str
    shown: Shown


def saved(image: Image.Image, quality: int = 80) -> bytes:
    """Return a picture as a platform saves it."""
    body = io.BytesIO()
    image.convert("RGB").save(body, "JPEG", quality=quality)
    return body.getvalue()


def bordered(image: Image.Image) -> Image.Image:
    """Return a picture with a border of 5 %."""
    large = Image.new("RGB", (image.width * 10 // 9, image.height * 10 // 9), "white")
    large.paste(image, ((large.width - image.width) // 2, (large.height - image.height) // 2))
    return large


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "recompressed": lambda image: Image.open(io.BytesIO(saved(image, 30))),
    "smaller": lambda image: image.resize((image.width // 2, image.height // 2)),
    "thumbnail": lambda image: image.resize((200, round(200 * image.height / image.width))),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
    "coloured": lambda image: ImageEnhance.Color(image).enhance(1.8),
    "grey": lambda image: image.convert("L"),
    "cropped": lambda image: ImageOps.crop(image, (image.width // 20, image.height // 20)),
    "bordered": bordered,
    "turned 2 degrees": lambda image: image.rotate(2),
    "cropped 3 %": lambda image: ImageOps.crop(image, (image.width // 33, image.height // 33)),
}


def _words(dice: random.Random, count: int) -> str:
    known = ["Karim", "Fatima", "Salma", "Omar", "Rabat", "Tanger", "Agadir", "Oujda", "soleil"]
    return " ".join(dice.choice(known) for _ in range(count))


def card(dice: random.Random) -> Image.Image:
    """Return one of many cards of one template."""
    return _written(Image.new("RGB", (640, 480), "#006233"), dice)


def screenshot(dice: random.Random) -> Image.Image:
    """Return a screenshot of a chat."""
    image = Image.new("RGB", (540, 960), "#f2f2f2")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 540, 80), fill="#075e54")
    for y in range(110, 900, 92):
        x, wide = dice.choice([20, 180]), dice.randint(150, 340)
        draw.rounded_rectangle((x, y, x + wide, y + 70), 16, fill="white" if x == 20 else "#dcf8c6")
        draw.text((x + 12, y + 20), _words(dice, 2), "#222", font_size=22)
    return image


def chart(dice: random.Random) -> Image.Image:
    """Return a map."""
    image = Image.new("RGB", (640, 480), "#eae6dc")
    draw = ImageDraw.Draw(image)

    def points(count: int) -> list[tuple[int, int]]:
        return [(dice.randint(0, 640), dice.randint(0, 480)) for _ in range(count)]

    for _ in range(14):
        draw.polygon(points(4), fill=dice.choice(["#c8e6c9", "#d9d2c0", "#aad3df", "#cdebb0"]))
    for _ in range(25):
        draw.line(points(3), fill=dice.choice(["#ffffff", "#fcd6a4"]), width=dice.choice([2, 6]))
    return image


def gradient(dice: random.Random) -> Image.Image:
    """Return two colours that fade into each other."""
    one, other = ([dice.randint(0, 255) for _ in range(3)] for _ in range(2))
    y, x = np.mgrid[0:480, 0:640]
    share = dice.choice([x / 640, y / 480, (x / 640 + y / 480) / 2])[..., None]
    return Image.fromarray((np.array(one) * (1 - share) + np.array(other) * share).astype(np.uint8))


def frame(dice: random.Random) -> Image.Image:
    """Return the black beginning of a video."""
    grain = np.random.default_rng(dice.randint(0, 9999)).normal(6, 2, (480, 640, 3))
    return Image.fromarray(grain.clip(0, 255).astype(np.uint8))


def poster(dice: random.Random) -> Image.Image:
    """Return one of many cards of one template, written on colours that fade into each other."""
    return _written(gradient(random.Random(7)), dice)


def quote(dice: random.Random) -> Image.Image:
    """Return one of many cards of one template, written on a photo that is out of focus."""
    few = np.random.default_rng(7).normal(100, 30, (6, 8, 3)).clip(0, 255).astype(np.uint8)
    return _written(Image.fromarray(few).resize((640, 480), Image.Resampling.BICUBIC), dice)


def _written(image: Image.Image, dice: random.Random) -> Image.Image:
    for line in range(3):
        place = (60, 120 + 80 * line)
        ImageDraw.Draw(image).text(place, _words(dice, 3), "white", font_size=44)
    return image


STRANGERS = (card, poster, quote, screenshot, chart, gradient, frame)


def sample(body: bytes, cluster: str, kind: str) -> Sample:
    """Return what the store would know of a picture."""
    # Without the largest copy, by which no picture is judged: it takes longest.
    made = pictures.render(body, widths=pictures.WIDTHS[:-1])
    look = Shown("image", None, made.digest, made.hashes, made.flatness, made.detail, made.hardness)
    return Sample(cluster, kind, look)


def changed(originals: Iterable[tuple[str, Image.Image]]) -> list[Sample]:
    """Return pictures with all their copies."""
    samples = []
    for name, image in originals:
        samples.append(sample(saved(image, 90), name, ""))
        samples += [sample(saved(change(image)), name, kind) for kind, change in CHANGES.items()]
    return samples


def strangers(count: int) -> list[Sample]:
    """Return pictures that look alike and are none of them a copy."""
    dice = random.Random(11)
    return [
        sample(saved(draw(dice)), f"{draw.__name__} {number}", draw.__name__)
        for draw in STRANGERS
        for number in range(count)
    ]


def is_found(one: Sample, other: Sample) -> bool:
    """Say whether the store would take two pictures for the same, and as proof."""
    likeness = compare(one.shown, other.shown)
    if likeness is None or not likeness.is_proof:
        return False
    if one.shown.digest == other.shown.digest:
        return True
    looks = [some.shown.looks or b"" for some in (one, other)]
    return not set(bands(looks[0])[0]).isdisjoint(bands(looks[1])[1])


def report(samples: Sequence[Sample]) -> bool:
    """Print how many copies are found and how many pairs are false; return whether it is enough."""
    found: dict[str, list[bool]] = defaultdict(list)
    false = []
    for one, other in itertools.combinations(samples, 2):
        if one.cluster != other.cluster:
            if is_found(one, other):
                false.append(f"{one.cluster} ({one.kind}) and {other.cluster} ({other.kind})")
        elif not one.kind:
            found[other.kind].append(is_found(one, other))
    enough = not false
    for kind, answers in found.items():
        share, bar = sum(answers) / len(answers), BARS.get(kind)
        enough = enough and (bar is None or share >= bar)
        print(f"{kind:18}{share:6.3f} of {len(answers)}" + (f"   to reach {bar}" if bar else ""))
    print(f"false pairs       {len(false):6} of {len(samples) * (len(samples) - 1) // 2}")
    for pair in false[:20]:
        print(f"  {pair}")
    return enough


def originals(folder: Path | None) -> list[tuple[str, Image.Image]]:
    """Return the photos of a folder, or the scenes that the project draws, but for its tiles."""
    if folder is None:
        names = [name for name in art.NAMES if name != "zellige"]
        return [(name, Image.open(io.BytesIO(art.draw(name))).convert("RGB")) for name in names]
    files = sorted(path for path in folder.iterdir() if path.suffix != ".jsonl")
    return [(path.name, Image.open(path).convert("RGB")) for path in files]


def listed(manifest: Path) -> list[Sample]:
    """Return the pictures of a manifest; the first of each cluster is its original."""
    seen: set[str] = set()
    samples = []
    for line in manifest.read_text("utf-8").splitlines():
        row = json.loads(line)
        kind = row["kind"] if row["cluster"] in seen else ""
        seen.add(row["cluster"])
        body = (manifest.parent / row["file"]).read_bytes()
        samples.append(sample(body, str(row["cluster"]), kind))
    return samples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--manifest", type=Path)
    parser.add_argument("--strangers", type=int, default=12, help="of each kind")
    options = parser.parse_args()
    samples = listed(options.manifest) if options.manifest else changed(originals(options.folder))
    sys.exit(not report(samples + strangers(options.strangers)))


if __name__ == "__main__":
    main()
