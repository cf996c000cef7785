"""Texts as people write them, as many as a benchmark needs."""

import random
from collections import defaultdict

from store.language import material
from tests.platforms.corpus import stories

LEAST = 12
"""Words of a text: below that it may be no evidence, and two may be alike by chance."""
SPREAD = 17
"""How many words more there may be: 133 letters on average, as in the set that we tune by."""


class Texts:
    """Endless, repeatable, distinct texts, made of runs of words of the project's own sentences."""

    def __init__(self) -> None:
        self._languages = list[str]()
        self._sentences: dict[str, list[list[str]]] = defaultdict(list)
        for file in sorted(material.OWN.iterdir(), key=str):
            for row in material.read(file) if file.name.endswith(".tsv") else ():
                self._sentences[row.label].append(row.text.split())
        for story in stories():
            words = story.text.partition("#")[0].split()
            self._languages.append(story.language)
            self._sentences[story.language].append(words)

    def text(self, number: int) -> str:
        """Return a text without tags; another number gives another text."""
        dice = random.Random(number)
        sentences, said = self._sentences[dice.choice(self._languages)], list[str]()
        length = LEAST + int(dice.random() * SPREAD)
        while len(said) < length:
            words = dice.choice(sentences)
            start = int(dice.random() * len(words))
            said += words[start : start + 1 + int(dice.random() * 4)]
        # Else the tag behind it might become a word of the sentence: "chez #maroc".
        return " ".join(said).rstrip(".,:") + "."

    def edited(self, number: int, dice: random.Random) -> str:
        """Return a text with a small change, as people and platforms make them."""
        said = self.text(number)
        longest = max(said.split(), key=len)
        return (
            f"@amie_{number} {said.capitalize()} ❤️🇲🇦",
            said.replace(longest, longest[:2] + longest[3:], 1),
            said[: -(len(said) // 6)] + "…",
            f"{said} {dice.choice(('merci', 'والله', 'bzzaf', 'wow'))}",
        )[dice.randrange(4)]
