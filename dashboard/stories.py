"""Posts that tell one story: which there are and why, one chosen, one taken out, one put to it."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from sqlmodel import Session
from starlette.responses import Response

from api.words import Wording
from dashboard import frame, queue, ties, view
from dashboard.decisions import Asked, key_of, refusal, revision_of, status_of
from dashboard.desk import Desk, Form, first, to
from dashboard.roles import Right, may
from dashboard.undo import Refused, undo_route
from store import queue as posts
from store.effects import Terms
from store.engine import reading, writing
from store.errors import StoreError
from store.moderators import Signed
from store.stories import hand, overview, told, undoing
from store.stories.overview import Only
from store.stories.told import Story

PAGE = 50
"""Stories of one page of the list."""


def routes(desk: Desk) -> APIRouter:
    """Return the pages of stories."""
    router = APIRouter(dependencies=[Depends(desk.knows_language)])

    @router.get("/{lang}/stories")
    def see_all(
        request: Request, signed: Annotated[Signed, Depends(desk.needs(Right.SEE))]
    ) -> Response:
        return _show_all(desk, request, signed)

    @router.get("/{lang}/stories/{post_id}")
    def see(
        request: Request, post_id: int, signed: Annotated[Signed, Depends(desk.needs(Right.SEE))]
    ) -> Response:
        return _show(desk, request, signed, post_id)

    @router.post("/{lang}/stories/{post_id}")
    def act(
        request: Request,
        post_id: int,
        form: Asked,
        signed: Annotated[Signed, Depends(desk.needs(Right.DECIDE))],
    ) -> Response:
        shown = view.number(first(form, "of")) or post_id
        terms = Terms(
            revision=revision_of(request, form), key=key_of(request, form), origin=signed.origin
        )
        try:
            with writing(desk.engine) as session:
                _act(desk, session, post_id, form, signed, terms)
                done = undoing.last(session, [post_id])
        except StoreError as error:
            told = _refusal(desk, error, post_id, desk.wording(request))
            return _show(desk, request, signed, shown, told, status_of(error))
        undoable = f"?done={done.id}" if done is not None else ""
        return to(f"/{desk.wording(request).tag}/stories/{shown}{undoable}")

    def onward(request: Request, form: Form) -> str:
        return f"/{desk.wording(request).tag}/stories/{view.number(first(form, 'back')) or 0}"

    def refuse(request: Request, form: Form, signed: Signed, refused: Refused) -> Response:
        shown = view.number(first(form, "back")) or 0
        return _show(desk, request, signed, shown, refused.told, refused.status)

    undo_route(desk, router, "/stories", onward, refuse)
    return router


class _NobodyMeantError(StoreError):
    """No post of ours has this number or address."""


def _act(
    desk: Desk, session: Session, post_id: int, form: Form, signed: Signed, terms: Terms
) -> None:
    action = first(form, "action")
    by: dict[str, Any] = {"moderator": signed.name, "now": desk.now(), "terms": terms}
    _check(session, post_id, signed)
    if action == "join":
        other = told.find(session, first(form, "other").strip()[:2000])
        if other is None:
            raise _NobodyMeantError("no such post")
        _check(session, other, signed)
        hand.join(session, post_id, other, **by)
        return
    acts: dict[str, Callable[..., object]] = {"keep": hand.keep, "split": hand.split}
    if action not in acts:
        raise HTTPException(422)
    acts[action](session, post_id, **by)


def _check(session: Session, post_id: int, signed: Signed) -> None:
    story = told.of(session, post_id)
    # What is on the wall changes with its story: that is not for everybody to do.
    if story is not None and story.is_settled and not may(signed.role, Right.PUBLISH):
        raise HTTPException(403)


def _refusal(desk: Desk, error: StoreError, post_id: int, wording: Wording) -> str:
    if isinstance(error, _NobodyMeantError):
        return wording.gettext("No post here has this number or address. Nothing was done.")
    return refusal(desk, error, post_id, wording)


def _show(
    desk: Desk,
    request: Request,
    signed: Signed,
    post_id: int,
    refused: str = "",
    status: int = 200,
) -> Response:
    wording, now = desk.wording(request), desk.now()
    with reading(desk.engine) as session:
        story = told.of(session, post_id) if 0 < post_id < 2**63 else None
        if story is None:
            raise HTTPException(404)
        known = posts.know(session, story.posts, but=signed.name, now=now)
        act = undoing.last(session, [post.id or 0 for post in story.posts])
    may_act = may(signed.role, Right.PUBLISH if story.is_settled else Right.DECIDE)
    rows = [
        {**queue.row(desk, post, known, wording, now), "ties": _ties(story, post.id or 0, wording)}
        for post in story.posts
    ]
    shown: dict[str, Any] = {
        "rows": rows, "post_id": post_id, "may_act": may_act, "refused": refused, "page": "stories",
        "heading": wording.gettext("Posts of one story"), "names": queue.names_of(desk, wording),
        "elsewhere": lambda tag: f"/{tag}/stories/{post_id}", "act": act,
        "acts": queue.acts(wording),
        "done": view.number(request.query_params.get("done")) if request.method == "GET" else None,
    }  # fmt: skip
    return frame.render(desk, request, signed, "story.html", shown, status=status)


def _show_all(desk: Desk, request: Request, signed: Signed) -> Response:
    wording, now, asked = desk.wording(request), desk.now(), request.query_params
    chosen = asked.get("only", "")
    only = Only(chosen) if chosen in set(Only) else None
    with reading(desk.engine) as session:
        before = view.number(asked.get("before"))
        found = overview.page(session, only=only, before=before, limit=PAGE + 1)
        listed = found[:PAGE]
        known = posts.know(session, [one.head for one in listed], but=signed.name, now=now)
    names = queue.names_of(desk, wording)
    rows = [
        {
            **queue.row(desk, one.head, known, wording, now),
            "posts": one.posts,
            "networks": [names["platform"](name) for name in one.platforms],
            "evidence": ties.kinds(one.evidence, wording),
        }
        for one in listed
    ]
    shown: dict[str, Any] = {
        "rows": rows, "only": only, "page": "stories", "heading": wording.gettext("Stories"),
        "more": listed[-1].id if len(found) > PAGE else None, "names": names,
        "choices": {
            Only.LOOKS: wording.gettext("Joined by looks"),
            Only.LARGE: wording.gettext("Large"),
            Only.PERSON: wording.gettext("Touched by a person"),
        },
    }  # fmt: skip
    return frame.render(desk, request, signed, "stories.html", shown)


def _ties(story: Story, post_id: int, wording: Wording) -> list[str]:
    found = [(one, one.other_id) for one in story.ties if one.post_id == post_id]
    found += [(one, one.post_id) for one in story.ties if one.other_id == post_id]
    return [ties.tell(tie, other, wording) for tie, other in found]
