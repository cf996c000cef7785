"""Plain HTTP as every platform may expect it: named, patient for a while, and never greedy."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2

from collectors.answers import REDIRECT_STATUSES, REDIRECTS, Answer, redirect_target, refusal
from collectors.base import MalformedError, TransientError
from collectors.guard import GuardedBackend, GuardedTransport


class PoliteClient:
    """A client of one platform: our own name, time and size limits, our own errors.

    Args:
        platform: what error messages start with.
        agent: who we are, with a contact address: what administrators of small servers look for.
        timeout: seconds for one whole answer, redirects included.
        max_bytes: most bytes of one answer, counted after decompression.
        headers: sent with every request, and to no other host than the first.
        guard: opens the connections where an answer may send us to an address that nobody here
            has chosen; None goes anywhere.
    """

    def __init__(
        self,
        platform: str,
        *,
        agent: str,
        timeout: float,
        max_bytes: int = 1_000_000,
        headers: Mapping[str, str] | None = None,
        guard: GuardedBackend | None = None,
    ) -> None:
        self.platform = platform
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._headers = dict(headers or {})
        self._client = httpx2.Client(
            timeout=httpx2.Timeout(timeout, connect=min(5, timeout)),
            headers={"user-agent": agent},
            trust_env=False,
            follow_redirects=False,
            transport=None if guard is None else GuardedTransport(guard),
        )

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Any = None,
        json_body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer, whatever its status; follows at most three redirects of a GET.

        Raises:
            TransientError: no answer in time, or a broken connection.
            MalformedError: an answer larger than allowed, a redirect loop, or no HTTP at all.
        """
        deadline = time.monotonic() + self._timeout
        first_url, first_host = url, _host(url)
        for _ in range(REDIRECTS + 1):
            sent = {**(self._headers if _may_know(url, first_url) else {}), **(headers or {})}
            answer = self._once(method, url, params, json_body, sent, deadline)
            target = answer.headers.get("location")
            if method != "GET" or answer.status not in REDIRECT_STATUSES or not target:
                return answer
            url, params = redirect_target(answer.url, target), None
            if not url:
                break
        raise MalformedError(f"{self.platform}: {first_host} redirects in a loop or out of the web")

    def get_json(self, url: str, *, params: Any = None) -> tuple[Any, Mapping[str, str]]:
        """Return the JSON of a 200 answer and its headers.

        Raises:
            CollectorError: the class that the status, or what is wrong with the body, stands for.
        """
        return self.json_of(self.request("GET", url, params=params))

    def json_of(self, answer: Answer) -> tuple[Any, Mapping[str, str]]:
        """Return the JSON of an answer that must be 200; raises as `get_json`."""
        host = _host(answer.url)
        if answer.status != 200:
            raise refusal(self.platform, host, answer.status, answer.headers)
        try:
            return json.loads(answer.body), answer.headers
        except (ValueError, RecursionError) as error:
            raise MalformedError(f"{self.platform}: {host} answered 200 without JSON") from error

    def _once(
        self,
        method: str,
        url: str,
        params: Any,
        json_body: Any,
        headers: Mapping[str, str],
        deadline: float,
    ) -> Answer:
        host = _host(url)
        try:
            with self._client.stream(
                method, url, params=params, json=json_body, headers=headers
            ) as response:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > self._max_bytes:
                        raise MalformedError(
                            f"{self.platform}: {host} sent more than {self._max_bytes} bytes"
                        )
                    if time.monotonic() > deadline:
                        raise TransientError(f"{self.platform}: {host} was too slow")
                return Answer(
                    response.status_code, response.headers, bytes(body), str(response.url)
                )
        except httpx2.TimeoutException as error:
            raise TransientError(f"{self.platform}: {host} did not answer in time") from error
        except httpx2.DecodingError as error:
            raise MalformedError(f"{self.platform}: {host} sent a broken body") from error
        except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
            raise MalformedError(f"{self.platform}: not a web address") from error
        except httpx2.TransportError as error:
            raise TransientError(f"{self.platform}: no connection to {host}") from error


def _host(url: str) -> str:
    """Return the host and port of an address, without the user and password before them."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _may_know(url: str, first_url: str) -> bool:
    """Say whether headers meant for the first address may go to this one."""
    downgraded = urlsplit(first_url).scheme == "https" and urlsplit(url).scheme != "https"
    return _host(url) == _host(first_url) and not downgraded
