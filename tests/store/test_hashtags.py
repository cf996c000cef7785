"""Our hashtag in any spelling."""

import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from store.hashtags import LONGEST_FORM, LONGEST_TAG, Campaign, Match, canonical, extract
from store.items import Entity
from store.settings import CampaignSettings
from tests.conftest import an_item
from tests.store.tags import (
    LITERAL,
    LOOKALIKES,
    MORE_NEAR_MISSES,
    MORE_VARIANTS,
    NEAR_MISSES,
    VARIANTS,
)

SHIPPED = CampaignSettings.model_validate(
    yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text("utf-8"))["campaign"]
)
CAMPAIGN = Campaign(SHIPPED.hashtags, phrases=SHIPPED.phrases, pattern=SHIPPED.pattern)
FORMS: Final = ("NFC", "NFD", "NFKC", "NFKD")
NEAR_TAGS = st.text(
    st.sampled_from("#＃_·بلادفقيگڭكىٱéİßａ𝐁ﮒﷺ\u0301\u0345\u064e\u200c\u200f ") | st.characters()
)


def match(text: str) -> Match:
    return CAMPAIGN.match(an_item(text=text))


def in_all_forms(text: str) -> Match:
    """Return what a text's one tag is, as all four forms of Unicode must agree."""
    (found,) = {match(unicodedata.normalize(form, text)) for form in FORMS}
    return found


def test_lists_are_as_long_as_they_are_said_to_be():
    lists = (VARIANTS, NEAR_MISSES, MORE_VARIANTS, MORE_NEAR_MISSES)

    assert [len(set(one)) for one in lists] == [55, 19, 30, 30]


def test_every_literal_spelling_is_asked_for():
    assert {tag.removeprefix("#") for tag in LITERAL} <= set(SHIPPED.hashtags)


@pytest.mark.parametrize("written", [*VARIANTS, *MORE_VARIANTS])
@pytest.mark.parametrize("form", FORMS)
def test_every_spelling_is_found_whole_and_is_ours(written, form):
    text = unicodedata.normalize(form, f"صباح الخير {written} — Salut")

    ((start, end, tag),) = extract(text)

    assert CAMPAIGN.match_tag(tag) is Match.OURS
    assert text[start + 1 : end] == tag
    assert text[end:].lstrip("\u202c\u2069") == unicodedata.normalize(form, " — Salut")


@pytest.mark.parametrize("written", [*NEAR_MISSES, *MORE_NEAR_MISSES])
def test_near_miss_is_not_ours(written):
    assert in_all_forms(f"Regardez {written} ici") is Match.NEITHER


@pytest.mark.parametrize("written", LOOKALIKES)
def test_letters_of_another_script_make_a_lookalike(written):
    assert in_all_forms(f"Regardez {written} ici") is Match.LOOKALIKE


def test_lookalike_beside_our_tag_is_ours():
    assert match("#blаdifqаlbi #bladifqalbi") is Match.OURS


def test_campaign_in_cyrillic_is_no_lookalike_of_its_own():
    assert Campaign(["роса"]).match_tag("РОСА") is Match.OURS


@pytest.mark.parametrize("written", ["#بلادي_فگلبي", "#بلادي_فڭلبي", "#بلادي_فݣلبي"])
def test_hard_g_is_a_qaf_without_any_pattern_and_never_a_kaf(written):
    hearts, dogs = Campaign(["بلادي_فقلبي"]), Campaign(["بلادي_فكلبي"])

    assert hearts.match(an_item(text=written)) is Match.OURS
    assert dogs.match(an_item(text=written)) is Match.NEITHER


def test_word_for_dog_is_not_named_by_a_phrase_with_a_hard_g():
    campaign = Campaign([], phrases=["بلادي فگلبي"])

    assert campaign.match(an_item(text="بلادي فكلبي")) is Match.NEITHER
    assert campaign.match(an_item(text="بلادي فقلبي")) is Match.OURS


def test_campaign_without_pattern_has_its_list_in_any_spelling():
    campaign = Campaign(["bladifqalbi"])

    assert campaign.match_tag("BLADI_F_QALBI") is Match.OURS
    assert campaign.match_tag("bladifkalbi") is Match.NEITHER


def test_list_counts_beside_the_pattern():
    campaign = Campaign(["Été_au_bled"], pattern="bladifqalbi")

    assert [campaign.match_tag(tag) for tag in ("ete_au_bled", "bladi_f_qalbi", "bled")] == [
        Match.OURS,
        Match.OURS,
        Match.NEITHER,
    ]


def test_pattern_must_fit_the_whole_tag():
    campaign = Campaign(["x"], pattern="bladi|bladif")

    assert campaign.match_tag("bladifqalbi") is Match.NEITHER


def test_pattern_meets_no_form_longer_than_platforms_allow():
    campaign = Campaign(["x"], pattern="(ab)+")

    assert campaign.match_tag("ab" * (LONGEST_FORM // 2)) is Match.OURS
    assert campaign.match_tag("ab" * (LONGEST_FORM // 2 + 1)) is Match.NEITHER


def test_tag_without_end_is_not_looked_at():
    assert CAMPAIGN.match_tag("bladifqalbi" + "\u0640" * LONGEST_TAG) is Match.NEITHER


def test_spelling_of_signs_alone_is_no_tag_of_ours():
    assert Campaign(["bladifqalbi"], phrases=["…"]).match_tag("_") is Match.NEITHER


@pytest.mark.parametrize(
    "text",
    [
        "bladi f qalbi, toujours",
        "Vive Bladi F Qalbi !",
        "بلادي فقلبي دائما",
        "بِلَادِي فَقَلْبِي",
        "بلادي ف قلبي 🇲🇦",
        "#bladi #f #qalbi",
        "#️⃣bladifqalbi",
        "bladi-f-qalbi",
    ],
)
def test_phrase_in_separate_words_names_the_campaign(text):
    assert match(text) is Match.OURS


@pytest.mark.parametrize(
    "text",
    [
        "bladi est dans mon qalbi",
        "بلادي الحبيبة في قلبي",
        # A tag is ours; the same words in a sentence are anybody's.
        "بلادي في قلبي",
        "بلادي فكلبي",
        "bladi",
        "",
        "🇲🇦",
    ],
)
def test_some_of_the_words_do_not_name_it(text):
    assert match(text) is Match.NEITHER


def test_hashtag_without_its_mark_names_the_campaign_in_one_word():
    campaign = Campaign(["Terroirs_du_Monde"])

    assert campaign.match(an_item(text="Vive terroirsdumonde !")) is Match.OURS
    assert campaign.match(an_item(text="les terroirs du monde")) is Match.NEITHER


@pytest.mark.parametrize(
    "text",
    [
        "#2026",
        "#١٩٧٥",
        "#2026_11",
        "#_",
        "#",
        "# bladifqalbi",
        "&#39;",
        "c'est &#x27;ça&#x27;",
        "https://news.example/page#bladifqalbi",
        "https://news.example/#bladifqalbi",
        "https://news.example/?q=#bladifqalbi",
        "prix#bladifqalbi",
        "##bladifqalbi",
        "#️⃣bladifqalbi",
        "#\u20e3bladifqalbi",
    ],
)
def test_what_is_no_hashtag_is_not_found(text):
    assert list(extract(text)) == []


def test_tags_come_in_order_with_their_places():
    text = "👨‍👩‍👧 #Été(#بِلَادِي) et #caf\u0065\u0301."

    assert [(text[start:end], tag) for start, end, tag in extract(text)] == [
        ("#Été", "Été"),
        ("#بِلَادِي", "بِلَادِي"),
        ("#cafe\u0301", "cafe\u0301"),
    ]


@pytest.mark.parametrize(
    "tag",
    ["ⵜⴰⵎⴰⵣⵉⵖ\u2d7fⵜ", "שָׁלוֹם", "हिन्दी", "ไทยแลนด์", "ب\u08f0لاد", "q\u1dc4albi", "بلادي\u200cفقلبي"],
)
def test_marks_of_every_script_stay_in_their_tag(tag):
    assert [found for *_, found in extract(f"(#{tag})")] == [tag]


@pytest.mark.parametrize("sign", ["\u200b", "\u00ad"])
def test_invisible_space_ends_a_tag_as_on_bluesky(sign):
    assert [tag for *_, tag in extract(f"#bladi{sign}fqalbi")] == ["bladi"]


def test_page_of_bidi_marks_costs_no_time():
    text = "\u200f" * 200_000 + "#bladifqalbi"

    assert [tag for *_, tag in extract(text)] == ["bladifqalbi"]


def test_tag_after_an_address_is_found():
    assert [tag for *_, tag in extract("https://a.example/x#y #bladifqalbi")] == ["bladifqalbi"]


@given(NEAR_TAGS)
def test_canonical_form_of_a_canonical_form_is_itself(tag):
    assert canonical(canonical(tag)) == canonical(tag)


@pytest.mark.parametrize("form", FORMS)
@given(tag=NEAR_TAGS)
def test_unicode_s_own_forms_make_no_difference(form, tag):
    assert canonical(unicodedata.normalize(form, tag)) == canonical(tag)


@given(NEAR_TAGS)
def test_canonical_form_has_no_sign_and_no_letter_twice(tag):
    form = canonical(tag)

    assert not {unicodedata.category(sign) for sign in form} & {
        *("Mn", "Me", "Cf", "Pc", "Pd", "Po", "Zs", "Sk", "Cc")
    }
    assert not any(a == b and a.isalpha() for a, b in pairwise(form))


@given(st.text())
def test_places_are_right_in_any_text(text):
    assert all(
        text[start + 1 : end] == tag and text[start] in "#＃" for start, end, tag in extract(text)
    )


@pytest.mark.parametrize(
    "more",
    [
        {
            "text": "Salut",
            "entities": (Entity(kind="hashtag", start=0, end=5, value="BladiFQalbi"),),
        },
        {"text": "", "tags": ("maroc", "بلادي فقلبي")},
        {"text": "", "title": "Mon été #bladifqalbi"},
        {"text": "mon bladi f qalbi"},
    ],
)
def test_item_is_ours_by_entity_tag_title_or_text(more):
    assert CAMPAIGN.match(an_item(**more)) is Match.OURS


def test_mention_of_our_name_is_not_a_hashtag_entity():
    mention = Entity(kind="mention", start=0, end=5, value="bladifqalbi")

    assert CAMPAIGN.match(an_item(text="Salut", entities=(mention,))) is Match.NEITHER
