"""The page on which editors arrange the wall: what stands first, goes, and how it looks."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.app import create_desk
from dashboard.settings import DeskSettings
from store import leads, periods, wall
from store.engine import reading, writing
from store.ingest import ingest
from store.models import Collected, Post, Role
from tests.conftest import NOW, a_campaign, an_item, some_rules
from tests.dashboard.conftest import SUMMER, URL, Desk, undo_of

WALL = "https://wall.example/folder"
TICK = timedelta(seconds=1)


@pytest.fixture
def shown(engine):
    """A desk whose wall has six posts, the last of which is the newest."""
    items = [an_item(str(n), f"Récit numéro {n} #bladifqalbi") for n in range(1, 7)]
    with writing(engine) as session:
        ingest(session, items, rules=some_rules(), now=NOW)
    return Desk(engine)


def act(browser, action, post_id, revision=None, **more):
    """Press a button as it stands on the page."""
    if revision is None:
        page = browser.get("/fr/wall").text
        form = page.split(f'action="/fr/wall/posts/{post_id}"')[1]
        revision = re.findall(r'name="revision" value="(\d+)"', form)[0]
    form = {"action": action, "revision": str(revision), **more}
    return browser.post(f"/fr/wall/posts/{post_id}", data=form)


def on_wall(desk):
    with reading(desk.engine) as session:
        return [one.post.id for one in wall.page(session, wall.EVERYTHING).posts]


def listed(page):
    """Return the posts of the page in its order."""
    found = re.findall(r'action="/\w+/wall/posts/(\d+)" class="buttons"|posts/(\d+)"', page)
    return list(dict.fromkeys(int(a or b) for a, b in found))


def test_editor_pins_orders_and_features(shown):
    browser = shown.person("nadia", Role.EDITOR)

    answers = [
        act(browser, "pin", 2),
        act(browser, "pin", 4),
        act(browser, "move", 4, position="0"),
        act(browser, "feature", 1),
    ]

    page = browser.get("/fr/wall").text
    assert [one.status_code for one in answers] == [303] * 4
    assert on_wall(shown) == [1, 4, 2, 6, 5, 3]
    assert listed(page) == on_wall(shown)
    assert "2 sur 5 épinglées" in page


def test_every_act_is_taken_back_from_the_page(shown):
    browser = shown.person("nadia", Role.EDITOR)
    act(browser, "pin", 1)
    act(browser, "pin", 2)
    before = on_wall(shown)
    for action, more in (
        ("unpin", {}), ("move", {"position": "0"}), ("feature", {}), ("hide", {}),
    ):  # fmt: skip
        done = undo_of(act(browser, action, 2, **more))
        changed = on_wall(shown)

        browser.post(f"/fr/wall/undo/{done}", data={"back": ""})

        assert changed != before, action
        assert on_wall(shown) == before, action


def test_hidden_pin_is_listed_and_can_be_taken_away(shown):
    browser = shown.person("nadia", Role.EDITOR)
    act(browser, "pin", 1)
    act(browser, "hide", 1)

    page = browser.get("/fr/wall").text
    act(browser, "unpin", 1)

    with reading(shown.engine) as session:
        assert leads.every(session) == []
    assert "Pas sur le mur en ce moment" in page


def test_collection_is_chosen_filled_and_emptied(shown):
    browser = shown.person("nadia", Role.EDITOR)

    put = act(browser, "collect", 3, words="summer", back="collection=summer&theme=dark")
    page = browser.get(put.headers["location"]).text
    with reading(shown.engine) as session:
        inside = session.get(Collected, (3, "summer"))
    act(browser, "drop", 3, words="summer")

    with reading(shown.engine) as session:
        assert session.get(Collected, (3, "summer")) is None
    assert inside is not None
    assert listed(page) == [3]
    assert '<option value="dark" selected>' in page


def test_decision_about_an_older_state_is_refused_in_words(shown):
    browser = shown.person("nadia", Role.EDITOR)
    act(browser, "pin", 1)

    answer = act(browser, "feature", 1, revision=0)
    without = browser.post("/fr/wall/posts/1", data={"action": "pin"})

    assert (answer.status_code, without.status_code) == (409, 428)
    assert re.search(
        r'data-touched>.*<p class="wrong" role="alert">nadia a décidé', answer.text, re.DOTALL
    )
    assert answer.text.count('role="alert"') == 1
    assert on_wall(shown)[0] == 1


@pytest.mark.parametrize(
    "form",
    [
        {"action": "approve"},
        {"action": "move", "position": "x"},
        {"action": "move"},
        {"action": "collect", "words": "winter"},
        {},
    ],
)
def test_odd_forms_are_refused(shown, form):
    browser = shown.person("nadia", Role.EDITOR)

    answer = browser.post("/fr/wall/posts/1", data={"revision": "1", **form})

    assert answer.status_code == 422


def limit(browser, starts="", ends="", revision=0, name="summer", **more):
    form = {"revision": str(revision), "starts_at": starts, "ends_at": ends, **more}
    return browser.post(f"/fr/wall/collections/{name}", data=form)


def summer(desk):
    with reading(desk.engine) as session:
        period = periods.of(session, "summer")
        return period.starts_at, period.ends_at, period.revision


def test_collection_is_limited_in_the_campaigns_own_time(shown):
    browser = shown.person("nadia", Role.EDITOR)
    page = "/en/wall?collection=summer"
    assert "It is shown, without an end." in browser.get(page).text

    answer = limit(browser, "2026-11-21T08:00", "2026-12-01T18:30", back="theme=dark")

    # Casablanca is an hour before UTC.
    start = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
    end = datetime(2026, 12, 1, 17, 30, tzinfo=UTC)
    assert answer.headers["location"] == "/fr/wall?collection=summer&tongue=fr&theme=dark"
    assert summer(shown) == (start, end, 1)
    states = {
        start - TICK: "It will be shown from November 21, 2026 08:00 until December 1, 2026 18:30.",
        start: "It is shown until December 1, 2026 18:30.",
        end: "It was shown until December 1, 2026 18:30. Nobody sees it any more.",
    }
    for moment, state in states.items():
        shown.now = moment
        # Whoever is away for days signs in anew.
        text = shown.person(f"editor {moment:%d %H %f}", Role.EDITOR).get(page).text
        assert state in text
        assert ("Summer (not shown now)" in text) is (moment != start)
        assert 'value="2026-11-21T08:00"' in text


@pytest.mark.parametrize(
    ("written", "status", "reason"),
    [
        (("2026-12-01T08:00", "2026-12-01T08:00"), 422, "La fin doit venir après le début"),
        (("demain", ""), 422, "sont illisibles"),
        (("2026-12-01T08:00Z", ""), 422, "sont illisibles"),
        (("", "9999-12-31T23:59"), 422, "sont illisibles"),
    ],
)
def test_limits_that_cannot_be_are_refused_where_they_were_written(quick, written, status, reason):
    answer = limit(quick.person("nadia", Role.EDITOR), *written)

    assert answer.status_code == status
    assert reason in answer.text
    assert all(f'value="{one}"' in answer.text for one in written)
    assert summer(quick) == (None, None, 0)


def test_second_who_limits_a_collection_sees_what_the_first_has_written(quick):
    nadia, karim = quick.person("nadia", Role.EDITOR), quick.person("karim", Role.EDITOR)
    limit(nadia, ends="2026-12-01T08:00")

    answer = limit(karim, ends="2026-12-02T08:00")

    assert (answer.status_code, summer(quick)[2]) == (409, 1)
    assert "Quelqu’un a modifié ces dates" in answer.text
    assert 'value="2026-12-01T08:00"' in answer.text
    form = {"starts_at": "", "ends_at": ""}
    assert karim.post("/fr/wall/collections/summer", data=form).status_code == 428
    assert limit(karim, name="winter").status_code == 404


def test_who_may_not_publish_does_not_see_the_page(quick):
    browser = quick.person("karim")

    assert browser.get("/fr/wall").status_code == 403
    assert "/fr/wall" not in browser.get("/fr/queue").text


def test_preview_may_be_framed_and_nothing_else(quick):
    def desk(wall_url):
        quick.app = create_desk(
            quick.engine,
            a_campaign(collections=[SUMMER]),
            DeskSettings(url=URL, wall_url=wall_url),
            None,
            lambda: quick.now,
        )
        return quick.person(f"nadia{bool(wall_url)}", Role.EDITOR)

    framed = desk(WALL).get("/ar/wall?collection=summer&tongue=zgh&theme=dark")
    bare = desk(None).get("/ar/wall")

    source = f"{WALL}/e/summer?lang=zgh&amp;theme=dark&amp;limit=12"
    assert f'src="{source}"' in framed.text
    assert framed.headers["content-security-policy"].endswith("; frame-src https://wall.example")
    assert "<iframe" not in bare.text
    assert "frame-src" not in bare.headers["content-security-policy"]


@pytest.mark.parametrize(
    "query",
    ["collection=winter&tongue=xx&theme=red&done=x", "done=99999999999999999999", "tongue=%00"],
)
def test_odd_addresses_show_the_whole_wall(shown, query):
    page = shown.person("nadia", Role.EDITOR).get(f"/es/wall?{query}")

    assert page.status_code == 200
    assert len(listed(page.text)) == 6


def test_revision_on_the_page_is_the_posts_own(shown):
    with writing(shown.engine) as session:
        session.get_one(Post, 6).revision = 41

    assert 'value="41"' in shown.person("nadia", Role.EDITOR).get("/fr/wall").text
