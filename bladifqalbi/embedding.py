"""The `bladifqalbi embed` command: what a web team pastes into its page."""

from collections.abc import Iterable
from typing import get_args

from api import site as sites
from api.errors import NotFoundError
from api.parameters import Layout, Theme
from api.widget.snippet import Snippets, Wish
from api.words import LOCALES
from bladifqalbi.refusals import RefusedError
from bladifqalbi.service import Service

FORMS = ("element", "frame", "fragment", "oembed")


def text(service: Service, form: str, lang: str, wish: Wish) -> str:
    """Return a form with what it needs, ready to be pasted.

    Raises:
        RefusedError: there is no such form, language, look or wall.
    """
    settings = service.settings
    _check("--form", form, FORMS)
    _check("--lang", lang, LOCALES)
    _check("--layout", wish.layout, get_args(Layout))
    _check("--theme", wish.theme, get_args(Theme))
    site = sites.build(
        service.engine, settings.campaign, settings.api, service.files, settings.media.public_url
    )
    try:
        snippets = Snippets(site, site.wordings[lang], wish)
    except NotFoundError as error:
        raise RefusedError(f"--{error}") from None
    parts = {
        "element": (snippets.element, snippets.policy),
        "frame": (snippets.frame, snippets.frame_policy),
        "fragment": (snippets.fragment, snippets.policy),
        "oembed": (snippets.discovery, snippets.frame_policy),
    }
    snippet, policy = parts[form]
    printed = f"{snippet}\n\nContent-Security-Policy, if your site sends one, needs:\n{policy}"
    if form != "element":
        return printed
    need = "So that nothing below it moves while it loads, your style sheet needs:"
    return f"{printed}\n\n{need}\n{snippets.style}"


def _check(option: str, given: str, known: Iterable[str]) -> None:
    allowed = list(known)
    if given not in allowed:
        raise RefusedError(f"{option}: write one of {', '.join(allowed)}")
