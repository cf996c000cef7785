"""A desk with posts that wait, and people of every role who are signed in."""

import re
import socket
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from dashboard import proof
from dashboard.app import create_desk
from dashboard.settings import DeskSettings
from store import moderators
from store.engine import reading, writing
from store.ingest import ingest
from store.models import Post, Role
from tests.api.browsing import address_of, serving
from tests.conftest import NOW, a_campaign, an_item, some_rules

URL = "https://desk.example"
PASSWORD = "le thé de ma grand-mère"
SAME = {"sec-fetch-site": "same-origin", "origin": URL}
SUMMER = {
    "name": "summer",
    "title": dict.fromkeys(("ar", "fr", "en", "es", "zgh"), "Summer"),
}


class Desk:
    """One desk, its clock, and the ways to it."""

    def __init__(self, engine, url=URL, plans=(), hands=None):
        self.engine, self.url, self.now, self.hands = engine, url, NOW, hands
        campaign = a_campaign(time_zone="Africa/Casablanca", collections=[SUMMER])
        self.app = create_desk(
            engine, campaign, DeskSettings(url=url), None, lambda: self.now, plans, hands
        )
        self.links, self.secrets = {}, {}

    def browser(self):
        """Return a browser that nobody has signed in with."""
        headers = {**SAME, "origin": self.url}
        return TestClient(self.app, base_url=self.url, headers=headers, follow_redirects=False)

    def invite(self, name, role=Role.MODERATOR):
        """Add somebody; return the token of their link."""
        with writing(self.engine) as session:
            token = moderators.add(session, name, role, by="us", now=self.now)
            self.secrets[name] = moderators.invited(session, token, now=self.now)[1]
        return token

    def code(self, name, later=0):
        step = int(self.now.timestamp()) // proof.STEP + later
        return proof.code(self.secrets[name], step)

    def person(self, name, role=Role.MODERATOR):
        """Return the browser of somebody who has just used their link."""
        browser = self.browser()
        form = {"password": PASSWORD, "code": ""}
        token = self.invite(name, role)
        form["code"] = self.code(name)
        answer = browser.post(f"/fr/welcome/{token}", data=form)
        assert answer.status_code == 303, answer.text
        return browser

    def post(self, post_id=1):
        with reading(self.engine) as session:
            return session.get_one(Post, post_id)


@contextmanager
def served(engine):
    """Give a desk that a real browser can come to."""
    listening = socket.create_server(("127.0.0.1", 0))
    desk = Desk(engine, address_of(listening))
    with serving(desk.app, listening):
        yield desk


def come_in(browser, desk, **more):
    """Return a window of a real browser, of an admin who is signed in."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, **more)
    known = desk.person("nadia", Role.ADMIN).cookies
    context.add_cookies(
        [{"name": name, "value": value, "url": desk.url} for name, value in known.items()]
    )
    return context


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """Let passwords cost nothing where their cost is not the matter."""
    from argon2 import PasswordHasher

    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(proof, "_HASHER", cheap)
    monkeypatch.setattr(proof, "_nobody", lambda: cheap.hash("nobody"))


def fill(engine, number=3, **more):
    with writing(engine) as session:
        items = [
            an_item(str(n), f"Récit numéro {n} #bladifqalbi", **more) for n in range(1, number + 1)
        ]
        ingest(session, items, rules=some_rules(publish=False), now=NOW)


@pytest.fixture
def make():
    """Return what fills a store, and makes its desk; a file of tests may have another."""

    def filled(engine):
        fill(engine)
        return Desk(engine)

    return filled


@pytest.fixture
def desk(engine, make):
    return make(engine)


@pytest.fixture
def quick(sqlite_engine, make):
    """A desk where the kind of database makes no difference."""
    return make(sqlite_engine)


def decide(browser, action, post_id=1, revision=0, **more):
    form = {"action": action, "revision": str(revision), **more}
    return browser.post(f"/fr/posts/{post_id}/decide", data=form)


def undo_of(answer):
    """Return the number of the decision that an answer lets be undone."""
    found = re.search(r"done=(\d+)", answer.headers["location"])
    return int(found[1]) if found else None
