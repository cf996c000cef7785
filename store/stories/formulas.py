"""What people write alike without copying one another, and whether a text says more than that."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from store.errors import MaterialError
from store.stories.forms import Form, form_of

ENOUGH_LETTERS = 30
ENOUGH_WORDS = 5
"""Below these what a text says of its own proves nothing."""
ENOUGH_SIGNS = 16
"""The same for scripts that put no space between words, where a letter says more."""

_SHIPPED = Path(__file__).with_name("formulas.txt")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\U00020000-\U0003ffff]"
)


class Formulas:
    """A list of formulas, ready to be taken out of texts.

    Args:
        listed: formulas in any spelling.
    """

    def __init__(self, listed: Iterable[str]) -> None:
        self._after: dict[str, dict[int, set[tuple[str, ...]]]] = {}
        """By their first word and their number of words, longest first."""
        self._enter(form_of(one).text for one in listed)

    def with_more(self, texts: Iterable[str]) -> "Formulas":
        """Return these formulas and further ones, given as normal forms."""
        more = Formulas(())
        more._after = {
            word: {size: set(some) for size, some in sizes.items()}
            for word, sizes in self._after.items()
        }
        more._enter(texts)
        return more

    def _enter(self, texts: Iterable[str]) -> None:
        for formula in {tuple(text.split()) for text in texts} - {()}:
            self._after.setdefault(formula[0], {}).setdefault(len(formula), set()).add(formula)
        for word, sizes in self._after.items():
            self._after[word] = dict(sorted(sizes.items(), reverse=True))

    def content(self, form: Form) -> str:
        """Return what a text says besides formulas and besides where its author is."""
        said = form.text.split()
        if not form.place and self._after.keys().isdisjoint(said):
            return form.text
        if form.place and form.text.endswith(form.place):
            del said[len(said) - len(form.place.split()) :]
        kept: list[str] = []
        at = 0
        # Most words begin no formula: they are passed over as they stand.
        for start in [at for at, word in enumerate(said) if word in self._after]:
            if start >= at and (length := self._length(said, start)):
                kept += said[at:start]
                at = start + length
        return " ".join(kept + said[at:])

    def is_evidence(self, form: Form) -> bool:
        """Say whether equal or near texts of this form can only be copies."""
        if form.letters < ENOUGH_SIGNS:
            return False
        content = self.content(form)
        spaces = content.count(" ")
        if len(content) - spaces >= ENOUGH_LETTERS and spaces + 1 >= ENOUGH_WORDS:
            return True
        return not content.isascii() and len(_UNSPACED.findall(content)) >= ENOUGH_SIGNS

    def _length(self, said: list[str], at: int) -> int:
        """Return how many words the longest formula has that begins at a word; 0 for none."""
        for size, formulas in self._after[said[at]].items():
            if tuple(said[at : at + size]) in formulas:
                return size
        return 0


@cache
def load(extra: Path | None = None) -> Formulas:
    """Return our formulas, and those of an operator's file if there is one.

    Raises:
        MaterialError: the file cannot be read as UTF-8 text.
    """
    return Formulas(line for path in (_SHIPPED, extra) if path for line in _listed(path))


def _listed(path: Path) -> list[str]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise MaterialError(
            f"campaign.formulas: {path} cannot be read as UTF-8 text ({type(error).__name__})"
        ) from error
    return [line for line in map(str.strip, lines) if line and not line.startswith("#")]
