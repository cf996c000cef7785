"""Adding a post at the desk by its address: into the queue, never onto the wall."""

import html
import threading

import pytest

from api import words
from bladifqalbi.hands import Hands
from bladifqalbi.service import Service
from bladifqalbi.settings import Settings
from collectors.oembed import OembedSettings
from collectors.settings import CollectorsSettings
from dashboard import adding
from store import harvests
from store.adding import NotAddedError, Why
from store.engine import reading, writing
from store.models import Role
from tests.conftest import a_campaign
from tests.dashboard.conftest import Desk, decide
from tests.platforms import oembed
from tests.platforms.serve import platforms
from tests.platforms.world import World


@pytest.fixture(scope="module")
def server():
    with platforms(World(), ["oembed"]) as urls:
        yield urls["oembed"]


@pytest.fixture
def make(server):
    """Return what makes a desk with nothing in its queue, which can ask TikTok's stand-in."""

    def made(engine):
        section = OembedSettings(enabled=True, tiktok_url=server, meta_url=server)
        collectors = CollectorsSettings(oembed=section)
        settings = Settings(campaign=a_campaign(), collectors=collectors)
        with writing(engine) as session:
            harvests.register(session, ["oembed"])
        return Desk(engine, hands=Hands(Service(settings, engine, threading.Event())))

    return made


def add(browser, address=oembed.PLAIN, key="a-key", lang="en"):
    return browser.post(f"/{lang}/add", data={"address": address, "key": key})


def test_added_post_waits_and_says_that_a_person_added_it(desk):
    browser = desk.person("nadia")

    answer = add(browser)
    again = add(browser)
    page = html.unescape(browser.get(answer.headers["location"]).text)

    assert (answer.status_code, again.status_code) == (303, 303)
    assert answer.headers["location"] == again.headers["location"] == "/en/queue?post=1"
    assert desk.post().review == "pending"
    assert "Added by hand by nadia" in page
    assert "nadia has added it by hand, and it waits for a decision." in page
    assert "Mon premier jour à Oujda" in page
    assert "<blockquote" not in page


def test_what_a_person_has_added_is_still_said_when_it_is_decided(quick):
    browser = quick.person("nadia")
    add(browser)

    decide(browser, "approve", revision=1)
    page = browser.get("/en/queue?state=scheduled&post=1").text

    assert quick.post().review == "scheduled"
    assert "Added by hand by nadia" in page
    assert "It is approved" in page


def test_known_post_is_linked_to(quick):
    add(quick.person("nadia"))

    answer = add(quick.person("amina"), f"{oembed.PLAIN}?lang=fr", key="hers")

    assert answer.status_code == 200
    assert 'This post is here already. <a href="/en/queue?post=1">Look at it</a>' in answer.text


@pytest.mark.parametrize(
    ("address", "status"), [("https://example.org/x", 422), (oembed.GONE, 422), ("", 422)]
)
def test_refusal_is_a_sentence_beside_the_address(quick, address, status):
    answer = add(quick.person("nadia"), address)

    assert answer.status_code == status
    assert 'class="wrong" role="alert"' in answer.text
    assert f'value="{address}"' in answer.text


@pytest.mark.parametrize("lang", ["ar", "fr", "en", "es", "zgh"])
def test_every_reason_has_its_own_words(lang):
    wording = words.load(folder="dashboard")[lang]

    said = {adding._words(NotAddedError("", why), wording) for why in Why}
    keyless = adding._words(NotAddedError("", Why.KEY, "BLADI_X"), wording)

    assert len(said) == len(Why)
    assert "BLADI_X" in keyless


def test_those_who_may_only_look_add_nothing(quick):
    browser = quick.person("nadia", Role.VIEWER)

    assert (browser.get("/fr/add").status_code, add(browser).status_code) == (403, 403)
    assert "/fr/add" not in browser.get("/fr/queue").text


def test_address_that_is_not_found_can_be_added_from_the_search(quick):
    browser = quick.person("nadia")

    page = html.unescape(browser.get("/en/queue", params={"q": oembed.VIDEO}).text)
    link = page.split('class="button" href="/en/add?address=')[1].split('"')[0]
    form = html.unescape(browser.get(f"/en/add?address={link}").text)

    assert f'value="{oembed.VIDEO}"' in form
    assert "Add this post" not in browser.get("/en/queue?q=salma").text


def test_key_of_another_decision_adds_nothing(quick):
    browser = quick.person("nadia")
    add(browser)

    answer = add(browser, oembed.VIDEO)

    assert answer.status_code == 422
    with reading(quick.engine) as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM post").scalar() == 1


def test_desk_that_knows_no_network_has_nothing_to_add_with(quick):
    assert add(Desk(quick.engine).person("nadia")).status_code == 404
