"""Posts that leave no doubt about their language."""

TAGGERS = ["compact", "langdetect"]

_WRITTEN = {
    "ar": [
        "نتمنى لكم عيدا سعيدا مع العائلة والأصدقاء في الوطن الحبيب",
        "شكرا جزيلا",
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
    "en": ["Every summer we drive home to see the family."],
    "es": ["Todos los veranos volvemos a casa para ver a la familia, y siempre lloro."],
    "nl": ["Elke zomer rijden we naar huis om de familie te zien."],
    "de": ["Jeden Sommer fahren wir nach Hause zur Familie."],
    "it": ["Ogni estate torniamo a casa per vedere la famiglia."],
    "pt": ["Todos os verões voltamos para casa para ver a família."],
    "ca": ["Cada estiu tornem a casa per veure la família."],
    "tr": ["Her yaz ailemizi görmek için memlekete dönüyoruz."],
}
CASES = [(language, text) for language, texts in _WRITTEN.items() for text in texts]
