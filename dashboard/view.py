"""What of the queue is shown: all of it stands in the address."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from store.models import Review
from store.queue import View
from store.sanitise import clean

PAGE = 50
"""Posts of one page of the queue."""
_LAST_ID = 2**63 - 1
_PLAIN = ("language", "platform", "kind")
_NAMES = (*_PLAIN, "q", "behind", "after", "post", "done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A view of the queue, and the post that is open in it."""

    review: Review = Review.PENDING
    language: str | None = None
    platform: str | None = None
    kind: str | None = None
    q: str = ""
    mine: bool = False
    behind: int | None = None
    """The post behind which is searched."""
    after: int | None = None
    post: int | None = None
    done: int | None = None
    """The decision that can be undone from here."""

    @property
    def is_narrowed(self) -> bool:
        """It shows less than its whole queue."""
        return bool(self.language or self.platform or self.kind or self.q or self.mine)

    @property
    def filters(self) -> str:
        """Its filters alone, as the query of an address: what a saved view keeps of it."""
        return self.query(behind=None, after=None, post=None, done=None)

    def view(self, name: str) -> View:
        """Return what the store understands of this, for somebody."""
        plain = {one: getattr(self, one) for one in _PLAIN}
        taken_by = name if self.mine else ""
        return View(review=self.review, search=self.q, taken_by=taken_by, **plain)

    def query(self, **changes: object) -> str:
        """Return this place, or another one near it, as the query of an address."""
        there = replace(self, **changes)  # type: ignore[arg-type]  # as templates name them
        given = {
            "state": there.review.value if there.review is not Review.PENDING else "",
            **{name: getattr(there, name) or "" for name in _NAMES},
            "mine": "1" if there.mine else "",
        }
        return urlencode({name: value for name, value in given.items() if value != ""})

    def at(self, lang: str, **changes: object) -> str:
        """Return the address of this place, or of another one near it, in a language."""
        query = self.query(**changes)
        return f"/{lang}/queue" + (f"?{query}" if query else "")


def read(asked: QueryParams) -> Place:
    """Return the place that an address names; what nobody can mean is left out."""
    review = asked.get("state", "")
    return Place(
        review=Review(review) if review in set(Review) else Review.PENDING,
        q=clean(asked.get("q", ""))[:300].strip(),
        mine=asked.get("mine") == "1",
        **{name: clean(asked.get(name, ""))[:40] or None for name in _PLAIN},
        behind=number(asked.get("behind")),
        after=number(asked.get("after")),
        post=number(asked.get("post")),
        done=number(asked.get("done")),
    )


def number(text: str | None) -> int | None:
    """Return the number that an address or a form gives; None for what is none."""
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) < 20
    return min(int(text), _LAST_ID) if is_number and text else None
