"""The wall as the widget reads it: pages of cards, and what has changed since."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api import card, errors, menus
from api.caching import SOON, answer
from api.card_schemas import CardWall, Choice, Choices, News
from api.parameters import CardsQuery, ChangesQuery, Only, Selection
from api.site import Site
from api.wall import read_page
from api.words import Wording
from store import news
from store.settings import CollectionSettings
from store.wall import groups, revision

Wall = Annotated[str, Path(max_length=60, description="main, or the name of a collection")]


def routes(site: Site) -> APIRouter:
    """Return the routes of the widget."""
    router = APIRouter(
        prefix="/w",
        tags=["widget"],
        responses={**errors.RESPONSES, 404: {"description": errors.NOT_FOUND.title}},
    )

    @router.get("/{wall}", response_model=CardWall, dependencies=[Depends(Only(CardsQuery))])
    def read_cards(request: Request, wall: Wall, query: Annotated[CardsQuery, Query()]) -> Response:
        """Return one page of cards in their order, in a language of the interface."""
        collection = site.collection_of(wall, kiosk=query.kiosk is not None)
        key = f"/w/{wall}?{query.model_dump_json(exclude_none=True)}"

        def render(session: Session) -> Response:
            shown = read(session, collection, query, site)
            return Response(shown.model_dump_json(), media_type="application/json")

        return answer(request, site, key, render)

    @router.get("/{wall}/changes", response_model=News, dependencies=[Depends(Only(ChangesQuery))])
    def read_changes(
        request: Request, wall: Wall, query: Annotated[ChangesQuery, Query()]
    ) -> Response:
        """Return what has changed since a revision that the wall gave."""
        collection = site.collection_of(wall, kiosk=query.kiosk is not None)
        known, selection = query.known, query.selection(collection.name if collection else None)

        def render(session: Session) -> Response:
            told = news.since(session, known, selection.filters)
            body = _news(told, revision(session)).model_dump_json()
            return Response(body, media_type="application/json")

        key = f"/w/{wall}/changes?{known}&{selection.canonical}"
        return answer(request, site, key, render, lasting=SOON)

    return router


def read(
    session: Session, collection: CollectionSettings | None, query: CardsQuery, site: Site
) -> CardWall:
    """Return one page of a wall.

    Args:
        session: reads the store.
        collection: which; None for the wall that shows everything.
        query: what to show, and from where on.
        site: whose wall it is.

    Raises:
        BadParameterError: the cursor is not one that this wall gave.
    """
    wording = site.spoken(query.lang)
    selection = query.selection(collection.name if collection else None, query.cursor)
    page = read_page(session, selection, limit=query.limit)
    path = f"/{wording.tag}/c/{collection.name}" if collection else f"/{wording.tag}/"
    return CardWall(
        lang=wording.tag,
        dir=wording.direction,
        title=site.say(collection.title if collection else site.campaign.title, wording),
        home=site.addresses.absolute(path),
        revision=str(revision(session)),
        posts=[card.of(public, wording, site) for public in page.posts],
        next=page.next_cursor,
        filters=None if query.cursor else _choices(session, selection, site, wording),
    )


def _choices(session: Session, selection: Selection, site: Site, wording: Wording) -> Choices:
    offered = menus.build(groups(session, selection.filters), selection, site, wording)

    def choices(menu: menus.Menu) -> list[Choice]:
        return [
            Choice(value=one.value, label=one.name, posts=one.count) for one in menu if one.value
        ]

    return Choices(
        kind=choices(offered.kinds),
        language=choices(offered.languages),
        platform=choices(offered.platforms),
    )


def _news(told: news.News | None, revision: int) -> News:
    if told is None:
        return News(revision=str(revision), reset=True)
    return News(
        revision=str(told.revision), new=told.new, removed=told.removed, updated=told.updated
    )
