import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import googleapiclient
import httpx2
import jsonschema
import pytest

from tests.collectors.youtube_asking import START, a_collector, a_query, payload, read
from tests.platforms.corpus import stories
from tests.platforms.serve import platforms
from tests.platforms.world import World
from tests.platforms.youtube import KEY

CACHE = Path(googleapiclient.__file__).parent / "discovery_cache"
DISCOVERY = json.loads((CACHE / "documents/youtube.v3.json").read_text())


@pytest.fixture
def world() -> World:
    return World(start=START)


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with platforms(world, ["youtube"]) as urls:
        yield urls["youtube"]


def check(answer: Any, name: str) -> None:
    """See that an answer keeps to a schema of the discovery document, with no other keys."""
    definitions = {key: _strict(value) for key, value in DISCOVERY["schemas"].items()}
    schema = {"$ref": f"#/$defs/{name}", "$defs": definitions}
    jsonschema.Draft202012Validator(schema).validate(answer)


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    strict: dict[str, Any] = {
        name: schema[name] for name in ("type", "enum", "pattern") if name in schema
    }
    if schema.get("format") == "uint64":
        strict["pattern"] = "^[0-9]+$"
    if schema.get("format") == "date-time":
        strict["pattern"] = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"
    if "items" in schema:
        strict["items"] = _strict(schema["items"])
    if schema.get("type") == "object":
        others = schema.get("additionalProperties")
        strict["properties"] = {
            name: _strict(value) for name, value in schema.get("properties", {}).items()
        }
        strict["additionalProperties"] = _strict(others) if others else False
    return strict


def test_stand_in_answers_as_the_discovery_document_says(world: World, url: str) -> None:
    for story in stories():
        if story.platform == "youtube":
            world.add(story)
    client = httpx2.Client(base_url=url, headers={"x-goog-api-key": KEY})
    parts = "snippet,contentDetails,statistics,status"

    found = client.get(
        "/youtube/v3/search",
        params={"part": "snippet", "q": "bladifqalbi|بلادي", "maxResults": 10, "type": "video"},
    ).json()
    ids = ",".join(one["id"]["videoId"] for one in found["items"])
    videos = client.get("/youtube/v3/videos", params={"part": parts, "id": ids}).json()
    client.close()

    assert len(found["items"]) == len(videos["items"]) == 10
    check(found, "SearchListResponse")
    check(videos, "VideoListResponse")


def test_schema_refuses_what_youtube_does_not_document() -> None:
    with pytest.raises(jsonschema.ValidationError):
        check({"items": [{"snippet": {"likes": 7}}]}, "VideoListResponse")


@pytest.mark.parametrize("name", ["video", "unlisted_broadcast"])
def test_written_payload_is_what_the_discovery_document_says(name: str) -> None:
    check(payload(name)["video"], "Video")


def test_requests_are_what_the_discovery_document_knows(world: World, url: str) -> None:
    youtube = a_collector(url)
    for number in range(80):
        world.say("youtube", f"#bladifqalbi {number}", age=timedelta(hours=number))
    read(youtube, a_query(floor=START - timedelta(days=9)))
    youtube.close()
    methods = {
        "/youtube/v3/search": DISCOVERY["resources"]["search"]["methods"]["list"],
        "/youtube/v3/videos": DISCOVERY["resources"]["videos"]["methods"]["list"],
    }

    for verb, address in world.requests["youtube"]:
        method = methods[urlsplit(address).path]
        known_names = {**method["parameters"], **DISCOVERY["parameters"]}
        given = parse_qs(urlsplit(address).query)
        assert verb == method["httpMethod"]
        assert set(given) <= set(known_names)
        assert {name for name, one in known_names.items() if one.get("required")} <= set(given)
        for name, values in given.items():
            assert [value for value in values if not _is_allowed(value, known_names[name])] == []


def _is_allowed(value: str, parameter: dict[str, Any]) -> bool:
    if parameter.get("format") == "google-datetime":
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value))
    if parameter["type"] == "integer":
        return int(parameter["minimum"]) <= int(value) <= int(parameter["maximum"])
    return value in parameter.get("enum", [value])
