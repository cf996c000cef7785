"""What strangers write, in a real browser: nothing of it runs, and nothing moves its neighbours."""

from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Dialog, Page
from sqlmodel import col, select

from store import reports
from store.engine import reading, writing
from store.ingest import ingest
from store.items import Attachment, Author
from store.models import Post, Review, Role
from store.reports import Complaint
from tests.api.browsing import launched
from tests.api.test_safety import VECTORS as COMMON
from tests.conftest import NOW, an_item, some_rules
from tests.dashboard.conftest import Desk, come_in, decide, fill, served
from tests.dashboard.test_safety import SCRIPTS

RUN = "alert(document.domain)"
TAGS = (
    "<script>{run}</script>", "<img src=x onerror={run}>", "<svg onload={run}>",
    "<body onload={run}>", "<details open ontoggle={run}>", "<input autofocus onfocus={run}>",
    "<video src=x onerror={run}>", "<iframe srcdoc='<script>{run}</script>'>",
    "<a href=javascript:{run} id=x>x</a>", "<form action=javascript:{run}><button>x</button>",
    "<meta http-equiv=refresh content='0;url=javascript:{run}'>", "<object data=javascript:{run}>",
    "<style onload={run}></style>", "<marquee onstart={run}>", "<link rel=stylesheet href=//evil>",
    "<base href=//evil.example/>",
)  # fmt: skip
PLACES = (
    "{}", '">{}', "'>{}", "</p>{}", "</title>{}", "</textarea>{}", "--><!-- --!>{}", "</script>{}",
    "</style>{}", "]]>{}", "&lt;{}", "{}\u202e", "\ufeff{}", '" x="{}', "</bdi></a></li>{}",
    "</option></select>{}", "</noscript>{}", "<scr<b>ipt>{}",
)  # fmt: skip
VECTORS = tuple(
    dict.fromkeys(
        [
            *COMMON,
            *SCRIPTS,
            *(place.format(tag.format(run=RUN)) for place in PLACES for tag in TAGS),
        ]
    )
)
LONG = "Ma grand-mère faisait le pain chaque matin avant l'école, au four du quartier"
ODD = (
    "Z\u0351\u036a" + "\u0334\u0335\u0336" * 400,
    "\u202eevil \u2066\u2067 unclosed",
    "\u202e" * 200 + "x",
    "m" * 190_000,
    "ﷺ﷽𒐫𒈙⸻" * 40,
    "👨‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿" * 200,
    "بلادي\u200f\u200e\u061c" * 60,
    "\u200b\u2060\u00ad" * 300 + "x",
    "\n" * 500 + "x",
    "x\x00\x07\x1b[31m y",
    "а́" * 300,
    "A" + "\u0300" * 3000,
)
SPY = """
  window.seen = [];
  addEventListener('securitypolicyviolation', (event) => seen.push(event.blockedURI), true);
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def desk(sqlite_engine) -> Iterator[Desk]:
    with served(sqlite_engine) as desk:
        yield desk


def put(desk: Desk, texts: tuple[str, ...]) -> None:
    """Store posts that say all this in every field that has words."""
    items = [
        an_item(
            str(number), f"{text} #bladifqalbi", title=text[:1900],
            author=Author(native_id=f"{number}", handle=text[:1900], name=text[:1900]),
            attachments=(
                Attachment(kind="image", url="https://social.example/1.png", alt=text[:1900]),
            ),
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip
    with writing(desk.engine) as session:
        tally = ingest(session, items, rules=some_rules(publish=False, tagger=None), now=NOW)
    assert tally.added == len(texts), tally


def test_nothing_that_strangers_write_runs(browser: Browser, desk: Desk) -> None:
    assert len(VECTORS) > 300
    put(desk, VECTORS)
    vector = VECTORS[-1]
    with writing(desk.engine) as session:
        pair = [an_item(f"pair-{n}", f"{LONG} {vector} #bladifqalbi") for n in (1, 2)]
        ingest(session, pair, rules=some_rules(publish=False, tagger=None), now=NOW)
        newest = session.exec(select(Post).order_by(col(Post.id).desc()).limit(40)).all()
        for post in newest[2:]:
            post.review = Review.APPROVED.value
        told = Complaint(reason=reports.Reason.SPAM, note=vector, address="203.0.113.1")
        session.flush()
        reports.report(session, newest[2].id or 0, told, hide_after=0, now=NOW)
        story = newest[0].id
    person = desk.person("karim", Role.EDITOR)
    decide(person, "note", 1, words=vector)
    decide(person, "topic", 1, words=vector[:40], revision=1)
    person.post("/fr/views", data={"name": vector[:60], "back": "kind=note", "team": "1"})
    context = come_in(browser, desk)
    context.add_init_script(SPY)
    page = context.new_page()
    ran: list[str] = []

    def close(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", close)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    paths = [f"queue?after={after}&post={after}" for after in range(50, len(VECTORS), 50)]
    paths += [
        "queue", "queue?post=1", "queue?state=approved", f"queue?q={quote(vector)}", "wall",
        "reports", "stories", f"stories/{story}", "audit", f"add?address={quote(vector)}",
    ]  # fmt: skip
    for path in paths:
        answer = page.goto(f"{desk.url}/fr/{path}")
        assert answer is not None
        assert answer.status == 200, path
        # Where a policy had to step in, words were markup.
        assert page.evaluate("seen") == [], path

    assert ran == []
    # The wall's own page in the preview is another origin, and is not served here.
    assert {one for one in asked if not one.startswith(f"{desk.url}/")} == set()
    context.close()


def boxes(page: Page) -> list[dict[str, float]]:
    return page.evaluate(  # type: ignore[no-any-return]
        """() => [...document.querySelectorAll('[data-row]')].map((row) => {
          const box = (name) => (name ? row.querySelector(name) : row).getBoundingClientRect();
          const place = (name) => box(name).top * 1e5 + box(name).left;
          return {top: box().top, bottom: box().bottom, wide: row.scrollWidth - row.clientWidth,
                  author: place('.meta b'), time: place('.meta b + span')};
        })"""
    )


def test_odd_words_stay_in_their_place(browser: Browser, desk: Desk) -> None:
    put(desk, ODD)
    with writing(desk.engine) as session:
        quiet = [an_item(f"quiet-{n}", f"Récit tranquille {n} #bladifqalbi") for n in range(3)]
        ingest(session, quiet, rules=some_rules(publish=False), now=NOW)
    context = come_in(browser, desk)
    page = context.new_page()

    for width, whole in ((1280, (4,)), (390, range(1, len(ODD) + 1))):
        page.set_viewport_size({"width": width, "height": 900})
        for number in whole:
            # The whole of a post stands beside the list, or over it.
            page.goto(f"{desk.url}/fr/queue?post={number}&q=nothing")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, number
        page.goto(f"{desk.url}/fr/queue")
        rows = boxes(page)
        assert len(rows) == len(ODD) + 3
        for before, after in pairwise(rows):
            assert before["bottom"] <= after["top"] + 1
        # Who wrote it stands before when, whichever way the name wants to run.
        assert all(one["author"] < one["time"] for one in rows)
        assert all(one["wide"] <= 0 for one in rows)
        assert max(one["bottom"] - one["top"] for one in rows) < 400
        texts = page.locator("[data-row] .text").all_inner_texts()
        assert texts[-3:] == [f"Récit tranquille {n} #bladifqalbi" for n in range(3)]
    context.close()


def test_desk_works_without_a_script(browser: Browser, desk: Desk) -> None:
    fill(desk.engine, 4)
    context = come_in(browser, desk, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{desk.url}/fr/queue")

    page.locator(".acts button[value=approve]").click()
    approved = desk.post(1).review
    page.locator(".toast button").click()
    undone = desk.post(1).review
    page.locator("[data-row] a.text").first.click()
    page.locator(".reject summary").click()
    page.locator(".reject [value=spam]").check()
    page.locator(".reject button[value=reject]").click()
    for number in (2, 3):
        page.locator(f"[name=chosen][value='{number}:0']").check()
    page.locator("#bulk button[value=escalate]").click()
    page.goto(f"{desk.url}/fr/audit")
    page.locator("form[action*='/audit/undo/'] button").first.click()

    with reading(desk.engine) as session:
        reviews = [session.get_one(Post, number).review for number in range(1, 5)]
    assert (approved, undone) == ("scheduled", "pending")
    assert reviews == ["rejected", "escalated", "pending", "pending"]
    context.close()
