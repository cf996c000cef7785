"""The desk as one ASGI application, apart from the public wall, which has none of its routes."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from fastapi import FastAPI, Request
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import assets
from api.errors import NotFoundError
from dashboard import (
    adding,
    decisions,
    doors,
    personal,
    quarantine,
    queue,
    reports,
    sources,
    stories,
    trail,
    undo,
    views,
    wall,
)
from dashboard.desk import Desk, SignedOutError, to
from dashboard.gate import Gate
from dashboard.hands import Hands
from dashboard.plans import Plan
from dashboard.settings import DeskSettings
from store.engine import hurried
from store.files import Files
from store.settings import CampaignSettings


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_desk(  # noqa: PLR0913 - a desk may be without most of these
    engine: Engine,
    campaign: CampaignSettings,
    settings: DeskSettings,
    files: Files | None = None,
    now: Callable[[], datetime] = _utc_now,
    plans: Iterable[Plan] = (),
    hands: Hands | None = None,
) -> FastAPI:
    """Return the moderation desk; nothing is opened before the first request.

    Args:
        engine: the store.
        campaign: what the wall is about.
        settings: where the desk listens.
        files: copies of pictures; None shows none.
        now: the clock.
        plans: how each source is set up.
        hands: what reads platforms; without it, what would need one is not offered.
    """
    desk = Desk(hurried(engine), campaign, settings, files, now, tuple(plans), hands)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.router.routes.append(assets.route(desk.assets))
    for part in (
        queue,
        decisions,
        undo,
        adding,
        views,
        stories,
        reports,
        wall,
        sources,
        quarantine,
        trail,
        personal,
        doors,
    ):
        app.include_router(part.routes(desk))
    _refuse_politely(app, desk)
    app.add_middleware(Gate, url=settings.url, framed=settings.wall_url)
    return app


def _refuse_politely(app: FastAPI, desk: Desk) -> None:
    def signed_out(request: Request, _error: Exception) -> Response:
        return to(f"/{desk.wording(request).tag}/sign-in")

    def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return desk.render(request, "failure.html", {"status": status}, status=status)

    def missing(request: Request, _error: Exception) -> Response:
        return desk.render(request, "failure.html", {"status": 404}, status=404)

    def busy(request: Request, _error: Exception) -> Response:
        answer = desk.render(request, "failure.html", {"status": 503}, status=503)
        answer.headers["retry-after"] = "5"
        return answer

    app.add_exception_handler(SignedOutError, signed_out)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(NotFoundError, missing)
    for kind in (OperationalError, InterfaceError, PoolTimeoutError):
        app.add_exception_handler(kind, busy)
