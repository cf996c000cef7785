"""Our hashtag in any spelling."""

import unicodedata
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from store.hashtags import Campaign, canonical, extract
from store.items import Entity
from store.settings import CampaignSettings
from tests.conftest import an_item

SHIPPED = CampaignSettings.model_validate(
    yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text("utf-8"))["campaign"]
)
CAMPAIGN = Campaign((*SHIPPED.hashtags, *SHIPPED.phrases))

OURS = [
    "#bladifqalbi",
    "#BladiFQalbi",
    "#BLADI_F_QALBI",
    "#bladi·f·qalbi",
    "#Bládífqàlbi",
    "#ｂｌａｄｉｆｑａｌｂｉ",
    "#𝐛𝐥𝐚𝐝𝐢𝐟𝐪𝐚𝐥𝐛𝐢",
    "#bladıfqalbı",
    "#bladiiifqalbiii",
    "＃bladifqalbi",
    "\u200f#bladifqalbi",
    "#\u200ebladifqalbi",
    "\u2067#bladifqalbi\u2069",
    "#bladi\u200df\u200cqalbi",
    "#بلادي_فقلبي",
    "#بلاديفقلبي",
    "#بلادي_ف_قلبي",
    "#بلادي_فـقلبي",
    "#بـــلادي_فـقـلـبـي",
    "#بلاااادي_فقلبي",
    "#بِلَادِي_فَقَلْبِي",
    "#بلادى_فقلبى",
    "#بلادی_فقلبی",
    "#بلادئ_فقلبے",
    "#بلادي\u200cفقلبي",
    "#بلادي_فقلبي\u200f",
    "\u202b#بلادي_فقلبي\u202c",
    "\u200f＃بلادي_فقلبي",
    "#ﺑﻼﺩﻱ_ﻓﻘﻠﺒﻲ",
    "#بلادي_ڢڧلبي",
    "#بلادي_فٯلبي",
]

NOT_OURS = [
    "#bladi",
    "#bladifqalb",
    "#bladifqalbek",
    "#mybladifqalbi",
    "#bladifqalbi2026",
    "#qalbifbladi",
    "#blаdifqаlbi",  # Cyrillic а
    "#βladifqalbi",
    "#قلبي_في_بلادي",
    "#بلادي",
    "#بلادنا_فقلبنا",
    "#بلاد_فقلبي",
]


@pytest.mark.parametrize("written", OURS)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_every_spelling_is_found_whole_and_is_ours(written, form):
    text = unicodedata.normalize(form, f"صباح الخير {written} — Salut")

    ((start, end, tag),) = extract(text)

    assert CAMPAIGN.is_ours(tag)
    assert text[start + 1 : end] == tag
    assert text[end:].lstrip("\u202c\u2069") == unicodedata.normalize(form, " — Salut")


@pytest.mark.parametrize("written", NOT_OURS)
def test_tag_that_only_looks_like_ours_is_not(written):
    assert not CAMPAIGN.names(f"Regardez {written} ici")


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
    assert CAMPAIGN.names(text)


@pytest.mark.parametrize(
    "text", ["bladi est dans mon qalbi", "بلادي الحبيبة في قلبي", "bladi", "", "🇲🇦"]
)
def test_some_of_the_words_do_not_name_it(text):
    assert not CAMPAIGN.names(text)


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


def test_tag_after_an_address_is_found():
    assert [tag for *_, tag in extract("https://a.example/x#y #bladifqalbi")] == ["bladifqalbi"]


@given(st.text(st.sampled_from("#＃_·بلادéİ\u200c\u200f ") | st.characters()))
def test_canonical_form_of_a_canonical_form_is_itself(tag):
    assert canonical(canonical(tag)) == canonical(tag)


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
    assert CAMPAIGN.matches(an_item(**more))


def test_mention_of_our_name_is_not_a_hashtag_entity():
    mention = Entity(kind="mention", start=0, end=5, value="bladifqalbi")

    assert not CAMPAIGN.matches(an_item(text="Salut", entities=(mention,)))
