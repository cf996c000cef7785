"""The parameters of our addresses: what each may be, and the refusal of everything else."""

import re
from collections import Counter
from dataclasses import replace
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import urlencode

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from starlette.convertors import StringConvertor, register_url_convertor

from api.errors import BadParameterError
from store.wall import Filters

Language = Literal[
    "ar", "ary", "ary-Latn", "ber-Latn", "zgh", "fr", "en", "es", "nl", "de", "it", "pt", "ca",
    "tr", "und",
]  # fmt: skip
Kind = Literal["note", "image", "video", "article"]
Interface = Literal["ar", "fr", "en", "es", "zgh"]
Layout = Literal["mosaic", "masonry", "list", "carousel", "kiosk"]
Theme = Literal["auto", "light", "dark"]

CollectionName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
Searched = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
_NAME = "[a-z][a-z0-9_-]{0,39}"
_KIND = f"(?:{'|'.join(get_args(Kind))})"
Platform = Annotated[str, StringConstraints(pattern=rf"^{_NAME}$")]
Kinds = Annotated[str, StringConstraints(pattern=rf"^{_KIND}(?:,{_KIND}){{0,3}}$")]
Platforms = Annotated[str, StringConstraints(pattern=rf"^{_NAME}(?:,{_NAME}){{0,9}}$")]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Limit = Annotated[int, Field(ge=1, le=100)]


class _Tag(StringConvertor):
    regex = "|".join(get_args(Interface))


register_url_convertor("interface", _Tag())
TAG = "{tag:interface}"
"""A language of the interface, in the path of a route."""

ALLOWED = {
    "language": f"one of {', '.join(get_args(Language))}",
    "platform": "the name of a network in small letters, such as mastodon",
    "kind": f"one of {', '.join(get_args(Kind))}",
    "types": f"one or several of {', '.join(get_args(Kind))}, with commas between",
    "sources": "names of up to ten networks in small letters, with commas between",
    "collection": "the name of a collection of this campaign",
    "search": "1 to 100 characters",
    "q": "1 to 100 characters",
    "revision": "the revision that the wall gave",
    "url": "the address of a wall page of this site",
    "format": "json",
    "maxwidth": "a whole number from 200 to 10000",
    "maxheight": "a whole number from 200 to 10000",
    "cursor": "the next_cursor of the page before",
    "limit": "a whole number from 1 to 100",
    "kiosk": "on: only what a big screen in public may show",
    "lang": f"one of {', '.join(get_args(Interface))}",
    "layout": f"one of {', '.join(get_args(Layout))}",
    "theme": f"one of {', '.join(get_args(Theme))}",
}
"""What each parameter takes: in the description of the API, and in refusals."""


def _optional(name: str) -> Any:
    return Field(default=None, description=ALLOWED[name])


class Selection(BaseModel):
    """Which posts, and from where on."""

    model_config = ConfigDict(frozen=True)

    language: Language | None = _optional("language")
    platform: Platform | None = _optional("platform")
    kind: Kind | None = _optional("kind")
    collection: CollectionName | None = _optional("collection")
    search: Searched | None = _optional("search")
    cursor: Cursor | None = _optional("cursor")

    @property
    def filters(self) -> Filters:
        """What the store understands of this."""
        return Filters(
            language=self.language,
            platform=self.platform,
            kind=self.kind,
            collection=self.collection,
            search=self.search or "",
        )

    @property
    def canonical(self) -> str:
        """The same text for every way to write the same selection."""
        return urlencode(sorted(self.model_dump(exclude_none=True).items()))


class InLanguage(BaseModel):
    """In which language of the interface our own words come."""

    model_config = ConfigDict(frozen=True)

    lang: Interface | None = _optional("lang")


class FeedQuery(InLanguage, Selection):
    """Parameters of a feed."""


class WallQuery(FeedQuery):
    """Parameters of the API's wall."""

    limit: Limit | None = _optional("limit")


class Bounds(BaseModel):
    """What a wall has at all, as the site that shows it wants."""

    model_config = ConfigDict(frozen=True)

    types: Kinds | None = _optional("types")
    sources: Platforms | None = _optional("sources")


class Bounded(Selection, Bounds):
    """Which posts of a wall that has not everything."""

    kiosk: Literal["on"] | None = _optional("kiosk")

    @property
    def filters(self) -> Filters:
        """What the store understands of this."""
        return replace(
            super().filters,
            kinds=self.types.split(",") if self.types else (),
            platforms=self.sources.split(",") if self.sources else (),
            kiosk=self.kiosk is not None,
        )


class Chosen(InLanguage, Bounds):
    """What a visitor chooses from a wall; which collection it is, its address says."""

    kind: Kind | None = _optional("kind")
    language: Language | None = _optional("language")
    platform: Platform | None = _optional("platform")
    q: Searched | None = _optional("q")
    kiosk: Literal["on"] | None = _optional("kiosk")

    def selection(self, collection: str | None, cursor: str | None = None) -> Bounded:
        """Return the same as the other addresses say it."""
        return Bounded(
            types=self.types,
            sources=self.sources,
            kiosk=self.kiosk,
            language=self.language,
            platform=self.platform,
            kind=self.kind,
            collection=collection,
            search=self.q,
            cursor=cursor,
        )


class CardsQuery(Chosen):
    """Parameters of the widget's wall."""

    limit: Limit = Field(default=12, description=ALLOWED["limit"])
    cursor: Cursor | None = _optional("cursor")


class ChangesQuery(Chosen):
    """Parameters of a question for what is new; the answer is the same in every language."""

    cursor: Cursor | None = Field(default=None, description=ALLOWED["revision"])

    @property
    def known(self) -> int:
        """The revision that the reader knows.

        Raises:
            BadParameterError: there is none, or it is no number that a wall could have given.
        """
        if self.cursor is None or not re.fullmatch(r"[0-9]{1,18}", self.cursor):
            raise BadParameterError("cursor", f"write {ALLOWED['revision']}")
        return int(self.cursor)


class PageQuery(Selection):
    """Parameters of the wall page, whose form sends the fields that are left empty, too."""

    @model_validator(mode="before")
    @classmethod
    def _leave_out_what_is_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if str(value).strip()}

    def but(self, **changes: str | None) -> Self:
        """Return this selection with some of it changed, from the top."""
        return self.model_copy(update={"cursor": None, **changes})


class Only:
    """A dependency that refuses parameters which an address does not have, and repeated ones."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.names = tuple(model.model_fields)

    async def __call__(self, request: Request) -> None:
        """Let a request pass, or refuse it.

        Raises:
            BadParameterError: a parameter is not known here, or is there twice.
        """
        given = Counter(name for name, _ in request.query_params.multi_items())
        for name, times in given.items():
            if name not in self.names:
                raise BadParameterError(name, f"there is no such parameter here, only {self}")
            if times > 1:
                raise BadParameterError(name, "write it once")

    def __str__(self) -> str:
        return ", ".join(self.names)
