"""Which pictures are the same, and of which posts that tells something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.stories.likeness import Likeness, Shown, compare, compare_all
from store.stories.ties import Why


def shown(look=0, digest="a", *, kind="image", duration=None, **facts):
    """Return a picture whose hash differs in so many bits from that of others."""
    bits = (1 << 256) - (1 << (256 - look))
    far = bytes(range(32))
    facts = {"flatness": 0.2, "detail": 0.98, "hardness": 0.1} | facts
    return Shown(kind, duration, digest, bits.to_bytes(32) + far + far, **facts)


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        (shown(), shown(), Likeness(1.0, Why.SAME_FILE)),
        (shown(), shown(60, "b"), Likeness(1 - 60 / 256, Why.SAME_LOOK)),
        (shown(), shown(61, "b"), None),
        (shown(flatness=0.9), shown(60, "b"), Likeness(1 - 60 / 256, Why.SAME_LOOK)),
        (
            shown(flatness=0.9),
            shown(8, "b", flatness=0.9),
            Likeness(1 - 8 / 256, Why.SAME_LOOK, is_proof=False),
        ),
        (shown(flatness=0.9), shown(9, "b", flatness=0.9), None),
        (shown(flatness=0.7), shown(60, "b"), Likeness(1 - 60 / 256, Why.SAME_LOOK)),
        (
            shown(flatness=0.7),
            shown(32, "b", flatness=0.9),
            Likeness(1 - 32 / 256, Why.SAME_LOOK),
        ),
        (shown(flatness=0.7), shown(33, "b", flatness=0.7), None),
        (shown(hardness=0.4), shown(60, "b"), Likeness(1 - 60 / 256, Why.SAME_LOOK)),
        (shown(hardness=0.4), shown(9, "b", hardness=0.4), None),
        (shown(hardness=0.4), shown(9, "b", flatness=0.9), None),
        (shown(hardness=None), shown(9, "b", hardness=None), None),
        (shown(detail=0.7), shown(9, "b"), None),
        (shown(detail=None), shown(9, "b"), None),
        (shown(flatness=0.9), shown(flatness=0.9), Likeness(1.0, Why.SAME_FILE)),
        (shown(detail=0.0), shown(detail=0.0), Likeness(1.0, Why.SAME_FILE, is_proof=False)),
        (shown(), Shown("image"), None),
        (shown(), shown(kind="video", duration=9.0), None),
    ],
)
def test_photos_may_differ_a_little_and_graphics_hardly(one, other, likeness):
    assert compare(one, other) == compare(other, one) == likeness


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [(30.0, 31.0, True), (30.0, 31.5, False), (30.0, None, False), (None, None, False)],
)
def test_videos_are_the_same_if_they_last_as_long(one, other, same):
    videos = [shown(kind="video", duration=duration) for duration in (one, other)]

    assert (compare(*videos) is not None) == same


@pytest.mark.parametrize(
    ("some", "others", "is_whole"),
    [
        ("ab", "ab", True),
        ("ab", "ba", True),
        ("a", "abc", True),
        ("ab", "ac", False),
        ("ad", "abc", False),
        ("ab", "aa", False),
    ],
)
def test_all_that_one_post_shows_must_be_in_the_other(some, others, is_whole):
    first, second = (
        [shown(64 * "abcd".index(one), one) for one in some] for some in (some, others)
    )

    found = compare_all(first, second)

    assert found is not None
    assert found.is_whole == is_whole
    assert compare_all(second, first) == found


pictures = st.builds(
    shown,
    st.integers(0, 90),
    st.sampled_from("abc"),
    flatness=st.sampled_from([0.2, 0.7, 0.9]),
    detail=st.sampled_from([0.2, 0.98]),
    hardness=st.sampled_from([0.1, 0.6, None]),
)


@given(st.lists(pictures, max_size=4), st.lists(pictures, max_size=4))
def test_likeness_is_the_same_from_either_side(some, others):
    assert compare_all(some, others) == compare_all(others, some)
