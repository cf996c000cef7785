"""Stored and new posts as the records that evidence is told from."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from store.hashtags import Campaign
from store.stories.evidence import ENOUGH_SHORT, Told, hand_of
from store.stories.forms import Form, form_of
from store.stories.likeness import LOOKS_VERSION
from store.stories.permalinks import permalink_key
from store.stories.signature import SIG_VERSION

FORM_VERSION = 1
"""Of the normal form and of what is evidence."""

VERSION = 1_000_000 * LOOKS_VERSION + 1000 * FORM_VERSION + SIG_VERSION
"""Posts that were matched by another are matched anew by `bladifqalbi duplicates rebuild`."""

NEEDED = (
    "id", "platform", "native_id", "author_id", "author_handle", "published_at",
    "title", "text", "url", "refers_to",
)  # fmt: skip
"""Columns of `Post` that a record is made from."""

NOTHING = Form("")


def told_of(row: Mapping[str, Any], form: Form) -> Told:
    """Return the record of a post."""
    return Told(
        id=row["id"],
        platform=row["platform"],
        native_id=row["native_id"],
        author=row["author_id"],
        handle=row["author_handle"] or "",
        published_at=row["published_at"],
        form=form,
        permalink=permalink_key(row["url"]),
        references=references(row),
    )


def form(row: Mapping[str, Any], campaign: Campaign) -> Form:
    """Return what a post says: its text, or its title where it has no text."""
    return form_of(row["text"] or row["title"] or "", campaign=campaign)


def references(row: Mapping[str, Any]) -> frozenset[str]:
    """Return what a post repeats without a word of its own, by every name that is known of it."""
    names = set()
    for one in row["refers_to"]:
        if one["kind"] == "repost":
            if one["native_id"]:
                names.add(f"{row['platform']}:{one['native_id']}")
            if one["url"] and (key := permalink_key(one["url"])):
                names.add(key)
    return frozenset(names)


def said_key(handle: str | None, form: Form) -> int | None:
    """Return the key under which one hand's short text is found on another platform."""
    hand = hand_of(handle or "")
    if not hand or form.letters < ENOUGH_SHORT:
        return None
    return hashed(f"{hand}\0{form.text}")


def url_key(permalink: str | None) -> int | None:
    """Return the key under which a post is found by its address."""
    return hashed(permalink) if permalink else None


def hashed(text: str) -> int:
    """Return 64 bits of a hash, as a signed number."""
    return int.from_bytes(
        blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True
    )
