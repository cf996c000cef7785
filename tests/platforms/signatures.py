"""Picture addresses that end: behind each an expiry and a signature, as networks write them."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit


class Signatures:
    """How one network signs its picture addresses; until `begin` is called it does not."""

    def __init__(self) -> None:
        self._lifetime: timedelta | None = None
        self._secret = secrets.token_bytes(16)

    def begin(self, lifetime: timedelta) -> None:
        """Sign from now on, each address for that long."""
        self._lifetime = lifetime

    def revoke(self) -> None:
        """Refuse all signatures that were given until now."""
        self._secret = secrets.token_bytes(16)

    def signed(self, address: str, *, width: int) -> str:
        """Return an address with its signature, or as it is while nothing is signed."""
        if self._lifetime is None:
            return address
        ends_at = datetime.now(UTC) + self._lifetime
        query = f"width={width}&expires={int(ends_at.timestamp())}"
        return f"{address}?{query}&s={self._signature(urlsplit(address).path, query)}"

    def allow(self, path: str, query: str) -> bool:
        """Say whether a request is signed, and in time; all are good while nothing is signed."""
        if self._lifetime is None:
            return True
        told, _, signature = query.rpartition("&s=")
        if not hmac.compare_digest(signature, self._signature(path, told)):
            return False
        return int(parse_qs(told)["expires"][0]) > datetime.now(UTC).timestamp()

    def _signature(self, path: str, query: str) -> str:
        return hmac.new(self._secret, f"{path}?{query}".encode(), hashlib.sha256).hexdigest()[:40]
