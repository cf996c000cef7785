"""Reports at the desk: which wait, and what a decision about them does."""

import re
from datetime import timedelta

import pytest
from sqlmodel import col, select

from store import curation, reports
from store.engine import reading, writing
from store.ingest import ingest
from store.models import Action, Decision, Role
from store.reports import Complaint, Reason
from tests.conftest import NOW, an_item, some_rules
from tests.dashboard.conftest import Desk

LATER = NOW + timedelta(minutes=1)


def report(engine, post_id, *networks, note=None, hide_after=3):
    with writing(engine) as session:
        for network in networks:
            complaint = Complaint(reason=Reason.HATE, note=note, address=f"203.0.{network}.1")
            reports.report(session, post_id, complaint, hide_after=hide_after, now=LATER)


def reported(engine):
    with writing(engine) as session:
        items = [an_item(str(n), f"Récit numéro {n} #bladifqalbi") for n in (1, 2, 3)]
        ingest(session, items, rules=some_rules(publish=True), now=NOW)
    desk = Desk(engine)
    desk.now = NOW + timedelta(minutes=2)
    return desk


@pytest.fixture
def make():
    return reported


def listed(browser):
    return [int(one) for one in re.findall(r'queue\?post=(\d+)"', browser.get("/fr/reports").text)]


def act(browser, action, post_id=1, revision=0, **more):
    form = {"action": action, "revision": str(revision), "reason": "hate", **more}
    return browser.post(f"/fr/reports/{post_id}", data=form)


def test_what_was_hidden_at_once_comes_first_then_what_most_reported(desk):
    report(desk.engine, 1, 1)
    report(desk.engine, 2, 1, 2)
    report(desk.engine, 3, 1, 2, 3)

    assert desk.post(3).review == "pending"
    assert listed(desk.person("nadia")) == [3, 2, 1]


def test_reasons_are_counted_and_notes_shown_as_text(quick):
    report(quick.engine, 1, 1, 2, note="<b>voir</b>")

    page = quick.person("nadia").get("/en/reports").text

    assert re.search(r'class="chip bad">[^<]+: 2<', page)
    assert "&lt;b&gt;voir&lt;/b&gt;" in page


def test_kept_post_stays_shown_and_its_reports_end(desk):
    report(desk.engine, 1, 1, 2)
    browser = desk.person("nadia")

    answer = act(browser, "dismiss")

    assert (answer.status_code, desk.post().review, listed(browser)) == (303, "approved", [])
    with reading(desk.engine) as session:
        assert reports.undecided(session, 1).total() == 0


def test_post_that_was_hidden_at_once_is_shown_again(quick):
    report(quick.engine, 1, 1, 2, 3)
    browser = quick.person("nadia")

    act(browser, "approve", revision=1)
    with writing(quick.engine) as session:
        curation.release(session, now=quick.now + curation.GRACE)

    assert (quick.post().review, listed(browser)) == ("approved", [])


@pytest.mark.parametrize(("action", "review"), [("hide", "hidden"), ("reject", "rejected")])
def test_post_is_taken_off_the_wall(quick, action, review):
    report(quick.engine, 1, 1)
    browser = quick.person("nadia", Role.EDITOR)

    act(browser, action)

    assert (quick.post().review, listed(browser)) == (review, [])


def test_report_after_a_decision_is_a_new_one(quick):
    report(quick.engine, 1, 1)
    browser = quick.person("nadia")
    quick.now = LATER
    act(browser, "dismiss")

    with writing(quick.engine) as session:
        complaint = Complaint(reason=Reason.SPAM, address="198.51.100.1")
        reports.report(session, 1, complaint, hide_after=3, now=LATER + timedelta(minutes=5))

    assert listed(browser) == [1]


def test_note_or_topic_ends_no_report(quick):
    report(quick.engine, 1, 1)
    browser = quick.person("nadia")
    form = {"action": "topic", "revision": "0", "words": "port"}
    browser.post("/fr/posts/1/decide", data=form)

    assert listed(browser) == [1]


def test_second_decision_is_told_who_was_first(quick):
    report(quick.engine, 1, 1)
    report(quick.engine, 2, 1)
    act(quick.person("nadia"), "dismiss")

    answer = act(quick.person("karim"), "reject")

    assert (answer.status_code, quick.post().review) == (409, "approved")
    assert "nadia a décidé entre-temps" in answer.text


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"action": "note", "revision": "0"}, 422),
        ({"action": "approve"}, 428),
        ({"action": "erase", "revision": "0"}, 422),
    ],
)
def test_what_cannot_be_is_refused(quick, form, status):
    assert quick.person("nadia").post("/fr/reports/1", data=form).status_code == status


def test_only_those_who_may_publish_hide(quick):
    report(quick.engine, 1, 1)

    answer = act(quick.person("nadia"), "hide")

    assert (answer.status_code, quick.post().review) == (403, "approved")


def test_why_tells_of_reports_copies_and_the_source(quick):
    report(quick.engine, 1, 1, 2, 3)
    report(quick.engine, 2, 1)
    with writing(quick.engine) as session:
        text = "Ma grand-mère faisait le pain chaque matin avant l'école, au four #bladifqalbi"
        items = [an_item(n, text) for n in "78"]
        ingest(session, items, rules=some_rules(publish=False), now=NOW)
    browser = quick.person("nadia")

    held, shown, head, copy = (browser.get(f"/en/queue?post={n}").text for n in (1, 2, 4, 5))

    assert "Reported by 3 visitors" in held
    assert "It was hidden at once, because visitors have reported it." in held
    assert "Reported by 1 visitor<" in shown
    assert "It is on the wall, because its source shows new posts at once." in shown
    assert "Its source holds new posts until somebody decides." in head
    assert "Copy of another post" in copy


def test_decision_to_keep_stands_in_the_trail(quick):
    report(quick.engine, 1, 1)
    act(quick.person("nadia"), "dismiss")

    with reading(quick.engine) as session:
        found = session.exec(select(Decision).where(Decision.moderator == "nadia")).one()

    assert (found.action, found.before, found.after) == (Action.DISMISS, "approved", "approved")


@pytest.mark.parametrize("action", ["dismiss", "hide", "reject"])
def test_decision_is_taken_back_and_its_reports_wait_again(desk, action):
    report(desk.engine, 1, 1, 2)
    browser = desk.person("nadia", Role.EDITOR)
    answer = act(browser, action)
    page = browser.get(answer.headers["location"]).text
    undo = re.findall(r'action="(/fr/reports/undo/\d+)"', page)
    assert (len(undo), listed(browser)) == (1, [])

    again = [browser.post(undo[0], data={"key": "k"}).status_code for _ in range(2)]

    assert (again, desk.post().review, listed(browser)) == ([303, 303], "approved", [1])
    with reading(desk.engine) as session:
        assert reports.undecided(session, 1).total() == 2
        query = select(Decision).where(Decision.moderator == "nadia").order_by(col(Decision.id))
        rows = session.exec(query).all()
    assert [row.action for row in rows] == [action, "undo"]


def test_decision_is_not_taken_back_once_another_has_decided(quick):
    report(quick.engine, 1, 1)
    browser = quick.person("nadia", Role.EDITOR)
    done = act(browser, "dismiss").headers["location"].partition("=")[2]
    form = {"action": "topic", "revision": "1", "words": "port"}
    quick.person("karim").post("/fr/posts/1/decide", data=form)

    answer = browser.post(f"/fr/reports/undo/{done}", data={"key": "k"})

    assert (answer.status_code, listed(browser)) == (409, [])
    assert "karim a décidé entre-temps" in answer.text
