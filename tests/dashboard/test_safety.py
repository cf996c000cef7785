"""What people write is text, whatever it looks like; what is sent amiss is refused."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from dashboard import view
from store.engine import writing
from store.ingest import ingest
from store.items import Attachment, Author
from store.models import Role
from tests.conftest import NOW, an_item, some_rules
from tests.dashboard.conftest import decide

SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "{{ 7*7 }}<b>",
    "javascript:alert(1)",
    "</title><script>alert(1)</script>",
    '" autofocus onfocus="alert(1)',
    "\u202e<script>evil</script>\u2066",
)


class Tags(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("text", SCRIPTS)
def test_text_of_posts_and_people_is_never_markup(quick, text):
    picture = Attachment(kind="image", url="https://social.example/1.png", alt=text)
    author = Author(native_id="x", handle=text, name=text)
    with writing(quick.engine) as session:
        item = an_item(
            "9", f"{text} #bladifqalbi", title=text, author=author, attachments=(picture,)
        )
        ingest(session, [item], rules=some_rules(publish=False), now=NOW)
    browser = quick.person("nadia", Role.EDITOR)
    decide(browser, "note", 4, words=text)
    decide(browser, "topic", 4, words=text, revision=1)

    page = browser.get("/ar/queue", params={"post": 4, "q": text}).text

    parser = Tags()
    parser.feed(page)
    scripts = [attributes for tag, attributes in parser.tags if tag == "script"]
    names = {name for _, attributes in parser.tags for name in attributes}
    links = [attributes.get("href") or "" for _, attributes in parser.tags]
    assert {one["src"][:8] for one in scripts} == {"/static/"}
    assert not {name for name in names if name.startswith("on")}
    assert not [one for one in links if one.lower().startswith("javascript:")]
    assert "\u202e" not in page


def test_pages_hold_no_script_and_no_style_of_their_own(quick):
    page = quick.person("nadia").get("/fr/queue").text

    assert " style=" not in page
    assert "<style" not in page
    assert re.findall(r"<script[^>]*>[^<]", page) == []
    assert {
        one.split("/")[2] for one in re.findall(r'(?:src|action)="(https?://[^"]+)', page)
    } == set()


@given(st.dictionaries(st.sampled_from(["q", "post", "after", "state", "mine", "done"]), st.text()))
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_place_that_is_written_is_read_the_same(asked):
    place = view.read(QueryParams(list(asked.items())))

    assert view.read(QueryParams(place.query())) == place


@pytest.mark.parametrize(
    "path",
    [
        "/fr/queue?post=99999999999999999999",
        "/fr/queue?after=-1&state=nothing&done=x",
        "/fr/queue?q=%00%ff",
        "/fr/queue?language=%00",
        "/pictures/99999999999999999999/640.jpg",
        "/pictures/1/../../etc/passwd",
        "/xx/queue",
        "/fr/posts/1/decide",
    ],
)
def test_odd_addresses_are_answered_and_never_a_fault(desk, path):
    assert desk.person("nadia").get(path).status_code in (200, 404, 405, 422)


@pytest.mark.parametrize(
    "body",
    [b"", b"action", b"action=approve&revision=\xff", b"a=1&" * 3000, b"revision=0&action=%00"],
)
def test_odd_forms_are_refused_and_never_a_fault(quick, body):
    headers = {"content-type": "application/x-www-form-urlencoded"}

    answer = quick.person("nadia").post("/fr/posts/1/decide", content=body, headers=headers)

    assert answer.status_code in (413, 422, 428)


def test_form_of_another_kind_and_one_that_is_too_long_are_refused(quick):
    browser = quick.person("nadia")

    other = browser.post("/fr/posts/1/decide", json={"action": "approve"})
    long = browser.post("/fr/posts/1/decide", data={"words": "x" * 70_000})

    assert (other.status_code, long.status_code) == (415, 413)
