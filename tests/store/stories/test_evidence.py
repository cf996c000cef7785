"""Which post tells the same story as which."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from store.stories.evidence import Told, edges, hand_of, is_same_author
from store.stories.forms import form_of
from store.stories.formulas import load
from store.stories.permalinks import permalink_key
from store.stories.ties import Edge, Evidence, Verdict, Why
from tests.store.stories.memory import Memory

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STORY = "La bibliothèque du quartier rouvre lundi après deux ans de travaux, venez nombreux"


def told(number: int, text: str, *, platform: str = "x", handle: str = "", **more: object) -> Told:
    post = Told(
        id=number,
        platform=platform,
        native_id=str(number),
        author=handle or f"author{number}",
        handle=handle or f"author{number}",
        published_at=NOW,
        form=form_of(text),
    )
    return replace(post, **more)  # type: ignore[arg-type]


def found(post: Told, *known: Told) -> list[Edge]:
    index = Memory(load())
    for one in known:
        index.add(one)
    return list(edges(post, index))


def kinds(post: Told, *known: Told) -> list[Evidence]:
    return [edge.kind for edge in found(post, *known)]


def test_post_read_twice_is_itself():
    one = told(1, STORY)

    assert kinds(replace(one, id=2, form=form_of("something else")), one) == [Evidence.IDENTITY]


def test_repost_is_tied_to_what_it_repeats():
    repost = told(2, "", references=frozenset({"x:1"}))

    assert kinds(repost, told(1, "Salam")) == [Evidence.REFERENCE]


def test_original_that_comes_late_is_tied_to_its_reposts():
    reposts = [told(n, "", references=frozenset({"x:1"})) for n in (2, 3)]

    assert kinds(told(1, "Salam"), *reposts) == [Evidence.REFERENCE] * 2


def test_two_reposts_of_an_unknown_post_are_tied():
    one, other = (told(n, "", references=frozenset({"x:1"})) for n in (2, 3))

    assert kinds(other, one) == [Evidence.REFERENCE]


def test_submitted_address_is_the_post_that_stands_there():
    link = told(
        2, "", platform="direct", permalink=permalink_key("https://twitter.com/nora/status/1?s=20")
    )

    assert kinds(link, told(1, "Salam")) == [Evidence.PERMALINK]


def test_two_submissions_of_one_address_are_tied():
    one, other = (
        told(n, "", platform="direct", permalink=permalink_key(url))
        for n, url in enumerate(
            ["https://youtu.be/abcdefghijk", "https://m.youtube.com/watch?v=abcdefghijk"]
        )
    )

    assert kinds(other, one) == [Evidence.PERMALINK]


def test_equal_text_by_others_is_one_story():
    assert found(told(2, STORY.upper()), told(1, STORY)) == [
        Edge(1, Evidence.EQUAL_TEXT, Verdict(True, 1.0, Why.EQUAL))
    ]


def test_near_text_is_one_story():
    edge = found(told(2, "À savoir : " + STORY), told(1, STORY))[0]

    assert (edge.kind, edge.verdict.why, edge.verdict.words) == (Evidence.NEAR_TEXT, Why.WORDS, 2)


def test_strongest_evidence_comes_first():
    repost = told(3, STORY, references=frozenset({"x:1"}))

    assert kinds(repost, told(1, "Salam"), told(2, STORY)) == [
        Evidence.REFERENCE,
        Evidence.EQUAL_TEXT,
    ]


@pytest.mark.parametrize(
    "text", ["عاش المغرب", "Bonne fête du trône à tous", "so proud of my country"]
)
def test_short_text_by_others_is_no_story(text):
    assert kinds(told(2, text), told(1, text)) == []


def test_one_article_with_two_comments_is_two_stories():
    url = "https://example.ma/actu/1.html"

    assert kinds(told(2, f"Quelle honte {url}"), told(1, f"Bravo à eux tous {url}")) == []


def test_author_says_one_short_thing_on_two_platforms():
    one = told(1, "عاش المغرب", handle="nora.fassi")
    other = told(2, "عاش المغرب", platform="bluesky", handle="@nora_fassi.bsky.social")

    assert kinds(other, one) == [Evidence.AUTHOR]


@pytest.mark.parametrize(
    "more",
    [
        {"platform": "x"},
        {"published_at": NOW + timedelta(hours=25)},
        {"handle": "nora"},
        {"form": form_of("عاش الملك")},
    ],
)
def test_short_text_is_tied_only_within_a_day_on_another_platform_by_one_handle(more):
    one = told(1, "عاش المغرب", handle="nora.fassi")
    other = replace(told(2, "عاش المغرب", platform="bluesky", handle="nora_fassi"), **more)

    assert kinds(other, one) == []


def test_handles_of_one_person_are_alike():
    assert {
        hand_of(handle)
        for handle in ("@Nora_Fassi", "nora.fassi@mastodon.social", "nora-fassi.bsky.social")
    } == {"norafassi"}


def test_short_handle_on_two_platforms_may_be_two_people():
    one = told(1, STORY, handle="nora")

    assert not is_same_author(one, replace(one, platform="bluesky"))
