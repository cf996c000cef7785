"""Pages of collections and kinds, and how they are found, shared and embedded."""

import json
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from PIL import Image
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.words import LOCALES
from tests.api.document import page, read
from tests.api.rows import NOW, a_client, a_picture, a_post, keep

SHELVES = ("/", "/videos", "/kind/video", "/kind/note", "/c/summer")
BASE = "http://127.0.0.1:8000"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/videos", "Vidéothèque"),
        ("/kind/video", "Vidéos"),
        ("/kind/article", "Articles"),
        ("/c/summer", "Le retour de l’été"),
    ],
)
def test_shelf_has_its_own_name(client: TestClient, path: str, heading: str) -> None:
    whole = page(client, f"/fr{path}")

    assert [one.text for one in whole.find("h1")] == [heading]
    assert whole.find("title")[0].text == f"{heading} · Bladi fi qalbi"


def test_shelf_shows_what_belongs_there(client: TestClient, engine: Engine) -> None:
    video = keep(engine, a_post(kind="video", url="https://a.example/video"))
    keep(engine, a_post(kind="note", url="https://a.example/note"), collection="summer")

    def shown(path: str) -> list[str]:
        articles = page(client, path).find("article")
        return [one.find("a", itemprop="url")[-1].attributes["href"] for one in articles]

    assert video
    assert shown("/fr/videos") == shown("/fr/kind/video") == ["https://a.example/video"]
    assert shown("/fr/c/summer") == shown("/fr/kind/note") == ["https://a.example/note"]


@pytest.mark.parametrize("path", ["/fr/c/winter", "/fr/kind/poem", "/fr/c/", "/de/videos"])
def test_shelf_that_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"accept": "text/html"}).status_code == 404


@pytest.mark.parametrize("path", SHELVES)
@pytest.mark.parametrize("tag", LOCALES)
def test_page_names_itself_and_its_other_languages(client: TestClient, path: str, tag: str) -> None:
    links = page(client, f"/{tag}{path}").find("link")
    others = {
        one.attributes["hreflang"]: one.attributes["href"]
        for one in links
        if "hreflang" in one.attributes
    }

    assert others.pop("x-default") == (f"{BASE}/" if path == "/" else f"{BASE}/fr{path}")
    assert others == {one: f"{BASE}/{one}{path}" for one in LOCALES}
    (canonical,) = [one.attributes["href"] for one in links if one.attributes["rel"] == "canonical"]
    assert canonical == f"{BASE}/{tag}{path}"


def test_linked_data_lists_the_posts(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(url="https://a.example/2"))
    keep(engine, a_post(url="https://a.example/1", published_at=NOW))

    told = json.loads(page(client).find("script")[0].text)

    assert (told["@type"], told["numberOfItems"]) == ("ItemList", 2)
    assert [one["item"]["url"] for one in told["itemListElement"]] == [
        "https://a.example/1",
        "https://a.example/2",
    ]


def test_script_is_data_alone(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(text="</script><script>alert(1)</script>", title="<!--"))

    scripts = page(client).find("script")

    assert [one.attributes for one in scripts] == [{"type": "application/ld+json"}]


def test_sitemap_lists_every_shelf_in_every_language(client: TestClient) -> None:
    answer = client.get("/sitemap.xml")
    root = ET.fromstring(answer.content)
    listed = [one.text for one in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]

    assert answer.headers["content-type"] == "application/xml"
    assert len(listed) == len(set(listed)) == 5 * 6
    for address in listed:
        assert address is not None
        assert client.get(address.removeprefix(BASE)).status_code == 200


def test_robots_are_shown_the_sitemap(client: TestClient) -> None:
    lines = client.get("/robots.txt").text.splitlines()

    assert lines[0] == "User-agent: *"
    assert lines[-1] == f"Sitemap: {BASE}/sitemap.xml"
    assert "Disallow: /v1/" in lines


def test_preview_is_a_picture_of_the_usual_size(client: TestClient) -> None:
    answer = client.get("/preview.png")

    with Image.open(BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
    assert len(answer.content) < 60_000


@pytest.mark.parametrize(
    ("address", "src", "title"),
    [
        ("/ar/", "/e/main?lang=ar", "بلادي في قلبي"),
        ("/", "/e/main?lang=fr", "Bladi fi qalbi"),
        ("/fr/c/summer", "/e/summer?lang=fr", "Le retour de l’été"),
        ("/en/videos?cursor=1#x", "/e/main?lang=en&amp;types=video", "Video library"),
    ],
)
def test_page_is_embedded_by_its_address(
    client: TestClient, address: str, src: str, title: str
) -> None:
    told = client.get("/oembed", params={"url": BASE + address}).json()

    assert {name: told[name] for name in ("version", "type", "title", "width", "height")} == {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "width": 1200,
        "height": 1200,
    }
    assert f'src="{BASE}{src}"' in told["html"]
    (frame,) = read(told["html"]).find("iframe")
    assert frame.attributes["title"] == title
    assert frame.attributes["referrerpolicy"] == "strict-origin-when-cross-origin"


def test_embedded_page_keeps_to_the_size_that_is_asked_for(client: TestClient) -> None:
    told = client.get("/oembed", params={"url": f"{BASE}/fr/", "maxwidth": 400, "maxheight": 900})

    assert (told.json()["width"], told.json()["height"]) == (400, 900)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"url": "https://evil.example/fr/"}, 404),
        ({"url": f"{BASE}.evil.example/fr/"}, 404),
        ({"url": f"{BASE}/fr/c/winter"}, 404),
        ({"url": f"{BASE}/de/"}, 404),
        ({"url": "nonsense"}, 404),
        ({}, 422),
        ({"url": f"{BASE}/fr/", "format": "xml"}, 422),
        ({"url": f"{BASE}/fr/", "maxwidth": "wide"}, 422),
        ({"url": f"{BASE}/fr/", "theme": "dark"}, 422),
    ],
)
def test_what_cannot_be_embedded_is_refused(
    client: TestClient, query: dict[str, str], status: int
) -> None:
    answer = client.get("/oembed", params=query)

    assert answer.status_code == status
    assert answer.json()["detail"]


def test_page_says_how_it_is_embedded(client: TestClient) -> None:
    link = page(client, "/fr/c/summer").find("link", type="application/json+oembed")[0]

    told = client.get(link.attributes["href"].removeprefix(BASE)).json()

    assert told["title"] == "Le retour de l’été"


def test_atom_has_what_the_format_requires(engine: Engine) -> None:
    keep(engine, a_post(title="T", edited_at=NOW, tags=["été"]), a_picture())
    keep(engine, a_post(platform="x", display="card_only", author_name=None))
    with a_client(engine) as client:
        answer = client.get("/feed.atom?lang=ar")
    feed = ET.fromstring(answer.content)

    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert answer.headers["access-control-allow-origin"] == "*"
    for place in (feed, *feed.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert place.findtext(f"{ATOM}{name}")
    entries = list(feed.iter(f"{ATOM}entry"))
    assert len(entries) == 2
    for entry in entries:
        assert entry.findtext(f"{ATOM}author/{ATOM}name")
        assert entry.find(f"{ATOM}link[@rel='alternate']") is not None


def test_empty_atom_is_a_feed(client: TestClient) -> None:
    feed = ET.fromstring(client.get("/feed.atom").content)

    assert feed.findtext(f"{ATOM}updated")
    assert list(feed.iter(f"{ATOM}entry")) == []
