"""The normal form of a post: what its text says once the manner of telling is taken away."""

import html
import re
from dataclasses import dataclass

from store.hashtags import HASHTAG, Campaign, Match
from store.lookalikes import unmask
from store.normal import words
from store.stories.particles import CALLS, JOINING

LONGEST = 10_000
"""Code points of a text that are looked at; two texts alike for so long are one story."""

_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]+"
)
"""Signs without width; `fold` drops them too, but too late: they split tags and addresses."""
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_ADDRESS = re.compile(
    r"https?://[^\s…]+|www\.[^\s…]+"
    # Without scheme only what has a path: "example.ma" alone is a word of the sentence.
    r"|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}/[^\s…]*",
    re.IGNORECASE,
)
_HANDLE = r"[@＠]\w[\w.-]{0,99}(?:@[\w.-]{1,99})?:?"
_SENDER = re.compile(rf"(?<!\w)(?:RT|MT|via)\s*{_HANDLE}", re.IGNORECASE)
_LEADING = re.compile(rf"\W*(?:(?:RT\b\s*:?|{_HANDLE})[^\w@＠#＃]*)+", re.IGNORECASE)
_MENTION = re.compile(r"(?<!\w)[@＠](\w[\w.-]{0,99})(?:@[\w.-]{1,99})?")
_MARK = re.compile(rf"{HASHTAG.pattern}|{_MENTION.pattern}")
_SIGNS = "#@＃＠"
_LETTER = re.compile(r"[^\W_]")
_LAST_WORD = re.compile(r"([^\W_]+)\s*$")
_PLACE = re.compile(r"(?:\s@\s|📍)([^@\n📍]{2,80})$")
_COUNTER_BEFORE = re.compile(r"[^\w#＃@＠]*(\d{1,2}\s?/\s?\d{0,2})(?![\w/])")
_COUNTER_AFTER = re.compile(r"(?<![\w/.,])(\d{1,2}\s?/\s?\d{1,2})\W*$")


def _sizes(place: int) -> dict[str, list[int]]:
    """Return how long the calls are that have a word at a place, longest first."""
    sizes: dict[str, set[int]] = {}
    for call in CALLS:
        sizes.setdefault(call[place], set()).add(len(call))
    return {word: sorted(found, reverse=True) for word, found in sizes.items()}


_FIRST_OF_CALLS, _LAST_OF_CALLS = _sizes(0), _sizes(-1)
_NAMING = 8
"""Letters of a word that may be the campaign's tag without its mark; asking is slow."""
_CLOSING = " \t\r\n])»\"”'’"
_THRICE = re.compile(r"(.)\1\1")
_DRAWN_OUT = re.compile(r"([^\W\d])\1{2,}")
_FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u052f\u0531-\u0587]")
_LATIN = re.compile("[A-Za-z]")
_NONCE = re.compile(
    r" (?=[a-z\d]{5,12}$)(?=[a-z]*\d+[a-z]+\d|[a-z]+\d+[a-z])\w*?(?:\d\d|[0146])\w*$"
)
"""A random mark against filters: letters and digits in turn, with digits that no Arabizi has."""


@dataclass(frozen=True, slots=True)
class Form:
    """What one text says, without how it was written and to whom."""

    text: str
    """Folded words with one space between; two posts that say the same have it alike."""
    tags: frozenset[str] = frozenset()
    """Tags that trail after the text, folded; the campaign's own are nowhere."""
    counter: str = ""
    """Place in a thread, such as `2/5`, that stood before or after the text."""
    place: str = ""
    """Where the author says to be (`… @ Rabat, Morocco`), as the text's last words."""
    cut: bool = False
    """Whether the text ends in an ellipsis, as it does where a platform cut it."""

    @property
    def letters(self) -> int:
        """Letters and digits of the text."""
        return len(self.text) - self.text.count(" ")


def form_of(text: str, *, campaign: Campaign | None = None) -> Form:
    """Return the normal form of a text.

    Args:
        text: as shown, or with the markup and entities that some feeds leave in.
        campaign: whose tags say nothing, since every post carries one.
    """
    text = _as_shown(text[:LONGEST])
    if "/" in text or "www." in text:
        text = _ADDRESS.sub(" ", text)
    cut = _is_cut(text)
    if campaign is not None and ("#" in text or "＃" in text):
        text = _without_ours(text, campaign)
    text = _without_senders(text)
    text, tags = _without_trail(text)
    cut = cut or _is_cut(text)
    text, counter = _without_counter(text)
    place = _place(text)
    said = _without_calls(_plain(_MENTION.sub(r"\1", text) if "@" in text else text), campaign)
    return Form(said, tags, counter, place, cut)


def _as_shown(text: str) -> str:
    if "&" in text:
        # Some feeds escape twice.
        text = html.unescape(html.unescape(text))
    if not text.isascii():
        text = _UNSEEN.sub("", text)
    return _MARKUP.sub(" ", text) if "<" in text else text


def _is_cut(text: str) -> bool:
    return text.rstrip(_CLOSING).endswith(("…", "..."))


def _without_ours(text: str, campaign: Campaign) -> str:
    def judged(tag: re.Match[str]) -> str:
        return tag[0] if campaign.match_tag(tag[1]) is Match.NEITHER else " "

    return HASHTAG.sub(judged, text)


def _without_senders(text: str) -> str:
    """Return a text without whom it is from or to: `RT @a:`, `via @b`, mentions at its head.

    A mention inside is a word of the sentence and stays.
    """
    if "@" in text or "＠" in text:
        text = _SENDER.sub(" ", text)
    leading = _LEADING.match(text)
    return text[leading.end() :] if leading else text


def _without_trail(text: str) -> tuple[str, frozenset[str]]:
    """Return a text without the tags and mentions it ends in, and those tags.

    A tag after a preposition is no label but a word of the sentence: "… in #Rabat".
    """
    end, tags = len(text), []
    start = end
    signs = [sign for sign in _SIGNS if sign in text]
    while signs and (start := max([text.rfind(sign, 0, start) for sign in signs])) >= 0:
        mark = _MARK.match(text, start)
        if mark is None:
            continue
        if _LETTER.search(text, mark.end(), end) or _is_wanted(text[max(0, start - 30) : start]):
            break
        if mark[1]:
            tags.append(words(mark[1]))
        end = start
    return text[:end], frozenset(tags)


def _is_wanted(before: str) -> bool:
    """Say whether a sentence cannot end with these words."""
    last = _LAST_WORD.search(before)
    return last is not None and words(last[1]) in JOINING


def _without_counter(text: str) -> tuple[str, str]:
    if "/" not in text:
        return text, ""
    if found := _COUNTER_BEFORE.match(text):
        return text[found.end() :], found[1].replace(" ", "")
    if found := _COUNTER_AFTER.search(text):
        return text[: found.start()], found[1].replace(" ", "")
    return text, ""


def _place(text: str) -> str:
    """Return where the author says to be, folded; "" if nowhere."""
    found = _PLACE.search(text) if "@" in text or "📍" in text else None
    return _plain(found[1]) if found else ""


def _without_calls(text: str, campaign: Campaign | None) -> str:
    """Return words without calls to share and the campaign's name, before and after the rest."""
    said = text.split()
    start, end = 0, len(said)
    while size := _call(said[start:end], campaign):
        start += size
    while size := _call(said[start:end], campaign, at_end=True):
        end -= size
    return " ".join(said[start:end])


def _call(said: list[str], campaign: Campaign | None, *, at_end: bool = False) -> int:
    """Return how many words of a call stand at one end; 0 where it is all that is said."""
    if len(said) < 2:
        return 0
    word = said[-1 if at_end else 0]
    for size in _LAST_OF_CALLS.get(word, ()) if at_end else _FIRST_OF_CALLS.get(word, ()):
        if size < len(said) and tuple(said[-size:] if at_end else said[:size]) in CALLS:
            return size
    if campaign is None or len(word) < _NAMING or campaign.match_tag(word) is Match.NEITHER:
        return 0
    return 1


def _plain(text: str) -> str:
    if _FOREIGN.search(text) and len(_LATIN.findall(text)) > len(_FOREIGN.findall(text)):
        text = unmask(text)
    said = words(text)
    # Asked first, since the other pattern takes four times as long and few texts have any.
    if _THRICE.search(said):
        said = _DRAWN_OUT.sub(r"\1\1", said)
    return _NONCE.sub("", said)
