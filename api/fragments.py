"""Posts as JSON, ready to be joined to pages (docs/decisions/0016)."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from store import wall
from store.walk import Walked
from store.wall import Public

ROOM = 4 * 2**20
"""Bytes of posts that one process keeps; when they are full, all of them go."""

_BESIDE = 200
"""Bytes that are needed for each beside its own, about."""

Form = tuple[str, str]
"""What becomes of a post, and the language of the interface."""

Key = int | tuple[int, bool, bool]
"""A post's number; at the head of the wall with why it stands there."""

Known = Mapping[Key, bytes]


@dataclass(slots=True)
class _Shelf:
    """What was made while the wall was at one revision."""

    revision: int | None = None
    made: dict[Form, dict[Key, bytes]] = field(default_factory=dict)
    room: int = ROOM


class Fragments:
    """The posts that were shown since the last change, in the forms in which they were.

    All of them are forgotten with every change: a post's look depends on its story, its pictures,
    its author and the head of the wall, too. Whoever asks has read the revision before they read
    anything else, so that no post is older than the revision that it is kept under.
    """

    def __init__(self) -> None:
        # Replaced as a whole: whoever still reads an older one finds nothing newer in it, and
        # nobody finds in a newer one what is older.
        self._shelf = _Shelf()
        self._turn = threading.Lock()

    def known(self, revision: int, form: Form) -> Known:
        """Return what is known of the wall at a revision."""
        shelf = self._shelf
        return shelf.made.get(form, {}) if shelf.revision == revision else {}

    def keep(self, revision: int, form: Form, made: Known) -> None:
        """Keep what was made after a revision was read."""
        size = sum(len(body) + _BESIDE for body in made.values())
        with self._turn:
            if self._shelf.revision != revision or self._shelf.room < size:
                self._shelf = _Shelf(revision)
            self._shelf.made.setdefault(form, {}).update(made)
            self._shelf.room -= size

    def cut(
        self, session: Session, walked: Walked, form: Form, make: Callable[[Public], bytes]
    ) -> list[bytes]:
        """Return the posts of a page, of which those that are not known are made.

        Args:
            session: reads the store.
            walked: which posts.
            form: what `make` makes of them.
            make: gives the JSON of one post.
        """
        revision = wall.revision(session)
        known = self.known(revision, form)
        keys = keys_of(walked)
        missing = [seq for seq, key in zip(walked.seqs, keys, strict=True) if key not in known]
        found = wall.posts(session, missing, walked.led) if missing else {}
        # On PostgreSQL a post may have left the wall since the numbers were read.
        made = {
            key: make(found[seq])
            for seq, key in zip(walked.seqs, keys, strict=True)
            if seq in found
        }
        self.keep(revision, form, made)
        bodies = (made.get(key) or known.get(key) for key in keys)
        return [body for body in bodies if body is not None]


def keys_of(walked: Walked) -> Sequence[Key]:
    """Return under what the posts of a page are kept, in their order."""
    led = walked.led
    return [(seq, *led[seq]) if seq in led else seq for seq in walked.seqs] if led else walked.seqs
