"""The settings that are read and the store that is open: what every command works with."""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy import Engine

from bladifqalbi import __version__, logs
from bladifqalbi.refusals import RefusedError
from bladifqalbi.settings import Settings, load, secret_values, state
from store import harvests, migrations
from store.engine import open_engine, writing
from store.files import Files, open_files
from store.stories import formulas

# What harvests, tags and copies is loaded where it is first used: a process that does nothing but
# serve the wall (`run --only web`) would take half as much memory again.
if TYPE_CHECKING:
    from collectors.media import Copier
    from collectors.run import Job
    from store.language import LanguageTagger

PATIENCE = 9.0
"""Seconds that a stop waits for the page in hand; ten is what service managers are told."""


@dataclass(frozen=True)
class Service:
    """Settings and the open store of one campaign."""

    settings: Settings
    engine: Engine
    stop: threading.Event

    @cached_property
    def tagger(self) -> "LanguageTagger":
        """What tags languages, as config.yaml says."""
        from store.language import open_tagger

        section = self.settings.language
        return open_tagger(section.backend, section.weights)

    @cached_property
    def files(self) -> Files | None:
        """Where copies of pictures are kept, as config.yaml says; None where none are made."""
        section = self.settings.media
        return open_files(section) if section.enabled else None

    @cached_property
    def copier(self) -> "Copier | None":
        """What copies pictures; None where none are to be copied."""
        from collectors.fetch import Fetcher
        from collectors.media import Copier

        if self.files is None:
            return None
        section = self.settings.media
        fetcher = Fetcher(agent=self.agent, trusted=section.trusted)
        return Copier(self.engine, self.files, fetcher, section.quota_mb, self.stop)

    @property
    def agent(self) -> str:
        """Who we are to the platforms."""
        return f"bladifqalbi/{__version__} (+{self.settings.campaign.contact})"

    def jobs(self, names: Sequence[str] = ()) -> "list[Job]":
        """Return what running the named sources needs; without names, all that are live.

        Raises:
            RefusedError: a named source is unknown, off, or lacks a credential.
        """
        from collectors.run import Job

        sections = dict(self.settings.collectors.each())
        for name in names:
            self._check_live(name)
        live = [name for name in sections if state(name, sections[name])[0] == "live"]
        return [
            Job(
                name=name,
                settings=sections[name],
                campaign=self.settings.campaign,
                engine=self.engine,
                tagger=self.tagger,
                agent=self.agent,
                stop=self.stop,
            )
            for name in dict.fromkeys(names or live)
        ]

    def _check_live(self, name: str) -> None:
        sections = dict(self.settings.collectors.each())
        if name not in sections:
            raise RefusedError(f"no source named {name}; there are {', '.join(sections)}")
        what, lacking = state(name, sections[name])
        if what == "off":
            raise RefusedError(f"{name} is off; set collectors.{name}.enabled: true in config.yaml")
        if what == "missing":
            raise RefusedError(f"{name} lacks a credential; set {' and '.join(lacking)}")


def open_service(config: Path, *, json_logs: bool = False) -> Service:
    """Read the settings, start the logs, and open the store, made or migrated where needed."""
    settings = load(config)
    logs.configure(secret_values(settings), as_json=json_logs)
    # Read now: a mistake in the file shall stop the start, not every harvest.
    formulas.load(settings.campaign.formulas)
    engine = open_engine(settings.store.url.get_secret_value())
    migrations.upgrade(engine)
    with writing(engine) as session:
        harvests.register(session, [name for name, _ in settings.collectors.each()])
    return Service(settings, engine, threading.Event())


@contextmanager
def stoppable(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM finish the page in hand; a second one ends the process at once."""
    asked = False

    def ask(number: int, _frame: Any) -> None:
        nonlocal asked
        if asked:
            raise SystemExit(128 + number)
        asked = True
        stop.set()

    before = {one: signal.signal(one, ask) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def leave(jobs: "Sequence[Job]") -> NoReturn:
    """End the process although a platform keeps a thread waiting.

    What the thread has not saved is a gap that the next run fills; its lease is taken from it, so
    that the next run need not wait, and that it can write nothing any more.
    """
    for job in jobs:
        for claim in list(job.claims):
            with writing(job.engine) as session:
                harvests.release(session, claim)
    os._exit(0)
