"""The statements of `ingest`, built once: building them anew would cost more than running them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    and_,
    bindparam,
    case,
    delete,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlmodel import col

from store import rows
from store.models import Media, Picture, PictureState, Post, RawPayload, Revision, Tombstone
from store.prepared import Prepared, among, insert_into

Key = tuple[str, str]


class Kept(NamedTuple):
    """What ingest must know of a post that is already there."""

    id: int
    native_id: str
    digest: int
    first_seen_at: datetime
    review: str
    revision: int
    availability: str
    story_id: int | None
    is_copy: bool
    text_id: int | None
    said_key: int | None
    url_key: int | None
    story_version: int


_NAMED = (
    col(Post.platform) == bindparam("platform"),
    among(col(Post.native_id), "native_ids"),
)
_KEPT = select(*(col(getattr(Post, name)) for name in Kept._fields)).where(*_NAMED)
_KEPT_IDS = select(*(col(getattr(Post, name)) for name in Kept._fields)).where(
    among(col(Post.id), "ids")
)
_IDS = select(col(Post.native_id), col(Post.id)).where(*_NAMED)
_BURIED = select(col(Tombstone.key)).where(
    col(Tombstone.key).in_(bindparam("keys", expanding=True))
)
_DROP_MEDIA = delete(Media).where(among(col(Media.post_id), "post_ids"))
_LANGUAGE = (
    "language", "language_probability", "language_by", "languages", "language_model",
)  # fmt: skip
_DECIDED = ("show_at", "topics", "is_chosen")
"""What the team has said of a post, which no harvest changes."""
_CORRECTED: ColumnElement[bool] = literal_column("post.language_by = 'moderator'")
_SEEN = ("fetched_at", "recheck_at", *rows.METRICS)
_PICTURE = ("key", "platform", "role", "url", "state", "due_at", "tries", "widths")
_OLD_TEXTS = select(
    col(Post.id), col(Post.version), col(Post.title), col(Post.text), col(Post.edited_at)
).where(among(col(Post.id), "ids"))


def kept(connection: Connection, keys: Iterable[Key]) -> dict[Key, Kept]:
    """Return those of some posts, named by platform and native id, that are there."""
    return {
        (platform, row[1]): Kept(*row)
        for platform, native_ids in _by_platform(keys).items()
        for row in connection.execute(_KEPT, {"platform": platform, "native_ids": native_ids})
    }


def ids(connection: Connection, keys: Iterable[Key]) -> dict[Key, int]:
    """Return the ids of some posts."""
    return {
        (platform, row[0]): row[1] or 0
        for platform, native_ids in _by_platform(keys).items()
        for row in connection.execute(_IDS, {"platform": platform, "native_ids": native_ids})
    }


def buried(connection: Connection, keys: Iterable[Key]) -> set[Key]:
    """Return those of some posts that must not come back."""
    hashed = {rows.tombstone_key(*key): key for key in keys}
    found = connection.execute(_BURIED, {"keys": list(hashed)})
    return {hashed[bytes(row[0])] for row in found}


def by_id(connection: Connection, post_ids: Iterable[int]) -> list[Kept]:
    """Return what must be known of some posts."""
    asked = list(post_ids)
    found = connection.execute(_KEPT_IDS, {"ids": asked}) if asked else ()
    return [Kept(*row) for row in found]


def touch(connection: Connection, seen: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Write when some posts (id and row) were seen last, and their counts."""
    batch = [{"post_id": key, **{name: row[name] for name in _SEEN}} for key, row in seen]
    _touch(connection.dialect)(connection, batch)


def upsert(connection: Connection, batch: Sequence[Mapping[str, Any]]) -> None:
    """Add posts, or replace all of them but their ids."""
    _upsert(connection.dialect)(connection, batch)


def keep_old_texts(
    connection: Connection, edited: Mapping[int, Mapping[str, Any]], *, now: datetime
) -> set[int]:
    """Write down, before they are replaced, the texts and titles that an edit changes.

    Returns the ids of posts that say something else now, or that their platform calls edited.
    """
    reworded: set[int] = set()
    revisions = []
    for row in connection.execute(_OLD_TEXTS, {"ids": list(edited)}) if edited else ():
        new = edited[row.id]
        if (row.title, row.text) != (new["title"], new["text"]):
            revisions.append(
                {
                    "post_id": row.id,
                    "version": row.version,
                    "title": row.title,
                    "text": row.text,
                    "replaced_at": new["edited_at"] or now,
                }
            )
        elif row.edited_at == new["edited_at"]:
            continue
        reworded.add(row.id)
    if revisions:
        connection.execute(insert(Revision), revisions)
    return reworded


def add_media(connection: Connection, batch: Sequence[Mapping[str, Any]]) -> None:
    """Add attachments."""
    _add_media(connection.dialect)(connection, batch)


def add_pictures(connection: Connection, batch: Sequence[Mapping[str, Any]]) -> None:
    """Make sure that pictures are known, with their newest addresses.

    A new address gives one that failed another chance; a new post wakes one that nothing needed.
    """
    _add_pictures(connection.dialect)(connection, batch)


def drop_media(connection: Connection, post_ids: Iterable[int]) -> None:
    """Delete the attachments of some posts."""
    connection.execute(_DROP_MEDIA, {"post_ids": list(post_ids)})


def keep_raw(connection: Connection, batch: Sequence[Mapping[str, Any]]) -> None:
    """Keep what the platform sent, in place of what it had sent before."""
    _keep_raw(connection.dialect)(connection, batch)


def _by_platform(keys: Iterable[Key]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for platform, native_id in keys:
        groups.setdefault(platform, []).append(native_id)
    return groups


@lru_cache(maxsize=8)
def _touch(dialect: Dialect) -> Prepared:
    values: dict[str, Any] = {name: bindparam(name) for name in _SEEN}
    statement = update(Post).where(col(Post.id) == bindparam("post_id")).values(values)
    return Prepared(statement, dialect, _SEEN)


@lru_cache(maxsize=8)
def _upsert(dialect: Dialect) -> Prepared:
    statement = insert_into(dialect, Post)
    kept_as_is = (*rows.KEY, *_DECIDED)
    changed = {name: statement.excluded[name] for name in rows.COLUMNS if name not in kept_as_is}
    for name in _LANGUAGE:
        # A person's word on a language stays through every new harvest.
        kept = col(getattr(Post, name))
        changed[name] = case((_CORRECTED, kept), else_=changed[name])
    statement = statement.on_conflict_do_update(index_elements=rows.KEY, set_=changed)
    return Prepared(statement, dialect, rows.COLUMNS)


@lru_cache(maxsize=8)
def _add_media(dialect: Dialect) -> Prepared:
    columns = [name for name in Media.model_fields if name != "id"]
    return Prepared(insert(Media), dialect, columns)


@lru_cache(maxsize=8)
def _add_pictures(dialect: Dialect) -> Prepared:
    statement = insert_into(dialect, Picture)
    moved = col(Picture.url) != statement.excluded.url
    # Written out: values of the statement itself would have to be in every row.
    idle, broken, waiting = (
        col(Picture.state) == literal_column(f"'{state}'")
        for state in (PictureState.IDLE, PictureState.BROKEN, PictureState.WAITING)
    )
    failed = or_(broken, waiting)
    revived = or_(idle, and_(failed, moved))
    statement = statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "url": statement.excluded.url,
            **{
                name: case((revived, statement.excluded[name]), else_=col(getattr(Picture, name)))
                for name in ("state", "due_at", "tries")
            },
        },
        where=or_(moved, idle),
    )
    return Prepared(statement, dialect, _PICTURE)


@lru_cache(maxsize=8)
def _keep_raw(dialect: Dialect) -> Prepared:
    statement = insert_into(dialect, RawPayload)
    changed = {name: statement.excluded[name] for name in ("body", "fetched_at")}
    statement = statement.on_conflict_do_update(index_elements=["post_id"], set_=changed)
    return Prepared(statement, dialect, list(RawPayload.model_fields))
