"""What the commands do about sources and their posts, once the store is open."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from pathlib import Path

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bladifqalbi import tables
from bladifqalbi.refusals import RefusedError
from bladifqalbi.service import PATIENCE, Service, leave, stoppable
from bladifqalbi.settings import load
from collectors import spellings
from collectors.backfill import backfill
from collectors.harvest import Report, harvest
from collectors.run import Job, Purse, utc_now
from collectors.schedule import purge
from store import health, media, retention, wall
from store.engine import open_engine, reading, writing
from store.errors import UnknownPostError


def harvest_once(service: Service, names: Sequence[str]) -> int:
    """Run sources once, side by side; return 1 when one failed."""
    jobs = service.jobs(names)
    if not jobs:
        raise RefusedError("no source is live; see `bladifqalbi config check`")
    results = _side_by_side(service, jobs)
    purge(service.engine, service.settings.store.raw_days)
    reports = [report for report in results.values() if report is not None]
    tables.print_reports(reports)
    _print_waiting(service, [name for name, report in results.items() if report is None])
    return int(any(report.outcome == "failed" for report in reports))


def backfill_range(service: Service, name: str, since: datetime, until: datetime) -> int:
    """Read a range of the past with a progress bar; return 1 when it is not all read."""
    if since >= until:
        raise RefusedError("--since must be before --until")
    (job,) = service.jobs([name])
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with stoppable(service.stop), Progress(*columns, console=tables.console) as progress:
        task = progress.add_task(f"{name} since {since:%Y-%m-%d}", total=1.0)
        report = backfill(job, since, until, lambda share: progress.update(task, completed=share))
    if report is None:
        _print_waiting(service, [name])
        return 1
    tables.print_reports([report])
    if report.outcome != "complete":
        tables.console.print("Not all is read: run the same command again to go on from here.")
    return int(report.outcome != "complete")


def show_health(service: Service) -> None:
    """Print the table of the sources."""
    sections = dict(service.settings.collectors.each())
    now = utc_now()
    with reading(service.engine) as session:
        rows = health.of(session, list(sections), now=now)
    left = {job.name: _left(job) for job in service.jobs()}
    tables.print_health(service.settings, rows, left, now=now)


def show_pending(service: Service, limit: int) -> None:
    """Print posts that wait for a decision."""
    with reading(service.engine) as session:
        posts = wall.pending(session, limit=limit)
        undescribed = media.undescribed(session, [post.id or 0 for post in posts])
    tables.print_pending(posts, undescribed, now=utc_now())


def erase(service: Service, post_ids: Sequence[int]) -> int:
    """Delete posts for good; return 1 when one of them is not there."""
    failed = 0
    for post_id in post_ids:
        try:
            with writing(service.engine) as session:
                retention.bury(session, post_id, reason="asked", now=utc_now())
            tables.console.print(f"{post_id}: erased, and will not come back")
        except UnknownPostError as error:
            failed = 1
            tables.console.print(str(error))
    return failed


def check(config: Path) -> int:
    """Print the state of each source; a wrong configuration raises."""
    settings = load(config)
    open_engine(settings.store.url.get_secret_value()).dispose()
    tables.print_states(settings)
    return 0


def show_variants(config: Path, name: str) -> None:
    """Print what each platform, or the named one, is asked for."""
    settings = load(config)
    tags, phrases = settings.campaign.hashtags, settings.campaign.phrases
    asked = {one: section.asked(tags, phrases) for one, section in settings.collectors.each()}
    asked["instagram"] = [spellings.instagram(tags)]
    if name and name not in asked:
        raise RefusedError(f"no source named {name}; there are {', '.join(asked)}")
    for one in [name] if name else asked:
        tables.print_variants(one, asked[one])


def _side_by_side(service: Service, jobs: Sequence[Job]) -> dict[str, Report | None]:
    """Harvest each source in a thread; when asked to stop, wait for the pages in hand."""
    pool = ThreadPoolExecutor(len(jobs))
    with stoppable(service.stop):
        futures = {job.name: pool.submit(harvest, job, by_hand=True) for job in jobs}
        deadline: float | None = None
        while wait(futures.values(), timeout=0.2).not_done:
            if service.stop.is_set() and deadline is None:
                deadline = time.monotonic() + PATIENCE
            if deadline is not None and time.monotonic() > deadline:
                leave(jobs)
    pool.shutdown()
    return {name: future.result() for name, future in futures.items()}


def _print_waiting(service: Service, names: Sequence[str]) -> None:
    now = utc_now()
    with reading(service.engine) as session:
        for row in health.of(session, names, now=now):
            if row.refused:
                why = "its platform refused these credentials; change them first"
            elif row.running:
                why = "another process is reading it now"
            else:
                until = row.next_at or now + timedelta(0)
                why = f"it waits until {tables.utc(until)}; {row.last_error or 'it was asked to'}"
            tables.console.print(f"{row.name}: not read, {why}")


def _left(job: Job) -> str:
    purse = Purse(job)
    return ", ".join(f"{purse.left(unit)} {unit}" for unit in job.settings.daily())
