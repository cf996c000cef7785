"""Web addresses that strangers wrote, read once and strictly.

What is read here is what goes to the wire: no second parser ever sees the text, so none can
understand another host in it than the one that was checked.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote

import idna

MAX_LENGTH = 8000
PORTS = {"https": 443, "http": 80}
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NO_HOST = "a web address with an impossible host"
_PARTS = re.compile(r"(https?)://([^/?#\\\s]+)((?:[/?].*)?)", re.IGNORECASE | re.ASCII | re.DOTALL)
_PLACE = re.compile(
    r"(\[[0-9a-f.]*:[0-9a-f:.]*\]|[^\[\]:@%]+)(?::([0-9]{0,5}))?", re.IGNORECASE | re.ASCII
)
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# What may stand in a path or query as it is; "%" too, for what is escaped already stays so.
_WRITTEN = "/?:@!$&'()*+,;=-._~%[]|"


@dataclass(frozen=True, slots=True)
class WebAddress:
    """One address as it will be asked for.

    `host` is an ASCII name in small letters or a number in its usual writing, IPv6 without
    brackets; `target` is the path and the query.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def netloc(self) -> str:
        """The host as a `Host` header has it: with its port where that is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole of it."""
        return f"{self.scheme}://{self.netloc}{self.target}"


def read(url: str) -> WebAddress:
    """Return the parts of an http or https address; the fragment is dropped.

    Raises:
        ValueError: it is none, holds a user or password, or its host cannot be one. The message
            quotes nothing of it.
    """
    parts = _PARTS.fullmatch(url.strip()[: MAX_LENGTH + 1].partition("#")[0])
    if parts is None or len(url) > MAX_LENGTH:
        raise ValueError("not a web address")
    scheme, authority, target = parts[1].lower(), parts[2], parts[3]
    if "@" in authority:
        raise ValueError("a web address with a user or password")
    host, port = read_place(authority)
    try:
        target = quote(target if target.startswith("/") else f"/{target}", safe=_WRITTEN)
    except UnicodeEncodeError:
        raise ValueError("not a web address") from None
    return WebAddress(scheme, host, PORTS[scheme] if port is None else port, target)


def read_place(text: str) -> tuple[str, int | None]:
    """Return host and port of `host` or `host:port`; the port is None where there is none.

    Raises:
        ValueError: the text is neither.
    """
    place = _PLACE.fullmatch(text)
    if place is None:
        raise ValueError("not a web address")
    port = int(place[2]) if place[2] else None
    if port is not None and not 0 < port < 65536:
        raise ValueError("a web address with an impossible port")
    return normal_host(place[1].strip("[]")), port


def normal_host(host: str) -> str:
    """Return a host as it is asked for: mapped as browsers do (UTS 46), encoded, without last dot.

    Raises:
        ValueError: no host can be called that.
    """
    try:
        name = idna.uts46_remap(host.lower(), std3_rules=False, transitional=False)
        name = (name if name.isascii() else idna.encode(name).decode("ascii")).removesuffix(".")
    except (idna.IDNAError, UnicodeError):
        raise ValueError(_NO_HOST) from None
    if not name.endswith(".") and (number := literal(name)) is not None:
        return str(number)
    if not _NAME.fullmatch(name):
        raise ValueError(_NO_HOST)
    return name


def literal(host: str) -> IPAddress | None:
    """Return the address that a host is, in any writing that C libraries or browsers take for one.

    Decimal, octal, hexadecimal and shortened IPv4 are read as the URL standard does
    (url.spec.whatwg.org/#concept-ipv4-parser); None is a name.

    Raises:
        ValueError: it looks like a number and is no address.
    """
    host = host.removesuffix(".").lower()
    try:
        if ":" in host:
            address = ipaddress.IPv6Address(host)
            # A zone ("%eth0") names an interface of this machine: nothing a stranger may choose.
            if address.scope_id is None:
                return address
            raise ValueError(_NO_HOST)
        return _v4(host.split(".")) if _NUMBER.fullmatch(host.rpartition(".")[2]) else None
    except ValueError:
        raise ValueError(_NO_HOST) from None


def _v4(pieces: list[str]) -> ipaddress.IPv4Address:
    *first, last = (_number(piece) for piece in pieces)
    if len(pieces) > 4 or any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        raise ValueError(_NO_HOST)
    return ipaddress.IPv4Address(last + sum(n << (24 - 8 * i) for i, n in enumerate(first)))


def _number(piece: str) -> int:
    if not _NUMBER.fullmatch(piece) or len(piece) > 40:
        raise ValueError(_NO_HOST)
    if piece.startswith("0x"):
        return int(piece[2:] or "0", 16)
    return int(piece, 8 if piece.startswith("0") else 10)
