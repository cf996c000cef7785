"""Where we may connect when a stranger names the place: the public internet, checked at the socket.

A name is looked up once, every address of the answer is checked, and the connection goes to one
of them; nothing is looked up again in between. Python's `is_global` is no help: it calls multicast,
NAT64 and 6to4 forms of private addresses global.
"""

import ipaddress
import socket
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from queue import Empty, SimpleQueue

import httpcore2
import httpx2

from collectors import web_address
from collectors.base import MalformedError
from collectors.deadline import Deadline, TimedStream
from collectors.web_address import IPAddress

Resolve = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a name, as text; raises OSError where there are none."""

_CLOSED_V4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        # Microsoft's clouds keep their machine service on this public number.
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
"""IANA's special-purpose registry, with multicast and what is not given out (read 2026-10)."""

_OPEN_V6 = ipaddress.IPv6Network("2000::/3")
"""All that IANA has opened for the internet; any other IPv6 is local, multicast or unknown."""

_CLOSED_V6 = tuple(
    ipaddress.IPv6Network(block)
    for block in (
        # The first holds Teredo, benchmarks and ORCHID, the third 6to4: whatever IPv4 these carry,
        # a relay we do not know would bring us there.
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
# Carriers without IPv4 answer with these for every host that has only IPv4 (RFC 6052).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)

_MOST_LOOKUPS = 16
_MOST_TRIED = 4


class ForbiddenAddressError(MalformedError):
    """Something asked us to connect where we must not; nothing was sent there."""

    advice = "Nothing to do: an address in a post leads inside a network, so it is not followed."


def is_public(address: str) -> bool:
    """Say whether an address in its usual writing is one of the public internet.

    IPv4 inside IPv6 counts as the IPv4 it leads to; a zone, a name or an odd writing is not public.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return not any(found in block for block in _CLOSED_V4)
    return found.scope_id is None and _is_public_v6(found)


def _is_public_v6(address: ipaddress.IPv6Address) -> bool:
    last = str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address.ipv4_mapped is not None or address in _NAT64:
        return is_public(last)
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP and not is_public(last):
        return False
    return address in _OPEN_V6 and not any(address in block for block in _CLOSED_V6)


def system_resolve(host: str, port: int) -> list[str]:
    """Return all addresses that this machine's resolver has for a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore2.NetworkBackend):
    """What opens the connections of a client: to public addresses, and to whom we trust.

    Args:
        platform: what error messages start with.
        trusted: hosts, as `web_address.normal_host` writes them, and ports that may be anywhere.
        resolve: looks up names.
        inner: opens a connection to a number.
    """

    def __init__(
        self,
        platform: str,
        *,
        trusted: Collection[tuple[str, int]] = (),
        resolve: Resolve = system_resolve,
        inner: httpcore2.NetworkBackend | None = None,
    ) -> None:
        self.deadline = Deadline()
        self._platform = platform
        self._trusted = frozenset(trusted)
        self._resolve = resolve
        self._inner = inner or httpcore2.SyncBackend()
        self._lookups = threading.BoundedSemaphore(_MOST_LOOKUPS)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Return a connection to one of a host's addresses.

        Raises:
            ForbiddenAddressError: one of its addresses, or where we arrived, is not public.
        """
        host, addresses = self._addresses(host, port, timeout)
        free = (host, port) in self._trusted
        if not free and not all(map(is_public, addresses)):
            raise self._forbidden(host)
        stream = self._first(addresses[:_MOST_TRIED], port, timeout, local_address, socket_options)
        if not free and not _arrived_in_public(stream):
            stream.close()
            raise self._forbidden(host)
        return TimedStream(stream, self.deadline)

    def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 - of the library's interface
        timeout: float | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        """Refuse: no stranger has business with the sockets of this machine."""
        raise self._forbidden("a socket of this machine")

    def _forbidden(self, host: str) -> ForbiddenAddressError:
        return ForbiddenAddressError(f"{self._platform}: {host} is not on the public internet")

    def _addresses(self, host: str, port: int, timeout: float | None) -> tuple[str, list[str]]:
        """Return the host in its usual writing and its addresses, at least one."""
        try:
            number: IPAddress | None = web_address.literal(host)
        except ValueError:
            raise self._forbidden("what looks like a number") from None
        if number is not None:
            return str(number), [str(number)]
        found = self._look_up(host, port, self.deadline.limit(timeout, httpcore2.ConnectTimeout))
        if not found:
            raise httpcore2.ConnectError("no address")
        return host.removesuffix("."), found

    def _look_up(self, host: str, port: int, timeout: float | None) -> list[str]:
        """Return what the resolver says, if it says it in time.

        The system's resolver cannot be interrupted. It runs in a thread that is left behind when
        it is too slow, and there are never more than a few of those.
        """
        if not self._lookups.acquire(timeout=timeout):
            raise httpcore2.ConnectTimeout
        box: SimpleQueue[list[str] | Exception] = SimpleQueue()

        def look() -> None:
            try:
                box.put(list(self._resolve(host, port)))
            except (OSError, ValueError) as error:
                box.put(error)
            finally:
                self._lookups.release()

        try:
            threading.Thread(target=look, name="look-up", daemon=True).start()
        except RuntimeError as error:
            # This machine gives us no more threads.
            self._lookups.release()
            raise httpcore2.ConnectError("no thread") from error
        try:
            found = box.get(timeout=timeout)
        except Empty:
            raise httpcore2.ConnectTimeout from None
        if isinstance(found, Exception):
            raise httpcore2.ConnectError("no address") from found
        return found

    def _first(
        self,
        addresses: Sequence[str],
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None,
    ) -> httpcore2.NetworkStream:
        """Return a connection to the first address that answers; all share the time-out."""
        share = None if timeout is None else timeout / len(addresses)
        for number, address in enumerate(addresses, start=1):
            limit = self.deadline.limit(share, httpcore2.ConnectTimeout)
            try:
                return self._inner.connect_tcp(address, port, limit, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if number == len(addresses):
                    raise
        raise httpcore2.ConnectError("no address")


def _arrived_in_public(stream: httpcore2.NetworkStream) -> bool:
    try:
        return is_public(str(stream.get_extra_info("server_addr")[0]))
    except OSError:
        # Closed at once by the other side.
        return False


class GuardedTransport(httpx2.HTTPTransport):
    """The transport of an httpx2 client whose connections a guard opens."""

    def __init__(self, backend: GuardedBackend) -> None:
        # The library's own constructor takes no backend, and does nothing but make this pool.
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(trust_env=False),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5,
            network_backend=backend,
        )
