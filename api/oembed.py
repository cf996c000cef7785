"""oEmbed 1.0 (oembed.com): a page of the wall as an iframe for other sites."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import errors, shelves
from api.caching import LASTING
from api.errors import NotFoundError
from api.parameters import ALLOWED, Only
from api.schemas import Shape
from api.shelves import Shelf
from api.site import Site
from api.words import Wording

WIDTH, HEIGHT = 1200, 1200
_IFRAME = Markup(
    '<iframe src="{src}" title="{title}" width="{width}" height="{height}" loading="lazy"'
    ' sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"'
    ' referrerpolicy="strict-origin-when-cross-origin" style="max-width:100%;border:0"></iframe>'
)


class OembedQuery(BaseModel):
    """Parameters of oEmbed."""

    model_config = ConfigDict(frozen=True)

    url: str = Field(max_length=2000, description=ALLOWED["url"])
    format: Literal["json"] = Field(default="json", description=ALLOWED["format"])
    maxwidth: int = Field(default=WIDTH, ge=200, le=10_000, description=ALLOWED["maxwidth"])
    maxheight: int = Field(default=HEIGHT, ge=200, le=10_000, description=ALLOWED["maxheight"])


class Oembed(Shape):
    """A page of the wall, as other sites embed it."""

    version: Literal["1.0"] = "1.0"
    type: Literal["rich"] = "rich"
    title: str
    provider_name: str
    provider_url: str
    cache_age: int = 3600
    width: int
    height: int
    html: str


def routes(site: Site) -> APIRouter:
    """Return the route of oEmbed."""
    router = APIRouter(tags=["widget"], responses=errors.RESPONSES)

    @router.get(
        "/oembed",
        response_model=Oembed,
        dependencies=[Depends(Only(OembedQuery))],
        responses={404: {"description": errors.NOT_FOUND.title}},
        name="oembed",
    )
    def read_oembed(_request: Request, query: Annotated[OembedQuery, Query()]) -> Response:
        """Return a page of the wall, named by its address, as an iframe."""
        shelf, wording = _page(site, query.url)
        body = _told(site, shelf, wording, query).model_dump_json()
        headers = {"cache-control": LASTING}
        return Response(body, media_type="application/json", headers=headers)

    return router


def _page(site: Site, url: str) -> tuple[Shelf, Wording]:
    """Return which page of ours an address names.

    Raises:
        NotFoundError: none that can be embedded.
    """
    own = site.addresses.absolute("/")
    asked = url.partition("#")[0].partition("?")[0]
    if urlsplit(own).scheme == "https":
        asked = asked.replace("http://", "https://", 1)
    if asked.startswith(own):
        tag, _, rest = asked.removeprefix(own).partition("/")
        known = {shelf.path.rstrip("/"): shelf for shelf in shelves.every(site.collections())}
        shelf = known.get(f"/{rest}".rstrip("/"))
        if shelf and (tag in site.wordings or not (tag or rest)):
            return shelf, site.spoken(tag or None)
    raise NotFoundError("url: write the address of a wall page of this site")


def _told(site: Site, shelf: Shelf, wording: Wording, query: OembedQuery) -> Oembed:
    campaign = site.say(site.campaign.title, wording)
    title = shelf.title(site, wording) or campaign
    width, height = min(query.maxwidth, WIDTH), min(query.maxheight, HEIGHT)
    chosen = {"lang": wording.tag, "types": shelf.chosen.get("kind")}
    src = site.addresses.absolute(f"/e/{shelf.wall}", chosen)
    return Oembed(
        title=title,
        provider_name=campaign,
        provider_url=site.addresses.absolute(f"/{wording.tag}/"),
        width=width,
        height=height,
        html=str(_IFRAME.format(src=src, title=title, width=width, height=height)),
    )
