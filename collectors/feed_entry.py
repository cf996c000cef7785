"""Understands one entry of a feed: an RSS item, an Atom entry, or an item of a JSON Feed."""

import mimetypes
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from collectors.html import entities_in, images_of, text_of, web_address
from store.items import Attachment, Author, Entity, Item, Kind, Payload

_HTML = ("text/html", "application/xhtml+xml")


def item_of(payload: Payload) -> Item:
    """Return the entry as an item.

    Raises:
        Exception: it lacks what a post must have, or has it in another shape.
    """
    feed = payload["feed"]
    item = _of_json(feed, payload) if "item" in payload else _of_xml(feed, payload)
    if not item.native_id or not (item.text or item.title or item.attachments):
        raise ValueError("nothing to show, or no id")
    return item


def published_at(entry: Mapping[str, Any]) -> datetime | None:
    """Return when an entry of a document says that it was published; None if it does not."""
    if "item" in entry:
        item = entry["item"] if isinstance(entry["item"], Mapping) else {}
        return _date(item.get("date_published")) or _date(item.get("date_modified"))
    fields = entry["entry"]
    names = ("published_parsed", "updated_parsed", "created_parsed")
    return next((moment for name in names if (moment := _date(fields.get(name)))), None)


def _of_xml(feed: Mapping[str, Any], payload: Payload) -> Item:
    entry = payload["entry"]
    base = web_address(entry.get("link"), base_url=feed["url"]) or feed["url"]
    value, is_html, value_base = _body(entry, base)
    text, entities = _text(value, is_html=is_html, base_url=value_base)
    title = _title(entry)
    attachments = tuple(_attachments(entry, base))
    if not attachments and is_html:
        attachments = images_of(value, base_url=value_base)
    if not attachments:
        attachments = tuple(_thumbnails(entry, base))
    published, edited = _times(payload, entry.get("updated_parsed"))
    return Item(
        platform="feeds",
        native_id=_native_id(entry.get("id") or entry.get("link"), feed),
        instance=urlsplit(feed["url"]).netloc,
        url=_page(entry.get("link"), entry.get("id"), feed),
        kind=Kind.ARTICLE if title else Kind.NOTE,
        title=title,
        text=text,
        entities=entities,
        tags=_tags(tag.get("label") or tag.get("term") for tag in entry.get("tags") or ()),
        attachments=attachments,
        author=_author(feed, _named(entry)),
        published_at=published,
        edited_at=edited,
        language_hint=_language(_spoken(entry), feed),
        sensitive=_is_adult(entry),
        vouched=feed["vouched"],
        raw=payload,
    )


def _of_json(feed: Mapping[str, Any], payload: Payload) -> Item:
    item = payload["item"]
    html = item.get("content_html")
    base = web_address(item.get("url"), base_url=feed["url"]) or feed["url"]
    value = html or item.get("content_text") or item.get("summary") or ""
    text, entities = _text(value, is_html=bool(html), base_url=base)
    title = " ".join((item.get("title") or "").split()) or None
    attachments = tuple(_json_attachments(item, base))
    if not attachments and html:
        attachments = images_of(html, base_url=base)
    published, edited = _times(payload, item.get("date_modified"))
    authors = item.get("authors") or [item.get("author")]
    return Item(
        platform="feeds",
        # Ids are texts by the letter of the format, and numbers in many feeds.
        native_id=_native_id(str(item["id"]), feed),
        instance=urlsplit(feed["url"]).netloc,
        url=_page(item.get("url"), item["id"], feed),
        kind=Kind.ARTICLE if title else Kind.NOTE,
        title=title,
        text=text,
        entities=entities,
        tags=_tags(item.get("tags") or ()),
        attachments=attachments,
        author=_author(feed, authors[0]),
        published_at=published,
        edited_at=edited,
        language_hint=_language(item.get("language"), feed),
        vouched=feed["vouched"],
        raw=payload,
    )


def _body(entry: Mapping[str, Any], base: str) -> tuple[str, bool, str]:
    """Return the fullest text of an entry, whether it is HTML, and what it is relative to."""
    contents = [*(entry.get("content") or ()), entry.get("summary_detail") or {}]
    for types in (_HTML, ("text/plain",)):
        for content in contents:
            if content.get("type") in types and (content.get("value") or "").strip():
                return content["value"], types is _HTML, content.get("base") or base
    return entry["media"]["description"] or entry.get("summary") or "", False, base


def _text(value: str, *, is_html: bool, base_url: str) -> tuple[str, tuple[Entity, ...]]:
    if is_html:
        return text_of(value, base_url=base_url)
    plain = value.strip()
    return plain, entities_in(plain)


def _title(entry: Mapping[str, Any]) -> str | None:
    detail = entry.get("title_detail") or {}
    value = detail.get("value") or ""
    if detail.get("type") in _HTML:
        value = text_of(value)[0]
    return " ".join(value.split()) or None


def _times(payload: Payload, changed: Any) -> tuple[datetime, datetime | None]:
    if (published := published_at(payload)) is None:
        raise ValueError("no date")
    edited = _date(changed)
    return published, edited if edited and edited > published else None


def _date(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _native_id(value: Any, feed: Mapping[str, Any]) -> str:
    native_id = str(value or "").strip()
    # An id that is no address, urn or tag is unique in its own feed alone.
    return native_id if not native_id or ":" in native_id else f"{feed['id']}#{native_id}"


def _page(link: Any, native_id: Any, feed: Mapping[str, Any]) -> str:
    page = web_address(link, base_url=feed["url"]) or web_address(native_id)
    if page is None:
        raise ValueError("no address")
    return page


def _tags(tags: Iterable[Any]) -> tuple[str, ...]:
    named = (tag.strip().lstrip("#＃") for tag in tags if isinstance(tag, str))
    return tuple(dict.fromkeys(tag for tag in named if tag))


def _named(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an entry's author without the mail address that RSS wants there."""
    detail = entry.get("author_detail") or {}
    name = detail.get("name")
    written = entry.get("author") or ""
    if "@" in written:
        # `someone@example.org (Name)` or `Name <someone@example.org>`; feedparser cuts both wrongly
        # where the address ends in more than four letters.
        match = re.fullmatch(r"\S+@\S+ *\(([^()@]+)\)|([^<>@]+)<\S+@\S+>", written.strip())
        name = (match[1] or match[2]).strip() if match else None
    return {"name": name, "url": detail.get("href")}


def _author(feed: Mapping[str, Any], named: Any) -> Author:
    """Return who wrote an entry: who it names, whom the feed names, or the feed itself."""
    for author in (named, feed["author"]):
        if isinstance(author, Mapping) and (author.get("name") or author.get("url")):
            url = web_address(author.get("url"), base_url=feed["url"])
            name = author.get("name") or None
            return Author(
                native_id=url or f"{feed['id']}#{name}",
                name=name,
                url=url,
                avatar_url=web_address(author.get("avatar"), base_url=feed["url"]),
            )
    return Author(
        native_id=feed["id"],
        name=feed["name"] or feed["title"],
        url=web_address(feed["link"], base_url=feed["url"]),
    )


def _spoken(entry: Mapping[str, Any]) -> Any:
    details = [
        *(entry.get("content") or ()),
        entry.get("summary_detail"),
        entry.get("title_detail"),
    ]
    return next(
        (detail["language"] for detail in details if detail and detail.get("language")), None
    )


def _language(value: Any, feed: Mapping[str, Any]) -> str | None:
    for tag in (value, feed["language"]):
        if isinstance(tag, str) and re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", tag):
            return tag.replace("_", "-")
    return None


def _is_adult(entry: Mapping[str, Any]) -> bool | None:
    rating = (entry.get("media_rating") or {}).get("content")
    return {"adult": True, "nonadult": False}.get(rating or "")


def _attachments(entry: Mapping[str, Any], base: str) -> Iterator[Attachment]:
    seen = set()
    enclosures = [
        {**link, "url": link.get("href")}
        for link in entry.get("links") or ()
        if link.get("rel") == "enclosure"
    ]
    previews = [attachment.url for attachment in _thumbnails(entry, base)]
    for media in (*(entry.get("media_content") or ()), *enclosures):
        url = web_address(media.get("url"), base_url=base)
        kind = _kind(url or "", media.get("type"), media.get("medium"))
        if url is None or kind is None or url in seen:
            continue
        seen.add(url)
        yield Attachment(
            kind=kind,
            url=url,
            mime_type=media.get("type"),
            alt=entry["media"]["alts"].get(media["url"]) or media.get("title") or None,
            width=_pixels(media.get("width")),
            height=_pixels(media.get("height")),
            duration=_seconds(media.get("duration")),
            preview_url=previews[0] if previews and kind == "video" else None,
        )


def _thumbnails(entry: Mapping[str, Any], base: str) -> Iterator[Attachment]:
    for picture in entry.get("media_thumbnail") or ():
        if url := web_address(picture.get("url"), base_url=base):
            yield Attachment(
                kind="image",
                url=url,
                width=_pixels(picture.get("width")),
                height=_pixels(picture.get("height")),
            )


def _json_attachments(item: Mapping[str, Any], base: str) -> Iterator[Attachment]:
    if url := web_address(item.get("image"), base_url=base):
        yield Attachment(kind="image", url=url, mime_type=mimetypes.guess_type(url)[0])
    for media in item.get("attachments") or ():
        url = web_address(media.get("url"), base_url=base)
        kind = _kind(url or "", media.get("mime_type"), None)
        if url and kind:
            yield Attachment(
                kind=kind,
                url=url,
                mime_type=media.get("mime_type"),
                alt=media.get("title") or None,
                duration=_seconds(media.get("duration_in_seconds")),
            )


def _kind(url: str, mime_type: str | None, medium: str | None) -> str | None:
    kinds = ("image", "video", "audio")
    if medium in kinds:
        return medium
    mime_type = mime_type or mimetypes.guess_type(urlsplit(url).path)[0] or ""
    kind = mime_type.partition("/")[0]
    return kind if kind in kinds else None


def _pixels(value: Any) -> int | None:
    return int(value) if str(value).isascii() and str(value).isdigit() and int(value) else None


def _seconds(value: Any) -> float | None:
    try:
        return float(value) if value else None
    except (TypeError, ValueError):
        return None
