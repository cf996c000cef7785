"""The wall as JSON."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete
from sqlmodel import col
from starlette.testclient import TestClient

from store.engine import writing
from store.models import Change, Post
from tests.api.rows import NOW, a_picture, a_post, change, keep


def ids(client: TestClient, address: str = "/v1/wall") -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def all_ids(client: TestClient, address: str, cursor: str | None = "") -> list[str]:
    """Return the ids of all pages from a cursor on."""
    found: list[str] = []
    while cursor is not None:
        page = client.get(f"{address}&cursor={cursor}" if cursor else address).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    return found


def test_post_is_told_whole(client: TestClient, engine: Engine) -> None:
    text = "ⴰⵣⵓⵍ! شكرا #بلادي_فقلبي"
    post_id = keep(
        engine,
        a_post(
            native_id="https://social.example/posts/7",
            url="https://social.example/@amina/7",
            kind="image",
            text=text,
            entities=[{"kind": "hashtag", "start": 12, "end": 25, "value": "بلادي_فقلبي"}],
            tags=["بلادي_فقلبي", "Fes"],
            published_at=NOW,
            edited_at=NOW + timedelta(minutes=3),
            language="ar",
            language_probability=0.9,
            languages=["zgh"],
            instance="social.example",
            content_warning="طعام",
            sensitive=True,
        ),
        a_picture(alt="باب أزرق", width=640, height=480, mime_type="image/webp"),
    )

    item = client.get(f"/v1/posts/{post_id}").json()

    assert item == {
        "id": str(post_id),
        "url": "https://social.example/@amina/7",
        "content_text": text,
        "date_published": "2026-11-20T12:00:00Z",
        "date_modified": "2026-11-20T12:03:00Z",
        "authors": [{"name": "Amina El Idrissi", "url": "https://social.example/@amina"}],
        "tags": ["بلادي_فقلبي", "Fes"],
        "language": "ar",
        "attachments": [
            {
                "url": "https://social.example/media/1.png",
                "mime_type": "image/webp",
                "title": "باب أزرق",
                "_bladi": {"kind": "image", "width": 640, "height": 480},
            }
        ],
        "_bladi": {
            "platform": "mastodon",
            "native_id": "https://social.example/posts/7",
            "display": "card",
            "kind": "image",
            "direction": "rtl",
            "handle": "amina@social.example",
            "instance": "social.example",
            "language_probability": 0.9,
            "languages": ["zgh"],
            "entities": [{"kind": "hashtag", "start": 12, "end": 25, "value": "بلادي_فقلبي"}],
            "content_warning": "طعام",
            "sensitive": True,
        },
    }


@pytest.mark.parametrize(
    "columns",
    [
        {"review": "pending"},
        {"review": "rejected"},
        {"availability": "missing"},
        {"availability": "withdrawn"},
        {"review": "rejected", "availability": "withdrawn"},
    ],
)
def test_only_approved_and_live_posts_are_public(
    client: TestClient, engine: Engine, columns: dict[str, str]
) -> None:
    hidden = keep(engine, a_post(**columns))
    shown = keep(engine, a_post())

    assert ids(client) == [str(shown)]
    assert client.get(f"/v1/posts/{hidden}").status_code == 404


def test_copy_of_a_story_is_told_as_another_place_of_it(client: TestClient, engine: Engine) -> None:
    original = keep(engine, a_post())
    copy = keep(
        engine,
        a_post(platform="bluesky", url="https://bsky.app/profile/a/post/1", copy_of=original),
    )

    assert ids(client) == [str(original)]
    assert client.get(f"/v1/posts/{copy}").status_code == 404
    (place,) = client.get(f"/v1/posts/{original}").json()["_bladi"]["also_on"]
    assert datetime.fromisoformat(place.pop("date_published")) <= NOW
    assert place == {
        "platform": "bluesky",
        "url": "https://bsky.app/profile/a/post/1",
        "author": "Amina El Idrissi",
    }


def test_of_a_copy_on_x_nothing_but_its_address_is_told(client: TestClient, engine: Engine) -> None:
    original = keep(engine, a_post())
    url = "https://x.com/a/status/1"
    keep(engine, a_post(platform="x", display="card_only", url=url, copy_of=original))

    told = client.get(f"/v1/posts/{original}").json()["_bladi"]["also_on"]

    assert told == [{"platform": "x", "url": url}]


def test_hidden_copy_is_not_told(client: TestClient, engine: Engine) -> None:
    original = keep(engine, a_post())
    keep(engine, a_post(platform="bluesky", copy_of=original, availability="missing"))
    keep(engine, a_post(platform="reddit", copy_of=original, review="pending"))

    assert "also_on" not in client.get(f"/v1/posts/{original}").json()["_bladi"]


def test_newest_post_comes_first(client: TestClient, engine: Engine) -> None:
    old = keep(engine, a_post(published_at=NOW - timedelta(days=2)))
    new = keep(engine, a_post(published_at=NOW))
    middle = keep(engine, a_post(published_at=NOW - timedelta(days=1)))

    assert ids(client) == [str(new), str(middle), str(old)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("language=ary", ["darija"]),
        ("platform=youtube", ["video"]),
        ("kind=video", ["video"]),
        ("collection=summer", ["collected"]),
        ("language=fr&kind=note&platform=mastodon", ["collected"]),
        ("language=tr", []),
    ],
)
def test_filters_choose(
    client: TestClient, engine: Engine, query: str, expected: list[str]
) -> None:
    known = {
        str(keep(engine, a_post(language="ary"))): "darija",
        str(keep(engine, a_post(platform="youtube", kind="video", language="en"))): "video",
        str(keep(engine, a_post(), collection="summer")): "collected",
    }

    assert [known[one] for one in ids(client, f"/v1/wall?{query}")] == expected


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("مُدَرِّسَة في المَدْرَسَةِ", "المدرسه"),
        ("أمي وأبي في الدار البيضاء", "ابي"),
        ("ذكريات الطفولة في فاس", "الطفوله"),
        ("بلادي_فقلبي", "#بلادي_فقلبي"),
        ("مـــرحـــبا بكم", "مرحبا"),
        ("على شاطئ البحر", "علي شاطي"),
        ("سنة 2026", "٢٠٢٦"),
        ("L’ÉTÉ à Fès", "ete FES"),
        ("100 % laine", "100"),
        ("ⴰⵣⵓⵍ ⵙⴳ ⵜⵣⵏⵉⵜ", "ⵜⵣⵏⵉⵜ"),
        ("من المغرب إلى هولندا", "مغرب"),
        ("أحنّ للمغرب", "المغرب"),
        ("والمغربُ في القلب", "المغرب"),
        ("twe7echt bladi bezzaf", "bezzaf TWE7ECHT"),
        ("x" * 100, "x" * 90),
    ],
)
def test_search_finds_other_spellings(
    client: TestClient, engine: Engine, written: str, searched: str
) -> None:
    found = keep(engine, a_post(text=written))
    keep(engine, a_post(text="Autre chose"))

    answer = client.get("/v1/wall", params={"search": searched})

    assert [item["id"] for item in answer.json()["items"]] == [str(found)]


@pytest.mark.parametrize("searched", ["%", "_", "!!!", "🇲🇦", "\u200f", "#", "%%zzz_"])
def test_search_without_a_known_word_finds_nothing(
    client: TestClient, engine: Engine, searched: str
) -> None:
    keep(engine, a_post(text="Bonjour"))

    answer = client.get("/v1/wall", params={"search": searched})

    assert answer.json() == {"items": [], "next_cursor": None}


def test_pages_cover_every_post_once(client: TestClient, engine: Engine) -> None:
    same_moment = [keep(engine, a_post(published_at=NOW)) for _ in range(7)]
    others = [keep(engine, a_post()) for _ in range(6)]

    found = all_ids(client, "/v1/wall?limit=3")

    assert sorted(found, key=int) == [str(one) for one in (*same_moment, *others)]


def test_pages_lose_nothing_when_a_post_is_added_in_between(
    client: TestClient, engine: Engine
) -> None:
    posts = [str(keep(engine, a_post())) for _ in range(6)]
    first = client.get("/v1/wall?limit=2").json()
    keep(engine, a_post(published_at=NOW + timedelta(hours=1)))

    rest = all_ids(client, "/v1/wall?limit=2", first["next_cursor"])

    assert [item["id"] for item in first["items"]] + rest == posts


def test_page_may_be_gone_on_from_when_its_last_post_is_removed(
    client: TestClient, engine: Engine
) -> None:
    posts = [keep(engine, a_post()) for _ in range(4)]
    first = client.get("/v1/wall?limit=2").json()
    with writing(engine) as session:
        session.execute(delete(Post).where(col(Post.id) == posts[1]))

    assert all_ids(client, "/v1/wall?limit=2", first["next_cursor"]) == [
        str(one) for one in posts[2:]
    ]


def test_empty_wall_is_an_empty_page(client: TestClient) -> None:
    assert client.get("/v1/wall").json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("platform", "display"), [("x", "card_only"), ("instagram", "embed"), ("threads", "link")]
)
@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("fr", "Une publication sur "),
        ("ar", "منشور على "),
        ("en", "A post on "),
        ("es", "Una publicación en "),
        ("zgh", "ⵜⵓⵣⵉⵏⵜ ⴳ "),
    ],
)
def test_what_may_not_be_passed_on_is_told_by_id_and_address_alone(
    client: TestClient, engine: Engine, platform: str, display: str, lang: str, sentence: str
) -> None:
    post_id = keep(
        engine,
        a_post(
            platform=platform,
            display=display,
            native_id="123",
            url="https://x.com/i/status/123",
            text="Un texte #bladifqalbi",
            title="Un titre",
            entities=[{"kind": "hashtag", "start": 9, "end": 21, "value": "bladifqalbi"}],
            tags=["bladifqalbi"],
            content_warning="Mots",
        ),
        a_picture(alt="Une description"),
    )

    item = client.get(f"/v1/posts/{post_id}?lang={lang}").json()

    assert item["content_text"].startswith(sentence)
    assert {**item, "content_text": ""} == {
        "id": str(post_id),
        "url": "https://x.com/i/status/123",
        "content_text": "",
        "_bladi": {"platform": platform, "native_id": "123", "display": display},
    }


def test_post_without_words_gets_a_sentence_of_ours(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(text="", kind="image"), a_picture())

    item = client.get("/v1/wall?lang=en").json()["items"][0]

    assert item["content_text"] == "A post on Mastodon"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://m.example/a.jpg", "image/jpeg"),
        ("https://m.example/a.mp4?token=1", "video/mp4"),
        ("https://m.example/a", "application/octet-stream"),
    ],
)
def test_attachment_always_has_a_type(
    client: TestClient, engine: Engine, url: str, expected: str
) -> None:
    keep(engine, a_post(), a_picture(url=url))

    attachment = client.get("/v1/wall").json()["items"][0]["attachments"][0]

    assert attachment["mime_type"] == expected


def test_nobody_is_named_as_author_of_a_post_without_one(
    client: TestClient, engine: Engine
) -> None:
    keep(engine, a_post(author_name=None, author_handle=None, author_url=None))

    assert "authors" not in client.get("/v1/wall").json()["items"][0]


def test_erased_post_is_gone_at_once(client: TestClient, engine: Engine) -> None:
    post_id = keep(engine, a_post())
    before = client.get(f"/v1/posts/{post_id}")
    with writing(engine) as session:
        session.execute(delete(Post).where(col(Post.id) == post_id))
        session.add(Change(kind="post.removed", post_id=post_id, changed_at=NOW))

    after = client.get(f"/v1/posts/{post_id}", headers={"if-none-match": before.headers["etag"]})

    assert (before.status_code, after.status_code) == (200, 404)


def test_edit_is_seen(client: TestClient, engine: Engine) -> None:
    post_id = keep(engine, a_post(text="Avant"))
    change(engine, post_id, text="Après")

    assert client.get(f"/v1/posts/{post_id}").json()["content_text"] == "Après"


@pytest.mark.parametrize("post_id", ["0", "-1", "abc", "1.5", str(2**63), str(10**30), "%00", "٣"])
def test_id_that_no_post_can_have_is_not_found(client: TestClient, post_id: str) -> None:
    answer = client.get(f"/v1/posts/{post_id}")

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:bladi:problem:not-found"


def test_limit_is_kept_and_the_setting_is_the_default(client: TestClient, engine: Engine) -> None:
    for _ in range(30):
        keep(engine, a_post())

    pages: dict[Any, int] = {
        limit: len(ids(client, f"/v1/wall?limit={limit}")) for limit in (1, 29, 100)
    }

    assert pages == {1: 1, 29: 29, 100: 30}
    assert len(ids(client)) == 24
