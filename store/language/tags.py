"""What a tagger answers, and what it may answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from store.language.signals import Signals


@dataclass(frozen=True, slots=True)
class Tag:
    """The language of one text.

    Of a mixed text, `language` is what the whole looks most like, and `secondary` the rest.
    """

    language: str
    """One of `store.languages.LABELS`."""
    probability: float
    """Of `language`, 0 to 1; of the best guess where `language` is `und` for want of certainty."""
    secondary: tuple[str, ...] = ()
    """Further languages, most letters first."""

    @property
    def mixed(self) -> bool:
        """Whether the text switches between languages."""
        return bool(self.secondary)


UNKNOWN = Tag("und", 0.0)
"""Too little text to say anything."""


class LanguageTagger(Protocol):
    """Tags texts in batches. The same text with the same signals always gets the same tag.

    Any text is answered, in time that grows with its length up to a limit: never an exception.
    """

    @property
    def version(self) -> str:
        """Name and version of what it has learnt; posts remember it."""

    def tag_many(
        self, texts: Sequence[str], signals: Sequence[Signals | None] | None = None
    ) -> list[Tag]:
        """Return one tag for each text, in order.

        Args:
            texts: posts as written; addresses, handles and hashtags are left out by the tagger.
            signals: what else is known of each text, in the same order; None where nothing is.
        """
