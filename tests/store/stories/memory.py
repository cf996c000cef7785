"""Evidence from posts in memory: what the store must find too."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from store.stories.evidence import Told, hand_of
from store.stories.forms import Form
from store.stories.formulas import Formulas
from store.stories.signature import keys

_NEWEST = 64
"""Texts of one band key that are looked at, newest first."""
_CANDIDATES = 40
"""Texts that are compared with a new one, by shared keys."""
_TELLERS = 8
"""Posts with one normal form that are looked at."""


class Memory:
    """An `evidence.Index` of posts in memory.

    Args:
        formulas: by which it is known whether a text is evidence.
    """

    def __init__(self, formulas: Formulas) -> None:
        self._formulas = formulas
        self._named: dict[str, list[Told]] = defaultdict(list)
        self._telling: dict[str, list[Told]] = {}
        self._banded: dict[int, list[str]] = defaultdict(list)
        self._by_author: dict[tuple[str, str], list[Told]] = defaultdict(list)
        self._signed: dict[str, list[int]] = {}

    def sign(self, texts: Iterable[str]) -> None:
        """Get the keys of texts that are about to come, which is quicker than one by one."""
        new = list(set(texts) - self._signed.keys())
        self._signed.update(zip(new, keys(new).tolist(), strict=True))

    def add(self, post: Told) -> None:
        """Take up a post, after its edges were looked for."""
        for name in post.names | post.references:
            self._named[name].append(post)
        text = post.form.text
        self._by_author[hand_of(post.handle), text].append(post)
        if not self.is_evidence(post.form):
            return
        if text not in self._telling:
            self._telling[text] = []
            for key in self._keys(text):
                self._banded[key].append(text)
        self._telling[text].append(post)

    def is_evidence(self, form: Form) -> bool:
        """Say whether equal or near texts of this form can only be copies."""
        return self._formulas.is_evidence(form)

    def named(self, names: frozenset[str]) -> Iterable[Told]:
        """Return posts that have one of these names or repeat one of them."""
        return [post for name in names for post in self._named.get(name, ())]

    def equal(self, text: str) -> Iterable[Told]:
        """Return the first posts that have this normal form."""
        return self._telling.get(text, [])[:_TELLERS]

    def near(self, text: str) -> Iterable[Told]:
        """Return a post for each normal form that shares most of the band keys."""
        shared = Counter(
            other for key in self._keys(text) for other in self._banded.get(key, ())[-_NEWEST:]
        )
        shared.pop(text, None)
        return [self._telling[other][0] for other, _ in shared.most_common(_CANDIDATES)]

    def by_author(self, hand: str, text: str) -> Iterable[Told]:
        """Return posts with this normal form by authors of this hand."""
        return self._by_author.get((hand, text), [])

    def _keys(self, text: str) -> list[int]:
        if text not in self._signed:
            self.sign([text])
        return self._signed[text]
