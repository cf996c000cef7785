"""The desk's words: all in five languages, with the same values in each."""

import re
from importlib import resources

import pytest
from babel.messages.pofile import read_po

from api import words

LANGUAGES = ("ar", "fr", "en", "es", "zgh")


def catalog(lang):
    source = resources.files("dashboard") / "locales" / lang / "LC_MESSAGES" / "messages.po"
    with source.open("rb") as file:
        return [message for message in read_po(file) if message.id]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sentence_is_there(lang):
    for message in catalog(lang):
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(said), message.id
        assert not message.fuzzy


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentences_have_the_same_values(lang):
    for message in catalog(lang):
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        asked = message.id if isinstance(message.id, tuple) else (message.id,)
        values = set(re.findall(r"%\(\w+\)s", asked[-1]))
        assert set(re.findall(r"%\(\w+\)s", said[-1])) == values, message.id
        for one in said:
            assert set(re.findall(r"%\(\w+\)s", one)) <= values, message.id


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (0, "لا منشورات"), (1, "منشور واحد"), (2, "منشوران"), (3, "3 منشورات"), (10, "10 منشورات"),
        (11, "11 منشورا"), (99, "99 منشورا"), (100, "100 منشور"), (101, "101 منشور"),
        (103, "103 منشورات"),
    ],
)  # fmt: skip
def test_arabic_counts_in_six_forms(count, sentence):
    said = words.load(folder="dashboard")["ar"].translations.ngettext(
        "%(num)s post", "%(num)s posts", count
    )

    assert said % {"num": count} == sentence
