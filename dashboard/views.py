"""Views of the queue that people save under a name, for themselves or for the team."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response

from api.words import Wording
from dashboard.decisions import Asked, back
from dashboard.desk import Desk, first, to
from dashboard.queue import show
from dashboard.roles import Right, may
from store import changes, views
from store.engine import writing
from store.errors import StoreError
from store.moderators import Signed
from store.sanitise import clean


def routes(desk: Desk) -> APIRouter:
    """Return the addresses that save a view, and forget it."""
    router = APIRouter(dependencies=[Depends(desk.knows_language)])
    somebody = Depends(desk.needs(Right.SEE))

    @router.post("/{lang}/views")
    def save(request: Request, form: Asked, signed: Annotated[Signed, somebody]) -> Response:
        for_team = bool(first(form, "team"))
        if for_team and not may(signed.role, Right.SHARE):
            raise HTTPException(403)
        wording, place, now = desk.wording(request), back(form), desk.now()
        name = " ".join(clean(first(form, "name")).split())
        refused: StoreError
        with writing(desk.engine) as session:
            changes.take_turn(session)
            try:
                views.save(session, signed, name, place.filters, for_team=for_team, now=now)
            except (views.NamelessError, views.NameTakenError, views.TooManyError) as error:
                refused = error
            else:
                return to(place.at(wording.tag, done=None))
        told = {0: _refusal(refused, wording)}
        status = 422 if isinstance(refused, views.NamelessError) else 409
        return show(desk, request, signed, place, told, status=status)

    @router.post("/{lang}/views/{view_id}/remove")
    def remove(
        request: Request, view_id: int, form: Asked, signed: Annotated[Signed, somebody]
    ) -> Response:
        of_team = may(signed.role, Right.SHARE)
        try:
            with writing(desk.engine) as session:
                changes.take_turn(session)
                views.remove(session, signed, view_id, of_team=of_team, now=desk.now())
        except views.UnknownViewError as error:
            raise HTTPException(404) from error
        return to(back(form).at(desk.wording(request).tag, done=None))

    return router


def _refusal(error: StoreError, wording: Wording) -> str:
    if isinstance(error, views.NameTakenError):
        return wording.gettext("There is a view of this name already, with other filters.")
    if isinstance(error, views.TooManyError):
        return wording.gettext("No more views can be saved. Delete one of them first.")
    return wording.gettext(
        "A view needs a name of %(most)s characters at most.", most=views.LONGEST
    )
