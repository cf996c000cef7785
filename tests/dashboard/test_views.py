"""Saved views: whose they are, and that each counter tells how long its list is."""

import html
import re
from itertools import count
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from dashboard import view
from store import audit, queue
from store.engine import reading, writing
from store.ingest import ingest
from store.items import Kind
from store.models import Audit, Post, Review, Role
from store.views import LONGEST, MOST
from tests.conftest import NOW, an_item, some_rules

TEXTS = (
    "Le thé de ma grand-mère à Tétouan",
    "بلادي فقلبي والطريق إلى الدار طويلة",
    "ⵜⴰⵎⴰⵣⵉⵔⵜ ⵉⵏⵓ ⴳ ⵡⵓⵍ",
    "Mi abuela y su té, 100 % menta",
)


def save(browser, name, query="platform=mastodon", **more):
    return browser.post("/fr/views", data={"name": name, "back": query, **more})


def shown(page):
    """Return the saved views of a page: number, name and counter of each."""
    found = re.findall(r'<bdi>([^<]*)</bdi>(?:<i[^/]*/i>)?<span data-view="(\d+)">([^<]+)', page)
    return [
        (int(number), html.unescape(name), int(re.sub(r"\D", "", told)))
        for name, number, told in found
    ]


def names(browser):
    return [name for _, name, _ in shown(browser.get("/fr/queue").text)]


def fill_with_all_kinds(engine):
    """Fill a store with posts of several networks, kinds, languages and reviews."""
    with writing(engine) as session:
        items = [
            an_item(
                f"all-{n}",
                f"{TEXTS[n % 4]} {n} #bladifqalbi",
                platform=("mastodon", "bluesky", "youtube")[n % 3],
                kind=(Kind.NOTE, Kind.VIDEO, Kind.IMAGE)[n % 3 and n % 2],
            )
            for n in range(60)
        ]
        ingest(session, items, rules=some_rules(publish=False), now=NOW)
        for post in session.exec(select(Post)):
            post.review = [*Review, Review.PENDING][(post.id or 0) % (len(Review) + 1)].value
            post.is_copy = (post.id or 0) % 11 == 0


WORDS = st.one_of(
    st.sampled_from(["", "the", "thé", "الدار", "ⵓⵍ", "100 %", "_", "a", "mastodon", "!!"]),
    st.text(max_size=8),
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from([*(one.value for one in Review), "nonsense"]),
        "language": st.sampled_from(["fr", "ar", "zgh", "es", "und", "xx"]),
        "platform": st.sampled_from(["mastodon", "bluesky", "youtube", "x"]),
        "kind": st.sampled_from(["note", "video", "image"]),
        "q": WORDS,
        "mine": st.sampled_from(["1", "0"]),
        "post": st.just("3"),
    },
)


def test_counter_tells_how_long_the_list_is_whatever_is_filtered(quick, monkeypatch):
    monkeypatch.setattr(view, "PAGE", 7)
    fill_with_all_kinds(quick.engine)
    browser = quick.person("nadia", Role.EDITOR)
    browser.post("/fr/take")
    numbers = count()

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(filters=FILTERS, for_team=st.booleans())
    def holds(filters, for_team):
        name = f"n{next(numbers)}"
        team = {"team": "1"} if for_team else {}
        there = save(browser, name, urlencode(filters), **team).headers["location"]
        own = next(one for one in shown(browser.get(there).text) if one[1] == name)
        counted = [one for one in shown(browser.get("/fr/reports").text) if one[1] == name]
        listed = 0
        while there:
            rows = browser.get(there).text
            listed += rows.count(" data-row")
            more = re.search(r'class="more"><a href="([^"]+)"', rows)
            there = html.unescape(more[1]) if more else ""
        browser.post(f"/fr/views/{own[0]}/remove", data={"back": ""})

        # Elsewhere what is settled is not counted: it would be walked through for each page.
        is_settled = filters.get("state") in ("approved", "rejected")
        assert own[2] == listed, filters
        assert counted == ([] if is_settled else [own]), filters

    holds()


def test_counters_of_several_views_are_those_of_each(desk):
    fill_with_all_kinds(desk.engine)
    asked = [
        queue.View(), queue.View(platform="bluesky"), queue.View(review=Review.REJECTED),
        queue.View(search="numéro 2"), queue.View(taken_by="nadia"),
    ]  # fmt: skip
    with reading(desk.engine) as session:
        assert queue.tally(session, asked) == [queue.count(session, one) for one in asked]
        assert queue.tally(session, []) == []


def test_ones_own_views_are_seen_by_nobody_else_and_the_teams_by_all(desk):
    nadia, karim = desk.person("nadia", Role.EDITOR), desk.person("karim")

    codes = [
        save(nadia, "Mastodon").status_code,
        save(nadia, "À tous", team="1").status_code,
        save(karim, "Mastodon", "state=escalated&kind=video").status_code,
    ]

    assert codes == [303, 303, 303]
    assert (names(nadia), names(karim)) == (["Mastodon", "À tous"], ["Mastodon", "À tous"])
    with reading(desk.engine) as session:
        acts = session.exec(select(Audit.action, Audit.after).where(Audit.actor != "us")).all()
        audit.verify(session)
    assert [one for one in acts if one[0].startswith("view")] == [("view.save", "À tous")]


def test_page_of_a_view_offers_to_delete_it_and_marks_it(quick):
    browser = quick.person("nadia")
    there = save(browser, "Le <b>thé</b> & moi", "q=thé&state=rejected").headers["location"]

    page = browser.get(there).text
    number = shown(page)[0][0]
    answer = browser.post(f"/fr/views/{number}/remove", data={"back": "q=thé&state=rejected"})

    assert "Supprimer la vue « \u2068Le &lt;b&gt;thé&lt;/b&gt; &amp; moi\u2069 »" in page
    assert page.count('aria-current="page"') == 1
    assert (answer.headers["location"], names(browser)) == (there, [])


def test_nobody_deletes_the_view_of_another_and_only_some_those_of_the_team(quick):
    nadia = quick.person("nadia", Role.EDITOR)
    karim, amina = quick.person("karim"), quick.person("amina", Role.ADMIN)
    save(nadia, "own")
    save(nadia, "team", team="1")
    own, team = (number for number, _, _ in shown(nadia.get("/fr/queue").text))

    codes = [
        browser.post(f"/fr/views/{number}/remove", data={"back": ""}).status_code
        for browser, number in ((karim, own), (amina, own), (karim, team), (amina, team))
    ]

    assert codes == [404, 404, 404, 303]
    assert names(nadia) == ["own"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MODERATOR, Role.AUDITOR])
def test_for_the_team_save_those_who_may(quick, role):
    browser = quick.person("somebody", role)

    assert save(browser, "team", team="1").status_code == 403
    assert 'name="team"' not in browser.get("/fr/queue?kind=note").text
    assert save(browser, "own").status_code == 303


def test_what_cannot_be_saved_is_told_in_a_sentence(quick):
    browser = quick.person("nadia")
    twice = [save(browser, "0").status_code for _ in range(2)]
    others = save(browser, "0", "platform=bluesky")
    nameless = [save(browser, name) for name in ("", " \u202e ", "n" * (LONGEST + 1))]
    for number in range(1, MOST):
        save(browser, str(number))

    full = save(browser, "one more")

    assert (twice, others.status_code) == ([303, 303], 409)
    assert "Une vue porte déjà ce nom" in others.text
    assert [one.status_code for one in nameless] == [422] * 3
    assert all(f"{LONGEST} caractères" in one.text for one in nameless)
    assert (full.status_code, len(names(browser))) == (409, MOST)
    assert "Supprimez-en une" in full.text
