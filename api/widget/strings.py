"""The words of the widget: a catalogue of their own, and a small file of each language."""

import json
from collections.abc import Mapping

from api import words
from api.words import Wording
from api.words import mark as _


def ngettext(one: str, many: str) -> tuple[str, str]:
    """Mark a sentence about a number of things."""
    return one, many


SENTENCES = {
    "skip": _("Skip the wall of posts"),
    "share": _("Share my story"),
    "all": _("All"),
    "kinds": _("Kinds of posts"),
    "language": _("Language of the posts"),
    "languages": _("All languages"),
    "platform": _("Network"),
    "networks": _("All networks"),
    "search": _("Words in the post"),
    "go": _("Search"),
    "live": _("Live"),
    "paused": _("Paused"),
    "pause": _("Pause live updates"),
    "resume": _("Resume live updates"),
    "nothing": _("No post matches this choice."),
    "reset": _("Show all posts"),
    "more": _("Show more"),
    "unread": _("The wall cannot be read just now"),
    "promise": _("No cookies, no tracking. Videos load only when you press play."),
    "back": _("Previous posts"),
    "on": _("Next posts"),
    "open": _("Read more"),
    "less": _("Show less"),
    "also": _("Also on:"),
    "see": _("See the post on %(network)s"),
    "edited": _("Edited"),
    "play": _("Play: %(title)s"),
    "consent": _("The video comes from %(host)s, which then learns that you watch it."),
    "agree": _("Play"),
    "cancel": _("Cancel"),
    "options": _("Options for the post by %(name)s"),
    "copy": _("Copy the link"),
    "copied": _("The link is copied"),
    "report": _("Report"),
    "remove": _("Ask for removal"),
    "why": _("Why do you report this post?"),
    "spam": _("Advertising or spam"),
    "hate": _("Hate or threats"),
    "privacy": _("It shows somebody without consent"),
    "false": _("False information"),
    "copyright": _("It belongs to somebody else"),
    "other": _("Another reason"),
    "note": _("Anything to add (optional)"),
    "send": _("Send"),
    "sent": _("Thank you. A person will look at this post."),
    "many": _("That is many reports. Please try again later."),
    "unsent": _("The report was not sent. Please try again."),
}
"""By the names that the script has for them."""

COUNTS = {
    "new": ngettext("%(count)s new post", "%(count)s new posts"),
    "added": ngettext("%(count)s more post", "%(count)s more posts"),
    "shown": ngettext("%(count)s post is shown", "%(count)s posts are shown"),
    "people": ngettext("Posted by %(count)s person", "Posted by %(count)s people"),
}
"""Sentences about a number of things."""


def load() -> Mapping[str, Wording]:
    """Return the five languages of the widget."""
    return words.load("widget")


def of(wording: Wording) -> dict[str, str | list[str]]:
    """Return the words of a language; a list has one for each of its plural forms."""
    translations = wording.translations
    single = {key: _open(translations.gettext(text)) for key, text in SENTENCES.items()}
    counted = {
        key: [_open(text) for text in wording.forms(one, many)]
        for key, (one, many) in COUNTS.items()
    }
    return {**single, **counted}


def file(wording: Wording) -> bytes:
    """Return the file of a language, as the script reads it."""
    return json.dumps(of(wording), ensure_ascii=False, separators=(",", ":")).encode()


def _open(text: str) -> str:
    """Return a sentence with `{name}` where the catalogue has `%(name)s`."""
    return text.replace("%(", "{").replace(")s", "}")


def placed(text: str, values: Mapping[str, str]) -> str:
    """Return a sentence of `of` with its values, as the script would make it."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", f"\u2068{value}\u2069")
    return text
