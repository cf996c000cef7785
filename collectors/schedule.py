"""Drives the sources: each at its own interval, in any number of processes, each slot once."""

import random
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collectors.harvest import harvest
from collectors.media import Copier, run_quietly
from collectors.run import Job, utc_now
from store import audit, curation, harvests, retention
from store.engine import reading, writing
from store.stories import common

log = structlog.get_logger()

JITTER = 0.1
"""Share of its interval by which a source's next run is moved, so that not all come at once."""

LOOK = timedelta(seconds=15)
"""Longest time between two looks at whether a source is due; "run now" is a due date too."""


RELEASE = timedelta(seconds=2)
"""Time between two looks at what is to be shown now."""


def build_scheduler(jobs: Sequence[Job], engine: Engine, *, raw_days: int) -> BackgroundScheduler:
    """Return a scheduler with one job for each source, one for retention, one for release.

    The store decides when a source is due and who runs it; APScheduler decides when to look.
    """
    scheduler = BackgroundScheduler(
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(len(jobs) + 4)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 60},
    )
    for job in jobs:
        look = min(LOOK, max(timedelta(seconds=1), job.settings.every / 10))
        scheduler.add_job(
            run_if_due,
            IntervalTrigger(seconds=look.total_seconds(), jitter=look.total_seconds() / 4),
            args=[job],
            id=job.name,
            next_run_time=utc_now(),
        )
    scheduler.add_job(
        purge,
        IntervalTrigger(hours=1, jitter=60),
        args=[engine, raw_days],
        id="retention",
        next_run_time=utc_now(),
    )
    scheduler.add_job(
        release,
        IntervalTrigger(seconds=RELEASE.total_seconds()),
        args=[engine],
        id="release",
        next_run_time=utc_now(),
    )
    return scheduler


def add_copying(scheduler: BackgroundScheduler, copier: Copier, every: timedelta) -> None:
    """Let pictures be copied every so often, and four times a day what was lost be put right."""
    turn = threading.Lock()
    scheduler.add_job(
        run_quietly,
        IntervalTrigger(seconds=every.total_seconds()),
        args=[copier.run, turn],
        id="media",
        # One at work, and one that sees that it is.
        max_instances=2,
        next_run_time=utc_now(),
    )
    scheduler.add_job(
        run_quietly,
        IntervalTrigger(hours=6, jitter=600),
        args=[copier.sweep, turn],
        id="media-sweep",
        next_run_time=utc_now() + timedelta(minutes=10),
    )


def run_if_due(job: Job) -> None:
    """Harvest a source if it is due and nobody else does."""
    try:
        with reading(job.engine) as session:
            due = harvests.is_due(session, job.name, now=job.now(), fingerprint=job.fingerprint)
        if job.stop.is_set() or not due:
            return
        harvest(job, next_due_at=job.now() + _until_next(job.settings.every))
    except SQLAlchemyError as error:
        # The database may be away for a while; the next look finds out.
        log.error("schedule.store_failed", source=job.name, error=type(error).__name__)  # noqa: TRY400  # its traceback would hold the address of the database


def purge(engine: Engine, raw_days: int) -> None:
    """Delete what may no longer be kept, and count anew who says what everybody says."""
    with writing(engine) as session:
        removed = retention.purge(session, raw_days=raw_days, now=utc_now())
        common.count(session)
        number, digest = audit.head(session)
    if any(removed.values()):
        log.info("retention.purged", **removed)
    # A witness outside the database: rows taken off the end of the trail would leave no gap in it.
    log.info("audit.head", row=number, digest=digest)


def release(engine: Engine) -> None:
    """Show what was approved or scheduled and is due now."""
    try:
        with reading(engine) as session:
            if not curation.is_release_due(session, now=utc_now()):
                return
        with writing(engine) as session:
            released = curation.release(session, now=utc_now())
        log.info("posts.released", posts=released)
    except SQLAlchemyError as error:
        # The database may be away for a while; the next look finds out.
        log.error("release.store_failed", error=type(error).__name__)  # noqa: TRY400  # its traceback would hold the address of the database


def stop(scheduler: BackgroundScheduler, stopping: threading.Event, *, patience: float) -> bool:
    """Let each run finish the page in hand, `patience` seconds at most; return whether all did."""
    stopping.set()
    scheduler.pause()
    waiter = threading.Thread(target=_shut_down, args=(scheduler,), daemon=True)
    waiter.start()
    waiter.join(patience)
    return not waiter.is_alive()


def _shut_down(scheduler: Any) -> None:
    scheduler.shutdown(wait=True)


def _until_next(every: timedelta) -> timedelta:
    return every * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # spreads load, guards nothing
