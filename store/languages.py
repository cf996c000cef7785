"""The languages that a post can get, from a tagger or from a person."""

LABELS = (
    "ar", "ary", "ary-Latn", "ber-Latn", "zgh",
    "fr", "en", "es", "nl", "de", "it", "pt", "ca", "tr", "und",
)  # fmt: skip
"""BCP 47 tags that a post can get.

`ary` is Moroccan Arabic (Darija), `ary-Latn` the same in Latin letters, `ber-Latn` Tamazight of any
kind in Latin letters, `zgh` in Tifinagh; `ar` stands for standard Arabic and every other dialect,
`und` for too little text and for every language that is not on this list.
"""
