"""The way to Reddit's servers under praw: one try, one deadline, no sleep.

praw 8 ignores its own `timeout`, prawcore repeats what failed up to three times and sleeps until a
used-up rate limit renews. All of that happens above the `requests.Session` which it is handed, and
none of it for errors that are not its own: so `Line` takes that session's place, and says at once
what is wrong in our words.
"""

import io
import json
import time
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from collectors.answers import refusal
from collectors.base import (
    Budget,
    CollectorError,
    CredentialsError,
    MalformedError,
    RateLimitedError,
    TransientError,
)

if TYPE_CHECKING:
    from requests import Response

MAX_BYTES = 10_000_000
"""Most bytes of one answer: a hundred long posts with galleries stay below."""
TOKEN_PATH = "/api/v1/access_token"  # noqa: S105 - an address
CHUNK = 65_536


class TokenError(CredentialsError):
    """The token of this hour is refused; a new one may be accepted."""


class Line:
    """A `requests.Session` as prawcore uses one; `budget` is spent by every request."""

    def __init__(self, timeout: float) -> None:
        import requests

        self.budget: Budget | None = None
        self._session = requests.Session()
        # A .netrc or proxy of the machine would change who we are, or whom we talk to.
        self._session.trust_env = False
        self._timeout = timeout
        self._renews_at: datetime | None = None

    @property
    def headers(self) -> MutableMapping[str, str | bytes]:
        """The headers of every request; prawcore sets its User-Agent here."""
        return self._session.headers

    def close(self) -> None:
        """Close connections."""
        self._session.close()

    def request(self, method: str, url: str, **details: Any) -> "Response":
        """Return an answer of 200, read to its end.

        Args:
            method: as `requests` takes it.
            url: a full address.
            details: what else `requests` takes; time-outs and redirects are our own.

        Raises:
            CollectorError: the class that the status, or what is wrong with the body, stands for.
        """
        is_token = urlsplit(url).path == TOKEN_PATH
        if self._renews_at and datetime.now(UTC) < self._renews_at:
            raise RateLimitedError(
                "reddit: the requests of this window are used up", retry_at=self._renews_at
            )
        if self.budget:
            self.budget.spend("tokens" if is_token else "calls")
        response = self._answer(method, url, details)
        self._count(response.headers)
        if response.status_code != 200:
            raise _refusal(response, is_token=is_token)
        return response

    def _answer(self, method: str, url: str, details: dict[str, Any]) -> "Response":
        import requests
        import urllib3

        host = urlsplit(url).netloc
        deadline = time.monotonic() + self._timeout
        limits = {
            "timeout": (min(5, self._timeout), self._timeout),
            "allow_redirects": False,
            "stream": True,
        }
        try:
            response = self._session.request(method, url, **{**details, **limits})
            try:
                body = _body(response, host, deadline)
            finally:
                response.close()
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise TransientError(f"reddit: {host} did not answer in time") from None
        except (requests.ConnectionError, urllib3.exceptions.ProtocolError):
            raise TransientError(f"reddit: no connection to {host}") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError):
            raise MalformedError(f"reddit: {host} sent no proper answer") from None
        # What was read within our limits is what prawcore reads again as the body.
        response.raw = io.BytesIO(body)
        return response

    def _count(self, headers: MutableMapping[str, str]) -> None:
        """Remember when a used-up window renews, and let prawcore know nothing of it."""
        left = _number(headers.pop("x-ratelimit-remaining", None))
        reset = _number(headers.get("x-ratelimit-reset"))
        headers.pop("x-ratelimit-used", None)
        self._renews_at = None
        if left is not None and reset is not None and left < 1:
            self._renews_at = datetime.now(UTC) + timedelta(seconds=min(max(reset, 1), 3600))


def _body(response: "Response", host: str, deadline: float) -> bytes:
    body = bytearray()
    # read1 gives what has come; read would wait for a whole chunk, past any deadline.
    while piece := response.raw.read1(CHUNK, decode_content=True):
        body += piece
        if len(body) > MAX_BYTES:
            raise MalformedError(f"reddit: {host} sent more than {MAX_BYTES} bytes")
        if time.monotonic() > deadline:
            raise TransientError(f"reddit: {host} was too slow")
    return bytes(body)


def _refusal(response: "Response", *, is_token: bool) -> CollectorError:
    address, status = urlsplit(response.url), response.status_code
    if is_token and status in (400, 401, 403):
        return CredentialsError(f"reddit: {address.netloc} refuses the client id or secret")
    if status == 401:
        return TokenError(f"reddit: {address.netloc} answered 401")
    if closed := _closed_subreddit(address.path, status, response.content):
        return CollectorError(f"reddit: {closed} is private, banned or gone: take it out of config")
    return refusal("reddit", address.netloc, status, response.headers)


def _closed_subreddit(path: str, status: int, body: bytes) -> str | None:
    """Return the subreddit that cannot be read, where that is all that a refusal means."""
    parts = path.strip("/").split("/")
    if parts[0] != "r" or parts[1] == "all":
        return None
    # One that does not exist sends us to the search for subreddits; one that is private or kept
    # back gives its reason, which a refused app does not get.
    if status in (302, 404) or (status == 403 and _reason(body)):
        return f"r/{parts[1]}"
    return None


def _reason(body: bytes) -> str | None:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return answer.get("reason") if isinstance(answer, Mapping) else None


def _number(value: str | None) -> float | None:
    try:
        return float(value) if value else None
    except ValueError:
        return None
