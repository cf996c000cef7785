"""What visitors have reported: kept, hidden or rejected, and then no longer in the list."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response

from api import reports as public
from dashboard import frame, queue
from dashboard.decisions import (
    Asked,
    decide_one,
    key_of,
    refusal,
    revision_of,
    status_of,
)
from dashboard.desk import Desk, Form, first, to
from dashboard.roles import NEEDED, Right, may
from dashboard.undo import Refused, undo_route
from dashboard.view import number
from store import queue as posts
from store import reports
from store.curation import GRACE
from store.effects import Terms
from store.engine import reading, writing
from store.errors import StoreError
from store.models import Action, Review
from store.moderators import Signed


def routes(desk: Desk) -> APIRouter:
    """Return the page of reports."""
    router = APIRouter(dependencies=[Depends(desk.knows_language)])

    @router.get("/{lang}/reports")
    def see(
        request: Request, signed: Annotated[Signed, Depends(desk.needs(Right.SEE))]
    ) -> Response:
        return _show(desk, request, signed)

    @router.post("/{lang}/reports/{post_id}")
    def act(
        request: Request,
        post_id: int,
        form: Asked,
        signed: Annotated[Signed, Depends(desk.needs(Right.DECIDE))],
    ) -> Response:
        terms = Terms(
            reason=first(form, "reason"),
            grace=GRACE,
            revision=revision_of(request, form),
            key=key_of(request, form),
            origin=signed.origin,
        )
        action = _action(form)
        if not may(signed.role, NEEDED[action]):
            raise HTTPException(403)
        try:
            with writing(desk.engine) as session:
                done = decide_one(session, post_id, action, signed, terms, desk.now())
        except StoreError as error:
            refused = refusal(desk, error, post_id, desk.wording(request))
            return _show(desk, request, signed, {post_id: refused}, status_of(error))
        undoable = f"?done={done.decision_id}" if done.decision_id else ""
        return to(f"/{desk.wording(request).tag}/reports{undoable}")

    def onward(request: Request, _form: Form) -> str:
        return f"/{desk.wording(request).tag}/reports"

    def refuse(request: Request, _form: Form, signed: Signed, refused: Refused) -> Response:
        return _show(desk, request, signed, {refused.post_id: refused.told}, refused.status)

    undo_route(desk, router, "/reports", onward, refuse)
    return router


def _action(form: Form) -> Action:
    actions = {
        one.value: one for one in (Action.APPROVE, Action.DISMISS, Action.HIDE, Action.REJECT)
    }
    action = actions.get(first(form, "action"))
    if action is None:
        raise HTTPException(422)
    return action


def _show(
    desk: Desk,
    request: Request,
    signed: Signed,
    told: dict[int, str] | None = None,
    status: int = 200,
) -> Response:
    wording, now = desk.wording(request), desk.now()
    with reading(desk.engine) as session:
        found = reports.waiting(session)
        known = posts.know(session, [one.post for one in found], but=signed.name, now=now)
    said = desk.public_wordings[wording.tag]
    reasons = {code: said.gettext(text) for code, text in public.words().items()}
    rows = [
        {
            **queue.row(desk, one.post, known, wording, now),
            "reasons": [(reasons.get(code, code), times) for code, times in one.reasons],
            "notes": [report.note for report in one.reports if report.note],
            "since": one.reports[0].reported_at,
            "is_shown": one.post.review == Review.APPROVED,
        }
        for one in found
    ]
    shown: dict[str, Any] = {
        "rows": rows, "told": told or {}, "page": "reports", "reasons": queue.reasons(wording),
        "heading": wording.gettext("Reports"), "names": queue.names_of(desk, wording),
        "elsewhere": lambda tag: f"/{tag}/reports", "edits": may(signed.role, Right.PUBLISH),
        "mine": may(signed.role, Right.DECIDE),
        "done": number(request.query_params.get("done")) if request.method == "GET" else None,
    }  # fmt: skip
    return frame.render(desk, request, signed, "reports.html", shown, status=status)
