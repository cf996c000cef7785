"""What languages and networks are called on our pages, and which way a language runs."""

from urllib.parse import urlsplit

from api.words import Wording
from api.words import mark as _

LANGUAGES = {
    "ar": _("Arabic"),
    "ary": _("Darija"),
    "ary-Latn": _("Darija in Latin letters"),
    "zgh": _("Tamazight"),
    "ber-Latn": _("Tamazight in Latin letters"),
    "fr": _("French"),
    "en": _("English"),
    "es": _("Spanish"),
    "nl": _("Dutch"),
    "de": _("German"),
    "it": _("Italian"),
    "pt": _("Portuguese"),
    "ca": _("Catalan"),
    "tr": _("Turkish"),
    "und": _("Unknown language"),
}
"""Languages that a post may be tagged with, in the order of the menu."""

NETWORKS = {
    "x": _("X"),
    "youtube": _("YouTube"),
    "mastodon": _("Mastodon"),
    "bluesky": _("Bluesky"),
    "reddit": _("Reddit"),
    "feeds": _("Websites"),
    "tiktok": _("TikTok"),
    "facebook": _("Facebook"),
    "instagram": _("Instagram"),
    "oembed": _("TikTok, Facebook, Instagram"),
}

KINDS = {
    "video": _("Videos"),
    "image": _("Pictures"),
    "note": _("Texts"),
    "article": _("Articles"),
}


def language(wording: Wording, tag: str) -> str:
    """Return the name of a post's language; the tag itself when it is none of `LANGUAGES`."""
    return wording.gettext(LANGUAGES[tag]) if tag in LANGUAGES else tag


def network(wording: Wording, platform: str) -> str:
    """Return the name of a network for a menu."""
    return wording.gettext(NETWORKS[platform]) if platform in NETWORKS else platform.capitalize()


def place(wording: Wording, platform: str, url: str) -> str:
    """Return the name of where a post stands: its network, or the site of an article."""
    if platform != "feeds":
        return network(wording, platform)
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return host.removeprefix("www.") if host else network(wording, platform)


def direction(tag: str) -> str:
    """Return `rtl`, `ltr` or, for a language that is not known, `auto`."""
    if tag == "und":
        return "auto"
    return "rtl" if tag in {"ar", "ary"} else "ltr"
