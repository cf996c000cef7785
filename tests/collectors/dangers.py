"""Addresses that a stranger must not bring us to, and a spy on the sockets that proves it."""

import ipaddress
import socket
from collections.abc import Mapping, Sequence

import pytest

from collectors.base import MalformedError
from collectors.fetch import Fetcher

DANGERS = (
    # This machine and "any address"
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "0.1.2.3",
    "::1",
    "::",
    # Private networks, carriers' networks, the link
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    # Of no use, for documents, for measuring, relays, a cloud's own
    "192.0.0.8",
    "192.0.0.9",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "168.63.129.16",
    "100::1",
    "2001:2::1",
    "2001:10::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    # Many at once, or nobody
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "ff02::1",
    # IPv4 inside IPv6
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "::127.0.0.1",
    "::10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "64:ff9b:1:7f00:0:100::",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "2606:4700::5efe:10.0.0.1",
    "2606:4700::200:5efe:127.0.0.1",
)
AGENT = "bladi-test/1 (+https://example.org)"
PUBLIC = "93.184.216.34"
GOOD = "good.example"


def in_url(address: str) -> str:
    """Return an address as the host of a URL."""
    return f"[{address}]" if ":" in address else address


def odd_writings(address: str) -> list[str]:
    """Return writings of an IPv4 address that C libraries and browsers take for it."""
    number = int(ipaddress.IPv4Address(address))
    a, b, c, d = number.to_bytes(4, "big")
    wide = str.maketrans("0123456789.", "０１２３４５６７８９。")
    return [
        str(number),
        hex(number),
        f"0X{number:X}",
        f"0{number:o}",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a:#x}.0{b:o}.{c}.{d}",
        f"{a}.{b}.{number & 0xFFFF}",
        f"{a}.{number & 0xFFFFFF}",
        f"{address}.",
        address.translate(wide),
    ]


def broken_writings(address: str) -> list[str]:
    """Return writings that some parser takes for an IPv4 address and ours for no host at all."""
    return [
        "".join(f"%{ord(letter):02x}" for letter in address),
        f"{address}%00",
        f"{address}..",
        f".{address}",
        f"{address}.0.0",
        f"0x{address}g.1",
        f"good.example.{address.rpartition('.')[2]}",
        f"[{address}]",
        f"[::1%25lo{address[0]}]",
    ]


class FakeNames:
    """A resolver whose answers a test writes; what follows the last answer is the last again."""

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self.answers = {name: list(each) for name, each in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        waiting = self.answers[host]
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


class SocketSpy:
    """Every address that a socket of this process is told to connect to, oldest first.

    Connections to the public address arrive at a port of this machine, and believe to be there;
    connections to anywhere else are written down and refused.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.attempts: list[str] = []
        self.port = 0
        self.peer = PUBLIC
        self._far: dict[int, tuple[str, int]] = {}
        connect, peername = socket.socket.connect, socket.socket.getpeername

        def spied_connect(sock: socket.socket, address: tuple[str, int]) -> None:
            self.attempts.append(address[0])
            if address[0] != PUBLIC or not self.port:
                raise ConnectionRefusedError
            connect(sock, ("127.0.0.1", self.port))
            self._far[sock.fileno()] = (self.peer, address[1])

        def spied_peername(sock: socket.socket) -> tuple[str, int]:
            near: tuple[str, int] = peername(sock)
            return self._far[sock.fileno()] if near == ("127.0.0.1", self.port) else near

        monkeypatch.setattr(socket.socket, "connect", spied_connect)
        monkeypatch.setattr(socket.socket, "connect_ex", spied_connect)
        monkeypatch.setattr(socket.socket, "getpeername", spied_peername)

    @property
    def strayed(self) -> list[str]:
        """All attempts but those to the public address."""
        return [address for address in self.attempts if address != PUBLIC]


def refused(fetcher: Fetcher, url: str) -> MalformedError:
    """Return the error with which an address is refused."""
    with pytest.raises(MalformedError) as caught:
        fetcher.fetch(url)
    assert str(caught.value).startswith("media: ")
    return caught.value
