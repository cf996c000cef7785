"""The stand-ins' posts: a campaign as Moroccans of the world might write it, in eleven languages.

All people and texts are invented for this project; they stand in the folder `stories`, a file for
each platform, one for what somebody posted on several of them, and one for the people.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.platforms.world import PLATFORMS, Person, Picture, Story

FOLDER = Path(__file__).with_name("stories")
TITLED = frozenset({"reddit", "youtube", "feeds"})
"""Platforms whose posts have a title."""

_SPAN = re.compile(r"-?(?:\d+[dhms] ?)+")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def stories() -> list[Story]:
    """Return every story, always in the same order."""
    return [story for story, _ in _read_all()]


def off_topic() -> frozenset[str]:
    """Return keys of the stories that only full-text search finds: none is of the campaign."""
    return frozenset(story.key for story, off in _read_all() if off)


@functools.cache
def _read_all() -> tuple[tuple[Story, bool], ...]:
    people = {entry["handle"]: Person(**entry) for entry in _read("people")}
    return tuple((_story(platform, entry, people), off) for platform, entry, off in _entries())


def _read(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return entries


def _entries() -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Give platform, fields and whether it is off topic, for each story."""
    for platform in PLATFORMS:
        for entry in _read(platform):
            off = entry.pop("off_topic", False)
            yield platform, entry, off
    for entry in _read("crossposts"):
        for platform, age in entry.pop("ages").items():
            dropped = set() if platform in TITLED else {"title", "link"}
            kept = {name: value for name, value in entry.items() if name not in dropped}
            yield platform, {**kept, "age": age}, False


def _story(platform: str, entry: Mapping[str, Any], people: Mapping[str, Person]) -> Story:
    fields = dict(entry)
    return Story(
        key=f"{platform}-{fields.pop('slug')}",
        platform=platform,
        person=people[fields.pop("by")],
        age=_span(fields.pop("age")),
        pictures=tuple(_picture(picture) for picture in fields.pop("pictures", ())),
        labels=tuple(fields.pop("labels", ())),
        **fields,
    )


def _picture(fields: Mapping[str, Any]) -> Picture:
    """Return a picture; what has a duration is a video, in its usual shape."""
    video = {"kind": "video", "width": 1280, "height": 720} if "duration" in fields else {}
    return Picture(**{**video, **fields})


def _span(text: str) -> timedelta:
    """Return the time that `1d 2h 3m` or `-4s` says."""
    if not _SPAN.fullmatch(text):
        raise ValueError(f"corpus: {text!r} is no span of time")
    parts = {_UNITS[unit]: int(amount) for amount, unit in re.findall(r"(\d+)([dhms])", text)}
    return timedelta(**parts) * (-1 if text.startswith("-") else 1)
