"""What the desk has done for it: the same functions that the commands use."""

from functools import cached_property

from bladifqalbi.logs import Redactor
from bladifqalbi.refusals import RefusedError
from bladifqalbi.service import Service
from bladifqalbi.settings import secret_values
from collectors.base import CollectorError
from collectors.retry import retry
from dashboard.hands import NotReadyError

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

    def redact(self, text: str) -> str:
        """See `dashboard.hands.Hands`."""
        return self._redactor(text)

    @cached_property
    def _redactor(self) -> Redactor:
        return Redactor(secret_values(self._service.settings))
