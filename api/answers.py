"""One answer in all its forms, as messages that need only be sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from starlette.types import Message

from api.caching import LASTING, SOON, is_among
from api.coding import SMALLEST, encode, preferred

Pairs = Iterable[tuple[bytes, bytes]]

_NOTHING: Message = {"type": "http.response.body", "body": b""}
_FOR_ALL = {LASTING.encode(), SOON.encode()}
_OF_THE_BODY = {b"content-length", b"content-type", b"content-language", b"content-encoding"}
_MADE_HERE = {b"etag", b"vary", b"content-length"}


@dataclass(frozen=True, slots=True)
class _Form:
    """An answer in one coding."""

    tag: bytes
    whole: Message
    unchanged: Message
    body: Message


class Answers:
    """An answer that everybody may have; each coding is made when the first reader wants it."""

    def __init__(self, headers: Pairs, body: bytes) -> None:
        self._headers = list(headers)
        self._body = body
        self._tag = next(value for name, value in self._headers if name == b"etag")
        self._forms: dict[str, _Form] = {}
        self._is_small = len(body) < SMALLEST
        # What is small is not compressed; text becomes about a third.
        self.size = len(body) if self._is_small else len(body) * 2

    @classmethod
    def of(cls, messages: Sequence[Message]) -> Self | None:
        """Return what the application sent, if it is for everybody and no refusal."""
        if not messages or messages[0].get("status") != 200:
            return None
        headers = [(name.lower(), value) for name, value in messages[0]["headers"]]
        found = dict(headers)
        if b"etag" not in found or found.get(b"cache-control") not in _FOR_ALL:
            return None
        return cls(headers, b"".join(message.get("body", b"") for message in messages[1:]))

    def choose(self, headers: Pairs, *, is_head: bool) -> tuple[Message, Message]:
        """Return the two messages for a request with these headers."""
        accepted = known = b""
        for name, value in headers:
            if name == b"accept-encoding":
                accepted = accepted + b"," + value if accepted else value
            elif name == b"if-none-match":
                known = known + b"," + value if known else value
        coding = preferred(accepted) if accepted and not self._is_small else ""
        form = self._forms.get(coding) or self._make(coding)
        if known and (known == form.tag or self._is_known(known)):
            return form.unchanged, _NOTHING
        return form.whole, _NOTHING if is_head else form.body

    def _is_known(self, known: bytes) -> bool:
        """Say whether a reader has this answer, in whatever coding."""
        given = known.decode("latin-1").strip()
        tags = (_tag(self._tag, coding).decode("latin-1") for coding in ("", "gzip", "br"))
        return given == "*" or any(is_among(given, tag) for tag in tags)

    def _make(self, coding: str) -> _Form:
        body, tag = encode(self._body, coding), _tag(self._tag, coding)
        kept = [pair for pair in self._headers if pair[0] not in _MADE_HERE]
        vary = [value for name, value in self._headers if name == b"vary"]
        kept += [(b"etag", tag), (b"vary", b", ".join([*vary, b"accept-encoding"]))]
        short = [pair for pair in kept if pair[0] not in _OF_THE_BODY]
        whole = [*kept, (b"content-length", str(len(body)).encode())]
        if coding:
            whole.append((b"content-encoding", coding.encode()))
        form = _Form(
            tag,
            {"type": "http.response.start", "status": 200, "headers": whole},
            {"type": "http.response.start", "status": 304, "headers": short},
            {"type": "http.response.body", "body": body},
        )
        self._forms[coding] = form
        return form


def _tag(tag: bytes, coding: str) -> bytes:
    """Return the tag of an answer in a coding; two sequences of bytes never share a strong one."""
    return tag[:-1] + f'-{coding}"'.encode() if coding else tag
