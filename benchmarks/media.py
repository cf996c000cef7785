"""How many pictures are fetched and made into copies, beside Pillow alone, in the same run.

    python -m benchmarks.media [--pictures 12] [--rounds 7]

Ours: each picture is fetched by the guarded fetcher from a server on this machine, checked,
decoded, turned upright, converted, hashed, and written in all sizes to a temporary folder. Beside
it Pillow alone, with the same decodes, resizes and encodes of bytes in memory, and no checks,
hashes, files or network. The two take turns; the server is a process of its own and costs neither
of them anything. Four of five pictures are JPEG, the others PNG; of noise, gradients and shapes, as
rough as photos are.
"""

import argparse
import io
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from collectors import pictures
from collectors.fetch import Fetcher
from store.files import Files, open_files
from store.settings import MediaSettings

SHAPES = ((1600, 1200), (1080, 1350))


def photo(seed: int, width: int, height: int) -> Image.Image:
    """Return a picture as rough as a photo: large and small waves, discs, and grain."""
    dice = np.random.default_rng(seed)
    rough, fine = (
        Image.fromarray(
            dice.integers(0, 256, (height // step, width // step, 3), dtype=np.uint8)
        ).resize((width, height), Image.Resampling.BICUBIC)
        for step in (80, 8)
    )
    image = Image.blend(rough, fine, 0.2)
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y, size = (int(dice.integers(1, most)) for most in (width, height, width // 5))
        red, green, blue = (int(shade) for shade in dice.integers(0, 256, 3))
        draw.ellipse((x, y, x + size, y + size), fill=(red, green, blue))
    grain = dice.normal(0, 5, (height, width, 1))
    return Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))


def bodies(count: int) -> list[bytes]:
    """Return so many pictures as they come from a platform."""
    made = []
    for number in range(count):
        body = io.BytesIO()
        form = "PNG" if number % 5 == 4 else "JPEG"
        photo(number, *SHAPES[number % len(SHAPES)]).save(body, form, quality=88)
        made.append(body.getvalue())
    return made


def serve(bodies: Sequence[bytes], to: Connection) -> None:
    """Give out the pictures by their number, for ever."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = bodies[int(self.path[1:])]
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    to.send(server.server_address[1])
    server.serve_forever()


def ours(fetcher: Fetcher, url: str, files: Files) -> None:
    """Fetch a picture and write its copies."""
    done = pictures.render(fetcher.fetch(url, accept="image/*").body)
    for file in done.files:
        files.put(done.digest, f"{file.width}.{file.form}", file.body)


def bare(body: bytes) -> None:
    """Make the same copies with nothing but Pillow."""
    with Image.open(io.BytesIO(body)) as image:
        height = round(image.height * max(pictures.WIDTHS) / image.width)
        image.draft(None, (2 * max(pictures.WIDTHS), 2 * height))
        image.load()
        copy: Image.Image = image
        for width in reversed(pictures.WIDTHS):
            size = width, round(image.height * width / image.width)
            copy = copy.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
            copy.save(
                io.BytesIO(), "WEBP", quality=pictures.WEBP_QUALITY, method=pictures.WEBP_METHOD
            )
            copy.save(io.BytesIO(), "JPEG", quality=pictures.JPEG_QUALITY)


def measure(made: Sequence[bytes], base_url: str, rounds: int) -> tuple[list[float], list[float]]:
    """Return pictures per CPU second of each round, ours and Pillow's."""
    fast, plain = [], []
    with (
        Fetcher(agent="bench", trusted=[base_url.removeprefix("http://")]) as fetcher,
        tempfile.TemporaryDirectory(prefix="bladi-media-") as folder,
    ):
        files = open_files(MediaSettings(folder=Path(folder)))
        for number in range(rounds + 1):
            started = time.process_time()
            for index in range(len(made)):
                ours(fetcher, f"{base_url}/{index}", files)
            between = time.process_time()
            for body in made:
                bare(body)
            ended = time.process_time()
            if number:  # the first round opens connections and loads the codecs
                fast.append(len(made) / (between - started))
                plain.append(len(made) / (ended - between))
    return fast, plain


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    made = bodies(options.pictures)
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(made, there), daemon=True)
    server.start()
    fast, plain = measure(made, f"http://127.0.0.1:{here.recv()}", options.rounds)
    server.terminate()
    share = statistics.median(o / p for o, p in zip(fast, plain, strict=True))
    print(
        f"{statistics.median(fast):.1f} pictures/CPU s   Pillow alone"
        f" {statistics.median(plain):.1f}   share of Pillow {share:.2f}   to reach 0.80"
    )


if __name__ == "__main__":
    main()
