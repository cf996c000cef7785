"""Finds the stories of posts that have just come or changed, in the transaction that saves them.

The caller must hold the store's write lock (`changes.take_turn`): two writers would miss each
other's new posts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, bindparam, delete, select, update
from sqlmodel import Session, col

from store.hashtags import Campaign
from store.models import Post, StoryBand, StoryReference, StoryText
from store.prepared import Prepared, insert_into
from store.stories import clusters
from store.stories.evidence import Evidence, Told, edges
from store.stories.formulas import Formulas, load
from store.stories.index import TELLERS, Known, Text
from store.stories.records import VERSION, form, hashed, said_key, told_of, url_key
from store.stories.signature import keys

BY_TEXT = (Evidence.EQUAL_TEXT, Evidence.NEAR_TEXT, Evidence.AUTHOR)
"""Evidence that goes when a text changes."""


@dataclass(frozen=True, slots=True)
class Before:
    """What an edited post was matched by before the edit."""

    text_id: int | None
    said_key: int | None


def match(
    session: Session,
    posts: Sequence[Mapping[str, Any]],
    *,
    campaign: Campaign,
    edited: Mapping[int, Before] | None = None,
    formulas: Formulas | None = None,
) -> set[int]:
    """Find which posts tell the story of which; return the ids of all whose standing changed.

    Args:
        session: in a write transaction; the caller commits.
        posts: the columns `records.NEEDED` of saved posts, oldest first.
        campaign: whose tags say nothing.
        edited: for those that were matched before, by what.
        formulas: what many people say; None takes the list that comes with us.
    """
    known = formulas or load()
    told = [told_of(post, form(post, campaign)) for post in posts]
    evident = [post for post in told if known.is_evidence(post.form)]
    connection = session.connection()
    texts = _texts(connection, evident)
    before = edited or {}
    same = {
        post.id
        for post in told
        if post.id in before and before[post.id] == _matched_by(post, texts)
    }
    changed = clusters.part(session, [one for one in before if one not in same], BY_TEXT)
    _write(connection, told, texts)
    _drop_unused(connection, [one.text_id for one in before.values()])
    index = Known(connection, told, texts, campaign)
    _enter_references(connection, told, index)
    found = []
    for post in told:
        if post.id not in same:
            found += [(post.id, edge) for edge in edges(post, index, formulas=known)]
        index.add(post)
    _enter_bands(connection, texts, index.crowded)
    return changed | clusters.join(session, found)


def _matched_by(post: Told, texts: Mapping[str, Text]) -> Before:
    text = texts.get(post.form.text)
    return Before(text.id if text else None, said_key(post))


def _texts(connection: Connection, posts: Sequence[Told]) -> dict[str, Text]:
    """Return the normal forms of some posts, each with its number, new ones entered."""
    forms = {post.form.text: post.form for post in posts}
    if not forms:
        return {}
    # With the version: a text that was signed by other rules is another one.
    named = {hashed(f"{VERSION}\0{text}"): text for text in forms}
    known = _ids(connection, named)
    new = [key for key in named if key not in known]
    if new:
        _add_texts(connection.dialect)(
            connection,
            [
                {
                    "hash": key,
                    "text": named[key],
                    "tags": sorted(forms[named[key]].tags),
                    "counter": forms[named[key]].counter,
                    "place": forms[named[key]].place,
                    "cut": forms[named[key]].cut,
                }
                for key in new
            ],
        )
    ids = {**known, **_ids(connection, new)}
    signed = dict(zip(new, keys([named[key] for key in new]).tolist(), strict=True)) if new else {}
    return {
        text: Text(ids[key], is_new=key in signed, keys=signed.get(key, ()))
        for key, text in named.items()
    }


def _ids(connection: Connection, hashes: Any) -> dict[int, int]:
    query = select(col(StoryText.hash), col(StoryText.id)).where(col(StoryText.hash).in_(hashes))
    return {key: number or 0 for key, number in connection.execute(query)}


@lru_cache(maxsize=8)
def _add_texts(dialect: Dialect) -> Prepared:
    statement = insert_into(dialect, StoryText).on_conflict_do_nothing()
    return Prepared(statement, dialect, ["hash", "text", "tags", "counter", "place", "cut"])


@lru_cache(maxsize=8)
def _add_bands(dialect: Dialect) -> Prepared:
    statement = insert_into(dialect, StoryBand).on_conflict_do_nothing()
    return Prepared(statement, dialect, ["key", "text_id"])


_KEYS = ("text_id", "said_key", "url_key", "story_version")


@lru_cache(maxsize=8)
def _note(dialect: Dialect) -> Prepared:
    values: dict[str, Any] = {name: bindparam(name) for name in _KEYS}
    statement = update(Post).where(col(Post.id) == bindparam("post_id")).values(values)
    return Prepared(statement, dialect, _KEYS)


def _write(connection: Connection, posts: Sequence[Told], texts: Mapping[str, Text]) -> None:
    """Write down by what posts can be found."""
    rows = []
    for post in posts:
        text = texts.get(post.form.text)
        rows.append(
            {
                "post_id": post.id,
                "text_id": text.id if text else None,
                # A text that is evidence needs no hand beside it.
                "said_key": None if text else said_key(post),
                "url_key": url_key(post),
                "story_version": VERSION,
            }
        )
    _note(connection.dialect)(connection, rows)


def _enter_references(connection: Connection, posts: Sequence[Told], index: Known) -> None:
    """Enter what posts repeat; of a crowd that repeats one post a few are enough."""
    names = {name for post in posts for name in post.references}
    entered = Counter({name: len(index.repeating(name)) for name in names})
    rows = []
    for post in posts:
        for name in post.references:
            if entered[name] < TELLERS:
                entered[name] += 1
                rows.append({"name": hashed(name), "post_id": post.id})
    if rows:
        statement = insert_into(connection.dialect, StoryReference).on_conflict_do_nothing()
        connection.execute(statement, rows)


def _drop_unused(connection: Connection, text_ids: Sequence[int | None]) -> None:
    """Delete those of some normal forms that no post has any more."""
    ids = [text_id for text_id in text_ids if text_id is not None]
    if ids:
        used = select(col(Post.id)).where(col(Post.text_id) == col(StoryText.id)).exists()
        connection.execute(delete(StoryText).where(col(StoryText.id).in_(ids), ~used))


def _enter_bands(connection: Connection, texts: Mapping[str, Text], crowded: set[int]) -> None:
    rows = [
        {"key": key, "text_id": text.id}
        for text in texts.values()
        if text.is_new
        for key in set(text.keys) - crowded
    ]
    _add_bands(connection.dialect)(connection, rows)


def forget(session: Session, post_ids: Sequence[int]) -> None:
    """Part posts from their normal forms, and delete those forms that no post has any more."""
    connection = session.connection()
    query = select(col(Post.text_id)).where(
        col(Post.id).in_(post_ids), col(Post.text_id).is_not(None)
    )
    ids = [text_id for (text_id,) in connection.execute(query.distinct())]
    if not ids:
        return
    connection.execute(update(Post).where(col(Post.id).in_(post_ids)).values(text_id=None))
    _drop_unused(connection, ids)
