"""The normal forms that posts are matched by, each kept once, and the keys by which they are found.

A text's keys can always be computed again from the text, so nothing need lead from it to them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Dialect, bindparam, delete, func, select
from sqlmodel import col

from store.models import Post, StoryBand, StoryText
from store.prepared import Prepared, among, insert_into, listed
from store.stories.forms import Form
from store.stories.records import VERSION, hashed
from store.stories.signature import keys

_IDS = select(col(StoryText.hash), col(StoryText.id)).where(among(col(StoryText.hash), "hashes"))
_UNUSED = select(col(StoryText.id), col(StoryText.text)).where(
    among(col(StoryText.id), "ids"),
    ~select(col(Post.id)).where(col(Post.text_id) == col(StoryText.id)).exists(),
)
_KNOWN = select(
    *(col(getattr(StoryText, name)) for name in ("id", "text", "tags", "counter", "place", "cut"))
).where(among(col(StoryText.id), "ids"))
_DROP = delete(StoryText).where(among(col(StoryText.id), "ids"))
_LOST = delete(StoryBand).where(
    ~select(col(StoryText.id)).where(col(StoryText.id) == col(StoryBand.text_id)).exists()
)
_PAIRS = (
    func.unnest(*(bindparam(name, type_=listed(BigInteger())) for name in ("keys", "ids")))
    .table_valued("key", "text_id")
    .render_derived()
)
"""Keys and texts, for PostgreSQL: a tenth of all time would go into sending them one by one."""
_PAIRED = col(StoryBand.key) == _PAIRS.c.key, col(StoryBand.text_id) == _PAIRS.c.text_id


@dataclass(slots=True)
class Text:
    """One normal form of a batch."""

    id: int
    is_new: bool
    forms: set[Form]
    """In which it came; they differ in what stood beside the text."""
    keys: Sequence[int]
    """Empty where it is not new."""
    told: int
    """Posts of the batch that say it."""

    @property
    def letters(self) -> int:
        """Letters and digits."""
        return next(iter(self.forms)).letters


def enter(connection: Connection, forms: Iterable[Form]) -> dict[str, Text]:
    """Return the normal forms of some posts by their text, new ones entered, but not their keys."""
    together: dict[str, list[Form]] = {}
    for form in forms:
        together.setdefault(form.text, []).append(form)
    if not together:
        return {}
    # With the version: a text that was signed by other rules is another one.
    named = {hashed(f"{VERSION}\0{text}"): text for text in together}
    known = _ids(connection, named)
    new = [key for key in named if key not in known]
    _add(connection.dialect)(connection, [_row(key, together[named[key]][0]) for key in new])
    ids = {**known, **_ids(connection, new)} if new else known
    signed = dict(zip(new, keys([named[key] for key in new]).tolist(), strict=True))
    return {
        text: Text(
            ids[key], key in signed, set(together[text]), signed.get(key, ()), len(together[text])
        )
        for key, text in named.items()
    }


def enter_keys(connection: Connection, texts: Iterable[Text], crowded: set[int]) -> None:
    """Let new texts be found by their keys, but for those that tell nothing."""
    found = {(key, text.id) for text in texts for key in text.keys if key not in crowded}
    _send(connection, found, _add_keys(connection.dialect))


def known(connection: Connection, ids: Iterable[int]) -> dict[int, Form]:
    """Return some texts as the first post that had each of them said it."""
    return {
        number: Form(text, frozenset(tags), counter, place, cut)
        for number, text, tags, counter, place, cut in connection.execute(
            _KNOWN, {"ids": list(ids)}
        )
    }


def drop_unused(connection: Connection, ids: Iterable[int | None]) -> None:
    """Delete those of some texts that no post has any more, and their keys."""
    asked = {text_id for text_id in ids if text_id is not None}
    unused: Any = connection.execute(_UNUSED, {"ids": list(asked)}).all() if asked else ()
    if unused:
        signed = keys([text for _, text in unused]).tolist()
        pairs = {
            (key, text_id) for (text_id, _), own in zip(unused, signed, strict=True) for key in own
        }
        _send(connection, pairs, _drop_keys(connection.dialect))
        connection.execute(_DROP, {"ids": [text_id for text_id, _ in unused]})


def drop_lost_keys(connection: Connection) -> None:
    """Delete the keys of texts that are gone, signed by an older version; reads them all."""
    connection.execute(_LOST)


def _send(connection: Connection, pairs: set[tuple[int, int]], statement: Any) -> None:
    # In the order of the table: neighbours are written together.
    rows = sorted(pairs)
    if isinstance(statement, Prepared):
        statement(connection, [{"key": key, "text_id": text_id} for key, text_id in rows])
    elif rows:
        sent = {"keys": [key for key, _ in rows], "ids": [text_id for _, text_id in rows]}
        connection.execute(statement, sent)


def _ids(connection: Connection, hashes: Iterable[int]) -> dict[int, int]:
    return {key: number or 0 for key, number in connection.execute(_IDS, {"hashes": list(hashes)})}


def _row(key: int, form: Form) -> Mapping[str, Any]:
    return {
        "hash": key,
        "text": form.text,
        "tags": sorted(form.tags),
        "counter": form.counter,
        "place": form.place,
        "cut": form.cut,
    }


@lru_cache(maxsize=8)
def _add(dialect: Dialect) -> Prepared:
    statement = insert_into(dialect, StoryText).on_conflict_do_nothing()
    return Prepared(statement, dialect, ["hash", "text", "tags", "counter", "place", "cut"])


@lru_cache(maxsize=8)
def _add_keys(dialect: Dialect) -> Any:
    statement = insert_into(dialect, StoryBand).on_conflict_do_nothing()
    if dialect.name == "postgresql":
        return statement.from_select(["key", "text_id"], select(_PAIRS))
    return Prepared(statement, dialect, ["key", "text_id"])


@lru_cache(maxsize=8)
def _drop_keys(dialect: Dialect) -> Any:
    if dialect.name == "postgresql":
        return delete(StoryBand).where(*_PAIRED)
    statement = delete(StoryBand).where(
        col(StoryBand.key) == bindparam("key"), col(StoryBand.text_id) == bindparam("text_id")
    )
    return Prepared(statement, dialect, ["key", "text_id"])
