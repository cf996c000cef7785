"""The wall of the widget: pages, filters, collections, changes and refusals."""

from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from store import changes, news
from store.engine import writing
from store.models import ChangeKind
from store.wall import revision
from tests.api.rows import NOW, a_post, change, keep


def get(client: TestClient, address: str) -> dict[str, Any]:
    """Return the JSON at an address."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def remove(engine: Engine, post_id: int) -> None:
    """Take a post off the wall, as a decision does."""
    change(engine, post_id, review="rejected")
    with writing(engine) as session:
        changes.record(session, ChangeKind.REMOVED, [post_id], now=NOW)


def test_wall_introduces_itself(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post())

    shown = get(client, "/w/main?lang=ar")

    assert {name: shown[name] for name in ("lang", "dir", "title", "home", "next")} == {
        "lang": "ar",
        "dir": "rtl",
        "title": "بلادي في قلبي",
        "home": "http://127.0.0.1:8000/ar/",
        "next": None,
    }
    assert shown["revision"].isdigit()


def test_collection_is_a_wall_of_its_own(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post())
    inside = keep(engine, a_post(), collection="summer")

    shown = get(client, "/w/summer?lang=en")

    assert (shown["title"], shown["home"]) == (
        "The summer return",
        "http://127.0.0.1:8000/en/c/summer",
    )
    assert [one["id"] for one in shown["posts"]] == [inside]


def test_cursor_leads_through_the_whole_wall(client: TestClient, engine: Engine) -> None:
    ids = [keep(engine, a_post()) for _ in range(5)]

    seen: list[int] = []
    cursor = ""
    for _ in range(3):
        shown = get(client, f"/w/main?limit=2{cursor}")
        seen += [one["id"] for one in shown["posts"]]
        cursor = f"&cursor={shown['next']}"

    assert seen == ids
    assert shown["next"] is None


def test_first_page_alone_offers_filters(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(kind="video", language="ar"))
    keep(engine, a_post(kind="note", language="fr", platform="bluesky"))
    keep(engine, a_post(kind="note", language="fr"))

    first = get(client, "/w/main?lang=fr&limit=1")
    second = get(client, f"/w/main?lang=fr&limit=1&cursor={first['next']}")

    assert first["filters"] == {
        "kind": [
            {"value": "video", "label": "Vidéos", "posts": 1},
            {"value": "note", "label": "Textes", "posts": 2},
        ],
        "language": [
            {"value": "ar", "label": "Arabe", "posts": 1},
            {"value": "fr", "label": "Français", "posts": 2},
        ],
        "platform": [
            {"value": "mastodon", "label": "Mastodon", "posts": 2},
            {"value": "bluesky", "label": "Bluesky", "posts": 1},
        ],
    }
    assert "filters" not in second


def test_filters_and_search_restrict_together(client: TestClient, engine: Engine) -> None:
    wanted = keep(engine, a_post(kind="video", language="ar", text="المدرسةُ في الأطلس"))
    keep(engine, a_post(kind="note", language="ar", text="المدرسة"))
    keep(engine, a_post(kind="video", language="ar", text="البحر"))
    keep(engine, a_post(kind="video", language="ar", text="المدرسة", platform="bluesky"))

    query = "kind=video&language=ar&platform=mastodon&q=المدرسه"
    shown = get(client, f"/w/main?{query}")

    assert [one["id"] for one in shown["posts"]] == [wanted]


def test_wall_of_some_kinds_and_networks_offers_nothing_else(
    client: TestClient, engine: Engine
) -> None:
    video = keep(engine, a_post(kind="video"))
    picture = keep(engine, a_post(kind="image", platform="bluesky"))
    keep(engine, a_post(kind="note"))
    keep(engine, a_post(kind="video", platform="reddit"))
    bounds = "types=video,image&sources=mastodon,bluesky"

    shown = get(client, f"/w/main?{bounds}")
    videos = get(client, f"/w/main?{bounds}&kind=video")

    assert [one["id"] for one in shown["posts"]] == [video, picture]
    assert [one["id"] for one in videos["posts"]] == [video]
    for wall in (shown, videos):
        assert {one["value"] for one in wall["filters"]["kind"]} == {"video", "image"}
        offered = {one["value"] for one in shown["filters"]["platform"]}
        assert offered == {"mastodon", "bluesky"}


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("types=video,poem", "types: write one or several of note, image, video, article, with"),
        ("types=", "types: write one or several of"),
        ("types=video,", "types: write one or several of"),
        ("sources=My%20Space", "sources: write names of up to ten networks in small letters"),
        ("lang=de", "lang: write one of ar, fr, en, es, zgh"),
        ("kind=poem", "kind: write one of note, image, video, article"),
        ("language=xx", "language: write one of ar, ary, ary-Latn, ber-Latn, zgh, fr, en, es, nl,"),
        ("platform=My%20Space", "platform: write the name of a network in small letters"),
        ("cursor=nonsense", "cursor: write the next_cursor of the page before"),
        ("limit=0", "limit: write a whole number from 1 to 100"),
        ("limit=101", "limit: write a whole number from 1 to 100"),
        ("q=", "q: write 1 to 100 characters"),
        ("search=a", "search: there is no such parameter here, only types, sources,"),
        ("kind=note&kind=note", "kind: write it once"),
    ],
)
def test_bad_parameter_is_refused_in_one_sentence(
    client: TestClient, query: str, detail: str
) -> None:
    answer = client.get(f"/w/main?{query}")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(detail)


@pytest.mark.parametrize("address", ["/w/nowhere", "/w/nowhere/changes?cursor=1", "/w/%D9%85"])
def test_unknown_wall_is_not_found_and_says_which_there_are(
    client: TestClient, address: str
) -> None:
    answer = client.get(address)

    assert answer.status_code == 404
    assert answer.json()["detail"] == "wall: write one of main, summer"


@pytest.mark.parametrize("address", ["/w/main", "/w/main/changes?cursor=0", "/w/x"])
def test_pages_of_others_may_read_it(client: TestClient, address: str) -> None:
    headers = client.get(address, headers={"origin": "https://portal.example"}).headers

    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert "set-cookie" not in headers


def news_of(client: TestClient, revision: str, wall: str = "main") -> dict[str, Any]:
    """Return what has changed on a wall since a revision."""
    return get(client, f"/w/{wall}/changes?cursor={revision}")


def test_changes_tell_what_is_new_removed_and_updated(client: TestClient, engine: Engine) -> None:
    gone, edited = keep(engine, a_post()), keep(engine, a_post())
    known = get(client, "/w/main")["revision"]
    keep(engine, a_post())
    change(engine, edited, text="Autre chose")
    remove(engine, gone)

    told = news_of(client, known)

    assert told == {
        "revision": get(client, "/w/main")["revision"],
        "new": 1,
        "removed": [gone],
        "updated": [edited],
    }


def test_nothing_has_changed(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post())
    known = get(client, "/w/main")["revision"]

    assert news_of(client, known) == {"revision": known, "new": 0, "removed": [], "updated": []}


def test_collection_tells_of_its_own_new_posts_alone(client: TestClient, engine: Engine) -> None:
    known = get(client, "/w/summer")["revision"]
    keep(engine, a_post())
    keep(engine, a_post(), collection="summer")

    assert news_of(client, known, "summer")["new"] == 1
    assert news_of(client, known)["new"] == 2


def test_reader_of_some_posts_hears_of_those_alone(client: TestClient, engine: Engine) -> None:
    known = get(client, "/w/main")["revision"]
    keep(engine, a_post(kind="video", text="Un été à Fès"))
    keep(engine, a_post(kind="note", platform="bluesky", text="Un café à Fès"))

    def new(chosen: str) -> int:
        told: int = get(client, f"/w/main/changes?cursor={known}&{chosen}")["new"]
        return told

    assert new("types=video,image") == 1
    assert new("sources=bluesky") == 1
    assert new("kind=note&q=F%C3%A8s") == 1
    assert new("q=%C3%A9t%C3%A9") == 1
    assert new("language=fr") == 2
    assert new("types=article") == 0


def test_erased_post_is_removed_from_a_collection_too(client: TestClient, engine: Engine) -> None:
    gone = keep(engine, a_post(), collection="summer")
    known = get(client, "/w/summer")["revision"]
    remove(engine, gone)

    assert news_of(client, known, "summer")["removed"] == [gone]


def test_revision_of_another_wall_is_reset(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post())
    now = get(client, "/w/main")["revision"]

    assert news_of(client, "999999") == {"revision": now, "reset": True}


def test_revision_that_is_too_old_is_reset(client: TestClient, engine: Engine) -> None:
    post_id = keep(engine, a_post())
    with writing(engine) as session:
        changes.record(session, ChangeKind.UPDATED, [post_id] * news.MOST, now=NOW)
        last = revision(session)

    assert news_of(client, "0") == {"revision": str(last), "reset": True}
    assert news_of(client, str(last - news.MOST))["updated"] == [post_id]


@pytest.mark.parametrize("query", ["", "?cursor=", "?cursor=abc", "?cursor=-1", "?cursor=1e3"])
def test_cursor_that_is_no_revision_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"/w/main/changes{query}")

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("cursor: write the ")


def test_changes_are_kept_so_shortly_that_a_removal_shows_within_two_minutes(
    client: TestClient, engine: Engine
) -> None:
    keep(engine, a_post())
    answer = client.get("/w/main/changes?cursor=0")

    kept = int(answer.headers["cache-control"].removeprefix("public, max-age="))
    longest_wait_between_two_questions = 80

    assert kept + longest_wait_between_two_questions < 120
    again = client.get(
        "/w/main/changes?cursor=0", headers={"if-none-match": answer.headers["etag"]}
    )
    assert again.status_code == 304
