"""Which addresses a stranger may bring us to, and how connections to them are opened."""

import socket
import threading

import httpcore2
import pytest

from collectors import web_address
from collectors.guard import ForbiddenAddressError, GuardedBackend, is_public, system_resolve
from tests.collectors.dangers import (
    DANGERS,
    GOOD,
    PUBLIC,
    FakeNames,
    SocketSpy,
    broken_writings,
    odd_writings,
)

V4 = [address for address in DANGERS if "." in address and ":" not in address]


class FakeInner(httpcore2.NetworkBackend):
    """Writes down where it is sent, and arrives there, or at `peer`."""

    def __init__(self, peer: str | None = None, dead: tuple[str, ...] = ()) -> None:
        self.sent: list[str] = []
        self.closed = 0
        self._peer, self._dead = peer, dead

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.sent.append(host)
        if host in self._dead:
            raise httpcore2.ConnectTimeout
        inner, peer = self, self._peer or host

        class Stream(httpcore2.NetworkStream):
            def close(self):
                inner.closed += 1

            def get_extra_info(self, info):
                if peer == "gone":
                    raise OSError
                return (peer, port)

        return Stream()


def a_backend(*answers, inner=None, trusted=()):
    names = FakeNames({GOOD: answers or [[PUBLIC]]})
    inner = inner or FakeInner()
    return GuardedBackend("test", resolve=names, inner=inner, trusted=trusted), names, inner


def test_at_least_39_dangers_are_known():
    assert len(set(DANGERS)) >= 39


@pytest.mark.parametrize("address", DANGERS)
def test_danger_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        PUBLIC,
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2606:4700::1111",
        "2a00:1450:4007::1",
        "::ffff:93.184.216.34",
        "64:ff9b::5db8:d822",
        "2606:4700::5efe:93.184.216.34",
    ],
)
def test_neighbour_of_a_danger_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "text", ["", "x", "0x7f.1", "1.1", "01.1.1.1", "2606:4700::1%eth0", "١.1.1.1"]
)
def test_what_is_no_plain_address_is_not_public(text):
    assert not is_public(text)


@pytest.mark.parametrize("address", V4)
def test_odd_writings_are_understood_as_browsers_do(address):
    found = [web_address.read_place(text)[0] for text in odd_writings(address)]

    assert found == [address] * len(found)


@pytest.mark.parametrize("address", V4)
def test_broken_writings_are_no_host(address):
    for text in broken_writings(address):
        with pytest.raises(ValueError, match="a web address") as caught:
            web_address.read_place(text)
        assert address not in str(caught.value)


@pytest.mark.parametrize("address", V4)
def test_odd_writings_never_reach_the_resolver(address):
    backend, names, inner = a_backend()

    for text in odd_writings(address):
        if text.isascii():
            with pytest.raises(ForbiddenAddressError):
                backend.connect_tcp(text, 443, 1)

    assert names.asked == inner.sent == []


@pytest.mark.parametrize("address", DANGERS)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_address_among_good_ones_is_refused(address, place):
    answer = ["1.1.1.1", "2606:4700::1111"]
    answer.insert(place, address)
    backend, names, inner = a_backend(answer)

    with pytest.raises(ForbiddenAddressError, match=r"^test: good\.example is not on the public"):
        backend.connect_tcp(GOOD, 443, 1)

    assert (names.asked, inner.sent) == ([GOOD], [])


@pytest.mark.parametrize("address", DANGERS)
def test_rebinding_after_the_check_changes_nothing(address):
    backend, names, inner = a_backend([PUBLIC], [address])

    backend.connect_tcp(GOOD, 443, 1)

    assert (names.asked, inner.sent) == ([GOOD], [PUBLIC])


@pytest.mark.parametrize("address", DANGERS)
def test_name_that_flips_between_two_calls_is_refused_the_second_time(address):
    backend, _, inner = a_backend([PUBLIC], [address])
    backend.connect_tcp(GOOD, 443, 1)

    with pytest.raises(ForbiddenAddressError):
        backend.connect_tcp(GOOD, 443, 1)

    assert inner.sent == [PUBLIC]


@pytest.mark.parametrize("peer", [*DANGERS, "gone"])
def test_connection_that_arrives_elsewhere_is_closed(peer):
    backend, _, inner = a_backend(inner=FakeInner(peer=peer))

    with pytest.raises(ForbiddenAddressError):
        backend.connect_tcp(GOOD, 443, 1)

    assert inner.closed == 1


def test_next_address_is_tried_when_one_is_dead():
    backend, _, inner = a_backend(["2606:4700::1", PUBLIC], inner=FakeInner(dead=("2606:4700::1",)))

    backend.connect_tcp(GOOD, 443, 1)

    assert inner.sent == ["2606:4700::1", PUBLIC]


def test_only_a_few_of_many_addresses_are_tried():
    many = [f"1.1.1.{number}" for number in range(200)]
    backend, _, inner = a_backend(many, inner=FakeInner(dead=tuple(many)))

    with pytest.raises(httpcore2.ConnectTimeout):
        backend.connect_tcp(GOOD, 443, 1)

    assert inner.sent == many[:4]


def test_trusted_place_may_be_anywhere_and_its_other_ports_may_not():
    backend, _, inner = a_backend(["10.0.0.1"], trusted=[(GOOD, 8080)])

    backend.connect_tcp(GOOD, 8080, 1)
    with pytest.raises(ForbiddenAddressError):
        backend.connect_tcp(GOOD, 8081, 1)

    assert inner.sent == ["10.0.0.1"]


def test_sockets_of_this_machine_are_refused():
    backend, _, _ = a_backend()

    with pytest.raises(ForbiddenAddressError):
        backend.connect_unix_socket("/run/docker.sock")


def test_public_address_is_reached_and_no_other_socket_opened(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        spy = SocketSpy(monkeypatch)
        spy.port = server.getsockname()[1]
        backend = GuardedBackend("test", resolve=FakeNames({GOOD: [[PUBLIC]]}))
        stream = backend.connect_tcp(GOOD, 443, 1)
        stream.close()

    assert spy.attempts == [PUBLIC]


@pytest.mark.parametrize("answer", [[], None])
def test_name_that_does_not_exist_is_no_connection(answer):
    backend = GuardedBackend("test", resolve=FakeNames({GOOD: [answer]} if answer == [] else {}))

    with pytest.raises(httpcore2.ConnectError):
        backend.connect_tcp(GOOD, 443, 1)


@pytest.mark.parametrize("error", [TimeoutError, UnicodeError, socket.gaierror])
def test_resolver_that_fails_is_no_connection(error):
    def resolve(host, port):
        raise error

    with pytest.raises(httpcore2.ConnectError):
        GuardedBackend("test", resolve=resolve).connect_tcp(GOOD, 443, 1)


def test_resolver_that_hangs_costs_its_time_and_a_bounded_number_of_threads():
    done = threading.Event()

    def resolve(host, port):
        done.wait(20)
        return [PUBLIC]

    backend = GuardedBackend("test", resolve=resolve, inner=FakeInner())
    before = threading.active_count()
    for _ in range(30):
        with pytest.raises(httpcore2.ConnectTimeout):
            backend.connect_tcp(GOOD, 443, 0.01)
    hanging = threading.active_count() - before
    done.set()

    assert hanging == 16


def test_system_resolver_gives_each_address_once():
    assert system_resolve("127.0.0.1", 443) == ["127.0.0.1"]
