"""What an answer has the store asked for."""

from typing import Any

from sqlalchemy import Engine, event
from starlette.testclient import TestClient


def asked_of_the_store(engine: Engine, front: TestClient, address: str) -> tuple[Any, list[str]]:
    """Return an answer, and the statements of the application that it took."""
    found: list[str] = []

    def note(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        # The watch goes on asking what is there now.
        if not any(one in statement for one in ("max(change.id)", "FROM period", "BEGIN")):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    answer = front.get(address)
    event.remove(engine, "before_cursor_execute", note)
    return answer, found
