"""The trail: the database refuses to change it, and what was changed all the same is named."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from store import audit, curation
from store.engine import reading, writing
from store.ingest import ingest
from store.models import Action, Audit
from tests.conftest import NOW, an_item, some_rules


@pytest.fixture
def trail(engine):
    """A store with three decisions."""
    with writing(engine) as session:
        ingest(session, [an_item("1")], rules=some_rules(publish=False), now=NOW)
        for action in (Action.ESCALATE, Action.APPROVE, Action.HIDE):
            curation.decide(session, 1, action, moderator="nadia", now=NOW)
    return engine


def unsealed(engine, statement):
    """Run a statement as somebody who has taken the triggers away."""
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(statement))
            return
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        triggers = connection.execute(text(query)).all()
        for name, _ in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.execute(text(statement))
        for _, sql in triggers:
            connection.exec_driver_sql(sql)


@pytest.mark.parametrize("table", ["audit", "decision"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET action = 'x'", "DELETE FROM {}"])
def test_database_refuses_to_change_what_was_done(trail, table, statement):
    with (
        pytest.raises(DatabaseError, match="never changed"),
        trail.execution_options(writes=True).begin() as connection,
    ):
        connection.execute(text(statement.format(table)))


def test_untouched_trail_is_whole_and_ends_with_its_head(trail):
    with reading(trail) as session:
        number, digest = audit.head(session)

        assert (number, audit.verify(session, witness=digest)) == (3, 3)


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE audit SET actor = 'karim' WHERE id = 2", 2),
        ("UPDATE audit SET reason = 'x' WHERE id = 1", 1),
        ("UPDATE audit SET revision = 9 WHERE id = 3", 3),
        ("DELETE FROM audit WHERE id = 2", 3),
        ("DELETE FROM audit WHERE id = 1", 2),
    ],
)
def test_first_touched_row_is_named(trail, statement, row):
    unsealed(trail, statement)

    with reading(trail) as session, pytest.raises(audit.TouchedError, match=f"row {row} was"):
        audit.verify(session)


def test_rows_taken_off_the_end_are_missed_by_a_witness(trail):
    with reading(trail) as session:
        witness = audit.head(session)[1]
    unsealed(trail, "DELETE FROM audit WHERE id = 3")

    with reading(trail) as session, pytest.raises(audit.TouchedError, match="witness is gone"):
        audit.verify(session, witness=witness)


def test_what_a_source_decides_is_in_the_trail_too(engine):
    with writing(engine) as session:
        ingest(session, [an_item("1"), an_item("2")], rules=some_rules(), now=NOW)

    with reading(engine) as session:
        acts = session.exec(select(Audit.actor, Audit.action, Audit.object)).all()
        assert audit.verify(session) == 2
    assert acts == [
        ("source:mastodon", "approve", "post:1"),
        ("source:mastodon", "approve", "post:2"),
    ]
