"""A feed may be anywhere the operator says; its redirects may lead to public places only."""

import json
from datetime import UTC, datetime

import pytest
from starlette.responses import Response

from collectors.base import Query
from collectors.feeds import FeedsSettings
from collectors.guard import ForbiddenAddressError
from tests.collectors.budget import Purse
from tests.collectors.dangers import AGENT
from tests.collectors.site import sites

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FEED = {"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [{"id": "1"}]}


def read(url):
    feeds = FeedsSettings.model_validate({"feeds": [{"url": url}]}).build(AGENT)
    query = Query(tags=("bladifqalbi",), floor=NOW, now=NOW, budget=Purse())
    try:
        (stream,) = feeds.streams(query)
        return list(feeds.fetch(query, stream, bookmark=None, resume=None))
    finally:
        feeds.close()


def test_feed_that_moves_on_its_own_host_is_followed():
    with sites() as (site,):
        site.leads("/feed", "/new")
        site.answers["/new"] = Response(json.dumps(FEED))

        assert len(read(f"{site.url}/feed")) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_feed_that_leads_elsewhere_inside_is_refused(host):
    with sites(2) as (site, inside):
        site.leads("/feed", f"{inside.url.replace('127.0.0.1', host)}/admin")

        with pytest.raises(
            ForbiddenAddressError, match=r"^feeds: .* is not on the public internet"
        ):
            read(f"{site.url}/feed")

        assert inside.seen == []
