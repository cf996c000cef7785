"""Sources that people steer: paused they rest, hurried they run once nothing forbids it."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from store import harvests, health, steering
from store.engine import reading, writing
from store.models import Audit, Source
from store.steering import BusyError, UnknownSourceError
from tests.conftest import NOW
from tests.store.test_harvests import claim, end

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def source(engine):
    with writing(engine) as session:
        harvests.register(session, ["x"])
    end(engine, claim(engine, due=NOW + HOUR))
    return engine


def do(engine, work, name="x", now=NOW):
    with writing(engine) as session:
        work(session, name, by="nadia", origin="session:1", now=now)


def is_due(engine, at):
    with reading(engine) as session:
        return harvests.is_due(session, "x", now=at, fingerprint="f")


def wait(engine, kind):
    with writing(engine) as session:
        source = session.get_one(Source, "x")
        source.not_before, source.last_error_kind = NOW + 2 * HOUR, kind


def test_paused_source_does_not_run_by_itself_until_it_is_resumed(source):
    do(source, steering.pause)
    paused = is_due(source, NOW + 2 * HOUR), claim(source, at=NOW + 2 * HOUR)

    do(source, steering.resume)

    assert paused == (False, None)
    assert is_due(source, NOW + 2 * HOUR)
    assert claim(source, at=NOW + 2 * HOUR) is not None


def test_paused_source_can_still_be_read_by_hand(source):
    do(source, steering.pause)

    assert claim(source, by_hand=True) is not None


@pytest.mark.parametrize("kind", [None, "TransientError", "MalformedError"])
def test_source_that_is_to_run_now_is_due_at_once(source, kind):
    wait(source, kind)

    do(source, steering.run_now, now=NOW + MINUTE)

    assert is_due(source, NOW + MINUTE)
    assert claim(source, at=NOW + MINUTE, due=NOW + HOUR) is not None


@pytest.mark.parametrize("kind", ["RateLimitedError", "QuotaError", "BudgetSpentError"])
def test_nobody_hurries_a_platform_that_asks_to_wait(source, kind):
    wait(source, kind)

    with pytest.raises(BusyError):
        do(source, steering.run_now)

    assert not is_due(source, NOW)


def test_source_that_runs_or_is_paused_cannot_be_hurried(source):
    do(source, steering.pause)
    with pytest.raises(BusyError):
        do(source, steering.run_now)
    do(source, steering.resume)
    claim(source, by_hand=True)

    with pytest.raises(BusyError):
        do(source, steering.run_now)


@pytest.mark.parametrize("work", [steering.pause, steering.resume, steering.run_now])
def test_unknown_source_is_refused(source, work):
    with pytest.raises(UnknownSourceError):
        do(source, work, "y")


def test_each_act_stands_in_the_trail_once(source):
    for work in (steering.pause, steering.pause, steering.resume, steering.run_now):
        do(source, work)

    with reading(source) as session:
        rows = session.exec(select(Audit).order_by(col(Audit.id))).all()

    assert [(row.actor, row.action, row.object) for row in rows] == [
        ("nadia", "source.pause", "source:x"),
        ("nadia", "source.resume", "source:x"),
        ("nadia", "source.run", "source:x"),
    ]


def test_health_and_next_run_know_of_the_pause(source):
    with reading(source) as session:
        before = health.next_run(session, ["x"], now=NOW)
    do(source, steering.pause)

    with reading(source) as session:
        row = health.of(session, ["x"], now=NOW)[0]
        after = health.next_run(session, ["x"], now=NOW)

    assert (before, after) == (NOW + HOUR, None)
    assert (row.paused, row.may_run) == (True, False)
