"""Lengths of time as the desk writes them."""

from datetime import timedelta

import pytest

from api import words
from dashboard import times


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(seconds=-5), "0 min"),
        (timedelta(0), "0 min"),
        (timedelta(seconds=15), "15 s"),
        (timedelta(seconds=119), "1 min"),
        (timedelta(hours=2, minutes=5), "2 h 05"),
        (timedelta(hours=47, minutes=59), "47 h 59"),
        (timedelta(days=2), "2 j"),
    ],
)
def test_length_is_told_in_its_largest_units(length, told):
    assert times.span(words.load(folder="dashboard")["fr"], length) == told
