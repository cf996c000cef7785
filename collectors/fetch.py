"""Fetches what strangers name: pictures and pages whose address comes from a post or a feed.

Everything here expects the worst of both the address and the server behind it. Addresses are read
in `web_address`, connections are opened by `guard`, and no answer is waited for, or unpacked,
beyond its limits.
"""

import contextlib
import ssl
import threading
import time
from collections.abc import Collection, Iterator
from typing import Self

import httpcore2
import httpx2

from collectors import web_address
from collectors.answers import REDIRECT_STATUSES, REDIRECTS, Answer, redirect_target, refusal
from collectors.base import CollectorError, MalformedError, TransientError
from collectors.guard import ForbiddenAddressError, GuardedBackend, Resolve, system_resolve
from collectors.unpack import Unpacker, UnpackError
from collectors.web_address import PORTS, WebAddress

PLATFORM = "media"
CONNECT = 3.0
"""Seconds for a look-up, for a connection and for a TLS handshake, each."""
READ = 5.0
"""Seconds without a single byte."""


class GoneError(CollectorError):
    """The server says outright that there is nothing at this address (404, 410)."""

    advice = "Nothing to do: what was there has been taken away."


class Fetcher:
    """One guarded way to the open web, shared by all threads.

    Args:
        agent: who we are, with a contact address.
        trusted: `host` (its usual ports) or `host:port` names set by the operator, which may be on
            private addresses and without TLS.
        resolve: looks up names.
        timeout: seconds for one whole answer: look-up, handshake, redirects and body.
        max_bytes: most bytes of one answer, counted after decompression.
        per_host: most connections to one host at once.
        verify: whose certificates are believed; None is what this machine believes.
    """

    def __init__(  # noqa: PLR0913 - each is a limit that tests set to something small
        self,
        *,
        agent: str,
        trusted: Collection[str] = (),
        resolve: Resolve = system_resolve,
        timeout: float = 15.0,
        max_bytes: int = 8_000_000,
        per_host: int = 4,
        verify: ssl.SSLContext | None = None,
    ) -> None:
        self._agent = agent
        self._trusted = trusted_places(trusted)
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._turns = _Turns(per_host)
        self._backend = GuardedBackend(PLATFORM, trusted=self._trusted, resolve=resolve)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=verify or httpx2.create_ssl_context(trust_env=False),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5,
            network_backend=self._backend,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close connections."""
        self._pool.close()

    def fetch(self, url: str, *, accept: str = "*/*", max_bytes: int | None = None) -> Answer:
        """Return the 200 answer of an address, after at most three redirects.

        Args:
            accept: the media types wanted, as in the `Accept` header.
            max_bytes: for this answer instead of the usual limit.

        Raises:
            ForbiddenAddressError: the address, or one it redirects to, is not ours to visit.
            GoneError: there is nothing (any more).
            TransientError: no answer in time, a broken connection, no valid certificate.
            CollectorError: the class that another status stands for; MalformedError for an address
                that is none, and for an answer too large or badly packed.
        """
        limit = self._max_bytes if max_bytes is None else max_bytes
        headers = {"user-agent": self._agent, "accept": accept, "accept-encoding": "gzip, identity"}
        with self._backend.deadline.of(time.monotonic() + self._timeout):
            first = address = self._checked(url)
            for _ in range(REDIRECTS + 1):
                answer = self._once(address, headers, limit)
                if answer.status == 200:
                    return answer
                target = answer.headers.get("location")
                if answer.status not in REDIRECT_STATUSES or not target:
                    raise _refusal(address, answer)
                address = self._checked(redirect_target(address.url, target))
        raise MalformedError(f"{PLATFORM}: {first.netloc} redirects more than {REDIRECTS} times")

    def _checked(self, url: str) -> WebAddress:
        """Return an address that may be asked for; where its host leads, the guard checks."""
        try:
            address = web_address.read(url)
        except ValueError as error:
            raise MalformedError(f"{PLATFORM}: {error}") from None
        if (address.host, address.port) in self._trusted:
            return address
        if address.scheme != "https" or address.port != PORTS["https"]:
            raise ForbiddenAddressError(f"{PLATFORM}: {address.host} is not asked over plain https")
        if "." not in address.host and ":" not in address.host:
            # A name without a dot is one of our own network: search domains would complete it.
            raise ForbiddenAddressError(f"{PLATFORM}: {address.host} is no name of the internet")
        return address

    def _once(self, address: WebAddress, headers: dict[str, str], limit: int) -> Answer:
        with (
            _translated(address.netloc),
            self._turns.taken(address.host, self._backend.deadline.left()),
            self._pool.stream(
                "GET",
                httpcore2.URL(
                    scheme=address.scheme.encode(),
                    host=address.host.encode(),
                    port=address.port,
                    target=address.target.encode(),
                ),
                headers=[("host", address.netloc), *headers.items()],
                extensions={"timeout": self._timeouts()},
            ) as response,
        ):
            found = httpx2.Headers(response.headers)
            # Only what we came for is worth reading; the rest of another answer is cut off.
            body = self._body(response, found, limit) if response.status == 200 else b""
            return Answer(response.status, found, body, address.url)

    def _timeouts(self) -> dict[str, float]:
        left = max(0.0, self._backend.deadline.left())
        return {"connect": CONNECT, "read": READ, "write": READ, "pool": left}

    def _body(self, response: httpcore2.Response, headers: httpx2.Headers, limit: int) -> bytes:
        """Return the unpacked body.

        Raises:
            UnpackError: it is too large or badly packed.
            httpcore2.ReadTimeout: time is up.
        """
        unpacker = Unpacker(headers.get("content-encoding", ""), limit)
        unpacker.expect(headers.get("content-length", ""))
        for chunk in response.iter_stream():
            unpacker.take(chunk)
            # A server that is always a little faster than us never makes us wait for it.
            self._backend.deadline.limit(None, httpcore2.ReadTimeout)
        return unpacker.finish()


def trusted_places(names: Collection[str]) -> frozenset[tuple[str, int]]:
    """Return host and port of each `host` (with its two usual ports) or `host:port`.

    Raises:
        ValueError: one of them is neither.
    """
    places = [web_address.read_place(name) for name in names]
    usual = PORTS.values()
    return frozenset(
        (host, each) for host, port in places for each in (usual if port is None else (port,))
    )


def _refusal(address: WebAddress, answer: Answer) -> CollectorError:
    if answer.status in (404, 410):
        return GoneError(f"{PLATFORM}: {address.netloc} answered {answer.status}")
    return refusal(PLATFORM, address.netloc, answer.status, answer.headers)


@contextlib.contextmanager
def _translated(host: str) -> Iterator[None]:
    """Turn what libraries raise into our own errors, which name the host and nothing else."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise TransientError(f"{PLATFORM}: {host} did not answer in time") from error
    except httpcore2.ConnectError as error:
        # The pool cuts the chain of causes; the reason is still what the error was made of.
        if any(isinstance(reason, ssl.SSLCertVerificationError) for reason in error.args):
            raise TransientError(f"{PLATFORM}: {host} has no valid certificate") from error
        raise TransientError(f"{PLATFORM}: no connection to {host}") from error
    except (httpcore2.NetworkError, httpcore2.RemoteProtocolError, OSError) as error:
        raise TransientError(f"{PLATFORM}: the connection to {host} broke") from error
    except UnpackError as error:
        raise MalformedError(f"{PLATFORM}: {host} sent {error}") from error
    except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol, ValueError) as error:
        raise MalformedError(f"{PLATFORM}: {host} does not speak HTTP as we do") from error


class _Turns:
    """A few turns for each host; hosts that nobody asks any more are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._hosts: dict[str, tuple[threading.Semaphore, int]] = {}

    @contextlib.contextmanager
    def taken(self, host: str, timeout: float) -> Iterator[None]:
        """Hold one of a host's turns for as long as the block lasts.

        Raises:
            httpcore2.PoolTimeout: none was free in time, in seconds.
        """
        semaphore = self._joined(host)
        try:
            if not semaphore.acquire(timeout=max(0.0, timeout)):
                raise httpcore2.PoolTimeout
            try:
                yield
            finally:
                semaphore.release()
        finally:
            self._leave(host)

    def _joined(self, host: str) -> threading.Semaphore:
        with self._lock:
            semaphore, users = self._hosts.get(host) or (threading.Semaphore(self._most), 0)
            self._hosts[host] = (semaphore, users + 1)
            return semaphore

    def _leave(self, host: str) -> None:
        with self._lock:
            semaphore, users = self._hosts.pop(host)
            if users > 1:
                self._hosts[host] = (semaphore, users - 1)
