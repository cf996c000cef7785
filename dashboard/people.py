"""Who has acted: a person by name; sources, visitors and the program itself in words."""

from api import names
from api.words import Wording
from dashboard.desk import Desk
from store.audit import COMMAND_LINE
from store.curation import CLOCK
from store.reports import VISITORS


def called(desk: Desk, wording: Wording, actor: str) -> str:
    """Return what pages call whoever has acted."""
    kind, _colon, name = actor.partition(":")
    if kind == "source" and name:
        return names.network(desk.public_wordings[wording.tag], name)
    return in_words(wording, actor)


def in_words(wording: Wording, actor: str) -> str:
    """Return the same of somebody who is no source."""
    told = {
        COMMAND_LINE: wording.gettext("command line"),
        CLOCK: wording.gettext("the clock"),
        VISITORS: wording.gettext("visitors"),
    }
    return told.get(actor, actor)
