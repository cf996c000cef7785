"""No secret in any log."""

import logging

import pytest
import structlog

from bladifqalbi.logs import Redactor, configure

TOKEN = "canary-7f3a9c"


@pytest.mark.parametrize(
    "line",
    [
        f"GET https://y.example/v3?part=snippet&key={TOKEN}&alt=json",
        f"Authorization: Bearer {TOKEN}",
        f"https://m.example/?access_token={TOKEN}",
        f"client_secret={TOKEN}",
    ],
)
def test_what_looks_like_a_secret_leaves_the_line(line):
    assert TOKEN not in Redactor([])(line)


def test_known_secret_leaves_the_line_wherever_it_stands():
    assert Redactor([TOKEN])(f"oops: {TOKEN}!") == "oops: ***!"


@pytest.mark.parametrize("as_json", [False, True])
def test_secret_in_a_traceback_leaves_the_log(capsys, as_json):
    configure([TOKEN], as_json=as_json)

    try:
        raise ValueError(f"no luck with {TOKEN}")
    except ValueError:
        structlog.get_logger().exception("collector.broke", source="x", hint=TOKEN)
        logging.getLogger("some.library").exception("failed with %s", TOKEN)

    written = capsys.readouterr().err
    assert "collector.broke" in written
    assert "ValueError" in written
    assert TOKEN not in written


def test_libraries_that_log_whole_requests_are_quiet(capsys):
    configure([], as_json=False, level="DEBUG")

    logging.getLogger("tweepy.client").debug("Authorization: whatever")
    logging.getLogger("googleapiclient.http").warning("key whatever")

    assert capsys.readouterr().err == ""
