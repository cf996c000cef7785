"""Which language a post is written in."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest

from store.language import UNKNOWN, LangdetectTagger, _european

WRITTEN = {
    "ar": [
        "نتمنى لكم عيدا سعيدا مع العائلة والأصدقاء في الوطن الحبيب",
        "شكرا",
        "نتمنـــى لكــم عيدًا سعيدًا",
    ],
    "ary": ["توحشت بلادي بزاف والله ما كاين بحال المغرب", "واش كاين شي واحد من الرباط؟"],
    "ary-Latn": ["twe7cht lblad bzaf, nchallah njiw", "Wach kayn chi 7ed mn Rabat?"],
    "ber-Latn": ["Azul fellawn, tamazight d tutlayt nneɣ"],
    "zgh": ["ⴰⵣⵓⵍ ⴼⵍⵍⴰⵡⵏ, ⵜⴰⵎⴰⵣⵉⵖⵜ", "ⵜⴰⵎⵓⵔⵜ"],
    "fr": [
        "Chaque été nous rentrons au pays pour voir la famille.",
        "𝐂𝐡𝐚𝐪𝐮𝐞 é𝐭é 𝐧𝐨𝐮𝐬 𝐫𝐞𝐧𝐭𝐫𝐨𝐧𝐬 𝐚𝐮 𝐩𝐚𝐲𝐬",
        "RT @john: Chaque été nous rentrons au pays https://www.the-english-news.example/the-way",
    ],
    "en": [
        "Every summer we drive home to see the family.",
        "The iPhone 15, an mp3 player, h2o and co2",
    ],
    "es": ["Todos los veranos volvemos a casa para ver a la familia, y siempre lloro."],
    "nl": ["Elke zomer rijden we naar huis om de familie te zien."],
    "de": ["Jeden Sommer fahren wir nach Hause zur Familie."],
    "it": ["Ogni estate torniamo a casa per vedere la famiglia."],
    "pt": ["Todos os verões voltamos para casa para ver a família."],
    "ca": ["Cada estiu tornem a casa per veure la família."],
    "tr": ["Her yaz ailemizi görmek için memlekete dönüyoruz."],
}
CASES = [(language, text) for language, texts in WRITTEN.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), CASES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_language_is_found_whatever_tags_stand_around(language, text, form):
    post = unicodedata.normalize(form, f"{text} #bladifqalbi #بلادي_فقلبي #thebestcountry 🇲🇦")

    (tagged,) = LangdetectTagger().tag_many([post])

    assert (tagged.language, tagged.others) == (language, ())
    assert 0.8 <= tagged.probability <= 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "🇲🇦❤️",
        "ok",
        "Maroc",
        "2026 !!! 12:30",
        "#bladifqalbi #maroc #لمغرب",
        "https://example.org/le-maroc-est-beau-et-grand @amina@social.example",
        "Привет, как дела у вас сегодня",
        "你好世界 你好世界 你好",
        "ⴰⴱ سل ab Пр",
    ],
)
def test_too_little_or_a_script_of_no_language_of_ours_is_unknown(text):
    assert LangdetectTagger().tag_many([text]) == [UNKNOWN]


@pytest.mark.parametrize(
    ("text", "language", "others"),
    [
        (
            "كل صيف نعود إلى الوطن لنرى العائلة والأصدقاء. Chaque été nous rentrons au pays.",
            "ar",
            ("fr",),
        ),
        ("Chaque été nous rentrons au pays pour voir la famille. توحشت بلادي بزاف", "fr", ("ary",)),
        ("ⵜⴰⵎⴰⵣⵉⵖⵜ ⵜⵓⵜⵍⴰⵢⵜ ⵏⵏⵖ ⴰⵣⵓⵍ ⴼⵍⵍⴰⵡⵏ السلام عليكم جميعا", "zgh", ("ar",)),
        ("كل صيف نعود إلى الوطن مع Royal Air", "ar", ()),
    ],
)
def test_words_in_another_script_are_named_beside_the_first(text, language, others):
    (tagged,) = LangdetectTagger().tag_many([text])

    assert (tagged.language, tagged.others) == (language, others)


def test_same_text_gets_the_same_tag_in_every_thread_and_order():
    texts = [text for _, text in CASES] + ["la casa de la familia", "de la mer", "en la playa mia"]
    expected = dict(zip(texts, LangdetectTagger().tag_many(texts), strict=True))

    def tag_again(turn: int) -> dict[str, object]:
        _european.cache_clear()
        mine = texts[turn:] + texts[:turn]
        return dict(zip(mine, LangdetectTagger().tag_many(mine), strict=True))

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(tag_again, range(8)))

    assert answers == [expected] * 8


def test_batch_is_answered_in_order():
    texts = ["شكرا جزيلا", "", "Merci beaucoup à tous"]

    assert [tag.language for tag in LangdetectTagger().tag_many(texts)] == ["ar", "und", "fr"]
