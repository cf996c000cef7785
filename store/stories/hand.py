"""What a person says of stories, which no new harvest changes."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlmodel import Session, col

from store import changes, decisions
from store.effects import Terms
from store.errors import IllegalActionError, OnePostError
from store.models import Action, Decision, Post, StoryApart, StoryEdge
from store.prepared import insert_into
from store.stories import clusters, heads, undoing
from store.stories.ties import Edge, Evidence
from store.visibility import announce_standing

_PLAIN = Terms()


def join(
    session: Session,
    one: int,
    other: int,
    *,
    moderator: str,
    now: datetime,
    terms: Terms = _PLAIN,
) -> None:
    """Make two posts, and all that hangs on them, one story.

    Args:
        session: in a write transaction; the caller commits.
        one: a post; the terms' revision is its own.
        other: another one.
        moderator: who says so.
        now: the time.
        terms: revision, key and origin.

    Raises:
        OnePostError: both are the same post.
        UnknownPostError: there is no such post.
        ConflictError: the first is not as it was when who decides looked at it.
    """
    if one == other:
        raise OnePostError(f"{one} and {other} are one post; name two")
    changes.take_turn(session)
    if decisions.done(session, one, Action.JOIN, moderator, terms.key) is not None:
        return
    both = [one, other]
    posts = [
        decisions.take(session, post_id, revision)
        for post_id, revision in ((one, terms.revision), (other, None))
    ]
    before = undoing.state(session, both)
    # The last word counts: what was said of these two before is taken back.
    session.connection().execute(
        delete(StoryApart).where(
            or_(col(StoryApart.one_id).in_(both), col(StoryApart.other_id).in_(both))
        )
    )
    changed = clusters.join(session, [(max(both), Edge(min(both), Evidence.PERSON))])
    act = _Act(Action.JOIN, moderator, now, terms)
    decision = _write(session, posts[0], act, before, undoing.changed(session, before, both))
    beside = replace(act, terms=Terms(origin=terms.origin), cause_id=decision.id)
    _write(session, posts[1], beside, before, {})
    announce_standing(session, changed, now=now)


def split(
    session: Session, post_id: int, *, moderator: str, now: datetime, terms: Terms = _PLAIN
) -> int:
    """Take a post out of its story for good; return how many posts it was tied to.

    Raises:
        UnknownPostError: there is no such post.
        ConflictError: it is not as it was when who decides looked at it.
    """
    changes.take_turn(session)
    if decisions.done(session, post_id, Action.SPLIT, moderator, terms.key) is not None:
        return 0
    post = decisions.take(session, post_id, terms.revision)
    before = undoing.state(session, [post_id])
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
    changed = clusters.part(session, [post_id])
    was = undoing.changed(session, before, [post_id]) if tied else {}
    _write(session, post, _Act(Action.SPLIT, moderator, now, terms), before, was)
    announce_standing(session, changed, now=now)
    return len(tied)


def keep(
    session: Session, post_id: int, *, moderator: str, now: datetime, terms: Terms = _PLAIN
) -> None:
    """Let a post stand for its story, as long as it may be shown at all.

    Raises:
        UnknownPostError: there is no such post.
        ConflictError: it is not as it was when who decides looked at it.
        IllegalActionError: it is in no story, or another of it is shown and this one may not be.
    """
    changes.take_turn(session)
    if decisions.done(session, post_id, Action.KEEP, moderator, terms.key) is not None:
        return
    post = decisions.take(session, post_id, terms.revision)
    if post.story_id is None:
        raise IllegalActionError(f"post {post_id} is in no story with others")
    before = undoing.state(session, [post_id])
    connection = session.connection()
    of_story = col(Post.story_id) == post.story_id
    connection.execute(update(Post).where(of_story).values(is_chosen=col(Post.id) == post_id))
    changed = heads.reconsider(session, post_id)
    if session.get_one(Post, post_id, populate_existing=True).is_copy:
        raise IllegalActionError(f"post {post_id} cannot stand for a story that others show")
    was = undoing.changed(session, before, [post_id])
    _write(session, post, _Act(Action.KEEP, moderator, now, terms), before, was)
    announce_standing(session, changed, now=now)


@dataclass(frozen=True, slots=True)
class _Act:
    """What somebody does, when, how, and because of what."""

    action: Action
    moderator: str
    now: datetime
    terms: Terms
    cause_id: int | None = None


def _write(
    session: Session, post: Post, act: _Act, before: undoing.State, was: dict[str, Any]
) -> Decision:
    session.refresh(post)
    decision = Decision(
        post_id=post.id or 0,
        action=act.action.value,
        moderator=act.moderator,
        before=before.posts[post.id or 0]["review"],
        after=post.review,
        was=was,
        cause_id=act.cause_id,
        key=act.terms.key,
        decided_at=act.now,
    )
    return decisions.write(session, post, decision, origin=act.terms.origin)
