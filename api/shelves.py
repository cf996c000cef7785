"""Parts of the wall with pages of their own: collections, kinds and the video library."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from api import names
from api.site import Site
from api.words import Wording
from api.words import mark as _
from store.settings import MAIN, CollectionSettings

VIDEOS = _("Video library")


@dataclass(frozen=True, slots=True)
class Shelf:
    """One page family; the same in every language."""

    path: str = "/"
    """Behind the language: `/c/summer`."""
    chosen: dict[str, str] = field(default_factory=dict)
    """What it restricts the wall to."""

    @property
    def wall(self) -> str:
        """The name of the same wall for the widget, as far as it has one."""
        return self.chosen.get("collection", MAIN)

    def rest(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is asked for besides what the path says already."""
        return {name: value for name, value in asked.items() if name not in self.chosen}

    def title(self, site: Site, wording: Wording) -> str | None:
        """Return what it is called; None for the whole wall, which is called as the campaign."""
        if collection := self.chosen.get("collection"):
            found = next(one for one in site.campaign.collections if one.name == collection)
            return site.say(found.title, wording)
        if self.path == "/videos":
            return wording.gettext(VIDEOS)
        kind = self.chosen.get("kind")
        return wording.gettext(names.KINDS[kind]) if kind else None


WHOLE = Shelf()


def every(collections: Iterable[CollectionSettings]) -> Iterator[Shelf]:
    """Give all shelves of a campaign with some collections."""
    yield WHOLE
    yield Shelf("/videos", {"kind": "video"})
    for kind in names.KINDS:
        yield Shelf(f"/kind/{kind}", {"kind": kind})
    for collection in collections:
        yield Shelf(f"/c/{collection.name}", {"collection": collection.name})
