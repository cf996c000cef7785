"""Reports: who counts, who does not, and what a person's decision does to them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from store import curation, news, reports, retention
from store.engine import reading, writing
from store.errors import UnknownPostError
from store.ingest import ingest
from store.models import Action, Decision, Post, Report, ReportKey, Review
from store.reports import Complaint, Reason, TooManyReportsError
from store.wall import revision
from tests.conftest import NOW, an_item, some_rules


@pytest.fixture
def wall(engine: Engine) -> Engine:
    """A store with one public post, its number 1."""
    with writing(engine) as session:
        ingest(session, [an_item("1")], rules=some_rules(), now=NOW)
    return engine


def report(engine: Engine, address: str, *, now: datetime = NOW, **more: Any) -> None:
    """Report post 1 from an address, a minute after it was published."""
    complaint = Complaint(reason=more.pop("reason", Reason.SPAM), address=address)
    with writing(engine) as session:
        reports.report(
            session, 1, complaint, hide_after=more.pop("hide_after", 3), now=now + timedelta(0, 60)
        )


def review(engine: Engine) -> str:
    """Return the review of post 1."""
    with reading(engine) as session:
        return session.get_one(Post, 1).review


def approve(engine: Engine, now: datetime) -> None:
    """Decide that post 1 is shown."""
    with writing(engine) as session:
        curation.decide(session, 1, Action.APPROVE, moderator="amina", now=now)


def test_enough_networks_hide_a_post_and_the_wall_is_told(wall: Engine) -> None:
    with reading(wall) as session:
        known = revision(session)
    report(wall, "192.0.2.1", reason=Reason.HATE)
    report(wall, "198.51.100.1")
    assert review(wall) == Review.APPROVED

    report(wall, "203.0.113.1")

    assert review(wall) == Review.PENDING
    with reading(wall) as session:
        told = news.since(session, known)
        decision = session.exec(select(Decision).order_by(Decision.id.desc())).first()  # type: ignore[union-attr]
    assert told is not None
    assert told.removed == [1]
    assert decision is not None
    assert (decision.action, decision.moderator, decision.reason) == (
        "hold", "visitors", "reported: spam 2, hate 1",
    )  # fmt: skip


@pytest.mark.parametrize(
    "addresses",
    [
        ["192.0.2.1", "192.0.2.77", "192.0.2.200"],
        ["2001:db8:1::1", "2001:db8:1:ffff::2", "2001:db8:1:2:3:4:5:6"],
        ["192.0.2.1", "::ffff:192.0.2.9", "192.0.2.1"],
        ["testclient", "", "nonsense"],
    ],
)
def test_one_network_counts_once(wall: Engine, addresses: list[str]) -> None:
    for address in addresses:
        report(wall, address)

    assert review(wall) == Review.APPROVED


def test_post_that_a_person_has_shown_again_needs_new_reports(wall: Engine) -> None:
    for address in ("192.0.2.1", "198.51.100.1", "203.0.113.1"):
        report(wall, address)
    approve(wall, NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)

    report(wall, "192.0.2.1", now=later)
    report(wall, "10.0.0.1", now=later)
    report(wall, "10.0.1.1", now=later)
    assert review(wall) == Review.APPROVED
    report(wall, "10.0.2.1", now=later)

    assert review(wall) == Review.PENDING


def test_hidden_post_is_not_reported_again(wall: Engine) -> None:
    report(wall, "192.0.2.1", hide_after=1)

    with pytest.raises(UnknownPostError):
        report(wall, "198.51.100.1")


def test_new_harvest_does_not_bring_a_reported_post_back(wall: Engine) -> None:
    report(wall, "192.0.2.1", hide_after=1)

    with writing(wall) as session:
        edited = an_item("1", "Autre chose #bladifqalbi")
        ingest(session, [edited], rules=some_rules(), now=NOW + timedelta(days=1))

    assert review(wall) == Review.PENDING


def test_zero_hides_nothing(wall: Engine) -> None:
    for number in range(9):
        report(wall, f"10.0.{number}.1", hide_after=0)

    assert review(wall) == Review.APPROVED


def test_one_network_is_refused_after_ten_reports_in_an_hour(engine: Engine) -> None:
    def ask(post_id: int, now: datetime) -> None:
        with writing(engine) as session:
            complaint = Complaint(reason=Reason.SPAM, address="192.0.2.1")
            reports.report(session, post_id, complaint, hide_after=3, now=now)

    with writing(engine) as session:
        items = [an_item(str(n), f"Numéro {n} #bladifqalbi") for n in range(12)]
        ingest(session, items, rules=some_rules(), now=NOW)
    for post_id in range(1, 11):
        ask(post_id, NOW)

    with pytest.raises(TooManyReportsError):
        ask(11, NOW)
    ask(11, NOW + timedelta(hours=1))


def test_attack_of_many_networks_is_refused(wall: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_OF_ALL", 2)
    report(wall, "10.0.0.1")
    report(wall, "10.0.1.1")

    with pytest.raises(TooManyReportsError):
        report(wall, "10.0.2.1")


def test_nothing_that_is_kept_names_the_visitor(wall: Engine) -> None:
    report(wall, "192.0.2.1")
    report(wall, "192.0.2.1", now=NOW + timedelta(days=1))

    with reading(wall) as session:
        hashes = [one.reporter for one in session.exec(select(Report))]
    with writing(wall) as session:
        retention.purge(session, raw_days=30, now=NOW + timedelta(days=1))
    with reading(wall) as session:
        days = [one.day for one in session.exec(select(ReportKey))]

    assert len(set(hashes)) == 2
    assert days == [(NOW + timedelta(days=1)).date()]


def test_old_reports_are_deleted(wall: Engine) -> None:
    report(wall, "192.0.2.1")

    with writing(wall) as session:
        reports.purge(session, now=NOW + timedelta(days=91))

    with reading(wall) as session:
        assert session.exec(select(Report)).all() == []


def test_reports_go_with_their_post(wall: Engine) -> None:
    report(wall, "192.0.2.1")

    with writing(wall) as session:
        retention.bury(session, 1, reason="asked", now=NOW)

    with reading(wall) as session:
        assert session.exec(select(Report)).all() == []
