"""A web server that misbehaves on purpose, with or without TLS."""

import asyncio
import contextlib
import gzip
import socket
import ssl
import struct
import threading
from collections.abc import AsyncIterator, Callable, Iterator

TICK = 0.03
"""Seconds between two bytes of a slow answer."""

Writer = asyncio.StreamWriter
BIG = 100_000_000


class FaultServer:
    """One server; `seen` are the heads of all requests, oldest first; `/gate` waits for `gate`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.seen: list[str] = []
        self.connections = 0
        self.open = self.most_open = 0
        self.answers: dict[str, bytes] = {}
        self.gate = threading.Event()
        self.writers: set[Writer] = set()

    def leads(self, path: str, target: str) -> None:
        """Answer a path with a redirect."""
        self.answers[path] = answer(b"", status=302, location=target)

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """Answer requests of one connection until it breaks."""
        self.connections += 1
        self.writers.add(writer)
        # Accepted sockets do not have it here, and each answer would wait for an acknowledgement.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                self.seen.append(head)
                self.open += 1
                self.most_open = max(self.most_open, self.open)
                try:
                    await self._one(head.split(" ")[1], writer)
                finally:
                    self.open -= 1
        writer.transport.abort()
        self.writers.discard(writer)

    async def _one(self, path: str, writer: Writer) -> None:
        if path in self.answers:
            writer.write(self.answers[path])
            await writer.drain()
            return
        if path in FAULTS:
            async for piece in FAULTS[path](writer):
                if writer.is_closing():
                    break
                writer.write(piece)
                await writer.drain()
                # Drained at once, it would let nobody else have a turn.
                await asyncio.sleep(0)
            raise ConnectionAbortedError
        if path == "/gate":
            await asyncio.to_thread(self.gate.wait, 5)
        writer.write(answer(b"salam"))
        await writer.drain()


def answer(body: bytes, status: int = 200, **headers: str) -> bytes:
    """Return a whole answer; underscores in the names of headers become hyphens."""
    lines = {"content_length": str(len(body)), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body


async def _trickle(data: bytes) -> AsyncIterator[bytes]:
    for at in range(len(data)):
        yield data[at : at + 1]
        await asyncio.sleep(TICK)


async def _slow_head(writer: Writer) -> AsyncIterator[bytes]:
    async for piece in _trickle(answer(b"x", x_padding="x" * 10_000)):
        yield piece


async def _slow_body(writer: Writer) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n"
    async for piece in _trickle(b"x" * 10_000):
        yield piece


async def _silence(writer: Writer) -> AsyncIterator[bytes]:
    await asyncio.sleep(60)
    yield b""


async def _reset(writer: Writer) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"
    await asyncio.sleep(TICK)
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


async def _endless(writer: Writer) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    while True:
        yield b"1000\r\n" + b"x" * 4096 + b"\r\n"


async def _without_length(writer: Writer) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
    for _ in range(BIG // 50_000):
        yield b"x" * 50_000


async def _interim(writer: Writer) -> AsyncIterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n"
        await asyncio.sleep(TICK)


async def _endless_head(writer: Writer) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"x-more: " + b"x" * 1000 + b"\r\n"


def _raw(data: bytes) -> Callable[[Writer], AsyncIterator[bytes]]:
    async def pieces(writer: Writer) -> AsyncIterator[bytes]:
        yield data

    return pieces


PACKED = gzip.compress(b"salam " * 100)
FAULTS: dict[str, Callable[[Writer], AsyncIterator[bytes]]] = {
    "/slow-head": _slow_head,
    "/slow-body": _slow_body,
    "/silence": _silence,
    "/reset": _reset,
    "/endless": _endless,
    "/endless-head": _endless_head,
    "/without-length": _without_length,
    "/interim": _interim,
    "/half": _raw(answer(b"x" * 500, content_length="1000")),
    "/announced": _raw(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % BIG),
    "/not-http": _raw(b"220 mail.example ESMTP\r\n"),
    "/closed": _raw(b""),
    "/gzip-lie": _raw(answer(b"plain", content_encoding="gzip")),
    "/gzip-cut": _raw(answer(PACKED[:-9], content_encoding="gzip")),
    "/gzip-more": _raw(answer(PACKED + b"more", content_encoding="gzip")),
    "/gzip-bomb": _raw(answer(gzip.compress(bytes(BIG), 9), content_encoding="gzip")),
    "/gzip-twice": _raw(answer(gzip.compress(PACKED), content_encoding="gzip, gzip")),
    "/brotli": _raw(answer(b"\x0b\x02\x80salam\x03", content_encoding="br")),
    "/deflate": _raw(answer(b"x", content_encoding="deflate")),
    "/unknown": _raw(answer(b"x", content_encoding="\xff")),
}


@contextlib.contextmanager
def fault_server(context: ssl.SSLContext | None = None) -> Iterator[FaultServer]:
    """Serve on a loopback port for as long as the block lasts."""
    loop = asyncio.new_event_loop()
    sock = socket.create_server(("127.0.0.1", 0))
    server = FaultServer(sock.getsockname()[1])

    async def run() -> None:
        listening = await asyncio.start_server(server.serve, sock=sock, ssl=context)
        with contextlib.suppress(asyncio.CancelledError):
            await listening.serve_forever()
        listening.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for writer in server.writers:
            writer.transport.abort()
        # Transports that were told to close do so in the next turns of the loop.
        for _ in range(3):
            await asyncio.sleep(0)

    task = loop.create_task(run())
    thread = threading.Thread(target=loop.run_until_complete, args=(task,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(timeout=5)
        loop.close()
