"""What ties two posts to one story: by which evidence, and how their texts or pictures compare.

The words for it alone, without what finds it: whoever shows or cuts ties need not load that.
"""

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """What makes two texts the same, or keeps them apart."""

    EQUAL = "equal"
    TYPOS = "typos"
    """Words are typed otherwise: `Verdict.typos` of them."""
    WORDS = "words"
    """Words were added or left out: `Verdict.words` of them."""
    CUT = "cut"
    """One is the beginning of the other, as a platform or a feed cut it."""
    MANGLED = "mangled"
    """A long text, a few letters of which are past being a slip of the pen."""

    OTHER_TAGS = "other tags"
    """Short texts whose tags may be what they are about."""
    OTHER_PART = "other part"
    """Two places in a thread, or two results of a match."""
    OTHER_NUMBER = "other number"
    OTHER_WORD = "other word"
    """A word stands in another's place, as in a template."""
    OTHER_SENSE = "other sense"
    """Only one of them has a denying word."""
    TOO_MUCH = "too much"
    """One says more besides than a copy would."""
    UNLIKE = "unlike"

    SAME_FILE = "same picture"
    """Pictures, byte for byte; this and the next three are how two of them are the same."""
    SAME_LOOK = "same picture, saved anew"
    CROPPED = "same picture, 5 % cropped"
    """Or with so much put around it."""
    CROPPED_MORE = "same picture, 10 % cropped"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two texts say the same, and by what."""

    same: bool
    score: float
    """Likeness from 0 to 1, where 1 is equal; it orders verdicts and decides nothing."""
    why: Why
    typos: int = 0
    """Words that are typed otherwise."""
    words: int = 0
    """Words that only one of the texts has."""


_CERTAIN = Verdict(True, 1.0, Why.EQUAL)


class Evidence(StrEnum):
    """By what two posts are one story."""

    IDENTITY = "identity"
    """One post, read twice."""
    REFERENCE = "reference"
    """One repeats the other, or both repeat a third, and a platform says so."""
    PERMALINK = "permalink"
    """They stand at one address."""
    EQUAL_TEXT = "equal text"
    NEAR_TEXT = "near text"
    PERSON = "person"
    """A person of the team says so."""
    AUTHOR = "author"
    """The author said one short thing on two platforms within a day."""
    PICTURE = "picture"
    """They show the same pictures, and say nothing more or the same; see `likeness`."""


BY_TEXT = (Evidence.EQUAL_TEXT, Evidence.NEAR_TEXT, Evidence.AUTHOR)
"""Evidence that goes when a text changes."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Why one post is the same story as another."""

    to: int
    """Id of the other post."""
    kind: Evidence
    verdict: Verdict = _CERTAIN
    """How their texts compare, where it is they that tell; else equal."""
