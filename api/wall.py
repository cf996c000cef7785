"""The wall as JSON, for the widget and for anybody else."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api import errors, item
from api.caching import answer
from api.errors import BadParameterError, NotFoundError
from api.fragments import Form
from api.parameters import ALLOWED, InLanguage, Only, Selection, WallQuery
from api.schemas import Item, Wall
from api.site import LAST_ID, Site
from api.words import Wording
from store import wall
from store.errors import UnknownPostError
from store.walk import Walked, asking, walk
from store.wall import Public


def routes(site: Site) -> APIRouter:
    """Return the routes of the API."""
    router = APIRouter(prefix="/v1", tags=["wall"], responses=errors.RESPONSES)

    @router.get("/wall", response_model=Wall, dependencies=[Depends(Only(WallQuery))], name="wall")
    def read_wall(request: Request, query: Annotated[WallQuery, Query()]) -> Response:
        """Return public posts: what editors have put first, then the others, newest first."""
        site.check_collection(query.collection)
        wording = site.spoken(query.lang)

        def make(public: Public) -> bytes:
            return _json(public, wording, site)

        def render(session: Session) -> Response:
            walked = read_numbers(session, query, limit=query.limit or site.settings.page_size)
            items = site.fragments.cut(session, walked, form_of(wording), make)
            return Response(join(items, walked.next_cursor), media_type="application/json")

        return answer(request, site, key_of(query), render)

    @router.get(
        "/posts/{post_id}",
        response_model=Item,
        dependencies=[Depends(Only(InLanguage))],
        responses={404: {"description": errors.NOT_FOUND.title}},
        name="post",
    )
    def read_post(
        request: Request,
        post_id: Annotated[int, Path(ge=1, le=LAST_ID)],
        query: Annotated[InLanguage, Query()],
    ) -> Response:
        """Return one public post."""
        wording = site.spoken(query.lang)

        def render(session: Session) -> Response:
            try:
                public = wall.find(session, post_id)
            except UnknownPostError as error:
                raise NotFoundError from error
            return Response(_json(public, wording, site), media_type="application/json")

        return answer(request, site, f"/v1/posts/{post_id}?{wording.tag}", render)

    return router


def key_of(query: WallQuery) -> str:
    """Return what an answer depends on, but the posts and the site."""
    return f"/v1/wall?{query.canonical}"


def form_of(wording: Wording) -> Form:
    """Return the name of the form in which posts are here."""
    return ("item", wording.tag)


def join(items: Iterable[bytes], next_cursor: str | None) -> bytes:
    """Return a page of posts, which are JSON already, as `Wall` has it."""
    following = json.dumps(next_cursor).encode()
    return b'{"items":[%b],"next_cursor":%b}' % (b",".join(items), following)


def _json(public: Public, wording: Wording, site: Site) -> bytes:
    return item.of(public, wording, site.pictures).model_dump_json(by_alias=True).encode()


def read_page(
    session: Session, query: Selection, *, limit: int, in_time: bool = False
) -> wall.WallPage:
    """Return the posts that a query asks for.

    Args:
        session: reads the store.
        query: which posts, and from where on.
        limit: posts at most.
        in_time: all newest first, what editors have put first too.

    Raises:
        BadParameterError: the cursor is not one that this wall gave.
    """
    with _refusing():
        return wall.page(session, query.filters, cursor=query.cursor, limit=limit, in_time=in_time)


def read_numbers(session: Session, query: Selection, *, limit: int) -> Walked:
    """Return which posts a query asks for; arguments and errors as of `read_page`."""
    with _refusing():
        ask = asking(session)
        return walk(ask, query.filters, cursor=query.cursor, limit=limit)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except wall.BadCursorError as error:
        raise BadParameterError("cursor", f"write {ALLOWED['cursor']}") from error
