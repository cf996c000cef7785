"""The normal form."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.hashtags import Campaign
from store.normal import words
from store.stories.forms import LONGEST, Form, form_of

CAMPAIGN = Campaign(["bladifqalbi", "بلادي_في_قلبي"])
ANY_TEXT = st.text(
    st.sampled_from("#＃@＠_/.…&<;:RTrt12 \n\x00\u200b\u200f\u202e\ud800🇲🇦📍بلادي9éａ𝐁а")
    | st.characters()
)


def said(text: str) -> str:
    return form_of(text, campaign=CAMPAIGN).text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Élève, où ça ?", "ELEVE OU CA"),
        ("بِلَادِي جـــميلة جدا", "بلادي جميله جدا"),
        ("کتاب المدرسة", "كتاب المدرسه"),
        ("𝐋𝐚 𝐯𝐢𝐥𝐥𝐞 est belle", "La ville est belle"),
        ("عام ٢٠٢٦ سعيد", "عام 2026 سعيد"),
        ("la mеr est bеlle", "la mer est belle"),
        ("belle vi\u200blle\u200f ici", "belle ville ici"),
        ("Tom &amp; Jerry &amp;lt;3", "Tom & Jerry <3"),
        ("<p>Bonjour <b>la ville</b></p>", "Bonjour la ville"),
        ("a new day https://example.ma/x?y=1", "a new day"),
        ("a new day bit.ly/abc www.example.ma", "a new day"),
        ("RT @karim: le jour se lève", "le jour se lève"),
        ("RT @a: RT @b: le jour se lève", "le jour se lève"),
        ("@a @b@mastodon.social le jour se lève", "le jour se lève"),
        ("le jour se lève via @karim", "le jour se lève"),
        ("le jour se lève @karim @nora.bsky.social", "le jour se lève"),
        ("#bladifqalbi le jour #BladiFQalbi se lève #بلادي_في_قلبي", "le jour se lève"),
        ("bladifqalbi le jour se lève bladifqalbi", "le jour se lève"),
        ("ⴰⵣⵓⵍ ⴰⵢⵎⴰ #bladifqalbi", "ⴰⵣⵓⵍ ⴰⵢⵎⴰ"),
        ("le jour se lève #maroc #rabat 🇲🇦", "le jour se lève"),
        ("3lach hadchi\n.\n.\n#maroc", "3lach hadchi"),
        ("(1/5) le jour se lève", "le jour se lève"),
        ("le jour se lève 2/3", "le jour se lève"),
        ("ça fait looooongtemps", "ça fait loongtemps"),
        ("le jour se lève a85j58h", "le jour se lève"),
        ("le jour se lève 8j6kk8g", "le jour se lève"),
        ("منقول: طلع النهار علينا", "طلع النهار علينا"),
        ("طلع النهار علينا نشرو الخوت", "طلع النهار علينا"),
        ("Faites tourner ! le jour se lève. Partagez svp", "le jour se lève"),
        ("der Tag bricht an, bitte teilen", "der Tag bricht an"),
        ("de dag breekt aan, zegt het voort", "de dag breekt aan"),
        ("casa_blanca by night", "casa blanca by night"),
    ],
)
def test_two_ways_of_telling_have_one_form(one, other):
    assert said(one) == said(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("il reste 1000 places", "il reste 100000 places"),
        ("la fête à #Rabat", "la fête à #Oujda"),
        ("الأجواء رائعة في #فاس", "الأجواء رائعة في #طنجة"),
        ("la festa di #Fes #maroc", "la festa di #Safi #maroc"),
        ("bravo @karim pour ce but", "bravo @nora pour ce but"),
        ("joyeux anniversaire à @karim", "joyeux anniversaire à @nora"),
        ("3lach mchiti f9albi", "7lach mchiti f9albi"),
    ],
)
def test_what_a_sentence_is_about_stays_in_its_form(one, other):
    assert said(one) != said(other)


def test_tags_counter_place_and_cut_are_kept_aside():
    form = form_of("1/3 the sun rises @ Rabat, Morocco… #Sun #bladifqalbi", campaign=CAMPAIGN)

    assert form == Form(
        "the sun rises rabat morocco", frozenset({"sun"}), "1/3", "rabat morocco", cut=True
    )


@pytest.mark.parametrize(
    "end", ["…", "...", "[…]", "… https://t.co/abc", "… #tag", "… #bladifqalbi"]
)
def test_cut_text_is_known_as_cut(end):
    assert form_of(f"le jour se lève sur la {end}", campaign=CAMPAIGN).cut


def test_call_to_share_alone_stays():
    assert said("Partagez !") == "partagez"


def test_first_ten_thousand_signs_are_the_story():
    long = "mot " * (LONGEST // 4)

    assert said(long + "un") == said(long + "deux")


@given(ANY_TEXT)
@example("\ud800#\udfff @\x00")
@example("&#xD800;&#0;&lt;p&gt;")
@example("1/2" * 50)
def test_form_is_folded_words_and_never_fails(text):
    form = form_of(text, campaign=CAMPAIGN)

    assert form.text == " ".join(form.text.split())
    assert form.letters >= 0


@given(
    st.lists(st.sampled_from(["jour", "بلادي", "3lach", "ⴰⵣⵓⵍ", "ville", "#x", "2026"]), min_size=1)
)
def test_form_of_a_form_is_itself(parts):
    form = said(" ".join(parts))

    assert said(form) == form == words(form)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "#a ",
        "@a ",
        "&amp;",
        "<a",
        "1/2 ",
        "...",
        "a.",
        "-a",
        "@ a",
        "RT ",
        "repost ",
        "\u064e",
        "ﷺ",
    ],
)
def test_a_megabyte_takes_no_time(piece):
    started = time.process_time()

    form_of(piece * (1_000_000 // len(piece)), campaign=CAMPAIGN)

    assert time.process_time() - started < 0.5
