"""How YouTube answers: the way through Google's client, refusals, and the shape of answers."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from collectors.answers import Answer, retry_at
from collectors.base import (
    CollectorError,
    CredentialsError,
    MalformedError,
    QuotaError,
    RateLimitedError,
)
from collectors.youtube_video import time_of

if TYPE_CHECKING:
    from collectors.http import PoliteClient

DAY_IN = "America/Los_Angeles"
"""Where the day of the quota begins and ends."""
MAX_BYTES = 5_000_000
"""Most bytes of one answer; fifty videos with the longest descriptions are below 1 MB."""

_QUOTA = {"quotaExceeded", "dailyLimitExceeded"}
_RATE = {"rateLimitExceeded", "userRateLimitExceeded"}
_KEY = {"keyInvalid", "keyExpired", "API_KEY_INVALID"}


class PoliteHttp:
    """What Google's client takes for an `httplib2.Http`, which has no limit of time or size.

    Every refusal becomes one of our errors here, before that client can put the whole address into
    an error's text. The key goes as a header, as in Google's own libraries, and so into no log.
    """

    def __init__(self, http: "PoliteClient") -> None:
        self._http = http

    def request(self, uri: str, method: str = "GET", **_own: Any) -> tuple[Any, bytes]:
        """Return a 200 answer that is a JSON object."""
        import httplib2

        answer = self._http.request(method, uri)
        if answer.status != 200 and (error := _refusal(answer)):
            raise error
        data, _ = self._http.json_of(answer)
        if not isinstance(data, dict):
            raise MalformedError("youtube: an answer that is no JSON object")
        return httplib2.Response({"status": "200"}), json.dumps(data).encode()


def items_of(answer: Any, kind: str) -> list[Any]:
    """Return the items of an answer of one kind, which may leave them out when there are none."""
    items = answer.get("items")
    info = answer.get("pageInfo")
    if items is None and isinstance(info, dict) and info.get("totalResults") == 0:
        items = []
    if answer.get("kind") != kind or not isinstance(items, list):
        raise MalformedError("youtube: an answer that is not what YouTube documents")
    return items


def hit_of(one: Any) -> tuple[str, datetime | None] | None:
    """Return id and time of a search result; None when it is malformed."""
    try:
        video_id = one["id"]["videoId"]
    except (KeyError, TypeError):
        return None
    if not isinstance(video_id, str):
        return None
    try:
        return video_id, time_of(one["snippet"]["publishedAt"])
    except (KeyError, OverflowError, TypeError, ValueError):
        return video_id, None


def _refusal(answer: Answer) -> CollectorError | None:
    """Return the error of a refusal that its status alone does not tell."""
    message = f"youtube: {urlsplit(answer.url).netloc} answered {answer.status}"
    reasons, limits = _reasons(answer.body)
    if answer.status in (403, 429) and (reasons & _QUOTA or any("PerDay" in one for one in limits)):
        return QuotaError(message, retry_at=_renewal(datetime.now(UTC)))
    if answer.status == 403 and reasons & _RATE:
        return RateLimitedError(message, retry_at=retry_at(answer.headers))
    if answer.status == 400 and reasons & _KEY:
        return CredentialsError(message)
    return None


def _reasons(body: bytes) -> tuple[set[str], set[str]]:
    """Return the reasons that an error names, and the limits that it says are reached."""
    try:
        error = json.loads(body)["error"]
        named = [*error.get("errors", ()), *error.get("details", ())]
        reasons = {str(one.get("reason")) for one in named}
        return reasons, {str(one.get("metadata", {}).get("quota_limit")) for one in named}
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return set(), set()


def _renewal(now: datetime) -> datetime:
    """Return when the quota renews: at midnight where YouTube's day ends."""
    local = now.astimezone(ZoneInfo(DAY_IN))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=1)).astimezone(UTC)
