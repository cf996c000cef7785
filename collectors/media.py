"""Copies pictures: claims what is due, fetches, renders, keeps the files, and lets go of the rest.

Files are written before the store says that they are there, and deleted after it has stopped
saying so: whenever the process is killed, no picture is promised that cannot be served.
"""

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collectors import pictures
from collectors.base import CollectorError, MalformedError
from collectors.fetch import Fetcher
from collectors.run import utc_now
from store import copying, upkeep
from store.engine import reading, writing
from store.files import Files, FilesError
from store.models import PictureState

log = structlog.get_logger()

HANDS = 8
"""Pictures in work at once: most of the time each waits for its network."""

BATCH = 32
FEW = 20
"""Lost pictures that are no sign of a wrong folder."""
MEGABYTE = 1_000_000

ACCEPT = "image/avif,image/webp,image/png,image/jpeg,image/gif"

_room_to_draw = threading.BoundedSemaphore(os.cpu_count() or 2)
"""Decoded pictures in memory at once: the largest takes over a hundred megabytes."""

_one_at_a_time = threading.Lock()
"""Held while files are written and told of, or found to be unused and deleted: two pictures may be
the same, byte for byte."""

YOUNG = timedelta(hours=1)
"""Files younger than this may belong to a picture that is being kept just now."""


def facts(rendering: pictures.Rendering) -> copying.Copies:
    """Return what the store keeps of a picture's copies."""
    return copying.Copies(
        digest=rendering.digest,
        width=rendering.width,
        height=rendering.height,
        colour=rendering.colour,
        animated=rendering.animated,
        widths=sorted({file.width for file in rendering.files}),
        size=sum(len(file.body) for file in rendering.files),
        looks=rendering.hashes,
        flatness=rendering.flatness,
        detail=rendering.detail,
        hardness=rendering.hardness,
    )


@dataclass
class Outcome:
    """What became of some pictures."""

    kept: int = 0
    failed: int = 0
    refused: int = 0
    let_go: int = 0

    @property
    def total(self) -> int:
        """Pictures that were looked at and needed something."""
        return self.kept + self.failed + self.refused + self.let_go

    def add(self, other: "Outcome") -> None:
        """Add another's counts to this one."""
        self.kept += other.kept
        self.failed += other.failed
        self.refused += other.refused
        self.let_go += other.let_go


@dataclass(frozen=True)
class Copier:
    """What copying needs; `run` may be called from any process, as often as one likes."""

    engine: Engine
    files: Files
    fetcher: Fetcher
    quota_mb: int
    stop: threading.Event = field(default_factory=threading.Event)
    now: Callable[[], datetime] = utc_now

    def run(self, told: Callable[[Outcome], None] = lambda _: None) -> Outcome:
        """Copy all that is due; return what became of it.

        Args:
            told: called after each batch with what became of it.

        Raises:
            FilesError: the folder or bucket cannot be used; what was claimed is due again soon.
        """
        whole = Outcome()
        with ThreadPoolExecutor(HANDS, thread_name_prefix="media") as hands:
            while not self.stop.is_set():
                with writing(self.engine) as session:
                    batch = copying.claim(session, now=self.now(), limit=BATCH)
                if not batch:
                    break
                some = Outcome()
                for one in hands.map(self._work, batch):
                    some.add(one)
                whole.add(some)
                if some.kept:
                    self._make_room()
                told(some)
        return whole

    def sweep(self, *, even_if_most_are_lost: bool = False) -> Outcome:
        """Put right what a kill or a restored backup left: strays, and copies without files.

        Reads the list of all files, so it runs a few times a day only.

        Args:
            even_if_most_are_lost: go on where a folder looks like another than it was.

        Raises:
            FilesError: the folder or bucket cannot be used, or holds hardly any of the copies.
        """
        # Files first: what is kept while we look has its file and its picture.
        there = dict(self.files.digests())
        now = self.now()
        with writing(self.engine) as session:
            named = upkeep.digests(session)
            lost = len(named - set(there))
            if lost > max(FEW, len(named) // 2) and not even_if_most_are_lost:
                raise FilesError(
                    f"{self.files.place}: lacks {lost} of {len(named)} pictures; is it the right"
                    " one, and mounted? If they are lost, run `bladifqalbi media collect`"
                )
            upkeep.restore(session, named - set(there), now=now)
            upkeep.wake_strays(session, now=now)
        self.files.delete(
            digest for digest, at in there.items() if digest not in named and at < now - YOUNG
        )
        return self.run()

    def _work(self, due: copying.Due) -> Outcome:
        if self.stop.is_set():
            # Its lease runs out, and another run takes it up.
            return Outcome()
        if not due.needed:
            return self._let_go(due)
        if due.state in {PictureState.KEPT, PictureState.REFUSED} and not due.is_old:
            if due.unseen:
                return self._look(due, due.unseen)
            with writing(self.engine) as session:
                copying.settle(session, due)
            return Outcome()
        with writing(self.engine) as session:
            due = copying.begin(session, due)
        try:
            rendering = self._copy(due)
        except (pictures.PictureError, MalformedError) as error:
            return self._fail(due, str(error), final=True)
        except CollectorError as error:
            return self._fail(due, str(error), final=False)
        except Exception as error:  # one odd picture must not keep the others from being copied
            log.exception("picture.broke", picture=due.id, platform=due.platform)
            return self._fail(due, f"unexpected {type(error).__name__}", final=False)
        return self._keep(due, rendering)

    def _look(self, due: copying.Due, digest: str) -> Outcome:
        """Ask of a picture's own copies what was not asked when they were made."""
        files = (self.files.get(digest, f"{width}.jpg") for width in due.widths)
        try:
            with _room_to_draw:
                hardness = pictures.hardness(body for body in files if body is not None)
        except pictures.PictureError as error:
            # Lost files are found by `sweep`; until then it is compared byte for byte alone.
            log.warning("picture.unseen", picture=due.id, error=str(error))
            with writing(self.engine) as session:
                copying.settle(session, due)
            return Outcome()
        with writing(self.engine) as session:
            copying.look(session, due, hardness, now=self.now())
        return Outcome()

    def _copy(self, due: copying.Due) -> pictures.Rendering:
        body = self.fetcher.fetch(due.url, accept=ACCEPT).body
        widths = pictures.AVATAR_WIDTHS if due.role == "avatar" else pictures.WIDTHS
        with _room_to_draw:
            return pictures.render(body, widths=widths)

    def _keep(self, due: copying.Due, rendering: pictures.Rendering) -> Outcome:
        with _one_at_a_time:
            for file in rendering.files:
                self.files.put(rendering.digest, f"{file.width}.{file.form}", file.body)
            with writing(self.engine) as session:
                before = copying.keep(session, due, facts(rendering), now=self.now())
        self._delete_unused([before])
        return Outcome(kept=1)

    def _fail(self, due: copying.Due, error: str, *, final: bool) -> Outcome:
        with writing(self.engine) as session:
            before = copying.fail(session, due, error, final=final, now=self.now())
        self._delete_unused([before])
        log.info("picture.failed", picture=due.id, platform=due.platform, error=error)
        return Outcome(refused=1) if final else Outcome(failed=1)

    def _let_go(self, due: copying.Due) -> Outcome:
        with writing(self.engine) as session:
            before = copying.let_go(session, due, now=self.now())
        self._delete_unused([before])
        return Outcome(let_go=1)

    def _make_room(self) -> None:
        with writing(self.engine) as session:
            gone = upkeep.evict(session, self.quota_mb * MEGABYTE, now=self.now())
        self._delete_unused(gone)

    def _delete_unused(self, digests: Iterable[str | None]) -> None:
        with _one_at_a_time:
            with reading(self.engine) as session:
                gone = copying.unused(session, digests)
            self.files.delete(gone)


def run_quietly(work: Callable[[], Outcome], turn: threading.Lock) -> None:
    """Do one turn; what fails is logged, and the next turn tries again.

    Args:
        work: what to do.
        turn: held while it lasts; where another holds it, nothing is done.
    """
    if not turn.acquire(blocking=False):
        return
    try:
        done = work()
    except FilesError as error:
        log.warning("media.files", error=str(error))
    except SQLAlchemyError as error:
        log.warning("media.store", kind=type(error).__name__)
    else:
        if done.total:
            log.info("media.copied", **asdict(done))
    finally:
        turn.release()
