"""Do two posts show the same pictures, and does that make them one story?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from store import looks
from store.stories.ties import Why

LOOKS_VERSION = 1
"""Of `looks.hashes`. When a rule here changes, a migration has all copies looked at anew, as 0020
does, and with them the stories that they tell."""

FLAT = 0.85
"""Share of three colours from which a picture is a graphic: a card, a screenshot, a logo."""
HARD = 0.38
"""Share of hard edges on smooth ground from which it is one, too, however many its colours."""
PLAIN = 0.6
"""Share of three colours from which a picture has few shades: most screenshots, some photos."""
DETAILED = 0.8
"""Share of its hash that must say something before looks are compared: fog has .75."""
NEAR = 60
"""Bits of 256 within which photos are copies. Of 543 photos and 5,430 changed copies of them the
nearest two that are no copies differ in 76, stereo pairs in 62 and more."""
NEAR_FEW_SHADES = 32
"""Bits within which pictures of few shades are: of copies that are not turned or cropped by another
share hardly any differs more, and two pages of one dialog in 46."""
NEAR_PLAIN = 8
"""Bits within which graphics may be copies; cards of one template differ in as few as 4."""
SECOND = 1.0
"""Seconds by which the copies of a video may differ in length."""
MOST = 20
"""Pictures of a post that are looked at."""

_CROPPED = {0.0: Why.SAME_LOOK, 0.05: Why.CROPPED, 0.1: Why.CROPPED_MORE}


class Lack(StrEnum):
    """Why the same picture is not enough to make two posts one story."""

    WORDS = "other words"
    """Each says something of its own."""
    PLAIN = "too plain"
    """A graphic that only looks alike, or a picture of nothing: many have such."""
    OTHERS = "other pictures"
    """Each shows a picture that the other does not."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture of a post, or what stands for a video; `Picture` says what its fields are."""

    kind: str
    """Of the attachment: `image` or `video`."""
    duration: float | None = None
    """Seconds of the video."""
    digest: str | None = None
    """None while there is no copy: such a picture is like no other."""
    looks: bytes | None = None
    flatness: float | None = None
    detail: float | None = None
    hardness: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see: a black frame, a gradient, or nobody has looked."""
        return self.detail is None or self.detail < DETAILED

    @property
    def is_flat(self) -> bool:
        """Whether it is a graphic, of which others look alike that are no copies.

        So are those copied before this was asked: it is asked soon.
        """
        if self.flatness is None or self.hardness is None:
            return True
        return self.flatness >= FLAT or self.hardness >= HARD

    @property
    def has_few_shades(self) -> bool:
        """Whether it may be a screenshot, of which others look much alike."""
        return self.flatness is None or self.flatness >= PLAIN


@dataclass(frozen=True, slots=True)
class Likeness:
    """How pictures are the same."""

    score: float
    """From 0 to 1, where 1 is equal."""
    why: Why
    is_proof: bool = True
    """Whether no other picture is like that by chance."""
    is_whole: bool = True
    """Whether one post shows nothing that the other does not show."""


def compare(one: Shown, other: Shown) -> Likeness | None:
    """Return how two pictures are the same; None where they are not."""
    if one.kind != other.kind or one.digest is None or other.digest is None:
        return None
    if one.kind == "video" and not _last_as_long(one, other):
        return None
    if one.digest == other.digest:
        # A black frame is the same in all videos, and in all the squares that people post in grief.
        return Likeness(1.0, Why.SAME_FILE, is_proof=not (one.is_empty or other.is_empty))
    if one.looks is None or other.looks is None:
        return None
    # A photo without its colours has few shades, as a graphic has; a graphic never has many.
    is_plain = one.is_empty or other.is_empty or (one.is_flat and other.is_flat)
    few_shades = one.has_few_shades and other.has_few_shades
    near = NEAR_PLAIN if is_plain else NEAR_FEW_SHADES if few_shades else NEAR
    distance, cut = looks.nearest(one.looks, other.looks)
    if distance > near:
        return None
    return Likeness(1 - distance / 256, _CROPPED[cut], is_proof=not is_plain)


def _last_as_long(one: Shown, other: Shown) -> bool:
    if one.duration is None or other.duration is None:
        return False
    return abs(one.duration - other.duration) <= SECOND


def compare_all(some: Sequence[Shown], others: Sequence[Shown]) -> Likeness | None:
    """Return how the pictures of two posts are the same; None where they have none in common.

    The least likeness counts. All of one post's must be among the other's, since platforms show
    four where there are ten.
    """
    table = [[compare(one, other) for other in others[:MOST]] for one in some[:MOST]]
    rows, columns = list(map(_closest, table)), list(map(_closest, zip(*table, strict=True)))
    # From the side that shows fewer, so that the order of the two makes no difference.
    sides = [side for side in (rows, columns) if len(side) == min(len(rows), len(columns))]
    found = [one for side in sides for one in side if one is not None]
    if not found:
        return None
    least = min(found, key=lambda one: (one.score, one.why))
    is_proof = all(one.is_proof for one in found)
    return Likeness(least.score, least.why, is_proof, all(None not in side for side in sides))


def _closest(row: Iterable[Likeness | None]) -> Likeness | None:
    found = [one for one in row if one is not None]
    return max(found, key=lambda one: (one.is_proof, one.score, one.why)) if found else None
