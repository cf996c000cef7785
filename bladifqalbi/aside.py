"""What the command line does with what is set aside; its act in the trail is the command line's."""

from collections.abc import Sequence

from bladifqalbi import tables
from bladifqalbi.service import Service
from collectors.retry import retry
from collectors.run import utc_now
from store import quarantine
from store.audit import COMMAND_LINE
from store.engine import reading, writing
from store.quarantine import Hand, UnknownPayloadError


def show(service: Service) -> None:
    """Print what is set aside."""
    with reading(service.engine) as session:
        rows = quarantine.waiting(session)
    tables.print_quarantine(rows, now=utc_now())


def retry_all(service: Service, name: str) -> int:
    """Try again what is set aside; return 1 when something still cannot be understood."""
    kept = 0
    for job in service.jobs([name] if name else []):
        released, left = retry(job, by=COMMAND_LINE)
        kept += left
        if released or left or name:
            tables.console.print(f"{job.name}: {released} understood, {left} still set aside")
    return int(kept > 0)


def discard(service: Service, numbers: Sequence[int]) -> int:
    """Let go of payloads; return 1 when one of them is not set aside."""
    failed = 0
    for number in numbers:
        try:
            with writing(service.engine) as session:
                quarantine.discard(session, number, Hand(COMMAND_LINE, utc_now()))
            tables.console.print(f"{number}: discarded, and will not be set aside again")
        except UnknownPayloadError as error:
            failed = 1
            tables.console.print(f"{error}; see `bladifqalbi quarantine list`")
    return failed
