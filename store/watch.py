"""Knows the wall's revision without asking the database for each reader."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from store import periods
from store.engine import reading
from store.wall import revision

EVERY = 0.2
"""Seconds between two looks; a change is known to all readers after as long."""

PATIENCE = 30.0
"""Seconds that the last known revision is trusted while the database does not answer."""


class Watch:
    """One thread that looks at the change counter and the clock a few times a second."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self.revision: int | None = None
        """Of the wall; None before the first look, and when the database is silent for long."""
        self.closed: frozenset[str] = frozenset()
        """The collections that are not shown now: they come and go without a change."""
        self._engine = engine
        self._now = now
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look; whether the database answers is not waited for."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more, and know nothing any more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(EVERY * 10)
        self.revision = None

    def _run(self) -> None:
        seen = time.monotonic()
        while not self._stop.is_set():
            try:
                with reading(self._engine) as session:
                    self.closed = periods.closed(session, now=self._now())
                    self.revision = revision(session)
                seen = time.monotonic()
            except SQLAlchemyError:
                # Requests that reach the database log and answer this; here is nobody to tell.
                if time.monotonic() - seen > PATIENCE:
                    self.revision = None
            self._stop.wait(EVERY)
