"""Languages of stored posts: what is known beside their text, and tagging anew."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select, text, update
from sqlmodel import Session, col

from store import changes
from store.language import LanguageTagger, Signals, Tag
from store.models import ChangeKind, Post
from store.models.posts import SAYS_ITS_LANGUAGE
from store.prepared import among
from store.visibility import is_public

_Author = tuple[str, str]
"""Platform, and the author's id there."""

MODERATOR = "moderator"
"""In `Post.language_by`: a person's word, which no tagger changes."""


@dataclass(frozen=True, slots=True)
class Step:
    """One batch of tagging anew: posts looked at, posts changed, and the last one's id."""

    seen: int
    changed: int
    last: int


def text_of(row: Mapping[str, Any]) -> str:
    """Return what of a post its language is read from."""
    return "\n".join(filter(None, (row["title"], row["text"])))


def columns(tag: Tag, tagger: LanguageTagger) -> dict[str, Any]:
    """Return the columns of `Post` that keep a tag."""
    return {
        "language": tag.language,
        "language_probability": tag.probability,
        "languages": list(tag.secondary),
        "language_model": tagger.version,
    }


def signals(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[Signals]:
    """Return what is known of some posts beside their text, in order.

    Of an author that is how many other sure posts there are in which language; it is counted
    here when needed, and kept nowhere.
    """
    usual = _usual(session, {(row["platform"], row["author_id"]) for row in rows})
    return [
        Signals(row["language_hint"], usual.get((row["platform"], row["author_id"]), {}))
        for row in rows
    ]


def _usual(session: Session, authors: Iterable[_Author]) -> dict[_Author, Counter[str]]:
    by_platform: dict[str, list[str]] = defaultdict(list)
    for platform, author in authors:
        by_platform[platform].append(author)
    found: dict[_Author, Counter[str]] = defaultdict(Counter)
    for platform, names in by_platform.items():
        rows = session.connection().execute(_AUTHORS, {"platform": platform, "names": names})
        for author, language, count in rows:
            found[platform, author][language] = count
    return found


_AUTHORS = (
    select(col(Post.author_id), col(Post.language), func.count())
    .where(
        col(Post.platform) == bindparam("platform"),
        among(col(Post.author_id), "names"),
        text(SAYS_ITS_LANGUAGE),
    )
    .group_by(col(Post.author_id), col(Post.language))
)


def waiting(session: Session, tagger: LanguageTagger, since: datetime | None) -> int:
    """Return how many posts another tagger, or an older one, has tagged."""
    query = select(func.count()).select_from(Post).where(*_outdated(tagger, since))
    return int(session.connection().execute(query).scalar_one())


def retag(
    session: Session,
    tagger: LanguageTagger,
    *,
    since: datetime | None,
    after: int,
    now: datetime,
    limit: int = 500,
) -> Step:
    """Tag the next posts anew that another tagger has tagged; people's corrections stay.

    The session must be in a write transaction; the caller commits. Stopped and started again, it
    goes on with what is left, since each post remembers what has tagged it.

    Args:
        session: in a write transaction.
        tagger: what shall have tagged every post.
        since: posts published before are left alone; None takes all.
        after: `Post.id` to go on behind.
        now: the moment written down for what the public sees differently.
        limit: posts at most.
    """
    changes.take_turn(session)
    query = (
        select(*(col(getattr(Post, name)) for name in _NEEDED))
        .where(*_outdated(tagger, since), col(Post.id) > after)
        .order_by(col(Post.id))
        .limit(limit)
    )
    rows = [dict(row) for row in session.connection().execute(query).mappings()]
    if not rows:
        return Step(0, 0, after)
    tags = tagger.tag_many([text_of(row) for row in rows], signals(session, rows))
    new = [
        {"post_id": row["id"], **columns(tag, tagger)} for row, tag in zip(rows, tags, strict=True)
    ]
    session.connection().execute(_RETAG, new)
    changed = [
        old
        for old, one in zip(rows, new, strict=True)
        if (old["language"], old["languages"]) != (one["language"], one["languages"])
    ]
    public = [
        row["id"]
        for row in changed
        if is_public(row["review"], row["availability"], is_copy=row["is_copy"])
    ]
    changes.record(session, ChangeKind.UPDATED, public, now=now)
    return Step(len(rows), len(changed), rows[-1]["id"])


_NEEDED = (
    "id", "platform", "author_id", "title", "text", "language", "languages", "language_hint",
    "review", "availability", "is_copy",
)  # fmt: skip
_TAGGED = ("language", "language_probability", "languages", "language_model")
_RETAG = (
    update(Post)
    .where(col(Post.id) == bindparam("post_id"))
    .values({name: bindparam(name) for name in _TAGGED})
)


def _outdated(tagger: LanguageTagger, since: datetime | None) -> list[ColumnElement[bool]]:
    conditions = [
        col(Post.language_by) != MODERATOR,
        col(Post.language_model) != tagger.version,
    ]
    return conditions if since is None else [*conditions, col(Post.published_at) >= since]


def corrected(session: Session) -> Iterator[tuple[str, str]]:
    """Yield language and text of each post that a person has tagged with one language."""
    query = (
        select(col(Post.language), col(Post.languages), col(Post.title), col(Post.text))
        .where(col(Post.language_by) == MODERATOR)
        .order_by(col(Post.id))
    )
    for language, languages, title, body in session.connection().execute(query):
        if not languages:
            yield language, text_of({"title": title, "text": body})
