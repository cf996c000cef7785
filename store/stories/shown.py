"""Who shows which pictures, and which pictures may be the same: what the store knows of them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Dialect, and_, bindparam, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from store import looks
from store.models import Media, Picture, PictureBand, Post
from store.prepared import among, insert_into, join_few
from store.stories.likeness import Shown

CROWD = 64
"""Pictures of one band key; further ones are not entered under it, since it tells nothing."""
CANDIDATES = 40
"""Pictures that are compared with one, by shared keys."""
SHOWING = 50
"""Posts that show one picture and are looked at."""

_ATTACHED = ("image", "video")
_POST: list[Any] = [
    col(getattr(Post, name))
    for name in ("id", "platform", "author_id", "url", "title", "text", "text_id")
]
_LOOK: list[Any] = [
    col(getattr(Picture, name)) for name in ("digest", "looks", "flatness", "detail", "hardness")
]

_other = aliased(Media)
_first = (
    select(col(_other.id))
    .where(col(_other.picture_key) == col(Picture.key), col(_other.kind).in_(_ATTACHED))
    .order_by(col(_other.post_id))
    .limit(SHOWING)
    .correlate(Picture)
)
_OF_POSTS = (
    select(col(Media.post_id), col(Media.kind), col(Media.duration), col(Picture.id), *_LOOK)
    .outerjoin(
        Picture,
        and_(col(Picture.key) == col(Media.picture_key), col(Picture.digest).is_not(None)),
    )
    .where(among(col(Media.post_id), "ids"), col(Media.kind).in_(_ATTACHED))
    .order_by(col(Media.post_id), col(Media.position))
)
_POSTS = select(*_POST).where(among(col(Post.id), "ids")).order_by(col(Post.id))
_LOOKS = select(col(Picture.id), *_LOOK).where(among(col(Picture.id), "ids"))
_EQUAL = (
    select(col(Picture.id))
    .where(col(Picture.digest) == bindparam("digest"), col(Picture.role) == "attachment")
    .order_by(col(Picture.id))
    .limit(CANDIDATES)
)
_HOLDERS = select(col(PictureBand.key), col(PictureBand.picture_id)).where(
    among(col(PictureBand.key), "keys")
)


@dataclass(slots=True)
class Teller:
    """A post, by what pictures can tie it to others."""

    id: int
    platform: str
    author: str
    site: str
    text: str
    """As written."""
    text_id: int | None
    """Its normal form; None where its words prove nothing."""
    shown: list[Shown] = field(default_factory=list)
    picture_ids: set[int] = field(default_factory=set)


def tellers(connection: Connection, post_ids: Collection[int]) -> list[Teller]:
    """Return some posts with what they show; those that show nothing are left out."""
    shown: dict[int, list[Any]] = defaultdict(list)
    for post_id, *facts in connection.execute(_OF_POSTS, {"ids": list(post_ids)}):
        shown[post_id].append(facts)
    found = []
    for row in connection.execute(_POSTS, {"ids": list(shown)}).mappings():
        post = Teller(
            row["id"], row["platform"], row["author_id"], urlsplit(row["url"]).netloc,
            row["text"] or row["title"] or "", row["text_id"],
        )  # fmt: skip
        for kind, duration, picture_id, *look in shown[post.id]:
            post.shown.append(Shown(kind, duration, *look))
            if picture_id is not None:
                post.picture_ids.add(picture_id)
        found.append(post)
    return found


def near(connection: Connection, picture_ids: Collection[int]) -> dict[int, set[int]]:
    """Return for each picture those that may be the same, itself among them."""
    rows: Any = connection.execute(_LOOKS, {"ids": list(picture_ids)}).all()
    found: dict[int, set[int]] = {}
    for number, *look in rows:
        picture = Shown("image", None, *look)
        equal: Any = connection.execute(_EQUAL, {"digest": picture.digest}).scalars()
        found[number] = {number, *equal}
        if picture.looks is not None and not picture.is_empty:
            found[number] |= _sharing(connection, number, picture.looks)
    return found


def _sharing(connection: Connection, picture_id: int, look: bytes) -> set[int]:
    """Return the pictures that share most keys with one, which is entered with its own."""
    entered, asked = looks.bands(look)
    holders: dict[int, set[int]] = defaultdict(set)
    known: Any = connection.execute(_HOLDERS, {"keys": [*{*entered, *asked}]})
    for key, holder in known:
        holders[key].add(holder)
    new = [{"key": key, "picture_id": picture_id} for key in entered if len(holders[key]) < CROWD]
    if new:
        statement = insert_into(connection.dialect, PictureBand).on_conflict_do_nothing()
        connection.execute(statement, new)
    shared = Counter(holder for key in asked for holder in holders[key])
    shared.pop(picture_id, None)
    return {holder for holder, _ in shared.most_common(CANDIDATES)}


def showing(connection: Connection, picture_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return for each picture the first posts that show it."""
    found: dict[int, list[int]] = {picture_id: [] for picture_id in picture_ids}
    rows: Any = connection.execute(_shown(connection.dialect), {"ids": list(found)})
    for picture_id, post_id in rows:
        found[picture_id].append(post_id)
    return found


@lru_cache(maxsize=8)
def _shown(dialect: Dialect) -> Any:
    query = join_few(
        select(col(Picture.id), col(Media.post_id)).select_from(Picture), Media, _first, dialect
    )
    return query.where(among(col(Picture.id), "ids")).distinct().order_by(col(Media.post_id))
