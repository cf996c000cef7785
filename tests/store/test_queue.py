"""The queues' table and its counts follow the posts, whoever writes them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from store import curation, migrations, queue, retention
from store.engine import open_engine, reading, writing
from store.ingest import ingest
from store.models import Action, Availability, Post, QueueCount, Queued, Review
from store.queue import View
from store.visibility import hide
from tests.conftest import NOW, an_item, some_rules

HELD = some_rules(publish=False)
ROW = ("review", "first_seen_at", "language", "platform", "kind", "search_text")
SORT = ("review", "language", "platform", "kind")
TEXT = "Trois générations de ma famille autour du même thé, à Tétouan comme à Gand #bladifqalbi"


def told(rows: Sequence[Any], names: Sequence[str]) -> list[tuple[object, ...]]:
    return [tuple(getattr(one, name) for name in names) for one in rows]


def check(engine: Engine, shown: int | None = None) -> None:
    """See that queues and counts are what they must be, with a number of posts in all."""
    with reading(engine) as session:
        live = select(Post).where(Post.availability == Availability.LIVE, ~col(Post.is_copy))
        posts = session.exec(live.order_by(col(Post.id))).all()
        queued = session.exec(select(Queued).order_by(col(Queued.post_id))).all()
        counts = session.exec(select(QueueCount).where(QueueCount.posts != 0)).all()
        assert told(queued, ("post_id", *ROW)) == told(posts, ("id", *ROW))
        found = Counter(told(posts, SORT))
        assert {one[:4]: one[4] for one in told(counts, (*SORT, "posts"))} == found
        if shown is not None:
            assert len(posts) == shown


def put(session: Session, *native_ids: str, text: str = TEXT, **more: Any) -> None:
    ingest(session, [an_item(one, text, **more) for one in native_ids], rules=HELD, now=NOW)


def test_queues_follow_a_post_through_its_life(engine: Engine) -> None:
    with writing(engine) as session:
        put(session, "1", "2")
        put(session, "3", text="Un autre récit, celui du port #bladifqalbi", platform="bluesky")
    check(engine, 2)
    with writing(engine) as session:
        for action in (Action.APPROVE, Action.HIDE, Action.RESTORE, Action.REJECT):
            curation.decide(session, 1, action, moderator="amina", now=NOW)
            session.flush()
    check(engine, 2)
    with writing(engine) as session:
        put(session, "2", text="Un tout autre récit, celui du jardin #bladifqalbi")
    check(engine, 3)
    with writing(engine) as session:
        hide(session, 3, Availability.MISSING, now=NOW)
    check(engine, 2)
    with writing(engine) as session:
        retention.bury(session, 1, reason="asked", now=NOW)
    check(engine, 1)


CHANGES = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.sampled_from(
            [
                *(("review", one.value) for one in Review),
                *(("availability", one.value) for one in Availability),
                ("is_copy", True),
                ("is_copy", False),
                ("language", "zgh"),
                ("search_text", "l'autre % _ texte"),
                ("likes", 3),
                None,
            ]
        ),
    ),
    max_size=12,
)


def test_queues_follow_whatever_is_written(engine: Engine) -> None:
    numbers = iter(range(1_000_000))

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(changes=CHANGES)
    def holds(changes: list[tuple[int, tuple[str, object] | None]]) -> None:
        with writing(engine) as session:
            for post in session.exec(select(Post)):
                session.delete(post)
            session.flush()
            for number in range(4):
                put(session, f"{next(numbers)}", text=f"Récit {number} #bladifqalbi")
            posts = session.exec(select(Post).order_by(col(Post.id))).all()
            for at, change in changes:
                if change is None:
                    session.delete(posts[at - 1])
                    session.flush()
                    break
                setattr(posts[at - 1], *change)
                session.flush()
        check(engine)

    holds()


def test_queues_of_posts_that_are_there_are_made(empty_url: str) -> None:
    engine = open_engine(empty_url)
    migrations.upgrade(engine)
    with writing(engine) as session:
        put(session, "1", "2", "3")
        put(session, "4", text="Un autre récit, celui du port #bladifqalbi")
    with migrations.changing(engine) as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0018")

    migrations.upgrade(engine)

    check(engine, 2)
    engine.dispose()


def test_address_finds_a_post_however_it_is_written(engine: Engine) -> None:
    with writing(engine) as session:
        put(session, "1", url="https://social.example/@amina/1")

    with reading(engine) as session:
        found = [
            len(queue.page(session, View(search=address)))
            for address in (
                "https://social.example/@amina/1",
                "https://SOCIAL.example/@amina/1?utm_source=x",
                "https://social.example/@amina/2",
                "https://",
            )
        ]
    assert found == [1, 1, 0, 0]


@pytest.mark.parametrize("after", [None, 1, 2, 9])
def test_page_goes_on_behind_a_post_of_the_same_moment(engine: Engine, after: int | None) -> None:
    with writing(engine) as session:
        for number in range(1, 4):
            put(session, str(number), text=f"Récit numéro {number} #bladifqalbi")

    with reading(engine) as session:
        found = [post.id for post in queue.page(session, View(), after=after)]

    assert found == {None: [1, 2, 3], 1: [2, 3], 2: [3], 9: [1, 2, 3]}[after]


def test_search_is_counted_so_far(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "COUNTED", 2)
    with writing(engine) as session:
        put(session, "1")
        for native_id in "234":
            put(session, native_id, text=f"Récit {native_id} #bladifqalbi")

    with reading(engine) as session:
        told: dict[tuple[str, int | None], object] = {}
        for searched in ("famille", "récit", "", "personne"):
            for after in (None, 3):
                found = queue.listing(session, View(search=searched), after=after, limit=2)
                told[searched, after] = [one.id for one in found.posts], found.total

    assert told == {
        ("famille", None): ([1], 1),
        ("famille", 3): ([], 1),
        ("récit", None): ([2, 3], 3),
        ("récit", 3): ([4], 3),
        ("", None): ([1, 2], 4),
        ("", 3): ([4], 4),
        ("personne", None): ([], 0),
        ("personne", 3): ([], 0),
    }


def test_search_of_a_long_queue_is_told_to_go_on(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "WALKED", 3)
    with writing(engine) as session:
        for number in range(1, 8):
            word = "jardin" if number in (2, 4, 5) else "port"
            put(session, str(number), text=f"Récit numéro {number} du {word} #bladifqalbi")

    with reading(engine) as session:
        parts, behind = [], None
        while True:
            found = queue.listing(session, View(search="jardin"), behind=behind)
            parts.append([one.id for one in found.posts])
            if (behind := found.behind) is None:
                break
        second = queue.listing(session, View(search="jardin"), behind=3, after=4)
        other = queue.listing(session, View(search="jardin", review=Review.HIDDEN))

    assert parts == [[2], [4, 5], []]
    assert ([one.id for one in second.posts], second.total, second.behind) == ([5], 2, 6)
    assert (other.posts, other.behind) == ([], None)


def test_search_leaves_the_settings_of_the_database(engine: Engine) -> None:
    query = "SELECT current_setting('enable_sort')"
    if engine.dialect.name == "sqlite":
        query = "SELECT 'on'"
    with reading(engine) as session:
        queue.listing(session, View(search="récit"))

        shown = session.connection().exec_driver_sql(query).scalar_one()

    assert shown == "on"
