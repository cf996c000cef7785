"""Stories at the desk: looked at, one chosen, one taken out, one put to it; never two at once."""

import re

import pytest
from sqlmodel import col, select

from dashboard import stories
from store.engine import reading, writing
from store.ingest import ingest
from store.models import Audit, Post, Role, StoryEdge
from store.stories import told
from store.stories.clusters import LARGE
from tests.conftest import NOW, an_item, some_rules
from tests.dashboard.conftest import Desk

TEXT = "Ma grand-mère faisait le pain chaque matin avant l'école, au four du quartier #bladifqalbi"


def fill(engine, number=3, publish=False):
    with writing(engine) as session:
        items = [an_item(str(n), TEXT) for n in range(1, number + 1)]
        items.append(
            an_item("9", "Une tout autre histoire, celle du port et des filets #bladifqalbi")
        )
        ingest(session, items, rules=some_rules(publish=publish), now=NOW)


@pytest.fixture
def make():
    def told_again(engine):
        fill(engine)
        return Desk(engine)

    return told_again


def act(browser, action, post_id, revision=0, **more):
    form = {"action": action, "revision": str(revision), **more}
    return browser.post(f"/fr/stories/{post_id}", data=form)


def story(desk, post_id):
    with reading(desk.engine) as session:
        found = told.of(session, post_id)
        assert found is not None
        return [post.id for post in found.posts]


def shown(desk):
    with reading(desk.engine) as session:
        return set(session.exec(select(Post.id).where(~col(Post.is_copy))))


def test_page_tells_by_what_posts_are_one_story(quick):
    page = quick.person("nadia").get("/en/stories/2").text

    assert re.findall(r'id="post-(\d+)"', page) == ["1", "2", "3"]
    assert "Says the same as \u20681\u2069" in page
    assert page.count("Stands for the story") == 1


def test_queue_leads_to_the_story_of_a_post_that_has_copies(quick):
    browser = quick.person("nadia")

    assert "/fr/stories/1" in browser.get("/fr/queue?post=1").text
    assert "/fr/stories/4" not in browser.get("/fr/queue?post=4").text


def test_post_that_is_kept_stands_for_its_story_and_stays_so(desk):
    answer = act(desk.person("nadia"), "keep", 3, of="1")
    fill(desk.engine, 6)

    assert answer.headers["location"].startswith("/fr/stories/1?done=")
    assert shown(desk) == {3, 4}
    assert story(desk, 1)[0] == 3


def test_another_that_is_kept_takes_its_place(quick):
    browser = quick.person("nadia")
    act(browser, "keep", 3)

    act(browser, "keep", 2)

    assert shown(quick) == {2, 4}


def test_what_is_on_the_wall_is_not_replaced_by_what_is_not(quick):
    with writing(quick.engine) as session:
        session.get_one(Post, 1).review = "approved"

    answer = act(quick.person("nadia", Role.EDITOR), "keep", 3)

    assert (answer.status_code, quick.post(3).revision) == (422, 0)
    assert shown(quick) == {1, 4}


def test_post_is_taken_out_and_put_back(desk):
    browser = desk.person("nadia")

    act(browser, "split", 2)
    parted = story(desk, 2), story(desk, 1)
    act(browser, "join", 1, other="2")

    assert parted == ([2], [1, 3])
    assert sorted(story(desk, 2)) == [1, 2, 3]


@pytest.mark.parametrize("other", ["4", "https://social.example/@amina/9", " 4 "])
def test_another_post_is_put_to_it_by_number_or_address(quick, other):
    act(quick.person("nadia"), "join", 1, other=other)

    assert sorted(story(quick, 1)) == [1, 2, 3, 4]


@pytest.mark.parametrize("other", ["77", "1", "", "https://social.example/@amina/77", "x" * 3000])
def test_what_is_no_other_post_is_refused_in_place(quick, other):
    answer = act(quick.person("nadia"), "join", 1, other=other)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert (story(quick, 1), quick.post(1).revision) == ([1, 2, 3], 0)


def test_second_who_parts_one_post_is_told_who_was_first(quick):
    nadia, karim = quick.person("nadia"), quick.person("karim")
    act(nadia, "split", 2)

    answer = act(karim, "split", 2, of="1")

    assert answer.status_code == 409
    assert "nadia a décidé entre-temps" in answer.text


def test_version_must_be_said_and_one_click_acts_once(quick):
    browser = quick.person("nadia")

    without = browser.post("/fr/stories/2", data={"action": "split"})
    twice = [act(browser, "split", 2, key="k").status_code for _ in range(2)]

    assert (without.status_code, twice, quick.post(2).revision) == (428, [303, 303], 1)


@pytest.mark.parametrize(("role", "status"), [(Role.MODERATOR, 403), (Role.EDITOR, 303)])
def test_what_is_on_the_wall_is_for_those_with_more_say(quick, role, status):
    with writing(quick.engine) as session:
        session.get_one(Post, 1).review = "approved"

    assert act(quick.person("nadia", role), "split", 2).status_code == status
    assert act(quick.person("karim", role), "join", 4, other="1").status_code == status


def done(answer):
    """Return where an act that was taken can be taken back."""
    found = re.search(r"done=(\d+)", answer.headers["location"])
    assert found is not None
    return int(found[1])


def undo(browser, number, back=1):
    return browser.post(f"/fr/stories/undo/{number}", data={"back": str(back)})


@pytest.mark.parametrize("action", ["keep", "split", "join"])
def test_act_is_taken_back_from_the_page_of_the_story(desk, action):
    browser = desk.person("nadia")
    before = story(desk, 1), story(desk, 4), shown(desk)
    acted = act(browser, action, 3, other="4", of="1")
    page = browser.get(acted.headers["location"]).text

    answer = undo(browser, done(acted))

    forms = re.findall(rf'action="/fr/stories/undo/{done(acted)}"', page)
    assert len(forms) == (1 if action == "split" else 2)
    assert answer.headers["location"] == "/fr/stories/1"
    assert (story(desk, 1), story(desk, 4), shown(desk)) == before
    assert "/stories/undo/" not in browser.get("/fr/stories/1").text
    with reading(desk.engine) as session:
        told_of = session.exec(select(Audit.action).where(Audit.actor == "nadia")).all()
    assert [one for one in told_of if one in (action, "undo")].count("undo") in (1, 2)


def test_who_comes_later_to_take_back_is_told_who_was_quicker(quick):
    nadia, karim = quick.person("nadia"), quick.person("karim")
    mine = done(act(nadia, "split", 2, of="1"))
    act(karim, "keep", 3, of="1")

    answer = undo(nadia, mine)

    assert answer.status_code == 409
    assert "karim a modifié cette histoire depuis. Rien n’a été annulé." in answer.text
    assert (story(quick, 2), quick.post(2).revision) == ([2], 1)


def test_edit_of_the_post_is_in_the_way(quick):
    browser = quick.person("nadia")
    mine = done(act(browser, "split", 2, of="1"))
    with writing(quick.engine) as session:
        edited = an_item("2", f"{TEXT} Et le thé.")
        ingest(session, [edited], rules=some_rules(publish=False), now=NOW)

    answer = undo(browser, mine, back=2)

    assert answer.status_code == 409
    assert "Son auteur l’a modifiée entre-temps" in answer.text


@pytest.mark.parametrize(("role", "status"), [(Role.MODERATOR, 403), (Role.EDITOR, 303)])
def test_what_is_on_the_wall_is_taken_back_by_those_with_more_say(quick, role, status):
    with writing(quick.engine) as session:
        session.get_one(Post, 1).review = "approved"
    mine = done(act(quick.person("amina", Role.EDITOR), "split", 2, of="1"))

    assert undo(quick.person("nadia", role), mine).status_code == status


@pytest.mark.parametrize("number", [0, 77, 10**30])
def test_what_was_never_done_is_not_taken_back(quick, number):
    assert undo(quick.person("nadia"), number).status_code == 404


def test_acts_stand_in_the_trail(quick):
    browser = quick.person("nadia")
    act(browser, "keep", 3)
    act(browser, "split", 2)

    with reading(quick.engine) as session:
        rows = session.exec(select(Audit).where(Audit.actor == "nadia").order_by(col(Audit.id)))
        told_of = [(one.action, one.object, one.origin[:8]) for one in rows]
    assert told_of[-2:] == [("keep", "post:3", "session:"), ("split", "post:2", "session:")]


def listed(browser, query=""):
    page = browser.get(f"/en/stories{query}")
    assert page.status_code == 200
    return [int(one) for one in re.findall(r'class="button" href="/en/stories/(\d+)"', page.text)]


def test_all_stories_are_listed_and_chosen_from(desk):
    with writing(desk.engine) as session:
        port = "Au port les filets sèchent pendant que les enfants regardent partir les barques"
        items = [an_item(f"b{n}", f"{port} #bladifqalbi") for n in (1, 2)]
        bread = "Le pain du four de la medina sent bon jusqu'au bout de la rue des tanneurs"
        items += [an_item(f"c{n}", f"{bread} #bladifqalbi") for n in range(LARGE)]
        ingest(session, items, rules=some_rules(publish=False), now=NOW)
    with writing(desk.engine) as session:
        tie = StoryEdge(post_id=6, other_id=5, kind="picture", score=1, why="same file", words=0)
        session.add(tie)
    browser = desk.person("nadia")
    act(browser, "keep", 3)

    found = {only: listed(browser, f"?only={only}") for only in ("", "looks", "large", "person")}

    assert found == {"": [7, 5, 3], "looks": [5], "large": [7], "person": [3]}
    assert listed(browser, "?before=5&only=x") == [3]
    page = browser.get("/en/stories?only=looks").text
    assert "<b>2 posts</b>" in page
    assert "The same text: 1" in page
    assert "The same picture: 1" in page
    assert "<bdi>Mastodon</bdi>" in page


def test_list_of_stories_goes_on_where_a_page_ends(quick, monkeypatch):
    with writing(quick.engine) as session:
        text = "Au port les filets sèchent pendant que les enfants regardent partir les barques"
        items = [an_item(f"b{n}", f"{text} #bladifqalbi") for n in (1, 2)]
        ingest(session, items, rules=some_rules(publish=False), now=NOW)
    monkeypatch.setattr(stories, "PAGE", 1)
    browser = quick.person("nadia", Role.VIEWER)

    page = browser.get("/en/stories").text

    assert listed(browser) == [5]
    more = re.search(r'href="/en/stories(\?before[^"]+)"', page)
    assert more is not None
    assert listed(browser, more[1].replace("&amp;", "&")) == [1]
    assert "Earlier stories" not in browser.get("/en/stories?before=5").text
