"""Pages of known posts: the same bytes as if they were made anew, and never older than the wall."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import col, select
from starlette.testclient import TestClient

from api import card, item, walls
from api import site as sites
from api.app import create_front
from api.fragments import ROOM, Fragments, keys_of
from api.parameters import CardsQuery, WallQuery
from api.schemas import Wall
from api.settings import ApiSettings
from store import copying, curation, reports, retention, wall
from store.effects import Terms
from store.engine import open_engine, reading, writing
from store.files import Files
from store.ingest import ingest
from store.models import Action, Media, Picture, PictureState, Post
from store.reports import Complaint, Reason
from store.straight import Straight
from store.walk import Mark, Walked
from tests.api.asked import asked_of_the_store
from tests.api.filled import copy_pictures, fill
from tests.api.rows import CAMPAIGN, NOW, a_client, a_copy, a_post, change, keep
from tests.conftest import an_item, some_rules

LATER = NOW + timedelta(minutes=1)
PLAIN = {"accept-encoding": "identity"}
PAGES = (
    "/v1/wall",
    "/v1/wall?limit=3",
    "/v1/wall?limit=3&cursor={near}",
    "/v1/wall?limit=3&cursor={far}",
    "/v1/wall?cursor={far}&language=ar",
    "/v1/wall?kind=image&platform=mastodon&language=fr",
    "/v1/wall?kind=video&lang=ar",
    "/v1/wall?search=maroc",
    "/v1/wall?search=%D8%A7%D9%84%D9%85%D8%BA%D8%B1%D8%A8&limit=2",
    "/w/main?cursor={near}",
    "/w/main?cursor={far}&limit=50&lang=zgh",
    "/w/main?cursor={far}&kind=image&limit=2",
    "/w/main?cursor={far}&q=maroc",
)
"""Addresses that are answered without the application where their posts are known."""
OTHERS = (
    "/v1/wall?limit=0",
    "/v1/wall?limit=2&limit=3",
    "/v1/wall?page=2",
    "/v1/wall?cursor=none",
    "/v1/wall?kind=",
    "/v1/wall?collection=winter",
    "/v1/wall?collection=summer",
    "/v1/wall?search=%F0%9F%8C%99",
    "/v1/wall?search=maroc+enfance",
    "/v1/wall?search=maroc&kind=image",
    "/w/main",
    "/w/summer?cursor={far}",
    "/w/main?cursor={far}&types=image,video",
    "/w/main?cursor={far}&sources=mastodon",
    "/w/main?cursor={far}&kiosk=on",
)
"""Addresses that are not."""


@pytest.fixture
def corpus(engine: Engine, files: Files) -> dict[str, str]:
    """Cursors of a wall with all sorts of posts, three of them at its head."""
    fill(engine)
    copy_pictures(engine, files)
    with reading(engine) as session:
        ids = [one.post.id or 0 for one in wall.page(session, wall.EVERYTHING, limit=30).posts]
    for post_id, action in ((ids[20], Action.PIN), (ids[3], Action.PIN), (ids[9], Action.FEATURE)):
        decide(engine, post_id, action)
    with reading(engine) as session:
        near, far = (wall.page(session, wall.EVERYTHING, limit=n).next_cursor for n in (1, 20))
    return {"near": near or "", "far": far or ""}


@pytest.fixture
def front(engine: Engine, files: Files) -> Iterator[TestClient]:
    """A reader of the wall who comes by the front door."""
    app = create_front(engine, CAMPAIGN, ApiSettings(), files)
    with TestClient(app, raise_server_exceptions=False) as client:
        until(lambda: app.watch.revision is not None)
        yield client


def until(done: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + 3
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def decide(engine: Engine, post_id: int, action: Action, **more: Any) -> None:
    with writing(engine) as session:
        curation.decide(session, post_id, action, moderator="nadia", now=NOW, **more)


def warm(front: TestClient) -> None:
    """Let every post be known in each form that the tests ask for."""
    for address in ("/v1/wall?", "/w/main?"):
        for lang in ("fr", "ar", "zgh"):
            following: str | None = ""
            while following is not None:
                given = f"&cursor={following}" if following else ""
                page = front.get(f"{address}lang={lang}&limit=100{given}").json()
                following = page.get("next_cursor") or page.get("next")


@pytest.mark.parametrize("address", [*PAGES, *OTHERS])
def test_page_of_known_posts_is_as_if_made_anew(
    engine: Engine, files: Files, corpus: dict[str, str], front: TestClient, address: str
) -> None:
    warm(front)
    address = address.format(**corpus)

    quick = front.get(address, headers=PLAIN)

    anew = a_client(engine, files).get(address, headers=PLAIN)
    assert (quick.status_code, quick.content) == (anew.status_code, anew.content)
    for name, value in anew.headers.items():
        if name != "vary":
            assert quick.headers[name] == value


def test_pages_of_known_posts_take_no_more_than_a_walk(
    engine: Engine, corpus: dict[str, str], front: TestClient
) -> None:
    warm(front)

    for address in PAGES:
        answer, asked = asked_of_the_store(engine, front, address.format(**corpus))
        assert (answer.status_code, asked) == (200, []), address


@pytest.mark.parametrize("query", ["", "limit=3", "kind=image", "lang=ar&language=ar"])
def test_joined_posts_are_what_the_schema_says(
    engine: Engine, files: Files, corpus: dict[str, str], query: str
) -> None:
    given = dict(pair.split("=") for pair in query.split("&") if pair)
    site = sites.build(engine, CAMPAIGN, ApiSettings(), files)
    asked, cards = WallQuery.model_validate(given), CardsQuery.model_validate(given)
    wording = site.spoken(asked.lang)
    with reading(engine) as session:
        page = wall.page(session, asked.filters, limit=asked.limit or site.settings.page_size)
        items = [item.of(one, wording, site.pictures) for one in page.posts]
        shown = walls.read(session, None, cards, site)
        few = wall.page(session, asked.filters, limit=cards.limit)

    client = a_client(engine, files)
    for _ in range(2):
        body = Wall(items=items, next_cursor=page.next_cursor).model_dump_json(by_alias=True)
        assert client.get(f"/v1/wall?{query}").text == body
        assert client.get(f"/w/main?{query}").text == shown.model_dump_json()
    assert list(shown.posts) == [card.of(one, wording, site) for one in few.posts]


def edit(engine: Engine, post_id: int) -> None:
    change(engine, post_id, text="Un thé à la menthe")


def reject(engine: Engine, post_id: int) -> None:
    decide(engine, post_id, Action.REJECT, terms=Terms(reason="spam"))


def erase(engine: Engine, post_id: int) -> None:
    with writing(engine) as session:
        retention.bury(session, post_id, reason="author asked", now=NOW)


def hide_what_is_reported(engine: Engine, post_id: int) -> None:
    for number in range(3):
        complaint = Complaint(reason=Reason.SPAM, note=None, address=f"192.0.{number}.1")
        with writing(engine) as session:
            reports.report(session, post_id, complaint, hide_after=3, now=LATER)


def copy_elsewhere(engine: Engine, _post_id: int) -> None:
    copied = an_item("copy", STORY, platform="bluesky", published_at=NOW - timedelta(minutes=5))
    with writing(engine) as session:
        ingest(session, [copied], rules=some_rules(source="bluesky", tagger=None), now=NOW)


def withdraw_the_copy(engine: Engine, _post_id: int) -> None:
    with reading(engine) as session:
        (copied,) = session.exec(select(Post.id).where(col(Post.is_copy))).all()
    with writing(engine) as session:
        curation.decide(session, copied or 0, Action.HIDE, moderator="nadia", now=NOW)


def lose_the_copy(engine: Engine, _post_id: int) -> None:
    with reading(engine) as session:
        (copied,) = session.exec(select(Post.id).where(col(Post.is_copy))).all()
    erase(engine, copied or 0)


def finish_the_picture(engine: Engine, post_id: int) -> None:
    picture = a_copy(engine)
    with writing(engine) as session:
        session.exec(select(Media).where(Media.post_id == post_id)).one().picture_key = picture.key
        session.flush()
        copying.announce(session, picture.key, now=NOW)


def lose_the_picture(engine: Engine, _post_id: int) -> None:
    with writing(engine) as session:
        picture = session.exec(select(Picture)).one()
        copying.empty(session, picture, PictureState.BROKEN, now=NOW)
        copying.announce(session, picture.key, now=NOW)


def pin(engine: Engine, post_id: int) -> None:
    decide(engine, post_id, Action.PIN)


def unpin(engine: Engine, post_id: int) -> None:
    decide(engine, post_id, Action.UNPIN)


def feature(engine: Engine, post_id: int) -> None:
    decide(engine, post_id, Action.FEATURE)


STORY = (
    "Ce matin au port de Tanger j'ai revu les ferries de mon enfance, et j'ai pleuré de joie"
    " #bladifqalbi"
)


@pytest.mark.parametrize(
    "steps",
    [
        [edit],
        [reject],
        [erase],
        [hide_what_is_reported],
        [copy_elsewhere],
        [copy_elsewhere, withdraw_the_copy],
        [copy_elsewhere, lose_the_copy],
        [finish_the_picture],
        [finish_the_picture, lose_the_picture],
        [pin, unpin],
        [pin, feature],
    ],
)
def test_known_post_is_never_older_than_the_wall(
    engine: Engine, files: Files, front: TestClient, steps: list[Callable[[Engine, int], None]]
) -> None:
    with writing(engine) as session:
        ingest(session, [an_item("first", STORY)], rules=some_rules(tagger=None), now=NOW)
        post_id = session.exec(select(Post.id)).one() or 0
        session.add(Media(post_id=post_id, position=0, kind="image", url="https://a.example/1"))
    keep(engine, a_post())
    client = a_client(engine, files)

    for step in steps:
        addresses = ("/v1/wall?limit=9", "/w/main?limit=9")
        before = [client.get(address).json() for address in addresses]
        warm(front)
        step(engine, post_id)
        fresh = [a_client(engine, files).get(address) for address in addresses]

        wait_for(front, addresses, {one.headers["etag"] for one in fresh})
        for reader in (front, client):
            assert [reader.get(one).json() for one in addresses] == [one.json() for one in fresh]
        assert all(old != new.json() for old, new in zip(before, fresh, strict=True))


def wait_for(front: TestClient, addresses: Iterable[str], tags: set[str]) -> None:
    until(lambda: {front.get(one, headers=PLAIN).headers["etag"] for one in addresses} == tags)


def test_posts_of_another_revision_are_not_known() -> None:
    fragments = Fragments()
    fragments.keep(2, ("item", "fr"), {1: b"two"})
    older = fragments.known(2, ("item", "fr"))

    fragments.keep(3, ("item", "fr"), {1: b"three"})

    assert dict(older) == {1: b"two"}
    assert dict(fragments.known(2, ("item", "fr"))) == {}
    assert dict(fragments.known(3, ("item", "fr"))) == {1: b"three"}
    assert dict(fragments.known(3, ("item", "ar"))) == {}


def test_known_posts_do_not_fill_the_memory() -> None:
    fragments = Fragments()

    for number in range(300):
        fragments.keep(1, ("item", "fr"), {number: b"x" * 100_000})

    known = fragments.known(1, ("item", "fr"))
    assert 0 < sum(map(len, known.values())) <= ROOM


def test_post_at_the_head_is_known_by_why_it_stands_there() -> None:
    pinned = Mark(pinned=True, featured=False)

    assert keys_of(Walked([5, 4, 3], {4: pinned}, None)) == [5, (4, True, False), 3]


def test_database_that_is_not_there_is_left_to_the_application(
    engine: Engine, corpus: dict[str, str], front: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    warm(front)

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(Straight, "__call__", fail)
    answer, asked = asked_of_the_store(engine, front, "/v1/wall?limit=7")

    assert (answer.status_code, len(answer.json()["items"])) == (200, 7)
    assert asked != []


def test_connection_in_the_event_loop_only_reads_and_waits_for_nobody(engine: Engine) -> None:
    straight = Straight(engine)

    assert straight(text("PRAGMA busy_timeout"), {}) == [(0,)]
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        straight(text("DELETE FROM wall"), {})
    straight.close()


def test_store_that_is_no_file_is_not_asked_in_the_event_loop() -> None:
    for url in ("postgresql://wall@localhost/wall", "sqlite://"):
        engine = open_engine(url)
        assert not Straight(engine).is_possible
        engine.dispose()
