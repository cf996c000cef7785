"""Fetches one post that a person has asked for by its address, and brings it in."""

from collections.abc import Callable, Iterable

import structlog
from sqlalchemy import Engine

from collectors.base import (
    Collector,
    CollectorError,
    CollectorSettings,
    CredentialsError,
    Known,
    TransientError,
    WaitError,
)
from collectors.feeds import FeedsSettings
from collectors.oembed import TokenError
from collectors.run import Job, Purse, guarded, rules, utc_now
from store import adding
from store.adding import Added, Asker, NotAddedError, Why
from store.engine import reading, writing
from store.ingest import Rules
from store.items import Item

log = structlog.get_logger()

META_TOKEN = "BLADI_COLLECTORS__OEMBED__META_TOKEN"  # noqa: S105 - a variable's name


def add(
    address: str,
    asker: Asker,
    *,
    engine: Engine,
    sections: Iterable[tuple[str, CollectorSettings]],
    job_of: Callable[[str], Job],
) -> Added:
    """Bring in the post at an address, to wait for a decision; a known one is only found.

    Args:
        address: what a person has pasted.
        asker: who wants it.
        engine: the store.
        sections: every source's name and settings, in the order in which they are asked whether
            the address is one of theirs.
        job_of: gives the job of a source, or raises `NotAddedError` where it cannot be asked.

    Raises:
        NotAddedError: it was not added; `why` says what to do.
        IllegalActionError: the key was another decision's.
    """
    address = address.strip()
    with reading(engine) as session:
        there = adding.known(session, address, asker)
    if there is not None:
        return there
    name, wanted = _wanted(address, sections)
    job = job_of(name)
    with writing(engine) as session:
        adding.count(session, asker, now=utc_now())
    item, door = _fetch(job, wanted)
    with writing(engine) as session:
        added = adding.add(session, item, asker, rules=door, now=job.now())
    log.info("post.added", source=name, post=added.post_id, is_new=added.is_new)
    return added


def _wanted(address: str, sections: Iterable[tuple[str, CollectorSettings]]) -> tuple[str, Known]:
    """Return the source that an address belongs to, and what it must be asked."""
    for name, section in sections:
        if (found := section.known(address)) is not None:
            return name, found
    raise NotAddedError(
        "this is no address of a post that can be added; copy it from the post on its network",
        Why.UNSUPPORTED,
    )


def _fetch(job: Job, wanted: Known) -> tuple[Item, Rules]:
    """Return a post as its platform tells it now, and how it is treated at the door."""
    try:
        with guarded(job.name):
            collector = job.settings.build(job.agent)
        try:
            return _found(job, collector, wanted), rules(job, collector)
        finally:
            collector.close()
    except TokenError as error:
        raise NotAddedError(str(error), Why.KEY, META_TOKEN) from None
    except CollectorError as error:
        raise NotAddedError(str(error), _why(error)) from None


def _found(job: Job, collector: Collector, wanted: Known) -> Item:
    with guarded(job.name):
        payloads = collector.lookup([wanted], Purse(job)).found
    if not payloads:
        if isinstance(job.settings, FeedsSettings):
            raise NotAddedError("no feed of ours lists this page", Why.UNSUPPORTED)
        raise NotAddedError(f"{job.name} has no such post, or not for everybody", Why.GONE)
    try:
        # X answers with every version that it was asked for; the newest is the last.
        return collector.normalise(payloads[-1])
    except Exception as error:  # noqa: BLE001  # as in a harvest, whatever a payload breaks
        said = f"{job.name}: what it answered is no post that we understand"
        raise NotAddedError(f"{said} ({type(error).__name__})", Why.UNREAD) from None


def _why(error: CollectorError) -> Why:
    kinds = {CredentialsError: Why.KEY, WaitError: Why.WAIT, TransientError: Why.SILENT}
    return next((why for kind, why in kinds.items() if isinstance(error, kind)), Why.UNREAD)
