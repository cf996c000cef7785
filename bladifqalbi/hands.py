"""What the desk has done for it: the same functions that the commands use."""

from functools import cached_property

from bladifqalbi.logs import Redactor
from bladifqalbi.refusals import RefusedError
from bladifqalbi.service import Service
from bladifqalbi.settings import secret_values, state
from collectors import adding
from collectors.base import CollectorError
from collectors.retry import retry
from collectors.run import Job
from dashboard.hands import NotReadyError
from store.adding import Added, Asker, NotAddedError, Why

MOST = 200
"""Payloads that one request tries again: a person waits for it."""


class Hands:
    """`dashboard.hands.Hands` for one service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def retry(self, source: str, row_id: int | None, *, by: str, origin: str) -> tuple[int, int]:
        """See `dashboard.hands.Hands`."""
        try:
            (job,) = self._service.jobs([source])
            return retry(job, row_id, by=by, origin=origin, limit=MOST)
        except (CollectorError, RefusedError) as error:
            raise NotReadyError(str(error)) from None

    def add(self, address: str, asker: Asker) -> Added:
        """See `dashboard.hands.Hands`."""
        return adding.add(
            address,
            asker,
            engine=self._service.engine,
            sections=self._service.settings.collectors.each(),
            job_of=self._job_of,
        )

    def redact(self, text: str) -> str:
        """See `dashboard.hands.Hands`."""
        return self._redactor(text)

    def _job_of(self, name: str) -> Job:
        what, lacking = state(name, dict(self._service.settings.collectors.each())[name])
        if what == "missing":
            variables = " and ".join(lacking)
            raise NotAddedError(f"{name} lacks a credential; set {variables}", Why.KEY, variables)
        if what == "off":
            raise NotAddedError(
                f"{name} is off; set collectors.{name}.enabled: true in config.yaml", Why.OFF
            )
        return self._service.jobs([name])[0]

    @cached_property
    def _redactor(self) -> Redactor:
        return Redactor(secret_values(self._service.settings))
