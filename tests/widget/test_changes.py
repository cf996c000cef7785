"""Open pages follow the wall: what is removed goes, what is new waits until it is wanted."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, Route
from sqlalchemy import Engine

from store import migrations
from store.engine import open_engine
from tests.api.browsing import Address
from tests.api.rows import NOW, a_post, change, keep
from tests.widget.host import Host, document, element, script, shown

MINUTE = 60_000
KIOSK = {"layout": "kiosk", "collection": "summer"}

Answered = Callable[[Callable[[], None]], None]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A store with twenty short posts."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('store')}/wall.db")
    migrations.upgrade(engine)
    for number in range(20):
        keep(engine, a_post(text=f"Récit {number}"), collection="summer")
    yield engine
    engine.dispose()


@pytest.fixture
def wall(page: Page, address: Address, host: Host, engine: Engine) -> Callable[..., Page]:
    """Open a wall whose time the test moves on."""

    def open_wall(**attributes: Any) -> Page:
        address.follow(engine)
        page.clock.install()
        page.goto(host.page(document(element(address, **attributes), script(address))))
        shown(page)
        # What watches the screen tells it at the next frame.
        page.wait_for_timeout(150)
        return page

    return open_wall


def ids(page: Page) -> list[int]:
    return [
        int(one)
        for one in page.locator(".item").evaluate_all("all => all.map(one => one.dataset.id)")
    ]


def wait_until_gone(page: Page, number: int) -> None:
    page.locator(f".item[data-id='{number}']").wait_for(state="detached")


@pytest.fixture
def answered(page: Page, address: Address, engine: Engine) -> Answered:
    """Do something that makes the wall ask for changes, and wait for their answer.

    When the wall has made use of it is for the test to wait for: how long that takes, the work of
    others on the machine decides.
    """

    def wait(act: Callable[[], None]) -> None:
        address.follow(engine)
        with page.expect_response("**/changes?**") as answer:
            act()
        assert answer.value.ok

    return wait


def test_removed_post_goes_within_two_minutes(
    wall: Callable[..., Page], engine: Engine, answered: Answered
) -> None:
    page = wall()
    gone = ids(page)[3]
    change(engine, gone, availability="withdrawn")

    # The longest wait, and as long as a shared cache may keep an answer.
    answered(lambda: page.clock.fast_forward(MINUTE + 20_000))

    wait_until_gone(page, gone)
    assert len(ids(page)) == 11


def test_nothing_is_asked_in_the_first_minute(wall: Callable[..., Page]) -> None:
    page = wall()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    # Some seconds are left to this test itself: the clock goes on meanwhile.
    page.clock.fast_forward(MINUTE - 15_000)
    page.wait_for_timeout(200)

    assert asked == []


def test_focus_of_a_removed_post_goes_to_the_next(
    wall: Callable[..., Page], engine: Engine, answered: Answered
) -> None:
    page = wall()
    gone, neighbour = ids(page)[4:6]
    page.locator(f".item[data-id='{gone}'] .options").focus()
    change(engine, gone, availability="withdrawn")

    answered(lambda: page.clock.fast_forward(MINUTE + 20_000))

    page.wait_for_function(
        "number => document.querySelector('bladi-wall').shadowRoot.activeElement"
        "?.closest('.item')?.dataset.id === number",
        arg=str(neighbour),
    )
    assert gone not in ids(page)


def test_new_posts_wait_behind_a_button(
    wall: Callable[..., Page], engine: Engine, answered: Answered
) -> None:
    page = wall()
    before = ids(page)
    new = keep(engine, a_post(text="Tout nouveau", published_at=NOW))

    answered(lambda: page.clock.fast_forward(MINUTE + 20_000))
    waiting = ids(page)
    button = page.get_by_role("button", name="1 nouvelle publication")
    button.click()
    page.wait_for_function(
        "document.querySelector('bladi-wall').shadowRoot.activeElement?.matches('article')"
    )

    assert waiting == before
    assert ids(page)[0] == new
    assert not button.is_visible()


def test_paused_wall_announces_nothing_but_removes(
    wall: Callable[..., Page], engine: Engine, answered: Answered
) -> None:
    page = wall()
    gone = ids(page)[2]
    page.get_by_role("button", name="Mettre les mises à jour en pause").click()
    keep(engine, a_post(text="Encore un"))
    change(engine, gone, availability="withdrawn")

    answered(lambda: page.clock.fast_forward(MINUTE + 20_000))
    wait_until_gone(page, gone)
    quiet = page.locator(".fresh").is_visible()
    page.get_by_role("button", name="Reprendre les mises à jour").click()

    assert quiet is False
    assert page.locator(".fresh").is_visible()


def test_changed_post_is_shown_changed(
    wall: Callable[..., Page], engine: Engine, answered: Answered
) -> None:
    page = wall()
    other = ids(page)[1]
    change(engine, other, text="Récit corrigé", search_text="recit corrige")

    answered(lambda: page.clock.fast_forward(MINUTE + 20_000))
    page.get_by_text("Récit corrigé").wait_for()

    assert page.locator(f".item[data-id='{other}']").inner_text().startswith("Récit corrigé")


def test_failing_wall_is_asked_less_and_less(wall: Callable[..., Page]) -> None:
    page = wall()
    page.evaluate(
        """() => { window.asked = []; const real = fetch; window.fetch = (...given) => {
            if (String(given[0]).includes('/changes')) {
              window.asked.push(Date.now()); return Promise.reject(new TypeError('down')) }
            return real(...given) } }"""
    )
    for _ in range(70):
        page.clock.run_for(MINUTE)

    asked = page.evaluate("window.asked")
    waits = [(later - sooner) / MINUTE for sooner, later in pairwise(asked)]
    assert [int(wait) for wait in waits[:3]] == [2, 4, 8]
    assert all(15 <= wait <= 15.5 for wait in waits[3:])


def test_wall_out_of_sight_asks_for_nothing_until_it_is_seen(
    page: Page, address: str, host: Host, engine: Engine, answered: Answered
) -> None:
    page.clock.install()
    tall = '<div style="block-size: 4000px"></div>'
    page.goto(host.page(document(tall, element(address), script(address))))
    shown(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    gone = ids(page)[0]
    change(engine, gone, availability="withdrawn")

    page.clock.run_for(10 * MINUTE)
    page.wait_for_timeout(200)
    unseen = list(asked)
    answered(lambda: page.evaluate("scrollTo(0, 4000)"))

    assert unseen == []
    wait_until_gone(page, gone)


def test_removed_element_asks_for_nothing_more(wall: Callable[..., Page]) -> None:
    page = wall()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.evaluate("document.querySelector('bladi-wall').remove()")
    page.clock.run_for(5 * MINUTE)
    page.wait_for_timeout(200)

    assert asked == []


def test_too_old_a_revision_makes_the_wall_read_itself_anew(
    page: Page, address: str, host: Host, engine: Engine, answered: Answered
) -> None:
    page.clock.install()
    page.route(
        "**/changes?**",
        lambda route: route.fulfill(
            body=json.dumps({"revision": "9", "reset": True}),
            headers={"access-control-allow-origin": "*"},
        ),
    )
    page.goto(host.page(document(element(address, limit=100), script(address))))
    shown(page)
    page.wait_for_timeout(150)
    gone = ids(page)[5]
    change(engine, gone, availability="withdrawn")

    answered(lambda: page.clock.fast_forward(MINUTE + 20_000))

    wait_until_gone(page, gone)


def test_big_screen_turns_its_pages_and_does_not_grow(page: Page, address: str, host: Host) -> None:
    page.clock.install()
    page.goto(host.page(document(element(address, **KIOSK), script(address))))
    shown(page)
    page.wait_for_timeout(300)
    first = ids(page)
    count = "document.querySelector('bladi-wall').shadowRoot.querySelectorAll('*').length"
    page.clock.run_for(12_000)
    second = ids(page)
    sizes = []
    for _ in range(12):
        page.clock.run_for(10 * MINUTE)
        sizes.append(page.evaluate(count))

    assert len(first) == len(second) == 3
    assert not set(first) & set(second)
    assert max(sizes) - min(sizes) < 12


def test_big_screen_is_never_empty_while_it_reads_anew(
    page: Page, address: str, host: Host
) -> None:
    page.clock.install()
    page.goto(host.page(document(element(address, **KIOSK), script(address))))
    shown(page)
    page.wait_for_timeout(300)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/w/summer?**limit=100**", hold)

    # Not run: what is asked in the middle of that minute would be given up before its end.
    with page.expect_request("**/w/summer?**limit=100**"):
        page.clock.fast_forward(MINUTE + 20_000)
    page.clock.run_for(12_000)
    during = ids(page)
    held[0].continue_()
    page.wait_for_timeout(300)
    page.clock.run_for(12_000)

    assert len(during) == len(ids(page)) == 3
    assert during != ids(page)


def test_space_stops_the_big_screen(page: Page, address: str, host: Host) -> None:
    page.clock.install()
    page.goto(host.page(document(element(address, **KIOSK), script(address))))
    shown(page)
    page.wait_for_timeout(300)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    before, scrolled = ids(page), page.evaluate("scrollY")

    page.clock.run_for(60_000)

    assert ids(page) == before
    assert page.evaluate("scrollY") == scrolled
