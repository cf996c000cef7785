"""A campaign's own regular expression."""

import re
import time

import pytest

from store.hashtags import LONGEST_FORM
from store.pattern import LONGEST, check


@pytest.mark.parametrize(
    "pattern",
    [
        "b[ie]?lad[iy]f[ie]?[qkg9]alb[iy]|بلاديفي?قلبي",
        "bladifqalbi[0-9]{0,4}",
        "bladi.*qalbi",
        r"bladi\w{1,9}qalbi",
        "(?:biladi|bladi)(?P<fi>f|fi)qalbi",
        "[ء-ي]{3}",
        "ⴱⵍⴰⴷⵉⴼⵇⴰⵍⴱⵉ",
    ],
)
def test_pattern_that_can_be_right_is_taken_as_it_is(pattern):
    assert check(pattern) == pattern


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("bladi(", "no regular expression: missing ), unterminated subpattern"),
        ("bladi[[a]", "no regular expression: Possible nested set"),
        ("a{99999999999}", "no regular expression: the repetition number is too large"),
        ("a" * (LONGEST + 1), "longer than 300 characters"),
        ("", "fits a tag without letters"),
        (".*", "fits a tag without letters"),
        ("(?=bladi)b", "write only letters, digits"),
        (r"(b)\1", "write only letters, digits"),
        ("b++ladi", "write only letters, digits"),
        ("Bladi", 'no tag has "B" in its normal form; write b'),
        ("bl[aé]di", 'no tag has "é" in its normal form; write e'),
        ("[A-Z]ladi", 'no tag has "A" in its normal form; write a'),
        ("بلادي_فقلبي", 'no tag has "_" in its normal form; leave it out'),
        ("بلاديفگلبي", 'no tag has "گ" in its normal form; write ق'),
        ("terroirs", "no tag has rr in its normal form; write r once"),
    ],
)
def test_wrong_pattern_is_refused_with_what_to_write(pattern, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        check(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a|a)*b",
        "(a|b|ab)*c",
        "((a*)*)*b",
        "(a?){30}b",
        "a?" * 20 + "b",
        "a*b*a*c",
        "(.*a){3}b",
        "(?:a{0,50}){0,50}b",
        # What can never be fulfilled does not hide what is tried before.
        "(a+)+b{200}",
    ],
)
def test_pattern_that_could_take_years_is_refused_at_once(pattern):
    started = time.perf_counter()

    with pytest.raises(ValueError, match="in too many ways"):
        check(pattern)

    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    "pattern", ["(ab?){0,8}c", "a?" * 9 + "b", "a.*b?c?d", "(a|ab)(b|c|bc){4}d"]
)
def test_costliest_patterns_that_are_taken_are_quick(pattern):
    compiled = re.compile(check(pattern))
    worst = [letter * LONGEST_FORM for letter in ("a", "ab", "abc")]
    started = time.perf_counter()

    for form in worst:
        compiled.fullmatch(form[:LONGEST_FORM])

    assert time.perf_counter() - started < 1
