"""The wall as HTML: without a script, taken over by the script, and within a frame."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any, get_args

import pytest
from playwright.sync_api import Browser, Page
from sqlmodel import col, select
from starlette.testclient import TestClient

from api.addresses import Addresses
from api.parameters import Layout
from api.widget import release, serving
from api.words import LOCALES
from store import curation
from store.engine import writing
from store.models import Action, Post
from tests.api.browsing import Address
from tests.api.rows import NOW, a_client
from tests.widget.host import Host, document, moved, watch

SHOWN = """() => [...document.querySelector('bladi-wall').shadowRoot.querySelectorAll('.card')]
    .map(card => ({
        class: card.className,
        texts: [...card.querySelectorAll('.label, .title, .text, .also, .who, summary, .see')]
            .map(one => [one.className, one.lang, one.dir,
                one.textContent.replace(/\\s+/g, ' ').trim()]),
        links: [...card.querySelectorAll('.body a:not(.open), .foot a:not(.menu a)')]
            .map(one => [one.href, one.rel]),
        pictures: [...card.querySelectorAll('.media')]
            .map(one => [one.className, one.querySelector('.drawing')?.getAttribute('aria-label')]),
        shapes: [...card.querySelectorAll('svg *')].filter(one => !one.closest('.options, .see'))
            .map(one => one.getAttribute('d') ?? one.getAttribute('points')),
    }))"""


@pytest.fixture(scope="module")
def client(engine: Any) -> Iterator[TestClient]:
    with a_client(engine) as client:
        yield client


@pytest.fixture(scope="module")
def still(browser: Browser) -> Iterator[Page]:
    """A page of a browser that runs no scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_fragment_shows_posts_without_a_script(
    still: Page, client: TestClient, address: str, host: Host
) -> None:
    fragment = client.get("/f/main?lang=ar").text.replace("http://127.0.0.1:8000", address)

    still.goto(host.page(document(fragment)))

    assert still.locator("article").count() == 12
    assert still.locator("article").first.is_visible()
    assert still.locator(".wall").get_attribute("dir") == "rtl"
    assert (
        still.locator(".card").first.evaluate("one => getComputedStyle(one).borderRadius") == "14px"
    )


@pytest.mark.parametrize("layout", get_args(Layout))
def test_no_card_lies_upon_another_without_a_script(still: Page, address: str, layout: str) -> None:
    name = "summer" if layout == "kiosk" else "main"
    still.goto(f"{address}/e/{name}?lang=fr&layout={layout}")

    boxes = still.locator("article").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect())"
    )

    assert len(boxes) > 8
    assert not any(
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
        for one, other in combinations(boxes, 2)
    )


@pytest.fixture(scope="module")
def led(engine: Any, address: Address) -> None:
    """Posts that editors have put first: one featured, one pinned."""
    with writing(engine) as session:
        # Not of X, which wants no word of ours on its posts.
        query = select(Post.id).where(col(Post.display) == "card", col(Post.review) == "approved")
        for post_id, action in zip(session.exec(query), (Action.FEATURE, Action.PIN), strict=False):
            curation.decide(session, post_id or 0, action, moderator="nadia", now=NOW)
    address.follow(engine)


@pytest.mark.usefixtures("led")
@pytest.mark.parametrize("tag", LOCALES)
def test_script_shows_what_the_fragment_showed(
    browser: Browser, page: Page, address: str, tag: str
) -> None:
    url = f"{address}/e/main?lang={tag}&limit=60"
    context = browser.new_context(java_script_enabled=False)
    without = context.new_page()
    without.goto(url)
    # The page runs no script; the test may look at it all the same.
    before = without.evaluate(SHOWN)
    context.close()

    page.goto(url)
    page.locator(".options").first.wait_for()

    assert page.evaluate(SHOWN) == before
    assert [card["texts"][0][0] for card in before[:2]] == ["label", "label"]


def test_script_takes_a_fragment_over_without_moving_it(page: Page, address: str) -> None:
    watch(page)

    page.goto(f"{address}/e/main?lang=fr")
    page.locator(".options").first.wait_for()

    assert moved(page) <= 0.02


def test_posts_of_x_are_never_in_a_frame(page: Page, address: str, engine: Any) -> None:
    page.goto(f"{address}/f/main?lang=fr&limit=100")
    everywhere = page.locator(".of-x").count()

    page.goto(f"{address}/e/main?lang=fr&limit=100")
    from_server = page.locator(".of-x").count()
    page.locator(".options").first.wait_for()

    assert everywhere > 0
    assert from_server == 0
    assert page.locator(".of-x").count() == 0


def test_frame_is_as_high_as_it_says(page: Page, address: str, host: Host) -> None:
    resize = serving.pinned(Addresses(address), release.load().resize)
    frame = (
        f'<iframe src="{address}/e/main?lang=fr" title="Le mur" style="width: 100%; height: 300px" '
        'sandbox="allow-scripts allow-same-origin allow-popups"></iframe>'
        f'<script type="module" src="{resize.url}" integrity="{resize.integrity}" '
        'crossorigin="anonymous"></script>'
    )

    page.goto(host.page(document(frame)))
    page.frame_locator("iframe").locator(".options").first.wait_for()
    page.wait_for_function("document.querySelector('iframe').offsetHeight > 900")

    inner = page.frames[1].evaluate("document.documentElement.scrollHeight")
    page.wait_for_function(
        "inner => Math.abs(document.querySelector('iframe').clientHeight - inner) <= 1", arg=inner
    )


@pytest.mark.parametrize(
    "message",
    ["{bw: 1, h: 30000}", "{bw: 1, h: 0.5}", "{bw: 2, h: 500}", "{bw: 1, h: '500'}", "null", "7"],
)
def test_page_around_heeds_no_other_message(
    page: Page, address: str, host: Host, message: str
) -> None:
    resize = serving.pinned(Addresses(address), release.load().resize)
    page.route(
        "**/e/odd",
        lambda route: route.fulfill(
            body=f"<script>parent.postMessage({message}, '*')</script>", content_type="text/html"
        ),
    )
    frame = f'<iframe src="{address}/e/odd" style="height: 300px"></iframe>'
    loud = f'<script type="module" src="{resize.url}"></script>'
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    page.goto(host.page(document(loud, frame)))
    page.wait_for_timeout(150)

    assert page.locator("iframe").evaluate("one => one.style.height") == "300px"
    assert errors == []


def test_page_around_heeds_no_other_site(page: Page, address: str, host: Host) -> None:
    resize = serving.pinned(Addresses(address), release.load().resize)
    stranger = host.page("<script>parent.postMessage({bw: 1, h: 500}, '*')</script>")
    frames = (
        f'<iframe src="{address}/e/main" style="height: 300px"></iframe>'
        f'<iframe src="{stranger}" style="height: 200px"></iframe>'
    )

    page.goto(host.page(document(f'<script type="module" src="{resize.url}"></script>', frames)))
    page.wait_for_timeout(300)

    assert page.locator("iframe").nth(1).evaluate("one => one.style.height") == "200px"


def test_frame_may_be_shown_by_every_site(client: TestClient) -> None:
    frame, page = client.get("/e/main?lang=fr"), client.get("/fr/")

    assert "frame-ancestors *" in frame.headers["content-security-policy"]
    assert "x-frame-options" not in frame.headers
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/f/main?lang=fr&theme=dark&limit=3&types=video,note&sources=youtube,x", 200),
        ("/f/nowhere", 404),
        ("/e/nowhere", 404),
        ("/f/main?lang=xx", 422),
        ("/f/main?layout=spiral", 422),
        ("/f/main?limit=0", 422),
        ("/f/main?colour=red", 422),
        ("/e/main?lang=fr&lang=ar", 422),
    ],
)
def test_fragment_is_for_what_it_knows(client: TestClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_fragment_is_not_sent_twice(client: TestClient) -> None:
    first = client.get("/f/main?lang=fr")

    again = client.get("/f/main?lang=fr", headers={"if-none-match": first.headers["etag"]})

    assert first.headers["access-control-allow-origin"] == "*"
    assert again.status_code == 304


def test_texts_of_strangers_are_no_html(client: TestClient, engine: Any) -> None:
    from tests.api.rows import a_post, keep

    keep(engine, a_post(text="<script>alert(1)</script>", author_name='"><b>', published_at=NOW))

    html = client.get("/f/main?lang=fr").text

    assert "<script>alert" not in html
    assert '"><b>' not in html
