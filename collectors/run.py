"""One run of one source: its lease, its purse, and saving what it reads page by page."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from collectors.base import (
    BudgetSpentError,
    Collector,
    CollectorError,
    CollectorSettings,
    MalformedError,
    Query,
)
from store import harvests, quarantine
from store.engine import reading, writing
from store.errors import LeaseLostError, StoreError
from store.hashtags import Campaign
from store.ingest import Rules, Tally, ingest
from store.items import Item, Payload
from store.language import LanguageTagger
from store.settings import CampaignSettings
from store.stories import formulas

log = structlog.get_logger()

AT_ONCE = 15
"""Posts of one transaction: whoever decides at the desk waits as long as these take."""
GIVE_WAY = 0.006
"""Seconds between two such: SQLite keeps no order among those who wait for it."""


def slices(items: Sequence[Item]) -> list[Sequence[Item]]:
    """Part a page's items into those that are saved together."""
    return [items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE)]


def utc_now() -> datetime:
    """Return the time, aware UTC."""
    return datetime.now(UTC)


def _reveal(value: Any) -> Any:
    """Return settings with their secrets in the clear, to be hashed and never shown."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        return {key: _reveal(one) for key, one in value.items()}
    return value


@dataclass(frozen=True, kw_only=True)
class Job:
    """All that running one source needs, whoever starts it."""

    name: str
    settings: CollectorSettings
    campaign: CampaignSettings
    engine: Engine
    tagger: LanguageTagger
    agent: str
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when the process is asked to end: the page in hand is finished, no other is begun."""
    now: Callable[[], datetime] = utc_now
    claims: list[harvests.Claim] = field(default_factory=list)
    """Runs of this job that hold the lease now; given back when the process must end at once."""

    @property
    def fingerprint(self) -> str:
        """A hash of the settings, credentials included, that tells only whether they changed."""
        values = self.settings.model_dump(mode="python")
        return blake2b(repr(_reveal(values)).encode(), digest_size=8).hexdigest()


class StoppedError(Exception):
    """The process was asked to end; what is left of the run is a gap."""


class PagesSpentError(Exception):
    """The run's own page budget is used up; what is left of the run is a gap."""


@contextlib.contextmanager
def guarded(source: str) -> Iterator[None]:
    """Turn whatever escapes a collector into one of our errors: unexpected is malformed."""
    try:
        yield
    except (CollectorError, StoppedError, PagesSpentError, LeaseLostError):
        raise
    except Exception as error:
        log.exception("collector.broke", source=source)
        raise MalformedError(f"{source}: unexpected {type(error).__name__}") from None


class Purse:
    """A source's budget, kept in the store by day of the platform's time zone."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._limits = job.settings.daily()
        self._zone = ZoneInfo(job.settings.day_in)

    def spend(self, unit: str, amount: int = 1) -> None:
        """Count `amount` before it is used; committed at once, so that a kill cannot lose it.

        Raises:
            BudgetSpentError: less than `amount` is left today.
        """
        day, renews_at = self._day()
        limit = self._limits.get(unit)
        with writing(self._job.engine) as session:
            if harvests.spend(session, self._job.name, unit, day, amount, limit=limit):
                return
        raise BudgetSpentError(
            f"{self._job.name}: the day's budget of {limit} {unit} is spent", retry_at=renews_at
        )

    def left(self, unit: str) -> int | None:
        """Return what is left of a unit today; None when it is not limited."""
        if (limit := self._limits.get(unit)) is None:
            return None
        with reading(self._job.engine) as session:
            return max(0, limit - harvests.used(session, self._job.name, unit, self._day()[0]))

    def _day(self) -> tuple[date, datetime]:
        local = self._job.now().astimezone(self._zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        # Through the calendar, not 24 hours: days on which clocks change are longer or shorter.
        tomorrow = midnight + timedelta(days=1)
        return local.date(), tomorrow.astimezone(UTC)


def rules(job: Job, collector: Collector) -> Rules:
    """Return how a source's items are treated at the door."""
    return Rules(
        source=job.name,
        campaign=Campaign(
            job.campaign.hashtags, phrases=job.campaign.phrases, pattern=job.campaign.pattern
        ),
        publish=job.settings.moderation == "publish",
        tagger=job.tagger,
        formulas=formulas.load(job.campaign.formulas),
        recheck=job.settings.recheck if collector.lookup_batch else None,
    )


class Run:
    """One claimed run of one source; every transaction renews and checks the lease."""

    def __init__(self, job: Job, claim: harvests.Claim, collector: Collector) -> None:
        self.job, self.claim, self.collector = job, claim, collector
        self.tally = Tally()
        self.errors: list[CollectorError] = []
        """Of streams that failed while others were read."""
        self.quarantined = 0
        self.pages = 0
        self._pages_left = 1 if claim.probe else job.settings.budget.pages
        self._rules = rules(job, collector)

    def query(self, *, since: datetime | None = None, until: datetime | None = None) -> Query:
        """Return what to look for, with the campaign's tags and this source's purse."""
        campaign = self.job.campaign
        return Query(
            tags=campaign.hashtags,
            phrases=campaign.phrases,
            floor=campaign.floor,
            now=self.job.now(),
            since=since,
            until=until,
            budget=Purse(self.job),
        )

    @property
    def may_read_on(self) -> bool:
        """Whether the run's page budget allows one more page."""
        return self._pages_left > 0

    def turn_page(self) -> None:
        """Make sure that one more page may be read; `save` counts it.

        Raises:
            StoppedError: the process was asked to end.
            PagesSpentError: the run has read as many pages as it may.
        """
        if self.job.stop.is_set():
            raise StoppedError
        if not self.may_read_on:
            raise PagesSpentError

    def understand(
        self, payloads: Iterable[Payload]
    ) -> tuple[list[Item], list[tuple[Payload, str]]]:
        """Return the items of some payloads, and the payloads that are poison with the reason."""
        items: list[Item] = []
        poison: list[tuple[Payload, str]] = []
        for payload in payloads:
            try:
                items.append(self.collector.normalise(payload))
            except Exception as error:  # noqa: BLE001  # whatever a payload breaks, it costs one post
                poison.append((payload, quarantine.unread(error)))
        return items, poison

    def save(
        self,
        payloads: Sequence[Payload],
        also: Callable[[Session, datetime, list[Item]], None],
    ) -> None:
        """Save one page: posts, poison, counts, and in the last transaction what `also` writes.

        Raises:
            LeaseLostError: another process has taken over; the rest was not saved.
        """
        items, poison = self.understand(payloads)
        try:
            self._write(items, poison, also)
        except (SQLAlchemyError, StoreError):
            raise
        except Exception:
            # One post that breaks what we do with it must not keep the others out for ever.
            log.exception("page.broke", source=self.job.name)
            items, broken = self._sift(items)
            self._write(items, [*poison, *broken], also)

    def _sift(self, items: Sequence[Item]) -> tuple[list[Item], list[tuple[Payload, str]]]:
        """Part the items that can be saved from those that break it, by trying each alone."""
        good: list[Item] = []
        broken: list[tuple[Payload, str]] = []
        for item in items:
            try:
                with writing(self.job.engine) as session:
                    ingest(session, [item], rules=self._rules, now=self.job.now())
                    session.rollback()
            except (SQLAlchemyError, StoreError):
                raise
            except Exception as error:  # noqa: BLE001  # as above
                broken.append((item.raw, quarantine.unsaved(error)))
            else:
                good.append(item)
        return good, broken

    def _write(
        self,
        items: list[Item],
        poison: list[tuple[Payload, str]],
        also: Callable[[Session, datetime, list[Item]], None],
    ) -> None:
        now = self.job.now()
        *first, last = slices(items) or [[]]
        for some in first:
            with self._saving(some, [], now, pages=0):
                pass
            time.sleep(GIVE_WAY)
        with self._saving(last, poison, now, pages=1) as session:
            also(session, now, items)
        self.pages += 1
        self._pages_left -= 1

    @contextlib.contextmanager
    def _saving(
        self, items: Sequence[Item], poison: list[tuple[Payload, str]], now: datetime, *, pages: int
    ) -> Iterator[Session]:
        """Save some posts and poison in one transaction, with what else is written in the block."""
        with writing(self.job.engine) as session:
            harvests.renew(session, self.claim, now=now)
            tally = ingest(session, items, rules=self._rules, now=now)
            poison += [(item.raw, reason) for item, reason in tally.poison]
            for payload, reason in poison:
                quarantine.put(session, self.job.name, payload, reason, now=now)
            yield session
            harvests.count(session, self.claim, tally, pages=pages, quarantined=len(poison))
        self.quarantined += len(poison)
        self.tally.add(tally)
        for _, reason in poison:
            log.warning("payload.quarantined", source=self.job.name, reason=reason.split(":")[0])
