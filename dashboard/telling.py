"""The audit trail in words: who has acted, on what, how that was before and after, and why."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from fastapi import Request

from api import names
from api import reports as public
from api.words import Wording
from dashboard import frame, people, queue, times
from dashboard.desk import Desk
from store.models import Action, Audit, Role

_REPORTED = "reported: "
_COUNTED = re.compile(r"([\w-]+) (\d+)(?:, |$)")


@dataclass(frozen=True, slots=True)
class Row:
    """One act; "" where there is nothing to say."""

    id: int
    acted_at: datetime
    who: str
    act: str
    """"" where it has no word: then its code is shown."""
    code: str
    thing: str
    """What kind of thing it was done to."""
    name: str
    post: str
    """The number of a post that it was done to."""
    before: str
    after: str
    reason: str


def tell(
    desk: Desk, request: Request, acts: Sequence[Audit], undone: Mapping[int, str]
) -> list[Row]:
    """Return acts in the reader's language.

    Args:
        desk: whose acts.
        request: says the language.
        acts: rows of the trail.
        undone: what the ones that take something back have taken back, by number.
    """
    teller = _Teller(desk, desk.wording(request))
    return [teller.row(one, undone.get(one.id or 0, one.action)) for one in acts]


class _Teller:
    """Says acts in one language."""

    def __init__(self, desk: Desk, wording: Wording) -> None:
        self._wording = wording
        self._public = desk.public_wordings[wording.tag]
        self._who = partial(people.called, desk, wording)
        self._moment = times.moment(wording, desk.zone)
        self._acts = {**queue.acts(wording), **_acts(wording)}
        self._things, self._roles = _things(wording), _roles(wording)
        self._reasons = {**queue.reasons(wording), **_occasions(wording)}
        self._states = frame.states(wording)
        self._collections: dict[str, str] = {
            one.name: getattr(one.title, wording.tag) for one in desk.campaign.collections
        }

    def row(self, act: Audit, action: str) -> Row:
        """Return an act; `action` is the one that it takes back, where it takes one back."""
        kind, _colon, name = act.object.partition(":")
        value = self._value(action, kind)
        called = {"source": self._network, "collection": self._collection}
        return Row(
            id=act.id or 0,
            acted_at=act.acted_at,
            who=self._who(act.actor),
            act=self._acts.get(act.action, ""),
            code=act.action,
            thing=self._things.get(kind, kind),
            name=called[kind](name) if kind in called else name,
            post=name if kind == "post" else "",
            before=value(act.before) if act.before else "",
            after=value(act.after) if act.after else "",
            reason=self._reason(act.reason),
        )

    def _value(self, action: str, kind: str) -> Callable[[str], str]:
        """Return what says how something was before an action, or after it."""
        by_action: dict[str, Callable[[str], str]] = {
            Action.TAG: self._languages,
            Action.COLLECT: self._collection,
            Action.DROP: self._collection,
            Action.TOPIC: str,
            Action.FEATURE: self._stand,
            Action.UNFEATURE: self._stand,
            "collection.period": self._period,
        }
        by_kind: dict[str, Callable[[str], str]] = {
            "post": self._state,
            "moderator": self._role,
            "quarantine": self._network,
        }
        return by_action.get(action) or by_kind.get(kind) or str

    def _state(self, review: str) -> str:
        return self._states[review][0] if review in self._states else review

    def _role(self, role: str) -> str:
        return self._roles.get(role, role)

    def _network(self, name: str) -> str:
        return names.network(self._public, name)

    def _languages(self, tags: str) -> str:
        return ", ".join(names.language(self._public, tag) for tag in tags.split())

    def _collection(self, name: str) -> str:
        return self._collections.get(name, name)

    def _stand(self, stand: str) -> str:
        return self._acts[Action.FEATURE] if stand == "featured" else stand

    def _period(self, limits: str) -> str:
        start, _slash, end = limits.partition("/")
        told = {
            name: self._moment(datetime.fromisoformat(one))
            for name, one in (("start", start), ("end", end))
            if one and one != ".."
        }
        if len(told) > 1:
            return self._wording.gettext("from %(start)s until %(end)s", **told)
        if "start" in told:
            return self._wording.gettext("from %(start)s", **told)
        return self._wording.gettext("until %(end)s", **told) if told else ""

    def _reason(self, reason: str) -> str:
        if not reason.startswith(_REPORTED):
            return self._reasons.get(reason, reason)
        told = public.words()
        return ", ".join(
            f"{self._public.gettext(told[code]) if code in told else code} ({count})"
            for code, count in _COUNTED.findall(reason.removeprefix(_REPORTED))
        )


def _acts(wording: Wording) -> dict[str, str]:
    """Return what acts that are no decisions are called."""
    return {
        "sign-in": wording.gettext("signed in"),
        "sign-in.end": wording.gettext("ended a sign-in"),
        "moderator.add": wording.gettext("person added"),
        "moderator.invite": wording.gettext("person invited"),
        "moderator.change": wording.gettext("role changed"),
        "source.pause": wording.gettext("source paused"),
        "source.resume": wording.gettext("source resumed"),
        "source.run": wording.gettext("source run now"),
        "quarantine.retry": wording.gettext("tried again what is set aside"),
        "quarantine.discard": wording.gettext("discarded what was set aside"),
        "view.save": wording.gettext("view saved for the team"),
        "view.remove": wording.gettext("the team's view deleted"),
        "collection.period": wording.gettext("times of a collection changed"),
    }


def _roles(wording: Wording) -> dict[str, str]:
    """Return what somebody may be at the desk."""
    return {
        Role.VIEWER.value: wording.gettext("Reader"),
        Role.MODERATOR.value: wording.gettext("Moderator"),
        Role.EDITOR.value: wording.gettext("Editor"),
        Role.ADMIN.value: wording.gettext("Administrator"),
        Role.AUDITOR.value: wording.gettext("Auditor"),
        "disabled": wording.gettext("Without access"),
    }


def _occasions(wording: Wording) -> dict[str, str]:
    """Return why something was decided that nobody has given a reason for."""
    return {
        "new": wording.gettext("New post"),
        "edited": wording.gettext("Its text was edited"),
        "with its story": wording.gettext("With its story"),
        "with its approval": wording.gettext("With its approval"),
        "another is featured": wording.gettext("Another post is featured"),
    }


def _things(wording: Wording) -> dict[str, str]:
    """Return what acts are done to, by what stands before the colon."""
    return {
        "post": wording.gettext("Post"),
        "source": wording.gettext("Source"),
        "collection": wording.gettext("Collection"),
        "moderator": wording.gettext("Person"),
        "view": wording.gettext("View"),
        "quarantine": wording.gettext("Set aside"),
    }
