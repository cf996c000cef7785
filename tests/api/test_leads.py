"""What editors have put first, in every form of the wall."""

from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from store import curation
from store.engine import writing
from store.models import Action
from tests.api.rows import NOW, a_post, keep


def lead(engine: Engine, action: Action, post_id: int) -> None:
    with writing(engine) as session:
        curation.decide(session, post_id, action, moderator="nadia", now=NOW)


@pytest.fixture
def ids(engine: Engine) -> list[int]:
    """Four posts, the newest first; the last two are pinned, the second is featured."""
    ids = [keep(engine, a_post()) for _ in range(2)]
    ids += [keep(engine, a_post(platform="x", display="embed")), keep(engine, a_post())]
    lead(engine, Action.PIN, ids[3])
    lead(engine, Action.FEATURE, ids[1])
    lead(engine, Action.PIN, ids[2])
    return ids


def marks(one: dict[str, Any]) -> tuple[bool, bool]:
    return one.get("pinned", False), one.get("featured", False)


def test_widget_is_told_what_stands_first(client: TestClient, ids: list[int]) -> None:
    first = client.get("/w/main?limit=2").json()
    rest = client.get("/w/main", params={"limit": 2, "cursor": first["next"]}).json()

    posts = [*first["posts"], *rest["posts"]]
    assert [(one["id"], marks(one)) for one in posts] == [
        (ids[1], (False, True)),
        (ids[3], (True, False)),
        (ids[2], (True, False)),
        (ids[0], (False, False)),
    ]
    assert rest["next"] is None


def test_api_is_told_what_stands_first(client: TestClient, ids: list[int]) -> None:
    items = client.get("/v1/wall").json()["items"]

    assert [(int(one["id"]), marks(one["_bladi"])) for one in items] == [
        (ids[1], (False, True)),
        (ids[3], (True, False)),
        (ids[2], (True, False)),
        (ids[0], (False, False)),
    ]


def test_feeds_stay_in_time(client: TestClient, ids: list[int]) -> None:
    items = client.get("/feed.json").json()["items"]

    assert [int(one["id"]) for one in items] == ids
    assert not any("pinned" in one["_bladi"] for one in items)


@pytest.mark.parametrize(
    ("lang", "pinned", "featured"),
    [
        ("ar", "مثبت", "بارز"),
        ("fr", "Épinglée", "Mise en avant"),
        ("en", "Pinned", "Featured"),
        ("es", "Fijada", "Destacada"),
        ("zgh", "ⵉⵜⵜⵡⴰⵙⵎⴰⵔ", "ⵉⵜⵜⵓⵙⴼⴰⵢ"),
    ],
)
def test_wall_says_why_posts_stand_first_but_not_on_those_of_x(
    client: TestClient, ids: list[int], lang: str, pinned: str, featured: str
) -> None:
    page = client.get(f"/{lang}/").text
    posts = client.get(f"/w/main?lang={lang}").json()["posts"]

    assert [page.count(f"</svg>{word}</li>") for word in (pinned, featured)] == [1, 1]
    assert page.count('<li class="wide">') == 1
    assert {one["id"]: one.get("label") for one in posts} == {
        ids[0]: None,
        ids[1]: featured,
        ids[2]: None,
        ids[3]: pinned,
    }


def test_pin_makes_a_new_answer_and_is_news(client: TestClient, engine: Engine) -> None:
    ids = [keep(engine, a_post()) for _ in range(2)]
    before = client.get("/w/main")
    lead(engine, Action.PIN, ids[1])

    headers = {"if-none-match": before.headers["etag"]}
    after = client.get("/w/main", headers=headers)
    news = client.get("/w/main/changes", params={"cursor": before.json()["revision"]}).json()

    assert after.status_code == 200
    assert [one["id"] for one in after.json()["posts"]] == ids[::-1]
    assert (news["new"], news["updated"]) == (1, [ids[1]])


def test_featured_post_is_wide_in_the_fragment_without_a_picture(
    client: TestClient, ids: list[int]
) -> None:
    page = client.get("/f/main?lang=fr").text

    assert f'<li class="item wide" data-id="{ids[1]}">' in page
