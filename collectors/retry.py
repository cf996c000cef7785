"""Tries again to understand what was set aside."""

from collectors.run import Job, guarded, rules
from store import quarantine
from store.engine import reading, writing
from store.ingest import ingest


def retry(job: Job) -> tuple[int, int]:
    """Understand a source's quarantined payloads again; return how many were, and were not.

    A payload that is understood now enters as if it had just come, and leaves the quarantine in
    the same transaction.
    """
    with reading(job.engine) as session:
        waiting = quarantine.waiting(session, job.name)
    if not waiting:
        return 0, 0
    with guarded(job.name):
        collector = job.settings.build(job.agent)
    released = 0
    for row in waiting:
        now = job.now()
        try:
            item = collector.normalise(quarantine.payload(row))
        except Exception as error:  # noqa: BLE001  # still poison, whatever it breaks
            with writing(job.engine) as session:
                quarantine.keep(
                    session, row, f"{type(error).__name__}: {str(error)[:200]}", now=now
                )
            continue
        with writing(job.engine) as session:
            tally = ingest(session, [item], rules=rules(job, collector), now=now)
            if tally.poison:
                quarantine.keep(session, row, tally.poison[0][1], now=now)
            else:
                quarantine.release(session, row)
                released += 1
    collector.close()
    return released, len(waiting) - released
