"""Text of posts as HTML."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from api import text
from api.text import LONG
from tests.api.document import read
from tests.api.rows import a_post

REL = 'rel="nofollow ugc noopener noreferrer"'


def entity(kind: str, start: int, end: int, value: str) -> dict[str, Any]:
    return {"kind": kind, "start": start, "end": end, "value": value}


def html(written: str, *entities: dict[str, Any], **more: Any) -> str:
    return str(text.of(a_post(text=written, entities=list(entities), **more)).opening)


@pytest.mark.parametrize(
    ("platform", "instance", "address"),
    [
        ("x", None, "https://x.com/hashtag/%D9%81%D8%A7%D8%B3"),
        ("youtube", None, "https://www.youtube.com/hashtag/%D9%81%D8%A7%D8%B3"),
        ("bluesky", None, "https://bsky.app/hashtag/%D9%81%D8%A7%D8%B3"),
        ("mastodon", "piaille.fr", "https://piaille.fr/tags/%D9%81%D8%A7%D8%B3"),
    ],
)
def test_hashtag_leads_to_its_network(platform: str, instance: str | None, address: str) -> None:
    shown = html("في #فاس", entity("hashtag", 3, 7, "فاس"), platform=platform, instance=instance)

    assert shown == f'في <a class="tag" href="{address}" {REL}><bdi>#فاس</bdi></a>'


@pytest.mark.parametrize(
    ("platform", "instance"),
    [("reddit", None), ("feeds", None), ("mastodon", None), ("mastodon", "a/b")],
)
def test_hashtag_without_a_place_is_marked_only(platform: str, instance: str | None) -> None:
    shown = html("#fes", entity("hashtag", 0, 4, "fes"), platform=platform, instance=instance)

    assert shown == '<bdi class="tag">#fes</bdi>'


@pytest.mark.parametrize(
    ("platform", "handle", "address"),
    [
        ("x", "salma", "https://x.com/salma"),
        ("bluesky", "salma.bsky.social", "https://bsky.app/profile/salma.bsky.social"),
        ("bluesky", "did:plc:abc", "https://bsky.app/profile/did:plc:abc"),
        ("reddit", "salma", "https://www.reddit.com/user/salma"),
        ("mastodon", "salma@piaille.fr", "https://piaille.fr/@salma"),
        ("youtube", "salma", "https://www.youtube.com/@salma"),
    ],
)
def test_mention_leads_to_who_is_meant(platform: str, handle: str, address: str) -> None:
    shown = html("@s", entity("mention", 0, 2, handle), platform=platform)

    assert shown == f'<a class="tag" href="{address}" {REL}><bdi>@s</bdi></a>'


@pytest.mark.parametrize("handle", ["salma", "salma@", "a/b@c.example", "salma@c.example/x", "@@"])
def test_mention_that_could_be_somebody_else_is_not_linked(handle: str) -> None:
    shown = html("@s", entity("mention", 0, 2, handle), platform="mastodon", instance="piaille.fr")

    assert shown == '<bdi class="tag">@s</bdi>'


def test_link_is_a_link() -> None:
    shown = html("ici", entity("link", 0, 3, "https://a.example/?b=1&c=2"))

    assert (
        shown == f'<a class="link" href="https://a.example/?b=1&amp;c=2" {REL}><bdi>ici</bdi></a>'
    )


@pytest.mark.parametrize(
    ("shown", "url", "host"),
    [
        ("https://bank.example/x", "https://evil.example/", "evil.example"),
        ("bank.example", "https://evil.example/bank.example", "evil.example"),
        ("Bank.example", "https://www.bank.example/a", None),
        ("https://www.bank.example", "https://bank.example/", None),
        ("lire la suite", "https://bank.example/", None),
        ("bаnk.example", "https://bаnk.example/", "xn--bnk-6cd.example"),
    ],
)
def test_link_that_shows_another_host_names_its_own(shown: str, url: str, host: str | None) -> None:
    found = read(html(shown, entity("link", 0, len(shown), url))).find("bdi", class_="host")

    assert [one.text for one in found] == ([f"({host})"] if host else [])


def test_address_of_x_is_shown_as_x_shows_it() -> None:
    long = "https://www.youtube.com/watch?v=abcdefghijk&list=1"

    shown = html("https://t.co/abc", entity("link", 0, 16, long), platform="x")

    assert read(shown).text == "youtube.com/watch?v=abcdefghijk…"


def test_entities_that_overlap_are_shown_once() -> None:
    shown = html(
        "#a#b c",
        entity("hashtag", 0, 2, "a"),
        entity("hashtag", 0, 4, "a#b"),
        entity("hashtag", 3, 4, "b"),
        entity("link", 5, 99, "https://a.example"),
        entity("link", 5, 5, "https://a.example"),
        platform="feeds",
    )

    assert shown == '<bdi class="tag">#a#b</bdi> c'


def test_short_text_is_not_folded() -> None:
    assert text.of(a_post(text="mot " * (LONG // 4))).rest is None


def test_text_without_a_gap_is_not_cut() -> None:
    assert text.of(a_post(text="a" * 5000)).rest is None


def test_long_text_is_not_cut_inside_a_link() -> None:
    words = "mot " * 90 + "un lien " * 40
    link = entity("link", 300, 450, "https://a.example/")

    written = text.of(a_post(text=words, entities=[link]))

    assert written.rest is not None
    assert str(written.opening).count("<a ") == 1
    assert str(written.rest).count("<a ") == 0
    assert len(read(str(written.opening)).text) >= 449


@given(
    words=st.text(st.sampled_from("<>&\"'/ a\nش") | st.characters(codec="utf-8"), max_size=900),
    places=st.lists(
        st.tuples(
            st.sampled_from(["hashtag", "mention", "link"]),
            st.integers(-5, 900),
            st.integers(-5, 900),
            st.text(max_size=30),
        ),
        max_size=6,
    ),
    platform=st.sampled_from(["mastodon", "feeds", "bluesky", "reddit"]),
)
def test_whatever_is_written_nothing_is_lost_or_added(
    words: str, places: list[tuple[str, int, int, str]], platform: str
) -> None:
    post = a_post(text=words, platform=platform, entities=[entity(*one) for one in places])

    written = text.of(post)

    whole = f"{written.opening}{written.rest or ''}"
    plain = re.sub(r' <bdi class="host">\([^<]*\)</bdi>|</?(?:a|bdi)(?: [^>]*)?>', "", whole)
    assert plain == str(escape(words))


@pytest.mark.parametrize("value", ["", "x" * 200, "-", "é", "مغرب", "a b", "%2F..", "http://"])
def test_strange_values_do_no_harm(value: str) -> None:
    for kind in ("hashtag", "mention", "link"):
        for platform in ("mastodon", "x", "bluesky", "youtube", "reddit", "feeds", "new"):
            shown = html("abc", entity(kind, 0, 3, value), platform=platform, instance=value)

            assert read(shown).text.startswith("abc")
