"""What is printed for web teams, pasted as it is into a page with the policy that is printed."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route
from starlette.testclient import TestClient

from api import site as sites
from api.errors import NotFoundError
from api.settings import ApiSettings
from api.widget.snippet import Snippets, Wish
from api.words import LOCALES
from tests.api.browsing import faults
from tests.api.rows import CAMPAIGN, a_client
from tests.widget.host import Host, document, moved, shown, watch

STRICT = "default-src 'none'; style-src 'self' 'unsafe-inline'; "


@pytest.fixture(scope="module")
def client(engine: Any) -> Iterator[TestClient]:
    with a_client(engine) as client:
        yield client


def of(engine: Any, address: str, lang: str = "fr", **wish: Any) -> Snippets:
    site = sites.build(engine, CAMPAIGN, ApiSettings(public_url=address))
    return Snippets(site, site.wordings[lang], Wish(**wish))


def one_line(policy: str) -> dict[str, str]:
    return {"content-security-policy": STRICT + policy.replace("\n", " ")}


def codes(page: Page) -> list[str]:
    return page.locator("pre").all_inner_texts()


def test_element_works_as_it_is_printed(page: Page, address: str, host: Host) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{address}/ar/embed?layout=list&theme=dark&limit=3")
    html, policy, css, *_ = codes(page)

    page.goto(host.page(document(html, head=f"<style>{css}</style>"), one_line(policy)))
    shown(page)

    assert "100vh" in css
    assert page.locator("section.wall").get_attribute("class") == "wall list dark"
    assert page.locator("article").count() == 3
    assert page.locator("section.wall").get_attribute("lang") == "ar"
    assert complaints == []


@pytest.mark.parametrize(
    ("layout", "width", "height"), [("masonry", 1280, 1400), ("carousel", 390, 844)]
)
def test_page_around_stays_where_it_is_with_the_style_that_is_printed(
    page: Page, engine: Any, address: str, host: Host, layout: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    snippets = of(engine, address, layout=layout)
    below = "<p>La suite de la page</p>" * 40
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/w/main?**", hold)
    watch(page)

    def shift(css: str) -> float:
        held.clear()
        with page.expect_request("**/w/main?**"):
            page.goto(host.page(document(snippets.element, below, head=f"<style>{css}</style>")))
        # What is there before the posts has been seen.
        moved(page)
        held[0].continue_()
        shown(page)
        return moved(page)

    assert shift(snippets.style) <= 0.02
    assert shift("") > 0.1


def test_frame_works_as_it_is_printed(page: Page, address: str, host: Host) -> None:
    page.goto(f"{address}/fr/embed?wall=main")
    html, policy = codes(page)[3:5]

    page.goto(host.page(document(html), one_line(policy)))
    page.frame_locator("iframe").locator(".options").first.wait_for()
    page.wait_for_function("document.querySelector('iframe').offsetHeight !== 1200")

    assert page.frame_locator("iframe").locator("article").count() > 8


def test_page_shows_how_it_looks(page: Page, address: str) -> None:
    page.goto(f"{address}/fr/embed")
    page.select_option("#theme", "dark")
    page.click("button[type=submit]")
    page.locator("iframe").scroll_into_view_if_needed()

    page.frame_locator("iframe").locator("section.wall.dark").wait_for()

    assert 'theme="dark"' in codes(page)[0]


@pytest.mark.parametrize("tag", LOCALES)
def test_page_is_for_everybody(page: Page, address: str, tag: str) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(f"{address}/{tag}/embed")
    # What is in the frame has its own tests.
    page.evaluate("document.querySelector('iframe').remove()")

    assert faults(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_address_without_a_language_leads_to_the_browsers(client: TestClient) -> None:
    answer = client.get(
        "/embed?theme=dark", headers={"accept-language": "es"}, follow_redirects=False
    )

    assert answer.status_code == 307
    assert answer.headers["location"] == "/es/embed?theme=dark"
    assert answer.headers["vary"] == "accept-language"


@pytest.mark.parametrize(
    ("query", "status"),
    [("wall=summer", 200), ("wall=nowhere", 404), ("theme=pink", 422), ("x=1", 422)],
)
def test_page_is_for_what_it_knows(client: TestClient, query: str, status: int) -> None:
    assert client.get(f"/fr/embed?{query}").status_code == status


def test_collection_has_its_own_title_and_home(engine: Any) -> None:
    snippet = of(engine, "https://mur.example.ma", wall="summer").element

    assert '<a href="https://mur.example.ma/fr/c/summer">Le retour de l’été</a>' in snippet
    assert 'src="https://mur.example.ma/w/summer"' in snippet


def test_wall_in_a_folder_is_found_there(engine: Any) -> None:
    snippets = of(engine, "https://portail.example.ma/mur", lang="ar")

    assert 'src="https://portail.example.ma/mur/w/main"' in snippets.element
    assert "https://portail.example.ma/mur/embed/v1/wall." in snippets.element
    assert "https://portail.example.ma/mur/f/main?lang=ar" in snippets.fragment
    assert "script-src https://portail.example.ma;" in snippets.policy


def test_link_for_content_systems_names_the_page(engine: Any) -> None:
    link = of(engine, "https://mur.example.ma").discovery

    assert "https://mur.example.ma/oembed?url=https%3A%2F%2Fmur.example.ma%2Ffr%2F" in link
    assert "&amp;format=json" in link


def test_pictures_of_another_host_are_in_the_policy(engine: Any) -> None:
    site = sites.build(
        engine, CAMPAIGN, ApiSettings(public_url="https://mur.example.ma"), None,
        "https://media.example.ma/wall",
    )  # fmt: skip

    policy = Snippets(site, site.wordings["fr"], Wish()).policy

    assert "img-src https://mur.example.ma https://media.example.ma;" in policy


def test_wall_that_is_none_is_refused(engine: Any) -> None:
    with pytest.raises(NotFoundError):
        of(engine, "https://mur.example.ma", wall="nowhere")
