"""Plain text out of HTML: what is kept, where it stands, and that nothing hostile lasts long."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.html import MAX_TAGS, entities_in, images_of, text_of, web_address
from store.items import Attachment, Entity


def marked(html: str, **more: str) -> list[tuple[str, str, str]]:
    """Return kind, words in the text, and value of each entity."""
    text, entities = text_of(html, **more)
    return [(entity.kind, text[entity.start : entity.end], entity.value) for entity in entities]


def test_status_of_mastodon_becomes_the_text_that_its_author_wrote():
    html = (
        '<p>توحشت لبلاد <a href="https://m.example/tags/%D8%A8%D9%84%D8%A7%D8%AF%D9%8A" '
        'class="mention hashtag" rel="tag">#<span>بلادي_فقلبي</span></a><br />'
        '<span class="h-card"><a href="https://m.example/@zineb" class="u-url mention">'
        "@<span>zineb</span></a></span></p><p>"
        '<a href="https://exemple.ma/a/b?c=1#d" rel="nofollow noopener" target="_blank">'
        '<span class="invisible">https://</span><span class="ellipsis">exemple.ma/a/b</span>'
        '<span class="invisible">?c=1#d</span></a></p>'
    )

    assert text_of(html) == (
        "توحشت لبلاد #بلادي_فقلبي\n@zineb\n\nhttps://exemple.ma/a/b?c=1#d",
        (
            Entity(kind="hashtag", start=12, end=24, value="بلادي_فقلبي"),
            Entity(kind="mention", start=25, end=31, value="zineb"),
            Entity(kind="link", start=33, end=61, value="https://exemple.ma/a/b?c=1#d"),
        ),
    )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("   \n ", ""),
        ("plain  text\n here", "plain text here"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<p>a</p>\n\n<p></p>\n<p>b</p>", "a\n\nb"),
        ("a<br>b<br/><br />c<br><br><br><br>d", "a\nb\n\nc\n\nd"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<ul><li>a<li>b</ul>c", "a\nb\n\nc"),
        ("<h1>T</h1>a <b>b</b><i>c</i>", "T\n\na bc"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"),
        ("a &amp; b &lt;c&gt; &eacute; &#8217; &nbsp;x", "a & b <c> é ’ \xa0x"),
        ("a<script>alert(1)</script>b<style>p{}</style>c<!-- d -->", "abc"),
        ("<title>t</title><noscript>n</noscript><iframe>i</iframe>a", "a"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("3 < 4 and 5 > 4", "3 < 4 and 5 > 4"),
        ('salam <img class="emoji" alt="🇲🇦" src="x.png"> <img alt="no" src="y.png">', "salam 🇲🇦"),
        ("ⵜⴰⵎⴰⵣⵉⵔⵜ&nbsp;ⵉⵏⵓ", "ⵜⴰⵎⴰⵣⵉⵔⵜ\xa0ⵉⵏⵓ"),
        ("e\u0301te\u0301 👩‍👩‍👧 بِلَادِي", "e\u0301te\u0301 👩‍👩‍👧 بِلَادِي"),
    ],
)
def test_text_is_what_a_browser_shows(html, text):
    assert text_of(html)[0] == text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="https://a.example/x">ici</a>', ("link", "ici", "https://a.example/x")),
        ('a <a href="https://a.example/"> ici </a> b', ("link", "ici", "https://a.example/")),
        ('<a href="https://a.example/?a=1&amp;b=2">x</a>', ("link", "x", "https://a.example/?a=1&b=2")),
        ('<a rel="tag" href="https://a.example/t">Maroc</a>', ("hashtag", "Maroc", "Maroc")),
        ('<a class="hashtag" href="https://a.example">#Maroc</a>', ("hashtag", "#Maroc", "Maroc")),
        ('<a href="https://a.example/t">#Maroc</a>', ("hashtag", "#Maroc", "Maroc")),
        ('<a href="https://a.example/t">#Maroc et plus</a>', ("link", "#Maroc et plus", "https://a.example/t")),
        ('<a class="mention" href="https://a.example/@b">@b</a>', ("mention", "@b", "b")),
        ("voir https://a.example/x.", ("link", "https://a.example/x", "https://a.example/x")),
        ("(https://a.example/x_(y))", ("link", "https://a.example/x_(y)", "https://a.example/x_(y)")),
        ("شوف https://a.example/x، زوين", ("link", "https://a.example/x", "https://a.example/x")),
        ("HTTPS://A.example/", ("link", "HTTPS://A.example/", "HTTPS://A.example/")),
        ("https://a.example/#bladi", ("link", "https://a.example/#bladi", "https://a.example/#bladi")),
        ("zwin #BladiFQalbi!", ("hashtag", "#BladiFQalbi", "BladiFQalbi")),
        ("#بِلادي_فقلبي", ("hashtag", "#بِلادي_فقلبي", "بِلادي_فقلبي")),
        ("＃ⴰⵎⵓⵔ", ("hashtag", "＃ⴰⵎⵓⵔ", "ⴰⵎⵓⵔ")),
    ],
)  # fmt: skip
def test_links_mentions_and_hashtags_are_found_where_they_stand(html, expected):
    assert marked(html) == [expected]


@pytest.mark.parametrize(
    "html",
    [
        "#2026",
        "a#b",
        "&amp;#39;",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        '<a href="/relative">x</a>',
        '<a href="http://[bad">x</a>',
        '<a href="https://a.example/"></a>',
        '<a href="https://a.example/"><img src="x"></a>',
        "<a>x</a>",
    ],
)
def test_what_leads_nowhere_is_no_entity(html):
    assert marked(html) == []


def test_relative_addresses_are_those_of_the_page():
    html = '<a href="../x">a</a><img src="y.png" alt="">'

    assert marked(html, base_url="https://a.example/b/c") == [("link", "a", "https://a.example/x")]
    assert images_of(html, base_url="https://a.example/b/c") == (
        Attachment(kind="image", url="https://a.example/b/y.png"),
    )


def test_pictures_are_taken_once_and_without_smileys_and_tracking_marks():
    html = """<img src="https://a.example/1.jpg" alt="باب" width="640" height="480">
        <img src="https://a.example/1.jpg"><img src="https://a.example/2.png" width="100%">
        <img src="https://a.example/pixel" width="1" height="1"><img alt="none">
        <img src="https://a.example/3.png" class="wp-smiley" alt="🙂">
        <img src="data:image/png;base64,AAAA">"""

    assert [image.url for image in images_of(html)] == [
        "https://a.example/1.jpg",
        "https://a.example/2.png",
    ]
    assert images_of(html[:90])[0] == Attachment(
        kind="image", url="https://a.example/1.jpg", alt="باب", width=640, height=480
    )


def test_plain_text_has_entities_too():
    assert [entity.value for entity in entities_in("#a_1 https://b.example/?c=#d, #e <#f>")] == [
        "a_1",
        "https://b.example/?c=#d",
        "e",
        "f",
    ]


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("https://a.example/ ", "https://a.example/"),
        ("x", "https://b.example/x"),
        ("ftp://a.example/", None),
        ("http://[", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_only_full_web_addresses_are_addresses(value, address):
    assert web_address(value, base_url="https://b.example/") == address


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "<p>",
                    "</p>",
                    "<br>",
                    " ",
                    "\n",
                    "x",
                    "بلادي",
                    "🇲🇦",
                    "#ⴰⵎⵓⵔ",
                    "&amp;",
                    "<",
                    "</a>",
                ),
                *("https://a.example/b", "<a href='https://c.example'>", "<a class=hashtag>", "#"),
                *("<li>", "<td>", "<table>", "<div>", "</div>", "@z", "<img class=emoji alt=😀>"),
            ]
        ),
        max_size=25,
    )
)
def test_entities_are_in_order_apart_and_inside_the_text(pieces):
    text, entities = text_of("".join(pieces))

    assert text == text.strip(" \n")
    places = [0, *(place for entity in entities for place in (entity.start, entity.end)), len(text)]
    assert places == sorted(places)
    assert all(text[entity.start : entity.end].strip() and entity.value for entity in entities)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * MAX_TAGS,
        "".join(f"<font color={n}>" for n in range(MAX_TAGS // 2)) + "<p>x" * (MAX_TAGS // 2),
        "<a href=https://x.example>a b</a>" * (MAX_TAGS // 2),
        "https://a.example/" + ")" * 500_000,
        "#" * 500_000,
        "&#x" * 200_000,
        " " * 1_000_000,
        "<a href='" + "x" * 1_000_000,
        "<!--" * (MAX_TAGS // 2),
    ],
    ids=["deep", "fonts", "links", "brackets", "marks", "references", "spaces", "open", "comments"],
)
def test_hostile_html_does_not_keep_us_busy(html):
    began = time.monotonic()

    text_of(html)

    assert time.monotonic() - began < 10


def test_more_markup_than_any_post_has_is_refused():
    with pytest.raises(ValueError, match="tags"):
        text_of("<b>" * (MAX_TAGS + 1))
