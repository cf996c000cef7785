"""Tries again to understand what was set aside."""

from collections.abc import Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from collectors.base import Collector
from collectors.run import Job, guarded, rules
from store import quarantine
from store.engine import reading, writing
from store.errors import StoreError
from store.ingest import ingest
from store.models import Quarantined

log = structlog.get_logger()


def retry(
    job: Job, row_id: int | None = None, *, by: str, origin: str = "", limit: int | None = None
) -> tuple[int, int]:
    """Understand a source's quarantined payloads again; return how many were, and were not.

    A payload that is understood now enters as if it had just come, and leaves the quarantine in
    the same transaction. Nothing is asked of the platform.

    Args:
        job: of the source.
        row_id: the only one that is tried; None tries all.
        by: who asks for it.
        origin: their sign-in, as the trail keeps it.
        limit: payloads at most, those that were tried last left out; None means all.

    Raises:
        UnknownPayloadError: nothing of this source is set aside under the number.
    """
    tried = _tried(job, row_id, limit)
    if not tried:
        return 0, 0
    with guarded(job.name):
        collector = job.settings.build(job.agent)
    with writing(job.engine) as session:
        quarantine.note_retry(session, tried, quarantine.Hand(by, job.now(), origin))
    try:
        released = sum(_is_understood(job, collector, row) for row in tried)
    finally:
        collector.close()
    return released, len(tried) - released


def _tried(job: Job, row_id: int | None, limit: int | None) -> Sequence[Quarantined]:
    with reading(job.engine) as session:
        if row_id is None:
            return quarantine.to_try(session, job.name, limit=limit)
        row = quarantine.find(session, row_id)
    if row.source != job.name:
        raise quarantine.UnknownPayloadError(f"nothing of {job.name} is set aside under {row_id}")
    return [row]


def _is_understood(job: Job, collector: Collector, row: Quarantined) -> bool:
    now = job.now()
    try:
        item = collector.normalise(quarantine.payload(row))
    except Exception as error:  # noqa: BLE001  # still poison, whatever it breaks
        reason = quarantine.unread(error)
    else:
        try:
            with writing(job.engine) as session:
                if not quarantine.release(session, row):
                    return False
                tally = ingest(session, [item], rules=rules(job, collector), now=now)
                if not tally.poison:
                    return True
                session.rollback()
                reason = tally.poison[0][1]
        except (SQLAlchemyError, StoreError):
            raise
        except Exception as error:
            log.exception("payload.broke", source=job.name)
            reason = quarantine.unsaved(error)
    with writing(job.engine) as session:
        quarantine.keep(session, row, reason, now=now)
    return False
