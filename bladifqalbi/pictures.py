"""What the commands on copies of pictures do."""

from collections import defaultdict

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from bladifqalbi.refusals import RefusedError
from bladifqalbi.service import Service, stoppable
from bladifqalbi.tables import console
from collectors.media import MEGABYTE, Copier, Outcome
from collectors.run import utc_now
from store import upkeep
from store.engine import reading, writing
from store.models import PictureState

STATES = tuple(state.value for state in PictureState)


def show_status(service: Service) -> None:
    """Print how many pictures of each network are in which state."""
    files = _copier(service).files
    with reading(service.engine) as session:
        counts = upkeep.counts(session)
        reasons = upkeep.reasons(session)
    of_platform: dict[str, dict[str, int]] = defaultdict(dict)
    for one in counts:
        of_platform[one.platform][one.state] = one.pictures
    table = Table("network", *STATES, box=None, pad_edge=False)
    for platform, states in of_platform.items():
        table.add_row(platform, *(str(states.get(state, 0)) for state in STATES))
    console.print(table if counts else "No post has shown a picture yet.")
    used = sum(one.size for one in counts) / MEGABYTE
    room = f"{files.place}: {used:.1f} of {service.settings.media.quota_mb} MB"
    # Names of folders and IPv6 addresses have brackets, which would be taken for colours.
    console.print(room, markup=False)
    for reason, count in reasons:
        console.print(f"{count} x {reason}", markup=False)


def retry(service: Service, *, refused: bool) -> int:
    """Try again what could not be copied; return 1 when something still cannot."""
    copier = _copier(service)
    with writing(service.engine) as session:
        count = upkeep.retry(session, refused=refused, now=utc_now())
    if not count:
        console.print("Nothing waits to be tried again.")
        return 0
    return _print(_with_progress(service, copier))


def collect(service: Service) -> int:
    """Copy what waits, and put right what was lost; return 1 when something cannot be copied."""
    copier = _copier(service)
    with writing(service.engine) as session:
        if upkeep.used(session) < 0.9 * copier.quota_mb * MEGABYTE:
            upkeep.refill(session, now=utc_now())
    outcome = _with_progress(service, copier)
    outcome.add(copier.sweep(even_if_most_are_lost=True))
    return _print(outcome)


def _copier(service: Service) -> Copier:
    if service.copier is None:
        raise RefusedError("pictures are not copied; set media.enabled: true in config.yaml")
    return service.copier


def _with_progress(service: Service, copier: Copier) -> Outcome:
    with reading(service.engine) as session:
        total = upkeep.due(session, now=utc_now())
    if not total:
        return copier.run()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with stoppable(service.stop), Progress(*columns, console=console) as progress:
        task = progress.add_task("pictures", total=total)

        def told(some: Outcome) -> None:
            progress.advance(task, some.total)

        return copier.run(told)


def _print(outcome: Outcome) -> int:
    console.print(
        f"{outcome.kept} copied, {outcome.failed} to be tried again, {outcome.refused} refused,"
        f" {outcome.let_go} let go"
    )
    return int(outcome.failed + outcome.refused > 0)
