"""What one video resource of the YouTube Data API says, as an `Item`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.html import entities_in
from store.items import Attachment, Author, Item, Kind, Metrics, Payload

_SITE = "https://www.youtube.com"
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
_NO_LANGUAGE = {"und", "zxx"}
_SHOWN = {"uploaded", "processed"}


def time_of(value: str) -> datetime:
    """Return the moment that YouTube writes like this.

    Raises:
        ValueError: it is none, or has no time zone.
    """
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)


def item_of(payload: Payload) -> Item:
    """Return what a video says.

    Raises:
        Exception: it is not what YouTube documents.
    """
    video = payload["video"]
    snippet, status, details = video["snippet"], video["status"], video["contentDetails"]
    blocked, everywhere = _restriction(details)
    restricted = (details.get("contentRating") or {}).get("ytRating") == "ytAgeRestricted"
    description = snippet.get("description", "")
    page_url = f"{_SITE}/watch?v={video['id']}"
    return Item(
        platform="youtube",
        native_id=video["id"],
        url=page_url,
        kind=Kind.VIDEO,
        text=description,
        title=snippet.get("title") or None,
        entities=entities_in(description),
        tags=tuple(snippet.get("tags", ())),
        attachments=(
            Attachment(
                kind="video",
                url=page_url,
                duration=_seconds(details.get("duration")),
                preview_url=_largest(snippet.get("thumbnails") or {}),
            ),
        ),
        author=Author(
            native_id=snippet["channelId"],
            name=snippet.get("channelTitle"),
            url=f"{_SITE}/channel/{snippet['channelId']}",
        ),
        published_at=time_of(snippet["publishedAt"]),
        language_hint=_language_of(snippet),
        metrics=_metrics_of(video.get("statistics") or {}),
        sensitive=True if restricted else None,
        labels=("ytAgeRestricted",) if restricted else (),
        ai_labelled=status.get("containsSyntheticMedia"),
        embeddable=status.get("embeddable"),
        withheld_in=blocked,
        visible=status["privacyStatus"] == "public"
        and status.get("uploadStatus", "processed") in _SHOWN
        and not everywhere,
        raw=payload,
    )


def _restriction(details: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    """Return the countries that may not see a video, and whether none may.

    A list of those that may see it would name all others here; only the empty one says something
    that our readers need.
    """
    restriction = details.get("regionRestriction") or {}
    return tuple(sorted(restriction.get("blocked", ()))), restriction.get("allowed") == []


def _seconds(value: str | None) -> float | None:
    """Return a length in seconds; None for broadcasts, which have none yet."""
    match = _DURATION.fullmatch(value or "")
    if not match:
        return None
    parts = {unit: int(number) for unit, number in match.groupdict("0").items()}
    return timedelta(**parts).total_seconds() or None


def _largest(thumbnails: Mapping[str, Any]) -> str | None:
    if not thumbnails:
        return None
    return str(max(thumbnails.values(), key=lambda one: one.get("width", 0))["url"])


def _language_of(snippet: Mapping[str, Any]) -> str | None:
    for name in ("defaultAudioLanguage", "defaultLanguage"):
        if (code := snippet.get(name)) and code not in _NO_LANGUAGE:
            return str(code)
    return None


def _metrics_of(counts: Mapping[str, str]) -> Metrics:
    """Return the counts, which come as words; an owner may hide each of them."""
    likes, replies, views = (
        int(counts[name]) if name in counts else None
        for name in ("likeCount", "commentCount", "viewCount")
    )
    return Metrics(likes=likes, replies=replies, views=views)
