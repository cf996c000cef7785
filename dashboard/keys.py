"""The keys of the desk: what each does, and which ones whoever is there has for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_lowercase
from typing import NamedTuple

from api.words import Wording
from dashboard.desk import Form, first
from dashboard.roles import Right, may
from store.errors import StoreError
from store.models import Keyboard, Role
from store.sanitise import clean


class Act(StrEnum):
    """What one key does."""

    NEXT = "next"
    PREVIOUS = "previous"
    CHOOSE = "choose"
    APPROVE = "approve"
    REJECT = "reject"
    ESCALATE = "escalate"
    SCHEDULE = "schedule"
    TOPICS = "topics"
    LANGUAGE = "language"
    STORY = "story"
    ORIGINAL = "original"
    UNDO = "undo"
    GO = "go"
    """To the page of the key that comes next."""
    SEARCH = "search"
    HELP = "help"


DEFAULTS: Mapping[Act, str] = {
    Act.NEXT: "j", Act.PREVIOUS: "k", Act.CHOOSE: "x", Act.APPROVE: "a", Act.REJECT: "r",
    Act.ESCALATE: "e", Act.SCHEDULE: "s", Act.TOPICS: "t", Act.LANGUAGE: "l", Act.STORY: "d",
    Act.ORIGINAL: "o", Act.UNDO: "z", Act.GO: "g", Act.SEARCH: "/", Act.HELP: "?",
}  # fmt: skip
GOES: Mapping[str, str] = {"queue": "q", "wall": "w", "sources": "s", "audit": "a"}
"""The key behind the one of `Act.GO`, for each page that has one."""
NEEDED: Mapping[Act, Right] = {
    Act.CHOOSE: Right.DECIDE,
    Act.APPROVE: Right.DECIDE,
    Act.REJECT: Right.DECIDE,
    Act.ESCALATE: Right.DECIDE,
    Act.SCHEDULE: Right.PUBLISH,
    Act.TOPICS: Right.DECIDE,
    Act.LANGUAGE: Right.DECIDE,
    Act.UNDO: Right.DECIDE,
}
"""Acts that are not everybody's: who may not do one has no key for it."""
LEGAL = frozenset(ascii_lowercase + "/?")
"""Other signs stand elsewhere on each keyboard, and digits are the reasons'."""
LAYOUTS = ("azerty", "qwerty")


class Line(NamedTuple):
    """Keys that are struck together or one after the other, and what they do."""

    caps: tuple[str, ...]
    does: str


class IllegalKeyError(StoreError):
    """Something is no key."""

    def __init__(self, act: Act, written: str) -> None:
        super().__init__(f"{act}: no key")
        self.acts, self.written = (act,), written


class TakenKeyError(StoreError):
    """Two acts have one key."""

    def __init__(self, one: Act, other: Act, key: str) -> None:
        super().__init__(f"{one} and {other} have one key")
        self.acts, self.written = (one, other), key


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one person, as far as they may do what these do."""

    layout: str
    are_on: bool
    by_act: Mapping[Act, str]

    def cap(self, act: str) -> str:
        """Return what is printed on the key of an act; "" where it has none now."""
        return self.by_act.get(Act(act), "").upper() if self.are_on else ""

    @property
    def acts(self) -> dict[str, str]:
        """What the script asks for: the act of each key."""
        return {key: act.value for act, key in self.by_act.items() if key}


def of(kept: Keyboard | None, role: Role, layout: str) -> Keys:
    """Return somebody's keys.

    Args:
        kept: what they have chosen.
        role: what they are now; an act that has come to it since has its default key, unless
            that is taken.
        layout: of those who have not chosen.
    """
    own = kept.keys if kept else {}
    taken = set(own.values())
    keys = {
        act: own.get(act, "" if DEFAULTS[act] in taken else DEFAULTS[act])
        for act in Act
        if may(role, NEEDED.get(act, Right.SEE))
    }
    return Keys(kept.layout if kept else layout, kept.are_on if kept else True, keys)


def layout_of(setting: str, lang: str) -> str:
    """Return what the keyboard of somebody who has not said it has printed on it."""
    if setting in LAYOUTS:
        return setting
    return "azerty" if lang in ("ar", "fr", "zgh") else "qwerty"


def read(form: Form, before: Keys) -> Keys:
    """Return the keys that a form asks for; an act that it does not name keeps its key.

    Raises:
        IllegalKeyError: something is no key.
        TakenKeyError: two acts have one key.
    """
    keys: dict[Act, str] = {}
    for act, key in before.by_act.items():
        written = clean(first(form, act)).strip() if act in form else key
        # An Arabic layout writes its own question mark.
        keys[act] = written.lower().replace("؟", "?")
        if keys[act] and keys[act] not in LEGAL:
            raise IllegalKeyError(act, written[:10])
        for other, taken in keys.items():
            if other is not act and taken and taken == keys[act]:
                raise TakenKeyError(other, act, taken.upper())
    layout = first(form, "layout")
    return Keys(layout if layout in LAYOUTS else before.layout, bool(first(form, "on")), keys)


def refusal(error: IllegalKeyError | TakenKeyError, wording: Wording) -> str:
    """Return in a sentence why keys were not kept."""
    does = [f"\u2068{names(wording)[act]}\u2069" for act in error.acts]
    key = f"\u2068{error.written}\u2069"
    if isinstance(error, TakenKeyError):
        return wording.gettext(
            "“%(one)s” and “%(other)s” have the same key, %(key)s. Give one of them another.",
            one=does[0],
            other=does[1],
            key=key,
        )
    return wording.gettext(
        "“%(act)s” cannot have the key %(key)s. Write one letter from A to Z, / or ?.",
        act=does[0],
        key=key,
    )


def names(wording: Wording) -> dict[Act, str]:
    """Return what each act is called."""
    return {
        Act.NEXT: wording.gettext("Next post"),
        Act.PREVIOUS: wording.gettext("Previous post"),
        Act.CHOOSE: wording.gettext("Choose the open post"),
        Act.APPROVE: wording.gettext("Approve"),
        Act.REJECT: wording.gettext("Reject"),
        Act.ESCALATE: wording.gettext("Escalate"),
        Act.SCHEDULE: wording.gettext("Schedule"),
        Act.TOPICS: wording.gettext("Topics"),
        Act.LANGUAGE: wording.gettext("Language"),
        Act.STORY: wording.gettext("All posts of this story"),
        Act.ORIGINAL: wording.gettext("Original"),
        Act.UNDO: wording.gettext("Undo"),
        Act.GO: wording.gettext("Go to a page"),
        Act.SEARCH: wording.gettext("Search"),
        Act.HELP: wording.gettext("All keys"),
    }


def single(keys: Keys, wording: Wording) -> list[Line]:
    """Return the keys that do something alone."""
    called = names(wording)
    return [Line((keys.cap(act),), called[act]) for act in keys.by_act if keys.cap(act)]


def together(keys: Keys, role: Role, wording: Wording, places: Mapping[str, str]) -> list[Line]:
    """Return the keys that do something together, or one after the other.

    Args:
        keys: whose.
        role: what they are.
        wording: the language.
        places: what the pages of `GOES` that they may open are called.
    """
    shift = wording.gettext("Shift")
    approve, choose, reject, go = (
        keys.cap(act) for act in (Act.APPROVE, Act.CHOOSE, Act.REJECT, Act.GO)
    )
    lines: list[Line] = []
    if approve.isalpha() and may(role, Right.PUBLISH):
        lines.append(Line((shift, approve), wording.gettext("Approve and pin")))
    if choose.isalpha():
        said = wording.gettext("Choose all from the last chosen to the open post")
        lines.append(Line((shift, choose), said))
    if reject:
        said = wording.gettext("Reject, for the reason of this number")
        lines.append(Line((reject, "1–9"), said))
    if go:
        lines += [Line((go, GOES[page].upper()), called) for page, called in places.items()]
    lines.append(Line(("Ctrl", "K"), wording.gettext("Find a page or an act by its name")))
    lines.append(Line(("Esc",), wording.gettext("Close what is open")))
    return lines
