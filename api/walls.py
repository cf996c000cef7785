"""The wall as the widget reads it: pages of cards, and what has changed since."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api import card, errors, menus
from api.caching import SOON, answer
from api.card_schemas import CardWall, Choice, Choices, News
from api.fragments import Form
from api.parameters import CardsQuery, ChangesQuery, Only, Selection
from api.site import Site
from api.wall import read_numbers, read_page
from api.words import Wording
from store import news
from store.settings import CollectionSettings
from store.wall import Public, groups, revision

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
        wording = site.spoken(query.lang)

        def make(public: Public) -> bytes:
            return card.of(public, wording, site).model_dump_json().encode()

        def render(session: Session) -> Response:
            selection = _selection(collection, query)
            walked = read_numbers(session, selection, limit=query.limit)
            cards = site.fragments.cut(session, walked, form_of(wording), make)
            shell = _shell(session, collection, query, site)
            body = join(shell, cards, walked.next_cursor)
            return Response(body, media_type="application/json")

        return answer(request, site, key_of(wall, query), render)

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
    page = read_page(session, _selection(collection, query), limit=query.limit)
    posts = [card.of(public, wording, site) for public in page.posts]
    shell = _shell(session, collection, query, site)
    return shell.model_copy(update={"posts": posts, "next": page.next_cursor})


def _selection(collection: CollectionSettings | None, query: CardsQuery) -> Selection:
    return query.selection(collection.name if collection else None, query.cursor)


def _shell(
    session: Session, collection: CollectionSettings | None, query: CardsQuery, site: Site
) -> CardWall:
    """Return a page without its posts."""
    wording = site.spoken(query.lang)
    known = revision(session)
    if query.cursor:
        return empty(collection, wording, site, known)
    choices = _choices(session, _selection(collection, query), site, wording)
    return empty(collection, wording, site, known).model_copy(update={"filters": choices})


def empty(
    collection: CollectionSettings | None, wording: Wording, site: Site, revision: int
) -> CardWall:
    """Return what pages of a wall have but their posts.

    Args:
        collection: which wall; None for the one that shows everything.
        wording: the language of the interface.
        site: whose wall it is.
        revision: of the wall.
    """
    path = f"/{wording.tag}/c/{collection.name}" if collection else f"/{wording.tag}/"
    return CardWall(
        lang=wording.tag,
        dir=wording.direction,
        title=site.say(collection.title if collection else site.campaign.title, wording),
        home=site.addresses.absolute(path),
        revision=str(revision),
        posts=[],
        next=None,
    )


def key_of(wall: str, query: CardsQuery) -> str:
    """Return what an answer depends on, but the posts and the site."""
    return f"/w/{wall}?{query.model_dump_json(exclude_none=True)}"


def form_of(wording: Wording) -> Form:
    """Return the name of the form in which posts are here."""
    return ("card", wording.tag)


def join(shell: CardWall, cards: Iterable[bytes], following: str | None) -> bytes:
    """Return a page with its posts, which are JSON already."""
    whole = shell.model_copy(update={"next": following}).model_dump_json().encode()
    # In a string the quotation marks would be escaped.
    before, _, after = whole.partition(b'"posts":[]')
    return b'%b"posts":[%b]%b' % (before, b",".join(cards), after)


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
