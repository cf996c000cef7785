"""Why posts are one story or are not, and finding all stories anew after a change of the rules."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from store import changes
from store.errors import UnknownPostError
from store.hashtags import Campaign
from store.models import Post, StoryEdge, StoryPicture
from store.stories import bands, matching, pictures
from store.stories.evidence import is_same_author
from store.stories.formulas import Formulas, load
from store.stories.records import NEEDED, VERSION, form, told_of
from store.stories.ties import Verdict
from store.stories.verify import compare
from store.visibility import announce_standing


@dataclass(frozen=True, slots=True)
class Tie:
    """Why two posts of a story belong together."""

    post_id: int
    other_id: int
    kind: str
    score: float
    why: str
    words: int


@dataclass(frozen=True, slots=True)
class Apart:
    """Why two posts are no story together."""

    verdict: Verdict
    """How their texts compare."""
    is_evidence: bool
    """Whether both texts are long and rare enough to tell anything."""
    picture: StoryPicture | None = None
    """How they show the same picture nevertheless."""


def explain(
    session: Session, one: int, other: int, campaign: Campaign, formulas: Formulas | None = None
) -> list[Tie] | Apart:
    """Return the chain of evidence from one post to another, or why there is none.

    Raises:
        UnknownPostError: there is no such post.
    """
    rows = [_row(session, post_id) for post_id in (one, other)]
    if rows[0]["story_id"] is not None and rows[0]["story_id"] == rows[1]["story_id"]:
        return _chain(session, one, other)
    first, second = (told_of(row, form(row, campaign)) for row in rows)
    known = formulas or load()
    return Apart(
        compare(first.form, second.form, same_author=is_same_author(first, second)),
        known.is_evidence(first.form) and known.is_evidence(second.form),
        _picture(session, one, other),
    )


def _picture(session: Session, one: int, other: int) -> StoryPicture | None:
    query = select(StoryPicture).where(
        col(StoryPicture.post_id).in_([one, other]), col(StoryPicture.other_id).in_([one, other])
    )
    return session.execute(query).scalars().first()


def _row(session: Session, post_id: int) -> Any:
    columns: list[Any] = [col(getattr(Post, name)) for name in (*NEEDED, "story_id")]
    query = select(*columns).where(col(Post.id) == post_id)
    row = session.connection().execute(query).mappings().first()
    if row is None:
        raise UnknownPostError(f"no post {post_id}")
    return row


def _chain(session: Session, one: int, other: int) -> list[Tie]:
    """Return the shortest chain of edges."""
    came: dict[int, Tie | None] = {one: None}
    waiting = deque([one])
    while waiting and other not in came:
        post = waiting.popleft()
        query = select(StoryEdge).where(
            or_(col(StoryEdge.post_id) == post, col(StoryEdge.other_id) == post)
        )
        for edge in session.execute(query).scalars():
            far = edge.other_id if edge.post_id == post else edge.post_id
            if far not in came:
                came[far] = Tie(post, far, edge.kind, edge.score, edge.why, edge.words)
                waiting.append(far)
    chain = []
    tie = came.get(other)
    while tie is not None:
        chain.append(tie)
        tie = came[tie.post_id]
    return chain[::-1]


def outdated(session: Session) -> int:
    """Return how many posts were matched by other rules, or not at all."""
    query = select(func.count()).select_from(Post).where(col(Post.story_version) != VERSION)
    return int(session.connection().execute(query).scalar_one())


def rebuild(
    session: Session,
    campaign: Campaign,
    formulas: Formulas | None = None,
    *,
    now: datetime,
    limit: int = 200,
) -> int:
    """Find the stories of the next posts anew that were matched by other rules; return how many.

    The session must be in a write transaction; the caller commits. Stopped and started again, it
    goes on with what is left, since each post remembers by which rules it was matched.
    """
    changes.take_turn(session)
    columns: list[Any] = [col(getattr(Post, name)) for name in NEEDED]
    query = (
        select(*columns)
        .where(col(Post.story_version) != VERSION)
        .order_by(col(Post.published_at), col(Post.id))
        .limit(limit)
    )
    connection = session.connection()
    rows = [dict(row) for row in connection.execute(query).mappings()]
    if not rows:
        bands.drop_lost(connection)
        return 0
    ids = [row["id"] for row in rows]
    matching.forget(session, ids)
    reading = matching.read(session, rows, campaign=campaign, formulas=formulas)
    matching.note(session, rows)
    anew = dict.fromkeys(ids, matching.Before(-1, None))
    changed = matching.match(session, reading, campaign=campaign, edited=anew)
    changed |= pictures.match(session, ids)
    announce_standing(session, changed, now=now)
    return len(rows)
