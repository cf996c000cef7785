"""Decisions that are taken back: alike on every page, but for where that leads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from sqlmodel import Session
from starlette.responses import Response

from dashboard.decisions import Asked, back, key_of, refusal, status_of
from dashboard.desk import Desk, Form, to
from dashboard.queue import show
from dashboard.roles import NEEDED, Right, may
from store import curation
from store.effects import Terms
from store.engine import reading, writing
from store.errors import StoreError, UnknownPostError
from store.models import Action, Decision
from store.moderators import Signed
from store.stories import undoing


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a decision was not taken back."""

    post_id: int
    """What it was about; 0 where there is no such decision."""
    told: str
    status: int


Onward = Callable[[Request, Form], str]
"""Returns the address to go on at."""
Refuse = Callable[[Request, Form, Signed, Refused], Response]
"""Returns the page that was left, with why nothing was done."""


def routes(desk: Desk) -> APIRouter:
    """Return where the queue's undo is sent."""

    def onward(request: Request, form: Form) -> str:
        return back(form).at(desk.wording(request).tag, done=None)

    def refuse(request: Request, form: Form, signed: Signed, refused: Refused) -> Response:
        place = back(form)
        told = {place.post or 0: refused.told}
        return show(desk, request, signed, place, told, status=refused.status)

    router = APIRouter(dependencies=[Depends(desk.knows_language)])
    undo_route(desk, router, "", onward, refuse)
    return router


def undo_route(
    desk: Desk,
    router: APIRouter,
    page: str,
    onward: Onward,
    refuse: Refuse,
    right: Right = Right.SEE,
) -> None:
    """Let decisions be taken back from a page.

    Args:
        desk: whose page.
        router: gets the route.
        page: its address behind the language, such as `/reports`.
        onward: says where to go on.
        refuse: makes the page where nothing was done.
        right: needed to see it.
    """
    sees = Depends(desk.needs(right))

    @router.post(f"/{{lang}}{page}/undo/{{decision_id}}", dependencies=[sees])
    def undo(
        request: Request,
        decision_id: int,
        form: Asked,
        signed: Annotated[Signed, Depends(desk.needs(Right.DECIDE))],
    ) -> Response:
        try:
            _undo(desk, request, decision_id, form, signed)
        except StoreError as error:
            refused = _refused(desk, request, decision_id, error)
            return refuse(request, form, signed, refused)
        return to(onward(request, form))


def _undo(desk: Desk, request: Request, decision_id: int, form: Form, signed: Signed) -> None:
    terms = Terms(key=key_of(request, form), origin=signed.origin)
    with writing(desk.engine) as session:
        _check(session, decision_id, signed)
        curation.undo(session, decision_id, moderator=signed.name, now=desk.now(), terms=terms)


def _check(session: Session, decision_id: int, signed: Signed) -> None:
    decision = _find(session, decision_id)
    if decision is None:
        raise UnknownPostError(f"no decision {decision_id}")
    needed = NEEDED.get(Action(decision.action), Right.DECIDE)
    if decision.action in undoing.ACTS and undoing.is_settled(session, decision):
        # What is on the wall changes with its story: that is not for everybody to do.
        needed = Right.PUBLISH
    if not may(signed.role, needed):
        raise HTTPException(403)


def _refused(desk: Desk, request: Request, decision_id: int, error: StoreError) -> Refused:
    with reading(desk.engine) as session:
        decision = _find(session, decision_id)
    post_id = decision.post_id if decision is not None else 0
    return Refused(post_id, refusal(desk, error, post_id, desk.wording(request)), status_of(error))


def _find(session: Session, decision_id: int) -> Decision | None:
    return session.get(Decision, decision_id) if 0 < decision_id < 2**63 else None
