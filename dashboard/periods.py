"""When a collection is shown: as editors write it, and in words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from api.words import Wording
from dashboard import times
from dashboard.desk import Desk, Form, first
from store.errors import ConflictError, StoreError
from store.models import Period
from store.periods import Limits

STARTS_AT, ENDS_AT = "starts_at", "ends_at"


class UnreadableError(StoreError):
    """A form names a moment that is none."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Limits that were not kept: why, and what was written."""

    reason: str
    written: tuple[str, str] | None
    """None: others have written since, and theirs are to be seen."""


def read(form: Form, zone: ZoneInfo) -> Limits:
    """Return the limits of a form; an empty field is no limit.

    Raises:
        UnreadableError: one is no moment.
    """
    try:
        written = (first(form, name).strip() for name in (STARTS_AT, ENDS_AT))
        return Limits(*(times.read(one, zone) if one else None for one in written))
    except ValueError as error:
        raise UnreadableError("write date and time") from error


def refuse(error: StoreError, form: Form, wording: Wording) -> Refused:
    """Return why limits were not kept."""
    if isinstance(error, ConflictError):
        reason = wording.gettext("Somebody has changed these times meanwhile. Yours were not kept.")
        return Refused(reason, None)
    reason = wording.gettext("The end must be after the start. Nothing was done.")
    if isinstance(error, UnreadableError):
        reason = wording.gettext("Date and time could not be read. Nothing was done.")
    return Refused(reason, (first(form, STARTS_AT)[:40], first(form, ENDS_AT)[:40]))


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says of when a collection is shown."""

    revision: int
    state: str
    fields: tuple[str, str]
    """Start and end, as fields of a form have them."""
    reason: str
    """Why what was written last was not kept; "" where it was."""


def tell(desk: Desk, period: Period, refused: Refused | None, wording: Wording) -> Told:
    """Return what the page says of when a collection is shown."""
    moment = times.moment(wording, desk.zone)
    return Told(
        period.revision,
        _state(period, desk.now(), moment, wording),
        (refused and refused.written) or _fields(period, desk.zone),
        refused.reason if refused else "",
    )


def _fields(period: Period, zone: ZoneInfo) -> tuple[str, str]:
    start, end = (
        "" if at is None else f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"
        for at in (period.starts_at, period.ends_at)
    )
    return start, end


def _state(
    period: Period, now: datetime, moment: Callable[[datetime], str], wording: Wording
) -> str:
    start = moment(period.starts_at) if period.starts_at else ""
    end = moment(period.ends_at) if period.ends_at else ""
    if period.ends_at is not None and period.ends_at <= now:
        return wording.gettext("It was shown until %(end)s. Nobody sees it any more.", end=end)
    if period.starts_at is not None and now < period.starts_at:
        if end:
            return wording.gettext(
                "It will be shown from %(start)s until %(end)s. Nobody sees it yet.",
                start=start,
                end=end,
            )
        return wording.gettext("It will be shown from %(start)s. Nobody sees it yet.", start=start)
    if end:
        return wording.gettext("It is shown until %(end)s.", end=end)
    return wording.gettext("It is shown, without an end.")
