"""Reads an explicit range of the past, apart from the bookmark of ordinary harvests; resumable."""

from collections.abc import Callable
from datetime import datetime

from collectors.harvest import Report, claimed, read
from collectors.run import Job, Run
from store import harvests
from store.engine import reading

Progress = Callable[[float], None]
"""Called with the share of the range that has been read, from 0 to 1."""


def backfill(job: Job, since: datetime, until: datetime, progress: Progress) -> Report | None:
    """Read what was posted from `since` to before `until`, or return None when it is not our turn.

    A range that stopped early goes on where it stopped when it is asked for again; one that was
    read to its end is not read twice.
    """

    def work(run: Run) -> None:
        query = run.query(since=since, until=until)
        streams = list(run.collector.streams(query))
        for number, stream in enumerate(streams):
            key = f"backfill {since:%Y-%m-%dT%H:%M}/{until:%Y-%m-%dT%H:%M} {stream}"
            with reading(job.engine) as session:
                done = harvests.bookmark(session, job.name, key)
            if done.position is None or done.gap is not None:
                read(
                    run,
                    query,
                    stream,
                    key=key,
                    reached=_share(since, until, number, len(streams), progress),
                )
            progress((number + 1) / len(streams))

    return claimed(job, work, by_hand=True)


def _share(
    since: datetime, until: datetime, number: int, streams: int, progress: Progress
) -> Callable[[datetime], None]:
    def reached(at: datetime) -> None:
        done = (until - at) / (until - since)
        progress((number + min(1.0, max(0.0, done))) / streams)

    return reached
