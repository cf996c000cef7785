"""What a post view of Bluesky's API says (lexicon app.bsky.feed.defs#postView)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from store.items import (
    Attachment,
    Author,
    Entity,
    Item,
    Kind,
    Metrics,
    OptOut,
    Payload,
    Reference,
)

POST = "app.bsky.feed.post"
FUTURE = timedelta(days=1)
"""How far a client's clock may be ahead of the network's."""

_URI = re.compile(rf"at://(did:[a-z]+:[\w.:%-]+)/{re.escape(POST)}/([\w.~:-]+)", re.ASCII)
_FEATURES = {"tag": "hashtag", "mention": "mention", "link": "link"}
_LOGGED_IN_ONLY = "!no-unauthenticated"
_HIDDEN = frozenset(("!hide", "porn", "sexual", "nudity", "graphic-media"))
_SENSITIVE = _HIDDEN | {"!warn"}
_TAKEN_DOWN = frozenset(("!takedown", "!suspend"))


def times_of(view: Any) -> tuple[datetime, datetime] | None:
    """Return when the network first saw a post and the time it is sorted by; None if unreadable.

    What its client claims counts when it is earlier: "sortAt" of
    docs.bsky.app/docs/advanced-guides/timestamps.
    """
    try:
        indexed = _time(view["indexedAt"])
        return indexed, min(indexed, _time(view["record"]["createdAt"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def item_of(payload: Payload) -> Item:
    """Understand one post view, which stands under `post`.

    Raises:
        Exception: any, when it is not a view of a post.
    """
    view = payload["post"]
    uri, record, author = _required(view["uri"]), view["record"], _author(view["author"])
    if record["$type"] != POST or _post_of(uri)[0] != author.native_id:
        raise ValueError("not a post of its author")
    indexed, created = _time(view["indexedAt"]), _time(record["createdAt"])
    if created > indexed + FUTURE:
        raise ValueError("a post from the future")
    embed = view.get("embed") or {}
    attachments = tuple(_attachments(embed))
    labels = _labels(view)
    return Item(
        platform="bluesky",
        native_id=uri,
        url=_address(uri),
        kind=_kind(attachments),
        text=record["text"],
        entities=tuple(_entities(record["text"], record.get("facets") or ())),
        tags=tuple(_required(tag) for tag in record.get("tags") or ()),
        attachments=attachments,
        author=author,
        published_at=min(created, indexed),
        indexed_at=indexed,
        version=_required(view["cid"]),
        language_hint=_text(next(iter(record.get("langs") or ()), None)),
        references=tuple(_references(record, embed)),
        metrics=Metrics(
            likes=_count(view.get("likeCount")),
            replies=_count(view.get("replyCount")),
            reposts=_count(view.get("repostCount")),
        ),
        sensitive=not _SENSITIVE.isdisjoint(labels),
        labels=labels,
        embeddable=False if (view.get("viewer") or {}).get("embeddingDisabled") else None,
        visible=_TAKEN_DOWN.isdisjoint(labels),
        opt_out=_opt_out(labels),
        raw=payload,
    )


def _time(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(value: Any) -> str | None:
    """Return a text, or None for none and for an empty one."""
    if value is not None and not isinstance(value, str):
        raise TypeError("not a text where the API has one")
    return value or None


def _required(value: Any) -> str:
    text = _text(value)
    if text is None:
        raise ValueError("a post without its uri, cid or author")
    return text


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _web(value: Any) -> str | None:
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else None


def _post_of(uri: str) -> tuple[str, str]:
    """Return the author's DID and the record key in a post's uri."""
    if not (match := _URI.fullmatch(uri)):
        raise ValueError("not the uri of a post")
    return match[1], match[2]


def _address(uri: str) -> str:
    did, key = _post_of(uri)
    return f"https://bsky.app/profile/{did}/post/{key}"


def _author(profile: Mapping[str, Any]) -> Author:
    did, handle = _required(profile["did"]), _required(profile["handle"])
    return Author(
        native_id=did,
        # What the network shows when a handle no longer leads to its account.
        handle=None if handle == "handle.invalid" else handle,
        name=_text(profile.get("displayName")),
        url=f"https://bsky.app/profile/{did}",
        avatar_url=_web(profile.get("avatar")),
    )


def _entities(text: str, facets: Iterable[Mapping[str, Any]]) -> Iterator[Entity]:
    """Give what a client marked in a text; its places are counted in bytes of UTF-8."""
    raw = text.encode()
    for facet in facets:
        first, last = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        if not 0 <= first < last <= len(raw):
            continue
        try:
            start, words = len(raw[:first].decode()), raw[first:last].decode()
        except UnicodeDecodeError:
            # Some client counted characters; nobody knows which words it meant.
            continue
        for feature in facet["features"]:
            kind = _FEATURES.get(str(feature.get("$type")).partition("#")[2])
            value = _value(kind, feature, words)
            if kind and value:
                yield Entity(kind=kind, start=start, end=start + len(words), value=value)


def _value(kind: str | None, feature: Mapping[str, Any], words: str) -> str | None:
    if kind == "hashtag":
        return _text(feature.get("tag"))
    if kind == "mention":
        return words.lstrip("@") or None
    return _web(feature.get("uri"))


def _attachments(embed: Mapping[str, Any]) -> Iterator[Attachment]:
    kind = _embedded(embed)
    if kind == "recordWithMedia":
        yield from _attachments(embed["media"])
    elif kind == "images":
        yield from (_picture(image, image.get("thumb")) for image in embed["images"])
    elif kind == "gallery":
        yield from (_picture(image, image.get("thumbnail")) for image in embed["items"])
    elif kind == "video":
        yield Attachment(
            kind="video",
            url=_required(_web(embed["playlist"])),
            mime_type="application/vnd.apple.mpegurl",
            alt=_text(embed.get("alt")),
            width=_side(embed, "width"),
            height=_side(embed, "height"),
            preview_url=_web(embed.get("thumbnail")),
        )


def _embedded(embed: Mapping[str, Any]) -> str:
    """Return the last word of an embed's type: `images`, `video`, `external`, `record` ..."""
    return str(embed.get("$type")).removeprefix("app.bsky.embed.").removesuffix("#view")


def _picture(image: Mapping[str, Any], preview: Any) -> Attachment:
    return Attachment(
        kind="image",
        url=_required(_web(image["fullsize"])),
        alt=_text(image.get("alt")),
        width=_side(image, "width"),
        height=_side(image, "height"),
        preview_url=_web(preview),
    )


def _side(media: Mapping[str, Any], name: str) -> int | None:
    # Only their ratio is promised; it keeps a card's place until the picture itself is measured.
    return _count((media.get("aspectRatio") or {}).get(name))


def _kind(attachments: Iterable[Attachment]) -> Kind:
    kinds = {attachment.kind for attachment in attachments}
    if "video" in kinds:
        return Kind.VIDEO
    return Kind.IMAGE if "image" in kinds else Kind.NOTE


def _references(record: Mapping[str, Any], embed: Mapping[str, Any]) -> Iterator[Reference]:
    if parent := (record.get("reply") or {}).get("parent"):
        yield from _reference("reply", parent["uri"])
    quoted = embed.get("record") or {}
    if _embedded(embed) == "recordWithMedia":
        quoted = quoted["record"]
    # What was taken away, or withdrawn from being quoted by its author, has another type.
    if quoted.get("$type") == "app.bsky.embed.record#viewRecord":
        yield from _reference("quote", quoted["uri"])


def _reference(kind: str, uri: str) -> Iterator[Reference]:
    # Feeds, lists and starter packs are embedded in the same way as posts.
    if _URI.fullmatch(uri):
        yield Reference(kind=kind, native_id=uri, url=_address(uri))


def _labels(view: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the labels in force on a post and its author, by moderators and by themselves."""
    own = view["record"].get("labels") or {}
    given = [*(view["author"].get("labels") or ()), *(view.get("labels") or ())]
    withdrawn = {(label.get("src"), label["val"]) for label in given if label.get("neg")}
    values = [
        _required(label["val"])
        for label in (*given, *(own.get("values") or ()))
        if (label.get("src"), label["val"]) not in withdrawn
    ]
    return tuple(dict.fromkeys(values))


def _opt_out(labels: Iterable[str]) -> OptOut | None:
    if _LOGGED_IN_ONLY in labels:
        return OptOut.LOGGED_IN_ONLY
    return None if _HIDDEN.isdisjoint(labels) else OptOut.LABELLED
