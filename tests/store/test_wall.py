"""The wall's table and its words follow the posts, whoever writes them."""

import pytest
from alembic import command
from sqlalchemy import Engine, event, text
from sqlmodel import Session, col, select

from store import curation, migrations, retention, wall
from store.engine import open_engine, reading, writing
from store.ingest import ingest
from store.models import Action, Availability, Post, Wall, WallWord
from store.models.posts import ON_WALL
from store.searching import LONGEST
from store.visibility import hide
from tests.conftest import NOW, an_item, some_rules

HELD = some_rules(publish=False)


def state(session: Session) -> tuple[set[object], set[object]]:
    """Return the rows of the wall, and its words."""
    rows: set[object] = {
        (one.post_id, one.kind, one.language, one.platform) for one in session.exec(select(Wall))
    }
    of = {one.seq: one.post_id for one in session.exec(select(Wall))}
    return rows, {(of.get(one.seq), one.word) for one in session.exec(select(WallWord))}


def expected(session: Session) -> tuple[set[object], set[object]]:
    """Return what they must be."""
    posts = session.exec(select(Post).where(text(ON_WALL))).all()
    rows: set[object] = {(one.id, one.kind, one.language, one.platform) for one in posts}
    return rows, {(one.id, word[:LONGEST]) for one in posts for word in one.search_text.split()}


def check(engine: Engine, shown: int) -> None:
    """See that the wall is what it must be, with a number of posts on it."""
    with reading(engine) as session:
        assert state(session) == expected(session)
        assert len(state(session)[0]) == shown


def test_wall_follows_a_post_through_its_life(engine: Engine) -> None:
    with writing(engine) as session:
        ingest(session, [an_item("1"), an_item("2", "واحد #bladifqalbi")], rules=HELD, now=NOW)
    check(engine, 0)
    with writing(engine) as session:
        for post_id in (1, 2):
            curation.decide(session, post_id, Action.APPROVE, moderator="amina", now=NOW)
    check(engine, 2)
    with writing(engine) as session:
        edited = an_item("1", "Bonsoir " + "a" * 100 + " #bladifqalbi")
        ingest(session, [edited], rules=some_rules(), now=NOW)
    check(engine, 2)
    with writing(engine) as session:
        hide(session, 2, Availability.MISSING, now=NOW)
    check(engine, 1)
    with writing(engine) as session:
        retention.bury(session, 1, reason="asked", now=NOW)
    check(engine, 0)
    with reading(engine) as session:
        assert session.exec(select(WallWord)).first() is None


def test_public_post_is_on_the_wall_at_once_and_stays_when_nothing_changes(engine: Engine) -> None:
    for _ in range(2):
        with writing(engine) as session:
            ingest(session, [an_item("1")], rules=some_rules(), now=NOW)
        check(engine, 1)


def test_walls_from_before_are_filled(empty_url: str) -> None:
    engine = open_engine(empty_url)
    migrations.upgrade(engine)
    with writing(engine) as session:
        items = [an_item("1"), an_item("2", "مدرسة #bladifqalbi"), an_item("3", "x" * 99)]
        ingest(session, items, rules=some_rules(), now=NOW)
        before = state(session)
    with migrations.changing(engine) as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")

    migrations.upgrade(engine)

    with reading(engine) as session:
        assert state(session) == before
    engine.dispose()


@pytest.mark.parametrize("searched", ["سلام", "السلام", "bonjour سلام"])
def test_pages_of_a_search_cover_every_post_once(engine: Engine, searched: str) -> None:
    texts = ["سلام", "والسلام", "السلام", "بسلام", "سلام السلام"]
    items = [an_item(str(n), f"bonjour {texts[n % 5]} {n} #bladifqalbi") for n in range(12)]
    with writing(engine) as session:
        ingest(session, items, rules=some_rules(), now=NOW)
    seen: list[int | None] = []
    cursor = None
    with reading(engine) as session:
        newest = list(session.exec(select(Wall.post_id).order_by(col(Wall.seq).desc())))
        while True:
            page = wall.page(session, wall.Filters(search=searched), cursor=cursor, limit=5)
            seen += [one.post.id for one in page.posts]
            cursor = page.next_cursor
            if cursor is None:
                break

    assert seen == newest


def test_page_without_stories_looks_for_no_copies(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as session:
        ingest(session, [an_item()], rules=some_rules(deduplicate=False), now=NOW)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(sqlite_engine, "before_cursor_execute", note)
    with reading(sqlite_engine) as session:
        page = wall.page(session, wall.Filters(), limit=12)
    event.remove(sqlite_engine, "before_cursor_execute", note)

    assert [one.post.id for one in page.posts] == [1]
    assert not [one for one in asked if "story_id IN" in one]
