"""What a person says of stories, which no new harvest changes."""

from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlmodel import Session, col

from store import changes, decisions
from store.errors import OnePostError, UnknownPostError
from store.models import Action, Decision, Post, StoryApart, StoryEdge
from store.prepared import insert_into
from store.stories import clusters
from store.stories.evidence import Edge, Evidence
from store.visibility import announce_standing


def join(session: Session, one: int, other: int, *, moderator: str, now: datetime) -> None:
    """Make two posts, and all that hangs on them, one story.

    Raises:
        OnePostError: both are the same post.
        UnknownPostError: there is no such post.
    """
    if one == other:
        raise OnePostError(f"{one} and {other} are one post; name two")
    changes.take_turn(session)
    for post_id in (one, other):
        _decide(session, post_id, Action.JOIN, moderator, now)
    both = [one, other]
    # The last word counts: what was said of these two before is taken back.
    session.connection().execute(
        delete(StoryApart).where(
            or_(col(StoryApart.one_id).in_(both), col(StoryApart.other_id).in_(both))
        )
    )
    changed = clusters.join(session, [(max(both), Edge(min(both), Evidence.PERSON))])
    announce_standing(session, changed, now=now)


def split(session: Session, post_id: int, *, moderator: str, now: datetime) -> int:
    """Take a post out of its story for good; return how many posts it was tied to.

    Raises:
        UnknownPostError: there is no such post.
    """
    changes.take_turn(session)
    _decide(session, post_id, Action.SPLIT, moderator, now)
    connection = session.connection()
    query = select(col(StoryEdge.post_id), col(StoryEdge.other_id)).where(
        or_(col(StoryEdge.post_id) == post_id, col(StoryEdge.other_id) == post_id)
    )
    tied = {one for pair in connection.execute(query) for one in pair} - {post_id}
    if tied:
        statement = insert_into(connection.dialect, StoryApart).on_conflict_do_nothing()
        connection.execute(
            statement,
            [{"one_id": min(post_id, one), "other_id": max(post_id, one)} for one in tied],
        )
    announce_standing(session, clusters.part(session, [post_id]), now=now)
    return len(tied)


def _decide(session: Session, post_id: int, action: Action, moderator: str, now: datetime) -> None:
    post = session.get(Post, post_id)
    if post is None:
        raise UnknownPostError(f"no post {post_id}")
    decision = Decision(
        post_id=post_id,
        action=action.value,
        moderator=moderator,
        before=post.review,
        after=post.review,
        decided_at=now,
    )
    decisions.write(session, post, decision)
