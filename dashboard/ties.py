"""By what two posts are one story, in words."""

from collections.abc import Mapping

from api.words import Wording
from store.models import StoryEdge
from store.stories.ties import Evidence, Why


def tell(tie: StoryEdge, number: int, wording: Wording) -> str:
    """Return how a post is tied to another, which is called by its number."""
    other = f"\u2068{number}\u2069"
    said = {
        Evidence.IDENTITY.value: wording.gettext("Is %(post)s, read twice", post=other),
        Evidence.REFERENCE.value: wording.gettext(
            "By their platform's word one of this and %(post)s repeats the other", post=other
        ),
        Evidence.PERSON.value: wording.gettext(
            "Put together with %(post)s by a person", post=other
        ),
        Evidence.PERMALINK.value: wording.gettext("Has the address of %(post)s", post=other),
        Evidence.AUTHOR.value: wording.gettext(
            "Same author and same short text as %(post)s, on two platforms within a day", post=other
        ),
    }  # fmt: skip
    return said.get(tie.kind) or _picture(tie, other, wording) or _text(tie, other, wording)


def kinds(evidence: Mapping[str, int], wording: Wording) -> list[tuple[str, int]]:
    """Return by what the posts of a story are tied, and how often, the most frequent first."""
    said = {
        Evidence.EQUAL_TEXT.value: wording.gettext("The same text"),
        Evidence.NEAR_TEXT.value: wording.gettext("Nearly the same text"),
        Evidence.PICTURE.value: wording.gettext("The same picture"),
        Evidence.PERMALINK.value: wording.gettext("The same address"),
        Evidence.REFERENCE.value: wording.gettext("Repeated, by the word of its platform"),
        Evidence.AUTHOR.value: wording.gettext("The same author and short text"),
        Evidence.IDENTITY.value: wording.gettext("One post, read twice"),
        Evidence.PERSON.value: wording.gettext("Put together by a person"),
    }
    by_number = sorted(evidence.items(), key=lambda one: (-one[1], one[0]))
    return [(said.get(kind, kind), number) for kind, number in by_number]


def _picture(tie: StoryEdge, other: str, wording: Wording) -> str | None:
    if tie.kind != Evidence.PICTURE:
        return None
    shown = {
        Why.SAME_FILE.value: wording.gettext("Shows the same picture as %(post)s", post=other),
        Why.SAME_LOOK.value: wording.gettext(
            "Shows the picture of %(post)s, saved again", post=other
        ),
    }  # fmt: skip
    return shown.get(tie.why) or wording.gettext(
        "Shows the picture of %(post)s, cropped", post=other
    )


def _text(tie: StoryEdge, other: str, wording: Wording) -> str:
    if tie.why == Why.TYPOS:
        return wording.ngettext(
            "Says the same as %(post)s but for %(count)s word typed otherwise",
            "Says the same as %(post)s but for %(count)s words typed otherwise",
            tie.words,
            post=other,
        )
    if tie.why == Why.WORDS:
        return wording.ngettext(
            "Says the same as %(post)s but for %(count)s word",
            "Says the same as %(post)s but for %(count)s words",
            tie.words,
            post=other,
        )
    if tie.why == Why.CUT:
        return wording.gettext("Says the same as %(post)s, as far as one of them goes", post=other)
    if tie.why == Why.MANGLED:
        return wording.gettext("Says the same as %(post)s but for a few letters", post=other)
    return wording.gettext("Says the same as %(post)s", post=other)
