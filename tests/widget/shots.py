"""Pictures of the widget: those that tests compare with, and those of the README.

`python -m tests.widget.shots` takes them anew; look at them before they are committed.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser

from api.words import LOCALES
from store import migrations
from store.engine import open_engine
from store.files import open_files
from store.settings import MediaSettings
from tests.api.browsing import launched, served
from tests.api.filled import copy_pictures, fill

BASELINES = Path(__file__).parent / "baselines"
README = Path(__file__).parents[2] / "docs" / "widget.png"

LOOKS = {
    "ar": ("mosaic", "light"),
    "fr": ("masonry", "dark"),
    "en": ("list", "light"),
    "es": ("carousel", "dark"),
    "zgh": ("mosaic", "dark"),
}
"""Of the pictures that tests compare with: each language, each layout but the big screen."""


@contextmanager
def illustrated(folder: Path) -> Iterator[str]:
    """Serve a wall with pictures; give its address."""
    engine = open_engine(f"sqlite:///{folder}/wall.db")
    migrations.upgrade(engine)
    fill(engine)
    files = open_files(MediaSettings(folder=folder / "media"))
    copy_pictures(engine, files)
    with served(engine, files, widget_folder=folder / "widget") as address:
        yield address
    engine.dispose()


def take(browser: Browser, url: str, width: int, height: int) -> Image.Image:
    """Return how a frame of the wall looks when all its pictures are there."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(url)
    page.locator(".options").first.wait_for()
    page.wait_for_load_state("networkidle")
    # What has come may still be unpacked.
    page.evaluate(
        """() => Promise.all([...document.querySelector('bladi-wall').shadowRoot
            .querySelectorAll('img')].filter(one => one.complete).map(one => one.decode()))"""
    )
    shown = Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    context.close()
    return shown


def baseline(browser: Browser, address: str, tag: str) -> Image.Image:
    """Return the picture of a language that is compared."""
    layout, theme = LOOKS[tag]
    query = f"lang={tag}&layout={layout}&theme={theme}&limit=8&types=image"
    return take(browser, f"{address}/e/main?{query}", 760, 900)


def small(picture: Image.Image, colours: int) -> Image.Image:
    """Return a picture with few colours, which takes few bytes."""
    return picture.quantize(colours, kmeans=2, dither=Image.Dither.NONE)


def _for_readme(browser: Browser, address: str) -> Image.Image:
    wide = take(browser, f"{address}/e/main?lang=ar&types=image&limit=24", 1280, 1280)
    phones = [
        take(browser, f"{address}/e/main?lang={tag}&theme={theme}&types=image", 400, 1280)
        for tag, theme in (("fr", "light"), ("zgh", "dark"), ("en", "light"), ("es", "dark"))
    ]
    whole = Image.new("RGB", (1280 + 440 * len(phones), 1280), "#e9e4dc")
    whole.paste(wide, (0, 0))
    for number, phone in enumerate(phones):
        whole.paste(phone, (1280 + 40 + number * 440, 0))
    return whole.resize((whole.width // 2, whole.height // 2), Image.Resampling.LANCZOS)


def main() -> int:
    """Take all pictures."""
    BASELINES.mkdir(exist_ok=True)
    with (
        TemporaryDirectory() as folder,
        illustrated(Path(folder)) as address,
        launched() as browser,
    ):
        for tag in LOCALES:
            picture = small(baseline(browser, address, tag), 128)
            picture.save(BASELINES / f"{tag}.png", optimize=True)
        small(_for_readme(browser, address), 256).save(README, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
