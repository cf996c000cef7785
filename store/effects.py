"""What each decision makes of a post, but for its review (`store.transitions`)."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from store import leads
from store.errors import IllegalActionError, UnknownLanguageError
from store.languages import LABELS
from store.leads import Stand
from store.media import MODERATOR
from store.models import Action, Collected, Decision, Media, Note, Post
from store.sanitise import clean

LONGEST_TOPIC = 40
MOST_TOPICS = 10
LONGEST_DESCRIPTION = 1000
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a decision is meant; what its action does not ask for is left out."""

    reason: str = ""
    words: tuple[str, ...] = ()
    """Languages, topics, a collection, a description or a note."""
    position: int = 0
    """Which picture a description is of, or how many shall stand before a post that is moved."""
    show_at: datetime | None = None
    grace: timedelta = timedelta(0)
    """How long an approval may be taken back before the public sees it."""
    revision: int | None = None
    """The `Post.revision` that who decides has seen; None does not ask."""
    key: str | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a decision has changed: for people, and for an undo."""

    before: str
    after: str
    was: Mapping[str, Any] = field(default_factory=dict)


def apply(
    session: Session, post: Post, action: Action, terms: Terms, *, moderator: str, now: datetime
) -> Effect | None:
    """Change a post as an action says; return None when it was so already.

    Raises:
        IllegalActionError: the terms are not what this action takes.
        UnknownLanguageError: a language is none of ours.
    """
    if action is Action.NOTE:
        text = _one(terms, LONGEST_NOTE)
        session.add(Note(post_id=post.id or 0, moderator=moderator, text=text, written_at=now))
        return Effect("", "")
    return _EFFECTS[action](session, post, terms)


def _dismiss(_session: Session, post: Post, _terms: Terms) -> Effect:
    # The reports end by there being a decision after them, and begin again with its undo: see
    # `store.reports`. There is nothing in the post to put back.
    return Effect(post.review, post.review, {"reports": "open"})


def _language(_session: Session, post: Post, terms: Terms) -> Effect | None:
    languages = list(terms.words)
    if unknown := [one for one in languages if one not in LABELS]:
        raise UnknownLanguageError(f"no language {unknown[0]}; there are {' '.join(LABELS)}")
    if not languages:
        raise IllegalActionError("name a language")
    before = [post.language, *post.languages]
    if post.language_by == MODERATOR and before == languages:
        return None
    names = ("language", "languages", "language_by", "language_probability")
    was = {name: getattr(post, name) for name in names}
    post.language, post.languages = languages[0], languages[1:]
    post.language_by, post.language_probability = MODERATOR, None
    return Effect(" ".join(before), " ".join(languages), was)


def _topics(_session: Session, post: Post, terms: Terms) -> Effect | None:
    cleaned = (" ".join(clean(one).split()) for one in terms.words)
    topics = list(dict.fromkeys(filter(None, cleaned)))
    if len(topics) > MOST_TOPICS or any(len(one) > LONGEST_TOPIC for one in topics):
        raise IllegalActionError(f"{MOST_TOPICS} topics of {LONGEST_TOPIC} characters at most")
    before = list(post.topics)
    if topics == before:
        return None
    post.topics = topics
    return Effect(", ".join(before), ", ".join(topics), {"topics": before})


def _collect(session: Session, post: Post, terms: Terms) -> Effect | None:
    name = _one(terms, 60)
    if session.get(Collected, (post.id, name)) is not None:
        return None
    session.add(Collected(post_id=post.id or 0, collection=name))
    return Effect("", name, {"collected": None})


def _drop(session: Session, post: Post, terms: Terms) -> Effect | None:
    name = _one(terms, 60)
    found = session.get(Collected, (post.id, name))
    if found is None:
        return None
    session.delete(found)
    return Effect(name, "", {"collected": name})


def _describe(session: Session, post: Post, terms: Terms) -> Effect | None:
    alt = _one(terms, LONGEST_DESCRIPTION)
    media = _picture(session, post, terms.position)
    if media is None:
        raise IllegalActionError(f"post {post.id} has no picture {terms.position}")
    if media.alt and media.alt_by != MODERATOR:
        raise IllegalActionError("its author has described this picture")
    if media.alt == alt:
        return None
    before = media.alt
    media.alt, media.alt_by = alt, MODERATOR
    # Descriptions go with the post; of one, only its place stays in the trail.
    return Effect("", "", {"alt": before, "position": terms.position})


def _pin(session: Session, post: Post, _terms: Terms) -> Effect | None:
    leads.check(post)
    stand = leads.of(session, post.id or 0)
    if stand.place is not None:
        return None
    last = leads.place(session, post.id or 0, leads.MOST_PINNED)
    return _stand(session, post, replace(stand, place=last))


def _unpin(session: Session, post: Post, _terms: Terms) -> Effect | None:
    return _stand(session, post, replace(leads.of(session, post.id or 0), place=None))


def _move(session: Session, post: Post, terms: Terms) -> Effect | None:
    ids = [lead.post_id for lead in leads.pinned(session)]
    if post.id not in ids:
        raise IllegalActionError(f"post {post.id} is not pinned")
    if terms.position < 0:
        raise IllegalActionError("name how many shall stand before it")
    if ids.index(post.id) == min(terms.position, len(ids) - 1):
        return None
    place = leads.place(session, post.id, terms.position)
    return _stand(session, post, replace(leads.of(session, post.id), place=place))


def _feature(session: Session, post: Post, _terms: Terms) -> Effect | None:
    leads.check(post)
    return _stand(session, post, replace(leads.of(session, post.id or 0), featured=True))


def _unfeature(session: Session, post: Post, _terms: Terms) -> Effect | None:
    return _stand(session, post, replace(leads.of(session, post.id or 0), featured=False))


def _stand(session: Session, post: Post, stand: Stand) -> Effect | None:
    before = leads.of(session, post.id or 0)
    if stand == before:
        return None
    leads.put(session, post.id or 0, stand)
    is_place = stand.featured == before.featured
    told = [_told(one, is_place=is_place) for one in (before, stand)]
    return Effect(told[0], told[1], {"stand": asdict(before)})


def _told(stand: Stand, *, is_place: bool) -> str:
    if is_place:
        return "" if stand.place is None else str(stand.place)
    return "featured" if stand.featured else ""


def _one(terms: Terms, longest: int) -> str:
    text = clean(terms.words[0]).strip() if len(terms.words) == 1 else ""
    if not 0 < len(text) <= longest:
        raise IllegalActionError(f"write 1 to {longest} characters")
    return text


def put_back(session: Session, post: Post, decision: Decision) -> None:
    """Make a post as it was before a decision, from what that remembers.

    Raises:
        IllegalActionError: its place at the head of the wall is another's now.
    """
    was = decision.was
    if "collected" in was:
        _put_back_collected(session, post, decision.after, was["collected"])
    elif "reports" in was:
        pass
    elif "stand" in was:
        stand = Stand(**was["stand"])
        if stand.featured and leads.rival(session, post.id or 0) is not None:
            raise IllegalActionError("another post is featured now")
        leads.put(session, post.id or 0, stand)
    elif "position" in was:
        media = _picture(session, post, was["position"])
        if media is not None and media.alt_by == MODERATOR:
            media.alt, media.alt_by = was["alt"], MODERATOR if was["alt"] else None
    else:
        for name, value in was.items():
            is_moment = name == "show_at" and value is not None
            setattr(post, name, datetime.fromisoformat(value) if is_moment else value)


def _put_back_collected(session: Session, post: Post, added: str, taken: str | None) -> None:
    found = session.get(Collected, (post.id, added or taken))
    if taken is None and found is not None:
        session.delete(found)
    elif taken is not None and found is None:
        session.add(Collected(post_id=post.id or 0, collection=taken))


def _picture(session: Session, post: Post, position: int) -> Media | None:
    query = select(Media).where(
        Media.post_id == post.id, col(Media.position) == position, Media.kind == "image"
    )
    return session.exec(query).first()


_EFFECTS: Mapping[Action, Callable[[Session, Post, Terms], Effect | None]] = {
    Action.DISMISS: _dismiss,
    Action.TAG: _language,
    Action.TOPIC: _topics,
    Action.COLLECT: _collect,
    Action.DROP: _drop,
    Action.DESCRIBE: _describe,
    Action.PIN: _pin,
    Action.UNPIN: _unpin,
    Action.MOVE: _move,
    Action.FEATURE: _feature,
    Action.UNFEATURE: _unfeature,
}

LASTING = frozenset(_EFFECTS)
"""Actions that change something which an undo can put back."""
