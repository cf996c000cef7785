"""What proves nothing."""

import pytest

from store.errors import MaterialError
from store.stories.forms import form_of
from store.stories.formulas import load


@pytest.mark.parametrize(
    "text",
    [
        "",
        "عاش المغرب",
        "لا إله إلا الله وحده لا شريك له، له الملك وله الحمد وهو على كل شيء قدير",
        "إنا لله وإنا إليه راجعون، اللهم اغفر له وارحمه وأسكنه فسيح جناته",
        "اللَّهُمَّ صَلِّ وَسَلِّمْ عَلَى نَبِيِّنَا مُحَمَّد وعلى آله وصحبه أجمعين",
        "منبت الأحرار مشرق الأنوار منتدى السؤدد وحماه دمت منتداه وحماه عشت في الأوطان",
        "Sincères condoléances à la famille, qu'il repose en paix, paix à son âme",
        "Bonne fête du trône à tous les Marocains, vive le Maroc et vive le Roi !",
        "Good morning everyone, have a great day, happy Friday",
        "Feliz año nuevo a todos, muchas gracias a todos",
        "Goedemorgen allemaal, fijne dag allemaal, fijn weekend",
        "Guten Morgen zusammen, einen schönen Tag, frohes neues Jahr",
        "Buongiorno a tutti, buona domenica, tanti auguri a te",
        "salam 3alaykom, 3id mobarak said kol 3am wntoma bkhir",
        "ⴰⵣⵓⵍ ⴼⵍⵍⴰⵡⵏ ⵜⴰⵏⵎⵎⵉⵔⵜ ⴰⵙⴳⴳⵯⴰⵙ ⴰⵎⴰⵢⵏⵓ",
        "Just posted a photo @ Mosquée Hassan II, Casablanca",
        "so proud of my beautiful country",
        "我爱我的祖国",
    ],
)
def test_what_many_say_is_no_evidence(text):
    assert not load().is_evidence(form_of(text))


@pytest.mark.parametrize(
    "text",
    [
        "La bibliothèque du quartier rouvre lundi après deux ans de travaux",
        "غادي نفتحو مكتبة جديدة فالحومة نهار الاثنين الجاي مع العاشرة",
        "ghadi n7ello maktaba jdida f l7uma nhar ltnin jay m3a l3achra",
        "Die Bücherei öffnet am Montag nach zwei Jahren Umbau wieder",
        "السلام عليكم، غادي نفتحو مكتبة جديدة فالحومة نهار الاثنين الجاي مع العاشرة",
        "图书馆经过两年的装修将于星期一重新开放欢迎大家",
    ],
)
def test_what_one_says_is_evidence(text):
    assert load().is_evidence(form_of(text))


def test_content_leaves_formulas_and_place_out():
    assert (
        load().content(form_of("السلام عليكم rendez vous demain @ Rabat")) == "rendez vous demain"
    )


def test_longest_formula_is_taken():
    assert load().content(form_of("الحمد لله رب العالمين وحده")) == "وحده"


def test_operators_formulas_count_besides_ours(tmp_path):
    extra = tmp_path / "formulas.txt"
    extra.write_text("# ours\nLa bibliothèque du quartier rouvre lundi\n", "utf-8")
    form = form_of("La bibliothèque du quartier rouvre lundi, bonjour à tous")

    assert load(extra).content(form) == ""


def test_missing_formulas_are_told(tmp_path):
    with pytest.raises(MaterialError, match="cannot be read as UTF-8 text"):
        load(tmp_path / "none.txt")
