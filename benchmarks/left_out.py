"""How many posts in languages that the tagger has never met end as `und`.

    python -m benchmarks.left_out DATA_DIR [--folds 6]

Our posts in some seventy other languages are cut into folds by language. For each fold a tagger is
trained without any text in its languages (our posts, the Declaration of Human Rights, word lists),
then reads our posts in them. The weights that we ship have met all of these languages; this says
how they do on the next one.
"""

import argparse
from collections import Counter, defaultdict
from pathlib import Path

from langcodes import standardize_tag

from store.language import CompactTagger, material, training
from store.language.material import FREE, Row
from store.languages import LABELS

KIN = {"nn": "nb", "no": "nb", "bs": "hr", "sr": "hr", "sh": "hr", "cnr": "hr", "ms": "id"}
"""Languages so close that they are left out together."""


def family(row: Row) -> str:
    """Return which language an `und` row is in, kin under one name; "" where it has none."""
    if row.label != "und" or not row.language or row.language == "xx":
        return ""
    code = row.language.replace("_", "-").split("-")[0].rstrip("12345")
    language = standardize_tag(code, macro=True)
    return KIN.get(language, language)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--folds", type=int, default=6)
    asked = parser.parse_args()
    dev = material.read(asked.folder / "dev.tsv")
    given = [row for row in material.read(asked.folder / "train.tsv") if row.licence in FREE]
    rows = training.gather(given)
    posts = defaultdict(list)
    for row in material.own():
        if family(row):
            posts[family(row)].append(row.text)
    languages = sorted(posts)
    found: Counter[str] = Counter()
    became: Counter[tuple[str, str]] = Counter()
    for fold in range(asked.folds):
        out = set(languages[fold :: asked.folds])
        kept = [row for row in rows if family(row) not in out]
        tagger = CompactTagger(training.learn(kept, dev, seeds=[0], say=lambda _: None))
        for language in sorted(out):
            tags = tagger.tag_many(posts[language])
            found[language] = sum(tag.language == "und" for tag in tags)
            became.update((language, tag.language) for tag in tags if tag.language != "und")
        print(f"fold {fold + 1}: {', '.join(sorted(out))}", flush=True)
    shares = {language: found[language] / len(posts[language]) for language in languages}
    for language, share in sorted(shares.items(), key=lambda pair: pair[1]):
        wrong = {tag: became[language, tag] for tag in LABELS if became[language, tag]}
        print(f"{language:4} {share:.2f} of {len(posts[language]):3}  {wrong or ''}")
    total = sum(found.values()) / sum(map(len, posts.values()))
    print(
        f"to und: {total:.3f} of posts, {sum(shares.values()) / len(shares):.3f} mean of languages"
    )


if __name__ == "__main__":
    main()
