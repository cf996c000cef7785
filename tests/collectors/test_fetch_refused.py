"""The fetcher goes nowhere inside: not by an address, a name, a redirect or a trick of writing."""

import contextlib

import pytest

from collectors.base import CollectorError
from collectors.guard import ForbiddenAddressError
from tests.collectors.dangers import (
    DANGERS,
    GOOD,
    PUBLIC,
    broken_writings,
    in_url,
    odd_writings,
    refused,
)

ALL = [pytest.param(address, id=address) for address in DANGERS]
V4 = [address for address in DANGERS if ":" not in address]


@pytest.mark.parametrize("address", ALL)
def test_dangerous_number_is_refused(spy, fetching, address):
    with fetching() as fetcher:
        assert isinstance(refused(fetcher, f"https://{in_url(address)}/"), ForbiddenAddressError)

    assert spy.attempts == []


@pytest.mark.parametrize("address", V4)
def test_dangerous_number_in_an_odd_writing_is_refused(spy, fetching, address):
    with fetching() as fetcher:
        for text in [*odd_writings(address), *broken_writings(address)]:
            refused(fetcher, f"https://{text}/")

    assert spy.attempts == []


@pytest.mark.parametrize("address", ALL)
def test_name_with_a_dangerous_address_is_refused(spy, fetching, address):
    names = {
        "one.example": [[address]],
        "first.example": [[address, PUBLIC]],
        "last.example": [[PUBLIC, address]],
    }
    with fetching(names=names) as fetcher:
        for name in names:
            error = refused(fetcher, f"https://{name}/secret?key=hunter2")
            assert str(error) == f"media: {name} is not on the public internet"
            assert isinstance(error, ForbiddenAddressError)

    assert spy.attempts == []


@pytest.mark.parametrize("address", ALL)
def test_name_that_changes_after_the_check_leads_nowhere_else(spy, fetching, address):
    with fetching(names={GOOD: [[PUBLIC], [address]]}) as fetcher:
        fetcher.fetch(f"https://{GOOD}/")

    with fetching(names={GOOD: [[PUBLIC], [address]]}) as fetcher:
        fetcher._backend.connect_tcp(GOOD, 443, 1).close()
        refused(fetcher, f"https://{GOOD}/")

    assert spy.strayed == []


@pytest.mark.parametrize("address", ALL)
@pytest.mark.parametrize("hops", [1, 2, 3])
@pytest.mark.parametrize("by", ["number", "name"])
def test_redirect_to_a_dangerous_address_is_not_followed(spy, far, fetching, address, hops, by):
    bad = "bad.example" if by == "name" else in_url(address)
    for number in range(1, hops):
        far.leads(f"/{number}", f"https://{GOOD}/{number + 1}")
    far.leads(f"/{hops}", f"https://{bad}/")
    with fetching(names={"bad.example": [[address]]}) as fetcher:
        error = refused(fetcher, f"https://{GOOD}/1")

    assert isinstance(error, ForbiddenAddressError)
    assert len(far.seen) == hops
    assert set(spy.attempts) == {PUBLIC}


TRICKS = (
    f"https://{GOOD}@HOST/",
    f"https://{GOOD}:443@HOST/",
    f"https://HOST#@{GOOD}/",
    f"https://HOST?@{GOOD}/",
    f"https://{GOOD}\\@HOST/",
    f"https://HOST\\@{GOOD}/",
    f"https://{GOOD} HOST/",
    f"https://{GOOD}%2f@HOST/",
    f"https://{GOOD}:443:@HOST/",
    "https://HOST:443/",
    "https://HOST:8443/",
    "https:HOST/",
    "https:///HOST/",
    "//HOST/",
    "http://HOST/",
    "http://HOST:443/",
    "\thttps://HOST\n/",
    "ftp://HOST/",
    "gopher://HOST/_x",
)


@pytest.mark.parametrize("address", ALL)
def test_tricks_of_writing_are_refused(spy, fetching, address):
    with fetching() as fetcher:
        for trick in TRICKS:
            refused(fetcher, trick.replace("HOST", in_url(address)))

    assert spy.attempts == []


@pytest.mark.parametrize("trick", TRICKS)
def test_tricks_of_writing_in_a_redirect_lead_nowhere_else(spy, far, fetching, trick):
    far.leads("/a", trick.strip().replace("\n", "").replace("HOST", "169.254.169.254"))
    with fetching() as fetcher, contextlib.suppress(CollectorError):
        # "https:HOST/" and "https:///HOST/" are paths of the same site, as RFC 3986 has it.
        fetcher.fetch(f"https://{GOOD}/a")

    assert spy.strayed == []


@pytest.mark.parametrize("address", ALL)
def test_host_in_a_fragment_is_never_visited(spy, fetching, address):
    with fetching() as fetcher:
        fetcher.fetch(f"https://{GOOD}#@{in_url(address)}/")

    assert spy.attempts == [PUBLIC]


@pytest.mark.parametrize("user", ["me", "me:hunter2", ":", "", "a@b"])
def test_user_or_password_is_refused(spy, fetching, user):
    with fetching() as fetcher:
        assert "user or password" in str(refused(fetcher, f"https://{user}@{GOOD}/"))

    assert spy.attempts == []


@pytest.mark.parametrize("port", ["22", "80", "444", "8443", "65535", "0", "65536", "99999", "x"])
def test_odd_port_is_refused(spy, fetching, port):
    with fetching() as fetcher:
        refused(fetcher, f"https://{GOOD}:{port}/")

    assert spy.attempts == []


@pytest.mark.parametrize("host", ["localhost", "metadata", "db", "localhost."])
def test_name_without_a_dot_is_refused(spy, fetching, host):
    with fetching(names={host: [[PUBLIC]]}) as fetcher:
        refused(fetcher, f"https://{host}/")

    assert spy.attempts == []


@pytest.mark.parametrize(
    "url",
    ["", " ", "x", "https://", "https://\ud800.example/", f"https://{GOOD}/\udcff", "https://[/",
     "https://xn--a.example\x00/", "https://-/", "https://☕.example/",
     f"https://{'a' * 64}.example/",
         f"https://{'a.' * 200}example/", f"https://{GOOD}/{'x' * 9000}",
     "https://a\u202eb.example/"],
)  # fmt: skip
def test_what_is_no_address_is_refused(spy, fetching, url):
    with fetching() as fetcher:
        refused(fetcher, url)

    assert spy.attempts == []
