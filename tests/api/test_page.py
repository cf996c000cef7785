"""The wall as a page."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.words import LOCALES, OWN_NAMES
from tests.api.document import links, page, read
from tests.api.rows import a_client, a_post, change, keep


@pytest.mark.parametrize("tag", LOCALES)
def test_page_says_its_language_and_direction(client: TestClient, tag: str) -> None:
    html = page(client, f"/{tag}/").find("html")[0]

    assert html.attributes == {"lang": tag, "dir": "rtl" if tag == "ar" else "ltr"}


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("ar-MA,ar;q=0.9", "ar"),
        ("ary", "ar"),
        ("AR-ma", "ar"),
        ("fr-CA, en;q=0.8", "fr"),
        ("de, nl;q=0.9, es;q=0.2", "es"),
        ("en;q=0.5, es;q=0.8", "es"),
        ("shi", "zgh"),
        ("fr;q=0, en;q=0.1", "en"),
        ("*", "fr"),
        ("de", "fr"),
        ("", "fr"),
        ("\t;;q=,,xx-;q=9", "fr"),
        ("en" * 5000, "fr"),
    ],
)
def test_address_without_a_language_follows_the_browser(
    client: TestClient, accepted: str, expected: str
) -> None:
    answer = client.get("/", headers={"accept-language": accepted})

    assert read(answer.text).find("html")[0].attributes["lang"] == expected
    assert answer.headers["content-language"] == expected


def test_setting_says_the_language_of_those_who_ask_for_none(engine: Engine) -> None:
    client = a_client(engine, default_language="ar")

    assert page(client, "/").find("html")[0].attributes["lang"] == "ar"


@pytest.mark.parametrize("tag", LOCALES)
def test_address_without_its_slash_goes_on_to_the_page(client: TestClient, tag: str) -> None:
    answer = client.get(f"/{tag}?kind=note", follow_redirects=False)

    assert answer.status_code == 308
    assert answer.headers["location"] == f"{tag}/?kind=note"


def test_menus_count_what_each_choice_would_show(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(kind="video", language="ar", platform="youtube"))
    keep(engine, a_post(kind="note", language="ar"))
    keep(engine, a_post(kind="note", language="fr"))
    keep(engine, a_post(kind="note", language="fr", review="pending"))

    whole = page(client, "/fr/?language=ar")

    chips = [one.text for one in whole.find("a", class_="chip")]
    options = {one.text: one.attributes for one in whole.find("option")}
    assert chips[:3] == ["Tout 2", "Vidéos 1", "Textes 1"]
    assert list(options) == [
        "Toutes les langues",
        "Arabe (2)",
        "Français (1)",
        "Tous les réseaux",
        "Mastodon (1)",
        "YouTube (1)",
    ]
    assert "selected" in options["Arabe (2)"]
    assert whole.find("h2")[0].text == "2 publications"


def test_counts_follow_every_change(client: TestClient, engine: Engine) -> None:
    post_id = keep(engine, a_post(), collection="summer")
    before = [page(client, one).find("h2")[0].text for one in ("/fr/", "/fr/?collection=summer")]
    keep(engine, a_post())
    change(engine, post_id, availability="withdrawn")

    after = [page(client, one).find("h2")[0].text for one in ("/fr/", "/fr/?collection=summer")]

    assert before == ["1 publication", "1 publication"]
    assert after == ["1 publication", "0 publication"]


def test_choices_are_kept_from_one_to_the_next(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(text="thé"), collection="summer")

    whole = page(client, "/fr/?language=fr&search=the&collection=summer")

    address = links(whole)["Textes 1"]
    assert parse_qs(urlsplit(address).query) == {
        "language": ["fr"],
        "search": ["the"],
        "collection": ["summer"],
        "kind": ["note"],
    }
    form = whole.find("form")[0]
    assert {one.attributes["name"]: one.attributes["value"] for one in form.find("input")} == {
        "collection": "summer",
        "search": "the",
    }


def test_chosen_collection_can_be_left_again(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(), collection="summer")

    addresses = [
        links(page(client, one))["Le retour de l’été"] for one in ("/fr/", "/fr/?collection=summer")
    ]

    assert addresses == ["/fr/?collection=summer", "/fr/"]


@pytest.mark.parametrize("tag", LOCALES)
def test_language_switch_keeps_the_choices(client: TestClient, engine: Engine, tag: str) -> None:
    keep(engine, a_post())

    nav = page(client, "/fr/?kind=note&search=caf%C3%A9").find("nav", class_="tongues")[0]

    link = next(one for one in nav.find("a") if one.attributes["lang"] == tag)
    assert link.text == OWN_NAMES[tag]
    assert link.attributes["href"] == f"/{tag}/?kind=note&search=caf%C3%A9"


def test_show_more_leads_through_all_posts(client: TestClient, engine: Engine) -> None:
    posts = [keep(engine, a_post()) for _ in range(53)]
    address: str | None = "/fr/?kind=note"
    seen: list[str] = []
    while address:
        whole = page(client, address)
        seen += [one.attributes["aria-labelledby"] for one in whole.find("article")]
        address = links(whole).get("Afficher plus")

    assert seen == [f"by-{one}" for one in posts]


def test_later_page_leads_back_to_the_top(client: TestClient, engine: Engine) -> None:
    for _ in range(30):
        keep(engine, a_post())
    later = links(page(client))["Afficher plus"]

    assert links(page(client, later))["Revenir aux plus récentes"] == "/fr/"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/fr/", "Il n’y a pas encore de publication. Les premières paraîtront bientôt ici."),
        ("/ar/", "لا توجد منشورات بعد. ستظهر الأولى هنا قريبا."),
        ("/fr/?search=the", "Rien n’a été trouvé pour «\xa0the\xa0»."),
        ("/ar/?search=%D8%B4%D8%A7%D9%8A", "لم يُعثر على شيء عن «شاي»."),
        ("/en/?kind=video", "No post matches this choice."),
    ],
)
def test_empty_page_says_why(client: TestClient, address: str, sentence: str) -> None:
    empty = page(client, address).find("div", class_="empty")[0]

    assert empty.find("p")[0].text == sentence.replace("\xa0", " ")


def test_feeds_of_the_same_choice_are_linked(client: TestClient) -> None:
    whole = page(client, "/ar/?kind=video&search=a")

    addresses = {
        one.attributes["type"]: one.attributes["href"]
        for one in whole.find("link", rel="alternate")
        if one.attributes.get("type", "").startswith("application/")
        and "oembed" not in one.attributes["type"]
    }
    assert addresses == {
        "application/rss+xml": "/feed.rss?kind=video&search=a&lang=ar",
        "application/feed+json": "/feed.json?kind=video&search=a&lang=ar",
        "application/atom+xml": "/feed.atom?kind=video&search=a&lang=ar",
    }


def test_search_engines_are_told_of_all_languages(engine: Engine) -> None:
    client = a_client(engine, public_url="https://mur.example.ma")

    head = page(client, "/es/?kind=video").find("head")[0]

    alternates = {
        one.attributes["hreflang"]: one.attributes["href"]
        for one in head.find("link", rel="alternate")
        if "hreflang" in one.attributes
    }
    assert alternates == {
        **{tag: f"https://mur.example.ma/{tag}/?kind=video" for tag in LOCALES},
        "x-default": "https://mur.example.ma/?kind=video",
    }


def test_wall_in_a_folder_links_into_its_folder(engine: Engine) -> None:
    keep(engine, a_post())
    client = a_client(engine, public_url="https://portail.example.ma/mur/")

    whole = page(client)

    own = [one for one in whole.find("a") if one.attributes["href"].startswith("/")]
    assert all(one.attributes["href"].startswith("/mur/") for one in own)
    assert whole.find("form")[0].attributes["action"] == "/mur/fr/"
    assert whole.find("link", rel="stylesheet")[0].attributes["href"].startswith("/mur/static/")
    assert whole.find("link", rel="canonical")[0].attributes["href"] == (
        "https://portail.example.ma/mur/fr/"
    )


@pytest.mark.parametrize("tag", LOCALES)
def test_page_of_nothing_is_in_the_visitors_language(client: TestClient, tag: str) -> None:
    answer = client.get("/nothing", headers={"accept": "text/html", "accept-language": tag})

    whole = read(answer.text)
    assert answer.status_code == 404
    assert whole.find("html")[0].attributes["lang"] == tag
    assert whole.find("a", class_="more")[0].attributes["href"] == f"/{tag}/"


def test_youtube_is_credited_where_its_videos_are(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(platform="youtube", kind="video"))
    keep(engine, a_post())

    addresses = {
        address: "https://www.youtube.com/t/terms" in links(page(client, address)).values()
        for address in ("/fr/", "/fr/?platform=mastodon")
    }

    assert addresses == {"/fr/": True, "/fr/?platform=mastodon": False}


def test_headings_and_landmarks_are_in_order(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(title="Un titre"))

    whole = page(client)

    headings = [one.tag for one in whole.walk() if one.tag in {"h1", "h2", "h3", "h4"}]
    assert headings == ["h1", "h2", "h3"]
    assert whole.find("a", class_="skip")[0].attributes["href"] == "#content"
    assert len(whole.find("main", id="content")) == 1
    assert all("aria-label" in one.attributes for one in whole.find("nav"))
