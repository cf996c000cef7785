"""The public internet as fetching tests see it: one server of ours, behind a spied socket."""

import contextlib
import ssl
from collections.abc import Iterator

import pytest
import trustme

from collectors.fetch import Fetcher
from tests.collectors.dangers import AGENT, GOOD, PUBLIC, FakeNames, SocketSpy
from tests.collectors.fault_server import FaultServer, fault_server


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def far(authority) -> Iterator[FaultServer]:
    """The server that stands for all of the public internet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(GOOD, "xn--mgbbw6f6a.example", PUBLIC).configure_cert(context)
    with fault_server(context) as server:
        yield server


@pytest.fixture
def spy(monkeypatch, far) -> SocketSpy:
    spy = SocketSpy(monkeypatch)
    spy.port = far.port
    far.seen.clear()
    far.answers.clear()
    return spy


@pytest.fixture(scope="module")
def believed(authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


@pytest.fixture
def fetching(believed):
    @contextlib.contextmanager
    def made(*, names=None, **more) -> Iterator[Fetcher]:
        resolve = FakeNames({GOOD: [[PUBLIC]], **(names or {})})
        given = {"agent": AGENT, "resolve": resolve, "verify": believed, "timeout": 5, **more}
        with Fetcher(**given) as fetcher:
            yield fetcher

    return made


@pytest.fixture
def near() -> Iterator[FaultServer]:
    with fault_server() as server:
        yield server
