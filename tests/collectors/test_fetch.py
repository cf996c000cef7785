"""The fetcher: what it asks for and how, whom it trusts, and what its errors tell."""

import json
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest

from collectors.base import (
    CollectorError,
    CredentialsError,
    MalformedError,
    RateLimitedError,
    TransientError,
)
from collectors.fetch import Fetcher, GoneError
from collectors.guard import ForbiddenAddressError
from tests.collectors.dangers import AGENT, GOOD, PUBLIC, refused
from tests.collectors.fault_server import answer

# What is allowed


def test_public_address_is_fetched_under_its_own_name(spy, far, fetching):
    with fetching() as fetcher:
        found = fetcher.fetch(f"https://{GOOD.upper()}./a b?q=é#part", accept="image/*")

    head, *lines = far.seen[0].rstrip().split("\r\n")
    assert (found.status, found.body, found.url) == (
        200,
        b"salam",
        f"https://{GOOD}/a%20b?q=%C3%A9",
    )
    assert head == "GET /a%20b?q=%C3%A9 HTTP/1.1"
    assert sorted(lines) == [
        "accept-encoding: gzip, identity",
        "accept: image/*",
        f"host: {GOOD}",
        f"user-agent: {AGENT}",
    ]
    assert spy.attempts == [PUBLIC]


@pytest.mark.parametrize("host", [PUBLIC, "0x5db8d822", "بلادي.example", "بلادي。example"])
def test_host_may_be_a_public_number_or_a_name_in_any_script(spy, fetching, host):
    with fetching(names={"xn--mgbbw6f6a.example": [[PUBLIC]]}) as fetcher:
        assert fetcher.fetch(f"https://{host}/").body == b"salam"

    assert spy.attempts == [PUBLIC]


def test_connection_is_kept_for_the_next_picture(spy, fetching):
    with fetching() as fetcher:
        for _ in range(5):
            fetcher.fetch(f"https://{GOOD}/a")

    assert spy.attempts == [PUBLIC]


def test_machines_proxy_is_ignored(spy, fetching, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with fetching() as fetcher:
        fetcher.fetch(f"https://{GOOD}/a")

    assert spy.attempts == [PUBLIC]


def test_no_cookie_and_no_referrer_go_on(spy, far, fetching):
    far.answers["/a"] = answer(b"", status=302, location="/b", set_cookie="a=1; path=/")
    with fetching() as fetcher:
        fetcher.fetch(f"https://{GOOD}/a")
        fetcher.fetch(f"https://{GOOD}/c")

    assert [head for head in far.seen if "cookie" in head.lower() or "refer" in head.lower()] == []


def test_three_redirects_are_followed_and_no_fourth(spy, far, fetching):
    for number in range(4):
        far.leads(f"/{number}", f"/{number + 1}")
    with fetching() as fetcher:
        assert fetcher.fetch(f"https://{GOOD}/1").url == f"https://{GOOD}/4"
        assert "redirects more than 3 times" in str(refused(fetcher, f"https://{GOOD}/0"))


@pytest.mark.parametrize("place", [GOOD, f"{GOOD}:443"])
def test_public_host_is_not_asked_without_tls(spy, fetching, place):
    with fetching() as fetcher:
        assert isinstance(refused(fetcher, f"http://{place}/"), ForbiddenAddressError)

    assert spy.attempts == []


@pytest.mark.parametrize("place", [GOOD, f"{GOOD}:443"])
def test_redirect_without_tls_is_not_followed(spy, far, fetching, place):
    far.leads("/a", f"http://{place}/b")
    with fetching() as fetcher:
        assert isinstance(refused(fetcher, f"https://{GOOD}/a"), ForbiddenAddressError)

    assert len(far.seen) == 1


# Whom we trust


def test_trusted_place_may_be_near_and_without_tls(near, far, fetching):
    place = f"127.0.0.1:{near.port}"
    near.leads("/a", f"http://{place}/b")
    with fetching(trusted=[place]) as fetcher:
        assert fetcher.fetch(f"http://{place}/a").url == f"http://{place}/b"
        for other in (f"http://127.0.0.1:{far.port}/", "https://127.0.0.1/", "http://127.0.0.1/"):
            assert isinstance(refused(fetcher, other), ForbiddenAddressError)


def test_trusted_name_is_trusted_on_its_usual_ports_and_exactly(spy, fetching):
    names = {name: [["10.0.0.1"]] for name in ("store", "astore", "store.example")}
    with fetching(trusted=["Store"], names=names) as fetcher:
        for url in ("http://store/", "https://store/"):
            with pytest.raises(CollectorError, match="no connection to store"):
                fetcher.fetch(url)
        for url in ("http://store:81/", "https://astore/", "https://store.example/"):
            refused(fetcher, url)

    assert spy.attempts == ["10.0.0.1"] * 2


@pytest.mark.parametrize("name", ["", "http://store", "store:x", "store:0", "a@b"])
def test_trusted_place_that_is_none_stops_the_start(name):
    with pytest.raises(ValueError, match="web address"):
        Fetcher(agent=AGENT, trusted=[name])


# What comes back


@pytest.mark.parametrize(
    ("status", "expected"),
    [(404, GoneError), (410, GoneError), (403, CredentialsError), (429, RateLimitedError),
     (204, MalformedError), (304, MalformedError), (302, MalformedError)],
)  # fmt: skip
def test_every_status_has_its_error_and_tells_the_host_alone(spy, far, fetching, status, expected):
    far.answers["/hunter2"] = answer(b"", status=status)
    with fetching() as fetcher, pytest.raises(CollectorError) as caught:
        fetcher.fetch(f"https://{GOOD}/hunter2")

    assert type(caught.value) is expected
    assert str(caught.value) == f"media: {GOOD} answered {status}"


@pytest.mark.parametrize(
    "url", ["https://me:hunter2@a/", f"https://{GOOD}:1/hunter2", "https://[hunter2]/", "hunter2"]
)
def test_secret_in_an_address_is_told_nowhere(spy, fetching, url):
    with fetching() as fetcher:
        error = refused(fetcher, url)

    assert "hunter2" not in "".join(traceback.format_exception(error)).replace(json.dumps(url), "")


def test_one_host_is_asked_by_four_at_a_time(near, fetching):
    place = f"127.0.0.1:{near.port}"
    with fetching(trusted=[place]) as fetcher, ThreadPoolExecutor(12) as threads:
        asked = [threads.submit(fetcher.fetch, f"http://{place}/gate") for _ in range(12)]
        while near.open < 4:
            near.gate.wait(0.01)
        near.gate.wait(0.1)
        waiting = near.open
        near.gate.set()
        found = [each.result(timeout=5).body for each in asked]

    assert (waiting, near.most_open, near.connections) == (4, 4, 4)
    assert found == [b"salam"] * 12
    assert fetcher._turns._hosts == {}


def test_host_that_is_busy_for_too_long_is_given_up(near, fetching):
    place = f"127.0.0.1:{near.port}"
    with (
        fetching(trusted=[place], timeout=0.3, per_host=1) as fetcher,
        ThreadPoolExecutor(2) as threads,
    ):
        asked = [threads.submit(fetcher.fetch, f"http://{place}/gate") for _ in range(2)]
        errors = [each.exception(timeout=5) for each in asked]
    near.gate.set()

    assert [type(error) for error in errors] == [TransientError] * 2
