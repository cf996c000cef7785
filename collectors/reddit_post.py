"""Understands one post of Reddit's, as its listings give it."""

import mimetypes
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from collectors.html import entities_in, web_address
from store.items import (
    Attachment,
    Author,
    Entity,
    Item,
    Kind,
    Metrics,
    Payload,
    Reference,
)

SITE = "https://www.reddit.com"
_ERASED = ("[deleted]", "[removed]")
_USER = re.compile(r"(?<![\w/])/?u/([A-Za-z0-9_-]{3,20})(?![\w/-])")


def item_of(post: Payload) -> Item:
    """Return the post as an item.

    Raises:
        Exception: it lacks what every post has, or has it in another shape.
    """
    shown = _shown(post)
    text = _text(post)
    return Item(
        platform="reddit",
        native_id=_fullname(post["name"]),
        url=_page(post["permalink"]),
        kind=_native_kind(shown) or Kind.VIDEO,
        title=_words(post["title"]),
        text=text,
        entities=_entities(text),
        attachments=tuple(_attachments(shown)),
        author=_author(post),
        published_at=_time(post["created_utc"]),
        # Very old posts say only that they were edited, not when.
        edited_at=None if isinstance(edited := post.get("edited"), bool | None) else _time(edited),
        references=tuple(_references(post)),
        metrics=_metrics(post),
        sensitive=_flag(post, "over_18", "spoiler"),
        visible=_is_visible(post),
        raw=post,
    )


def _is_visible(post: Payload) -> bool:
    return not (
        post.get("removed_by_category")
        or post.get("author") in (None, "[deleted]")
        or post.get("selftext") in _ERASED
        or post.get("quarantine")
        or post.get("subreddit_type") == "private"
    )


def _shown(post: Payload) -> Payload:
    """Return the post whose pictures people see: that which a crosspost repeats, or itself."""
    parents = post.get("crosspost_parent_list")
    if post.get("crosspost_parent") and parents and _is_visible(parents[0]):
        return parents[0]  # type: ignore[no-any-return]  # a payload holds any JSON
    return post


def _text(post: Payload) -> str:
    """Return what stands below the title; of a link post the link is a part of that."""
    written = post.get("selftext") or ""
    written = "" if written in _ERASED else _words(written)
    link = None if post.get("crosspost_parent") else _link(post)
    return "\n\n".join(part for part in (written, link) if part)


def _link(post: Payload) -> str | None:
    elsewhere = _native_kind(post) in (Kind.ARTICLE, None)
    if not elsewhere or not _is_visible(post):
        return None
    return web_address(post.get("url_overridden_by_dest") or post.get("url"))


def _native_kind(post: Payload) -> Kind | None:
    """Return what Reddit itself says that a post is; None for video pages elsewhere."""
    host = urlsplit(post.get("url") or "").netloc
    hint = post.get("post_hint")
    if post.get("is_gallery") or hint == "image" or host == "i.redd.it":
        return Kind.IMAGE
    if post.get("is_video") or hint == "hosted:video" or host == "v.redd.it":
        return Kind.VIDEO
    if hint == "rich:video":
        return None
    return Kind.NOTE if post.get("is_self") else Kind.ARTICLE


def _entities(text: str) -> tuple[Entity, ...]:
    found = list(entities_in(text))
    taken = {place for entity in found for place in range(entity.start, entity.end)}
    found += [
        Entity(kind="mention", start=match.start(), end=match.end(), value=match[1])
        for match in _USER.finditer(text)
        if taken.isdisjoint(range(*match.span()))
    ]
    return tuple(sorted(found, key=lambda entity: entity.start))


def _author(post: Payload) -> Author:
    name = post["author"]
    if name in (None, "[deleted]"):
        return Author(native_id="[deleted]")
    return Author(
        native_id=post.get("author_fullname") or _words(name),
        handle=_words(name),
        url=f"{SITE}/user/{quote(name)}",
    )


def _references(post: Payload) -> Iterator[Reference]:
    if parent := post.get("crosspost_parent"):
        parents: Sequence[Payload] = post.get("crosspost_parent_list") or ({},)
        page = parents[0].get("permalink")
        yield Reference(
            kind="repost", native_id=_fullname(parent), url=_page(page) if page else None
        )


def _metrics(post: Payload) -> Metrics:
    return Metrics(
        likes=None if post.get("hide_score") else _count(post.get("score")),
        replies=_count(post.get("num_comments")),
        reposts=_count(post.get("num_crossposts")),
        views=_count(post.get("view_count")),
    )


def _attachments(post: Payload) -> Iterator[Attachment]:
    if not _is_visible(post):
        return
    if gallery := post.get("gallery_data"):
        for entry in gallery["items"]:
            yield from _of_gallery(post, entry["media_id"], entry.get("caption"))
    elif video := _video(post):
        yield Attachment(
            kind="video",
            url=video["fallback_url"],
            mime_type="video/mp4",
            width=_count(video.get("width")),
            height=_count(video.get("height")),
            duration=video.get("duration"),
            preview_url=_preview(post).get("url"),
        )
    elif _native_kind(post) is Kind.IMAGE and (url := web_address(post.get("url"))):
        source = _preview(post)
        yield Attachment(
            kind="image",
            url=url,
            mime_type=mimetypes.guess_type(urlsplit(url).path)[0],
            width=_count(source.get("width")),
            height=_count(source.get("height")),
        )
    else:
        # Pictures that stand in the text of a post.
        for media_id in post.get("media_metadata") or ():
            yield from _of_gallery(post, media_id, None)


def _of_gallery(post: Payload, media_id: str, caption: str | None) -> Iterator[Attachment]:
    media = (post.get("media_metadata") or {}).get(media_id) or {}
    source = media.get("s") or {}
    # Pictures that are still being worked on, or that failed, have no source.
    url = web_address(source.get("u") or source.get("gif") or source.get("mp4"))
    if media.get("status") == "valid" and url:
        yield Attachment(
            kind="image",
            url=url,
            mime_type=media.get("m"),
            alt=caption or None,
            width=_count(source.get("x")),
            height=_count(source.get("y")),
        )


def _video(post: Payload) -> Mapping[str, Any] | None:
    for field in ("secure_media", "media"):
        if video := (post.get(field) or {}).get("reddit_video"):
            return video  # type: ignore[no-any-return]  # a payload holds any JSON
    return None


def _preview(post: Payload) -> Mapping[str, Any]:
    images: Sequence[Mapping[str, Any]] = (post.get("preview") or {}).get("images") or ({},)
    return images[0].get("source") or {}


def _page(permalink: str) -> str:
    if not permalink.startswith("/"):
        raise ValueError("permalink is no path")
    return SITE + quote(permalink, safe="/%")


def _fullname(name: str) -> str:
    if not re.fullmatch(r"t3_[0-9a-z]+", name):
        raise ValueError("name is not that of a post")
    return name


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _flag(post: Payload, *names: str) -> bool | None:
    values = [post[name] for name in names if isinstance(post.get(name), bool)]
    return any(values) if values else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
