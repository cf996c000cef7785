"""Bringing in a post by its address."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response

from api.words import Wording
from dashboard import frame
from dashboard.decisions import Asked, key_of
from dashboard.desk import Desk, first, to
from dashboard.roles import Right
from store.adding import MOST, Asker, NotAddedError, Why
from store.errors import IllegalActionError
from store.moderators import Signed

LONGEST = 2_000
"""Code points of an address."""
_STATUSES = {Why.OFTEN: 429, Why.SILENT: 503, Why.WAIT: 503}


def routes(desk: Desk) -> APIRouter:
    """Return the page on which posts are added."""
    router = APIRouter(dependencies=[Depends(desk.knows_language)])
    may_add = Depends(desk.needs(Right.ADD))

    @router.get("/{lang}/add")
    def see(request: Request, signed: Annotated[Signed, may_add]) -> Response:
        address = request.query_params.get("address", "")[:LONGEST]
        return _show(desk, request, signed, {"address": address})

    @router.post("/{lang}/add")
    def add(request: Request, form: Asked, signed: Annotated[Signed, may_add]) -> Response:
        if desk.hands is None:
            raise HTTPException(404)
        wording, address = desk.wording(request), first(form, "address")[:LONGEST]
        asker = Asker(signed.name, signed.origin, key_of(request, form))
        try:
            added = desk.hands.add(address, asker)
        except NotAddedError as error:
            said = {"address": address, "refused": _words(error, wording)}
            return _show(desk, request, signed, said, _STATUSES.get(error.why, 422))
        except IllegalActionError as error:
            raise HTTPException(422) from error
        if added.is_new:
            return to(f"/{wording.tag}/queue?post={added.post_id}")
        return _show(desk, request, signed, {"address": address, "known": added.post_id})

    return router


def _show(
    desk: Desk, request: Request, signed: Signed, said: dict[str, Any], status: int = 200
) -> Response:
    wording = desk.wording(request)
    shown = {
        "refused": "", "known": None, **said, "page": "add", "longest": LONGEST,
        "heading": wording.gettext("Add a post"), "elsewhere": lambda tag: f"/{tag}/add",
    }  # fmt: skip
    return frame.render(desk, request, signed, "add.html", shown, status=status)


def _words(error: NotAddedError, wording: Wording) -> str:
    """Return in a sentence why no post was added, and what to do."""
    if error.why is Why.KEY and error.about:
        return wording.gettext("Its source needs a key: set %(variables)s.", variables=error.about)
    told = {
        Why.UNSUPPORTED: wording.gettext(
            "This is no address of a post that can be added: open the post on its network, and "
            "copy its address from there."
        ),
        Why.OFF: wording.gettext("Its source is switched off."),
        Why.KEY: wording.gettext("The key of its source is refused."),
        Why.GONE: wording.gettext(
            "Its network has no such post, or does not show it to everybody."
        ),
        Why.UNREAD: wording.gettext("What its network answered could not be understood."),
        Why.SILENT: wording.gettext("Its network does not answer just now. Try again later."),
        Why.WAIT: wording.gettext("Its network, or our budget, asks for a pause. Try again later."),
        Why.OFTEN: wording.ngettext(
            "%(count)s address in an hour is enough. Try again later.",
            "%(count)s addresses in an hour are enough. Try again later.",
            MOST,
        ),
        Why.PRIVATE: wording.gettext(
            "Its author, or its network, does not let it be shown elsewhere."
        ),
        Why.BURIED: wording.gettext("It was erased, or had gone, and does not come back."),
    }
    return told[error.why]
