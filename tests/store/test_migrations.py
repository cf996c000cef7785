"""Tables come by migrations alone, and agree with the models."""

import threading
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel, select

from store import copying, migrations
from store.engine import open_engine, writing
from store.migrations import NewerStoreError
from store.models import Media, Post, StoryEdge
from tests.store.gallery import COPIES, LATER, author, image, keep, pictures, post


def test_migrated_tables_are_those_of_the_models(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_newest_version_is_the_one_that_all_migrations_lead_to():
    script = ScriptDirectory.from_config(migrations._config())

    assert migrations.newest() == script.get_current_head()


def test_start_with_tables_as_they_should_be_takes_no_turn_to_write(sqlite_url):
    engine = open_engine(sqlite_url)

    with writing(engine):
        is_done = migrations.upgrade(engine)
    engine.dispose()

    assert not is_done


def test_first_start_makes_the_tables_and_the_second_nothing(empty_url):
    engine = open_engine(empty_url)

    done = [migrations.upgrade(engine), migrations.upgrade(engine)]

    with engine.connect() as connection:
        current = migrations.is_current(connection)
    engine.dispose()
    assert (done, current) == ([True, False], True)


def test_processes_that_start_at_once_migrate_once(empty_url):
    done: list[bool] = []

    def start() -> None:
        engine = open_engine(empty_url)
        done.append(migrations.upgrade(engine))
        engine.dispose()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done) == [False, False, False, True]


def test_store_of_a_newer_version_is_refused_and_unchanged(empty_url):
    engine = open_engine(empty_url)
    migrations.upgrade(engine)
    with engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(NewerStoreError, match="install the newest bladifqalbi"):
        migrations.upgrade(engine)

    with engine.connect() as connection:
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        assert (version, migrations.is_current(connection)) == ("9999", False)
    engine.dispose()


def test_tables_go_as_they_came(empty_url):
    engine = open_engine(empty_url)
    migrations.upgrade(engine)

    with migrations.changing(engine) as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    assert migrations.upgrade(engine)
    engine.dispose()


def test_pictures_of_posts_that_are_there_get_their_names(empty_url):
    engine = open_engine(empty_url)
    migrations.upgrade(engine)
    with writing(engine) as session:
        avatar = author(avatar_url="https://a.example/amina.png")
        post(session, "1", image("1"), author=avatar)
        post(session, "1", image("1.png?s=signature&x"), platform="reddit")
        post(session, "1", platform="x", author=avatar)
        before = {(one.key, one.platform, one.role, one.url) for one in pictures(session)}
        names = named(session)
    with migrations.changing(engine) as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")

    migrations.upgrade(engine)

    with writing(engine) as session:
        found = {(one.key, one.platform, one.role, one.url) for one in pictures(session)}
        assert (found, named(session)) == (before, names)
        assert len(copying.claim(session, now=datetime.now(UTC), limit=10)) == 3
    engine.dispose()


def test_edges_stay_when_pictures_become_evidence(empty_url):
    engine = open_engine(empty_url)
    migrations.upgrade(engine)
    with writing(engine) as session:
        one, two, three = (post(session, native_id) for native_id in "123")
        edges = [(two, one, "equal text"), (two, one, "picture"), (three, one, "picture")]
        for post_id, other_id, kind in edges:
            edge = StoryEdge(
                post_id=post_id, other_id=other_id, kind=kind, score=1, why="equal", words=0
            )
            session.add(edge)
    with migrations.changing(engine) as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")

    migrations.upgrade(engine)

    with writing(engine) as session:
        found = session.exec(select(StoryEdge.post_id, StoryEdge.other_id, StoryEdge.kind)).all()
    engine.dispose()
    assert found == [(two, one, "equal text")]


def test_copies_that_are_there_are_looked_at_anew(empty_url):
    engine = open_engine(empty_url)
    migrations.upgrade(engine)
    with writing(engine) as session:
        post(session, "1", author=author(avatar_url="https://a.example/amina.png"))
        keep(session)
        assert not copying.claim(session, now=LATER, limit=10)
    with migrations.changing(engine) as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0019")

    migrations.upgrade(engine)

    with writing(engine) as session:
        (due,) = copying.claim(session, now=datetime.now(UTC), limit=10)
        assert (due.role, due.unseen, due.widths) == ("attachment", COPIES.digest, (320, 640))
    engine.dispose()


def named(session):
    avatars = session.exec(select(Post.platform, Post.avatar_key)).all()
    return sorted(map(str, [*avatars, *session.exec(select(Media.url, Media.picture_key)).all()]))
