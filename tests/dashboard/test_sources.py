"""Sources at the desk: how they are, in words, and what people do to them."""

import re
from datetime import timedelta

import pytest

from collectors import base
from dashboard.plans import Plan
from store import harvests
from store.engine import reading, writing
from store.harvests import Ending
from store.models import Role, Source
from tests.conftest import NOW
from tests.dashboard.conftest import Desk

HOUR = timedelta(hours=1)
PLANS = (
    Plan("mastodon", "live", (), HOUR, {}, "UTC"),
    Plan("youtube", "live", (), HOUR, {"searches": 90}, "America/Los_Angeles"),
    Plan("bluesky", "off", (), HOUR, {}, "UTC"),
    Plan("x", "missing", ("BLADI_X_TOKEN",), HOUR, {}, "UTC"),
)


def planned(engine):
    with writing(engine) as session:
        harvests.register(session, [plan.name for plan in PLANS])
    return Desk(engine, plans=PLANS)


@pytest.fixture
def make():
    return planned


def act(browser, action, name="mastodon"):
    return browser.post(f"/fr/sources/{name}", data={"action": action})


def run(engine, **ending):
    with writing(engine) as session:
        claim = harvests.claim(
            session, "mastodon", now=NOW, next_due_at=NOW + HOUR, fingerprint="f", by_hand=True
        )
        assert claim is not None
        harvests.finish(session, claim, Ending(**ending), now=NOW)


def test_page_says_how_each_source_is_and_what_to_do(quick):
    run(quick.engine, outcome="failed", error="mastodon: answered 503", error_kind="TransientError")

    page = quick.person("nadia").get("/en/sources").text

    for said in (
        "Well", "Off", "Needs a key", "Set BLADI_X_TOKEN, then restart.",
        "mastodon: answered 503", "Nothing to do: the next run tries again.",
    ):  # fmt: skip
        assert said in page


@pytest.mark.parametrize("lang", ["ar", "fr", "en", "es", "zgh"])
def test_every_advice_that_collectors_have_is_told(quick, lang):
    kinds = ["MalformedError", "CredentialsError", "RateLimitedError", "QuotaError",
             "BudgetSpentError"]  # fmt: skip
    browser = quick.person("nadia")
    said = set()
    for kind in kinds:
        assert issubclass(getattr(base, kind), base.CollectorError)
        run(quick.engine, outcome="failed", error="mastodon: no", error_kind=kind)
        page = browser.get(f"/{lang}/sources").text
        said.add(tuple(re.findall(r"<b>(.*?)</b> (.*?)</p>\s*<details.*?>mastodon: no<", page)[0]))

    assert [len(set(one)) for one in zip(*said, strict=True)] == [len(kinds)] * 2


@pytest.mark.parametrize(
    ("used", "said"),
    [
        (0, "Searches: 0 of 90 used today, 90 left. At this pace it lasts the whole day."),
        (80, "80 of 90 used today, 10 left. At this pace it is used up in"),
        (90, "90 of 90 used today, 0 left. It is used up until the day ends."),
    ],
)
def test_quota_tells_what_is_left_and_how_long_it_does(quick, used, said):
    day = PLANS[1].day(NOW)[0].date()
    with writing(quick.engine) as session:
        harvests.spend(session, "youtube", "searches", day, used, limit=90)

    assert said in quick.person("nadia").get("/en/sources").text


def test_source_is_paused_and_resumed_for_all_processes(desk):
    browser = desk.person("nadia", Role.ADMIN)

    answer = act(browser, "pause")
    with reading(desk.engine) as session:
        paused = harvests.is_due(session, "mastodon", now=desk.now, fingerprint="f")
    page = browser.get("/en/sources").text
    act(browser, "resume")
    with reading(desk.engine) as session:
        resumed = harvests.is_due(session, "mastodon", now=desk.now, fingerprint="f")

    assert (answer.status_code, paused, resumed) == (303, False, True)
    assert "Paused" in page


def test_source_that_runs_cannot_be_hurried_and_says_so(quick):
    browser = quick.person("nadia", Role.ADMIN)
    run(quick.engine, outcome="complete")
    hurried = act(browser, "run").status_code
    with reading(quick.engine) as session:
        due = session.get_one(Source, "mastodon").due_at
    with writing(quick.engine) as session:
        session.get_one(Source, "mastodon").lease_until = quick.now + HOUR

    answer = act(browser, "run")

    assert (hurried, due) == (303, quick.now)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    ("name", "action", "status"), [("mastodon", "erase", 422), ("nothing", "pause", 404)]
)
def test_what_cannot_be_is_refused(quick, name, action, status):
    assert act(quick.person("nadia", Role.ADMIN), action, name).status_code == status


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MODERATOR, Role.EDITOR, Role.AUDITOR])
def test_handles_are_for_admins_alone(quick, role):
    browser = quick.person("nadia", role)

    assert act(browser, "pause").status_code == 403
    assert 'value="pause"' not in browser.get("/fr/sources").text


def test_empty_queue_says_when_the_next_harvest_is(quick):
    with writing(quick.engine) as session:
        for plan in PLANS:
            session.get_one(Source, plan.name).due_at = NOW + HOUR

    page = quick.person("nadia").get("/en/queue").text

    assert "The next one runs at" in page
