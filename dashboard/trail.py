"""The audit trail, for those who may see it, and everybody's own sign-ins."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from dashboard import frame, telling, view
from dashboard.decisions import Asked
from dashboard.desk import Desk, Form, first, to
from dashboard.roles import Right, may
from dashboard.undo import Refused, undo_route
from store import audit, changes, moderators
from store import trail as told
from store.engine import reading, writing
from store.moderators import Signed, UnknownSignInError
from store.sanitise import clean

PAGE = 50
"""Rows of one page of the trail."""


def routes(desk: Desk) -> APIRouter:
    """Return the pages of the trail and of sign-ins."""
    router = APIRouter(dependencies=[Depends(desk.knows_language)])

    @router.get("/{lang}/audit")
    def see(
        request: Request, signed: Annotated[Signed, Depends(desk.needs(Right.SEE_TRAIL))]
    ) -> Response:
        return _show_trail(desk, request, signed, request.query_params)

    def onward(request: Request, form: Form) -> str:
        return f"/{desk.wording(request).tag}/audit?{_place(_back(form))}"

    def refuse(request: Request, form: Form, signed: Signed, refused: Refused) -> Response:
        return _show_trail(desk, request, signed, _back(form), refused.told, refused.status)

    undo_route(desk, router, "/audit", onward, refuse, Right.SEE_TRAIL)

    @router.get("/{lang}/sessions")
    def see_sessions(
        request: Request, signed: Annotated[Signed, Depends(desk.needs(Right.SEE))]
    ) -> Response:
        with reading(desk.engine) as session:
            found = moderators.sign_ins(session, signed.name, now=desk.now())
        shown = {
            "rows": found, "own": signed.origin, "page": "sessions",
            "heading": desk.wording(request).gettext("Your sign-ins"),
        }  # fmt: skip
        return frame.render(desk, request, signed, "sessions.html", shown)

    @router.post("/{lang}/sessions")
    def end(
        request: Request, form: Asked, signed: Annotated[Signed, Depends(desk.needs(Right.SEE))]
    ) -> Response:
        try:
            with writing(desk.engine) as session:
                changes.take_turn(session)
                moderators.end(session, signed, first(form, "origin"), now=desk.now())
        except UnknownSignInError as error:
            raise HTTPException(404) from error
        return to(f"/{desk.wording(request).tag}/sessions")

    return router


def _place(asked: QueryParams) -> str:
    """Return what of the trail an address shows, as its query."""
    actor = clean(asked.get("actor", ""))[:100].strip()
    return urlencode({"before": view.number(asked.get("before")) or "", "actor": actor})


def _back(form: Form) -> QueryParams:
    return QueryParams(first(form, "back")[:500])


def _show_trail(
    desk: Desk,
    request: Request,
    signed: Signed,
    asked: QueryParams,
    refused: str = "",
    status: int = 200,
) -> Response:
    wording = desk.wording(request)
    actor = clean(asked.get("actor", ""))[:100].strip()
    with reading(desk.engine) as session:
        before = view.number(asked.get("before"))
        rows = audit.page(session, before=before, actor=actor, limit=PAGE + 1)
        actors = [one.name for one in moderators.everybody(session)]
        may_act = may(signed.role, Right.DECIDE)
        undoable = told.undoable(session, rows[:PAGE]) if may_act else {}
        undone = told.undone(session, rows[:PAGE])
    shown: dict[str, Any] = {
        "rows": telling.tell(desk, request, rows[:PAGE], undone), "page": "audit",
        "more": rows[PAGE - 1].id if len(rows) > PAGE else None, "refused": refused,
        "actors": actors, "actor": actor, "heading": wording.gettext("Audit trail"),
        "undoable": undoable, "back": _place(asked),
        "elsewhere": lambda tag: f"/{tag}/audit?{_place(asked)}",
    }  # fmt: skip
    return frame.render(desk, request, signed, "audit.html", shown, status=status)
