"""Which pictures posts show, which of them we copy, and which copies the public sees.

The bytes are kept by `store.files`; how a worker goes about copying is in `store.copying`. Whoever
changes a post's review or deletes it calls `wake`, so that its pictures are looked at again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import ColumnElement, bindparam, func, or_, text, update
from sqlmodel import Session, col, select

from store.models import Media, Picture, PictureState, Post, Review
from store.models.posts import ON_WALL, OPEN
from store.prepared import among


@dataclass(frozen=True, slots=True)
class Policy:
    """What a platform's terms allow with its pictures (docs/decisions/0013)."""

    copies: bool = True
    days: int | None = None
    """A copy is fetched anew, or goes, after this many days; None: it stays as long as its post."""
    signed: bool = False
    """Its addresses carry signatures that expire: the same picture has another one tomorrow."""


POLICIES: Mapping[str, Policy] = {
    "x": Policy(copies=False),
    "youtube": Policy(days=25),
    "reddit": Policy(signed=True),
    # No terms that we know of allow copies of what oEmbed names, and its addresses expire.
    "tiktok": Policy(copies=False),
    "facebook": Policy(copies=False),
    "instagram": Policy(copies=False),
}
"""Where nothing is said, copies are kept as long as the post."""

_DEFAULT = Policy()


def policy(platform: str) -> Policy:
    """Return what may be done with a platform's pictures."""
    return POLICIES.get(platform, _DEFAULT)


def key(platform: str, role: str, url: str | None) -> int | None:
    """Return the name of a picture; None where there is none, or none may be copied.

    Signatures are no part of it: a fresh one leads to the same picture.
    """
    terms = policy(platform)
    if url is None or not terms.copies:
        return None
    if terms.signed:
        url = urlunsplit(urlsplit(url)._replace(query="", fragment=""))
    whole = f"{platform}\0{role}\0{url}".encode("utf-8", "replace")
    return int.from_bytes(blake2b(whole, digest_size=8).digest(), "big", signed=True)


def shown(kind: str, url: str, preview_url: str | None) -> str | None:
    """Return the address of the picture that stands for an attachment; None for mere sound."""
    return url if kind == "image" else preview_url


def of_rows(
    posts: Iterable[Mapping[str, Any]], media: Iterable[Mapping[str, Any]], *, now: datetime
) -> list[dict[str, Any]]:
    """Return the columns of `Picture` for what some posts show, each once.

    Args:
        posts: `id`, `platform`, `author_avatar_url` and `avatar_key` of each.
        media: the columns of their `Media`.
        now: when they are to be copied.
    """
    platforms = {}
    found = {}
    for post in posts:
        platforms[post["id"]] = post["platform"]
        if post["avatar_key"] is not None:
            found[post["avatar_key"]] = (post["platform"], "avatar", post["author_avatar_url"])
    for one in media:
        if one["picture_key"] is not None:
            url = shown(one["kind"], one["url"], one["preview_url"])
            found[one["picture_key"]] = (platforms[one["post_id"]], "attachment", url)
    # One order for all writers: two that lock the same rows the other way round wait forever.
    return [
        {
            "key": key,
            **dict(zip(("platform", "role", "url"), found[key], strict=True)),
            "state": PictureState.WAITING.value,
            "due_at": now,
            "tries": 0,
            "widths": [],
        }
        for key in sorted(found)
    ]


def wake(session: Session, post_ids: Sequence[int], *, now: datetime) -> None:
    """Let the pictures of some posts be looked at soon: they may be needed now, or no longer.

    Those that have failed keep their turn: to ask sooner would only use up their tries.
    """
    session.connection().execute(_WAKE, {"post_ids": list(post_ids), "soon": now})


_WAKE = (
    update(Picture)
    .where(
        or_(
            col(Picture.key).in_(
                select(col(Media.picture_key)).where(among(col(Media.post_id), "post_ids"))
            ),
            col(Picture.key).in_(
                select(col(Post.avatar_key)).where(among(col(Post.id), "post_ids"))
            ),
        ),
        or_(col(Picture.state) != PictureState.WAITING, col(Picture.tries) == 0),
    )
    .values(due_at=bindparam("soon"))
)


def is_linked() -> ColumnElement[bool]:
    """Return the condition that any post shows a picture."""
    return _shown_by()


def is_needed() -> ColumnElement[bool]:
    """Return the condition that a post shows a picture which the public sees, or may yet."""
    return _shown_by(col(Post.review).in_([Review.APPROVED, *OPEN]))


def is_public() -> ColumnElement[bool]:
    """Return the condition that the public sees a post with a picture."""
    return _shown_by(text(ON_WALL))


def _shown_by(*conditions: ColumnElement[bool] | Any) -> ColumnElement[bool]:
    inside = (
        select(Media.id)
        .join(Post, col(Post.id) == col(Media.post_id))
        .where(col(Media.picture_key) == col(Picture.key), *conditions)
        .correlate(Picture)
    )
    beside = (
        select(Post.id)
        .where(col(Post.avatar_key) == col(Picture.key), *conditions)
        .correlate(Picture)
    )
    return or_(inside.exists(), beside.exists())


def find(session: Session, picture_id: int) -> Picture | None:
    """Return a picture that the public sees, if its copies are there."""
    return session.exec(
        select(Picture).where(
            Picture.id == picture_id, Picture.state == PictureState.KEPT, is_public()
        )
    ).first()


def attached(session: Session, post_ids: Iterable[int]) -> dict[int, list[Media]]:
    """Return the attachments of some posts, in order; those without any are left out."""
    found: dict[int, list[Media]] = {}
    for one in session.exec(_ATTACHED, params={"ids": list(post_ids)}):
        found.setdefault(one.post_id, []).append(one)
    return found


# Built once: to build a query anew costs more than to run it.
_ATTACHED = select(Media).where(among(col(Media.post_id), "ids")).order_by(col(Media.position))


def by_key(session: Session, keys: Iterable[int | None]) -> dict[int, Picture]:
    """Return those of some pictures whose copies are there."""
    asked = {one for one in keys if one is not None}
    if not asked:
        return {}
    return {one.key: one for one in session.exec(_KEPT, params={"keys": list(asked)})}


_KEPT = select(Picture).where(among(col(Picture.key), "keys"), Picture.state == PictureState.KEPT)


def undescribed(session: Session, post_ids: Sequence[int]) -> dict[int, int]:
    """Return how many pictures of some posts have no description, for posts with any such."""
    count = func.count()
    query = (
        select(Media.post_id, count)
        .where(
            col(Media.post_id).in_(post_ids),
            Media.kind == "image",
            func.coalesce(Media.alt, "") == "",
        )
        .group_by(col(Media.post_id))
    )
    return {post_id: int(number) for post_id, number in session.exec(query)}


Descriptions = dict[tuple[int, int | None, int], str]
"""What people have written of pictures, by post, picture and place."""

MODERATOR = "moderator"
"""In `Media.alt_by`: the author has not described it."""


def described(session: Session, post_ids: Sequence[int]) -> Descriptions:
    """Return what the team has written of some posts' pictures."""
    query = select(Media).where(col(Media.post_id).in_(post_ids), Media.alt_by == MODERATOR)
    return {
        (one.post_id, one.picture_key, one.position): one.alt or "" for one in session.exec(query)
    }


def describe_again(attached: Iterable[dict[str, Any]], known: Descriptions) -> None:
    """Keep the team's descriptions of pictures that an edit has left where they were."""
    for row in attached:
        alt = known.get((row["post_id"], row["picture_key"], row["position"]))
        if alt and not row["alt"]:
            row["alt"], row["alt_by"] = alt, MODERATOR


def idle(session: Session, keys: Sequence[int]) -> set[int]:
    """Return the keys of those of some pictures that nothing needs, or that had no room."""
    query = select(Picture.key).where(
        col(Picture.key).in_(keys), Picture.state == PictureState.IDLE
    )
    return set(session.exec(query))
