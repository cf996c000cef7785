"""The normal forms that posts are matched by, each kept once, and the keys by which they are found.

A text's keys can always be computed again from the text, so nothing need lead from it to them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, delete, select
from sqlmodel import col

from store.models import Post, StoryText
from store.prepared import Missing, among
from store.stories import bands
from store.stories.forms import Form
from store.stories.records import VERSION, hashed
from store.stories.signature import keys
from store.stories.verify import likeness

_IDS = select(col(StoryText.hash), col(StoryText.id)).where(among(col(StoryText.hash), "hashes"))
_UNUSED = select(col(StoryText.id), col(StoryText.text)).where(
    among(col(StoryText.id), "ids"),
    ~select(col(Post.id)).where(col(Post.text_id) == col(StoryText.id)).exists(),
)
_SAID = select(*(col(getattr(StoryText, name)) for name in ("id", "text", "cut"))).where(
    among(col(StoryText.id), "ids")
)
_KNOWN = select(
    *(col(getattr(StoryText, name)) for name in ("id", "text", "tags", "counter", "place", "cut"))
).where(among(col(StoryText.id), "ids"))
_DROP = delete(StoryText).where(among(col(StoryText.id), "ids"))


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


def keys_of(texts: Iterable[Text], crowded: set[int]) -> list[bands.Pair]:
    """Return by what new texts are to be found, without keys that tell nothing."""
    return [(key, text.id) for text in texts for key in text.keys if key not in crowded]


def known(connection: Connection, ids: Iterable[int]) -> dict[int, Form]:
    """Return some texts as the first post that had each of them said it."""
    return {
        number: Form(text, frozenset(tags), counter, place, cut)
        for number, text, tags, counter, place, cut in connection.execute(
            _KNOWN, {"ids": list(ids)}
        )
    }


def like(
    connection: Connection, candidates: Mapping[int, tuple[Iterable[Form], Sequence[int]]]
) -> dict[int, list[int]]:
    """Return for each of some texts those of its candidates that it may be a copy of.

    Most candidates share a key by chance: to look at what they say costs less than to read all
    that `known` gives, and to compare it.
    """
    ids = {other for _, others in candidates.values() for other in others}
    said = {
        number: (text, cut) for number, text, cut in connection.execute(_SAID, {"ids": list(ids)})
    }
    return {
        asked: [
            other
            for other in others
            if other in said and any(_may_be(one, *said[other]) for one in forms)
        ]
        for asked, (forms, others) in candidates.items()
    }


def _may_be(one: Form, text: str, cut: bool) -> bool:
    # What was cut is laid beside the head of the other only, however long that is.
    return one.cut or cut or likeness(one.text, text) > 0


def drop_unused(connection: Connection, ids: Iterable[int | None]) -> None:
    """Delete those of some texts that no post has any more, and their keys."""
    bands.change(connection, gone=take_unused(connection, ids))


def take_unused(connection: Connection, ids: Iterable[int | None]) -> list[bands.Pair]:
    """Delete those of some texts that no post has any more; return their keys."""
    asked = {text_id for text_id in ids if text_id is not None}
    unused: Any = connection.execute(_UNUSED, {"ids": list(asked)}).all() if asked else ()
    if not unused:
        return []
    connection.execute(_DROP, {"ids": [text_id for text_id, _ in unused]})
    signed = keys([text for _, text in unused]).tolist()
    return [(key, text_id) for (text_id, _), own in zip(unused, signed, strict=True) for key in own]


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
def _add(dialect: Dialect) -> Missing:
    return Missing(StoryText, dialect, ["hash", "text", "tags", "counter", "place", "cut"])
