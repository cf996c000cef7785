"""The head of the wall: one post that is featured, then the pinned ones in the editors' order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlmodel import Session, col, select

from store.errors import IllegalActionError
from store.models import Availability, Lead, Post, Review

MOST_PINNED = 5
"""More would be a wall of their own, and new posts would never be seen."""


class FullError(IllegalActionError):
    """As many posts are pinned as may be."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How a post stands at the head of the wall; neither pinned nor featured: as any other."""

    place: float | None = None
    featured: bool = False


def every(session: Session) -> Sequence[Lead]:
    """Return all that stand at the head, in their order; some may not be on the wall now."""
    return session.exec(select(Lead).order_by(col(Lead.featured).desc(), col(Lead.place))).all()


def pinned(session: Session) -> list[Lead]:
    """Return the pinned ones in their order, whether they are on the wall now or not."""
    query = select(Lead).where(col(Lead.place).is_not(None)).order_by(col(Lead.place))
    return list(session.exec(query))


def of(session: Session, post_id: int) -> Stand:
    """Return how a post stands."""
    found = session.get(Lead, post_id)
    return Stand() if found is None else Stand(found.place, found.featured)


def put(session: Session, post_id: int, stand: Stand) -> None:
    """Let a post stand so.

    Raises:
        FullError: as many are pinned as may be.
    """
    found = session.get(Lead, post_id)
    is_new = stand.place is not None and (found is None or found.place is None)
    if is_new and len(pinned(session)) >= MOST_PINNED:
        raise FullError(f"{MOST_PINNED} posts are pinned; take one of them away first")
    if stand == Stand():
        if found is not None:
            session.delete(found)
    else:
        lead = found or Lead(post_id=post_id)
        lead.place, lead.featured = stand.place, stand.featured
        session.add(lead)
    session.flush()


def place(session: Session, post_id: int, position: int) -> float:
    """Return a place for a post between the others that are pinned.

    Only its own place changes, so that each post's decisions tell where it stands, whatever
    became of the others.

    Args:
        session: in a write transaction.
        post_id: whose place is wanted.
        position: how many others stand before it.

    Raises:
        IllegalActionError: there is no number left between two of them.
    """
    places = [lead.place or 0.0 for lead in pinned(session) if lead.post_id != post_id]
    if not places:
        return 0.0
    bounds = [places[0] - 2, *places, places[-1] + 2]
    before, after = list(pairwise(bounds))[min(position, len(places))]
    between = (before + after) / 2
    if not before < between < after:
        # After some fifty moves between the same two.
        raise IllegalActionError("no room between these two; unpin the post and pin it anew")
    return between


def check(post: Post) -> None:
    """Let a post pass that is on the wall, or will be.

    Raises:
        IllegalActionError: it is not.
    """
    is_shown = post.review in (Review.APPROVED, Review.SCHEDULED)
    if not is_shown or post.availability != Availability.LIVE or post.is_copy:
        raise IllegalActionError(f"post {post.id} is not on the wall")


def rival(session: Session, post_id: int) -> Post | None:
    """Return the post, other than this one, that is featured."""
    query = select(Post).join(Lead, col(Lead.post_id) == col(Post.id))
    return session.exec(query.where(col(Lead.featured), Lead.post_id != post_id)).first()
