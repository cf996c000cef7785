"""How each source is doing, what to do about it, and the two handles there are."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from sqlmodel import Session
from starlette.responses import Response

from api import names
from api.words import Wording
from dashboard import frame, times
from dashboard.decisions import Asked
from dashboard.desk import Desk, first, to
from dashboard.plans import Plan
from dashboard.roles import Right, may
from store import harvests, health, steering
from store.engine import reading, writing
from store.health import Health
from store.moderators import Signed
from store.steering import BusyError, UnknownSourceError

_ACTS: dict[str, Callable[..., None]] = {
    "pause": steering.pause,
    "resume": steering.resume,
    "run": steering.run_now,
}


def routes(desk: Desk) -> APIRouter:
    """Return the page of the sources."""
    router = APIRouter(dependencies=[Depends(desk.knows_language)])

    @router.get("/{lang}/sources")
    def see(
        request: Request, signed: Annotated[Signed, Depends(desk.needs(Right.SEE))]
    ) -> Response:
        return _show(desk, request, signed)

    @router.post("/{lang}/sources/{name}")
    def act(
        request: Request,
        name: str,
        form: Asked,
        signed: Annotated[Signed, Depends(desk.needs(Right.STEER))],
    ) -> Response:
        work = _ACTS.get(first(form, "action"))
        if work is None:
            raise HTTPException(422)
        try:
            with writing(desk.engine) as session:
                work(session, name, by=signed.name, origin=signed.origin, now=desk.now())
        except UnknownSourceError as error:
            raise HTTPException(404) from error
        except BusyError:
            said = desk.wording(request).gettext(
                "It is running already, or must not run yet. Nothing was done."
            )
            return _show(desk, request, signed, said, 409)
        return to(f"/{desk.wording(request).tag}/sources")

    return router


def _show(
    desk: Desk, request: Request, signed: Signed, refused: str = "", status: int = 200
) -> Response:
    wording, now = desk.wording(request), desk.now()
    with reading(desk.engine) as session:
        rows = health.of(session, [plan.name for plan in desk.plans], now=now)
        quotas = [_quotas(session, plan, wording, now) for plan in desk.plans]
    shown: dict[str, Any] = {
        "rows": [
            _row(desk, plan, row, quota, wording, now)
            for plan, row, quota in zip(desk.plans, rows, quotas, strict=True)
        ],
        "page": "sources", "heading": wording.gettext("Sources"), "refused": refused,
        "steers": may(signed.role, Right.STEER), "elsewhere": lambda tag: f"/{tag}/sources",
    }  # fmt: skip
    return frame.render(desk, request, signed, "sources.html", shown, status=status)


def _row(
    desk: Desk, plan: Plan, row: Health, quotas: list[str], wording: Wording, now: datetime
) -> dict[str, Any]:
    late = now - row.last_ok_at - plan.every if row.last_ok_at is not None else timedelta(0)
    waits = plan.is_live and not row.paused and not row.refused
    return {
        "plan": plan,
        "health": row,
        "name": names.network(desk.public_wordings[wording.tag], plan.name),
        "state": _state(plan, row, wording),
        "every": times.span(wording, plan.every),
        "lag": times.span(wording, late) if waits and late > plan.every * 0.2 else "",
        "next": (row.next_at or now) if waits else None,
        "quotas": quotas,
        "wrong": _wrong(row, wording),
        "advice": _advice(plan, row, wording),
    }


def _state(plan: Plan, row: Health, wording: Wording) -> tuple[str, str, str]:
    """Return a word for how a source is, its icon and its tone."""
    if plan.state == "off":
        return wording.gettext("Off"), "cross", ""
    if plan.state == "missing":
        return wording.gettext("Needs a key"), "hidden", "bad"
    if row.refused:
        return wording.gettext("Key refused"), "cross", "bad"
    if row.paused:
        return wording.gettext("Paused"), "pause", "care"
    if row.running:
        return wording.gettext("Running"), "play", "good"
    if row.circuit != "closed":
        return wording.gettext("Failing"), "flag", "bad"
    return wording.gettext("Well"), "tick", "good"


def _advice(plan: Plan, row: Health, wording: Wording) -> str:
    """Return what to do, "" where there is nothing to know."""
    if plan.state == "missing":
        lacking = ", ".join(plan.lacking)
        return wording.gettext("Set %(variables)s, then restart.", variables=lacking)
    if not plan.is_live or not row.last_error:
        return ""
    return _todo(row.last_error_kind, wording)


def _wrong(row: Health, wording: Wording) -> str:
    """Return in words what the last error was, "" where there was none."""
    if not row.last_error:
        return ""
    told = {
        "MalformedError": wording.gettext("The answer could not be understood."),
        "CredentialsError": wording.gettext("Our key is refused."),
        "RateLimitedError": wording.gettext("The platform asks for a pause."),
        "QuotaError": wording.gettext("The quota is used up."),
        "BudgetSpentError": wording.gettext("Our own budget is used up."),
    }
    unreached = wording.gettext("The platform did not answer, or failed.")
    return told.get(row.last_error_kind or "", unreached)


def _todo(kind: str | None, wording: Wording) -> str:
    told = {
        "MalformedError": wording.gettext(
            "If it lasts, the platform has changed: look at its status page, then for a release."
        ),
        "CredentialsError": wording.gettext("Check this source's credentials, then restart."),
        "RateLimitedError": wording.gettext(
            "Nothing to do: the source waits as long as the platform asks."
        ),
        "QuotaError": wording.gettext(
            "Wait until the quota begins anew, or ask the platform for more."
        ),
        "BudgetSpentError": wording.gettext(
            "Nothing to do: the rest is read when the budget begins anew."
        ),
    }
    return told.get(kind or "", wording.gettext("Nothing to do: the next run tries again."))


def _quotas(session: Session, plan: Plan, wording: Wording, now: datetime) -> list[str]:
    """Return for each counted unit what is used, left, and how long that will do."""
    began, renewed = plan.day(now)
    units = {
        "searches": wording.gettext("Searches"),
        "posts": wording.gettext("Posts"),
        "users": wording.gettext("Authors"),
        "units": wording.gettext("Units"),
    }
    told = []
    for unit, limit in plan.limits.items():
        used = harvests.used(session, plan.name, unit, began.date())
        said = wording.gettext(
            "%(unit)s: %(used)s of %(limit)s used today, %(left)s left.",
            unit=units.get(unit, unit),
            used=wording.number(used),
            limit=wording.number(limit),
            left=wording.number(max(0, limit - used)),
        )
        told.append(f"{said} {_forecast(used, limit, (began, renewed), wording, now)}")
    return told


def _forecast(
    used: int, limit: int, day: tuple[datetime, datetime], wording: Wording, now: datetime
) -> str:
    began, renewed = day
    if used >= limit:
        return wording.gettext("It is used up until the day ends.")
    spent_at = now + (now - began) * ((limit - used) / used) if used else renewed
    if spent_at >= renewed:
        return wording.gettext("At this pace it lasts the whole day.")
    return wording.gettext(
        "At this pace it is used up in %(time)s.", time=times.span(wording, spent_at - now)
    )
