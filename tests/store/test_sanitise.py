"""Text that is safe to keep and to show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.items import Entity
from store.sanitise import clean, clean_optional, clean_text, is_clean, is_web_address

JUNK = "\x00\x07\r\u061c\u200f\u202e\u2066\ufeff\ud800\u0301\u0336"
DIRTY = st.text(st.sampled_from(JUNK + "\n\t aé\u200d\u200cب") | st.characters(), max_size=80)
WORDS = st.sampled_from(["#bladifqalbi", "#بِلَادِي_فقلبي", "@amina", "ⵜⴰⵎⴰⵣⵉⵖⵜ", "👨‍👩‍👧"])


@pytest.mark.parametrize(
    ("dirty", "cleaned"),
    [
        ("a\x00b\x1bc\x7f\x9f", "abc"),
        ("une\r\ndeux\rtrois\n\tquatre", "une\ndeux\ntrois\n\tquatre"),
        ("\u202egnp.exe\u202c \u2066x\u2069", "gnp.exe x"),
        ("lone \ud83d surrogate", "lone  surrogate"),
        ("Z" + "\u0336\u0301" * 40, "Z\u0336\u0301\u0336\u0301"),
    ],
)
def test_what_can_break_a_page_is_taken_out(dirty, cleaned):
    assert clean(dirty) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Élève à Fès\n\tl’été",
        "e\u0301le\u0300ve",
        "بِسْمِ ٱللَّهِ ٱلرَّحْمَٰنِ",
        "می\u200cخواهم",
        "👨‍👩‍👧 ❤️‍🔥 🇲🇦",
        "ⵜⴰⵎⴰⵣⵉⵖⵜ",
    ],
)
def test_what_languages_and_emoji_need_stays(text):
    assert clean(text) == text


@given(DIRTY)
def test_cleaning_twice_changes_nothing(text):
    assert clean(clean(text)) == clean(text)


@given(DIRTY)
def test_clean_text_is_never_longer_and_can_be_written(text):
    assert len(clean(text)) <= len(text)
    assert "\x00" not in clean(text).encode("utf-8").decode()


@given(DIRTY)
def test_text_is_clean_when_cleaning_changes_nothing(text):
    assert is_clean(text) == (clean(text) == text)


@given(st.lists(st.tuples(st.text(st.sampled_from(JUNK + " aب"), max_size=8), WORDS), max_size=5))
def test_entities_keep_their_words(parts):
    text, entities = "", []
    for junk, word in parts:
        # A mark joins what stands before it, so each word has a space of its own around it.
        text += f"{junk} "
        entities.append(
            Entity(kind="hashtag", start=len(text), end=len(text) + len(word), value=word)
        )
        text += f"{word} "

    cleaned, kept = clean_text(text, entities)

    assert [cleaned[e.start : e.end] for e in kept] == [word for _, word in parts]


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (5, 2), (0, 99), (99, 100)])
@pytest.mark.parametrize("text", ["abcdef", "\u202eabcdef"])
def test_entity_that_points_nowhere_is_dropped(text, start, end):
    assert clean_text(text, [Entity(kind="link", start=start, end=end, value="x")])[1] == ()


def test_entity_of_nothing_but_controls_is_dropped():
    entity = Entity(kind="link", start=1, end=3, value="x")

    assert clean_text("a\u202e\u202cb", [entity]) == ("ab", ())


@pytest.mark.parametrize(("value", "kept"), [(None, None), ("", None), ("\x00", None), ("a", "a")])
def test_what_is_empty_once_clean_is_none(value, kept):
    assert clean_optional(value) == kept


@pytest.mark.parametrize(
    "url",
    [
        "https://social.example/@amina/1",
        "http://127.0.0.1:49152/media/1.png?x=1#y",
        "https://مثال.example/بلادي",
        "https://[::1]/",
        "https://social.example",
    ],
)
def test_web_address_may_be_linked_to(url):
    assert is_web_address(url)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//social.example/1",
        "ftp://social.example/1",
        " https://social.example/1",
        "https://social.example/1\n",
        "https://social.example/a b",
        'https://social.example/"onload="x',
        "https://social.example/<script>",
        "https:///path",
        "https://youtube.com@evil.example/",
        "https://user:secret@social.example/",
        "https://social.example/\x00",
        "https://social.example/\u202egpj.exe",
        "https://social.example/\ud800",
    ],
)
def test_address_that_hides_something_may_not(url):
    assert not is_web_address(url)
