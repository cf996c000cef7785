"""What a status of Mastodon's API says (docs.joinmastodon.org/entities/Status)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from collectors.html import text_of
from store.items import Attachment, Author, Item, Kind, Metrics, OptOut, Payload, Reference

_NO_INDEX = re.compile(r"[#＃](?:nobots?|noindex)\b", re.IGNORECASE)
_KINDS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}


def id_of(status: Any) -> str | None:
    """Return a status's id on its server, or None when it has none."""
    value = status.get("id") if isinstance(status, dict) else None
    return value if isinstance(value, str) and value else None


def written_at(status: Any) -> datetime | None:
    """Return when a status says that it was written, or None when it does not say."""
    try:
        return _time(status["created_at"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def item_of(payload: Payload, *, strict: bool = False) -> Item:
    """Understand one status.

    Args:
        payload: `instance`, the host that it was read from, and `status`, what that sent.
        strict: an author who says nothing about being found has not agreed.

    Raises:
        Exception: any, when it is not a status.
    """
    host, status = payload["instance"], payload["status"]
    account, uri = status["account"], _required(status["uri"])
    text, entities = text_of(status["content"])
    attachments = tuple(_attachments(status))
    edited = _text(status.get("edited_at"))
    return Item(
        platform="mastodon",
        native_id=uri,
        lookup_id=_required(status["id"]),
        instance=host,
        url=_required(_web(status.get("url")) or _web(uri)),
        kind=_kind(attachments),
        text=text,
        entities=entities,
        tags=tuple(_required(tag["name"]) for tag in status.get("tags") or ()),
        attachments=attachments,
        author=_author(account, host),
        published_at=_time(status["created_at"]),
        edited_at=_time(edited) if edited else None,
        version=edited,
        language_hint=_text(status.get("language")),
        references=tuple(_references(status)),
        metrics=Metrics(
            likes=_count(status.get("favourites_count")),
            replies=_count(status.get("replies_count")),
            reposts=_count(status.get("reblogs_count")),
        ),
        content_warning=_text(status.get("spoiler_text")),
        sensitive=status.get("sensitive") is True,
        visible=status["visibility"] == "public" and not _is_hidden(account),
        opt_out=_opt_out(account, strict=strict),
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
        raise ValueError("a status without its id, uri, address or author")
    return text


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _web(value: Any) -> str | None:
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else None


def _author(account: Mapping[str, Any], host: str) -> Author:
    handle = _required(account["acct"])
    return Author(
        # Older servers do not give the account's uri; its number means nothing elsewhere.
        native_id=_required(account.get("uri") or account["url"]),
        handle=handle if "@" in handle else f"{handle}@{host}",
        name=_text(account.get("display_name")) or _text(account.get("username")),
        url=_web(account.get("url")),
        avatar_url=_web(account.get("avatar")),
    )


def _attachments(status: Mapping[str, Any]) -> Iterator[Attachment]:
    for media in status.get("media_attachments") or ():
        kind = _KINDS.get(media["type"])
        # A server that has not fetched a picture yet knows only where it comes from.
        url = _web(media.get("url")) or _web(media.get("remote_url"))
        if not kind or not url:
            continue
        original = (media.get("meta") or {}).get("original") or {}
        duration = original.get("duration")
        yield Attachment(
            kind=kind,
            url=url,
            alt=_text(media.get("description")),
            width=_count(original.get("width")),
            height=_count(original.get("height")),
            duration=float(duration) if isinstance(duration, int | float) else None,
            preview_url=_web(media.get("preview_url")),
        )


def _kind(attachments: Sequence[Attachment]) -> Kind:
    kinds = {attachment.kind for attachment in attachments}
    if "video" in kinds:
        return Kind.VIDEO
    return Kind.IMAGE if "image" in kinds else Kind.NOTE


def _references(status: Mapping[str, Any]) -> Iterator[Reference]:
    if status.get("in_reply_to_id"):
        # The answered post is named by this server's own number only, which means nothing outside.
        yield Reference(kind="reply")
    if quoted := (status.get("quote") or {}).get("quoted_status"):
        yield Reference(kind="quote", native_id=quoted["uri"], url=_web(quoted.get("url")))
    if boosted := status.get("reblog"):
        yield Reference(kind="repost", native_id=boosted["uri"], url=_web(boosted.get("url")))


def _is_hidden(account: Mapping[str, Any]) -> bool:
    """Say whether a server's moderators hide an account or have closed it."""
    return bool(account.get("limited") or account.get("suspended"))


def _opt_out(account: Mapping[str, Any], *, strict: bool) -> OptOut | None:
    """Return the first of an author's own settings that forbids showing posts elsewhere."""
    note, _ = text_of(account.get("note") or "")
    indexable, discoverable = account.get("indexable"), account.get("discoverable")
    reasons = {
        OptOut.NO_INDEX: account.get("noindex") is True or _NO_INDEX.search(note),
        OptOut.NOT_INDEXABLE: indexable is False or (strict and indexable is not True),
        OptOut.NOT_DISCOVERABLE: discoverable is False or (strict and discoverable is not True),
        OptOut.LOCKED: account.get("locked") is True,
        OptOut.BOT: account.get("bot") is True,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)
