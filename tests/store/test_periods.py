"""Collections that are shown from a moment until another."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from store import audit, periods
from store.effects import Terms
from store.engine import reading, writing
from store.errors import ConflictError, IllegalActionError
from store.models import Audit
from store.periods import Limits
from tests.conftest import NOW

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
END = NOW + timedelta(days=7)
WEEK = Limits(NOW, END)


def put(engine, limits, revision=0, name="summer"):
    with writing(engine) as session:
        terms = Terms(revision=revision, origin="session:1")
        periods.put(session, name, limits, moderator="nadia", now=NOW, terms=terms)


def closed(engine, now):
    with reading(engine) as session:
        return periods.closed(session, now=now)


def test_collection_is_shown_from_its_start_until_its_end(engine):
    put(engine, WEEK)
    put(engine, Limits(None, NOW), name="spring")
    put(engine, Limits(NOW + HOUR, None), name="winter")

    moments = [NOW - TICK, NOW, NOW + HOUR, END - TICK, END]

    assert [closed(engine, one) for one in moments] == [
        {"summer", "winter"},
        {"spring", "winter"},
        {"spring"},
        {"spring"},
        {"spring", "summer"},
    ]


def test_limits_are_taken_away_again(engine):
    put(engine, Limits(None, NOW))

    put(engine, Limits(), revision=1)

    assert closed(engine, NOW) == frozenset()


def test_who_has_seen_older_limits_is_refused_and_asking_twice_is_once(engine):
    put(engine, WEEK)
    put(engine, WEEK)

    with pytest.raises(ConflictError):
        put(engine, Limits(NOW, None))

    with reading(engine) as session:
        period = periods.of(session, "summer")
    assert (Limits.of(period), period.revision) == (WEEK, 1)


@pytest.mark.parametrize("length", [timedelta(0), -HOUR])
def test_end_must_be_behind_the_start(engine, length):
    with pytest.raises(IllegalActionError):
        put(engine, Limits(NOW, NOW + length))

    assert closed(engine, NOW + HOUR) == frozenset()


def test_trail_tells_what_they_were_and_became(engine):
    put(engine, Limits(NOW, None))
    put(engine, Limits(None, NOW + HOUR), revision=1)

    with reading(engine) as session:
        rows = session.exec(select(Audit).order_by(col(Audit.id))).all()
        assert audit.verify(session) == 2
    noon, one = "2026-11-20T12:00:00+00:00", "2026-11-20T13:00:00+00:00"
    told = [(row.actor, row.action, row.object, row.before, row.after) for row in rows]
    assert told == [
        ("nadia", "collection.period", "collection:summer", "../..", f"{noon}/.."),
        ("nadia", "collection.period", "collection:summer", f"{noon}/..", f"../{one}"),
    ]
