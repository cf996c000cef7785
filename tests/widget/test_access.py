"""Everybody can use the wall: by keyboard, by ear, in both directions, at every width."""

import os
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from api import widget
from api.words import LOCALES
from tests.api.browsing import faults
from tests.widget import thousand
from tests.widget.host import Host, document, element, script, shown

LAYOUTS = ("mosaic", "masonry", "list", "carousel", "kiosk")
WIDTHS = (320, 390, 768, 1280)
THEMES = ("light", "dark")

EVERYTHING = list(product(LOCALES, LAYOUTS, THEMES, WIDTHS))
SAMPLE = [
    # The fewest in which each two of them meet: every language every layout, and so on.
    (tag, layout, THEMES[(row // 2 + column) % 2], WIDTHS[(row + column) % 4])
    for (row, tag), (column, layout) in product(enumerate(LOCALES), enumerate(LAYOUTS))
]
"""`make test EVERY_LOOK=1 ARGS='-k shut_out'` takes all 200."""
SOURCE = Path(widget.__file__).parent / "source"


@pytest.mark.parametrize(
    ("tag", "layout", "theme", "width"), EVERYTHING if os.environ.get("EVERY_LOOK") else SAMPLE
)
def test_nobody_is_shut_out(
    page: Page, address: str, host: Host, tag: str, layout: str, theme: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    wall = element(
        address,
        lang=tag,
        layout=layout,
        theme=theme,
        submit="on",
        collection="summer" if layout == "kiosk" else None,
    )
    page.goto(host.page(document(wall, script(address))))
    shown(page)
    page.evaluate(
        """() => document.querySelector('bladi-wall').shadowRoot
            .querySelectorAll('details').forEach(one => one.open = true)"""
    )

    assert faults(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", THEMES)
def test_nobody_is_shut_out_of_menus_and_questions(visit: Any, theme: str) -> None:
    page = visit(theme=theme, limit=100)
    page.locator("button.play").first.click() if page.locator("button.play").count() else None
    page.locator(".options").nth(1).click()
    page.get_by_role("button", name="Signaler").first.click()
    page.locator(".options").nth(2).click()

    assert faults(page) == ""


def _path(page: Page, key: str, steps: int) -> list[str]:
    """Return what has the focus after each press of a key."""
    name = """() => { let one = document.activeElement;
        while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
        if (!one || one === document.body) return '';
        window.seen ??= new Map();
        if (!seen.has(one)) seen.set(one, seen.size + 1);
        const box = one.getBoundingClientRect();
        const outline = getComputedStyle(one).outlineStyle;
        return `${seen.get(one)} ${outline} ${Math.round(box.width) > 0}` }"""
    found = []
    for _ in range(steps):
        page.keyboard.press(key)
        found.append(str(page.evaluate(name)))
    return found


@pytest.mark.parametrize("tag", ["fr", "ar"])
def test_keyboard_reaches_everything_in_both_directions(visit: Any, tag: str) -> None:
    page = visit(lang=tag, limit=4)
    count = page.evaluate(
        """() => [...document.querySelector('bladi-wall').shadowRoot
            .querySelectorAll('a[href], button, input, select, summary')]
            .filter(one => one.checkVisibility()).length"""
    )
    there = _path(page, "Tab", count)
    page.keyboard.press("Tab")
    back = _path(page, "Shift+Tab", count)

    assert len(set(there)) == count
    assert back == there[::-1]
    assert all(one.endswith(" solid true") for one in there)


def test_focus_goes_as_the_eye_does(visit: Any) -> None:
    page = visit(lang="ar", limit=4)

    boxes = page.evaluate(
        """() => [...document.querySelector('bladi-wall').shadowRoot
            .querySelectorAll('.item')].map(one => one.getBoundingClientRect().x)"""
    )

    assert boxes == sorted(boxes, reverse=True)


def test_skip_link_leads_over_the_posts(visit: Any) -> None:
    page = visit()
    page.keyboard.press("Tab")
    first = page.evaluate(
        "document.querySelector('bladi-wall').shadowRoot.activeElement.textContent"
    )

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    after = page.evaluate(
        "document.querySelector('bladi-wall').shadowRoot.activeElement.textContent"
    )
    assert (first, after) == ("Passer le mur de publications", "Afficher plus")


def test_nothing_moves_for_those_who_asked_for_calm(visit: Any, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    visit()

    moving = page.evaluate(
        """() => [...document.querySelector('bladi-wall').shadowRoot.querySelectorAll('*')]
            .filter(one => { const style = getComputedStyle(one);
              return parseFloat(style.transitionDuration) || style.animationName !== 'none' })
            .length + document.getAnimations().length"""
    )

    assert moving == 0


def test_forced_colours_keep_what_is_pressed_apart(visit: Any, page: Page) -> None:
    page.emulate_media(forced_colors="active")
    visit()

    pressed, other = page.locator(".chip").evaluate_all(
        "all => all.slice(0, 2).map(one => getComputedStyle(one).backgroundColor)"
    )

    assert pressed != other


@pytest.mark.parametrize("width", WIDTHS)
def test_targets_are_large_enough(visit: Any, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    visit()

    small = page.evaluate(
        """() => [...document.querySelector('bladi-wall').shadowRoot
            .querySelectorAll('button, select, input, summary, .foot a, .also a, .more, .see')]
            .filter(one => one.checkVisibility())
            .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
            .filter(([, box]) => box.height < 24 || box.width < 24)
            .map(([html, box]) => `${html} ${box.width} x ${box.height}`)"""
    )

    assert small == []


def test_large_letters_of_the_visitor_are_respected(page: Page, address: str, host: Host) -> None:
    page.goto(host.page(document(element(address), script(address))))
    shown(page)
    client = page.context.new_cdp_session(page)
    before = page.locator(".title").first.evaluate("one => getComputedStyle(one).fontSize")

    client.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    page.reload()
    shown(page)

    after = page.locator(".title").first.evaluate("one => getComputedStyle(one).fontSize")
    assert float(after.removesuffix("px")) == 2 * float(before.removesuffix("px"))


def test_style_knows_no_left_and_no_right() -> None:
    css = re.sub(r"/\*.*?\*/", "", (SOURCE / "wall.css").read_text("utf-8"), flags=re.DOTALL)

    physical = re.findall(
        r"(?:margin|padding|border)-(?:left|right|top|bottom)|[\s;{](?:left|right|top|bottom|width|"
        r"height|max-width|min-width|max-height|min-height)\s*:(?!\s*\d+px\))|text-align:\s*(?:left|right)",
        re.sub(r"@(?:container|media)[^{]*", "", css),
    )

    assert physical == []


def test_arrows_are_mirrored_and_players_are_not(visit: Any) -> None:
    page = visit(lang="ar", layout="carousel", limit=100)
    turned = "one => new DOMMatrix(getComputedStyle(one).transform).a"

    assert page.locator(".i-on").evaluate(turned) == -1
    assert page.locator(".i-back").evaluate(turned) == -1
    assert page.locator(".play-mark").first.evaluate(turned) == 1


def test_names_and_lengths_keep_their_own_direction(visit: Any) -> None:
    page = visit(lang="ar", limit=100)

    assert page.locator(".clock bdi[dir=ltr]").count() == page.locator(".clock").count() > 0
    assert page.locator(".name > bdi").count() > 0
    assert page.locator(".handle:not([dir=ltr])").count() == 0
    assert page.locator(".tag:not(:has(> bdi))").count() == 0


def test_every_text_has_its_language(visit: Any) -> None:
    page = visit(lang="ar", limit=100)

    texts = page.locator(".text").evaluate_all("all => all.map(one => [one.lang, one.dir])")

    assert {"ar", "fr", "zgh"} <= {lang for lang, _ in texts}
    assert all(direction in {"rtl", "ltr", "auto"} for _, direction in texts)
    assert {direction for lang, direction in texts if lang in {"ar", "ary"}} == {"rtl"}


def test_every_picture_is_described(visit: Any) -> None:
    page = visit(limit=100)

    silent = page.locator(".media img:not([alt]), .media img[alt=''], .drawing:not([aria-label])")

    assert page.locator(".media").count() > 10
    assert silent.count() == 0


def test_a_thousand_posts_stay_light(page: Page, address: str, host: Host) -> None:
    thousand.open_wall(page, address, host)

    assert page.locator("article").count() == thousand.POSTS
    assert thousand.heap(page) < thousand.HEAP
    # Those far below are laid out when they come near, with the button of their cut text.
    page.locator(".item").last.scroll_into_view_if_needed()
    page.locator(".posts .open").last.wait_for()
