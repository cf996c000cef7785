"""What the store knows that may tell the story of a batch of new posts.

All that a batch may need is read in a few queries; then each post is asked about in turn, and taken
up for those after it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, bindparam, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from store.hashtags import Campaign
from store.models import Post, StoryReference, StoryText
from store.prepared import among, join_few
from store.stories import bands
from store.stories import texts as stored
from store.stories.evidence import Told, hand_of
from store.stories.forms import Form
from store.stories.records import NEEDED, NOTHING, form, hashed, said_key, told_of, url_key
from store.stories.signature import keys
from store.stories.texts import Text
from store.stories.verify import compare

CROWD = 64
"""Texts of one band key; further ones are not entered under it, since it tells nothing."""
CANDIDATES = 40
"""Texts that are compared with a new one, by shared keys."""
TELLERS = 8
"""Posts with one normal form that are looked at."""
SAYERS = 50
"""Posts with one hand and one short text that are looked at."""

_POST = [col(getattr(Post, name)) for name in NEEDED]
_Name = TypeVar("_Name", int, str)
_CHUNK = 900
"""Values of one query."""

# Built once: to build a query anew costs more than to run it.
_OTHERS = ~among(col(Post.id), "batch")
_BY_NATIVE_ID = select(*_POST).where(
    col(Post.platform) == bindparam("platform"), among(col(Post.native_id), "some")
)
_BY_URL = select(*_POST).where(among(col(Post.url_key), "some"), _OTHERS).limit(_CHUNK * SAYERS)
_BY_SAID = select(*_POST).where(among(col(Post.said_key), "some"), _OTHERS).limit(_CHUNK * SAYERS)
_REPEATING = (
    select(*_POST)
    .join(StoryReference, col(StoryReference.post_id) == col(Post.id))
    .where(among(col(StoryReference.name), "some"), _OTHERS)
    .limit(_CHUNK * SAYERS)
)
_other = aliased(Post)
_FIRST = (
    select(col(_other.id))
    .where(col(_other.text_id) == col(StoryText.id), ~among(col(_other.id), "batch"))
    .order_by(col(_other.id))
    .limit(bindparam("most"))
    .correlate(StoryText)
)


@lru_cache(maxsize=8)
def _saying(dialect: Dialect) -> Any:
    query = select(*_POST, col(Post.text_id)).select_from(StoryText)
    query = join_few(query, Post, _FIRST, dialect)
    return query.where(among(col(StoryText.id), "some")).order_by(col(Post.id))


class Known:
    """An `evidence.Index` of the store, as far as a batch needs it.

    Args:
        connection: inside the transaction that will write what is found.
        posts: the batch.
        texts: its normal forms that are evidence.
        campaign: whose tags say nothing.
    """

    def __init__(
        self,
        connection: Connection,
        posts: Sequence[Told],
        texts: Mapping[str, Text],
        campaign: Campaign,
    ) -> None:
        self._connection = connection
        self._texts = texts
        self._campaign = campaign
        self._batch = [post.id for post in posts]
        self._named: dict[str, list[Told]] = defaultdict(list)
        self._repeating: dict[str, list[Told]] = defaultdict(list)
        self._equal: dict[str, list[Told]] = defaultdict(list)
        self._near: dict[int, list[Told]] = {}
        self._banded: dict[int, list[Told]] = defaultdict(list)
        self._said: dict[int, list[Told]] = defaultdict(list)
        self.crowded: set[int] = set()
        """Band keys that are full."""
        self._read_named(posts)
        self._read_equal()
        self._read_near([text for text in texts.values() if text.is_new])
        self._read_said(posts)

    def add(self, post: Told) -> None:
        """Take up a post of the batch, after its edges were looked for."""
        self._name(post)
        if text := self._texts.get(post.form.text):
            if not self._equal[post.form.text] and text.is_new:
                for band in text.keys:
                    self._banded[band].append(post)
            self._equal[post.form.text].append(post)
        elif (key := said_key(post.handle, post.form)) is not None:
            self._said[key].append(post)

    def is_evidence(self, form: Form) -> bool:
        """Say whether equal or near texts of this form can only be copies."""
        return form.text in self._texts

    def named(self, names: frozenset[str]) -> Iterable[Told]:
        """Return the first posts that have one of these names or repeat one of them."""
        return [
            post
            for name in names
            for some in (self._named.get(name, ()), self._repeating.get(name, ()))
            for post in some[:TELLERS]
        ]

    def repeating(self, name: str) -> Sequence[Told]:
        """Return the first stored posts that repeat what has this name."""
        return self._repeating.get(name, ())

    def equal(self, text: str) -> Iterable[Told]:
        """Return the first posts that have this normal form."""
        return self._equal[text][:TELLERS]

    def near(self, text: str) -> Iterable[Told]:
        """Return a post for each normal form that shares most of the band keys."""
        known = self._texts.get(text)
        if known is None:
            return ()
        if known.id not in self._near:
            # Rare: others have said it, but their tags show that they speak of other things.
            known.keys = keys([text])[0].tolist()
            self._read_near([known])
        banded = [posts[-CROWD:] for key in known.keys if (posts := self._banded.get(key))]
        fresh = _likely([[post.form.text for post in posts] for posts in banded], but=text)
        return [*self._near[known.id], *(self._equal[other][0] for other in fresh)]

    def by_author(self, hand: str, text: str) -> Iterable[Told]:
        """Return posts with this normal form by authors of this hand."""
        return self._said.get(hashed(f"{hand_of(hand)}\0{text}"), ())

    def _read_named(self, posts: Sequence[Told]) -> None:
        wanted = {name for post in posts for name in post.names | post.references}
        own = {post.identity for post in posts}
        by_platform: dict[str, list[str]] = defaultdict(list)
        for name in {name for post in posts for name in post.references} - own:
            platform, _, native_id = name.partition(":")
            # What has a dot or a stroke before the colon is an address, and no platform.
            if native_id and not {".", "/"} & set(platform):
                by_platform[platform].append(native_id)
        for platform, native_ids in by_platform.items():
            self._take_named(self._read(_BY_NATIVE_ID, native_ids, platform=platform))
        names = {hashed(name) for name in wanted}
        links = {url_key(post.permalink) for post in posts}
        self._take_named(self._read(_BY_URL, links | names))
        self._take_named(self._read(_REPEATING, names))

    def _take_named(self, rows: Iterable[Mapping[str, Any]]) -> None:
        for row in rows:
            self._name(told_of(row, NOTHING))

    def _name(self, post: Told) -> None:
        for name in post.names:
            self._named[name].append(post)
        for name in post.references:
            self._repeating[name].append(post)

    def _read_equal(self) -> None:
        known = [text.id for text in self._texts.values() if not text.is_new]
        for row in self._saying(known, TELLERS):
            post = told_of(row, form(row, self._campaign))
            self._equal[post.form.text].append(post)

    def _read_near(self, asked: Sequence[Text]) -> None:
        """Read who first told the stored texts that are near some others."""
        found = bands.sharing(self._connection, {key for text in asked for key in text.keys})
        self.crowded |= {key for key, ids in found.items() if len(ids) >= CROWD}
        candidates = {
            text.id: (text.forms, others)
            for text in asked
            if (others := _likely([found[key] for key in text.keys if key in found], but=text.id))
        }
        likely = stored.like(self._connection, candidates)
        forms = stored.known(self._connection, {other for ids in likely.values() for other in ids})
        near = {
            text.id: [
                other
                for other in likely.get(text.id, ())
                if any(compare(one, forms[other], same_author=True).same for one in text.forms)
            ]
            for text in asked
        }
        tellers = {
            row["text_id"]: told_of(row, forms[row["text_id"]])
            for row in self._saying({other for ids in near.values() for other in ids}, 1)
        }
        for text_id, ids in near.items():
            self._near[text_id] = [tellers[other] for other in ids if other in tellers]

    def _saying(self, text_ids: Iterable[int], most: int) -> Iterable[Mapping[str, Any]]:
        """Yield the first posts that have each of some texts."""
        return self._read(_saying(self._connection.dialect), text_ids, most=most)

    def _read_said(self, posts: Sequence[Told]) -> None:
        keys = {
            said_key(post.handle, post.form) for post in posts if post.form.text not in self._texts
        }
        for row in self._read(_BY_SAID, keys):
            post = told_of(row, form(row, self._campaign))
            key = said_key(post.handle, post.form)
            if key is not None and len(self._said[key]) < SAYERS:
                self._said[key].append(post)

    def _read(self, query: Any, values: Iterable[Any], **given: Any) -> Iterable[Mapping[str, Any]]:
        """Yield the rows of a query for some values."""
        for some in _chunks(value for value in values if value is not None):
            given |= {"some": some, "batch": self._batch}
            found: Any = self._connection.execute(query, given).mappings()
            yield from list(found)


def _likely(named: Sequence[Sequence[_Name]], *, but: _Name) -> list[_Name]:
    """Return what most of some lists name, without one; each names a thing once."""
    every = set().union(*named) - {but}
    if len(every) <= CANDIDATES:
        return sorted(every)
    often = Counter(chain.from_iterable(named))
    del often[but]
    return [one for one, _ in often.most_common(CANDIDATES)]


def _chunks(values: Iterable[Any]) -> Iterable[list[Any]]:
    listed = list(values)
    return (listed[start : start + _CHUNK] for start in range(0, len(listed), _CHUNK))
