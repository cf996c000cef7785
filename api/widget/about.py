"""The page for web teams: what to paste, what to allow, and how it looks."""

from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import RedirectResponse, Response

from api.errors import NotFoundError
from api.pages import Pages
from api.parameters import TAG, CollectionName, Layout, Limit, Only, Theme
from api.site import Site
from api.widget.snippet import Snippets, Wish
from api.words import Wording
from api.words import mark as _
from store.settings import MAIN

PATH = "/embed"


LAYOUTS = {
    "mosaic": _("Mosaic: rows of equal height"),
    "masonry": _("Masonry: columns without gaps"),
    "list": _("List: one column"),
    "carousel": _("Carousel: one row to turn"),
    "kiosk": _("Big screen, which turns by itself"),
}
THEMES = {
    "auto": _("As the visitor's device"),
    "light": _("Always light"),
    "dark": _("Always dark"),
}


class AboutQuery(BaseModel):
    """Parameters of the page: which wall, and how it looks."""

    model_config = ConfigDict(frozen=True)

    wall: CollectionName = MAIN
    layout: Layout = "mosaic"
    theme: Theme = "auto"
    limit: Limit = 12


def routes(site: Site, pages: Pages) -> APIRouter:
    """Return the routes of the page: by the language of the address, or the browser's."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(Only(AboutQuery))])

    @router.get(PATH, name="about embedding")
    async def read_any(request: Request) -> Response:
        """Send the visitor to the page in the language that the browser likes best."""
        path = site.addresses.local(f"/{site.wording(request).tag}{PATH}")
        query = f"?{request.url.query}" if request.url.query else ""
        headers = {"cache-control": "no-store", "vary": "accept-language"}
        return RedirectResponse(f"{path}{query}", 307, headers)

    @router.get(f"/{TAG}{PATH}", name="about embedding in a language")
    def read_one(tag: str, query: Annotated[AboutQuery, Query()]) -> Response:
        """Return the page in one language."""
        wording = site.wordings[tag]
        snippets = _snippets(site, wording, query)
        response = pages.render("embed.html", wording, _shown(site, wording, query, snippets))
        response.headers["cache-control"] = "public, max-age=300"
        return response

    return router


def _snippets(site: Site, wording: Wording, query: AboutQuery) -> Snippets | None:
    """Return what to paste; None for a wall that is for no big screen, if one is asked for."""
    site.collection_of(query.wall)
    try:
        return Snippets(site, wording, Wish(**query.model_dump()))
    except NotFoundError:
        return None


def _shown(
    site: Site, wording: Wording, query: AboutQuery, snippets: Snippets | None
) -> dict[str, object]:
    given = query.model_dump(exclude_defaults=True)
    walls = [(MAIN, site.say(site.campaign.title, wording))]
    walls += [(one.name, site.say(one.title, wording)) for one in site.collections()]
    return {
        "snippets": snippets,
        "query": query,
        "home": site.addresses.local(f"/{wording.tag}/"),
        "here": site.addresses.local(f"/{wording.tag}{PATH}"),
        "link": lambda tag: site.addresses.local(f"/{tag}{PATH}", given),
        "walls": walls,
        "layouts": [(one, wording.gettext(LAYOUTS[one])) for one in get_args(Layout)],
        "themes": [(one, wording.gettext(THEMES[one])) for one in get_args(Theme)],
    }
