"""What the public side may refuse, told as problem+json (RFC 9457) in the visitor's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from pydantic import BaseModel
from starlette.responses import Response

from api.words import Wording
from api.words import mark as _


def printable(text: str) -> str:
    """Return the beginning of what a stranger wrote, fit to be shown again."""
    return "".join(one if one.isprintable() else "?" for one in text[:60])


class ApiError(Exception):
    """The public side cannot do what was asked."""


class BadParameterError(ApiError):
    """A parameter that this address does not take, or not with this value."""

    def __init__(self, name: str, allowed: str) -> None:
        super().__init__(f"{printable(name)}: {allowed}")


class NotFoundError(ApiError):
    """There is nothing at this address, or nothing any more."""


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: str
    """Stable: programs may compare it."""
    title: str
    """In the language of the reader."""
    status: int
    detail: str | None = None
    """Which parameter, and what it takes."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One kind of refusal: its lasting name, its status and its words (English, to translate)."""

    name: str
    status: HTTPStatus
    title: str
    advice: str
    headers: Mapping[str, str] = field(default_factory=dict)
    detail: str | None = None

    @property
    def type(self) -> str:
        """The `type` of the problem."""
        return f"urn:bladi:problem:{self.name}"


BAD_PARAMETER = Refusal(
    "parameter",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    _("The wall does not understand this address"),
    _("Part of the address is missing or mistyped."),
)
NOT_FOUND = Refusal(
    "not-found",
    HTTPStatus.NOT_FOUND,
    _("There is nothing at this address"),
    _("The post may have been removed by its author."),
)
NOT_ALLOWED = Refusal(
    "method",
    HTTPStatus.METHOD_NOT_ALLOWED,
    _("This address can only be read"),
    _("Nothing was changed."),
    {"allow": "GET, HEAD"},
)
TOO_MANY = Refusal(
    "too-many",
    HTTPStatus.TOO_MANY_REQUESTS,
    _("Too many reports have come from here"),
    _("Please try again in an hour."),
    {"retry-after": "3600"},
)
UNAVAILABLE = Refusal(
    "unavailable",
    HTTPStatus.SERVICE_UNAVAILABLE,
    _("The wall cannot be read just now"),
    _("Please try again in a moment."),
    {"retry-after": "5"},
)
UNEXPECTED = Refusal(
    "unexpected",
    HTTPStatus.INTERNAL_SERVER_ERROR,
    _("Something went wrong here"),
    _("Please try again in a moment."),
)

RESPONSES: dict[int | str, dict[str, object]] = {
    refusal.status.value: {
        "description": refusal.title,
        "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
    }
    for refusal in (BAD_PARAMETER, UNAVAILABLE)
}
"""For OpenAPI: what every address that reads the database may answer."""


def problem(refusal: Refusal, wording: Wording) -> Response:
    """Return the problem+json of a refusal."""
    body = Problem(
        type=refusal.type,
        title=wording.gettext(refusal.title),
        status=refusal.status.value,
        detail=refusal.detail,
    )
    return Response(
        body.model_dump_json(exclude_none=True),
        status_code=refusal.status,
        media_type="application/problem+json",
        headers={
            "cache-control": "no-store",
            "content-language": wording.tag,
            "vary": "accept-language",
            **refusal.headers,
        },
    )
