"""What stands around every page of the desk: who is there, and where they may go."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from sqlmodel import Session
from starlette.datastructures import QueryParams
from starlette.responses import Response

from api.words import Wording
from dashboard import keys, times, view
from dashboard.desk import Desk
from dashboard.keys import Keys
from dashboard.roles import Right, may
from store import keyboards, quarantine, queue, views
from store.engine import reading
from store.models import Review
from store.moderators import Signed


@dataclass(frozen=True, slots=True)
class Entry:
    """One way in the side navigation."""

    page: str
    """The first part of its address behind the language."""
    label: str
    icon: str
    count: int = 0
    """What waits there; nothing is said of none."""


@dataclass(frozen=True, slots=True)
class Saved:
    """One saved view in the side navigation."""

    id: int
    name: str
    filters: str
    count: int | None
    """None: it is not counted for each page, because its posts are settled."""
    of_team: bool
    is_theirs: bool
    """Who is there may forget it."""


def render(
    desk: Desk,
    request: Request,
    signed: Signed,
    template: str,
    shown: Mapping[str, object],
    *,
    status: int = 200,
) -> Response:
    """Return a page that extends `frame.html`.

    Args:
        desk: whose page.
        request: what is answered.
        signed: who is there.
        template: its name.
        shown: what the template needs; `heading` besides, and `page`, its entry's address.
        status: of the answer.
    """
    wording, now = desk.wording(request), desk.now()
    with reading(desk.engine) as session:
        counts = queue.counts(session)
        oldest = queue.page(session, queue.View(), limit=1)
        kept = saved(session, signed)
        aside = sum(quarantine.counts(session).values())
        own = keys_of(desk, request, signed, session)
    pages, reviews = entries(wording, signed, aside), states(wording)
    places = {"queue": reviews[Review.PENDING.value][0]}
    places |= {entry.page: entry.label for entry in pages if entry.page in keys.GOES}
    around = {
        "signed": signed, "states": reviews, "entries": pages, "keys": own, "goes": keys.GOES,
        "single": keys.single(own, wording),
        "together": keys.together(own, signed.role, wording, places),
        "counts": counts, "saved": kept, "oldest": oldest, "wait": times.Wait.of(oldest, desk, now),
        "ago": times.since(wording, now), "moment": times.moment(wording, desk.zone),
        "queue_at": f"/{wording.tag}/queue",
    }  # fmt: skip
    return desk.render(request, template, {**around, **shown}, status)


def keys_of(desk: Desk, request: Request, signed: Signed, session: Session) -> Keys:
    """Return the keys of who is there."""
    layout = keys.layout_of(desk.settings.keyboard, desk.wording(request).tag)
    return keys.of(keyboards.of(session, signed.name), signed.role, layout)


def saved(session: Session, signed: Signed) -> list[Saved]:
    """Return the views that somebody sees, with how many posts wait in each now."""
    found = views.of(session, signed.name)
    places = [view.read(QueryParams(one.query)) for one in found]
    counted = [place.view(signed.name) for place in places if place.review in queue.UNSETTLED]
    numbers = dict(zip(counted, queue.tally(session, counted), strict=True))
    shares = may(signed.role, Right.SHARE)
    return [
        Saved(
            id=one.id or 0,
            name=one.name,
            filters=one.query,
            count=numbers.get(place.view(signed.name)),
            of_team=one.owner == views.TEAM,
            is_theirs=shares or one.owner == signed.name,
        )
        for one, place in zip(found, places, strict=True)
    ]


def entries(wording: Wording, signed: Signed, aside: int) -> list[Entry]:
    """Return the pages beside the queue that somebody may open; `aside` is what is set aside."""
    pages = [
        (Right.ADD, Entry("add", wording.gettext("Add a post"), "plus")),
        (Right.PUBLISH, Entry("wall", wording.gettext("The wall"), "wall")),
        (Right.SEE, Entry("reports", wording.gettext("Reports"), "bell")),
        (Right.SEE, Entry("stories", wording.gettext("Stories"), "copies")),
        (Right.SEE, Entry("sources", wording.gettext("Sources"), "plug")),
        (Right.SEE, Entry("quarantine", wording.gettext("Set aside"), "aside", aside)),
        (Right.SEE_TRAIL, Entry("audit", wording.gettext("Audit trail"), "page")),
    ]
    return [entry for right, entry in pages if may(signed.role, right)]


def states(wording: Wording) -> dict[str, tuple[str, str]]:
    """Return what each queue is called, and its sign."""
    return {
        Review.PENDING.value: (wording.gettext("To decide"), "inbox"),
        Review.ESCALATED.value: (wording.gettext("Escalated"), "flag"),
        Review.SCHEDULED.value: (wording.gettext("Scheduled"), "clock"),
        Review.APPROVED.value: (wording.gettext("On the wall"), "wall"),
        Review.HIDDEN.value: (wording.gettext("Hidden"), "hidden"),
        Review.REJECTED.value: (wording.gettext("Rejected"), "cross"),
    }
