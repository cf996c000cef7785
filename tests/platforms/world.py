"""The small world behind the stand-in platforms: people, what they post, and what goes wrong.

A `World` is the truth that every stand-in tells in its own platform's words. It starts in cycle 1;
`advance()` moves it on: later stories appear, some are edited, some are deleted.
"""

import dataclasses
import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.platforms.faults import Fault, FaultyApp
from tests.platforms.signatures import Signatures

__all__ = ["PLATFORMS", "Fault", "FaultyApp", "Person", "Picture", "Post", "Story", "World"]

PLATFORMS = ("x", "reddit", "youtube", "mastodon", "bluesky", "feeds")


@dataclass(frozen=True, kw_only=True)
class Person:
    """One author; `handle` is ASCII, without @ or server."""

    handle: str
    name: str
    place: str = ""
    bot: bool = False
    indexable: bool = True
    """False: asks not to be indexed (fediverse), or not to be shown to logged-out people."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An image or video of a story; `name` is one of `tests.platforms.art` or `.odd`."""

    name: str
    alt: str | None = None
    kind: str = "image"
    width: int = 640
    height: int = 480
    duration: float | None = None


@dataclass(frozen=True, kw_only=True)
class Story:
    """One post as its author wrote it; hashtags stand in the text with their #."""

    key: str
    platform: str
    person: Person
    language: str
    """What a careful reader would call it: ar ary ary-Latn zgh ber-Latn fr en es nl it de."""
    text: str
    age: timedelta = timedelta(hours=1)
    """Before the world's start; negative for what is posted later."""
    title: str | None = None
    pictures: tuple[Picture, ...] = ()
    warning: str | None = None
    sensitive: bool = False
    labels: tuple[str, ...] = ()
    link: str | None = None
    """An article that the story points to, if any."""
    cycle: int = 1
    """Appears from this cycle on."""
    edit: str | None = None
    """Its text from cycle 2 on."""
    deleted: bool = False
    """Gone from cycle 2 on."""


@dataclass(frozen=True)
class Post:
    """A story that is out: `number` is unique in the world and grows with `published_at`."""

    story: Story
    number: int
    published_at: datetime
    text: str
    edited_at: datetime | None = None


class World:
    """People and posts, seen alike by all stand-ins; safe to change while they serve."""

    def __init__(self, stories: Iterable[Story] = (), *, start: datetime | None = None) -> None:
        self.start = (start or datetime.now(UTC)).replace(microsecond=0)
        self.cycle = 1
        self.asks_for_token = False
        """Meta's oEmbed does."""
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.requests: dict[str, list[tuple[str, str]]] = defaultdict(list)
        """Per platform: (method, path?query) of every request, oldest first."""
        self.signatures = {"reddit": Signatures()}
        """Of the platforms whose picture addresses may end."""
        self._lock = threading.RLock()
        self._stories: dict[str, Story] = {}
        self._numbers: dict[str, int] = {}
        self._edits: dict[str, tuple[str, datetime]] = {}
        self._deleted: set[str] = set()
        for story in sorted(stories, key=lambda s: (-s.age, s.key)):
            self.add(story)

    def add(self, story: Story) -> str:
        """Publish a story (or plan it, for a later cycle); return its key."""
        with self._lock:
            self._numbers[story.key] = len(self._numbers) + 1
            self._stories[story.key] = story
        return story.key

    def say(self, platform: str, text: str, *, person: Person | None = None, **more: Any) -> str:
        """Publish a text; `more` are fields of `Story`. Return its key."""
        key = more.pop("key", f"{platform}-said-{len(self._numbers) + 1}")
        who = person or Person(handle="amina", name="Amina El Idrissi", place="Lyon")
        more.setdefault("language", "fr")
        more.setdefault("age", timedelta(minutes=5))
        return self.add(Story(key=key, platform=platform, person=who, text=text, **more))

    def edit(self, key: str, text: str, *, at: datetime | None = None) -> None:
        """Change a story's text."""
        with self._lock:
            self._edits[key] = (text, at or datetime.now(UTC).replace(microsecond=0))

    def delete(self, key: str) -> None:
        """Take a story away."""
        with self._lock:
            self._deleted.add(key)

    def advance(self) -> int:
        """Begin the next cycle; return its number."""
        with self._lock:
            self.cycle += 1
            if self.cycle == 2:
                for story in self._stories.values():
                    if story.edit is not None:
                        self.edit(story.key, story.edit)
                    if story.deleted:
                        self.delete(story.key)
            return self.cycle

    def posts(self, platform: str) -> list[Post]:
        """Return what stands on a platform now, newest first."""
        with self._lock:
            out = [
                self._post(story)
                for story in self._stories.values()
                if story.platform == platform
                and story.cycle <= self.cycle
                and story.key not in self._deleted
            ]
        return sorted(out, key=lambda post: (post.published_at, post.number), reverse=True)

    def deleted(self, platform: str) -> list[Post]:
        """Return what once stood on a platform and was taken away."""
        with self._lock:
            return [
                self._post(self._stories[key])
                for key in sorted(self._deleted)
                if self._stories[key].platform == platform
            ]

    def _post(self, story: Story) -> Post:
        text, edited_at = self._edits.get(story.key, (story.text, None))
        return Post(
            story=story,
            number=self._numbers[story.key],
            published_at=self.start - story.age,
            text=text,
            edited_at=edited_at,
        )

    def fail(self, platform: str, kind: str, **more: Any) -> Fault:
        """Make the next requests to a platform go wrong; fields as in `Fault`."""
        fault = Fault(kind=kind, **more)
        with self._lock:
            self.faults[platform].append(fault)
        return fault

    def heal(self, platform: str | None = None) -> None:
        """Remove all faults of a platform, or of all."""
        with self._lock:
            for name in [platform] if platform else PLATFORMS:
                self.faults[name].clear()

    def sign(self, platform: str, *, lifetime: timedelta) -> None:
        """Let each picture address that is read from now on end after a time, then answer 403."""
        self.signatures[platform].begin(lifetime)

    def expire(self, platform: str) -> None:
        """Let every picture address that was read until now answer 403; to read again helps."""
        self.signatures[platform].revoke()

    def take_fault(self, platform: str, path: str) -> Fault | None:
        """Return the fault that hits this request, if any; the stand-ins' server asks this."""
        with self._lock:
            for fault in self.faults[platform]:
                if fault.path not in path or fault.times == 0:
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.times > 0:
                    fault.times -= 1
                return dataclasses.replace(fault)
        return None
