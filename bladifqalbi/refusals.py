"""Turns what went wrong into a sentence for the operator and an exit code."""

from dataclasses import dataclass

from sqlalchemy.exc import DatabaseError

from bladifqalbi.settings import ConfigError
from store.engine import describe
from store.errors import StoreError


class RefusedError(Exception):
    """The command was asked for something that cannot be; the message says what to do."""

    def __init__(self, message: str, *, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is printed, and the exit code: 2 for a wrong input, 1 for anything else."""

    message: str
    exit_code: int


def explain(error: Exception) -> Refusal | None:
    """Return the refusal that an error stands for; None for what is a fault of ours."""
    if isinstance(error, ConfigError):
        return Refusal(str(error), 2)
    if isinstance(error, RefusedError):
        return Refusal(str(error), error.exit_code)
    if isinstance(error, StoreError):
        return Refusal(str(error), 1)
    if isinstance(error, DatabaseError):
        return Refusal(describe(error), 1)
    return None
