"""The words of the interface in five languages, with their plurals, dates and numbers."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from gettext import GNUTranslations
from importlib import resources
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LOCALES = {"ar": "ar_MA", "fr": "fr", "en": "en", "es": "es", "zgh": "zgh"}
"""Morocco's Arabic writes 0-9 and its own names of months; bare `ar` writes neither."""

OWN_NAMES = {
    "ar": "العربية",
    "fr": "Français",
    "en": "English",
    "es": "Español",
    "zgh": "ⵜⴰⵎⴰⵣⵉⵖⵜ",
}
"""Each language as its speakers call it, in the order of the language switch."""

_SISTERS = {"ary": "ar", "tzm": "zgh", "shi": "zgh", "rif": "zgh", "ber": "zgh"}
"""Languages that browsers may ask for, and the nearest of ours."""

_WISH = re.compile(
    r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.\d*)?)\s*)?"
)


@dataclass(frozen=True, slots=True)
class Wording:
    """One language of the interface."""

    tag: str
    locale: Locale
    translations: GNUTranslations

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`."""
        return "rtl" if self.tag == "ar" else "ltr"

    def gettext(self, message: str, **values: object) -> str:
        """Return a sentence in this language; `%(name)s` in it stands for a value."""
        return self.translations.gettext(message) % values

    def ngettext(self, one: str, many: str, count: int, **values: object) -> str:
        """Return a sentence about a number of things; `%(count)s` in it stands for the number."""
        said = self.translations.ngettext(one, many, count)
        return said % {"count": self.number(count), **values}

    def forms(self, one: str, many: str) -> list[str]:
        """Return a sentence about a number of things in each plural form of this language."""
        # gettext gives the form for a number only; the smallest numbers meet every form there is.
        found = {self.translations.plural(n): n for n in range(201, -1, -1)}  # type: ignore[attr-defined]
        return [self.translations.ngettext(one, many, found[form]) for form in sorted(found)]

    def number(self, count: int) -> str:
        """Return a whole number as this language writes it."""
        return format_decimal(count, locale=self.locale)

    def date(self, moment: datetime, zone: ZoneInfo) -> str:
        """Return the day of a moment in a time zone, with the month's name."""
        return _day(moment.astimezone(zone).date(), self.locale)


@lru_cache(maxsize=2000)
def _day(day: date, locale: Locale) -> str:
    return format_date(day, "long", locale=locale)


def mark(message: str) -> str:
    """Mark a sentence for the catalogues, imported as `_`; it is translated where it is shown."""
    return message


@cache
def load(domain: str = "messages", *, folder: str = "api") -> Mapping[str, Wording]:
    """Return the five languages by tag, their catalogs read and compiled once a process.

    Args:
        domain: `messages` for our own pages, `widget` for the element on pages of others.
        folder: `api`, or `dashboard` for the desk.
    """
    translations = {tag: _read(folder, tag, domain) for tag in LOCALES}
    # Sentences that wait for a translator (docs/translations.md); French is read beside Tamazight.
    translations["zgh"].add_fallback(translations["fr"])
    return {
        tag: Wording(tag, Locale.parse(name), translations[tag]) for tag, name in LOCALES.items()
    }


def negotiate(accept_language: str | None, default: str) -> str:
    """Return the tag of the language that an Accept-Language header likes best.

    Args:
        accept_language: the header as it came; what is not well formed in it is left out.
        default: for a visitor who asks for none of ours.
    """
    wishes: list[tuple[float, str]] = []
    for part in (accept_language or "")[:1000].split(","):
        if wish := _WISH.fullmatch(part):
            tag = wish[1].lower()
            wishes.append((float(wish[2] or 1), default if tag == "*" else _SISTERS.get(tag, tag)))
    # The sort is stable: of two equal wishes the first one written wins.
    for weight, tag in sorted(wishes, key=lambda wish: -wish[0]):
        if weight > 0 and tag in LOCALES:
            return tag
    return default


def pick(
    wordings: Mapping[str, Wording], asked: str | None, accept: str | None, default: str
) -> Wording:
    """Return the language that was asked for by name, or the one that the browser likes best."""
    if asked is not None and asked in wordings:
        return wordings[asked]
    return wordings[negotiate(accept, default)]


def _read(folder: str, tag: str, domain: str) -> GNUTranslations:
    source = resources.files(folder) / "locales" / tag / "LC_MESSAGES" / f"{domain}.po"
    compiled = io.BytesIO()
    # The locale stays unset: the plural rule is the file's own, also where Babel knows none (zgh).
    write_mo(compiled, read_po(io.BytesIO(source.read_bytes()), abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)
