"""The queue: what it shows, and what becomes of what is sent to it."""

import re
from datetime import timedelta
from html import unescape
from threading import Thread

import pytest
from sqlmodel import select

from store import audit
from store.engine import reading, writing
from store.ingest import LOOKALIKE, ingest
from store.models import Decision, Note, Post, Role
from tests.conftest import NOW, an_item, some_rules
from tests.dashboard.conftest import Desk, decide, fill, undo_of


def ids(page):
    return [int(one) for one in re.findall(r'name="chosen"[^>]* value="(\d+):', page.text)]


def test_oldest_waits_on_top_and_is_open(quick):
    page = quick.person("nadia").get("/fr/queue")

    assert ids(page) == [1, 2, 3]
    assert "À modérer" in page.text
    assert page.text.count('aria-current="true"') == 2  # the open row, and the language


@pytest.mark.parametrize("lang", ["ar", "fr", "en", "es", "zgh"])
def test_page_is_in_its_language_and_direction(quick, lang):
    page = quick.person("nadia").get(f"/{lang}/queue").text

    assert f'<html lang="{lang}" dir="{"rtl" if lang == "ar" else "ltr"}">' in page


def test_filters_and_search_stand_in_the_address(quick):
    with writing(quick.engine) as session:
        other = an_item("9", "Une tout autre histoire #bladifqalbi", platform="bluesky")
        ingest(session, [other], rules=some_rules(publish=False), now=NOW)
    browser = quick.person("nadia")

    by_source = ids(browser.get("/fr/queue?platform=bluesky"))
    by_word = ids(browser.get("/fr/queue?q=numéro 2"))
    by_address = ids(browser.get("/fr/queue?q=https://social.example/@amina/3"))
    nothing = browser.get("/fr/queue?q=zellige")

    assert (by_source, by_word, by_address) == ([4], [2], [3])
    assert "Rien ne correspond." in nothing.text


def test_approval_opens_the_next_and_can_be_taken_back(desk):
    browser = desk.person("nadia")

    answer = decide(browser, "approve", next="2")

    assert answer.headers["location"] == f"/fr/queue?post=2&done={undo_of(answer)}"
    assert desk.post().review == "scheduled"
    back = browser.post(f"/fr/undo/{undo_of(answer)}", data={"back": ""})
    assert (back.status_code, desk.post().review) == (303, "pending")


def test_editor_approves_and_pins_with_one_undo(desk):
    browser = desk.person("nadia", Role.EDITOR)

    answer = decide(browser, "approve-and-pin", next="2")
    wall = browser.get("/fr/wall").text
    back = browser.post(f"/fr/undo/{undo_of(answer)}", data={"back": ""})

    assert answer.headers["location"].startswith("/fr/queue?post=2&")
    assert "1 sur 5 épinglées" in wall
    assert (back.status_code, desk.post().review) == (303, "pending")
    assert "0 sur 5 épinglées" in browser.get("/fr/wall").text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MODERATOR, Role.AUDITOR])
def test_who_may_not_pin_does_not_approve_with_a_pin(quick, role):
    browser = quick.person("somebody", role)

    assert decide(browser, "approve-and-pin").status_code == 403
    assert "approve-and-pin" not in browser.get("/fr/queue").text
    assert quick.post().review == "pending"


def test_nothing_is_approved_where_no_more_can_be_pinned(quick):
    fill(quick.engine, 6)
    browser = quick.person("nadia", Role.EDITOR)
    for number in range(1, 6):
        decide(browser, "approve-and-pin", number)

    answer = decide(browser, "approve-and-pin", 6)

    assert answer.status_code == 422
    assert "5 publications sont épinglées, c’est le maximum." in answer.text
    assert quick.post(6).review == "pending"


def test_second_decision_on_one_version_gets_the_row_with_who_was_first(desk):
    nadia, karim = desk.person("nadia"), desk.person("karim")
    decide(nadia, "escalate", key="a")

    answer = decide(karim, "reject", reason="spam", key="b", back="")

    assert (answer.status_code, desk.post().review) == (409, "escalated")
    assert "nadia a décidé entre-temps" in answer.text
    with reading(desk.engine) as session:
        assert [one.moderator for one in session.exec(select(Decision))] == ["nadia"]


def test_undo_after_anothers_decision_is_refused(quick):
    nadia, karim = quick.person("nadia"), quick.person("karim", Role.EDITOR)
    mine = undo_of(decide(nadia, "escalate"))
    decide(karim, "reject", revision=1, reason="spam")

    answer = nadia.post(f"/fr/undo/{mine}", data={"back": "post=1"})

    assert (answer.status_code, quick.post().review) == (409, "rejected")


def test_version_may_come_in_the_header_and_must_come_somehow(quick):
    browser = quick.person("nadia")

    without = browser.post("/fr/posts/1/decide", data={"action": "escalate"})
    given = browser.post(
        "/fr/posts/1/decide", data={"action": "escalate"}, headers={"if-match": '"0"'}
    )

    assert (without.status_code, given.status_code) == (428, 303)


def test_double_click_decides_once(quick):
    browser = quick.person("nadia")

    answers = [decide(browser, "reject", reason="spam", key="k") for _ in range(2)]

    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert quick.post().revision == 1


def test_many_are_decided_each_on_its_own(quick):
    browser = quick.person("nadia")
    decide(quick.person("karim"), "escalate", 2)
    form = {"action": "reject", "reason": "spam", "chosen": ["1:0", "2:0", "3:0"], "back": ""}

    answer = browser.post("/fr/decide", data=form)

    assert answer.status_code == 409
    assert "karim a décidé entre-temps" in answer.text
    assert [quick.post(n).review for n in (1, 2, 3)] == ["rejected", "escalated", "rejected"]


def test_moderator_leaves_to_editors_what_waits_for_them_also_among_many(quick):
    decide(quick.person("karim"), "escalate", 2)
    form = {"action": "reject", "reason": "spam", "chosen": ["1:0", "2:1", "3:0"], "back": ""}

    answers = [
        quick.person(name, role).post("/fr/decide", data=form).status_code
        for name, role in (("nadia", Role.MODERATOR), ("idriss", Role.EDITOR))
    ]

    # For the editor, the first and the third were decided meanwhile.
    assert answers == [409, 409]
    assert [quick.post(n).review for n in (1, 2, 3)] == ["rejected"] * 3
    assert [quick.post(n).revision for n in (1, 2, 3)] == [1, 2, 1]


def test_search_of_a_long_queue_goes_on_when_it_is_told_to(quick, monkeypatch):
    monkeypatch.setattr("store.queue.WALKED", 2)
    browser = quick.person("nadia")

    first = browser.get("/fr/queue", params={"q": "numéro 3"}).text
    (onward,) = re.findall(r'href="([^"]+)">Chercher dans les suivantes', first)
    second = browser.get(unescape(onward))

    assert "Rien ne correspond" in first
    assert "<bdi>0</bdi> / 2 publications" in first
    assert (ids(second), "Chercher dans les suivantes" in second.text) == ([3], False)


@pytest.mark.parametrize("chosen", ["9" * 30 + ":0", "²:0", "1:²", "1", ":0", "1:0:0"])
def test_what_is_no_post_cannot_be_chosen(quick, chosen):
    form = {"action": "reject", "reason": "spam", "chosen": ["1:0", chosen], "back": ""}

    answer = quick.person("nadia").post("/fr/decide", data=form)

    assert (answer.status_code, quick.post().revision) == (422, 0)


@pytest.mark.parametrize("path", ["posts/{}/decide", "stories/{}", "reports/{}", "undo/{}"])
def test_number_that_nothing_can_have_is_not_there(quick, path):
    form = {"action": "reject", "reason": "spam", "revision": "0"}

    answer = quick.person("nadia", Role.ADMIN).post(f"/fr/{path.format('9' * 30)}", data=form)

    assert answer.status_code == 404


@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_language_alone_leads_to_its_queue(quick, lang):
    browser = quick.person("nadia")

    found = [browser.get(f"/{lang}{end}", follow_redirects=False) for end in ("", "/")]

    assert [one.headers["location"] for one in found] == [f"/{lang}/queue"] * 2
    assert browser.get("/xx").status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {"action": "erase", "revision": "0"},
        {"action": "release", "revision": "0"},
        {"action": "schedule", "revision": "0", "show_at": "tomorrow"},
        {"action": "schedule", "revision": "0", "show_at": "2001-01-01T10:00"},
        {"action": "collect", "revision": "0", "words": "winter"},
        {"action": "tag", "revision": "0", "words": "klingon"},
        {"action": "reject", "revision": "0", "reason": "I do not like it"},
        {"action": "restore", "revision": "0"},
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(quick, form):
    answer = quick.person("nadia", Role.EDITOR).post("/fr/posts/1/decide", data=form)

    assert (answer.status_code, quick.post().revision) == (422, 0)


def test_editor_schedules_by_the_clock_on_the_wall(quick):
    decide(quick.person("nadia", Role.EDITOR), "schedule", show_at="2026-11-25T18:30")

    # Casablanca is one hour ahead in November.
    assert quick.post().show_at.isoformat() == "2026-11-25T17:30:00+00:00"


def test_language_topics_notes_and_collections_are_kept(quick):
    browser = quick.person("nadia", Role.EDITOR)

    decide(browser, "tag", words="ary", revision=0)
    decide(browser, "topic", words="thé, mémoire، Gand", revision=1)
    decide(browser, "note", words="Demander à Karim", revision=2)
    decide(browser, "collect", words="summer", revision=3)

    post = quick.post()
    with reading(quick.engine) as session:
        notes = [(one.moderator, one.text) for one in session.exec(select(Note))]
    assert (post.language, post.language_by, post.topics) == (
        "ary", "moderator", ["thé", "mémoire", "Gand"],
    )  # fmt: skip
    assert notes == [("nadia", "Demander à Karim")]
    assert "Demander à Karim" in browser.get("/fr/queue?post=1").text


def test_who_looks_at_a_post_is_shown_to_others_for_a_minute(quick):
    nadia, karim = quick.person("nadia"), quick.person("karim")
    nadia.get("/fr/queue?post=2")

    now = karim.get("/fr/queue?post=1").text
    quick.now += timedelta(seconds=61)
    later = karim.get("/fr/queue?post=1").text

    assert ("nadia examine" in now, "nadia examine" in later) == (True, False)


def test_two_who_ask_for_a_batch_get_different_posts(desk):
    fill(desk.engine, 45)
    nadia, karim = desk.person("nadia"), desk.person("karim")
    batches = []

    for browser in (nadia, karim):
        answer = browser.post("/fr/take")
        batches.append(ids(browser.get(answer.headers["location"])))

    assert [len(one) for one in batches] == [20, 20]
    assert not set(batches[0]) & set(batches[1])


def test_reasons_for_a_second_look_are_told_in_words(quick):
    with writing(quick.engine) as session:
        post = session.get_one(Post, 1)
        post.labels, post.language, post.language_probability = [LOOKALIKE], "und", None

    page = quick.person("nadia").get("/en/queue?post=1").text

    for sentence in ("Look-alike hashtag", "New author", "Language uncertain"):
        assert sentence in page
    assert "It waits for a decision." in page


def test_empty_queue_says_when_there_will_be_more(sqlite_engine):
    page = Desk(sqlite_engine).person("nadia").get("/fr/queue").text

    assert "La prochaine collecte" in page


def test_next_page_goes_on_where_the_first_ends(quick):
    fill(quick.engine, 60)
    browser = quick.person("nadia")
    first = browser.get("/fr/queue")
    after = re.search(r"after=(\d+)", first.text)

    second = browser.get(f"/fr/queue?after={after[1] if after else ''}")

    assert ids(first) + ids(second) == list(range(1, 61))


def test_many_browsers_decide_and_no_update_is_lost(desk):
    fill(desk.engine, 10)
    browsers = [desk.person(f"p{n}") for n in range(5)]
    codes: list[int] = []

    def work(browser):
        codes.extend(
            decide(browser, "reject", post_id, reason="spam").status_code
            for post_id in range(1, 11)
        )

    threads = [Thread(target=work, args=(one,)) for one in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with reading(desk.engine) as session:
        decided = session.exec(select(Decision)).all()
        audit.verify(session)
    assert (codes.count(303), codes.count(409)) == (10, 40)
    assert sorted(one.post_id for one in decided) == list(range(1, 11))
