"""The desk in a real browser: nobody is shut out, and the keys alone are enough."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, FloatRect, Page, expect

from api.words import LOCALES
from store import curation, leads
from store.effects import Terms
from store.engine import reading, writing
from store.models import Action, Post, Review
from tests.api.browsing import faults, launched
from tests.dashboard.conftest import Desk, come_in, fill, served

POSTS = 30
PAGES = (
    "queue",
    "wall",
    "reports",
    "sources",
    "quarantine",
    "add",
    "audit",
    "sessions",
    "stories/1",
    "stories",
    "settings",
)
KEYBOARDS = {
    # What each says for the keys that are printed A, R and E, and for the first digit's.
    "qwerty": {"a": ("a", "KeyA"), "r": ("r", "KeyR"), "e": ("e", "KeyE"), "1": ("1", "Digit1")},
    "azerty": {"a": ("a", "KeyQ"), "r": ("r", "KeyR"), "e": ("e", "KeyE"), "1": ("&", "Digit1")},
    "arabic": {"a": ("ض", "KeyQ"), "r": ("ق", "KeyR"), "e": ("ث", "KeyE"), "1": ("١", "Digit1")},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def desk(sqlite_engine) -> Iterator[Desk]:
    """A served desk with thirty posts that wait."""
    fill(sqlite_engine, POSTS)
    with served(sqlite_engine) as desk:
        yield desk


@pytest.fixture
def signed(browser: Browser, desk: Desk) -> Iterator[BrowserContext]:
    """The browser of an admin."""
    context = come_in(browser, desk)
    yield context
    context.close()


@pytest.mark.parametrize("tag", ["fr", "ar"])
def test_trail_is_read_on_a_phone_without_going_sideways(
    desk: Desk, signed: BrowserContext, tag: str
) -> None:
    with writing(desk.engine) as session:
        curation.decide(session, 1, Action.ESCALATE, moderator="command line", now=desk.now)
    page = signed.new_page()
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{desk.url}/{tag}/audit")

    sheet = page.locator(".sheet")

    assert faults(page) == ""
    assert sheet.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert len({box["x"] for box in _boxes(page, ".sheet tr:first-child td:not(:empty)")}) == 1


def _boxes(page: Page, selector: str) -> list[FloatRect]:
    return [box for one in page.locator(selector).all() if (box := one.bounding_box())]


@pytest.mark.parametrize("tag", LOCALES)
def test_nobody_is_shut_out(desk: Desk, signed: BrowserContext, tag: str) -> None:
    page = signed.new_page()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        # Every page in two directions; in the other languages the one that has most of it.
        for name in PAGES if tag in ("ar", "fr") and width == 1280 else PAGES[:1]:
            answer = page.goto(f"{desk.url}/{tag}/{name}")

            assert answer is not None
            assert (name, answer.status) == (name, 200)
            assert faults(page) == "", name
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name


SHIFTED = {"qwerty": "A", "azerty": "A", "arabic": "َ"}
"""What each says for the key that is printed A, with Shift."""


def strike(keys: CDPSession, keyboard: str, letter: str) -> None:
    """Press the key that is printed so, as a person with this keyboard does."""
    key, code = KEYBOARDS[keyboard][letter.lower()]
    key = SHIFTED[keyboard] if letter == "A" else key
    given = {"key": key, "code": code, "text": key, "modifiers": 8 if letter == "A" else 0}
    keys.send("Input.dispatchKeyEvent", {"type": "keyDown", **given})
    keys.send("Input.dispatchKeyEvent", {"type": "keyUp", **given})


def waits(page: Page, posts: int) -> None:
    page.wait_for_function(
        "posts => document.querySelectorAll('[data-row]').length === posts", arg=posts
    )


@pytest.mark.parametrize("tag", ["fr", "ar"])
def test_keys_alone_decide_about_thirty_posts(desk: Desk, signed: BrowserContext, tag: str) -> None:
    page = signed.new_page()
    page.goto(f"{desk.url}/{tag}/queue")
    keys = signed.new_cdp_session(page)
    left = POSTS
    for keyboard in KEYBOARDS:
        # Under QWERTY the letters are their own, whatever keyboard the desk takes for granted.
        for letters in ("a", "r1", "e", "a", "r1", "a", "a", "r1", "a", "e"):
            for letter in letters:
                strike(keys, keyboard, letter)
            left -= 1
            waits(page, left)
    page.keyboard.press("z")
    waits(page, 1)

    with reading(desk.engine) as session:
        reviews = [session.get_one(Post, number).review for number in range(1, POSTS + 1)]
    found = {review: reviews.count(review.value) for review in Review if review.value in reviews}
    assert found == {
        Review.SCHEDULED: 15,
        Review.REJECTED: 9,
        Review.ESCALATED: 5,
        Review.PENDING: 1,
    }


@pytest.mark.parametrize("tag", ["fr", "ar"])
def test_pinned_posts_are_put_in_order_by_hand(
    desk: Desk, signed: BrowserContext, tag: str
) -> None:
    with writing(desk.engine) as session:
        for number in (1, 2, 3):
            session.get_one(Post, number).review = Review.APPROVED.value
            session.flush()
            curation.decide(session, number, Action.PIN, moderator="karim", now=desk.now)
    page = signed.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{desk.url}/{tag}/wall")

    def drag(number: int, onto: int) -> None:
        cards = [f"[data-place]:has(form[action$='/posts/{one}'])" for one in (number, onto)]
        grip = page.locator(f"{cards[0]} [data-grip]")
        grip.hover()
        page.mouse.down()
        there = page.locator(cards[1]).bounding_box()
        assert there is not None
        page.mouse.move(there["x"] + 30, there["y"] + there["height"] / 2, steps=4)
        page.mouse.up()

    def order() -> list[int]:
        with reading(desk.engine) as session:
            return [lead.post_id for lead in leads.pinned(session)]

    drag(3, 1)
    page.wait_for_url("**done=*")
    expect(page.locator("[data-say]")).to_contain_text("1")
    assert order() == [3, 1, 2]
    assert page.evaluate("document.activeElement.form.dataset.move") == ""

    with writing(desk.engine) as session:
        curation.decide(session, 2, Action.TOPIC, moderator="karim", now=desk.now,
                        terms=Terms(words=("port",)))  # fmt: skip
    drag(2, 3)
    told = page.locator(".card [role=alert]")
    told.wait_for()
    # Somebody was quicker: that is said in the card, which is back in its place.
    assert "karim" in told.inner_text()
    assert order() == [3, 1, 2]
    shown = page.locator("[data-place]")
    assert [shown.nth(at).get_attribute("data-place") for at in range(3)] == ["0", "1", "2"]
    assert shown.nth(2).locator("[role=alert]").count() == 1

    drag(3, 2)
    page.wait_for_url("**post=3*")
    assert order() == [1, 2, 3]
    assert complaints == []


def test_keys_choose_a_range_and_go_to_pages(desk: Desk, signed: BrowserContext) -> None:
    page = signed.new_page()
    page.goto(f"{desk.url}/fr/queue")
    # Before htmx has begun a link leads to a new page, on which nothing is chosen.
    page.wait_for_selector("a[data-htmx-powered]")
    page.keyboard.press("x")
    for number in (2, 3, 4):
        page.keyboard.press("j")
        page.wait_for_selector(f"[data-row].open [value='{number}:0']")
    page.keyboard.press("Shift+X")
    chosen = page.locator("[name=chosen]:checked").count()

    # What is open covers the list of a phone.
    page.set_viewport_size({"width": 390, "height": 800})
    is_open = page.locator(".detail").is_visible()
    page.set_viewport_size({"width": 1280, "height": 900})
    for letter, name in (("w", "wall"), ("s", "sources"), ("a", "audit"), ("q", "queue")):
        page.keyboard.press("g")
        page.keyboard.press(letter)
        page.wait_for_url(f"**/fr/{name}")

    assert (chosen, is_open) == (4, True)
    with reading(desk.engine) as session:
        assert session.get_one(Post, 4).review == Review.PENDING


def test_shift_pins_what_is_approved_on_every_keyboard(desk: Desk, signed: BrowserContext) -> None:
    page = signed.new_page()
    page.goto(f"{desk.url}/fr/queue")
    keys = signed.new_cdp_session(page)
    for left, keyboard in enumerate(KEYBOARDS, 1):
        strike(keys, keyboard, "A")
        waits(page, POSTS - left)
    page.keyboard.press("z")
    waits(page, POSTS - 2)

    with reading(desk.engine) as session:
        pinned = [lead.post_id for lead in leads.pinned(session)]
        reviews = [session.get_one(Post, number).review for number in (1, 2, 3)]
    assert pinned == [1, 2]
    assert reviews == [Review.SCHEDULED, Review.SCHEDULED, Review.PENDING]


def test_ones_own_keys_count_and_may_be_switched_off(desk: Desk, signed: BrowserContext) -> None:
    page = signed.new_page()
    page.goto(f"{desk.url}/ar/settings")
    page.fill("[name=approve]", "b")
    page.fill("[name=help]", "h")
    page.click(".own button")
    page.wait_for_selector(".done")
    page.keyboard.press("h")
    told = page.locator("#help")
    expect(told).to_be_visible()
    expect(told.locator("kbd", has_text="B")).to_have_count(2)
    shut_out = faults(page)
    page.keyboard.press("Escape")
    expect(told).to_be_hidden()

    page.goto(f"{desk.url}/ar/queue")
    keys = signed.new_cdp_session(page)
    strike(keys, "arabic", "a")
    # On this keyboard one key says two letters.
    for kind in ("keyDown", "keyUp"):
        keys.send("Input.dispatchKeyEvent", {"type": kind, "key": "لا", "code": "KeyB"})
    waits(page, POSTS - 1)
    page.goto(f"{desk.url}/ar/settings")
    page.uncheck("[name=on]")
    page.click(".own button")
    page.wait_for_selector(".done")
    page.goto(f"{desk.url}/ar/queue")
    page.keyboard.press("b")
    page.keyboard.press("h")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()

    assert shut_out == ""
    assert page.locator("#help").is_hidden()
    with reading(desk.engine) as session:
        reviews = [session.get_one(Post, number).review for number in (1, 2)]
    assert reviews == [Review.SCHEDULED, Review.PENDING]


def test_palette_finds_pages_however_they_are_typed(desk: Desk, signed: BrowserContext) -> None:
    page = signed.new_page()
    typed = {
        "fr": ("journal d'aud", "audit"),
        "ar": ("موضوعه جانبا", "quarantine"),
        "en": ("TRAIL audit", "audit"),
        "es": ("auditoria", "audit"),
        "zgh": ("ⴰⵖⵔⴰⴱ", "wall"),
    }
    for tag, (text, name) in typed.items():
        page.goto(f"{desk.url}/{tag}/queue")
        page.keyboard.press("Control+k")
        page.keyboard.insert_text(text)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/{tag}/{name}")


def test_palette_does_what_the_post_allows(desk: Desk, signed: BrowserContext) -> None:
    page = signed.new_page()
    page.goto(f"{desk.url}/ar/queue")
    page.keyboard.press("Control+k")
    box, rows = page.locator("#palette input"), page.locator("#choices [role=option]")
    expect(box).to_be_focused()
    every = rows.count()
    page.keyboard.press("ArrowUp")
    last = page.locator("[aria-selected=true]")
    marks = [last.get_attribute("id"), box.get_attribute("aria-activedescendant")]
    shut_out = faults(page)
    box.fill("xyz")
    expect(page.locator("#palette [role=status]")).to_have_text("لا شيء يوافق هذا.")
    page.keyboard.press("Escape")
    came_back = page.evaluate("document.activeElement.className")
    page.keyboard.press("Control+k")
    # As it is typed in haste: without hamza, and with the other last letter.
    box.fill("احاله")
    page.keyboard.press("Enter")
    waits(page, POSTS - 1)

    assert marks == [f"choice-{every - 1}"] * 2
    assert (shut_out, came_back) == ("", "text")
    with reading(desk.engine) as session:
        assert session.get_one(Post, 1).review == Review.ESCALATED
