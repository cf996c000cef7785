"""What an answer over HTTP says: where to go on, when to come back, and which error it stands for.

Apart from the client in `collectors.http`, whose library only those load who read a platform.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from collectors.base import (
    CollectorError,
    CredentialsError,
    MalformedError,
    QuotaError,
    RateLimitedError,
    TransientError,
)

REDIRECTS = 3
REDIRECT_STATUSES = (301, 302, 303, 307, 308)
RESET_HEADERS = ("retry-after", "x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer; `url` is where it came from after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def retry_at(headers: Mapping[str, str], now: datetime | None = None) -> datetime | None:
    """Return when a platform asks us to come back, or None when it does not say.

    Understands seconds, HTTP dates, ISO dates and epoch seconds, because X sends an epoch,
    Mastodon an ISO date, Reddit seconds and proxies any of them.
    """
    now = now or datetime.now(UTC)
    for name in RESET_HEADERS:
        if (value := headers.get(name)) and (moment := _moment(value.strip(), now)):
            return moment
    return None


def _moment(value: str, now: datetime) -> datetime | None:
    try:
        seconds = float(value)
    except ValueError:
        return _date(value)
    if not 0 <= seconds < 1e11:
        return None
    # A number this large can only be an epoch: nobody asks for a wait of thirty years.
    if seconds > 1e9:
        return datetime.fromtimestamp(seconds, UTC)
    return now + timedelta(seconds=seconds)


def _date(value: str) -> datetime | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
    return None


def redirect_target(url: str, location: str) -> str:
    """Return where a redirect leads, or "" when that is no web address."""
    try:
        target = urljoin(url, location)
        return target if urlsplit(target).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def refusal(platform: str, host: str, status: int, headers: Mapping[str, str]) -> CollectorError:
    """Return the error that an HTTP status other than 200 stands for."""
    message = f"{platform}: {host} answered {status}"
    if status == 429:
        return RateLimitedError(message, retry_at=retry_at(headers))
    if status == 402:
        return QuotaError(message)
    if status in (401, 403):
        return CredentialsError(message)
    if status >= 500 or status in (408, 425):
        return TransientError(message)
    return MalformedError(message)
