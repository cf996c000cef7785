"""How well posts are put together."""

from dataclasses import replace
from pathlib import Path

import pytest

from store.hashtags import Campaign
from store.stories.evaluation import Row, Score, read, score, stories

OWN = Path(__file__).with_name("own.jsonl")
CAMPAIGN = Campaign(["bladifqalbi"])


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return read(OWN)


@pytest.fixture(scope="module")
def own(rows: list[Row]) -> Score:
    return score(rows, stories(rows, CAMPAIGN))


def test_no_template_wish_or_prayer_is_merged(own):
    assert own.false_pairs == {}


def test_nearly_all_copies_are_found(own):
    assert (own.precision, own.recall > 0.99, own.cubed > 0.99) == (1.0, True, True)


def test_order_of_arrival_hardly_matters(rows):
    backwards = rows[::-1]

    found = score(backwards, stories(backwards, CAMPAIGN))

    assert (found.precision, found.recall > 0.99) == (1.0, True)


def test_all_in_one_has_full_recall_and_little_precision(rows):
    few = [replace(row, story=story) for row, story in zip(rows[:4], "aabb", strict=True)]

    found = score(few, [0, 0, 0, 0])

    assert [found.recall, found.precision, found.cubed] == pytest.approx([1, 2 / 6, 2 / 3])


def test_each_alone_has_full_precision_and_no_recall(rows):
    few = [replace(row, story="a") for row in rows[:4]]

    found = score(few, [0, 1, 2, 3])

    assert (found.precision, found.recall, found.f1) == (1.0, 0.0, 0.0)


def test_false_pairs_are_counted_by_kind(rows):
    few = [replace(row, story=name, kind=name) for row, name in zip(rows[:3], "aba", strict=True)]

    assert score(few, [0, 0, 2]).false_pairs == {("a", "b"): 1}
