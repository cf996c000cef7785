"""The one normal form."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.normal import fold, words

FORMS = ("NFC", "NFD", "NFKC", "NFKD")
NEAR_ARABIC = st.text(
    st.sampled_from("اأإآٱبةهىيئکكگڨؤؤء'`’ـًَّٰ٣۳İıẞßﬁ𝐁Éeœﷺﻷ\u200c\u200f #_") | st.characters()
)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("BLADI", "bladi"),
        ("Élève, où ça ?", "eleve, ou ca ?"),
        ("Straße", "strasse"),
        ("İSTANBUL ılık", "istanbul ilik"),
        ("𝐁𝐥𝐚𝐝𝐢 Ｂｌａｄｉ", "bladi bladi"),
        ("l’été l`été", "l'ete l'ete"),
        ("l`ete", "l'ete"),
        ("بِلَادِي", "بلادي"),
        ("بـــلادي", "بلادي"),
        ("أحمد إلى آخر ٱلله", "احمد الي اخر الله"),
        ("مدرسة رؤية بيئة", "مدرسه رويه بييه"),
        ("ﺑﻼﺩﻱ ﷺ", "بلادي صلي الله عليه وسلم"),
        ("بلادی کتاب ېے ہھە", "بلادي كتاب يي ههه"),
        ("ڢاس ڧلبي", "فاس قلبي"),
        ("بلٲد ٳلى مدينۃ ؠۍ", "بلاد الي مدينه يي"),
        ("بࣰلࣱاد ۝", "بلاد "),
        ("שָׁלוֹם ⵜⴰⵎⴰⵣⵉⵖ\u2d7fⵜ", "שלום ⵜⴰⵎⴰⵣⵉⵖⵜ"),
        ("q\u0332a\u20ddl\u1dc4b\ufe20i\u206a", "qalbi"),
        ("१९७५ हिन्दी", "१९७५ हिन्दी"),
        ("١٩٧٥ ۱۹۷۵", "1975 1975"),
        ("\u202bبلادي\u202c \u200fفقلبي\ufeff", "بلادي فقلبي"),
        ("ⴱⵍⴰⴷⵉ ⴼ ⵇⴰⵍⴱⵉ", "ⴱⵍⴰⴷⵉ ⴼ ⵇⴰⵍⴱⵉ"),
        ("", ""),
    ],
)
def test_spellings_that_mean_the_same_fold_to_one(written, folded):
    assert fold(written) == folded


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", ["Élève à Fès", "بِلَادِي فِي قَلْبِي آمنة", "ⵜⴰⵎⴰⵣⵉⵖⵜ", "Ünlü İş"])
def test_unicode_s_own_forms_make_no_difference(text, form):
    assert fold(unicodedata.normalize(form, text)) == fold(text)


@pytest.mark.parametrize("form", FORMS)
@given(text=NEAR_ARABIC)
def test_unicode_s_own_forms_make_no_difference_in_any_text(form, text):
    assert fold(unicodedata.normalize(form, text)) == fold(text)


@given(NEAR_ARABIC)
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(NEAR_ARABIC)
def test_words_of_words_are_the_same_words(text):
    assert words(words(text)) == words(text)


def test_words_leave_punctuation_emoji_and_underscores_behind():
    assert words("  «Bladi_f_qalbi» 🇲🇦❤️, سلام؟\n\t2026 ") == "bladi f qalbi سلام 2026"


def test_nothing_but_signs_has_no_words():
    assert words("… 🇲🇦 ❤️‍🔥 !? _ \u200d") == ""
