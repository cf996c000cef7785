"""Do two texts say the same?"""

import itertools
import time
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.stories.alignment import is_typo
from store.stories.evaluation import read
from store.stories.forms import Form, form_of
from store.stories.ties import Verdict, Why
from store.stories.verify import compare, likeness

OWN = Path(__file__).with_name("own.jsonl")
STORY = (
    "La bibliothèque du quartier rouvre lundi après deux ans de travaux et propose deux mille "
    "livres nouveaux en arabe, en amazigh et en français pour tous les âges"
)
PARTS = st.lists(
    st.sampled_from(
        ["jour", "ville", "pas", "2026", "3lach", "بلادي", "كريم", "nora", "…", "#x", "1/2", "a"]
    )
    | st.text(max_size=5),
    max_size=40,
).map(" ".join)


def verdict(one: str, other: str) -> Verdict:
    return compare(form_of(one), form_of(other))


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (STORY, STORY.upper(), Why.EQUAL),
        (STORY, STORY.replace("quartier", "qaurtier").replace("lundi", "lunndi"), Why.TYPOS),
        (STORY, STORY.replace(" du quartier", ""), Why.WORDS),
        (STORY, "À savoir, chers voisins : " + STORY, Why.WORDS),
        (STORY, STORY.replace("nouveaux", "nouveaux et anciens"), Why.WORDS),
        (STORY, STORY[:100] + "…", Why.CUT),
        (STORY, "RT @nora: " + STORY[:87] + "…", Why.CUT),
        (STORY, STORY.replace("livres", "livrse d"), Why.WORDS),
        (
            "غادي نفتحو مكتبة جديدة فالحومة نهار الاثنين الجاي مع العاشرة ديال الصباح",
            "غادي نفتحو مكتببة جديدة فالحوم نهار الاثنين الجاي مع العاشرة ديال الصباح",
            Why.TYPOS,
        ),
        (
            "ghadi n7ello maktaba jdida f l7uma nhar ltnin jay m3a l3achra",
            "ghadi n7ello maktaba jdidaaaa f l7uma nhar ltnin m3a l3achra",
            Why.WORDS,
        ),
        (
            "Die Bücherei öffnet am Montag nach zwei Jahren Umbau wieder für alle Leser",
            "Die Büchrei öffnet am Montag nach zwei Jahren Umbau wieder für alle Lesser",
            Why.TYPOS,
        ),
    ],
)
def test_copy_is_known_and_says_how(one, other, why):
    found = verdict(one, other)

    assert (found.same, found.why) == (True, why)


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (STORY, STORY.replace("lundi", "mardi"), Why.OTHER_WORD),
        (STORY, STORY.replace("lundi", "jeudi"), Why.OTHER_WORD),
        (STORY, STORY.replace("quartier", "village"), Why.OTHER_WORD),
        (STORY + " 2026", STORY + " 2027", Why.OTHER_NUMBER),
        (STORY, STORY.replace("rouvre", "ne rouvre pas"), Why.OTHER_SENSE),
        (STORY, STORY[:70] + " les chats du port attendent les bateaux", Why.OTHER_WORD),
        (STORY, "Les chats du port attendent le retour des bateaux", Why.UNLIKE),
        ("1/3 " + STORY, "2/3 " + STORY, Why.OTHER_PART),
        (
            (
                "Je ne suis pas du tout d'accord avec ce texte, il faudrait lire la suite avant de "
                "le partager : « Le marché du port ferme ce soir, venez tôt »"
            ),
            "Le marché du port ferme ce soir, venez tôt",
            Why.UNLIKE,
        ),
        (
            "Karim a battu Amine hier soir en finale du tournoi de tennis de la ville",
            "Amine a battu Karim hier soir en finale du tournoi de tennis de la ville",
            Why.OTHER_WORD,
        ),
        (
            "نهنئ الأستاذ حسن بمناسبة حصوله على الدكتوراه بميزة مشرف جدا",
            "نهنئ الأستاذ حسين بمناسبة حصوله على الدكتوراه بميزة مشرف جدا",
            Why.OTHER_WORD,
        ),
        (
            "De trein naar Rabat rijdt vandaag niet wegens werkzaamheden aan het spoor",
            "De trein naar Fes rijdt vandaag niet wegens werkzaamheden aan het spoor",
            Why.OTHER_WORD,
        ),
        (
            "Oggi il mercato chiude alle 18 e riapre domani mattina presto in piazza",
            "Oggi il mercato chiude alle 19 e riapre domani mattina presto in piazza",
            Why.OTHER_NUMBER,
        ),
        (
            "Gran fiesta de la comunidad con música y comida para todos #Madrid",
            "Gran fiesta de la comunidad con música y comida para todos #Sevilla",
            Why.OTHER_TAGS,
        ),
    ],
)
def test_template_is_no_copy_and_says_why(one, other, why):
    found = verdict(one, other)

    assert (found.same, found.why) == (False, why)


def test_moderator_is_told_how_many_words_differ():
    found = verdict(STORY, STORY.replace("quartier", "quuartier").replace("et propose ", ""))

    assert (found.typos, found.words) == (1, 2)


def test_author_may_say_it_again_under_other_tags():
    one, other = form_of("Grande fête au village #Fes"), form_of("Grande fête au village #love")

    assert compare(one, other, same_author=True) == Verdict(True, 1.0, Why.EQUAL)


@pytest.mark.parametrize(
    ("one", "other"),
    [("quartier", "qaurtier"), ("maison", "maisson"), ("المكتبة", "المكتبه"), ("travaux", "travux"),
     ("mohammedia", "mohamedia"), ("bzzaf", "bzaf"),
     ("septembre", "septmbre"), ("livres", "livras")],
)  # fmt: skip
def test_slip_of_the_pen_is_known(one, other):
    assert is_typo(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("karim", "karima"), ("hassan", "hussein"), ("sunday", "monday"), ("tuesday", "thursday"),
     ("juin", "juillet"), ("2026", "2027"), ("3lach", "7lach"), ("port", "fort"), ("le", "la"),
     ("حسن", "حسين"), ("كمال", "جمال"), ("six", "dix"), ("a", "b"), ("oui", "non")],
)  # fmt: skip
def test_other_word_is_no_slip(one, other):
    assert not is_typo(one, other)


@given(PARTS, PARTS)
def test_order_makes_no_difference(one, other):
    assert verdict(one, other) == verdict(other, one)


@given(PARTS)
def test_text_equals_itself(text):
    assert verdict(text, text) == Verdict(True, 1.0, Why.EQUAL)


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["mot"] * 10_000, ["mot"] * 5_000 + ["autre"] + ["mot"] * 4_999),
        ([f"mot{i}" for i in range(10_000)], [f"mot{i}" for i in range(9_999, -1, -1)]),
        (["ab", "ba"] * 5_000, ["ba", "ab"] * 5_000),
        (["x" * 50_000], ["x" * 49_999 + "y"]),
    ],
)
def test_near_collision_of_ten_thousand_words_takes_no_time(one, other, cut):
    started = time.process_time()

    compare(Form(" ".join(one), cut=cut), Form(" ".join(other)))

    assert time.process_time() - started < 2


def test_nothing_that_is_the_same_is_passed_over_unread():
    told = defaultdict[str, list[Form]](list)
    for row in read(OWN):
        told[row.story].append(form_of(row.item.text or ""))
    same = [
        pair
        for forms in told.values()
        for pair in itertools.combinations(forms, 2)
        if compare(*pair, same_author=True).same and not any(form.cut for form in pair)
    ]

    assert len(same) > 100
    assert all(likeness(one.text, other.text) > 0 for one, other in same)
