"""All stories of several posts, those that began last first."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from store.models import Action, Decision, Post, StoryApart, StoryEdge
from store.stories.clusters import LARGE
from store.stories.ties import Evidence


class Only(StrEnum):
    """Which stories are listed."""

    LOOKS = "looks"
    """Pictures tie some of their posts."""
    LARGE = "large"
    """So many posts that texts alone merge them with no other such story."""
    PERSON = "person"
    """A person has joined posts, taken one out or chosen one."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One story in the list of all."""

    id: int
    """`Post.story_id`: stories are listed by it, the largest first."""
    head: Post
    posts: int
    platforms: Sequence[str]
    """Those with the most of its posts first."""
    evidence: Mapping[str, int]
    """How many ties there are of each `Evidence`."""


def page(
    session: Session, *, only: Only | None = None, before: int | None = None, limit: int
) -> list[Summary]:
    """Return stories, those that began last first.

    Args:
        session: reads the store.
        only: which; None: all.
        before: a story's number to go on behind; None begins with the newest.
        limit: stories at most.
    """
    story, number = col(Post.story_id), func.count()
    query = select(story, number).where(story.is_not(None)).group_by(story)
    if before is not None:
        query = query.where(story < before)
    if only is Only.LARGE:
        query = query.having(number >= LARGE)
    elif only is not None:
        query = query.where(_LOOKS if only is Only.LOOKS else _PERSON)
    counted: Any = session.exec(query.order_by(story.desc()).limit(limit)).all()
    return _told(session, dict(counted))


_TIED = (
    select(Post.story_id)
    .join(StoryEdge, col(StoryEdge.post_id) == col(Post.id))
    .where(StoryEdge.kind == Evidence.PICTURE)
)
_LOOKS = col(Post.story_id).in_(_TIED)
_DECIDED = (
    select(Post.story_id)
    .join(Decision, col(Decision.post_id) == col(Post.id))
    .where(col(Decision.action).in_((Action.JOIN, Action.SPLIT, Action.KEEP)))
)
_PARTED = select(Post.story_id).join(
    StoryApart,
    or_(col(StoryApart.one_id) == col(Post.id), col(StoryApart.other_id) == col(Post.id)),
)
_PERSON = or_(col(Post.story_id).in_(_DECIDED), col(Post.story_id).in_(_PARTED))


def _told(session: Session, counted: Mapping[int, int]) -> list[Summary]:
    inside = col(Post.story_id).in_(list(counted))
    heads = {
        post.story_id: post for post in session.exec(select(Post).where(inside, ~col(Post.is_copy)))
    }
    platforms: dict[int | None, Counter[str]] = defaultdict(Counter)
    by_platform = select(Post.story_id, Post.platform, func.count()).where(inside)
    for story, platform, number in session.exec(
        by_platform.group_by(col(Post.story_id), col(Post.platform)).order_by(col(Post.platform))
    ):
        platforms[story][platform] += number
    ties: dict[int | None, Counter[str]] = defaultdict(Counter)
    by_kind = select(Post.story_id, StoryEdge.kind, func.count()).join(
        StoryEdge, col(StoryEdge.post_id) == col(Post.id)
    )
    for story, kind, number in session.exec(
        by_kind.where(inside).group_by(col(Post.story_id), col(StoryEdge.kind))
    ):
        ties[story][kind] += number
    return [
        Summary(
            story,
            heads[story],
            number,
            [name for name, _ in platforms[story].most_common()],
            ties[story],
        )
        for story, number in counted.items()
        if story in heads
    ]
