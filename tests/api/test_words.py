"""The catalogues of the five languages."""

import re
import tomllib
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from api import names, words
from api.parameters import Kind, Language
from api.words import LOCALES

API = Path(words.__file__).parent

DOMAINS = ("messages", "widget")

WAITING = {
    "zgh": {
        "Paid partnership",
        "Posts belong to their authors and are shown as they wrote them.",
    }
}
"""Sentences that wait for a native translator (docs/translations.md); French stands in for them."""

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_STRAY = re.compile(r"%(?!\(\w+\)s)")


def catalog(tag: str, domain: str = "messages") -> Catalog:
    with (API / "locales" / tag / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        return read_po(file)


def template(domain: str = "messages") -> Catalog:
    with (API / "locales" / f"{domain}.pot").open("rb") as file:
        return read_po(file)


def ids(of: Catalog) -> set[str | tuple[str, ...]]:
    return {one.id if isinstance(one.id, str) else tuple(one.id) for one in of if one.id}


def sources(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else [str(one) for one in message.id]


def strings(message: Message) -> list[str]:
    written = message.string or ""
    return [written] if isinstance(written, str) else [str(one or "") for one in written]


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("tag", LOCALES)
def test_catalogue_has_every_sentence_and_no_other(tag: str, domain: str) -> None:
    assert ids(catalog(tag, domain)) == ids(template(domain))


@pytest.mark.parametrize("domain", DOMAINS)
def test_template_has_every_sentence_of_the_code_and_the_pages(domain: str) -> None:
    mappings = tomllib.loads((API / f"{domain}.toml").read_text("utf-8"))["mappings"]

    extracted = extract_from_dir(
        API,
        method_map=[(one["pattern"], one["method"]) for one in mappings],
        options_map={
            one.pop("pattern"): {name: one[name] for name in one if name != "method"}
            for one in mappings
        },
    )

    assert {one[2] for one in extracted} == ids(template(domain))


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("tag", LOCALES)
def test_every_sentence_is_translated(tag: str, domain: str) -> None:
    missing = {
        message.id
        for message in catalog(tag, domain)
        if message.id and (message.fuzzy or not all(strings(message)))
    }

    assert missing == (WAITING.get(tag, set()) if domain == "messages" else set())


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("tag", LOCALES)
def test_placeholders_are_those_of_the_source(tag: str, domain: str) -> None:
    for message in catalog(tag, domain):
        if not message.id or message.id in WAITING.get(tag, set()):
            continue
        wanted = {name for one in sources(message) for name in _PLACEHOLDER.findall(one)}
        for string in strings(message):
            # "One post" and "two posts" need no number in Arabic.
            given = set(_PLACEHOLDER.findall(string)) | ({"count"} & wanted)
            assert given == wanted, string
            assert not _STRAY.search(string), string


ARABIC = {
    0: "لا توجد منشورات",
    1: "منشور واحد",
    2: "منشوران",
    3: "3 منشورات",
    10: "10 منشورات",
    11: "11 منشورا",
    99: "99 منشورا",
    100: "100 منشور",
    101: "101 منشور",
    102: "102 منشور",
    103: "103 منشورات",
    1284: "1.284 منشورا",
}


@pytest.mark.parametrize(("count", "expected"), ARABIC.items())
def test_arabic_counts_in_six_forms(count: int, expected: str) -> None:
    wording = words.load()["ar"]

    assert wording.ngettext("%(count)s post", "%(count)s posts", count) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("fr", ["0 publication", "1 publication", "2 publications", "1\u202f284 publications"]),
        ("en", ["0 posts", "1 post", "2 posts", "1,284 posts"]),
        ("es", ["0 publicaciones", "1 publicación", "2 publicaciones", "1.284 publicaciones"]),
        ("zgh", ["0 ⵜⵓⵣⵉⵏⵜ", "1 ⵜⵓⵣⵉⵏⵜ", "2 ⵜⵓⵣⵉⵏⵉⵏ", "1\xa0284 ⵜⵓⵣⵉⵏⵉⵏ"]),
    ],
)
def test_other_languages_count_in_two_forms(tag: str, expected: list[str]) -> None:
    wording = words.load()[tag]

    assert [
        wording.ngettext("%(count)s post", "%(count)s posts", count) for count in (0, 1, 2, 1284)
    ] == expected


@pytest.mark.parametrize("tag", ["ar", "fr", "es", "zgh"])
@pytest.mark.parametrize("domain", DOMAINS)
def test_sentences_are_not_left_in_english(tag: str, domain: str) -> None:
    same = {
        message.id
        for message in catalog(tag, domain)
        if message.id and message.id == message.string
    } - set(names.NETWORKS.values())

    assert same <= {"Article", "Articles", "Darija", "Catalan", "Collections"}


@pytest.mark.parametrize("tag", LOCALES)
def test_waiting_sentence_is_shown_in_french(tag: str) -> None:
    for sentence in WAITING.get(tag, set()):
        assert words.load()[tag].gettext(sentence) == words.load()["fr"].gettext(sentence)


def test_arabic_uses_the_digits_of_morocco() -> None:
    written = " ".join(string for message in catalog("ar") for string in strings(message))

    assert not re.search("[٠-٩۰-۹]", written)


def test_every_language_and_kind_of_a_post_has_a_name() -> None:
    assert set(names.LANGUAGES) == set(Language.__args__)  # type: ignore[attr-defined]  # of Literal
    assert set(names.KINDS) == set(Kind.__args__)  # type: ignore[attr-defined]  # of Literal


def test_network_that_nobody_named_gets_its_own_name() -> None:
    assert names.network(words.load()["ar"], "peertube") == "Peertube"
