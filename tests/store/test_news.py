"""What readers have missed, on both databases."""

from sqlalchemy import Engine

from store import news
from store.engine import reading, writing
from store.ingest import ingest
from store.retention import bury
from store.wall import revision
from tests.conftest import NOW, an_item, some_rules


def test_post_that_came_and_went_is_removed(engine: Engine) -> None:
    with writing(engine) as session:
        ingest(
            session,
            [an_item("1"), an_item("2", "Autre chose #bladifqalbi")],
            rules=some_rules(),
            now=NOW,
        )
    with writing(engine) as session:
        bury(session, 1, reason="asked", now=NOW)

    with reading(engine) as session:
        told = news.since(session, 0)

    assert told is not None
    assert (told.new, told.removed, told.updated) == (1, [1], [])


def test_edit_is_an_update(engine: Engine) -> None:
    with writing(engine) as session:
        ingest(session, [an_item("1")], rules=some_rules(), now=NOW)
        known = revision(session)
    with writing(engine) as session:
        ingest(session, [an_item("1", "Bonsoir #bladifqalbi")], rules=some_rules(), now=NOW)

    with reading(engine) as session:
        told = news.since(session, known)

    assert told is not None
    assert (told.new, told.removed, told.updated) == (0, [], [1])


def test_empty_wall_has_no_news(engine: Engine) -> None:
    with reading(engine) as session:
        assert news.since(session, 0) == news.News(0, 0, [], [])
        assert news.since(session, 1) is None
