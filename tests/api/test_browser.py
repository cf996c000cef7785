"""The wall in a real browser: nothing breaks, nothing leaks, everybody can use it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from store import migrations
from store.engine import open_engine
from store.models import Post
from tests.api.browsing import faults, launched, served, visit
from tests.api.filled import fill
from tests.api.rows import a_picture, a_post, keep

WIDTHS = (320, 360, 768, 1280)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A served wall with the posts of six networks, and some of every other look."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('store')}/wall.db")
    migrations.upgrade(engine)
    fill(engine)
    for post in _every_look():
        keep(engine, post, a_picture() if post.kind == "image" else a_picture(kind="video"))
    with served(engine, page_size=60) as address:
        yield address
    engine.dispose()


def _every_look() -> Iterator[Post]:
    word = "mot-très-long-sans-aucune-espace" * 12
    yield a_post(kind="image", sensitive=True, text="mot " * 300)
    yield a_post(kind="video", platform="youtube", title=word, text=word, author_name=word)
    yield a_post(kind="image", platform="instagram", display="embed")
    yield a_post(kind="image", text="Und", language="und", content_warning="طعام")
    yield a_post(kind="image", text="ⴰⵣⵓⵍ", language="zgh", author_name="🌞", author_handle=None)
    yield a_post(kind="image", text="Azul fell-awen", language="ber-Latn", author_name="سلمى")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("tag", ["ar", "fr", "zgh"])
def test_page_fits_and_is_quiet(page: Page, address: str, tag: str, width: int) -> None:
    complaints = visit(page, f"{address}/{tag}/", width=width)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    scrolled = page.evaluate("document.documentElement.scrollWidth")

    assert complaints == []
    assert scrolled <= width


@pytest.mark.parametrize(
    ("path", "width", "scheme"),
    [
        ("/ar/", 360, "light"),
        ("/ar/", 1280, "dark"),
        ("/fr/", 360, "dark"),
        ("/fr/", 1280, "light"),
        ("/zgh/", 360, "light"),
        ("/en/?search=zzzz", 360, "dark"),
        ("/es/?kind=image", 1280, "light"),
    ],
)
def test_nobody_is_shut_out(page: Page, address: str, path: str, width: int, scheme: str) -> None:
    visit(page, f"{address}{path}", width=width, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    assert faults(page) == ""


def test_browser_keeps_nothing(page: Page, address: str) -> None:
    visit(page, f"{address}/fr/")

    kept = page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]")

    assert kept == ["", 0, 0]
    assert page.context.cookies() == []


def test_search_works_without_a_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/fr/")

    page.fill("#search", "menthe")
    page.select_option("#language", "fr")
    with page.expect_navigation():
        page.click("button[type=submit]")

    texts = page.locator("article").all_inner_texts()
    context.close()
    assert texts
    assert all("menthe" in text.lower() for text in texts)


def test_keyboard_goes_straight_to_the_posts(page: Page, address: str) -> None:
    visit(page, f"{address}/fr/")

    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.className")
    page.keyboard.press("Enter")

    assert skip == "skip"
    assert page.evaluate("document.activeElement.id") == "content"


@pytest.mark.parametrize("width", [360, 1280])
def test_every_link_and_button_is_large_enough(page: Page, address: str, width: int) -> None:
    visit(page, f"{address}/fr/", width=width)

    small = page.evaluate(
        """[...document.querySelectorAll(`button, select, input:not([type=hidden]), summary, .chip,
             .more, .tongues a, .name a, .where a, .foot a`)]
            .filter(one => one.checkVisibility())
            .map(one => [one.textContent.trim(), one.getBoundingClientRect()])
            .filter(([, box]) => box.height < 24)
            .map(([text, box]) => `${text}: ${box.width} x ${box.height}`)"""
    )

    assert small == []


@pytest.mark.parametrize(("tag", "side"), [("ar", "right"), ("fr", "left")])
def test_page_begins_at_the_side_where_its_language_begins(
    page: Page, address: str, tag: str, side: str
) -> None:
    visit(page, f"{address}/{tag}/")

    box = page.locator(".brand-mark").bounding_box()

    assert box is not None
    assert ("right" if box["x"] > 640 else "left") == side


def test_first_post_of_the_document_is_at_the_top(page: Page, address: str) -> None:
    visit(page, f"{address}/ar/")

    boxes = [page.locator("article").nth(one).bounding_box() for one in range(2)]

    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["x"] > 640
    assert boxes[0]["y"] < boxes[1]["y"]
