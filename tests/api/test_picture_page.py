"""Pictures of the wall in a real browser: they load, from here alone, and nothing moves."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route
from sqlmodel import select

from store import migrations
from store.engine import open_engine, reading
from store.files import open_files
from store.models import Picture
from store.settings import MediaSettings
from tests.api.browsing import faults, launched, served, visit
from tests.api.filled import copy_pictures, fill
from tests.api.rows import a_copy, a_picture, a_post, keep

OPEN = """document.querySelectorAll('details').forEach(one => one.open = true);
document.querySelectorAll('img').forEach(one => one.loading = 'eager')"""
"""Shows what is folded, and asks for pictures that a reader would have to scroll to."""
DONE = """Promise.all([...document.images].filter(one => !one.complete)
.map(one => new Promise(done => one.onload = one.onerror = done)))"""
HEIGHTS = """[...document.querySelectorAll('article')]
.map(one => one.getBoundingClientRect()).map(box => [box.x, box.y, box.width, box.height])"""
SEEN = [(tag, width) for tag in ("ar", "fr") for width in (390, 1280)]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A served wall with the posts of six networks, and copies of nearly all their pictures."""
    folder: Path = tmp_path_factory.mktemp("store")
    engine = open_engine(f"sqlite:///{folder}/wall.db")
    migrations.upgrade(engine)
    files = open_files(MediaSettings(folder=folder / "media"))
    fill(engine)
    copy_pictures(engine, files)
    with reading(engine) as session:
        shown = [one.key for one in session.exec(select(Picture).where(Picture.state == "kept"))]
    # Shapes at odds with what was told of them, folded, undescribed, of nobody, and without copies.
    key = shown[0]
    keep(engine, a_post(kind="image"), a_picture(picture_key=key, width=100, height=900))
    keep(engine, a_post(kind="image", content_warning="طعام"), a_picture(picture_key=key))
    nobody = a_post(kind="image", author_name=None, author_handle=None, search_text="")
    keep(engine, nobody, *(a_picture(picture_key=key) for _ in range(12)))
    broken = a_copy(engine, state="broken", widths=[])
    keep(engine, a_post(kind="image", avatar_key=broken.key), a_picture(picture_key=broken.key))
    keep(engine, a_post(kind="video"), a_picture(kind="video", picture_key=key, duration=252.0))
    with served(engine, files, page_size=100) as address:
        yield address
    engine.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize(("tag", "width"), SEEN)
def test_pictures_load_from_here_alone(page: Page, address: str, tag: str, width: int) -> None:
    complaints = visit(page, f"{address}/{tag}/", width=width)
    page.evaluate(OPEN)
    page.evaluate(DONE)

    found = page.evaluate(
        """[...document.images].map(one =>
            [one.currentSrc, Math.min(one.naturalWidth, one.clientWidth, one.clientHeight)])"""
    )

    assert len(found) > 50
    assert [url for url, seen in found if seen < 38] == []
    assert {url.startswith(f"{address}/media/") for url, _ in found} == {True}
    assert {url.partition("?")[0].rpartition(".")[2] for url, _ in found} == {"webp", "jpg"}
    assert complaints == []


@pytest.mark.parametrize(("tag", "width"), SEEN)
def test_nothing_moves_when_pictures_come(page: Page, address: str, tag: str, width: int) -> None:
    held: list[Route] = []
    # Playwright asks a handler for its code, and a list's own method has none.
    page.route("**/media/**", lambda route: held.append(route))  # noqa: PLW0108
    visit(page, f"{address}/{tag}/", width=width)
    page.evaluate(OPEN)
    before = page.evaluate(HEIGHTS)
    asked = page.evaluate("document.images.length")
    # The browser tells us of what it asks for in its own time.
    deadline = time.monotonic() + 20
    while len(held) <= 50 and time.monotonic() < deadline:
        page.wait_for_timeout(50)

    page.unroute("**/media/**")
    page.evaluate(DONE)

    assert (len(held), asked) > (50, 50)
    assert page.evaluate(HEIGHTS) == before
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("tag", "width", "scheme"),
    # Each language, width and scheme meets each other once: axe takes seconds for a page.
    [("ar", 390, "light"), ("ar", 1280, "dark"), ("fr", 390, "dark"), ("fr", 1280, "light")],
)
def test_pictures_shut_nobody_out(
    page: Page, address: str, tag: str, width: int, scheme: str
) -> None:
    visit(page, f"{address}/{tag}/kind/image", width=width, scheme=scheme)
    page.evaluate(OPEN)
    page.evaluate(DONE)

    assert faults(page) == ""


def test_posts_of_x_load_nothing(page: Page, address: str) -> None:
    visit(page, f"{address}/fr/?platform=x")

    assert page.locator("article").count() > 3
    assert page.locator("article img").count() == 0
    assert page.locator(".initial").count() > 0
