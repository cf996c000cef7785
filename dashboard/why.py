"""Why a post is where it is, and what to look at: one list of plain sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.words import Wording
from dashboard import people
from store.ingest import LOOKALIKE
from store.models import Action, Decision, Media, Post, Review
from store.queue import Known
from store.reports import VISITORS

SURE = 0.7
"""A language that is less likely than this is called uncertain."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing to know of a post: a sentence, and how it weighs."""

    text: str
    tone: str = ""
    """`good`, `bad`, `care`, `link`, or "" for what only informs."""


def signs(post: Post, known: Known, wording: Wording) -> list[Sign]:
    """Return what is worth knowing of a post, the weightiest first."""
    return [
        *_reports(known.reported.get(post.id or 0, 0), wording),
        *_tag(post, wording),
        *_by_hand(known.added.get(post.id or 0, ""), wording),
        *_author(post, known, wording),
        *_story(post, known, wording),
        *_language(post, wording),
        *_content(post, known.media.get(post.id or 0, ()), wording),
    ]


def _tag(post: Post, wording: Wording) -> list[Sign]:
    if LOOKALIKE in post.labels:
        return [Sign(wording.gettext("Look-alike hashtag"), "bad")]
    return []


def _by_hand(name: str, wording: Wording) -> list[Sign]:
    if not name:
        return []
    told = people.in_words(wording, name)
    return [Sign(wording.gettext("Added by hand by %(name)s", name=told))]


def _reports(number: int, wording: Wording) -> list[Sign]:
    if not number:
        return []
    text = wording.ngettext(
        "Reported by %(count)s visitor", "Reported by %(count)s visitors", number
    )
    return [Sign(text, "bad")]


def _author(post: Post, known: Known, wording: Wording) -> list[Sign]:
    key = (post.platform, post.author_id)
    approved, rejected = (known.judged[*key, one] for one in (Review.APPROVED, Review.REJECTED))
    found = []
    if rejected:
        text = wording.ngettext(
            "Author rejected %(count)s time", "Author rejected %(count)s times", rejected
        )
        found.append(Sign(text, "bad"))
    if approved:
        text = wording.ngettext(
            "Known author: %(count)s post shown", "Known author: %(count)s posts shown", approved
        )
        return [*found, Sign(text, "good")]
    return [*found, Sign(wording.gettext("New author"))]


def _story(post: Post, known: Known, wording: Wording) -> list[Sign]:
    copies = known.copies.get(post.story_id or 0, 0)
    if post.is_copy:
        return [Sign(wording.gettext("Copy of another post"), "link")]
    if not copies:
        return []
    text = wording.ngettext("%(count)s more copy", "%(count)s more copies", copies)
    return [Sign(text, "link")]


def _language(post: Post, wording: Wording) -> list[Sign]:
    if post.language_by == "moderator":
        return [Sign(wording.gettext("Language set by the team"), "good")]
    if post.language == "und" or (post.language_probability or 0) < SURE:
        return [Sign(wording.gettext("Language uncertain"), "care")]
    return []


def _content(post: Post, attached: Sequence[Media], wording: Wording) -> list[Sign]:
    bare = sum(one.kind == "image" and not one.alt for one in attached)
    found = []
    if post.sensitive or post.content_warning:
        found.append(Sign(wording.gettext("Marked as sensitive"), "care"))
    if any(one["kind"] == "link" for one in post.entities):
        found.append(Sign(wording.gettext("Has a link"), "care"))
    if post.edited_at is not None:
        found.append(Sign(wording.gettext("Edited by its author"), "care"))
    if bare:
        text = wording.ngettext(
            "%(count)s picture without description", "%(count)s pictures without description", bare
        )
        found.append(Sign(text))
    return found


def standing(post: Post, history: Sequence[Decision], wording: Wording) -> str:
    """Return in a sentence why a post is, or is not, on the wall.

    Args:
        post: a post.
        history: what was decided about it, newest first.
        wording: the reader's language.
    """
    told = {
        Review.PENDING: wording.gettext("It waits for a decision."),
        Review.ESCALATED: wording.gettext("It waits for an editor."),
        Review.SCHEDULED: wording.gettext("It is approved, and will be shown in time."),
        Review.APPROVED: wording.gettext("It is on the wall."),
        Review.REJECTED: wording.gettext("It was rejected."),
        Review.HIDDEN: wording.gettext("It was taken off the wall."),
    }
    held = wording.gettext("Its source holds new posts until somebody decides.")
    last = next((one for one in history if one.after == post.review), None)
    if last is None and post.review == Review.PENDING and LOOKALIKE not in post.labels:
        return held
    return (_by_rule(last, wording) if last else None) or told[Review(post.review)]


def _by_rule(last: Decision, wording: Wording) -> str | None:
    """Return what no person has decided."""
    if last.action == Action.ADD:
        return wording.gettext(
            "%(name)s has added it by hand, and it waits for a decision.",
            name=people.in_words(wording, last.moderator),
        )
    if last.action == Action.HOLD and last.moderator == VISITORS:
        return wording.gettext("It was hidden at once, because visitors have reported it.")
    if not last.moderator.startswith("source:"):
        return None
    if last.action == Action.HOLD:
        return wording.gettext("Its author has edited it, and its source holds what changes.")
    return wording.gettext("It is on the wall, because its source shows new posts at once.")
