"""What a visitor does with the wall: choose, search, read on, play, report."""

import json
import unicodedata
from typing import Any

import pytest
from playwright.sync_api import Page, Route
from sqlalchemy import Engine
from sqlmodel import select

from store.engine import reading
from store.models import Report
from tests.api.rows import NOW, a_picture, a_post, keep
from tests.widget.host import Host, document, element, script, shown

PLAYER = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"


@pytest.fixture(scope="module")
def video(engine: Engine) -> int:
    """The newest post: a video that its network plays for others."""
    post = a_post(
        platform="youtube",
        kind="video",
        title="Un été à Taza",
        native_id="dQw4w9WgXcQ",
        url="https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        published_at=NOW,
        text="phrase " * 200,
    )
    return keep(engine, post, a_picture(kind="video", duration=252))


@pytest.fixture
def played(page: Page) -> list[Any]:
    """The requests to the video's network, answered by an empty page."""
    asked: list[Any] = []

    def answer(route: Route) -> None:
        asked.append(route.request)
        route.fulfill(body="<title>player</title>", content_type="text/html")

    page.route("https://www.youtube-nocookie.com/**", answer)
    return asked


def cards(page: Page) -> list[str]:
    return page.locator("article").all_inner_texts()


def _bare(text: str) -> str:
    """Return a text without its vowel marks."""
    return "".join(one for one in text if not unicodedata.combining(one))


def settle(page: Page) -> None:
    """Wait until the wall shows what was asked for."""
    page.wait_for_timeout(50)
    page.wait_for_function(
        "!document.querySelector('bladi-wall').shadowRoot.querySelector('[aria-busy]')"
    )


def focused(page: Page) -> Any:
    return page.evaluate_handle(
        "document.querySelector('bladi-wall').shadowRoot.activeElement"
    ).as_element()


def test_choice_of_a_kind_shows_that_kind(visit: Any) -> None:
    page = visit()
    before = cards(page)
    chip = page.get_by_role("button", name="Articles")

    with page.expect_response("**/w/main?**kind=article**"):
        chip.click()
    settle(page)

    assert chip.get_attribute("aria-pressed") == "true"
    assert cards(page) != before
    assert page.locator(".of-mastodon").count() == 0


def test_language_and_network_can_be_chosen(visit: Any) -> None:
    page = visit()

    with page.expect_response("**/w/main?**language=ary**"):
        page.get_by_label("Langue des publications").select_option("ary")
    with page.expect_response("**/w/main?**platform=mastodon**") as answer:
        page.get_by_label("Réseau").select_option("mastodon")
    settle(page)

    assert "language=ary" in answer.value.url
    assert set(page.locator(".text").evaluate_all("all => all.map(one => one.lang)")) == {"ary"}


def test_search_finds_arabic_in_any_spelling(visit: Any) -> None:
    page = visit()
    page.get_by_role("searchbox").fill("جَدِّي")

    with page.expect_response("**/w/main?**q=**"):
        page.keyboard.press("Enter")
    settle(page)

    # Of folded posts, too; links to X say nothing of what was found.
    found = page.locator("article:not(.linked)").all_text_contents()
    assert found
    assert all("جد" in _bare(text) for text in found)


def test_search_that_finds_nothing_says_so_and_leads_back(visit: Any) -> None:
    page = visit()
    page.get_by_role("searchbox").fill("zzzzzz")
    page.keyboard.press("Enter")
    page.get_by_text("Aucune publication ne correspond à ce choix.").first.wait_for()

    page.get_by_role("button", name="Afficher toutes les publications").click()
    page.locator("article").first.wait_for()

    assert page.locator("article").count() == 12


def test_more_posts_come_below_and_take_the_focus(visit: Any) -> None:
    page = visit()
    before = cards(page)

    page.get_by_role("button", name="Afficher plus").click()
    page.wait_for_function(
        "document.querySelector('bladi-wall').shadowRoot.querySelectorAll('article').length === 24"
    )

    assert cards(page)[:12] == before
    assert focused(page).inner_text() == cards(page)[12]
    page.locator("[role=status]").get_by_text("12 publications de plus").wait_for(state="attached")


def test_last_posts_offer_no_more(visit: Any) -> None:
    page = visit(limit=100)

    while page.locator(".more").is_visible():
        with page.expect_response("**/w/main?**cursor=**"):
            page.locator(".more").click()
        settle(page)

    assert (
        len(set(page.locator(".item").evaluate_all("all => all.map(one => one.dataset.id)"))) > 100
    )


def test_failed_choice_keeps_what_was_shown(visit: Any) -> None:
    page = visit()
    before = cards(page)
    page.route("**/w/main?**", lambda route: route.fulfill(status=503))

    page.get_by_role("button", name="Vidéos").click()
    page.get_by_text("Le mur ne peut pas être lu pour le moment").wait_for(state="attached")

    assert cards(page) == before
    assert (
        page.get_by_role("button", name="Tout", exact=True).get_attribute("aria-pressed") == "true"
    )


@pytest.mark.usefixtures("video")
def test_player_comes_after_a_click_and_a_yes(visit: Any, played: list[Any]) -> None:
    page = visit()
    page.evaluate("addEventListener('bw:play', event => { window.told = event.detail })")
    button = page.get_by_role("button", name="Lire : \u2068Un été à Taza\u2069")

    button.click()
    asked_before_yes = list(played)
    asks = page.get_by_text("La vidéo vient de YouTube").is_visible()
    page.get_by_role("button", name="Lire", exact=True).click()
    page.frame_locator("iframe").locator("title").wait_for(state="attached")

    frame = page.locator("iframe")
    assert asks
    assert asked_before_yes == []
    assert played[0].url == f"{PLAYER}?autoplay=1&playsinline=1"
    assert played[0].headers["referer"].startswith("http://localhost")
    assert frame.get_attribute("referrerpolicy") == "strict-origin-when-cross-origin"
    assert frame.get_attribute("title") == "Un été à Taza"
    box = frame.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 200
    assert page.evaluate("window.told.host") == "YouTube"


@pytest.mark.usefixtures("video")
def test_consent_is_asked_for_once(visit: Any, played: list[Any]) -> None:
    page = visit(types="video", sources="youtube")
    plays = page.locator("button.play")
    plays.first.click()
    page.get_by_role("button", name="Lire", exact=True).click()
    page.locator("iframe").wait_for()
    before = page.locator("iframe").count()
    if plays.count() == 0:
        pytest.fail("the wall has one video only")

    plays.first.click()

    assert page.locator(".consent").count() == 0
    assert page.locator("iframe").count() == before + 1


@pytest.mark.usefixtures("video")
def test_no_asks_for_nothing(visit: Any, played: list[Any]) -> None:
    page = visit()
    page.locator("button.play").first.click()

    page.get_by_role("button", name="Annuler").click()

    assert played == []
    assert "play" in str(focused(page).get_attribute("class"))


def test_long_text_unfolds_and_folds(visit: Any, video: int) -> None:
    page = visit()
    card = page.locator(f".item[data-id='{video}'] article")
    short = card.locator(".text").evaluate("one => one.clientHeight")

    card.get_by_role("button", name="Lire la suite").click()
    tall = card.locator(".text").evaluate("one => one.clientHeight")
    card.get_by_role("button", name="Réduire").click()

    assert tall > 2 * short
    assert card.locator(".text").evaluate("one => one.clientHeight") == short


def test_links_that_are_cut_off_wait_for_the_whole_text(visit: Any) -> None:
    page = visit(limit=100)
    card = page.locator("article:not(:has(details)):has(.cut)").first
    link = card.locator(".cut").last.element_handle()

    before = link.is_visible()
    card.get_by_role("button", name="Lire la suite").click()

    assert not before
    assert link.is_visible()


def test_short_text_offers_no_more_of_it(visit: Any) -> None:
    page = visit()

    wrong = page.locator(".posts .open").evaluate_all(
        """all => all.map(one => [one.hidden, one.previousElementSibling])
            .filter(([hidden, text]) => hidden !== text.scrollHeight <= text.clientHeight + 9)"""
    )

    assert wrong == []


def test_sensitive_posts_are_folded(visit: Any) -> None:
    page = visit(limit=100)

    fold = page.locator("details.fold").first

    assert fold.get_attribute("open") is None
    assert not fold.locator(".body").is_visible()
    fold.locator("summary").click()
    assert fold.locator(".body").is_visible()


def test_link_of_a_post_can_be_copied(visit: Any, address: str) -> None:
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    number = page.locator(".item:has(.options)").first.get_attribute("data-id")

    page.locator(".options").first.click()
    page.get_by_role("button", name="Copier le lien").first.click()
    page.get_by_text("Le lien est copié").wait_for(state="attached")

    assert page.evaluate("navigator.clipboard.readText()") == f"{address}/fr/p/{number}"


def test_menu_closes_with_escape_and_gives_the_focus_back(visit: Any) -> None:
    page = visit()
    options = page.locator(".options").first
    options.click()
    opened = options.get_attribute("aria-expanded")

    page.keyboard.press("Escape")

    assert opened == "true"
    assert options.get_attribute("aria-expanded") == "false"
    assert "options" in str(focused(page).get_attribute("class"))


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (202, "Merci. Une personne va examiner cette publication."),
        (429, "Cela fait beaucoup de signalements."),
        (503, "Le signalement n’a pas été envoyé."),
    ],
)
def test_report_goes_to_the_wall(visit: Any, address: str, status: int, answer: str) -> None:
    page = visit()
    sent: list[Any] = []

    def take(route: Route) -> None:
        if route.request.method == "POST":
            sent.append((route.request.url, json.loads(route.request.post_data or "null")))
        route.fulfill(
            status=status if route.request.method == "POST" else 204,
            headers={
                "access-control-allow-origin": "*",
                "access-control-allow-headers": "content-type",
            },
        )

    page.route("**/reports", take)
    number = page.locator(".item:has(.options)").first.get_attribute("data-id")

    page.locator(".options").first.click()
    page.get_by_role("button", name="Signaler").first.click()
    page.get_by_label("Publicité ou spam").check()
    page.get_by_placeholder("Quelque chose à ajouter").fill(" Une annonce ")
    page.get_by_role("button", name="Envoyer").click()
    page.get_by_text(answer).wait_for()

    assert sent == [
        (f"{address}/v1/posts/{number}/reports", {"reason": "spam", "note": "Une annonce"})
    ]


def test_report_is_kept_by_the_wall(visit: Any, engine: Engine) -> None:
    page = visit()
    number = page.locator(".item:has(.options)").first.get_attribute("data-id")

    page.locator(".options").first.click()
    page.get_by_role("button", name="Signaler").first.click()
    page.get_by_label("Fausse information").check()
    page.get_by_role("button", name="Envoyer").click()
    page.get_by_text("Merci. Une personne va examiner cette publication.").wait_for()

    with reading(engine) as session:
        kept = session.exec(select(Report)).one()
    assert (str(kept.post_id), kept.reason) == (number, "false")


def test_post_without_its_own_words_is_a_link(visit: Any, engine: Engine) -> None:
    keep(engine, a_post(platform="x", display="card_only", text="Secret", published_at=NOW))
    page = visit(limit=100)

    card = page.locator(".of-x").first
    link = card.get_by_role("link", name="Voir la publication sur X")

    assert "Secret" not in card.inner_text()
    assert link.count() == 1
    assert card.locator(".options").count() == 0


def test_story_of_several_networks_names_them(visit: Any, engine: Engine) -> None:
    head = keep(engine, a_post(text="Deux fois", published_at=NOW))
    keep(engine, a_post(text="Deux fois", platform="bluesky", copy_of=head))
    page = visit()

    also = page.locator(f".item[data-id='{head}'] .also")

    assert also.inner_text().split() == ["Aussi", "sur", ":", "Bluesky"]


def test_button_to_share_tells_the_host(page: Page, address: str, host: Host) -> None:
    page.goto(host.page(document(element(address, submit="on"), script(address))))
    shown(page)
    page.evaluate("addEventListener('bw:submit-open', event => { window.told = event.detail })")

    page.get_by_role("button", name="Partager mon histoire").click()

    assert page.evaluate("window.told") == {"home": f"{address}/fr/"}


def test_carousel_turns_by_buttons(visit: Any) -> None:
    page = visit(lang="ar", layout="carousel")
    list_ = page.locator(".posts")
    back, on = (
        page.get_by_role("button", name=name) for name in ("المنشورات السابقة", "المنشورات التالية")
    )

    on.click()

    page.wait_for_function("list => list.scrollLeft < -200", arg=list_.element_handle())
    assert back.get_attribute("aria-disabled") == "false"


def test_attributes_may_change(visit: Any) -> None:
    page = visit()

    page.evaluate(
        """() => { const wall = document.querySelector('bladi-wall');
            wall.setAttribute('lang', 'es'); wall.setAttribute('layout', 'list') }"""
    )
    page.get_by_role("button", name="Mostrar más").wait_for()

    assert page.locator("section.wall").get_attribute("class") == "wall list auto"
