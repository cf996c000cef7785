"""Decisions that are made at the desk: one, many, and taken back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from sqlmodel import Session, col, select
from starlette.datastructures import QueryParams
from starlette.responses import Response

from api.words import Wording
from dashboard import people, times, view
from dashboard.desk import Desk, Form, first, read_form, to
from dashboard.queue import show
from dashboard.roles import NEEDED, Right, may
from dashboard.view import Place
from store import curation, leads
from store.curation import GRACE, Decided
from store.effects import Terms
from store.engine import reading, writing
from store.errors import (
    ConflictError,
    IllegalActionError,
    StoreError,
    StoryConflictError,
    UnknownLanguageError,
    UnknownPostError,
)
from store.models import Action, Post, Review
from store.moderators import Signed
from store.transitions import TRANSITIONS

MOST = 500
"""Posts that one form may decide about."""
APPROVE_AND_PIN = "approve-and-pin"
"""What a form calls an approval that pins, too."""
Asked = Annotated[Form, Depends(read_form)]


class _NotTheirsError(IllegalActionError):
    """Somebody with more say is asked to decide about this post."""


def routes(desk: Desk) -> APIRouter:
    """Return the addresses that forms are sent to."""
    router = APIRouter(dependencies=[Depends(desk.knows_language)])
    somebody = Depends(desk.needs(Right.SEE))

    @router.post("/{lang}/posts/{post_id}/decide")
    def decide(
        request: Request, post_id: int, form: Asked, signed: Annotated[Signed, somebody]
    ) -> Response:
        return _decide_one(desk, request, post_id, form, signed)

    @router.post("/{lang}/decide")
    def decide_many(request: Request, form: Asked, signed: Annotated[Signed, somebody]) -> Response:
        return _decide_many(desk, request, form, signed)

    return router


def _decide_one(desk: Desk, request: Request, post_id: int, form: Form, signed: Signed) -> Response:
    pins = first(form, "action") == APPROVE_AND_PIN
    action = Action.APPROVE if pins else _action(form)
    _check(signed, action)
    if pins:
        _check(signed, Action.PIN)
    place = back(form)
    revision = revision_of(request, form)
    terms = _terms(desk, form, action, revision, signed, key_of(request, form))
    refused: StoreError
    with writing(desk.engine) as session:
        try:
            if pins:
                by: dict[str, Any] = {"moderator": signed.name, "now": desk.now(), "terms": terms}
                done = curation.approve_and_pin(session, post_id, **by)
            else:
                done = decide_one(session, post_id, action, signed, terms, desk.now())
        except (UnknownPostError, ConflictError, IllegalActionError, UnknownLanguageError) as error:
            refused = error
        else:
            following = first(form, "next") if _leaves(action) else str(post_id)
            there = view.read(QueryParams({"post": following})).post
            return _go(desk, request, place, post=there, done=done.decision_id)
    told = {post_id: refusal(desk, refused, post_id, desk.wording(request))}
    return show(desk, request, signed, place, told, status=status_of(refused))


def _decide_many(desk: Desk, request: Request, form: Form, signed: Signed) -> Response:
    """Decide about each chosen post on its own: what cannot be done is told, the rest is done."""
    action = _action(form)
    _check(signed, action)
    place, wording = back(form), desk.wording(request)
    key = key_of(request, form)
    asked = []
    for post_id, revision in _chosen(form):
        each = f"{key}:{post_id}" if key else None
        asked.append((post_id, _terms(desk, form, action, revision, signed, each)))
    with writing(desk.engine) as session:
        done = decide_each(session, asked, action, signed, desk.now())
    told = {
        post_id: refusal(desk, error, post_id, wording)
        for (post_id, _), error in zip(asked, done, strict=True)
        if isinstance(error, StoreError)
    }
    if not told:
        return _go(desk, request, place, post=None)
    return show(desk, request, signed, place, told, status=409)


def _chosen(form: Form) -> list[tuple[int, int]]:
    """Return the posts that a form names, each with the version that was seen.

    Raises:
        HTTPException: 422, they are too many, or one is no number.
    """
    found: list[tuple[int, int]] = []
    for one in form.get("chosen", []):
        post_id, revision = map(view.number, one.partition(":")[::2])
        if post_id is None or revision is None or len(found) == MOST:
            raise HTTPException(422)
        found.append((post_id, revision))
    return found


def decide_one(
    session: Session, post_id: int, action: Action, signed: Signed, terms: Terms, now: datetime
) -> Decided:
    """Decide about a post as `curation.decide` does, where it is this person's to decide."""
    (done,) = decide_each(session, [(post_id, terms)], action, signed, now)
    if isinstance(done, StoreError):
        raise done
    return done


def decide_each(
    session: Session,
    asked: Sequence[tuple[int, Terms]],
    action: Action,
    signed: Signed,
    now: datetime,
) -> list[Decided | StoreError]:
    """Decide about posts as `curation.decide_each` does, where they are this person's to decide."""
    is_theirs = may(signed.role, Right.PUBLISH) or action is Action.NOTE
    kept = set() if is_theirs else _escalated(session, [post_id for post_id, _ in asked])
    theirs = [one for one in asked if (one[0], one[1].revision) not in kept]
    done = iter(curation.decide_each(session, theirs, action, moderator=signed.name, now=now))
    return [
        _NotTheirsError(f"post {post_id} waits for an editor")
        if (post_id, terms.revision) in kept
        else next(done)
        for post_id, terms in asked
    ]


def _escalated(session: Session, post_ids: Sequence[int]) -> set[tuple[int | None, int]]:
    """Return those of some posts that wait for an editor, each with its revision."""
    query = select(Post.id, Post.revision).where(
        col(Post.id).in_(post_ids), Post.review == Review.ESCALATED
    )
    return set(session.exec(query))


def _terms(
    desk: Desk, form: Form, action: Action, revision: int, signed: Signed, key: str | None
) -> Terms:
    words = tuple(one for one in form.get("words", []) if one.strip())
    if action is Action.TOPIC:
        words = tuple(first(form, "words").replace("،", ",").split(","))
    collections = [one.name for one in desk.campaign.collections]
    if action in (Action.COLLECT, Action.DROP) and words[:1] and words[0] not in collections:
        raise HTTPException(422)
    show_at = None
    if action is Action.SCHEDULE:
        try:
            show_at = times.read(first(form, "show_at"), desk.zone)
        except ValueError as error:
            raise HTTPException(422) from error
    position = first(form, "position")
    return Terms(
        reason=first(form, "reason"),
        words=words,
        position=int(position) if position.isascii() and position.isdigit() else 0,
        show_at=show_at,
        grace=GRACE,
        revision=revision,
        key=key,
        origin=signed.origin,
    )


def _action(form: Form) -> Action:
    try:
        action = Action(first(form, "action"))
    except ValueError as error:
        raise HTTPException(422) from error
    if action not in NEEDED or action is Action.UNDO:
        raise HTTPException(422)
    return action


def _check(signed: Signed, action: Action) -> None:
    if not may(signed.role, NEEDED[action]):
        raise HTTPException(403)


def revision_of(request: Request, form: Form) -> int:
    """Return the version of a post that who decides has seen.

    Raises:
        HTTPException: 428, they do not say.
    """
    revision = request.headers.get("if-match", "").strip('"') or first(form, "revision")
    if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
        raise HTTPException(428)
    return int(revision)


def key_of(request: Request, form: Form) -> str | None:
    """Return the name under which asking twice is the same as once."""
    return (request.headers.get("idempotency-key") or first(form, "key"))[:100] or None


def _leaves(action: Action) -> bool:
    """Say whether a post leaves the queue with an action, so that the next one is opened."""
    return action in TRANSITIONS


def back(form: Form) -> Place:
    """Return the place in the queue that a form was sent from.

    It is read and written anew: it is a place on this page and can be nowhere else.
    """
    return view.read(QueryParams(first(form, "back")))


def _go(desk: Desk, request: Request, place: Place, **changes: int | None) -> Response:
    return to(place.at(desk.wording(request).tag, **{"done": None, **changes}))


def status_of(error: StoreError) -> int:
    """Return the status that a refused decision is answered with."""
    if isinstance(error, ConflictError):
        return 409
    return {UnknownPostError: 404, _NotTheirsError: 403}.get(type(error), 422)


def refusal(desk: Desk, error: Exception, post_id: int, wording: Wording) -> str:
    """Return in a sentence why a decision was not taken."""
    if isinstance(error, UnknownPostError):
        return wording.gettext("It is no longer there. Nothing was done.")
    if isinstance(error, leads.FullError):
        return wording.gettext(
            "%(most)s posts are pinned, and no more may be. Unpin one first; nothing was done.",
            most=leads.MOST_PINNED,
        )
    if isinstance(error, StoryConflictError):
        return wording.gettext(
            "%(name)s has acted on this story since. Nothing was undone.",
            name=people.called(desk, wording, error.moderator),
        )
    if not isinstance(error, ConflictError):
        return wording.gettext("This cannot be done to it now. Nothing was done.")
    with reading(desk.engine) as session:
        last = curation.last_decision(session, post_id)
        post = session.get(Post, post_id)
    if last is None or post is None or last.revision < post.revision:
        return wording.gettext("Its author has edited it meanwhile. Your decision was not applied.")
    return wording.gettext(
        "%(name)s has decided meanwhile. Your decision was not applied.",
        name=people.called(desk, wording, last.moderator),
    )
