"""What everybody sets for themselves: the keys of the desk."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from dashboard import frame, keys
from dashboard.decisions import Asked
from dashboard.desk import Desk, Form, first, to
from dashboard.keys import Act
from dashboard.roles import Right
from store import changes, keyboards
from store.engine import reading, writing
from store.moderators import Signed


def routes(desk: Desk) -> APIRouter:
    """Return the page of one's own settings."""
    router = APIRouter(dependencies=[Depends(desk.knows_language)])
    somebody = Depends(desk.needs(Right.SEE))

    @router.get("/{lang}/settings")
    def see(request: Request, signed: Annotated[Signed, somebody]) -> Response:
        return _show(desk, request, signed)

    @router.post("/{lang}/settings")
    def keep(request: Request, form: Asked, signed: Annotated[Signed, somebody]) -> Response:
        try:
            _keep(desk, request, form, signed)
        except (keys.IllegalKeyError, keys.TakenKeyError) as error:
            return _show(desk, request, signed, form, error)
        return to(f"/{desk.wording(request).tag}/settings?done=1")

    return router


def _keep(desk: Desk, request: Request, form: Form, signed: Signed) -> None:
    with writing(desk.engine) as session:
        changes.take_turn(session)
        if first(form, "reset"):
            keyboards.reset(session, signed.name)
            return
        chosen = keys.read(form, frame.keys_of(desk, request, signed, session))
        by_act = {act.value: key for act, key in chosen.by_act.items()}
        keyboards.put(session, signed.name, layout=chosen.layout, are_on=chosen.are_on, keys=by_act)


def _show(
    desk: Desk,
    request: Request,
    signed: Signed,
    form: Form | None = None,
    error: keys.IllegalKeyError | keys.TakenKeyError | None = None,
) -> Response:
    wording = desk.wording(request)
    with reading(desk.engine) as session:
        own = frame.keys_of(desk, request, signed, session)
    fields: dict[Act, str] = {act: key.upper() for act, key in own.by_act.items()}
    if form is not None:
        # What was refused is there to be put right.
        fields = {act: first(form, act)[:10] if act in form else fields[act] for act in fields}
        own = replace(own, layout=first(form, "layout"), are_on=bool(first(form, "on")))
    shown: dict[str, Any] = {
        "fields": fields, "own": own, "layouts": keys.LAYOUTS, "called": keys.names(wording),
        "wrong": error.acts if error else (), "page": "settings",
        "refused": keys.refusal(error, wording) if error else "",
        "done": request.query_params.get("done") == "1", "heading": wording.gettext("Your keys"),
    }  # fmt: skip
    return frame.render(desk, request, signed, "settings.html", shown, status=422 if error else 200)
