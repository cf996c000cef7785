"""Finds the stories of posts by the pictures that they show, whenever there is news of a picture.

The caller must hold the store's write lock (`changes.take_turn`), as in `store.stories.matching`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update
from sqlmodel import Session, col

from store.models import (
    Decision,
    Media,
    Picture,
    PictureBand,
    PictureState,
    StoryEdge,
    StoryPicture,
    StoryText,
)
from store.normal import words
from store.prepared import among, insert_into
from store.stories import clusters, shown
from store.stories.forms import Form
from store.stories.likeness import Lack, Likeness, compare_all
from store.stories.shown import Teller
from store.stories.ties import Edge, Evidence, Verdict
from store.stories.verify import compare as compare_texts
from store.visibility import announce_standing

RELATED = 20
"""Posts of which it is noted that they show what one shows, and are another story."""
LATE = 500
"""Posts that are matched when the picture comes that they have waited for."""

_FORM = ("text", "tags", "counter", "place", "cut")
# Built once: to build a query anew costs more than to run it.
_UNRELATE = delete(StoryPicture).where(
    or_(among(col(StoryPicture.post_id), "ids"), among(col(StoryPicture.other_id), "ids"))
)
_TIED = select(col(StoryEdge.post_id), col(StoryEdge.other_id)).where(
    col(StoryEdge.kind) == Evidence.PICTURE,
    or_(among(col(StoryEdge.post_id), "ids"), among(col(StoryEdge.other_id), "ids")),
)


def follow(session: Session, picture: Picture, *, now: datetime) -> None:
    """Find anew the stories of the posts that show a picture: its copies were made, or are lost."""
    if picture.role != "attachment":
        return
    session.flush()
    connection = session.connection()
    connection.execute(delete(PictureBand).where(col(PictureBand.picture_id) == picture.id))
    query = select(col(Media.post_id)).where(col(Media.picture_key) == picture.key).distinct()
    showing = connection.execute(query.order_by(col(Media.post_id)).limit(LATE)).scalars()
    announce_standing(session, match(session, list(showing)), now=now)


def match(session: Session, post_ids: Sequence[int]) -> set[int]:
    """Find anew which posts show what some posts show; return all whose standing changed."""
    if not post_ids:
        return set()
    connection = session.connection()
    changed = _part(session, post_ids)
    found: list[tuple[int, Edge]] = []
    related: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for post, other, likeness in _alike(connection, post_ids):
        if lack := _lack(connection, post, other, likeness):
            related[post.id].append(_relation(post, other, likeness, lack))
        else:
            verdict = Verdict(True, likeness.score, likeness.why)
            found.append((post.id, Edge(other.id, Evidence.PICTURE, verdict)))
    if related:
        rows = [row for some in related.values() for row in some[:RELATED]]
        connection.execute(insert_into(connection.dialect, StoryPicture), rows)
    if found:
        changed |= clusters.join(session, found, new=_undecided(connection, post_ids))
    return changed


def _alike(
    connection: Connection, post_ids: Sequence[int]
) -> Iterator[tuple[Teller, Teller, Likeness]]:
    """Yield some posts with others that show the same, each pair once."""
    posts = [post for post in shown.tellers(connection, post_ids) if post.picture_ids]
    if not posts:
        return
    near = shown.near(connection, {one for post in posts for one in post.picture_ids})
    showing = shown.showing(connection, {one for some in near.values() for one in some})
    wanted = {other for some in showing.values() for other in some}
    others = {post.id: post for post in shown.tellers(connection, sorted(wanted))}
    done: set[frozenset[int]] = set()
    for post in posts:
        asked = {other for one in post.picture_ids for like in near[one] for other in showing[like]}
        for other_id in sorted(asked - {post.id}):
            pair = frozenset({post.id, other_id})
            if pair not in done and (likeness := compare_all(post.shown, others[other_id].shown)):
                yield post, others[other_id], likeness
            done.add(pair)


def _undecided(connection: Connection, post_ids: Sequence[int]) -> set[int]:
    """Return those of some posts about which no person has decided.

    They do not bring a rejected story back, however late it is known that it is theirs.
    """
    query = select(col(Decision.post_id)).where(
        col(Decision.post_id).in_(post_ids), ~col(Decision.moderator).startswith("source:")
    )
    return set(post_ids) - set(connection.execute(query).scalars())


def forget(session: Session, post_id: int) -> None:
    """Delete the looks of the pictures that only this post shows, which is about to go.

    Their files and rows go at the worker's next turn. Should another post show one until then, it
    is fetched anew.
    """
    beside = (
        select(col(Media.id))
        .where(col(Media.picture_key) == col(Picture.key), col(Media.post_id) != post_id)
        .correlate(Picture)
    )
    alone = (
        select(col(Picture.id))
        .join(Media, col(Media.picture_key) == col(Picture.key))
        .where(col(Media.post_id) == post_id, col(Picture.looks).is_not(None), ~beside.exists())
    )
    connection = session.connection()
    ids = list(connection.execute(alone).scalars())
    if ids:
        connection.execute(delete(PictureBand).where(col(PictureBand.picture_id).in_(ids)))
        connection.execute(
            update(Picture)
            .where(col(Picture.id).in_(ids))
            .values(
                looks=None,
                flatness=None,
                detail=None,
                hardness=None,
                tries=0,
                state=PictureState.WAITING,
            )
        )


def _part(session: Session, post_ids: Sequence[int]) -> set[int]:
    """Take back what pictures have told of some posts; return all whose standing changed."""
    connection = session.connection()
    asked = {"ids": list(post_ids)}
    connection.execute(_UNRELATE, asked)
    tied = {one for pair in connection.execute(_TIED, asked) for one in pair} & set(post_ids)
    return clusters.part(session, sorted(tied), [Evidence.PICTURE])


def _lack(connection: Connection, one: Teller, other: Teller, likeness: Likeness) -> Lack | None:
    """Return why the same pictures are not enough to make two posts one story."""
    if not likeness.is_whole:
        return Lack.OTHERS
    if one.text_id is not None and other.text_id is not None:
        return None if _say_the_same(connection, one.text_id, other.text_id) else Lack.WORDS
    if one.text_id != other.text_id or (
        # A site puts its logo beside all that it says.
        _are_of_one_source(one, other) and words(one.text) != words(other.text)
    ):
        return Lack.WORDS
    return None if likeness.is_proof else Lack.PLAIN


def _are_of_one_source(one: Teller, other: Teller) -> bool:
    is_one = one.author == other.author or (one.platform == "feeds" and one.site == other.site)
    return one.platform == other.platform and is_one


def _say_the_same(connection: Connection, one: int, other: int) -> bool:
    if one == other:
        return True
    columns: list[Any] = [col(getattr(StoryText, name)) for name in _FORM]
    rows = connection.execute(select(*columns).where(col(StoryText.id).in_([one, other]))).all()
    first, second = (Form(text, frozenset(tags), *rest) for text, tags, *rest in rows)
    return compare_texts(first, second).same


def _relation(post: Teller, other: Teller, likeness: Likeness, lack: Lack) -> dict[str, Any]:
    return {
        "post_id": post.id,
        "other_id": other.id,
        "score": round(likeness.score, 4),
        "why": likeness.why.value,
        "lacks": lack.value,
    }
