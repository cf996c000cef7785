"""Plain HTTP: resets in every spelling, redirects, limits of time and size, and every status."""

import contextlib
import gzip
import json
import time
import traceback
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from starlette.responses import Response

from collectors.answers import Answer, refusal, retry_at
from collectors.base import (
    CollectorError,
    CredentialsError,
    MalformedError,
    QuotaError,
    RateLimitedError,
    TransientError,
)
from collectors.http import PoliteClient
from tests.collectors.site import PLATFORM, sites

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)


# When to come back


@pytest.mark.parametrize(
    "name", ["retry-after", "x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset"]
)
@pytest.mark.parametrize(
    "value",
    [
        "900",
        "900.0",
        " 900 ",
        str(int(LATER.timestamp())),
        "2026-11-23T12:15:00.000Z",
        "2026-11-23T12:15:00+00:00",
        "2026-11-23T13:15:00+01:00",
        "2026-11-23T12:15:00",
        format_datetime(LATER, usegmt=True),
        "Mon, 23 Nov 2026 13:15:00 +0100",
    ],
)
def test_reset_is_understood_in_every_spelling(name, value):
    assert retry_at({name: value}, NOW) == LATER


@pytest.mark.parametrize(
    "value",
    ["", "soon", "-5", "nan", "inf", "1e30", "0001-01-01T00:00:00+23:00", "Mon, 99 Nov 2026", "٣x"],
)
def test_reset_that_cannot_be_read_is_none(value):
    assert retry_at({"retry-after": value}, NOW) is None


def test_no_reset_is_none():
    assert retry_at({}, NOW) is None


def test_next_header_counts_when_the_first_cannot_be_read():
    headers = {"retry-after": "soon", "x-ratelimit-reset": "900"}

    assert retry_at(headers, NOW) == LATER


def test_seconds_count_from_now():
    moment = retry_at({"retry-after": "60"})

    assert moment is not None
    assert abs((moment - datetime.now(UTC)).total_seconds() - 60) < 5


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, MalformedError) for status in (201, 204, 206, 301, 304, 400, 404, 410, 422)),
        *((status, CredentialsError) for status in (401, 403)),
        (402, QuotaError),
        (429, RateLimitedError),
        *((status, TransientError) for status in (408, 425, 500, 502, 503, 504, 520, 599)),
    ],
)
def test_every_status_has_its_error(status, expected):
    error = refusal("x", "api.example", status, {"retry-after": "5"})

    assert type(error) is expected
    assert str(error) == f"x: api.example answered {status}"


def test_rate_limit_carries_its_reset():
    error = refusal("x", "api.example", 429, {"retry-after": LATER.isoformat()})

    assert isinstance(error, RateLimitedError)
    assert error.retry_at == LATER


# Asking


@contextlib.contextmanager
def a_client(**more) -> Iterator[PoliteClient]:
    given = {"agent": "bladi-test/1 (+https://example.org)", "timeout": 5, **more}
    client = PoliteClient("test", **given)
    yield client
    client.close()


def test_json_comes_with_its_headers():
    with sites() as (site,), a_client() as client:
        value, headers = client.get_json(f"{site.url}/a", params={"q": "بلادي"})

    assert value == {"asked": {"q": "بلادي"}}
    assert headers["content-type"] == "application/json"


def test_every_request_says_who_we_are_and_ignores_the_machines_proxy(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with sites() as (site,), a_client() as client:
        client.request("GET", site.url)

    assert site.seen[0][1]["user-agent"] == "bladi-test/1 (+https://example.org)"


def test_status_is_left_to_whoever_asks():
    with sites() as (site,), a_client() as client:
        site.answers["/a"] = Response("gone", 410)

        answer = client.request("GET", f"{site.url}/a")

    assert (answer.status, answer.body, answer.url) == (410, b"gone", f"{site.url}/a")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_without_the_old_parameters(status):
    with sites() as (site,), a_client() as client:
        site.leads("/a", "/b", status)

        answer = client.request("GET", f"{site.url}/a", params={"q": "1"})

    assert (answer.status, answer.url) == (200, f"{site.url}/b")
    assert json.loads(answer.body) == {"asked": {}}


def test_three_redirects_are_followed_and_no_fourth():
    with sites() as (site,), a_client() as client:
        for number in range(4):
            site.leads(f"/{number}", f"/{number + 1}")

        answer = client.request("GET", f"{site.url}/1")
        with pytest.raises(MalformedError, match="redirects in a loop"):
            client.request("GET", f"{site.url}/0")

    assert answer.url == f"{site.url}/4"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://a.example/", "http://[", "//["])
def test_redirect_out_of_the_web_is_malformed(target):
    with sites() as (site,), a_client() as client:
        site.leads("/a", target)

        with pytest.raises(MalformedError, match="out of the web"):
            client.request("GET", f"{site.url}/a")


def test_post_is_never_sent_to_another_address():
    with sites() as (site,), a_client() as client:
        site.leads("/a", "/b", 307)

        answer = client.request("POST", f"{site.url}/a", json_body={"secret": 1})

    assert answer.status == 307
    assert [path for path, _ in site.seen] == ["/a"]


def test_our_headers_go_to_no_other_host():
    with (
        sites(2) as (here, there),
        a_client(headers={"authorization": "Bearer hunter2"}) as client,
    ):
        here.leads("/a", "/b")
        here.leads("/b", f"{there.url}/c")
        client.request("GET", f"{here.url}/a")

    assert [headers.get("authorization") for _, headers in here.seen] == ["Bearer hunter2"] * 2
    assert [headers.get("authorization") for _, headers in there.seen] == [None]


def test_our_headers_are_not_sent_in_the_clear(monkeypatch):
    sent = []

    def once(_client, _method, url, _params, _json_body, headers, _deadline):
        sent.append((url, dict(headers)))
        status = 302 if len(sent) < 3 else 200
        targets = ["https://a.example/two", "http://a.example/three", ""]
        return Answer(status, {"location": targets[len(sent) - 1]}, b"", url)

    monkeypatch.setattr(PoliteClient, "_once", once)
    with a_client(headers={"authorization": "Bearer hunter2"}) as client:
        client.request("GET", "https://a.example/one")

    assert [headers for _, headers in sent] == [{"authorization": "Bearer hunter2"}] * 2 + [{}]


def test_password_in_an_address_is_used_and_not_told():
    with sites() as (site,), a_client() as client:
        url = site.url.replace("http://", "http://me:hunter2@")
        site.answers["/a"] = Response("no", 403)
        client.request("GET", f"{url}/b")
        with pytest.raises(CredentialsError) as caught:
            client.get_json(f"{url}/a")

    assert site.seen[0][1]["authorization"].startswith("Basic ")
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("body", ["", "<p>Maintenance", '{"a":', "[" * 100_000, "\xff\xfe"])
def test_answer_without_json_is_malformed(body):
    with sites() as (site,), a_client() as client:
        site.answers["/a"] = Response(body.encode("latin-1"))

        with pytest.raises(MalformedError, match="without JSON"):
            client.get_json(f"{site.url}/a")


@pytest.mark.parametrize(
    ("status", "expected"), [(204, MalformedError), (401, CredentialsError), (503, TransientError)]
)
def test_json_is_taken_from_a_200_alone(status, expected):
    with sites() as (site,), a_client() as client:
        site.answers["/a"] = Response(status_code=status)

        with pytest.raises(expected):
            client.get_json(f"{site.url}/a")


# Limits


def test_answer_of_exactly_the_limit_is_taken():
    with sites() as (site,), a_client(max_bytes=1000) as client:
        site.answers["/a"] = Response(b"x" * 1000)
        site.answers["/b"] = Response(b"x" * 1001)

        assert len(client.request("GET", f"{site.url}/a").body) == 1000
        with pytest.raises(MalformedError, match="more than 1000 bytes"):
            client.request("GET", f"{site.url}/b")


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_size_counts_after_decompression(encoding, pack):
    with sites() as (site,), a_client() as client:
        headers = {"content-encoding": encoding}
        site.answers["/a"] = Response(pack(b"0" * 5_000_000), headers=headers)
        site.answers["/b"] = Response(pack(b"salam"), headers=headers)

        assert client.request("GET", f"{site.url}/b").body == b"salam"
        with pytest.raises(MalformedError, match="more than 1000000 bytes"):
            client.request("GET", f"{site.url}/a")


def test_body_that_does_not_decompress_is_malformed():
    with sites() as (site,), a_client() as client:
        site.answers["/a"] = Response(b"no gzip", headers={"content-encoding": "gzip"})

        with pytest.raises(MalformedError, match="broken body"):
            client.request("GET", f"{site.url}/a")


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("hang", {"delay": 1.5}, TransientError),
        ("slow", {"delay": 0.05}, TransientError),
        ("half", {}, TransientError),
        ("drop", {}, TransientError),
        ("html", {}, MalformedError),
        ("oversize", {}, MalformedError),
    ],
)
def test_bad_answer_ends_in_time_with_its_error(kind, more, expected):
    with sites() as (site,), a_client(timeout=0.4) as client:
        site.world.fail(PLATFORM, kind, **more)
        began = time.monotonic()

        with pytest.raises(CollectorError) as caught:
            client.get_json(f"{site.url}/a", params={"text": "long enough to be slow"})

        took = time.monotonic() - began

    assert type(caught.value) is expected
    assert str(caught.value).startswith("test: ")
    assert took < 3


def test_one_deadline_holds_for_all_redirects():
    with sites() as (site,), a_client(timeout=0.5) as client:
        for number in range(3):
            site.leads(f"/{number}", f"/{number + 1}")
        site.world.fail(PLATFORM, "slow", delay=0.01, path="/3", times=-1)
        site.answers["/3"] = Response(b"x" * 500)
        began = time.monotonic()

        with pytest.raises(TransientError, match="too slow"):
            client.request("GET", f"{site.url}/0")

        assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:9/", TransientError),
        ("gopher://127.0.0.1/", MalformedError),
        ("http:///nowhere", MalformedError),
    ],
)
def test_address_that_leads_nowhere_has_its_error(url, expected):
    with a_client() as client, pytest.raises(expected):
        client.request("GET", url)
