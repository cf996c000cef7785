"""What one post of X says, as an `Item`; ids that are numbers made of time."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from store.items import (
    Attachment,
    Author,
    Display,
    Entity,
    Item,
    Kind,
    Metrics,
    OptOut,
    Payload,
    Reference,
)

_FIRST = datetime(2010, 11, 4, 1, 42, 54, 657000, UTC)
_SHIFT = 22
_ID = re.compile(r"[0-9]{1,19}")
_SITE = "https://x.com"
_KINDS = {"photo": "image", "video": "video", "animated_gif": "video"}
_REFERENCES = {
    "replied_to": "reply",
    "quoted": "quote",
    "retweeted": "repost",
    "reposted": "repost",
}
_OLD_CODES = {"iw": "he", "in": "id", "ji": "yi"}
# X's own marks for "only links", "only hashtags" and the like are no languages.
_NO_LANGUAGE = re.compile(r"und|zxx|art|q[a-t][a-z]")
_EVERYWHERE = {"XX", "XY"}


def id_at(moment: datetime) -> int:
    """Return the lowest id that a post of this moment can have."""
    return max(0, (moment - _FIRST) // timedelta(milliseconds=1)) << _SHIFT


def time_of(post_id: int) -> datetime:
    """Return when an id was made, to the second that X also gives as `created_at`."""
    return (_FIRST + timedelta(milliseconds=post_id >> _SHIFT)).replace(microsecond=0)


def id_of(post: Any) -> int | None:
    """Return a post's id; None when it is malformed."""
    value = post.get("id") if isinstance(post, dict) else None
    return int(value) if isinstance(value, str) and _ID.fullmatch(value) else None


def newest_id(post: Any) -> int | None:
    """Return the id of a post's newest version, which may be another one than this."""
    own = id_of(post)
    try:
        return own if own is None else _history(post, own)[-1]
    except (TypeError, ValueError):
        return own


def item_of(payload: Payload) -> Item:
    """Return what a post says.

    Raises:
        Exception: it is not what X documents.
    """
    post, author = payload["post"], payload["author"] or {}
    history = _history(post, int(post["id"]))
    text, entities = _text_of(post)
    attachments = tuple(_attachments(payload["media"]))
    withheld = _withheld_in(post) | _withheld_in(author)
    protected = author.get("protected") is True
    return Item(
        platform="x",
        native_id=str(history[0]),
        lookup_id=str(history[-1]),
        url=f"{_SITE}/{author.get('username') or 'i'}/status/{history[-1]}",
        kind=_kind_of(attachments),
        text=text,
        entities=entities,
        attachments=attachments,
        author=_author_of(post, author),
        published_at=_published_at(post, history),
        edited_at=time_of(history[-1]) if len(history) > 1 else None,
        version=str(history[-1]),
        language_hint=_language_of(post),
        references=tuple(_references(post)),
        metrics=_metrics_of(post),
        sensitive=post.get("possibly_sensitive"),
        paid_partnership=post.get("paid_partnership"),
        withheld_in=tuple(sorted(withheld - _EVERYWHERE)),
        visible=not protected and not withheld & _EVERYWHERE,
        opt_out=OptOut.LOCKED if protected else None,
        display=Display.CARD_ONLY,
        raw=payload,
    )


def _either(thing: Mapping[str, Any], old: str, new: str) -> Any:
    """Return a field under its old name or the one of X's later API description."""
    return thing[old] if old in thing else thing.get(new)


def _history(post: Mapping[str, Any], own: int) -> list[int]:
    """Return the ids of all versions, oldest first; answers before 2022 do not tell."""
    given = _either(post, "edit_history_tweet_ids", "edit_history_post_ids") or ()
    return sorted({own, *(int(version) for version in given)})


def _published_at(post: Mapping[str, Any], history: Sequence[int]) -> datetime:
    # Each version is a post of its own; only the first one's id tells when it all began.
    if len(history) > 1:
        return time_of(history[0])
    moment = datetime.fromisoformat(post["created_at"])
    if moment.tzinfo is None:
        raise ValueError("created_at has no time zone")
    return moment.astimezone(UTC)


def _author_of(post: Mapping[str, Any], author: Mapping[str, Any]) -> Author:
    handle = author.get("username")
    return Author(
        native_id=str(int(post["author_id"])),
        handle=handle,
        name=author.get("name"),
        url=f"{_SITE}/{handle}" if handle else None,
        avatar_url=author.get("profile_image_url"),
    )


def _text_of(post: Mapping[str, Any]) -> tuple[str, tuple[Entity, ...]]:
    """Return the whole text as its author wrote it, and what stands in it."""
    whole = _either(post, "note_tweet", "note_post") or post
    text = whole["text"]
    for escaped, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(escaped, sign)
    given = whole.get("entities") or {}
    links = [*given.get("urls", ()), *(post.get("entities") or {}).get("urls", ())]
    for link in links:
        # X itself writes the address of pictures and videos behind the text, and never shows it.
        if link.get("media_key") and text.endswith(link["url"]):
            text = text.removesuffix(link["url"]).rstrip()
    return text, _entities(text, given)


def _entities(text: str, given: Mapping[str, Any]) -> tuple[Entity, ...]:
    """Return hashtags, mentions and links where they stand in the text.

    The offsets that X gives count the text with its HTML escapes, and are known to be off: of the
    places where the words stand, the nearest is taken.
    """
    wanted = [
        *(
            (one, "hashtag", one["tag"], rf"[#＃]{re.escape(one['tag'])}(?!\w)")
            for one in given.get("hashtags", ())
        ),
        *(
            (one, "mention", one["username"], rf"[@＠]{re.escape(one['username'])}(?!\w)")
            for one in given.get("mentions", ())
        ),
        *(
            (one, "link", one.get("expanded_url") or one["url"], re.escape(one["url"]))
            for one in given.get("urls", ())
        ),
    ]
    found: dict[int, Entity] = {}
    for one, kind, value, pattern in wanted:
        places = [
            place.span()
            for place in re.finditer(pattern, text, re.IGNORECASE)
            if place.start() not in found
        ]
        if places:
            start, end = min(places, key=lambda place: abs(place[0] - one["start"]))
            found[start] = Entity(kind=kind, start=start, end=end, value=value)
    return tuple(found[start] for start in sorted(found))


def _attachments(media: Sequence[Mapping[str, Any]]) -> Iterator[Attachment]:
    for one in media:
        kind, url, mime_type = _file_of(one)
        if kind and url:
            milliseconds = one.get("duration_ms")
            yield Attachment(
                kind=kind,
                url=url,
                mime_type=mime_type,
                alt=one.get("alt_text"),
                width=one.get("width"),
                height=one.get("height"),
                duration=None if milliseconds is None else milliseconds / 1000,
                preview_url=one.get("preview_image_url"),
            )


def _file_of(media: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Return kind, address and type of a medium's best file."""
    kind = _KINDS.get(media["type"])
    files = [one for one in media.get("variants", ()) if one.get("content_type") == "video/mp4"]
    if kind == "video" and files:
        return kind, max(files, key=lambda one: one.get("bit_rate", 0))["url"], "video/mp4"
    # Of a video without a file that browsers play there is still a picture to judge it by.
    return kind and "image", media.get("url") or media.get("preview_image_url"), None


def _kind_of(attachments: Sequence[Attachment]) -> Kind:
    kinds = {one.kind for one in attachments}
    if "video" in kinds:
        return Kind.VIDEO
    return Kind.IMAGE if kinds else Kind.NOTE


def _language_of(post: Mapping[str, Any]) -> str | None:
    code = post.get("lang")
    if not code or _NO_LANGUAGE.fullmatch(code):
        return None
    return str(_OLD_CODES.get(code, code))


def _references(post: Mapping[str, Any]) -> Iterator[Reference]:
    for one in _either(post, "referenced_tweets", "referenced_posts") or ():
        if kind := _REFERENCES.get(one["type"]):
            yield Reference(kind=kind, native_id=one["id"], url=f"{_SITE}/i/status/{one['id']}")


def _metrics_of(post: Mapping[str, Any]) -> Metrics:
    counts = post.get("public_metrics") or {}
    return Metrics(
        likes=counts.get("like_count"),
        replies=counts.get("reply_count"),
        reposts=_either(counts, "retweet_count", "repost_count"),
        views=counts.get("impression_count"),
    )


def _withheld_in(thing: Mapping[str, Any]) -> set[str]:
    return set((thing.get("withheld") or {}).get("country_codes", ()))
