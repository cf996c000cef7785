"""The wall as JSON, for the widget and for anybody else."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api import errors, item
from api.caching import answer
from api.errors import BadParameterError, NotFoundError
from api.parameters import ALLOWED, InLanguage, Only, Selection, WallQuery
from api.schemas import Item, Wall
from api.site import LAST_ID, Site
from store import wall
from store.errors import UnknownPostError


def routes(site: Site) -> APIRouter:
    """Return the routes of the API."""
    router = APIRouter(prefix="/v1", tags=["wall"], responses=errors.RESPONSES)

    @router.get("/wall", response_model=Wall, dependencies=[Depends(Only(WallQuery))], name="wall")
    def read_wall(request: Request, query: Annotated[WallQuery, Query()]) -> Response:
        """Return public posts: what editors have put first, then the others, newest first."""
        site.check_collection(query.collection)
        wording = site.spoken(query.lang)
        limit = query.limit or site.settings.page_size

        def render(session: Session) -> Response:
            page = read_page(session, query, limit=limit)
            posts = [item.of(public, wording, site.pictures) for public in page.posts]
            body = Wall(items=posts, next_cursor=page.next_cursor).model_dump_json(by_alias=True)
            return Response(body, media_type="application/json")

        return answer(request, site, f"/v1/wall?{query.canonical}", render)

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
            body = item.of(public, wording, site.pictures).model_dump_json(by_alias=True)
            return Response(body, media_type="application/json")

        return answer(request, site, f"/v1/posts/{post_id}?{wording.tag}", render)

    return router


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
    try:
        return wall.page(session, query.filters, cursor=query.cursor, limit=limit, in_time=in_time)
    except wall.BadCursorError as error:
        raise BadParameterError("cursor", f"write {ALLOWED['cursor']}") from error
