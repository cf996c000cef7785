"""The desk in a real browser: nobody is shut out, and the keys alone are enough."""

import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from api.words import LOCALES
from store.engine import reading
from store.models import Post, Review, Role
from tests.api.browsing import address_of, faults, launched, serving
from tests.dashboard.conftest import Desk, fill

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
)
KEYBOARDS = {
    # What each says for the keys that are printed A, R, E and Z, and for the first digit's.
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
    listening = socket.create_server(("127.0.0.1", 0))
    desk = Desk(sqlite_engine, address_of(listening))
    with serving(desk.app, listening):
        yield desk


@pytest.fixture
def signed(browser: Browser, desk: Desk) -> Iterator[BrowserContext]:
    """The browser of an admin."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    known = desk.person("nadia", Role.ADMIN).cookies
    context.add_cookies(
        [{"name": name, "value": value, "url": desk.url} for name, value in known.items()]
    )
    yield context
    context.close()


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


def strike(keys: CDPSession, keyboard: str, letter: str) -> None:
    """Press the key that is printed so, as a person with this keyboard does."""
    key, code = KEYBOARDS[keyboard][letter]
    given = {"key": key, "code": code, "text": key}
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
