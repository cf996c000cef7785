"""The picture of the desk in the README, taken of the demo: queue, wall editor and sources.

`python -m tests.dashboard.shots` takes it anew; look at it before it is committed.
"""

import sys
import time
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import BrowserContext

from dashboard import proof
from tests.api.browsing import launched
from tests.platforms.demo import first_cycle, prepare, second_cycle
from tests.widget.shots import small

README = Path(__file__).parents[2] / "docs" / "desk.png"
SHOWN = ("fr/queue", "ar/queue", "ar/wall", "fr/sources")
WIDTH, HEIGHT, GAP = 1280, 860, 40


def main() -> int:
    """Take the picture."""
    with ExitStack() as stack:
        demo = prepare(stack, 0)
        demo.start()
        stack.callback(demo.stop)
        first_cycle(demo)
        second_cycle(demo)
        browser = stack.enter_context(launched())
        context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        desk = _sign_in(context, demo.invite("Nadia", "admin"))
        whole = Image.new("RGB", (2 * WIDTH + GAP, 2 * HEIGHT + GAP), "#e9e4dc")
        for number, path in enumerate(SHOWN):
            row, column = divmod(number, 2)
            shown = _take(context, f"{desk}/{path}")
            whole.paste(shown, (column * (WIDTH + GAP), row * (HEIGHT + GAP)))
        half = whole.resize((whole.width // 2, whole.height // 2), Image.Resampling.LANCZOS)
        small(half, 256).save(README, optimize=True)
    return 0


def _sign_in(context: BrowserContext, link: str) -> str:
    """Choose a password by a one-time link; return the desk's address."""
    page = context.new_page()
    page.goto(link)
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.fill("[name=code]", proof.code(secret, int(time.time()) // proof.STEP))
    page.fill("[name=password]", "le thé de ma grand-mère")
    page.click("button.main")
    page.wait_for_url("**/queue**")
    page.close()
    return link.partition("/fr/")[0]


def _take(context: BrowserContext, url: str) -> Image.Image:
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    shown = Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    page.close()
    return shown


if __name__ == "__main__":
    sys.exit(main())
