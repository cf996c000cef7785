"""What the tests of YouTube's collector share: how it is built, asked and read."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from collectors.base import Page, Query
from collectors.youtube import YouTubeCollector, YouTubeSettings
from tests.collectors.budget import Purse
from tests.platforms.youtube import KEY

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9"
"""An address that nothing answers from: enough where no network is needed."""
FOLDER = Path(__file__).with_name("youtube")


def payload(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return loaded


def a_collector(url: str = NOWHERE, **settings: Any) -> YouTubeCollector:
    given = {"api_key": SecretStr(KEY), "timeout": 5, **settings}
    return YouTubeSettings(base_url=url, **given).build("bladi-wall-test (+https://example.org)")


def a_query(**more: Any) -> Query:
    fields: dict[str, Any] = {
        "tags": ("bladifqalbi", "بلادي_فقلبي"),
        "phrases": ("bladi f qalbi",),
        "floor": START - timedelta(days=2),
        "now": START + timedelta(minutes=1),
        "budget": Purse(),
    }
    return Query(**{**fields, **more})


def read(
    collector: YouTubeCollector,
    query: Query | None = None,
    *,
    bookmark: str | None = None,
    resume: str | None = None,
) -> list[Page]:
    query = query or a_query()
    pages = [
        page
        for stream in collector.streams(query)
        for page in collector.fetch(query, stream, bookmark=bookmark, resume=resume)
    ]
    for page in pages:
        assert (page.bookmark is None) != (page.resume is None)
        json.dumps(list(page.payloads))
    return pages


def texts(collector: YouTubeCollector, pages: list[Page]) -> list[str]:
    return [collector.normalise(payload).text for page in pages for payload in page.payloads]
