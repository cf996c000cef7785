"""The fetcher before servers that lie, swell, trickle and break; and nothing left over after it."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import psutil  # type: ignore[import-untyped]  # it has no stubs of its own
import pytest
import trustme

from collectors.base import CollectorError, MalformedError, TransientError
from collectors.fetch import Fetcher
from collectors.guard import ForbiddenAddressError
from tests.collectors.dangers import AGENT, GOOD, PUBLIC, FakeNames, SocketSpy
from tests.collectors.fault_server import FaultServer, answer, fault_server

PATIENCE = 0.4


@contextlib.contextmanager
def serving(issuer: trustme.CA, *names: str, **more) -> Iterator[FaultServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(*names, **more).configure_cert(context)
    with fault_server(context) as server:
        yield server


@pytest.fixture
def fetcher(fetching) -> Iterator[Fetcher]:
    with fetching(timeout=PATIENCE) as fetcher:
        yield fetcher


def failure(fetcher: Fetcher, path: str, **more) -> CollectorError:
    began = time.monotonic()
    with pytest.raises(CollectorError) as caught:
        fetcher.fetch(f"https://{GOOD}{path}", **more)
    # Twice what was allowed, for a machine that has other work to do.
    assert time.monotonic() - began < 2 * PATIENCE + 1
    assert str(caught.value).startswith(f"media: {GOOD} ") or GOOD in str(caught.value)
    assert path not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("path", ["/slow-head", "/slow-body", "/silence", "/interim"])
def test_slow_answer_is_given_up_in_time(spy, far, fetcher, path):
    error = failure(fetcher, path)

    assert type(error) is TransientError
    assert str(error) == f"media: {GOOD} did not answer in time"


@pytest.mark.parametrize("path", ["/half", "/reset", "/closed", "/not-http", "/endless-head"])
def test_broken_answer_is_transient(spy, far, fetcher, path):
    assert type(failure(fetcher, path)) is TransientError


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_servers_trouble_is_transient(spy, far, fetcher, status):
    far.answers["/trouble"] = answer(b"<h1>Bad gateway", status=status)

    assert str(failure(fetcher, "/trouble")) == f"media: {GOOD} answered {status}"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/announced", "more than 8000000 bytes"),
        ("/without-length", "more than 50000 bytes"),
        ("/endless", "more than 50000 bytes"),
        ("/gzip-lie", "a broken body"),
        ("/gzip-cut", "a broken body"),
        ("/gzip-more", "a broken body"),
        ("/gzip-bomb", "a body that grows more than 100 times in unpacking"),
        ("/gzip-twice", "a body packed in a way we did not ask for"),
        ("/brotli", "a body packed in a way we did not ask for"),
        ("/deflate", "a body packed in a way we did not ask for"),
        ("/unknown", "a body packed in a way we did not ask for"),
    ],
)
def test_body_that_is_too_large_or_badly_packed_is_malformed(spy, far, fetcher, path, why):
    more = {"max_bytes": 50_000} if "50000" in why else {}

    error = failure(fetcher, path, **more)

    assert type(error) is MalformedError
    assert str(error) == f"media: {GOOD} sent {why}"


def test_hundred_megabytes_packed_take_little_memory(spy, far, fetcher):
    failure(fetcher, "/gzip-bomb")
    before = psutil.Process().memory_info().rss

    for _ in range(5):
        failure(fetcher, "/gzip-bomb")

    assert psutil.Process().memory_info().rss - before < 20_000_000


@pytest.mark.parametrize("kind", ["expired", "wrong host", "self-signed"])
def test_certificate_that_is_not_valid_is_not_believed(monkeypatch, authority, fetcher, kind):
    issuer = trustme.CA() if kind == "self-signed" else authority
    name = "other.example" if kind == "wrong host" else GOOD
    more = {"not_after": datetime(2020, 1, 1, tzinfo=UTC)} if kind == "expired" else {}
    with serving(issuer, name, **more) as server:
        SocketSpy(monkeypatch).port = server.port
        error = failure(fetcher, "/a")

    assert type(error) is TransientError
    assert str(error) == f"media: {GOOD} has no valid certificate"
    assert server.seen == []


def test_handshake_that_never_ends_is_given_up_in_time(monkeypatch, fetcher):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        SocketSpy(monkeypatch).port = mute.getsockname()[1]

        assert "did not answer in time" in str(failure(fetcher, "/a"))


def test_server_that_answers_tls_with_text_is_transient(monkeypatch, fetcher):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            with server.accept()[0] as connection:
                connection.recv(1)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        SocketSpy(monkeypatch).port = server.getsockname()[1]
        error = failure(fetcher, "/a")
        thread.join(timeout=5)

    assert str(error) == f"media: no connection to {GOOD}"


# Names


def test_name_that_does_not_exist_is_transient(monkeypatch):
    spy = SocketSpy(monkeypatch)
    with Fetcher(agent=AGENT, resolve=FakeNames({}), timeout=PATIENCE) as fetcher:
        error = failure(fetcher, "/a")

    assert (type(error), str(error)) == (TransientError, f"media: no connection to {GOOD}")
    assert spy.attempts == []


def test_resolver_that_hangs_is_given_up_in_time(monkeypatch):
    spy, done = SocketSpy(monkeypatch), threading.Event()

    def resolve(host, port):
        done.wait(20)
        return [PUBLIC]

    with Fetcher(agent=AGENT, resolve=resolve, timeout=PATIENCE) as fetcher:
        error = failure(fetcher, "/a")
    done.set()

    assert (type(error), spy.attempts) == (TransientError, [])


def test_name_that_turns_private_between_calls_is_refused(spy, far, fetching):
    far.answers["/last"] = answer(b"", connection="close")
    with fetching(names={GOOD: [[PUBLIC], ["169.254.169.254"]]}) as fetcher:
        assert fetcher.fetch(f"https://{GOOD}/last").body == b""
        assert type(failure(fetcher, "/last")) is ForbiddenAddressError

    assert spy.attempts == [PUBLIC]


# Nothing left over


class Left:
    """What this process holds: file descriptors, threads and bytes of memory."""

    def __init__(self) -> None:
        process = psutil.Process()
        self.files, self.threads = process.num_fds(), threading.active_count()
        self.bytes = process.memory_info().rss


def settled(before: Left) -> Left:
    """Return what is left once sockets that both sides have closed are gone."""
    until = time.monotonic() + 3
    while (left := Left()).files > before.files or left.threads > before.threads:
        if time.monotonic() > until:
            break
        threading.Event().wait(0.02)
    return left


def test_thousands_of_fetches_leave_nothing_behind():
    with fault_server() as server:
        place = f"127.0.0.1:{server.port}"
        server.answers["/none"] = answer(b"", status=404)
        server.leads("/leads", "/a")
        server.leads("/inside", "https://inside.example/")
        urls = [
            *(f"http://{place}{path}" for path in ("/a", "/none", "/leads", "/inside", "/half")),
            f"http://{place}/gzip-lie",
            "https://inside.example/",
            "https://none.example/",
        ]
        names = FakeNames({"inside.example": [["10.0.0.1"]]})
        with Fetcher(agent=AGENT, trusted=[place], resolve=names, timeout=5) as fetcher:

            def cycle(times: int) -> int:
                refused = 0
                for _ in range(times):
                    for url in urls:
                        try:
                            fetcher.fetch(url)
                        except CollectorError:
                            refused += 1
                return refused

            cycle(60)
            before = settled(Left())
            names.asked.clear()
            refused = cycle(400)
            names.asked.clear()
            server.seen.clear()
            after = settled(before)

    assert refused == 400 * 6
    assert after.files <= before.files + 2
    assert after.threads <= before.threads
    assert after.bytes - before.bytes < 8_000_000
