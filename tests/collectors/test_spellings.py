"""What a platform is asked for, as the command prints it and the collectors send it."""

from pathlib import Path

import pytest

from bladifqalbi.settings import load
from collectors import spellings

SHIPPED = load(Path(__file__).parents[2] / "config.yaml")
TAGS, PHRASES = SHIPPED.campaign.hashtags, SHIPPED.campaign.phrases


def test_first_of_those_taken_for_the_same_is_kept_in_its_place():
    assert spellings.distinct(["b", "A", "a", "B"], str.casefold) == ["b", "A"]


def test_first_terms_are_kept_until_they_fit():
    assert spellings.fitting(["aa", "bb", "cc"], lambda some: len("".join(some)) < 5) == [
        "aa",
        "bb",
    ]


def test_nothing_fits_where_the_first_is_too_long():
    assert spellings.fitting(["aaaaaa"], lambda some: len("".join(some)) < 5) == []


def test_instagram_takes_the_first_thirty_of_a_week():
    tags = [*(f"tag{number}" for number in range(35)), "TAG0"]

    asked = spellings.instagram(tags)

    assert (list(asked.strings), asked.left_out) == (tags[:30], 5)


@pytest.mark.parametrize("platform", ["bluesky", "youtube", "reddit", "x"])
def test_shipped_spellings_all_fit_into_what_a_platform_takes(platform):
    (asked,) = getattr(SHIPPED.collectors, platform).asked(TAGS, PHRASES)

    assert asked.left_out == 0
    assert len(asked.strings) in (len(TAGS), len(TAGS) + len(PHRASES))


def test_shipped_servers_are_asked_for_the_most_usual_spellings():
    asked = SHIPPED.collectors.mastodon.asked(TAGS, PHRASES)

    assert [list(one.strings) for one in asked] == [list(TAGS[:12])] * 3


def test_feeds_are_asked_for_nothing():
    assert SHIPPED.collectors.feeds.asked(TAGS, PHRASES) == []
