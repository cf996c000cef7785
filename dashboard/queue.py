"""The queue: posts that wait, one of them open beside them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from sqlmodel import Session
from starlette.background import BackgroundTask
from starlette.responses import RedirectResponse, Response

from api import names
from api.pictures import FORMS
from api.words import Wording
from dashboard import frame, people, times, view, why
from dashboard.desk import Desk, to
from dashboard.roles import Right, may
from dashboard.view import Place
from store import changes, health, queue, transitions
from store.engine import reading, writing
from store.languages import LABELS
from store.models import Action, Picture, Post, Reason, Review
from store.moderators import Signed

Told = Mapping[int, str]
"""What became of decisions that were not taken, by post: shown in the post's place."""


def routes(desk: Desk) -> APIRouter:
    """Return the pages of the queue."""
    router = APIRouter(dependencies=[Depends(desk.knows_language)])
    may_see = Depends(desk.needs(Right.SEE))

    @router.get("/")
    @router.get("/{lang}")
    @router.get("/{lang}/")
    def begin(request: Request) -> Response:
        return RedirectResponse(f"/{desk.wording(request).tag}/queue", status_code=303)

    @router.get("/{lang}/queue")
    def see(request: Request, signed: Annotated[Signed, may_see]) -> Response:
        return show(desk, request, signed, view.read(request.query_params))

    @router.post("/{lang}/take")
    def take(
        request: Request,
        signed: Annotated[Signed, Depends(desk.needs(Right.DECIDE))],
    ) -> Response:
        with writing(desk.engine) as session:
            changes.take_turn(session)
            queue.take(session, signed.name, now=desk.now())
        return to(f"/{desk.wording(request).tag}/queue?mine=1")

    @router.get("/pictures/{picture_id}/{size}", dependencies=[may_see])
    def picture(picture_id: int, size: str) -> Response:
        with reading(desk.engine) as session:
            found = session.get(Picture, picture_id) if 0 < picture_id < 2**63 else None
        form = size.rpartition(".")[2]
        if found is None or found.digest is None or form not in FORMS or desk.files is None:
            raise HTTPException(404)
        if size not in {f"{width}.{form}" for width in found.widths}:
            raise HTTPException(404)
        body = desk.files.get(found.digest, size)
        if body is None:
            raise HTTPException(404)
        headers = {"cache-control": "private, max-age=3600"}
        return Response(body, media_type=FORMS[form], headers=headers)

    return router


def show(
    desk: Desk,
    request: Request,
    signed: Signed,
    place: Place,
    told: Told | None = None,
    status: int = 200,
) -> Response:
    """Return the page of the queue at a place."""
    wording, now = desk.wording(request), desk.now()
    seen = place.view(signed.name)
    with reading(desk.engine) as session:
        found = queue.listing(
            session, seen, after=place.after, behind=place.behind, limit=view.PAGE + 1
        )
        posts = found.posts
        more = posts[view.PAGE - 1].id if len(posts) > view.PAGE else None
        posts = posts[: view.PAGE]
        opened = _opened(session, place, posts)
        listed = [*posts, *([opened] if opened is not None and opened not in posts else [])]
        known = queue.know(session, listed, but=signed.name, now=now)
        midnight = datetime.combine(now.astimezone(desk.zone).date(), time(), desk.zone)
        facts: dict[str, Any] = {
            "total": found.total,
            "counted": queue.COUNTED if seen.is_walked else None,
            "walked": queue.WALKED,
            "behind": found.behind,
            "today": queue.decided_since(session, midnight),
            "choices": queue.choices(session, seen),
        }
        live = [one.name for one in desk.plans if one.is_live]
        facts["next_harvest"] = health.next_run(session, live, now=now) if not posts else None
        if opened is not None:
            facts["history"] = queue.history(session, opened.id or 0)
            facts["notes"] = queue.notes(session, opened.id or 0)
    rows = [row(desk, post, known, wording, now) for post in posts]
    shown = {
        **facts, "signed": signed, "place": place, "rows": rows, "more": more,
        "told": told or {}, "names": names_of(desk, wording), "reasons": reasons(wording),
        "opened": row(desk, opened, known, wording, now) if opened is not None else None,
        "standing": why.standing(opened, facts["history"], wording) if opened else "",
        "following": _following(posts, opened), "labels": LABELS,
        "collections": desk.campaign.collections, "Review": Review,
        "here": f"/{wording.tag}/queue", "heading": frame.states(wording)[place.review.value][0],
        "elsewhere": lambda tag: place.at(tag, done=None),
        "acts": acts(wording), "decides": _decides(signed, place.review),
        "allowed": [one.value for one in transitions.allowed(opened)] if opened else [],
    }  # fmt: skip
    answer = frame.render(desk, request, signed, "queue.html", shown, status=status)
    if opened is not None and may(signed.role, Right.DECIDE):
        # Once the page is sent: a harvest may have the store for itself just now.
        look = partial(queue.look, post_id=opened.id or 0, moderator=signed.name, now=now)
        answer.background = BackgroundTask(desk.note, look)
    return answer


def reasons(wording: Wording) -> dict[str, str]:
    """Return why a post may be rejected, in words, in the order of their keys 1 to 9."""
    told = {
        Reason.OFF_TOPIC: wording.gettext("Off topic"),
        Reason.SPAM: wording.gettext("Advertising or spam"),
        Reason.HATE: wording.gettext("Hate or insults"),
        Reason.VIOLENCE: wording.gettext("Violence"),
        Reason.PRIVACY: wording.gettext("Private matters of somebody"),
        Reason.MINOR: wording.gettext("A minor can be recognised"),
        Reason.RIGHTS: wording.gettext("Rights of somebody else"),
        Reason.FALSE: wording.gettext("False or misleading"),
        Reason.OTHER: wording.gettext("Another reason"),
    }
    return {reason.value: text for reason, text in told.items()}


def acts(wording: Wording) -> dict[str, str]:
    """Return what each action is called in a post's history."""
    return {
        Action.APPROVE.value: wording.gettext("approved"),
        Action.REJECT.value: wording.gettext("rejected"),
        Action.ESCALATE.value: wording.gettext("escalated"),
        Action.SCHEDULE.value: wording.gettext("scheduled"),
        Action.RELEASE.value: wording.gettext("shown on the wall"),
        Action.HIDE.value: wording.gettext("hidden"),
        Action.RESTORE.value: wording.gettext("shown again"),
        Action.UNDO.value: wording.gettext("taken back"),
        Action.NOTE.value: wording.gettext("noted"),
        Action.TOPIC.value: wording.gettext("topics changed"),
        Action.COLLECT.value: wording.gettext("put into a collection"),
        Action.DROP.value: wording.gettext("taken out of a collection"),
        Action.PIN.value: wording.gettext("pinned"),
        Action.UNPIN.value: wording.gettext("no longer pinned"),
        Action.MOVE.value: wording.gettext("moved among the pinned"),
        Action.FEATURE.value: wording.gettext("featured"),
        Action.UNFEATURE.value: wording.gettext("no longer featured"),
        Action.DESCRIBE.value: wording.gettext("picture described"),
        Action.TAG.value: wording.gettext("language corrected"),
        Action.JOIN.value: wording.gettext("joined with another post"),
        Action.SPLIT.value: wording.gettext("taken out of its story"),
        Action.KEEP.value: wording.gettext("chosen to stand for its story"),
        Action.DISMISS.value: wording.gettext("kept, its reports dismissed"),
        Action.HOLD.value: wording.gettext("held again"),
        Action.ADD.value: wording.gettext("added by hand"),
    }


def _decides(signed: Signed, review: Review) -> bool:
    is_theirs = review is not Review.ESCALATED or may(signed.role, Right.PUBLISH)
    return is_theirs and may(signed.role, Right.DECIDE)


def _opened(session: Session, place: Place, posts: Sequence[Post]) -> Post | None:
    found = session.get(Post, place.post) if place.post is not None else None
    return found or (posts[0] if posts else None)


def _following(posts: Sequence[Post], opened: Post | None) -> int | None:
    ids = [post.id for post in posts]
    if opened is None or opened.id not in ids:
        return ids[0] if ids else None
    at = ids.index(opened.id)
    # At the end of the page the one before it is next: it waits, too.
    rest = ids[at + 1 :] or ids[:at][-1:]
    return rest[0] if rest else None


def row(
    desk: Desk, post: Post, known: queue.Known, wording: Wording, now: datetime
) -> dict[str, Any]:
    """Return a post as lists of posts show it."""
    media = known.media.get(post.id or 0, ())
    images = [(one, desk.pictures.attached(one, known.pictures)) for one in media]
    return {
        "post": post,
        "id": post.id,
        "author": post.author_name or post.author_handle or post.author_id,
        "network": names.place(desk.public_wordings[wording.tag], post.platform, post.url),
        "direction": names.direction(post.language),
        "content_lang": "" if post.language == "und" else post.language,
        "images": images,
        "image": next((image for _, image in images if image), None),
        "length": next((times.length(one.duration) for one in media if one.duration), ""),
        "signs": why.signs(post, known, wording),
        "watched": known.watched.get(post.id or 0, ""),
        "waited": times.span(wording, now - post.first_seen_at),
    }


def names_of(desk: Desk, wording: Wording) -> dict[str, Any]:
    """Return what calls languages, networks and kinds as the wall does, and who has acted."""
    public = desk.public_wordings[wording.tag]
    return {
        "language": lambda tag: names.language(public, tag),
        "platform": lambda name: names.network(public, name),
        "kind": lambda name: public.gettext(names.KINDS[name]) if name in names.KINDS else name,
        "person": lambda actor: people.called(desk, wording, actor),
    }
