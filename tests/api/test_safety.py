"""What strangers write stays text, and browsers are told to keep it so."""

import json
import re
from collections.abc import Iterator
from xml.etree.ElementTree import fromstring

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from store.files import Files
from tests.api.document import Element, read
from tests.api.rows import a_client, a_copy, a_picture, a_post, keep

VECTORS = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "javascript:alert(1)",
    "</p></article></main><iframe src=//evil.example>",
    "<!--<img src=--><img src=x onerror=alert(1)//>",
    "{{ 7 * 7 }}{% import os %}",
    "<style>@import '//evil.example'</style>",
    "<base href=//evil.example/>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "]]><script>alert(1)</script>",
    "%(name)s %s %(count)d",
    "<div style=background:url(//evil.example)>",
    "\u202e<b>gnp.exe</b>",
]
ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example",
    'https://evil.example/"onmouseover=alert(1)',
    "https://evil.example/'><script>",
    "file:///etc/passwd",
    "https:evil.example",
]
BROKEN = "http://[::1"
"""Looks like a web address, and makes the standard parser raise."""
ALLOWED_TAGS = {
    "#document", "html", "head", "meta", "title", "link", "body", "svg", "defs", "symbol", "g",
    "polygon", "rect", "path", "use", "a", "div", "header", "nav", "ul", "li", "main", "footer",
    "p", "h1", "h2", "h3", "form", "label", "select", "option", "input", "button", "article",
    "details", "summary", "figure", "figcaption", "span", "bdi", "blockquote", "time", "small",
    "picture", "source", "img",
}  # fmt: skip
OURS = re.compile(r"http://127\.0\.0\.1:8000/media/\d+/\d+\.(webp|jpg)\?v=\w{8}( \d+w)?\Z")


def dangers(document: Element) -> Iterator[str]:
    """Give everything in a page that could run, load or lead somewhere by itself."""
    for element in document.walk():
        # Data for search engines: no browser runs it, and nothing may stand in it but JSON.
        is_data = element.attributes == {"type": "application/ld+json"}
        if element.tag == "script" and is_data:
            json.loads("".join(str(one) for one in element.children))
        elif element.tag not in ALLOWED_TAGS:
            yield f"<{element.tag}>"
        for name, value in element.attributes.items():
            if name.startswith("on") or name in {"style", "srcdoc", "formaction", "autofocus"}:
                yield f"{element.tag} {name}"
            if name in {"href", "src", "action"} and not re.match(r"https?://|/|#", value):
                yield f"{element.tag} {name}={value}"
        yield from (one for one in loads(element) if not OURS.match(one))


def loads(element: Element) -> list[str]:
    """Return the pictures that an element loads, with their widths where it says them."""
    given = (element.attributes.get(name, "") for name in ("src", "srcset"))
    return [one for some in given for one in some.split(", ") if one]


@pytest.mark.parametrize("vector", VECTORS)
def test_words_of_strangers_stay_words(client: TestClient, engine: Engine, vector: str) -> None:
    length = len(vector)
    keep(
        engine,
        a_post(
            text=vector,
            title=vector,
            author_name=vector,
            author_handle=vector,
            content_warning=vector,
            platform="mastodon",
            instance=vector,
            entities=[{"kind": "hashtag", "start": 0, "end": length, "value": vector}],
        ),
        a_picture(alt=vector),
    )
    keep(
        engine,
        a_post(
            text=vector,
            author_name=vector,
            entities=[{"kind": "mention", "start": 0, "end": length, "value": vector}],
        ),
        a_picture(),
    )
    keep(engine, a_post(text=vector))

    document = read(client.get("/fr/").text)

    assert list(dangers(document)) == []
    shown = " ".join(vector.split())
    first, second, third = document.find("article")
    assert first.find("h3")[0].text == shown
    assert first.find("summary")[0].text == f"Avertissement : {shown}"
    assert first.find("figcaption")[0].text == shown
    assert second.find("div", class_="text")[0].text == shown
    assert second.find("span", class_="name")[0].text.startswith(shown)
    assert third.find("blockquote")[0].text == shown


@pytest.mark.parametrize("vector", VECTORS)
def test_words_about_pictures_stay_words(engine: Engine, files: Files, vector: str) -> None:
    picture = a_copy(engine, files)
    told = {"author_name": vector, "avatar_key": picture.key}
    keep(engine, a_post(**told), a_picture(picture_key=picture.key, alt=vector))
    keep(engine, a_post(**told), a_picture(picture_key=picture.key))

    document = read(a_client(engine, files).get("/fr/").text)

    assert list(dangers(document)) == []
    shown = [one.attributes["alt"] for one in document.find("img", class_="photo")]
    assert [" ".join(one.split()) for one in shown] == [
        " ".join(vector.split()),
        " ".join(f"Image de {vector}, sans description".split()),
    ]


@pytest.mark.parametrize("url", ADDRESSES)
def test_address_that_is_no_web_address_is_not_linked(
    client: TestClient, engine: Engine, url: str
) -> None:
    keep(
        engine,
        a_post(
            text="Ici https://a.example",
            entities=[{"kind": "link", "start": 0, "end": 3, "value": url}],
        ),
    )

    document = read(client.get("/fr/").text)

    assert list(dangers(document)) == []
    assert document.find("blockquote")[0].text == "Ici https://a.example"
    assert document.find("blockquote")[0].find("a", class_="link") == []


@pytest.mark.parametrize("url", [*ADDRESSES, BROKEN])
def test_post_with_a_wrong_address_is_inert(client: TestClient, engine: Engine, url: str) -> None:
    original = keep(engine, a_post(url=url, author_url=url), a_picture(url=url))
    keep(engine, a_post(url=url, platform="feeds", copy_of=original))
    written = {"kind": "link", "start": 0, "end": 2, "value": url}
    keep(engine, a_post(url=url, platform="feeds", entities=[written]))

    answer = client.get("/fr/")

    assert answer.status_code == 200
    assert list(dangers(read(answer.text))) == []


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("parameter", ["search", "language", "unknown"])
def test_words_of_the_address_stay_words(client: TestClient, vector: str, parameter: str) -> None:
    answer = client.get("/fr/", params={parameter: vector}, headers={"accept": "text/html"})

    assert list(dangers(read(answer.text))) == []


@pytest.mark.parametrize("vector", VECTORS)
def test_feed_readers_get_words_too(client: TestClient, engine: Engine, vector: str) -> None:
    keep(engine, a_post(text=vector, title=vector, author_name=vector))

    item = fromstring(client.get("/feed.rss").content).find("./channel/item")

    assert item is not None
    assert item.findtext("title") == vector
    description = read(item.findtext("description") or "").find("div")[0]
    assert [one.tag for one in description.walk()] == ["div"]
    assert description.text == " ".join(vector.split())


@pytest.mark.parametrize(
    "address",
    [
        "/fr/",
        "/",
        "/v1/wall",
        "/feed.rss",
        "/feed.json",
        "/healthz",
        "/nothing",
        "/fr/?kind=x",
        "/fr",
    ],
)
def test_every_answer_tells_the_browser_what_it_may_do(client: TestClient, address: str) -> None:
    headers = client.get(address, follow_redirects=False).headers

    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self' data: http://127.0.0.1:8000; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "set-cookie" not in headers


def test_https_is_asked_for_where_visitors_have_it(engine: Engine) -> None:
    seen = {
        url: a_client(engine, public_url=url).get("/fr/").headers.get("strict-transport-security")
        for url in ("https://mur.example.ma", "http://127.0.0.1:8000")
    }

    assert seen == {"https://mur.example.ma": "max-age=63072000", "http://127.0.0.1:8000": None}


@pytest.mark.parametrize("address", ["/v1/wall", "/v1/posts/9", "/feed.json", "/feed.rss"])
@pytest.mark.parametrize("origin", [{}, {"origin": "https://portail.example.ma"}])
def test_other_sites_may_read_the_api_and_the_feeds(
    client: TestClient, address: str, origin: dict[str, str]
) -> None:
    headers = client.get(address, headers=origin).headers

    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers
    assert headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize("address", ["/fr/", "/", "/healthz", "/readyz"])
def test_other_sites_may_not_read_the_pages(client: TestClient, address: str) -> None:
    headers = client.get(address, headers={"origin": "https://evil.example"}).headers

    assert "access-control-allow-origin" not in headers
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_browser_may_ask_whether_it_may_send_a_tag(client: TestClient) -> None:
    answer = client.options(
        "/v1/wall",
        headers={
            "origin": "https://portail.example.ma",
            "access-control-request-method": "GET",
            "access-control-request-headers": "if-none-match",
        },
    )

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-headers"] == "Content-Type, If-None-Match"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST"


@pytest.mark.parametrize("host", ["evil.example", "evil.example/..", "127.0.0.1@evil.example"])
def test_host_header_changes_nothing(client: TestClient, engine: Engine, host: str) -> None:
    keep(engine, a_post())
    answers = [
        client.get(address, headers={"host": host}, follow_redirects=False)
        for address in ("/fr/", "/fr", "/feed.rss", "/feed.json", "/v1/wall")
    ]

    assert all("evil" not in f"{one.headers}{one.text}" for one in answers)


@pytest.mark.parametrize("path", ["/fr//evil.example", "//evil.example/", "/fr/..//evil.example"])
def test_nobody_is_sent_elsewhere(client: TestClient, path: str) -> None:
    answer = client.get(f"http://testserver{path}", follow_redirects=False)

    assert answer.status_code == 404


def test_query_of_the_address_without_slash_stays_a_query(client: TestClient) -> None:
    answer = client.get("/fr?search=//evil.example", follow_redirects=False)

    assert answer.headers["location"].startswith("fr/?")
