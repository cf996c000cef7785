"""The audit trail: every act of a person, each row sealed with the row before it."""

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from store.errors import StoreError
from store.models import Audit

BEGINNING = "0" * 64
"""Stands for the digest before the first row."""

COMMAND_LINE = "command line"
"""Who acts at a terminal of the server."""

_TOLD = ("actor", "origin", "action", "object", "before", "after", "reason", "revision")


class TouchedError(StoreError):
    """A row is not as it was written, or one before it has gone."""


def append(session: Session, acts: Iterable[Mapping[str, Any]]) -> None:
    """Write down some acts in order; the caller has its turn (`changes.take_turn`) and commits."""
    before = head(session)[1]
    rows = []
    for act in acts:
        row = {"origin": "", "before": "", "after": "", "reason": "", "revision": 0, **act}
        row["digest"] = before = _seal(before, row)
        rows.append(row)
    if rows:
        session.connection().execute(insert(Audit), rows)


def tell(
    session: Session, by: str, action: str, what: str, now: datetime, **more: str | int
) -> None:
    """Write down one act, as `append` does, behind what it has changed.

    Args:
        session: in a write transaction that has its turn; the caller commits.
        by: who acts.
        action: what is done, such as `source.pause`.
        what: to what, such as `source:reddit`.
        now: the time.
        more: further columns of `Audit`.
    """
    session.flush()
    append(session, [{"acted_at": now, "actor": by, "action": action, "object": what, **more}])


def of_decision(decision: Mapping[str, Any]) -> dict[str, Any]:
    """Return the act that a row of `Decision` is."""
    return {
        "acted_at": decision["decided_at"],
        "actor": decision["moderator"],
        "action": decision["action"],
        "object": f"post:{decision['post_id']}",
        "before": decision["before"],
        "after": decision["after"],
        "reason": decision["reason"] or "",
        "revision": decision["revision"],
    }


def head(session: Session) -> tuple[int, str]:
    """Return number and digest of the newest row, to be kept elsewhere as a witness."""
    query = select(Audit.id, Audit.digest).order_by(col(Audit.id).desc()).limit(1)
    found = session.exec(query).first()
    return (0, BEGINNING) if found is None else (found[0] or 0, found[1])


def page(
    session: Session, *, before: int | None = None, actor: str = "", limit: int = 50
) -> list[Audit]:
    """Return rows, the newest first.

    Args:
        session: to read with.
        before: number of a row to go on behind; None begins with the newest.
        actor: whose acts; "" is everybody's.
        limit: rows at most.
    """
    query = select(Audit)
    if before is not None:
        query = query.where(col(Audit.id) < before)
    if actor:
        query = query.where(Audit.actor == actor)
    return list(session.exec(query.order_by(col(Audit.id).desc()).limit(limit)))


def verify(session: Session, *, witness: str = "") -> int:
    """Return how many rows there are, all as they were written.

    Args:
        session: to read with.
        witness: a digest that `head` once gave, which must still be there; "" asks for none.

    Raises:
        TouchedError: one is not; the message names the first.
    """
    before, count, seen = BEGINNING, 0, not witness
    query = select(Audit).order_by(col(Audit.id)).execution_options(yield_per=1000)
    with closing(session.exec(query)) as rows:
        for row in rows:
            if row.digest != _seal(before, row.model_dump()):
                raise TouchedError(
                    f"audit: row {row.id} was touched, or one before it was taken out"
                )
            before, count, seen = row.digest, count + 1, seen or row.digest == witness
    if not seen:
        raise TouchedError(f"audit: the witness is gone; rows after {count} were taken out")
    return count


def _seal(before: str, row: Mapping[str, Any]) -> str:
    moment: datetime = row["acted_at"]
    told = [moment.astimezone(UTC).isoformat(), *(row[name] for name in _TOLD)]
    whole = json.dumps([before, *told], ensure_ascii=True, separators=(",", ":"))
    return sha256(whole.encode()).hexdigest()
