"""The page for the browser of a big screen: its code, its letters, and what it does cut off."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import segno
from PIL import Image
from playwright.sync_api import Page
from sqlalchemy import Engine

from store import migrations
from store.engine import open_engine
from store.files import open_files
from store.settings import MediaSettings
from tests.api.browsing import Address, faults, served
from tests.api.filled import copy_pictures, fill
from tests.api.rows import change

SCREENS = [
    ("fr", "light", 1920, 1080),
    ("ar", "dark", 1080, 1920),
    ("zgh", "light", 1080, 1920),
]
ITEMS = "[...document.querySelector('bladi-wall').shadowRoot.querySelectorAll('.item')]"

BARE = f"""async () => {{
    const pictures = one => [...one.querySelectorAll('img')];
    for (const one of {ITEMS}.flatMap(pictures)) await one.decode().catch(() => {{}});
    return {ITEMS}.filter(one => one.querySelector('.drawing')
        || pictures(one).some(img => !img.naturalWidth)).map(one => +one.dataset.id) }}"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('store')}/wall.db")
    migrations.upgrade(engine)
    fill(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def address(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """A wall with pictures: those that are not there when the network goes would be missed."""
    files = open_files(MediaSettings(folder=tmp_path_factory.mktemp("media")))
    copy_pictures(engine, files)
    with served(engine, files, widget_folder=tmp_path_factory.mktemp("widget")) as address:
        yield address


def open_screen(page: Page, address: str, query: str = "lang=fr") -> list[str]:
    """Open the page of a big screen; return what its browser complains of."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/e/summer?layout=kiosk&{query}")
    page.wait_for_load_state("networkidle")
    page.locator(".item").nth(3).wait_for(state="detached")
    return complaints


def ids(page: Page) -> list[int]:
    return [int(one) for one in page.evaluate(f"{ITEMS}.map(one => one.dataset.id)")]


def read_code(page: Page, side: int) -> list[list[bool]]:
    """Return which squares of the code on the screen are dark, its margin included."""
    shot = page.locator(".code svg").screenshot(animations="disabled")
    seen = Image.open(BytesIO(shot)).convert("L")
    step = seen.width / side
    middles = [int((number + 0.5) * step) for number in range(side)]
    return [[seen.getpixel((x, y)) < 128 for x in middles] for y in middles]  # type: ignore[operator]


@pytest.mark.parametrize(("tag", "theme", "width", "height"), SCREENS)
def test_screen_can_be_read_and_scanned_from_afar(
    page: Page, address: str, tag: str, theme: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    complaints = open_screen(page, address, f"lang={tag}&theme={theme}")
    code = segno.make(f"{address}/{tag}/c/summer", error="m", micro=False)
    expected = [[bool(one) for one in row] for row in code.matrix_iter(border=4)]

    small = page.evaluate(
        """() => { const all = root => [...root.querySelectorAll('*')]
                .flatMap(one => one.shadowRoot ? [one, ...all(one.shadowRoot)] : [one]);
            return all(document.body)
                .filter(one => one.checkVisibility() && !one.closest('.unseen, .skip')
                    && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
                .filter(one => parseFloat(getComputedStyle(one).fontSize) < 28)
                .map(one => one.outerHTML) }"""
    )
    edges = page.evaluate(
        """() => [document.querySelector('.scan'), ...document.querySelector('bladi-wall')
                .shadowRoot.querySelectorAll('.brand, .heading a, .card')]
            .map(one => one.getBoundingClientRect()).map(box => Math.min(
                box.left / innerWidth, 1 - box.right / innerWidth,
                box.top / innerHeight, 1 - box.bottom / innerHeight))"""
    )
    assert read_code(page, len(expected)) == expected
    assert small == []
    assert min(edges) >= 0.0275
    assert page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    ) == [width, height]
    assert faults(page) == ""
    assert complaints == []


def test_screen_that_is_cut_off_goes_on_and_comes_back(
    page: Page, address: Address, engine: Engine
) -> None:
    page.clock.install()
    open_screen(page, address)
    page.wait_for_load_state("networkidle")
    posts = page.request.get(f"{address}/w/summer?kiosk=on&limit=100").json()["posts"]
    pictured = {one["id"] for one in posts if one["media"] and "src" in one["media"][0]}
    note = page.locator(".cut")
    assert not note.is_visible()

    page.context.set_offline(True)
    seen, bare = look_through(page)
    told = note.inner_text()
    gone = ids(page)[0]
    change(engine, gone, availability="withdrawn")
    address.follow(engine)
    page.context.set_offline(False)
    page.evaluate("() => { window.back = new Promise(done => addEventListener('bw:ready', done)) }")
    with page.expect_response("**/w/summer?**limit=100**") as answer:
        page.clock.run_for(15_000)
        page.evaluate("() => window.back.then(() => true)")
    answer.value.finished()
    assert gone not in ids(page)
    note.wait_for(state="hidden")
    turn(page)
    after, _ = look_through(page)

    assert seen == {one["id"] for one in posts}
    assert len(pictured) > 5
    assert pictured & bare == set()
    assert told.startswith("Pas de connexion depuis ")
    assert after == seen - {gone}


def turn(page: Page) -> None:
    """Let the time of one page of the screen go by."""
    page.clock.run_for(12_000)
    # What was asked for meanwhile is answered in real time; a jump now would be its end.
    page.wait_for_timeout(250)


def look_through(page: Page) -> tuple[set[int], set[int]]:
    """Return which posts a screen shows in its turn, and which of them without their picture."""
    seen: set[int] = set()
    bare: set[int] = set()
    while not seen.issuperset(ids(page)):
        seen.update(ids(page))
        bare.update(page.evaluate(BARE))
        turn(page)
    return seen, bare


def test_space_stops_a_screen_that_nobody_has_touched(page: Page, address: str) -> None:
    page.clock.install()
    open_screen(page, address)
    page.keyboard.press("Space")
    before = ids(page)

    for _ in range(3):
        turn(page)
    stopped = ids(page)
    page.keyboard.press("Space")
    turn(page)

    assert stopped == before
    assert ids(page) != before


def test_screen_keeps_nothing_and_asks_nobody_else(page: Page, address: str) -> None:
    asked: set[Any] = set()
    page.on("request", lambda request: asked.add(request.url.split("/", 3)[2]))
    open_screen(page, address)

    kept = page.evaluate(
        "async () => [document.cookie, localStorage.length, sessionStorage.length,"
        " (await indexedDB.databases()).length, (await caches.keys()).length]"
    )

    assert kept == ["", 0, 0, 0, 0]
    assert asked == {address.split("/")[2]}
