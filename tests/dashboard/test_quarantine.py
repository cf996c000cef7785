"""What is set aside, at the desk: why, what to do, and what people do about it."""

import copy
import html
import json
import re
import threading
from pathlib import Path

import pytest
from sqlmodel import col, select

from bladifqalbi.hands import Hands
from bladifqalbi.service import Service
from bladifqalbi.settings import Settings
from collectors.mastodon import MastodonSettings
from collectors.settings import CollectorsSettings
from dashboard import quarantine as page
from dashboard.hands import NotReadyError
from store import harvests, quarantine
from store.engine import reading, writing
from store.models import Audit, Post, Role
from store.quarantine import UnknownPayloadError
from tests.conftest import NOW, a_campaign
from tests.dashboard.conftest import Desk
from tests.dashboard.test_sources import PLANS

NOTE = json.loads(
    (Path(__file__).parents[1] / "collectors/mastodon/note.json").read_text(encoding="utf-8")
)
SECRET = "token-of-ours-1234"


def with_hands(engine):
    collectors = CollectorsSettings(
        mastodon=MastodonSettings(enabled=True, tokens={"mastodon.social": SECRET})
    )
    settings = Settings(campaign=a_campaign(), collectors=collectors)
    with writing(engine) as session:
        harvests.register(session, ["mastodon", "bluesky"])
    hands = Hands(Service(settings, engine, threading.Event()))
    return Desk(engine, plans=PLANS, hands=hands)


@pytest.fixture
def make():
    return with_hands


def broken(**more):
    """A status that nobody can understand."""
    payload = copy.deepcopy(NOTE)
    del payload["status"]["uri"]
    return {**payload, **more}


def aside(desk, payload, reason="KeyError: 'uri'", source="mastodon"):
    """Set a payload aside; return its number."""
    with writing(desk.engine) as session:
        quarantine.put(session, source, payload, reason, now=NOW)
        session.flush()
        return [row.id for row in quarantine.waiting(session, source)][-1]


def waiting(desk):
    with reading(desk.engine) as session:
        return [row.id for row in quarantine.waiting(session)]


def acts(desk):
    """Return what people have done to what is set aside, the oldest first."""
    with reading(desk.engine) as session:
        query = select(Audit).where(col(Audit.action).startswith("quarantine."))
        rows = session.exec(query.order_by(col(Audit.id))).all()
    return [(row.actor, row.action, row.object, row.before) for row in rows]


def found(pattern, text):
    match = re.search(pattern, text, re.DOTALL)
    assert match is not None, text
    return html.unescape(match[1])


def key(browser, row_id):
    """Return what a form of the page says that its reader has seen."""
    text = browser.get("/fr/quarantine").text
    form = text.split(f'action="/fr/quarantine/mastodon/{row_id}"')[-1]
    return found(r'name="revision" value="(\w+)"', form)


def discard(browser, row_id, seen=None):
    seen = key(browser, row_id) if seen is None else seen
    form = {"action": "discard", "revision": seen}
    return browser.post(f"/fr/quarantine/mastodon/{row_id}", data=form)


def test_page_says_by_source_why_each_is_set_aside_and_what_to_do(quick):
    reasons = ("KeyError: 'uri'", "its address is no web address", "saving: IndexError")
    for number, reason in enumerate(reasons):
        aside(quick, broken(n=number), reason)
    aside(quick, {"post": {}}, "KeyError: 'uri'", "bluesky")
    browser = quick.person("nadia", Role.ADMIN)

    text = html.unescape(browser.get("/en/quarantine").text)
    sources = browser.get("/en/sources").text

    for said in (
        "4 posts", "It is not written as its network usually writes posts.",
        "it is no post that can be kept",
        "saving it failed", "report it, and try again after an update", "KeyError: 'uri'",
        "This source is off or lacks a key",
    ):  # fmt: skip
        assert said in text, said
    assert text.index("Bluesky") < text.index("Mastodon")
    assert re.search(r'href="/en/quarantine"[^>]*>.*?Set aside<span>4</span>', sources, re.DOTALL)
    assert '<a href="/en/quarantine?source=mastodon">3</a>' in sources


def test_what_cannot_be_kept_is_told_from_what_cannot_be_read():
    unfit = ["its address is no web address", "longer than 200000 characters, or a title over 2000"]
    unread = ["KeyError: 'uri'", "MalformedError: x: a search without meta", "ValueError: "]

    assert {quarantine.why(one) for one in unfit} == {quarantine.Why.UNFIT}
    assert {quarantine.why(one) for one in unread} == {quarantine.Why.UNREAD}
    assert quarantine.why(quarantine.unsaved(IndexError("x"))) is quarantine.Why.UNSAVED


def test_payload_is_shown_on_demand_escaped_cut_and_without_any_secret(quick, monkeypatch):
    row_id = aside(
        quick,
        broken(
            html="<script>alert(1)</script>", turned="a\u202eb", half="\ud800",
            access_token="given-to-somebody", next=f"https://me:pw@x.example/?key=abc&t={SECRET}",
        ),
    )  # fmt: skip
    browser = quick.person("nadia", Role.ADMIN)
    closed = browser.get("/fr/quarantine").text
    shown = browser.get(f"/fr/quarantine?open={row_id}").text
    monkeypatch.setattr(page, "LONGEST", 100)
    cut = browser.get(f"/fr/quarantine?open={row_id}").text

    block = found(r'<pre class="payload" dir="ltr"[^>]*>(.*?)</pre>', shown)
    assert "alert(1)" not in closed
    assert "<script>alert(1)" in block
    assert "<script>alert" not in shown
    assert "\\u202e" in block
    assert "\u202e" not in block
    for secret in (SECRET, "given-to-somebody", "me:pw", "key=abc"):
        assert secret not in shown
    assert len(found(r"<pre[^>]*>(.*?)</pre>", cut)) == 100
    assert "En voici le début" in cut


def test_those_who_may_only_look_see_no_payload_and_no_handle(quick):
    row_id = aside(quick, broken(note="of-a-person"))

    text = quick.person("nadia", Role.MODERATOR).get(f"/fr/quarantine?open={row_id}").text

    assert "KeyError" in text
    assert "of-a-person" not in text
    assert "<pre" not in text
    assert "/fr/quarantine/mastodon" not in text


def test_what_is_understood_now_enters_and_what_is_not_stays(desk):
    bad = aside(desk, broken())
    good = aside(desk, NOTE)
    browser = desk.person("nadia", Role.ADMIN)

    one = browser.post(f"/en/quarantine/mastodon/{bad}", data={"action": "retry"})
    every = browser.post("/en/quarantine/mastodon")
    text = browser.get(every.headers["location"]).text

    assert (one.status_code, every.status_code) == (303, 303)
    assert "1 post was understood. 1 post stays set aside." in text
    assert waiting(desk) == [bad]
    assert desk.post().native_id == NOTE["status"]["uri"]
    assert desk.post().review == "pending"
    assert acts(desk) == [
        ("nadia", "quarantine.retry", f"quarantine:{bad}", "mastodon"),
        ("nadia", "quarantine.retry", "source:mastodon", "2"),
    ]
    assert good != bad


def test_what_is_discarded_does_not_come_back_and_asking_twice_is_once(desk):
    row_id, other = aside(desk, broken()), aside(desk, broken(n=2))
    browser = desk.person("nadia", Role.ADMIN)
    seen = key(browser, row_id)

    answers = [discard(browser, row_id, seen).status_code for _ in range(2)]
    aside(desk, broken())

    assert answers == [303, 303]
    assert waiting(desk) == [other]
    assert acts(desk) == [("nadia", "quarantine.discard", f"quarantine:{row_id}", "mastodon")]
    assert browser.post("/fr/quarantine/mastodon").status_code == 303
    with reading(desk.engine) as session:
        assert session.exec(select(Post)).all() == []


@pytest.mark.parametrize("seen", ["0" * 32, "none"])
def test_only_what_was_looked_at_is_discarded(quick, seen):
    row_id = aside(quick, broken())
    browser = quick.person("nadia", Role.ADMIN)

    answer = discard(browser, row_id, seen)

    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert (waiting(quick), acts(quick)) == ([row_id], [])


def test_what_another_has_discarded_is_gone_for_everybody_else(quick):
    row_id = aside(quick, broken())
    nadia, amina = quick.person("nadia", Role.ADMIN), quick.person("amina", Role.ADMIN)
    seen = key(nadia, row_id)
    discard(nadia, row_id, seen)

    assert discard(amina, row_id, seen).status_code == 409
    retried = amina.post(f"/fr/quarantine/mastodon/{row_id}", data={"action": "retry"})
    assert retried.status_code == 409
    assert len(acts(quick)) == 1


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("mastodon/1", {"action": "erase"}, 422),
        ("mastodon/1", {"action": "discard"}, 428),
        ("nothing", {}, 404),
        ("bluesky", {}, 409),
    ],
)
def test_what_cannot_be_is_refused(quick, path, form, status):
    aside(quick, broken())

    answer = quick.person("nadia", Role.ADMIN).post(f"/fr/quarantine/{path}", data=form)

    assert answer.status_code == status


def test_hands_try_only_what_is_of_a_source_that_can_be_asked(quick):
    row_id = aside(quick, {"post": {}}, source="bluesky")
    hands = quick.hands

    with pytest.raises(NotReadyError, match="bluesky is off"):
        hands.retry("bluesky", None, by="nadia", origin="")
    with pytest.raises(UnknownPayloadError):
        hands.retry("mastodon", row_id, by="nadia", origin="")


def test_a_long_list_goes_on_and_what_was_tried_last_is_tried_last(quick, monkeypatch):
    monkeypatch.setattr(page, "PAGE", 2)
    ids = [aside(quick, broken(n=n)) for n in range(3)]
    browser = quick.person("nadia", Role.ADMIN)
    browser.post(f"/fr/quarantine/mastodon/{ids[0]}", data={"action": "retry"})

    first = browser.get("/fr/quarantine").text
    more = found(r'href="([^"]*after=\d+)"', first)
    second = browser.get(more).text

    assert [f"set-aside-{one}" in first for one in ids] == [True, True, False]
    assert [f"set-aside-{one}" in second for one in ids] == [False, False, True]
    with reading(quick.engine) as session:
        turn = [row.id for row in quarantine.to_try(session, "mastodon", limit=None)]
    assert turn == [ids[1], ids[2], ids[0]]
