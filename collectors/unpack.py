"""Takes a body out of its wrapping, in small pieces, and stops at once when it swells."""

import zlib

RATIO = 100
"""Times that a body may grow in unpacking; pictures hardly do, text seldom more than twenty."""
FREE = 64_000
"""Bytes that may come out before the ratio counts: small white pictures pack very well."""
PIECE = 256 * 1024


class UnpackError(ValueError):
    """What is wrong with a body, to be told after "sent "."""


class Unpacker:
    """One body on its way in.

    Args:
        encoding: the `Content-Encoding` header, empty when there is none.
        limit: most bytes, before and after unpacking.

    Raises:
        UnpackError: it is packed in a way we did not offer.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        names = [name.strip().lower() for name in encoding.split(",")]
        names = [name for name in names if name not in ("", "identity")]
        if names not in ([], ["gzip"], ["x-gzip"]):
            raise UnpackError("a body packed in a way we did not ask for")
        self._gzip = zlib.decompressobj(zlib.MAX_WBITS | 16) if names else None
        self._limit = limit
        self._received = 0
        self._body = bytearray()

    def expect(self, length: str) -> None:
        """Look at a `Content-Length` before the body comes.

        Raises:
            UnpackError: it announces more than the limit.
        """
        if length.isascii() and length.isdigit() and int(length[:20]) > self._limit:
            raise self._too_large()

    def take(self, chunk: bytes) -> None:
        """Add the next bytes as they came.

        Raises:
            UnpackError: the body is too large, swells too much or does not unpack.
        """
        self._received += len(chunk)
        if self._received > self._limit:
            raise self._too_large()
        if self._gzip is None:
            self._body += chunk
            return
        while chunk and not self._gzip.eof:
            self._body += self._inflated(chunk)
            chunk = self._gzip.unconsumed_tail
            self._weigh(self._received - len(chunk))
        if self._gzip.unused_data or (chunk and self._gzip.eof):
            raise UnpackError("a broken body")

    def finish(self) -> bytes:
        """Return the whole body.

        Raises:
            UnpackError: its end is missing.
        """
        if self._gzip is not None and self._received:
            self._body += self._gzip.flush(PIECE)
            self._weigh(self._received)
            if not self._gzip.eof:
                raise UnpackError("a broken body")
        return bytes(self._body)

    def _inflated(self, chunk: bytes) -> bytes:
        if self._gzip is None:
            return chunk
        try:
            return self._gzip.decompress(chunk, PIECE)
        except zlib.error:
            raise UnpackError("a broken body") from None

    def _weigh(self, consumed: int) -> None:
        if len(self._body) > self._limit:
            raise self._too_large()
        if len(self._body) > max(FREE, RATIO * consumed):
            raise UnpackError(f"a body that grows more than {RATIO} times in unpacking")

    def _too_large(self) -> UnpackError:
        return UnpackError(f"more than {self._limit} bytes")
