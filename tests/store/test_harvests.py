"""Who may run a source: of any number of processes exactly one."""

import threading
from datetime import date, timedelta

import pytest
from sqlmodel import select

from store import harvests
from store.engine import reading, writing
from store.errors import LeaseLostError
from store.harvests import LEASE, Ending
from store.models import Harvest, Source
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def source(engine):
    with writing(engine) as session:
        harvests.register(session, ["x"])
    return engine


def claim(engine, *, at=NOW, due=None, fingerprint="f", by_hand=False):
    with writing(engine) as session:
        return harvests.claim(
            session, "x", now=at, next_due_at=due, fingerprint=fingerprint, by_hand=by_hand
        )


def end(engine, claimed, *, at=NOW, **more):
    more.setdefault("outcome", "complete")
    with writing(engine) as session:
        harvests.finish(session, claimed, Ending(**more), now=at)


def together(work, count=8):
    barrier = threading.Barrier(count)
    results = []

    def go() -> None:
        barrier.wait()
        results.append(work())

    threads = [threading.Thread(target=go) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_many_that_claim_at_once_exactly_one_wins(source):
    results = together(lambda: claim(source, due=NOW + MINUTE))

    assert sum(result is not None for result in results) == 1
    with reading(source) as session:
        assert len(session.exec(select(Harvest)).all()) == 1


def test_claim_uses_up_its_slot(source):
    end(source, claim(source, due=NOW + MINUTE))

    assert claim(source, at=NOW + MINUTE / 2) is None
    assert claim(source, at=NOW + MINUTE, due=NOW + 2 * MINUTE) is not None


def test_run_by_hand_need_not_be_due(source):
    end(source, claim(source, due=NOW + MINUTE))

    assert claim(source, by_hand=True) is not None


def test_lease_keeps_others_away_until_it_is_silent_for_too_long(source):
    claim(source)

    assert claim(source, at=NOW + LEASE, by_hand=True) is None
    assert claim(source, at=NOW + LEASE + MINUTE, by_hand=True) is not None


def test_who_was_taken_over_can_write_nothing(source):
    first = claim(source)
    claim(source, at=NOW + LEASE + MINUTE, by_hand=True)

    with pytest.raises(LeaseLostError), writing(source) as session:
        harvests.renew(session, first, now=NOW)
    with pytest.raises(LeaseLostError):
        end(source, first)


def test_released_lease_is_free_at_once_and_its_run_can_write_nothing(source):
    first = claim(source)
    with writing(source) as session:
        harvests.release(session, first)

    assert claim(source, by_hand=True) is not None
    with pytest.raises(LeaseLostError), writing(source) as session:
        harvests.renew(session, first, now=NOW)


def test_refused_settings_wait_for_other_settings_and_for_nothing_else(source):
    later = NOW + timedelta(days=1)
    end(
        source, claim(source), outcome="failed", error="x: no", refused_settings="f",
        not_before=later,
    )  # fmt: skip

    assert claim(source, at=later + MINUTE, by_hand=True) is None
    assert claim(source, at=NOW + MINUTE, fingerprint="other", by_hand=True) is not None


def test_good_run_forgets_failures(source):
    end(source, claim(source), outcome="failed", error="x: down", error_kind="TransientError")
    end(source, claim(source, by_hand=True), outcome="truncated")

    with reading(source) as session:
        row = session.exec(select(Source)).one()
    assert (row.failures, row.last_ok_at, row.last_error) == (0, NOW, "x: down")


def test_budget_is_never_exceeded_by_many_that_spend_at_once(source):
    day = date(2026, 11, 20)

    def spend() -> int:
        got = 0
        for _ in range(10):
            with writing(source) as session:
                got += harvests.spend(session, "x", "calls", day, 3, limit=100)
        return got

    granted = sum(together(spend, 6))

    with reading(source) as session:
        assert (granted, harvests.used(session, "x", "calls", day)) == (33, 99)


def test_gap_leaves_the_position_and_a_position_closes_the_gap(source):
    def move(**place):
        with writing(source) as session:
            harvests.move(session, "x", "all", now=NOW, **place)
            mark = harvests.bookmark(session, "x", "all")
            return mark.position, mark.gap

    assert move(position="10", gap=None) == ("10", None)
    assert move(position=None, gap="below 15") == ("10", "below 15")
    assert move(position="20", gap=None) == ("20", None)


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, 15), (1, 15), (2, 30), (3, 60), (5, 240), (6, 360), (99, 360)]
)
def test_back_off_doubles_up_to_six_hours(failures, minutes):
    assert harvests.back_off(15 * MINUTE, failures) == minutes * MINUTE


def test_longest_unread_stream_comes_first(source):
    with writing(source) as session:
        harvests.move(session, "x", "b", position="1", gap=None, now=NOW)
        harvests.move(session, "x", "a", position="1", gap=None, now=NOW + MINUTE)

        assert harvests.by_age(session, "x", ["a", "b", "c"]) == ["c", "b", "a"]
