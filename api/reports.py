"""Reports of posts by visitors, without an account: the one thing that the public side writes."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from api import errors
from api.errors import BadParameterError, NotFoundError
from api.site import LAST_ID, Site
from api.words import mark as _
from store import reports
from store.engine import writing
from store.errors import UnknownPostError
from store.reports import LONGEST_NOTE, Complaint, Reason

LARGEST = 8192
"""Bytes of a report; the longest note takes a quarter of it, however it is encoded."""

_ALLOWED = {
    "reason": f"one of {', '.join(Reason)}",
    "note": f"at most {LONGEST_NOTE} characters, or nothing",
}


class Told(BaseModel):
    """What a visitor says of a post."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason = Field(description=_ALLOWED["reason"])
    note: (
        Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_NOTE)] | None
    ) = Field(default=None, description=_ALLOWED["note"])


def routes(site: Site) -> APIRouter:
    """Return the route of reports."""
    router = APIRouter(prefix="/v1", tags=["reports"], responses=errors.RESPONSES)
    described: dict[str, Any] = {"content": {"application/json": {"schema": _schema()}}}

    @router.post(
        "/posts/{post_id}/reports",
        status_code=202,
        response_class=JSONResponse,
        responses={
            404: {"description": errors.NOT_FOUND.title},
            429: {"description": errors.TOO_MANY.title},
        },
        openapi_extra={"requestBody": {**described, "required": True}},
        name="report",
    )
    async def report_post(
        request: Request, post_id: Annotated[int, Path(ge=1, le=LAST_ID)]
    ) -> Response:
        """Report a public post; many reports hide it until a person decides."""
        told = read(await body_of(request))
        await run_in_threadpool(keep, site, request, post_id, told)
        return JSONResponse({}, status_code=202, headers={"cache-control": "no-store"})

    return router


async def body_of(request: Request) -> bytes:
    """Return a small body.

    Raises:
        BadParameterError: it is larger than any report.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise BadParameterError("body", f"write at most {LARGEST} bytes")
    return body


def read(body: bytes) -> Told:
    """Return a report from JSON.

    Raises:
        BadParameterError: it is none.
    """
    try:
        return Told.model_validate_json(body)
    except ValidationError as error:
        raise refusal(error) from error


def refusal(error: ValidationError) -> BadParameterError:
    """Return in one sentence what is wrong with a report."""
    place = error.errors(include_input=False, include_url=False)[0]["loc"]
    name = str(place[0]) if place else "body"
    known = f"there is no such field here, only {', '.join(_ALLOWED)}"
    if name == "body":
        return BadParameterError(name, f"write a JSON object with {' and '.join(_ALLOWED)}")
    return BadParameterError(name, f"write {_ALLOWED[name]}" if name in _ALLOWED else known)


def keep(site: Site, request: Request, post_id: int, told: Told) -> None:
    """Keep a report.

    Raises:
        NotFoundError: no public post has this id.
        TooManyReportsError: too many have come.
    """
    complaint = Complaint(
        reason=told.reason,
        note=told.note or None,
        address=request.client.host if request.client else "",
    )
    hide_after = site.settings.reports.hide_after
    try:
        with writing(site.engine) as session:
            reports.report(
                session, post_id, complaint, hide_after=hide_after, now=datetime.now(UTC)
            )
    except UnknownPostError as error:
        raise NotFoundError from error


def words() -> dict[str, str]:
    """Return what each reason is called (English, to translate)."""
    return {
        "spam": _("It is advertising or has nothing to do with the campaign"),
        "hate": _("It insults or threatens people"),
        "privacy": _("It shows me or somebody else without consent"),
        "false": _("It is false or misleading"),
        "copyright": _("It uses my work without permission"),
        "other": _("Something else"),
    }


def _schema() -> dict[str, Any]:
    schema = Told.model_json_schema()
    # OpenAPI has one place for definitions; this one is written where it is used.
    schema["properties"]["reason"] = {"type": "string", "enum": [one.value for one in Reason]}
    schema.pop("$defs", None)
    return schema
