"""The wall as a page: whole without JavaScript, in five languages, in both directions."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from api import cards, linked_data, menus, shelves
from api.caching import answer
from api.errors import Refusal
from api.parameters import TAG, Only, PageQuery
from api.shelves import WHOLE, Shelf
from api.site import Site
from api.text import REL
from api.wall import read_page
from api.words import OWN_NAMES, Wording
from store import wall
from store.sanitise import is_web_address

_TYPE = "text/html; charset=utf-8"


class Pages:
    """The pages of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._templates = {tag: _prepared(one) for tag, one in site.wordings.items()}
        self._counted: dict[str | None, tuple[int, list[wall.Group]]] = {}

    def show(
        self,
        request: Request,
        wording: Wording,
        query: PageQuery,
        *,
        negotiated: bool = False,
        shelf: Shelf = WHOLE,
    ) -> Response:
        """Return the wall, or a part of it, in a language.

        Args:
            request: the request.
            wording: the language.
            query: what to show, and from where on.
            negotiated: the browser's wish chose the language, not the address.
            shelf: which part.

        Raises:
            BadParameterError: the campaign has no such collection, or the cursor is not ours.
            NotFoundError: the shelf is a collection that is not shown now.
        """
        self._site.check_collection(query.collection)
        self._site.collection_of(shelf.wall)
        query = query.model_copy(update=shelf.chosen)

        def render(session: Session) -> Response:
            page = read_page(session, query, limit=self._site.settings.page_size)
            groups = self._groups(session, query)
            offered = menus.build(
                groups, query, self._site, wording, self._site.collections(session)
            )
            shown = self._shown(page, wording, query, shelf) | {"menus": offered}
            return self.render(
                "wall.html", wording, shown | self._head(page, wording, query, shelf)
            )

        key = f"/{wording.tag}{shelf.path}?{query.canonical}"
        vary = "accept-language" if negotiated else None
        return answer(request, self._site, key, render, vary=vary)

    def failure(self, refusal: Refusal, wording: Wording) -> Response:
        """Return the page that says why there is nothing to see."""
        local = self._site.addresses.local
        shown = {
            "heading": wording.gettext(refusal.title),
            "advice": wording.gettext(refusal.advice),
            "detail": refusal.detail,
            "link": lambda tag: local(f"/{tag}/"),
        }
        response = self.render("failure.html", wording, shown)
        response.status_code = refusal.status
        response.headers.update(
            {"cache-control": "no-store", "vary": "accept-language", **refusal.headers}
        )
        return response

    def _groups(self, session: Session, query: PageQuery) -> list[wall.Group]:
        """Count what the menus offer; once for each change, because it reads the whole wall."""
        if query.search is not None:
            return wall.groups(session, query.filters)
        revision = wall.revision(session)
        known = self._counted.get(query.collection)
        if known is None or known[0] != revision:
            known = (revision, wall.groups(session, query.filters))
            self._counted[query.collection] = known
        return known[1]

    def _shown(
        self,
        page: wall.WallPage,
        wording: Wording,
        query: PageQuery,
        shelf: Shelf,
    ) -> dict[str, Any]:
        site, given = self._site, query.model_dump()

        def link(tag: str, **changes: str) -> str:
            # Another language is the same page; another choice may lead out of its shelf.
            path, rest = ("/", given) if changes else (shelf.path, shelf.rest(given))
            return site.addresses.local(f"/{tag}{path}", {**rest, **changes})

        return {
            "summary": site.say(site.campaign.summary, wording),
            "query": query,
            "cards": [cards.of(public, wording, site.zone, site.pictures) for public in page.posts],
            "next_cursor": page.next_cursor,
            "is_filtered": query.but() != PageQuery(),
            "home": site.addresses.local(f"/{wording.tag}/"),
            "link": link,
            "feed": lambda path: site.addresses.local(
                path, {**query.but().model_dump(), "lang": wording.tag}
            ),
        }

    def _head(
        self, page: wall.WallPage, wording: Wording, query: PageQuery, shelf: Shelf
    ) -> dict[str, Any]:
        """Return what search engines and previews of links are told of a page."""
        site = self._site
        rest = shelf.rest(query.but(search=None).model_dump())

        def absolute(tag: str | None) -> str:
            if tag is None and shelf == WHOLE:
                return site.addresses.absolute("/", rest)
            tag = tag or site.settings.default_language
            return site.addresses.absolute(f"/{tag}{shelf.path}", rest)

        title = shelf.title(site, wording)
        name = title or site.say(site.campaign.title, wording)
        own = absolute(wording.tag)
        return {
            "shelf": title,
            "absolute": absolute,
            "preview": site.addresses.absolute("/preview.png"),
            "oembed": site.addresses.absolute("/oembed", {"url": own, "format": "json"}),
            "linked_data": linked_data.of_page(page.posts, name, own, wording, site.pictures),
        }

    def render(self, name: str, wording: Wording, shown: Mapping[str, Any]) -> Response:
        """Return a page made of a template."""
        site = self._site
        html = (
            self._templates[wording.tag]
            .get_template(name)
            .render(
                shown,
                wording=wording,
                campaign=site.say(site.campaign.title, wording),
                own_names=OWN_NAMES,
                asset=lambda name: site.addresses.local(site.assets[name].path),
            )
        )
        return Response(html, media_type=_TYPE, headers={"content-language": wording.tag})


def routes(site: Site, pages: Pages) -> APIRouter:
    """Return the routes of the pages: by the language of the address, or the browser's."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(Only(PageQuery))])

    @router.get("/", name="wall page")
    def read_any(request: Request, query: Annotated[PageQuery, Query()]) -> Response:
        """Return the wall in the language that the browser likes best."""
        return pages.show(request, site.wording(request), query, negotiated=True)

    for shelf in shelves.every(site.campaign.collections):
        _add_shelf(router, site, pages, shelf)

    @router.get(f"/{TAG}", name="wall page without its slash")
    async def go_on(request: Request, tag: str) -> Response:
        """Send the visitor to the address with the slash; relative, whatever host they used."""
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{tag}/{query}", status_code=308)

    return router


def _add_shelf(router: APIRouter, site: Site, pages: Pages, shelf: Shelf) -> None:
    @router.get(f"/{TAG}{shelf.path}", name=f"page {shelf.path}")
    def read_shelf(request: Request, tag: str, query: Annotated[PageQuery, Query()]) -> Response:
        """Return the wall, or a part of it, in one language."""
        return pages.show(request, site.wordings[tag], query, shelf=shelf)


def _web(url: str) -> str:
    """Return an address that a stranger gave, or one that leads nowhere if it is no web address."""
    return url if is_web_address(url) else "#"


@cache
def _prepared(wording: Wording) -> Environment:
    # Once a process: the templates are compiled in it.
    return environment(wording)


def environment(wording: Wording) -> Environment:
    """Return where the templates of a language are, with what all of them may use."""
    environment = Environment(
        loader=PackageLoader("api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # Added by jinja2.ext.i18n; "newstyle" escapes the values that are put into a sentence.
    install = environment.install_gettext_translations  # type: ignore[attr-defined]
    install(wording.translations, newstyle=True)
    environment.globals.update(
        rel=REL, web=_web, bdi=Markup("<bdi>{}</bdi>").format, ui_direction=wording.direction
    )
    return environment
