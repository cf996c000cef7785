"""Whether the process lives, and whether it can serve the wall."""

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from api.site import Site
from store import wall
from store.engine import reading


class Health(BaseModel):
    """How the public side is."""

    status: str
    """`ok` or `unavailable`; why is for the log."""


_NOT_KEPT = {"cache-control": "no-store"}


def routes(site: Site) -> APIRouter:
    """Return the routes that watchers ask."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", response_model=Health, name="alive")
    async def alive() -> Response:
        """Say that the process answers; it asks nobody else."""
        return JSONResponse({"status": "ok"}, headers=_NOT_KEPT)

    @router.get(
        "/readyz",
        response_model=Health,
        responses={503: {"model": Health, "description": "The database cannot be read"}},
        name="ready",
    )
    def ready() -> Response:
        """Say whether the database answers and has the tables and columns of the wall."""
        try:
            with reading(site.engine) as session:
                wall.revision(session)
                wall.page(session, wall.Filters(), limit=1)
        except SQLAlchemyError:
            headers = {**_NOT_KEPT, "retry-after": "5"}
            return JSONResponse({"status": "unavailable"}, status_code=503, headers=headers)
        return JSONResponse({"status": "ok"}, headers=_NOT_KEPT)

    return router
