"""The wall on a page of others: whatever that page does, and whatever the wall's server does."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route

from api.addresses import Addresses
from api.widget import release, serving
from tests.widget.host import LINK, Host, document, element, script, shown
from tests.widget.pixels import difference

POLICY = (
    "default-src 'none'; script-src {wall}; connect-src {wall}; img-src {wall}; "
    "media-src {wall}; style-src 'self'; "
    "frame-src https://www.youtube-nocookie.com; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def listen(page: Page) -> list[str]:
    """Return what the browser complains of from now on."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    return complaints


def test_strict_host_sees_no_violation(page: Page, address: str, host: Host) -> None:
    complaints = listen(page)
    html = document(element(address), script(address))

    page.goto(host.page(html, {"content-security-policy": POLICY.format(wall=address)}))
    shown(page)
    page.locator(".options").first.click()
    page.get_by_role("button", name="Signaler").first.click()

    assert complaints == []
    assert (
        page.locator(".card").first.evaluate("one => getComputedStyle(one).borderRadius") == "14px"
    )


def test_nobody_else_is_asked_and_nothing_is_kept(page: Page, address: str, host: Host) -> None:
    asked: set[str] = set()
    cookies: list[str] = []
    page.on("request", lambda request: asked.add(request.url.split("/", 3)[2]))
    page.on("response", lambda answer: cookies.extend(answer.header_values("set-cookie")))

    page.goto(host.page(document(element(address, limit=100), script(address))))
    shown(page)
    page.mouse.wheel(0, 4000)
    page.locator(".play").first.hover()
    page.wait_for_timeout(300)

    kept = page.evaluate(
        "async () => [document.cookie, localStorage.length, sessionStorage.length,"
        " (await indexedDB.databases()).length, Object.keys(globalThis).length]"
    )
    page.goto(host.page(document()))
    bare = page.evaluate("Object.keys(globalThis).length")
    assert asked == {address.split("/")[2], host.address.split("/")[2]}
    assert cookies == []
    assert kept == ["", 0, 0, 0, bare]


def test_few_requests_before_the_first_click(page: Page, address: str, host: Host) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(host.page(document(element(address), script(address))))
    shown(page)

    ours = [one for one in asked if one.startswith(address) and "/media/" not in one]
    assert len(ours) == 4


def test_without_scripts_the_link_is_there(browser: Browser, address: str, host: Host) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(host.page(document(element(address), script(address))))

    visible = page.get_by_text(LINK).is_visible()
    context.close()
    assert visible


WATCHED = """<button>Au portail</button><script>
    window.slow = [0]; window.clicks = 0
    document.querySelector('button').onclick = () => { clicks += 1 }
    const keep = list => slow.push(...list.getEntries().map(one => one.duration))
    new PerformanceObserver(keep).observe({ type: 'longtask', buffered: true })
    new PerformanceObserver(keep).observe({ type: 'event', buffered: true })
    for (const name of ['bw:ready', 'bw:error'])
        addEventListener(name, event => { window.told = event.detail }, true)</script>"""
"""A button of the host's, and how long its page is busy or keeps a click waiting."""
BUSY = 1000
"""Milliseconds: others who work on the machine need less, a page that reads whatever comes more."""


def _click_until_told(page: Page) -> int:
    """Use the host's button until the wall has told how it went; return how often."""
    box = page.get_by_text("Au portail").bounding_box()
    assert box is not None
    clicks = 0
    while clicks == 0 or not page.evaluate("window.told"):
        page.mouse.click(box["x"] + 5, box["y"] + 5)
        clicks += 1
    return clicks


def _status(status: int) -> Any:
    return lambda route: route.fulfill(status=status, body="{}")


def _body(body: str) -> Any:
    return lambda route: route.fulfill(body=body, headers={"access-control-allow-origin": "*"})


def _huge(route: Route) -> None:
    posts = [{"id": 1, "text": ["x" * 10_000_000]}]
    _body(json.dumps({"posts": posts}))(route)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda route: route.abort(), id="down"),
        pytest.param(_status(500), id="500"),
        pytest.param(_status(404), id="404"),
        pytest.param(_body("<html>"), id="not JSON"),
        pytest.param(_body('{"posts": 7}'), id="other JSON"),
        pytest.param(_body("null"), id="null"),
        pytest.param(_huge, id="10 MB"),
    ],
)
def test_link_stays_when_the_wall_fails(page: Page, address: str, host: Host, answer: Any) -> None:
    page.route("**/w/main?**", answer)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    page.goto(host.page(document(WATCHED, element(address), script(address))))
    clicks = _click_until_told(page)

    assert page.get_by_text(LINK).is_visible()
    assert page.evaluate("document.querySelector('bladi-wall').shadowRoot") is None
    assert errors == []
    assert page.evaluate("clicks") == clicks
    assert page.evaluate("Math.max(...slow)") < BUSY


def test_host_goes_on_while_the_wall_reads_far_too_many_posts(
    page: Page, address: str, host: Host
) -> None:
    posts = [{"id": number, "card": True} for number in range(1, 60_000)]
    page.route("**/w/main?**", _body(json.dumps({"posts": posts})))

    page.goto(host.page(document(WATCHED, element(address), script(address))))
    clicks = _click_until_told(page)

    assert page.evaluate("told") == {"posts": 100}
    assert page.evaluate("clicks") == clicks
    assert page.evaluate("Math.max(...slow)") < BUSY


def test_link_stays_when_the_wall_is_slow(page: Page, address: str, host: Host) -> None:
    page.clock.install()
    page.route("**/w/main?**", lambda route: None)
    head = "<script>addEventListener('bw:error', e => { window.told = e.detail }, true)</script>"
    page.goto(host.page(document(element(address), script(address), head=head)))
    page.wait_for_function("!!customElements.get('bladi-wall')")

    page.clock.fast_forward(30_000)
    page.wait_for_function("window.told")

    assert page.get_by_text(LINK).is_visible()


@pytest.mark.parametrize("part", ["wall.*.css", "i18n/*"])
def test_link_stays_when_a_part_of_the_widget_is_another(
    page: Page, address: str, host: Host, part: str
) -> None:
    page.route(f"**/embed/v1/{part}", _body("{}"))
    head = "<script>addEventListener('bw:error', e => { window.told = e.detail }, true)</script>"

    page.goto(host.page(document(element(address), script(address), head=head)))
    page.wait_for_function("window.told")

    assert page.get_by_text(LINK).is_visible()


def test_link_stays_when_the_script_is_another(page: Page, address: str, host: Host) -> None:
    pinned = serving.pinned(Addresses(address), release.load().script)
    wrong = script(address).replace(pinned.integrity, release.load().style.integrity)

    page.goto(host.page(document(element(address), wrong)))
    page.wait_for_load_state("networkidle")

    assert page.get_by_text(LINK).is_visible()


def test_link_stays_when_the_host_forbids_to_connect(page: Page, address: str, host: Host) -> None:
    policy = {"content-security-policy": f"script-src {address}; connect-src 'none'"}

    page.goto(host.page(document(element(address), script(address)), policy))
    page.wait_for_load_state("networkidle")

    assert page.get_by_text(LINK).is_visible()


HOSTILE = """
* { all: unset !important }
button, a, ul, li, article, section { display: none !important; float: right }
bladi-wall { font: italic 40px/3 serif !important; letter-spacing: 9px !important;
  color: lime !important; text-transform: uppercase !important;
  visibility: hidden !important; direction: rtl !important }
html { font-size: 40px }
"""


STYLES = Path(__file__).parent / "styles"
HOSTS = {
    "hostile": HOSTILE,
    "Bootstrap": (STYLES / "bootstrap-reboot.css").read_text("utf-8"),
    # Tailwind's compiler turns its own function into the one that browsers know.
    "Tailwind": (STYLES / "tailwind-preflight.css").read_text("utf-8").replace("--theme(", "var("),
}


def test_css_of_the_host_does_not_reach_the_wall(page: Page, address: str, host: Host) -> None:
    def look(css: str) -> Image.Image:
        head = f"<style>body, main {{ margin: 0 }} h1 {{ display: none }} {css}</style>"
        page.goto(host.page(document(element(address), script(address), head=head)))
        shown(page)
        # Unset, the element's parents are inline: given a width, the wall is as wide as before.
        page.evaluate(
            """() => ['html', 'body', 'main'].forEach(name => document.querySelector(name)
                .setAttribute('style', 'display: block !important; width: 1200px !important'))"""
        )
        page.wait_for_timeout(200)
        shot = page.locator("bladi-wall section").screenshot(animations="disabled")
        return Image.open(BytesIO(shot))

    plain = look("")
    apart = {name: difference(plain, look(css)) for name, css in HOSTS.items()}

    assert max(apart.values()) <= 0.005, apart


def test_two_walls_and_the_script_twice(page: Page, address: str, host: Host) -> None:
    complaints = listen(page)
    both = element(address) + element(address, lang="ar", layout="list", limit=3)
    # A script of the same address would run once only, whatever is in it.
    again = script(address).replace(".js", ".js?again")

    page.goto(host.page(document(both, script(address), script(address), again)))
    page.wait_for_load_state("networkidle")
    shown(page, 2)

    assert page.locator("bladi-wall").nth(0).locator("article").count() == 12
    assert page.locator("bladi-wall").nth(1).locator("article").count() == 3
    assert page.locator("bladi-wall section").nth(1).get_attribute("dir") == "rtl"
    assert complaints == []


def test_unknown_values_fall_back_and_are_told_once(page: Page, address: str, host: Host) -> None:
    complaints = listen(page)
    odd = element(address, lang="xx", layout="spiral", limit="-3", theme="pink", types="poem")

    page.goto(host.page(document(odd, odd, script(address))))
    shown(page, 2)

    section = page.locator("bladi-wall section").first
    assert section.get_attribute("class") == "wall mosaic auto"
    assert section.get_attribute("lang") == "fr"
    assert page.locator("bladi-wall").first.locator("article").count() == 12
    told = [one for one in complaints if one.startswith("bladi-wall:")]
    assert len(told) == len(set(told)) == 5


def test_language_comes_from_the_page_around(page: Page, address: str, host: Host) -> None:
    html = document(f'<div lang="ar-MA">{element(address, lang=None)}</div>', script(address))

    page.goto(host.page(html))
    shown(page)

    assert page.locator("bladi-wall section").get_attribute("lang") == "ar"


def test_collection_that_is_none_leaves_the_link(page: Page, address: str, host: Host) -> None:
    page.goto(host.page(document(element(address, collection="nowhere"), script(address))))
    page.wait_for_load_state("networkidle")

    assert page.get_by_text(LINK).is_visible()


def test_host_may_put_its_own_heading(visit: Any) -> None:
    page = visit('<h2 slot="header">Notre mur</h2>')

    assert page.get_by_text("Notre mur").is_visible()
    assert not page.locator(".heading").is_visible()


def test_host_may_change_colours_and_parts(page: Page, address: str, host: Host) -> None:
    css = "bladi-wall { --bw-accent: rgb(1, 2, 3) } ::part(card) { border-radius: 3px }"
    head = f"<style>{css}</style>"

    page.goto(host.page(document(element(address), script(address), head=head)))
    shown(page)

    brand = page.locator(".brand").evaluate("one => getComputedStyle(one).fill")
    card = page.locator(".card").first.evaluate("one => getComputedStyle(one).borderRadius")
    assert (brand, card) == ("rgb(1, 2, 3)", "3px")


def test_host_is_told_when_the_wall_is_ready(page: Page, address: str, host: Host) -> None:
    head = "<script>addEventListener('bw:ready', e => { window.told = e.detail })</script>"

    page.goto(host.page(document(element(address), script(address), head=head)))

    assert page.wait_for_function("window.told").json_value() == {"posts": 12}
