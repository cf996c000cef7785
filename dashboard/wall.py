"""The wall as editors arrange it: what stands first, what is large, what goes, and how it looks."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request
from sqlmodel import Session
from starlette.datastructures import QueryParams
from starlette.responses import Response

from api.parameters import Theme
from api.words import OWN_NAMES, Wording
from dashboard import frame, periods, queue
from dashboard.decisions import Asked, key_of, refusal, revision_of, status_of
from dashboard.desk import Desk, Form, first, to
from dashboard.roles import Right
from dashboard.undo import Refused, undo_route
from dashboard.view import number
from store import curation, leads, wall
from store import periods as kept
from store import queue as posts
from store.effects import Terms
from store.engine import reading, writing
from store.errors import StoreError
from store.models import Action, Post
from store.moderators import Signed
from store.settings import MAIN

SHOWN = 30
"""Posts of the page: what stands first, and the newest."""
ACTS = {
    one.value: one
    for one in (
        Action.PIN, Action.UNPIN, Action.MOVE, Action.FEATURE, Action.UNFEATURE, Action.HIDE,
        Action.COLLECT, Action.DROP,
    )
}  # fmt: skip
THEMES: tuple[str, ...] = get_args(Theme)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Which wall, how its preview looks, and the decision that can be undone from here."""

    collection: str | None
    tongue: str
    theme: str
    done: int | None = None
    post: int | None = None
    """What was decided about, or was to be."""

    def at(self, lang: str, *, done: int | None = None, post: int | None = None) -> str:
        """Return the address of this view in a language of the desk."""
        told = {name: one for name, one in (("done", done), ("post", post)) if one}
        query = urlencode({**self.given, **told})
        return f"/{lang}/wall?{query}"

    @property
    def given(self) -> dict[str, str]:
        """What the address says, but for the decision."""
        chosen = {"collection": self.collection or "", "tongue": self.tongue, "theme": self.theme}
        return {name: value for name, value in chosen.items() if value}


def routes(desk: Desk) -> APIRouter:
    """Return the page of the wall, and where its forms are sent."""
    router = APIRouter(dependencies=[Depends(desk.knows_language)])
    editor = Depends(desk.needs(Right.PUBLISH))

    @router.get("/{lang}/wall")
    def see(request: Request, signed: Annotated[Signed, editor]) -> Response:
        return _show(desk, request, signed, _view(desk, request, request.query_params))

    @router.post("/{lang}/wall/posts/{post_id}")
    def act(
        request: Request, post_id: int, form: Asked, signed: Annotated[Signed, editor]
    ) -> Response:
        view = _view(desk, request, _back(form))
        action, terms = _asked(desk, request, form, signed)
        try:
            with writing(desk.engine) as session:
                done = curation.decide(
                    session, post_id, action, moderator=signed.name, now=desk.now(), terms=terms
                )
        except StoreError as error:
            return _refuse(desk, request, signed, view, post_id, error)
        return to(view.at(desk.wording(request).tag, done=done.decision_id, post=post_id))

    def onward(request: Request, form: Form) -> str:
        return _view(desk, request, _back(form)).at(desk.wording(request).tag)

    def refuse(request: Request, form: Form, signed: Signed, refused: Refused) -> Response:
        told = {refused.post_id: refused.told}
        view = replace(_view(desk, request, _back(form)), post=refused.post_id)
        return _show(desk, request, signed, view, told, status=refused.status)

    undo_route(desk, router, "/wall", onward, refuse, Right.PUBLISH)

    @router.post("/{lang}/wall/collections/{name}")
    def limit(
        request: Request, name: str, form: Asked, signed: Annotated[Signed, editor]
    ) -> Response:
        return _limit(desk, request, name, form, signed)

    return router


def _limit(desk: Desk, request: Request, name: str, form: Form, signed: Signed) -> Response:
    if name not in {one.name for one in desk.campaign.collections}:
        raise HTTPException(404)
    view = _view(desk, request, _back(form))
    view = replace(view, collection=name)
    terms = Terms(revision=revision_of(request, form), origin=signed.origin)
    try:
        limits = periods.read(form, desk.zone)
        with writing(desk.engine) as session:
            kept.put(session, name, limits, terms=terms, moderator=signed.name, now=desk.now())
    except StoreError as error:
        refused = periods.refuse(error, form, desk.wording(request))
        return _show(desk, request, signed, view, refused, status=status_of(error))
    return to(view.at(desk.wording(request).tag))


def _back(form: Form) -> QueryParams:
    return QueryParams(first(form, "back")[:500])


def _view(desk: Desk, request: Request, asked: QueryParams) -> View:
    """Return what an address asks for; what there is not is left out."""
    collections = {one.name for one in desk.campaign.collections}
    collection, tongue = asked.get("collection"), asked.get("tongue", "")
    theme = asked.get("theme", "")
    return View(
        collection=collection if collection in collections else None,
        tongue=tongue if tongue in desk.wordings else desk.wording(request).tag,
        theme=theme if theme in THEMES else THEMES[0],
        done=number(asked.get("done")),
        post=number(asked.get("post")),
    )


def _asked(desk: Desk, request: Request, form: Form, signed: Signed) -> tuple[Action, Terms]:
    action = ACTS.get(first(form, "action"))
    if action is None:
        raise HTTPException(422)
    words = (first(form, "words"),) if action in (Action.COLLECT, Action.DROP) else ()
    if words and words[0] not in {one.name for one in desk.campaign.collections}:
        raise HTTPException(422)
    position = number(first(form, "position"))
    if action is Action.MOVE and position is None:
        raise HTTPException(422)
    return action, Terms(
        words=words,
        position=min(position or 0, leads.MOST_PINNED),
        revision=revision_of(request, form),
        key=key_of(request, form),
        origin=signed.origin,
    )


def _refuse(
    desk: Desk, request: Request, signed: Signed, view: View, post_id: int, error: StoreError
) -> Response:
    told = {post_id: refusal(desk, error, post_id, desk.wording(request))}
    view = replace(view, post=post_id)
    return _show(desk, request, signed, view, told, status=status_of(error))


def _show(
    desk: Desk,
    request: Request,
    signed: Signed,
    view: View,
    told: dict[int, str] | periods.Refused | None = None,
    *,
    status: int = 200,
) -> Response:
    wording = desk.wording(request)
    with reading(desk.engine) as session:
        rows = _rows(desk, session, view, signed, wording)
        pinned = len(leads.pinned(session))
        closed = kept.closed(session, now=desk.now())
        period = kept.of(session, view.collection) if view.collection else None
    refused = told if isinstance(told, periods.Refused) else None
    told = told if isinstance(told, dict) else {}
    wall_url = (desk.settings.wall_url or "").rstrip("/")
    look = urlencode({"lang": view.tongue, "theme": view.theme, "limit": 12})
    shown: dict[str, Any] = {
        "rows": rows, "told": told, "page": "wall", "view": view, "names":
        queue.names_of(desk, wording), "collections": desk.campaign.collections,
        "heading": wording.gettext("The wall"), "back": urlencode(view.given),
        "elsewhere": view.at, "pinned": pinned, "most": leads.MOST_PINNED,
        "preview": f"{wall_url}/e/{view.collection or MAIN}?{look}" if wall_url else "",
        "tongues": OWN_NAMES, "themes": _themes(wording), "closed": closed,
        "zone": desk.campaign.time_zone,
        "period": period and periods.tell(desk, period, refused, wording),
    }  # fmt: skip
    return frame.render(desk, request, signed, "wall.html", shown, status=status)


def _rows(
    desk: Desk, session: Session, view: View, signed: Signed, wording: Wording
) -> list[dict[str, Any]]:
    """Return the posts of the wall in its order, and those whose pin sleeps behind the others."""
    page = wall.page(session, wall.Filters(collection=view.collection), limit=SHOWN)
    stands = {lead.post_id: lead for lead in leads.every(session)}
    pinned = [lead.post_id for lead in leads.pinned(session)]
    listed = [one.post for one in page.posts]
    there = {post.id for post in listed}
    if view.collection is None:
        asleep = [session.get(Post, post_id) for post_id in stands if post_id not in there]
        listed += [post for post in asleep if post is not None]
    known = posts.know(session, listed, but=signed.name, now=desk.now())
    collected = posts.collected(session, listed)
    return [
        {
            **queue.row(desk, post, known, wording, desk.now()),
            "featured": post.id in stands and stands[post.id].featured,
            "position": pinned.index(post.id) if post.id in pinned else None,
            "sleeps": post.id not in there,
            "collected": collected.get(post.id or 0, ()),
        }
        for post in listed
    ]


def _themes(wording: Wording) -> dict[str, str]:
    return {
        "auto": wording.gettext("As the device has it"),
        "light": wording.gettext("Light"),
        "dark": wording.gettext("Dark"),
    }
