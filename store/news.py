"""What readers have missed who know an older wall."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session, col, select

from store import leads
from store.models import Change, ChangeKind, Post
from store.models.posts import ON_WALL
from store.wall import EVERYTHING, Filters, among, revision

MOST = 500
"""Changes that are told one by one; whoever has missed more reads the wall anew."""


@dataclass(frozen=True, slots=True)
class News:
    """What has changed up to a revision."""

    revision: int
    new: int
    """Posts that are on the wall since, or at its head."""
    removed: list[int]
    """Posts that are not on the wall, whether this reader has seen them or not."""
    updated: list[int]


def since(session: Session, known: int, filters: Filters = EVERYTHING) -> News | None:
    """Return what has changed since a revision.

    Args:
        session: reads the store.
        known: the revision that the reader knows.
        filters: what the reader looks at; nothing else counts as new to them.

    Returns:
        None when too much has changed to be told, or when no wall of ours had this revision.
    """
    newest = revision(session)
    rows = session.exec(
        select(Change.post_id, Change.kind)
        .where(col(Change.id) > known)
        .order_by(col(Change.id))
        .limit(MOST + 1)
    ).all()
    if known > newest or len(rows) > MOST:
        return None
    changed = {post_id for post_id, _ in rows}
    published = {post_id for post_id, kind in rows if kind == ChangeKind.PUBLISHED}
    raised = {post_id for post_id, kind in rows if kind == ChangeKind.RAISED}
    if raised:
        raised &= {lead.post_id for lead in leads.every(session)}
    on_wall = _on_wall(session, changed)
    shown = on_wall if filters == EVERYTHING else among(session, filters, on_wall)
    return News(
        revision=newest,
        new=len(shown & (published | raised)),
        removed=sorted(changed - on_wall),
        # What a reader has may have changed into what this wall has not.
        updated=sorted(on_wall - published),
    )


def _on_wall(session: Session, post_ids: set[int]) -> set[int]:
    query = select(Post.id).where(col(Post.id).in_(post_ids), text(ON_WALL))
    return {post_id for post_id in session.exec(query) if post_id is not None}
