"""Asks platforms for posts that have not been seen for a while: gone, hidden or edited?"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from collectors.base import CollectorError, Known, Lookup
from collectors.run import Run, guarded
from store import due, retention
from store.engine import reading, writing
from store.items import Item
from store.models import Post

BATCHES = 10
"""Most look-ups of one run: what is due then is asked for in the next."""

UNSURE = timedelta(hours=1)
"""When posts are asked for again of which an answer said nothing."""


def recheck(run: Run) -> None:
    """Ask for what is due; what is gone leaves the wall at once, what was edited is updated."""
    if not run.collector.lookup_batch:
        return
    for _ in range(BATCHES):
        asked = _due(run)
        if not asked:
            return
        run.turn_page()
        try:
            lookup = _ask(run, asked)
        except CollectorError:
            # One server that is down must not keep the posts of all others from being asked for.
            _postpone(run, asked)
            raise
        items, poison = run.understand(lookup.found)
        # With an answer that is only half understood nobody can say what was not in it.
        missing = [] if poison else _missing(asked, lookup, items)
        run.save(lookup.found, _Verdict(asked, missing))


class _Verdict:
    """Writes, with the page, which of the asked posts are missing, and asks for the rest later."""

    def __init__(self, asked: Sequence[Post], missing: Sequence[Post]) -> None:
        self._asked, self._missing = asked, missing

    def __call__(self, session: Session, now: datetime, items: list[Item]) -> None:
        seen = {item.native_id for item in items} | {post.native_id for post in self._missing}
        unsure = [post.id for post in self._asked if post.id and post.native_id not in seen]
        due.postpone(session, unsure, UNSURE, now=now)
        for post in self._missing:
            retention.missed(session, post.id or 0, now=now)


def _due(run: Run) -> Sequence[Post]:
    now, limit = run.job.now(), run.collector.lookup_batch
    names = run.job.settings.platforms or (run.job.name,)
    with reading(run.job.engine) as session:
        asked = list(due.posts(session, names, now=now, limit=limit))
        if asked and len(asked) < limit:
            canary = due.canary(session, asked[0].platform, asked[0].instance, now=now)
            asked += [canary] if canary else []
    return asked


def _ask(run: Run, asked: Sequence[Post]) -> Lookup:
    known = [
        Known(native_id=post.native_id, lookup_id=post.lookup_id, instance=post.instance)
        for post in asked
    ]
    with guarded(run.job.name):
        return run.collector.lookup(known, run.query().budget)


def _postpone(run: Run, asked: Sequence[Post]) -> None:
    now = run.job.now()
    with writing(run.job.engine) as session:
        due.postpone(session, [post.id for post in asked if post.id], UNSURE, now=now)


def _missing(asked: Sequence[Post], lookup: Lookup, items: Sequence[Item]) -> list[Post]:
    """Return the posts that the platform calls gone, or that miss beside one that is there."""
    found = {item.native_id for item in items}
    return [
        post
        for post in asked
        if post.native_id in lookup.gone or (found and post.native_id not in found)
    ]
