"""One story as people look at it: its posts, and what ties them to each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from store.models import Post, Review, StoryEdge
from store.stories.permalinks import permalink_key
from store.stories.records import url_key

MOST = 100
"""Posts of a story that are shown; whoever parts one does not look at more."""


@dataclass(frozen=True, slots=True)
class Story:
    """The posts that tell one story, the one that stands for it first."""

    posts: Sequence[Post]
    ties: Sequence[StoryEdge]

    @property
    def is_settled(self) -> bool:
        """Something of it is, or will be, on the wall."""
        return any(post.review in (Review.APPROVED, Review.SCHEDULED) for post in self.posts)


def of(session: Session, post_id: int) -> Story | None:
    """Return the story of a post, alone where it has no other; None where there is no post."""
    post = session.get(Post, post_id)
    if post is None or post.story_id is None:
        return Story([post], []) if post is not None else None
    query = select(Post).where(Post.story_id == post.story_id)
    order = (col(Post.is_copy), col(Post.published_at), col(Post.id))
    posts = session.exec(query.order_by(*order).limit(MOST)).all()
    ids = [one.id for one in posts]
    between = select(StoryEdge).where(
        col(StoryEdge.post_id).in_(ids), col(StoryEdge.other_id).in_(ids)
    )
    ties = session.exec(between.order_by(col(StoryEdge.post_id), col(StoryEdge.other_id))).all()
    return Story(posts, ties)


def find(session: Session, text: str) -> int | None:
    """Return the number of the post that somebody means by a number or an address."""
    if text.isascii() and text.isdigit():
        number = int(text[:18])
        return number if session.get(Post, number) is not None else None
    page = permalink_key(text)
    if page is None:
        return None
    query = select(Post.id, Post.url).where(Post.url_key == url_key(page)).order_by(col(Post.id))
    # Two pages may have one key.
    same = (number for number, url in session.exec(query.limit(20)) if permalink_key(url) == page)
    return next(same, None)
