"""What could not be understood: why, what to do about it, and the two handles there are."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from sqlmodel import Session
from starlette.responses import Response

from api import names
from api.words import Wording
from dashboard import frame, view
from dashboard.decisions import Asked
from dashboard.desk import Desk, Form, first, to
from dashboard.hands import NotReadyError
from dashboard.roles import Right, may
from store import quarantine
from store.engine import reading, writing
from store.models import Quarantined
from store.moderators import Signed
from store.quarantine import Hand, UnknownPayloadError, Why

PAGE = 20
"""Payloads of one source that a page lists."""
LONGEST = 20_000
"""Code points of a payload that are shown."""
_SECRET = re.compile(
    r"(?i)(.*[_-])?(token|secret|password|authorization|api_?key|cookie|(access|refresh)jwt)"
)
_SIGNED_IN = re.compile(r"(?<=://)[^\s/@\"]+@")
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def routes(desk: Desk) -> APIRouter:
    """Return the page of what is set aside."""
    router = APIRouter(dependencies=[Depends(desk.knows_language)])

    @router.get("/{lang}/quarantine")
    def see(
        request: Request, signed: Annotated[Signed, Depends(desk.needs(Right.SEE))]
    ) -> Response:
        return _show(desk, request, signed)

    @router.post("/{lang}/quarantine/{source}")
    def retry(
        request: Request,
        source: str,
        signed: Annotated[Signed, Depends(desk.needs(Right.STEER))],
    ) -> Response:
        return _retry(desk, request, signed, source, None)

    @router.post("/{lang}/quarantine/{source}/{row_id}")
    def act(
        request: Request,
        source: str,
        row_id: int,
        form: Asked,
        signed: Annotated[Signed, Depends(desk.needs(Right.STEER))],
    ) -> Response:
        row_id = min(row_id, 2**63 - 1)
        if first(form, "action") == "retry":
            return _retry(desk, request, signed, source, row_id)
        if first(form, "action") == "discard":
            return _discard(desk, request, signed, row_id, form)
        raise HTTPException(422)

    return router


def _retry(
    desk: Desk, request: Request, signed: Signed, source: str, row_id: int | None
) -> Response:
    wording = desk.wording(request)
    if desk.hands is None or source not in [plan.name for plan in desk.plans]:
        raise HTTPException(404)
    try:
        understood, kept = desk.hands.retry(source, row_id, by=signed.name, origin=signed.origin)
    except NotReadyError:
        said = wording.gettext("This source is off or lacks a key, so nothing of it can be tried.")
        return _show(desk, request, signed, said, 409)
    except UnknownPayloadError:
        return _show(desk, request, signed, _gone(wording), 409)
    return to(f"/{wording.tag}/quarantine?understood={understood}&kept={kept}")


def _discard(desk: Desk, request: Request, signed: Signed, row_id: int, form: Form) -> Response:
    hand = Hand(signed.name, desk.now(), signed.origin)
    seen = first(form, "revision")
    if not seen:
        raise HTTPException(428)
    try:
        with writing(desk.engine) as session:
            quarantine.discard(session, row_id, hand, seen=seen)
    except UnknownPayloadError:
        return _show(desk, request, signed, _gone(desk.wording(request)), 409)
    return to(f"/{desk.wording(request).tag}/quarantine")


def _gone(wording: Wording) -> str:
    return wording.gettext("It is no longer there. Nothing was done.")


def _show(
    desk: Desk, request: Request, signed: Signed, refused: str = "", status: int = 200
) -> Response:
    wording, asked = desk.wording(request), request.query_params
    steers = may(signed.role, Right.STEER)
    opened = view.number(asked.get("open")) if steers else None
    with reading(desk.engine) as session:
        counts = quarantine.counts(session)
        chosen = [asked["source"]] if asked.get("source") in counts else list(counts)
        after = view.number(asked.get("after")) or 0 if len(chosen) == 1 else 0
        groups = [_group(desk, session, source, after, wording) for source in chosen]
        payload = _payload(desk, session, opened)
    can_retry = {plan.name for plan in desk.plans if plan.is_live} if desk.hands else set()
    shown: dict[str, Any] = {
        "groups": groups, "counted": counts, "only": chosen[0] if len(chosen) == 1 else "",
        "opened": opened, "payload": payload, "refused": refused, "done": _done(asked, wording),
        "page": "quarantine", "heading": wording.gettext("Set aside"), "steers": steers,
        "can_retry": can_retry, "here": f"/{wording.tag}/quarantine",
        "elsewhere": lambda tag: f"/{tag}/quarantine",
    }  # fmt: skip
    return frame.render(desk, request, signed, "quarantine.html", shown, status=status)


def _group(
    desk: Desk, session: Session, source: str, after: int, wording: Wording
) -> dict[str, Any]:
    rows = list(quarantine.waiting(session, source, after=after, limit=PAGE + 1))
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    return {
        "source": source,
        "name": names.network(desk.public_wordings[wording.tag], source),
        "rows": [_row(row, wording) for row in rows[:PAGE]],
        "more": more,
    }


def _row(row: Quarantined, wording: Wording) -> dict[str, Any]:
    said, advice = _words(quarantine.why(row.reason), wording)
    return {
        "id": row.id, "key": row.key.hex(), "since": row.quarantined_at, "tried": row.tried_at,
        "reason": row.reason, "said": said, "advice": advice,
    }  # fmt: skip


def _words(why: Why, wording: Wording) -> tuple[str, str]:
    """Return why a payload is set aside, and what to do about it."""
    if why is Why.UNFIT:
        return (
            wording.gettext("It was understood, but it is no post that can be kept."),
            wording.gettext("Nothing is lost: discard it, unless the post matters to you."),
        )
    if why is Why.UNSAVED:
        return (
            wording.gettext("It was understood, but saving it failed."),
            wording.gettext("This is a fault of ours: report it, and try again after an update."),
        )
    return (
        wording.gettext("It is not written as its network usually writes posts."),
        wording.gettext(
            "One alone may be an odd post. If many come, the network has changed: install the "
            "newest release, then try again."
        ),
    )


def _done(asked: Mapping[str, str], wording: Wording) -> str:
    """Return what came of the last attempt, "" where there was none."""
    understood, kept = view.number(asked.get("understood")), view.number(asked.get("kept"))
    if understood is None or kept is None:
        return ""
    return " ".join(
        [
            wording.ngettext(
                "%(count)s post was understood.", "%(count)s posts were understood.", understood
            ),
            wording.ngettext(
                "%(count)s post stays set aside.", "%(count)s posts stay set aside.", kept
            ),
        ]
    )


def _payload(desk: Desk, session: Session, row_id: int | None) -> tuple[str, bool] | None:
    """Return what was sent, in a form that shows no secret and turns no line round; is it all?"""
    if row_id is None:
        return None
    try:
        payload = quarantine.payload(quarantine.find(session, row_id))
        text = json.dumps(_masked(payload), indent=2, ensure_ascii=False)
    except UnknownPayloadError:
        return None
    except RecursionError:
        return "…", False
    text = _SIGNED_IN.sub("***@", text if desk.hands is None else desk.hands.redact(text))
    text = _DIRECTIONS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text[:LONGEST], len(text) <= LONGEST


def _masked(value: Any) -> Any:
    """Return JSON without the values of what is called a token, a key or a password."""
    if isinstance(value, Mapping):
        return {
            name: "***" if _SECRET.fullmatch(name) and one else _masked(one)
            for name, one in value.items()
        }
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_masked(one) for one in value]
    return value
