"""Signing in and out: password and code, throttled, the same answer for every failure."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from dashboard import proof
from dashboard.desk import Desk, Form, first, read_form, to
from store import changes, moderators, reports
from store.engine import reading, writing
from store.models import Moderator
from store.moderators import UnknownModeratorError

MOST_BY_NAME = 5
MOST_BY_NETWORK = 30
"""Failures within a quarter of an hour, after which nobody is let in for the rest of it."""


def routes(desk: Desk) -> APIRouter:
    """Return the pages that are open to everybody."""
    router = APIRouter(dependencies=[Depends(desk.knows_language)])

    @router.get("/{lang}/sign-in")
    def ask(request: Request) -> Response:
        return desk.render(request, "sign-in.html", {"failed": False, "name": ""})

    @router.post("/{lang}/sign-in")
    def let_in(request: Request, form: Annotated[Form, Depends(read_form)]) -> Response:
        name = first(form, "name").strip()[:100]
        token = _sign_in(desk, request, name, form)
        if token is None:
            shown = {"failed": True, "name": name}
            return desk.render(request, "sign-in.html", shown, status=401)
        return _with_cookie(desk, to(f"/{desk.wording(request).tag}/queue"), token)

    @router.post("/{lang}/sign-out")
    def let_out(request: Request) -> Response:
        with writing(desk.engine) as session:
            moderators.sign_out(session, request.cookies.get(desk.cookie, ""))
        answer = to(f"/{desk.wording(request).tag}/sign-in")
        answer.delete_cookie(desk.cookie, path="/", secure=desk.is_secure, httponly=True)
        return answer

    _add_welcome(router, desk)
    return router


def _add_welcome(router: APIRouter, desk: Desk) -> None:
    @router.get("/{lang}/welcome/{token}")
    def welcome(request: Request, token: str) -> Response:
        return _welcome(desk, request, token, "", 200)

    @router.post("/{lang}/welcome/{token}")
    def begin(request: Request, token: str, form: Annotated[Form, Depends(read_form)]) -> Response:
        password = first(form, "password")
        if not proof.SHORTEST <= len(password) <= proof.LONGEST:
            return _welcome(desk, request, token, "password", 422)
        now = desk.now()
        with reading(desk.engine) as session:
            try:
                _, secret = moderators.invited(session, token, now=now)
            except UnknownModeratorError:
                return _welcome(desk, request, token, "", 404)
        step = proof.step_of(secret, first(form, "code"), at=now.timestamp(), after=0)
        if step is None:
            return _welcome(desk, request, token, "code", 422)
        hashed = proof.hash_password(password)
        try:
            with writing(desk.engine) as session:
                entry = moderators.accept(session, token, hashed, step, now=now)
        except UnknownModeratorError:
            return _welcome(desk, request, token, "", 404)
        return _with_cookie(desk, to(f"/{desk.wording(request).tag}/queue"), entry)


def _welcome(desk: Desk, request: Request, token: str, wrong: str, status: int) -> Response:
    with reading(desk.engine) as session:
        try:
            name, secret = moderators.invited(session, token, now=desk.now())
        except UnknownModeratorError:
            return desk.render(request, "failure.html", {"status": 410}, status=404)
    shown = {
        "name": name,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "otp": proof.address(secret, name, desk.campaign.title.en),
        "shortest": proof.SHORTEST,
        "wrong": wrong,
    }
    return desk.render(request, "welcome.html", shown, status=status)


def _sign_in(desk: Desk, request: Request, name: str, form: Form) -> str | None:
    """Return the token of a new sign-in; None whatever was wrong, after the same work."""
    now = desk.now()
    counted = (f"name:{name.casefold()}", f"network:{network(request)}")
    limits = (MOST_BY_NAME, MOST_BY_NETWORK)
    with reading(desk.engine) as session:
        found = moderators.find(session, name)
        failed = [moderators.failures(session, one, now=now) for one in counted]
    is_throttled = any(number >= most for number, most in zip(failed, limits, strict=True))
    password = first(form, "password")[: proof.LONGEST]
    is_right = proof.is_password(found.password if found else None, password)
    step = _step(found, first(form, "code"), now.timestamp())
    with writing(desk.engine) as session:
        changes.take_turn(session)
        current = moderators.find(session, name)
        # Once more, in the transaction: of two who come with one code, one is let in.
        is_new = current is not None and step is not None and step > current.last_step
        if current is None or step is None or is_throttled or not (is_right and is_new):
            moderators.fail(session, *counted, now=now)
            return None
        return moderators.sign_in(session, current, step, now=now)


def _step(found: Moderator | None, code: str, at: float) -> int | None:
    if found is None or found.secret is None:
        return None
    return proof.step_of(found.secret, code, at=at, after=found.last_step)


def network(request: Request) -> str:
    """Return the network that a request comes from.

    The peer's own address: who stands in front of the desk is trusted to be few, and what a header
    says is anybody's word.
    """
    return reports.network(request.client.host if request.client else "")


def _with_cookie(desk: Desk, answer: Response, token: str) -> Response:
    answer.set_cookie(
        desk.cookie, token, path="/", secure=desk.is_secure, httponly=True, samesite="lax"
    )
    return answer
