"""Runs one source once: claim, fill the gap, read what is new, ask again what is due, record."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from collectors.base import (
    BudgetSpentError,
    Collector,
    CollectorError,
    CredentialsError,
    MalformedError,
    Page,
    Query,
    QuotaError,
    WaitError,
)
from collectors.recheck import recheck
from collectors.run import Job, PagesSpentError, Run, StoppedError, guarded
from store import harvests
from store.engine import reading, writing
from store.errors import LeaseLostError
from store.ingest import Tally

log = structlog.get_logger()

LONGEST_PAUSE = timedelta(days=32)
"""A platform that asks for more (a month's quota is the longest there is) is misread."""


@dataclass(frozen=True, slots=True)
class Report:
    """How one run went; `outcome` as in `Harvest`, or `taken over` by another process."""

    source: str
    outcome: str
    tally: Tally
    pages: int = 0
    quarantined: int = 0
    error: str | None = None


Work = Callable[[Run], None]
"""What a run does; it raises its errors, or leaves those that do not end it in `run.errors`."""


def harvest(
    job: Job, *, by_hand: bool = False, next_due_at: datetime | None = None
) -> Report | None:
    """Read what is new at one source, or return None when it is not its turn.

    The bookmark of a page is saved with its last posts, and moves only when all before it is saved.
    A run that stops early leaves a gap, and the next one fills that first.
    """

    def work(run: Run) -> None:
        _read_all(run)
        recheck(run)

    return claimed(job, work, by_hand=by_hand, next_due_at=next_due_at)


def claimed(
    job: Job, work: Work, *, by_hand: bool, next_due_at: datetime | None = None
) -> Report | None:
    """Do some work on a source under its lease and record how it ended; None if not our turn."""
    with writing(job.engine) as session:
        claim = harvests.claim(
            session,
            job.name,
            now=job.now(),
            next_due_at=next_due_at,
            fingerprint=job.fingerprint,
            by_hand=by_hand,
        )
    if claim is None:
        return None
    job.claims.append(claim)
    try:
        return _under_lease(job, claim, work)
    finally:
        job.claims.remove(claim)


def _under_lease(job: Job, claim: harvests.Claim, work: Work) -> Report:
    log.info("harvest.started", source=job.name)
    ended_by: CollectorError | None = None
    stopped = False
    run: Run | None = None
    try:
        with _collector(job) as collector:
            run = Run(job, claim, collector)
            work(run)
    except (StoppedError, PagesSpentError):
        stopped = True
    except CollectorError as error:
        ended_by = error
    except LeaseLostError:
        log.warning("harvest.taken_over", source=job.name)
        return _report(job, run, "taken over", None)
    return _finish(job, claim, run, _ending(job, run, ended_by, stopped))


def read(
    run: Run,
    query: Query,
    stream: str,
    *,
    key: str | None = None,
    reached: Callable[[datetime], None] | None = None,
) -> None:
    """Read one stream to its end: first the gap of a run that stopped early, then what is new.

    Args:
        run: the claimed run.
        query: what to look for; with a range, only the range is read.
        stream: one of the collector's streams.
        key: under which its place is kept; the stream's own name by default.
        reached: told the time of the post up to which each page has come.
    """
    key = key or stream
    with reading(run.job.engine) as session:
        mark = harvests.bookmark(session, run.job.name, key)
    position = mark.position
    if mark.gap is not None:
        position = _read_pages(run, query, stream, key, (position, mark.gap), reached) or position
        if query.since is not None:
            return
    _read_pages(run, query, stream, key, (position, None), reached)


@contextlib.contextmanager
def _collector(job: Job) -> Iterator[Collector]:
    with guarded(job.name):
        collector = job.settings.build(job.agent)
    try:
        yield collector
    finally:
        with contextlib.suppress(Exception):
            collector.close()


def _read_all(run: Run) -> None:
    """Read every stream; one that fails does not keep the others from being read."""
    query = run.query()
    with guarded(run.job.name):
        streams = run.collector.streams(query)
    with reading(run.job.engine) as session:
        # Longest unread first: a page budget that is too small for all must starve none.
        streams = harvests.by_age(session, run.job.name, streams)
    for stream in streams:
        try:
            read(run, query, stream)
        except (BudgetSpentError, QuotaError):
            raise
        except CollectorError as error:
            run.errors.append(error)
            if not run.job.settings.separate_streams:
                return


def _read_pages(
    run: Run,
    query: Query,
    stream: str,
    key: str,
    place: tuple[str | None, str | None],
    reached: Callable[[datetime], None] | None,
) -> str | None:
    """Read and save pages from a (bookmark, gap) on; return the bookmark of the last."""
    with guarded(run.job.name):
        pages = iter(run.collector.fetch(query, stream, bookmark=place[0], resume=place[1]))
    last: Page | None = None
    while True:
        if last is not None and last.bookmark is not None and not run.may_read_on:
            # All up to here is saved: whether there is more, the next run finds out.
            return last.bookmark
        run.turn_page()
        with guarded(run.job.name):
            page = next(pages, None)
        if page is None:
            return last.bookmark if last else None
        if (page.bookmark is None) == (page.resume is None):
            raise MalformedError(f"{run.job.name}: a page without its place")
        _save(run, key, page)
        last = page
        if reached is not None and page.reached_at is not None:
            reached(page.reached_at)


def _save(run: Run, key: str, page: Page) -> None:
    run.save(
        page.payloads,
        lambda session, now, _items: harvests.move(
            session, run.job.name, key, position=page.bookmark, gap=page.resume, now=now
        ),
    )


def _ending(
    job: Job, run: Run | None, ended_by: CollectorError | None, stopped: bool
) -> harvests.Ending:
    worst = ended_by or (run.errors[0] if run and run.errors else None)
    if worst is None:
        return harvests.Ending(outcome="truncated" if stopped else "complete")
    # Something was read: that is no failure of the whole source, but it is told.
    partly = run is not None and run.pages > 0 and job.settings.separate_streams
    outcome = "truncated" if partly or isinstance(worst, BudgetSpentError) else "failed"
    refused = isinstance(worst, CredentialsError) and not partly
    return harvests.Ending(
        outcome=outcome,
        error=str(worst),
        error_kind=type(worst).__name__,
        not_before=None if partly else _pause(job, worst),
        refused_settings=job.fingerprint if refused else None,
    )


def _pause(job: Job, error: CollectorError) -> datetime:
    """Return when to come back: when the platform says, or after a back-off of our own."""
    now = job.now()
    if isinstance(error, WaitError) and error.retry_at is not None:
        return min(max(error.retry_at, now), now + LONGEST_PAUSE)
    with reading(job.engine) as session:
        failures = harvests.failures(session, job.name)
    return now + harvests.back_off(job.settings.every, failures + 1)


def _finish(job: Job, claim: harvests.Claim, run: Run | None, ending: harvests.Ending) -> Report:
    try:
        with writing(job.engine) as session:
            harvests.finish(session, claim, ending, now=job.now())
    except LeaseLostError:
        return _report(job, run, "taken over", None)
    log.info("harvest.finished", source=job.name, outcome=ending.outcome, error=ending.error)
    return _report(job, run, ending.outcome, ending.error)


def _report(job: Job, run: Run | None, outcome: str, error: str | None) -> Report:
    if run is None:
        return Report(job.name, outcome, Tally(), error=error)
    return Report(job.name, outcome, run.tally, run.pages, run.quarantined, error)
