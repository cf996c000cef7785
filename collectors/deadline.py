"""One end for everything that a piece of network work waits for, however slowly it trickles in."""

import contextlib
import math
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpcore2


class Deadline(threading.local):
    """When this thread's present work must be over; without end until somebody says so."""

    moment: float = math.inf

    @contextlib.contextmanager
    def of(self, moment: float) -> Iterator[None]:
        """Set it, in seconds of `time.monotonic`, for as long as the block lasts."""
        self.moment = moment
        try:
            yield
        finally:
            self.moment = math.inf

    def left(self) -> float:
        """Return the seconds left; zero or less when it is over."""
        return self.moment - time.monotonic()

    def limit(self, timeout: float | None, error: type[Exception]) -> float | None:
        """Return the shorter of a time-out and the seconds left.

        Raises:
            Exception: the given one, when none are left.
        """
        left = self.left()
        if left <= 0:
            raise error
        return timeout if left == math.inf else min(left, math.inf if timeout is None else timeout)


class TimedStream(httpcore2.NetworkStream):
    """A connection on which no single wait outlasts the deadline of whoever waits."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return some bytes that have come, none at the end."""
        return self._inner.read(max_bytes, self._deadline.limit(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of these bytes."""
        self._inner.write(buffer, self._deadline.limit(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """Return the same connection with TLS on it."""
        try:
            timeout = self._deadline.limit(timeout, httpcore2.ConnectTimeout)
            inner = self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            # The pool has not taken the connection yet, so nobody else would close it.
            self.close()
            raise
        return TimedStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Return what the library knows of the connection."""
        return self._inner.get_extra_info(info)
