"""What every page of the desk shares: the store, the words, and who is there."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from secrets import token_urlsafe
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from fastapi import HTTPException, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api import assets, names, words
from api.pictures import Pictures
from api.words import OWN_NAMES, Wording
from dashboard.hands import Hands
from dashboard.plans import Plan
from dashboard.roles import Right, may
from dashboard.settings import DeskSettings
from store import changes, moderators
from store.engine import reading, writing
from store.files import Files
from store.moderators import Signed
from store.settings import CampaignSettings

Form = Mapping[str, list[str]]


class SignedOutError(Exception):
    """Nobody is signed in."""


@dataclass(frozen=True)
class Desk:
    """One campaign's desk."""

    engine: Engine
    campaign: CampaignSettings
    settings: DeskSettings
    files: Files | None
    now: Callable[[], datetime]
    plans: tuple[Plan, ...] = ()
    hands: Hands | None = None

    @property
    def wordings(self) -> Mapping[str, Wording]:
        """The five languages."""
        return words.load(folder="dashboard")

    @property
    def public_wordings(self) -> Mapping[str, Wording]:
        """The words that desk and wall share: names of languages, networks, kinds."""
        return words.load()

    @cached_property
    def assets(self) -> dict[str, assets.Asset]:
        """Style sheet and scripts."""
        return assets.load("dashboard")

    @cached_property
    def pictures(self) -> Pictures:
        """Makes addresses of copies, which the desk serves itself: nobody else sees them yet."""
        return Pictures("/pictures", are_shown=self.files is not None)

    @property
    def zone(self) -> ZoneInfo:
        """Of the times that the team sees."""
        return ZoneInfo(self.campaign.time_zone)

    @property
    def cookie(self) -> str:
        """Name of the cookie; browsers take the prefix over https alone."""
        return "__Host-bladi" if self.is_secure else "bladi"

    @property
    def is_secure(self) -> bool:
        """Whether the team comes by https."""
        return urlsplit(self.settings.url).scheme == "https"

    def wording(self, request: Request) -> Wording:
        """Return the language in the address, or the one that the browser likes best."""
        asked = request.url.path.split("/")[1]
        return words.pick(self.wordings, asked, request.headers.get("accept-language"), "fr")

    def knows_language(self, request: Request) -> None:
        """Let addresses pass that begin with one of our languages, or have none."""
        asked = request.path_params.get("lang")
        if asked is not None and asked not in self.wordings:
            raise HTTPException(404)
        # No database holds a number as long.
        if any(len(one) > 18 and one.isdigit() for one in request.path_params.values()):
            raise HTTPException(404)

    def who(self, request: Request) -> Signed:
        """Return who is signed in, and note that they are there.

        Raises:
            SignedOutError: nobody is.
        """
        token = request.cookies.get(self.cookie, "")
        now = self.now()
        with reading(self.engine) as session:
            signed = moderators.signed(session, token, now=now) if token else None
            is_new = signed is not None and moderators.is_to_be_seen(session, token, now=now)
        if signed is None:
            raise SignedOutError
        if is_new:
            self.note(lambda session: moderators.seen(session, token, now=now))
        return signed

    def note(self, work: Callable[[Session], None]) -> None:
        """Write down what nobody waits for; a store that is busy for long goes without it."""
        with suppress(OperationalError), writing(self.engine) as session:
            changes.take_turn(session)
            work(session)

    def needs(self, right: Right) -> Callable[[Request], Signed]:
        """Return a dependency that lets only those pass who have a right."""

        def check(request: Request) -> Signed:
            signed = self.who(request)
            if not may(signed.role, right):
                raise HTTPException(403)
            return signed

        check.right = right  # type: ignore[attr-defined]  # tests ask every route for it
        return check

    def render(
        self, request: Request, template: str, shown: Mapping[str, object], status: int = 200
    ) -> Response:
        """Return a page in the reader's language."""
        wording = self.wording(request)
        path = request.url.path.removeprefix(f"/{wording.tag}")
        query = f"?{request.url.query}" if request.url.query and request.method == "GET" else ""
        page = self._templates[wording.tag].get_template(template)
        body = page.render(
            {
                "wording": wording,
                "lang": wording.tag,
                "direction": wording.direction,
                "languages": OWN_NAMES,
                "elsewhere": lambda tag: f"/{tag}{path}{query}",
                "asset": lambda name: self.assets[name].path,
                "title": getattr(self.campaign.title, wording.tag),
                "fresh_key": lambda: token_urlsafe(12),
                "may": may,
                "Right": Right,
                **shown,
            }
        )
        return HTMLResponse(body, status_code=status)

    @cached_property
    def _templates(self) -> dict[str, Environment]:
        return {tag: _environment(one) for tag, one in self.wordings.items()}

    def network(self, request: Request, platform: str) -> str:
        """Return the name of a network as the wall has it."""
        return names.network(self.public_wordings[self.wording(request).tag], platform)

    def language(self, request: Request, tag: str) -> str:
        """Return the name of a post's language as the wall has it."""
        return names.language(self.public_wordings[self.wording(request).tag], tag)


async def read_form(request: Request) -> Form:
    """Return the fields of a form as it was sent."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise HTTPException(415)
    body = (await request.body()).decode("utf-8", "replace")
    form: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(body, keep_blank_values=True, max_num_fields=2000):
            form.setdefault(name, []).append(value)
    except ValueError as error:
        raise HTTPException(413) from error
    return form


def first(form: Form, name: str) -> str:
    """Return the first value of a field, "" where there is none."""
    return form.get(name, [""])[0]


def to(address: str) -> Response:
    """Return the answer to a form that was taken: look there now."""
    return RedirectResponse(address, status_code=303)


@cache
def _environment(wording: Wording) -> Environment:
    environment = Environment(
        loader=PackageLoader("dashboard"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # of the extension
        wording.translations.gettext, wording.translations.ngettext, newstyle=True
    )
    return environment
