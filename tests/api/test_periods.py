"""A collection with a start and an end: before and after, the public finds none of that name."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.app import create_app, create_front
from api.settings import ApiSettings
from store import periods
from store.effects import Terms
from store.engine import writing
from store.periods import Limits
from tests.api.rows import CAMPAIGN, NOW, a_post, keep
from tests.api.test_ready import until

BEFORE, WITHIN, AFTER = (NOW + timedelta(hours=hours) for hours in (-1, 1, 25))
BASE = "http://127.0.0.1:8000"
ADDRESSES = {
    "/fr/c/summer": 404,
    "/w/summer": 404,
    "/w/summer/changes?cursor=1": 404,
    "/e/summer": 404,
    "/f/summer": 404,
    "/fr/embed?wall=summer": 404,
    f"/oembed?url={BASE}/fr/c/summer": 404,
    "/v1/wall?collection=summer": 422,
    "/fr/?collection=summer": 422,
    "/feed.json?collection=summer": 422,
    "/feed.rss?collection=summer": 422,
    "/feed.atom?collection=summer": 422,
}
"""What is asked for, and how it is refused where there is no such collection."""
OFFERING = ("/fr/", "/sitemap.xml", "/fr/embed")
"""Pages that name the collections there are."""


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = BEFORE

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(engine: Engine) -> Clock:
    """The clock of a wall whose summer lasts a day."""
    keep(engine, a_post(text="Au port"), collection="summer")
    with writing(engine) as session:
        limits = Limits(NOW, NOW + timedelta(days=1))
        periods.put(session, "summer", limits, moderator="nadia", now=NOW, terms=Terms(revision=0))
    return Clock()


@pytest.fixture
def front(engine: Engine, clock: Clock) -> Iterator[TestClient]:
    """A reader who comes by the front door."""
    app = create_front(engine, CAMPAIGN, ApiSettings(), now=clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        until(lambda: app.watch.revision is not None)
        yield client


def test_collection_is_there_between_its_start_and_its_end(engine: Engine, clock: Clock) -> None:
    app = create_app(engine, CAMPAIGN, ApiSettings(), now=clock)
    client = TestClient(app, raise_server_exceptions=False)
    absent = {a.replace("summer", "winter"): status for a, status in ADDRESSES.items()}
    assert {one: client.get(one).status_code for one in absent} == absent

    for moment in (BEFORE, WITHIN, AFTER):
        clock.now = moment
        shown = moment is WITHIN
        found = {one: client.get(one).status_code for one in ADDRESSES}
        assert found == (dict.fromkeys(ADDRESSES, 200) if shown else ADDRESSES), moment
        for page in OFFERING:
            assert ("summer" in client.get(page).text) is shown, (page, moment)
        # The posts themselves are on the wall as ever.
        assert len(client.get("/w/main").json()["posts"]) == 1


def test_ready_made_answers_turn_over_though_nobody_acts(front: TestClient, clock: Clock) -> None:
    def status() -> int:
        return front.get("/fr/c/summer").status_code

    menu = front.get("/fr/")
    tag = {"if-none-match": menu.headers["etag"]}
    assert (status(), front.get("/fr/", headers=tag).status_code) == (404, 304)

    clock.now = WITHIN
    until(lambda: "summer" in front.get("/fr/").text)
    assert (status(), front.get("/fr/", headers=tag).status_code) == (200, 200)

    clock.now = AFTER
    until(lambda: status() == 404)
    assert "summer" not in front.get("/fr/").text
    # It is as before, and so whoever has kept the page of before has the right one.
    assert front.get("/fr/", headers=tag).status_code == 304
