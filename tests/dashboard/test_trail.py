"""The trail, for those who may see it; and everybody's own sign-ins."""

import re
from hashlib import sha256

import pytest
from sqlmodel import select

from store import audit
from store.engine import reading, writing
from store.ingest import ingest
from store.models import Audit, Role
from tests.conftest import NOW, an_item, some_rules
from tests.dashboard.conftest import PASSWORD, decide


def numbers(page):
    return [int(one) for one in re.findall(r'<tr><td class="number"[^>]*><b>(\d+)<', page.text)]


def offered(page):
    """Return the decisions that a page of the trail lets be taken back."""
    return [int(one) for one in re.findall(r'/audit/undo/(\d+)"', page.text)]


def test_decision_is_taken_back_from_the_trail(desk):
    decide(desk.person("nadia"), "reject", reason="spam")
    decide(desk.person("karim"), "reject", 2, reason="spam")
    browser = desk.person("amina", Role.ADMIN)
    before = offered(browser.get("/en/audit?actor=nadia"))

    answer = browser.post(f"/en/audit/undo/{before[0]}", data={"back": "actor=nadia&before=99"})

    assert answer.headers["location"] == "/en/audit?before=99&actor=nadia"
    assert desk.post().review == "pending"
    assert (before, offered(browser.get("/en/audit?actor=nadia"))) == ([1], [])
    assert offered(browser.get("/en/audit")) == [2]


def test_what_was_decided_since_is_told_above_the_trail(quick):
    nadia = quick.person("nadia")
    decide(nadia, "reject", reason="spam")
    browser = quick.person("amina", Role.ADMIN)
    decide(nadia, "approve", revision=1)

    answer = browser.post("/fr/audit/undo/1", data={"back": "actor=nadia"})

    assert answer.status_code == 409
    assert "nadia a décidé entre-temps" in answer.text
    assert numbers(answer) == numbers(browser.get("/fr/audit?actor=nadia"))


def test_who_only_reads_the_trail_takes_nothing_back(quick):
    decide(quick.person("nadia"), "reject", reason="spam")
    browser = quick.person("amina", Role.AUDITOR)

    assert offered(browser.get("/en/audit")) == []
    assert browser.post("/en/audit/undo/1", data={"back": ""}).status_code == 403


def another(desk, name):
    """Return a second browser of somebody."""
    browser = desk.browser()
    form = {"name": name, "password": PASSWORD, "code": desk.code(name, 1)}
    assert browser.post("/fr/sign-in", data=form).status_code == 303
    return browser


def origins(browser):
    return re.findall(r'name="origin" value="(session:\w+)"', browser.get("/fr/sessions").text)


def is_in(browser):
    return browser.get("/fr/queue").status_code == 200


def test_trail_is_told_newest_first_and_goes_on(desk, monkeypatch):
    from dashboard import trail

    monkeypatch.setattr(trail, "PAGE", 2)
    decide(desk.person("nadia"), "escalate")
    browser = desk.person("amina", Role.AUDITOR)
    first = browser.get("/en/audit")
    after = re.search(r"before=(\d+)", first.text)
    assert after is not None

    second = browser.get(f"/en/audit?before={after[1]}")

    with reading(desk.engine) as session:
        newest = audit.head(session)[0]
    assert numbers(first) + numbers(second) == [newest, newest - 1, newest - 2, newest - 3]
    assert ">escalated<" in first.text + second.text


def test_what_sources_let_happen_is_told_in_words(quick):
    with writing(quick.engine) as session:
        ingest(session, [an_item("9", "Un autre récit #bladifqalbi")], rules=some_rules(), now=NOW)

    page = quick.person("amina", Role.AUDITOR).get("/fr/audit").text

    table = page.partition("</table>")[0]
    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in table.split("<tr>")[2:]]
    told = next(row for row in rows if "Mastodon" in row)
    assert "Publication 4" in " ".join(told)
    assert " ".join(told).endswith("Nouvelle publication")
    assert "source:" not in page


def test_trail_of_one_person(quick):
    decide(quick.person("nadia"), "escalate")
    browser = quick.person("amina", Role.ADMIN)

    page = browser.get("/en/audit?actor=nadia")

    with reading(quick.engine) as session:
        theirs = session.exec(select(Audit.id).where(Audit.actor == "nadia")).all()
    assert set(numbers(page)) == set(theirs)


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=9" + "9" * 30, "actor=%00"])
def test_odd_addresses_are_answered(desk, query):
    assert desk.person("amina", Role.ADMIN).get(f"/en/audit?{query}").status_code == 200


def test_way_to_the_trail_is_shown_to_those_who_may_go(quick):
    assert "/fr/audit" not in quick.person("nadia", Role.EDITOR).get("/fr/queue").text
    assert "/fr/audit" in quick.person("amina", Role.AUDITOR).get("/fr/queue").text


def test_another_of_ones_own_sign_ins_is_ended(desk):
    lost = desk.person("nadia")
    here = another(desk, "nadia")
    found = origins(here)

    answer = here.post("/fr/sessions", data={"origin": found[0]})

    assert (len(found), answer.status_code) == (1, 303)
    assert (is_in(lost), is_in(here)) == (False, True)


def test_all_others_are_ended_at_once(quick):
    lost = quick.person("nadia")
    here = another(quick, "nadia")
    karim = quick.person("karim")

    here.post("/fr/sessions", data={"origin": ""})

    assert (is_in(lost), is_in(here), is_in(karim)) == (False, True, True)
    with reading(quick.engine) as session:
        last = session.exec(select(Audit).order_by(Audit.id.desc())).first()  # type: ignore[union-attr]  # a column
    assert last is not None
    assert (last.actor, last.action, last.object) == ("nadia", "sign-in.end", "moderator:nadia")


def test_nobody_ends_the_sign_in_of_another_or_their_own(quick):
    quick.person("nadia")
    theirs = origins(another(quick, "nadia"))[0]
    karim = quick.person("karim")
    own = karim.cookies["__Host-bladi"]
    hashed = f"session:{sha256(own.encode()).hexdigest()[:12]}"

    codes = [
        karim.post("/fr/sessions", data={"origin": one}).status_code for one in (theirs, hashed)
    ]

    assert codes == [404, 404]
    assert is_in(karim)
