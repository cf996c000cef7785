"""The feeds, read by a feed reader."""

from datetime import timedelta
from typing import Any

import feedparser
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.words import LOCALES
from tests.api.rows import CAMPAIGN, NOW, a_client, a_picture, a_post, keep

HERE = "https://mur.example.ma"


@pytest.fixture
def reader(engine: Engine) -> TestClient:
    return a_client(engine, public_url=HERE)


def rss(client: TestClient, query: str = "") -> Any:
    answer = client.get(f"/feed.rss{query}")
    assert answer.status_code == 200, answer.text
    feed = feedparser.parse(answer.content, response_headers=dict(answer.headers))
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def test_rss_tells_a_post(reader: TestClient, engine: Engine) -> None:
    post_id = keep(
        engine,
        a_post(
            url="https://social.example/@amina/5",
            text="سطر أول\nسطر ثان #بلادي_فقلبي",
            entities=[{"kind": "hashtag", "start": 17, "end": 29, "value": "بلادي_فقلبي"}],
            language="ar",
            published_at=NOW,
        ),
    )

    feed = rss(reader, "?lang=ar")

    entry = feed.entries[0]
    assert feed.version == "rss20"
    assert entry.title == "Amina El Idrissi على ماستودون"
    assert entry.link == "https://social.example/@amina/5"
    assert entry.id == f"{HERE}/v1/posts/{post_id}"
    assert entry.guidislink is False
    assert entry.published == "Fri, 20 Nov 2026 12:00:00 GMT"
    assert entry.author == "Amina El Idrissi"
    assert [tag.term for tag in entry.tags] == ["بلادي_فقلبي"]
    assert 'dir="rtl"' in reader.get("/feed.rss").text.replace("&quot;", '"')
    assert "سطر أول<br" in entry.summary


@pytest.mark.parametrize("tag", LOCALES)
def test_rss_is_titled_in_the_language_asked_for(reader: TestClient, tag: str) -> None:
    feed = rss(reader, f"?lang={tag}&kind=video").feed

    assert feed.title == getattr(CAMPAIGN.title, tag)
    assert feed.subtitle == getattr(CAMPAIGN.summary, tag)
    assert feed.language == tag
    assert feed.link == f"{HERE}/{tag}/?kind=video"
    own = [link.href for link in feed.links if link.rel == "self"]
    assert own == [f"{HERE}/feed.rss?kind=video&lang={tag}"]


def test_feeds_are_in_the_walls_own_language_unless_asked(engine: Engine) -> None:
    client = a_client(engine, default_language="es")

    answer = client.get("/feed.json", headers={"accept-language": "ar"})

    assert answer.json()["language"] == "es"
    assert "vary" not in answer.headers


def test_title_of_a_post_is_its_own_where_it_has_one(reader: TestClient, engine: Engine) -> None:
    keep(engine, a_post(title="Le premier citron"))

    assert rss(reader).entries[0].title == "Le premier citron"


@pytest.mark.parametrize("display", ["card_only", "embed", "link"])
def test_rss_tells_of_x_the_address_alone(reader: TestClient, engine: Engine, display: str) -> None:
    keep(
        engine,
        a_post(
            platform="x",
            display=display,
            url="https://x.com/i/status/1",
            text="Secret #tag",
            title="Secret",
            author_name="Secret",
            content_warning="Secret",
            entities=[{"kind": "hashtag", "start": 7, "end": 11, "value": "Secret"}],
        ),
        a_picture(alt="Secret", url="https://s.example/Secret.png"),
    )

    text = {address: reader.get(address).text for address in ("/feed.rss", "/feed.json")}

    entry = rss(reader).entries[0]
    assert not any("Secret" in one for one in text.values())
    assert entry.title == "Une publication sur X"
    assert entry.link == "https://x.com/i/status/1"
    assert "published" not in entry
    assert "author" not in entry


@pytest.mark.parametrize("address", ["/feed.rss", "/feed.json"])
def test_warning_stands_in_place_of_what_it_folds(
    reader: TestClient, engine: Engine, address: str
) -> None:
    keep(
        engine,
        a_post(text="Tajine", title="Recette", content_warning="nourriture"),
        a_picture(alt="Un plat"),
    )

    text = reader.get(address).text

    assert "Avertissement\xa0: nourriture" in text
    assert not any(one in text for one in ("Tajine", "Recette", "Un plat"))


def test_characters_that_xml_cannot_say_are_left_out(reader: TestClient, engine: Engine) -> None:
    keep(engine, a_post(text="a\x00b\x0bc\ufffed\uffffe\U0001f1f2", title="\x01t"))

    entry = rss(reader).entries[0]

    assert "abcde\U0001f1f2" in entry.summary
    assert entry.title == "t"


def test_json_feed_has_what_the_format_requires(reader: TestClient, engine: Engine) -> None:
    for _ in range(3):
        keep(engine, a_post())

    answer = reader.get("/feed.json?lang=en")

    feed = answer.json()
    assert answer.headers["content-type"] == "application/feed+json"
    assert {name: feed[name] for name in feed if name not in {"items", "icon"}} == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Bladi fi qalbi",
        "home_page_url": f"{HERE}/en/",
        "feed_url": f"{HERE}/feed.json?lang=en",
        "description": CAMPAIGN.summary.en,
        "language": "en",
    }
    assert len({item["id"] for item in feed["items"]}) == 3
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert isinstance(item["content_text"], str)
        assert item["authors"]


def test_icon_of_the_feed_is_there(reader: TestClient) -> None:
    icon = reader.get("/feed.json").json()["icon"]

    answer = reader.get(icon.removeprefix(HERE))

    assert answer.headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize("kind", ["rss", "json"])
def test_feed_can_be_read_to_its_end(reader: TestClient, engine: Engine, kind: str) -> None:
    posts = [keep(engine, a_post(published_at=NOW - timedelta(hours=n))) for n in range(50)]
    seen: list[str] = []
    address: str | None = f"{HERE}/feed.{kind}?language=fr"
    while address:
        path = address.removeprefix(HERE)
        if kind == "json":
            page = reader.get(path).json()
            seen += [item["id"] for item in page["items"]]
            address = page.get("next_url")
        else:
            parsed = rss(reader, path.removeprefix("/feed.rss"))
            seen += [entry.id.rpartition("/")[2] for entry in parsed.entries]
            address = next((one.href for one in parsed.feed.links if one.rel == "next"), None)

    assert seen == [str(one) for one in posts]


def test_feeds_take_the_walls_filters(reader: TestClient, engine: Engine) -> None:
    keep(engine, a_post(text="Chat", language="fr"))
    cat = keep(engine, a_post(text="قط", language="ar"), collection="summer")

    for query in ("?language=ar", "?collection=summer", "?search=%D9%82%D8%B7"):
        told = reader.get(f"/feed.json{query}").json()["items"]
        assert [item["content_text"] for item in told] == ["قط"]
        assert [entry.id for entry in rss(reader, query).entries] == [f"{HERE}/v1/posts/{cat}"]


@pytest.mark.parametrize("address", ["/feed.rss", "/feed.json"])
def test_empty_feed_is_a_feed(reader: TestClient, address: str) -> None:
    answer = reader.get(address)

    assert answer.status_code == 200
    assert feedparser.parse(answer.content).entries == []
