"""Finds the stories of posts that have just come or changed, in the transaction that saves them.

The caller must hold the store's write lock (`changes.take_turn`): two writers would miss each
other's new posts.
"""

from collections import Counter
from collections.abc import Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, bindparam, select, update
from sqlmodel import Session, col

from store.hashtags import Campaign
from store.models import Post, StoryReference
from store.prepared import Missing, Prepared
from store.stories import bands, clusters, common, texts
from store.stories.evidence import Told, edges
from store.stories.forms import Form
from store.stories.formulas import Formulas, load
from store.stories.index import TELLERS, Known
from store.stories.permalinks import permalink_key
from store.stories.records import VERSION, form, hashed, said_key, told_of, url_key
from store.stories.texts import Text
from store.stories.ties import BY_TEXT

Row = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Before:
    """What an edited post was matched by before the edit."""

    text_id: int | None
    said_key: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What some posts say, and by what they can be found."""

    posts: Sequence[tuple[Row, Form]]
    texts: Mapping[str, Text]
    """Those normal forms that are evidence."""
    formulas: Formulas
    """By which they are."""
    recount: Collection[int]
    """Formulas that these posts are some more people to say."""


def read(
    session: Session, posts: Sequence[Row], *, campaign: Campaign, formulas: Formulas | None = None
) -> Reading:
    """Read what some posts say, and fill in by what they can be found, before they are saved.

    Args:
        session: in a write transaction; the caller commits.
        posts: the columns `records.NEEDED`; the columns `FOUND_BY` are filled in.
        campaign: whose tags say nothing.
        formulas: what many people say; None takes the list that comes with us.
    """
    connection = session.connection()
    known = common.known(connection, formulas or load())
    said = [(post, form(post, campaign)) for post in posts]
    evident = texts.enter(connection, [one for _, one in said if known.formulas.is_evidence(one)])
    for post, one in said:
        text = evident.get(one.text)
        post["text_id"] = text.id if text else known.found.get(one.text)
        # A text that is evidence needs no hand beside it.
        post["said_key"] = None if text else said_key(post["author_handle"], one)
        post["url_key"] = url_key(permalink_key(post["url"]))
        post["story_version"] = VERSION
    recount = known.small & {post["text_id"] for post in posts}
    return Reading(said, evident, known.formulas, recount)


FOUND_BY = ("text_id", "said_key", "url_key", "story_version")
"""Columns of `Post` by which it is found when another tells the same."""


def match(
    session: Session,
    reading: Reading,
    *,
    campaign: Campaign,
    edited: Mapping[int, Before] | None = None,
) -> set[int]:
    """Find which posts tell the story of which; return the ids of all whose standing changed.

    Args:
        session: in a write transaction; the caller commits.
        reading: of posts that are saved now.
        campaign: whose tags say nothing.
        edited: for those that were matched before, by what.
    """
    oldest_first = sorted(reading.posts, key=lambda one: (one[0]["published_at"], one[0]["id"]))
    told = [told_of(post, said) for post, said in oldest_first]
    connection = session.connection()
    before = edited or {}
    same = {
        post["id"]
        for post, _ in reading.posts
        if before.get(post["id"]) == Before(post["text_id"], post["said_key"])
    }
    changed = clusters.part(session, [one for one in before if one not in same], BY_TEXT)
    # Nobody takes a text that is gone for near, so that its keys may go with the new ones' coming.
    gone = texts.take_unused(connection, [one.text_id for one in before.values()])
    common.count(session, reading.recount)
    formulas, parted = common.find(session, reading.texts.values(), reading.formulas)
    evident = {said: text for said, text in reading.texts.items() if said not in formulas}
    index = Known(connection, told, evident, campaign)
    _enter_references(connection, told, index)
    found = []
    for post in told:
        if post.id not in same:
            found += [(post.id, edge) for edge in edges(post, index)]
        index.add(post)
    new = texts.keys_of(reading.texts.values(), index.crowded)
    bands.change(connection, new=new, gone=gone)
    return changed | parted | clusters.join(session, found)


def note(session: Session, posts: Sequence[Mapping[str, Any]]) -> None:
    """Write down by what saved posts can be found."""
    rows = [{"post_id": post["id"], **{name: post[name] for name in FOUND_BY}} for post in posts]
    _note(session.connection().dialect)(session.connection(), rows)


@lru_cache(maxsize=8)
def _note(dialect: Dialect) -> Prepared:
    values: dict[str, Any] = {name: bindparam(name) for name in FOUND_BY}
    statement = update(Post).where(col(Post.id) == bindparam("post_id")).values(values)
    return Prepared(statement, dialect, FOUND_BY)


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
    _refer(connection.dialect)(connection, rows)


@lru_cache(maxsize=8)
def _refer(dialect: Dialect) -> Missing:
    return Missing(StoryReference, dialect, ["name", "post_id"])


def forget(session: Session, post_ids: Sequence[int]) -> None:
    """Part posts from their normal forms, and delete those forms that no post has any more."""
    connection = session.connection()
    query = select(col(Post.text_id)).where(
        col(Post.id).in_(post_ids), col(Post.text_id).is_not(None)
    )
    ids = list(connection.execute(query.distinct()).scalars())
    if ids:
        connection.execute(update(Post).where(col(Post.id).in_(post_ids)).values(text_id=None))
        texts.drop_unused(connection, ids)
