"""The public side as one ASGI application; it reads, and writes nothing but visitors' reports."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import (
    assets,
    errors,
    feed,
    finding,
    headers,
    health,
    media,
    oembed,
    pages,
    post_pages,
    reports,
    wall,
    walls,
)
from api import site as sites
from api.errors import BadParameterError, NotFoundError, Refusal
from api.pages import Pages
from api.parameters import ALLOWED
from api.ready import Ready
from api.settings import ApiSettings
from api.site import Site
from api.widget import about, fragment, serving
from store.files import Files, FilesError
from store.reports import TooManyReportsError
from store.settings import CampaignSettings
from store.watch import Watch


def create_app(
    engine: Engine,
    campaign: CampaignSettings,
    settings: ApiSettings,
    files: Files | None = None,
    pictures_url: str | None = None,
    now: Callable[[], datetime] = sites.clock,
) -> FastAPI:
    """Return the public side of a wall; nothing is opened before the first request.

    Args:
        engine: of the store.
        campaign: what the wall is about.
        settings: where it is.
        files: copies of pictures; None shows drawings in their place.
        pictures_url: where visitors find these; None: with the wall.
        now: the clock.
    """
    return _assemble(sites.build(engine, campaign, settings, files, pictures_url, now))


def create_front(
    engine: Engine,
    campaign: CampaignSettings,
    settings: ApiSettings,
    files: Files | None = None,
    pictures_url: str | None = None,
    now: Callable[[], datetime] = sites.clock,
) -> Ready:
    """Return the same behind ready-made answers, for a server; arguments as for `create_app`."""
    site = sites.build(engine, campaign, settings, files, pictures_url, now)
    return Ready(_assemble(site), site, Watch(engine, now))


def _assemble(site: Site) -> FastAPI:
    shown = Pages(site)
    app = FastAPI(
        title=site.campaign.title.en,
        summary="Public posts of the campaign, newest first.",
        version=version("bladifqalbi"),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(wall.routes(site))
    app.include_router(walls.routes(site))
    app.include_router(reports.routes(site))
    app.include_router(feed.routes(site))
    app.include_router(health.routes(site))
    app.include_router(media.routes(site))
    app.include_router(oembed.routes(site))
    app.include_router(finding.routes(site))
    app.include_router(pages.routes(site, shown))
    app.include_router(fragment.routes(site))
    app.include_router(about.routes(site, shown))
    app.include_router(post_pages.routes(site, shown))
    app.router.routes.append(assets.route(site.assets))
    app.router.routes.append(serving.route(site.settings.widget_folder))
    _refuse_politely(app, site, shown)
    app.add_middleware(headers.Headers, allowed=site.allowed)
    return app


def _refuse_politely(app: FastAPI, site: Site, shown: Pages) -> None:
    def handler(
        describe: Callable[[Exception], Refusal],
    ) -> Callable[[Request, Exception], Response]:
        def handle(request: Request, error: Exception) -> Response:
            response = _refusal(request, describe(error), site, shown)
            # An unexpected error is answered outside the middleware that sets these.
            response.headers.update(headers.of(request.url.path, site.allowed))
            return response

        return handle

    for kind in (OperationalError, InterfaceError, PoolTimeoutError, FilesError):
        app.add_exception_handler(kind, handler(lambda _: errors.UNAVAILABLE))
    app.add_exception_handler(NotFoundError, handler(_not_found))
    app.add_exception_handler(TooManyReportsError, handler(lambda _: errors.TOO_MANY))
    app.add_exception_handler(BadParameterError, handler(_bad_parameter))
    app.add_exception_handler(RequestValidationError, handler(_invalid))
    app.add_exception_handler(HTTPException, handler(_http))
    app.add_exception_handler(Exception, handler(lambda _: errors.UNEXPECTED))


def _refusal(request: Request, refusal: Refusal, site: Site, shown: Pages) -> Response:
    first = request.url.path.split("/")[1]
    asked = first if first in site.wordings else request.query_params.get("lang")
    wording = site.wording(request, asked)
    if first in site.wordings or _wants_page(request):
        return shown.failure(refusal, wording)
    return errors.problem(refusal, wording)


def _wants_page(request: Request) -> bool:
    accepts_html = "text/html" in request.headers.get("accept", "")
    return accepts_html and not headers.is_shared(request.url.path)


def _not_found(error: Exception) -> Refusal:
    return replace(errors.NOT_FOUND, detail=str(error) or None)


def _bad_parameter(error: Exception) -> Refusal:
    return replace(errors.BAD_PARAMETER, detail=str(error))


def _invalid(error: Exception) -> Refusal:
    """Return the refusal of a value that a parameter cannot have, or of an id that no post has."""
    if not isinstance(error, RequestValidationError):
        raise TypeError("only for errors of validation")
    where, name = error.errors()[0]["loc"][:2]
    if where == "path":
        return errors.NOT_FOUND
    return replace(errors.BAD_PARAMETER, detail=f"{name}: write {ALLOWED[str(name)]}")


def _http(error: Exception) -> Refusal:
    """Return the refusal for what the router itself refuses."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    known = {404: errors.NOT_FOUND, 405: errors.NOT_ALLOWED}
    return known.get(status, errors.UNEXPECTED)
