"""The one way to change a review, or anything else that people say of a post."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from store import changes, decisions, effects, leads, media, transitions
from store.effects import Effect, Terms
from store.errors import IllegalActionError, UnknownPostError
from store.models import Action, ChangeKind, Decision, Post, Reason, Review
from store.stories import heads, undoing
from store.transitions import TRANSITIONS
from store.visibility import announce_copies, announce_standing, is_public

GRACE = timedelta(seconds=15)
"""How long the desk lets an approval be taken back before the public sees it."""
FARTHEST = timedelta(days=366)
"""Nothing is scheduled for later than this."""
UNDOABLE = frozenset({*TRANSITIONS, *effects.LASTING, *undoing.ACTS})
CLOCK = "clock"
"""Who releases what was scheduled."""
_WITH_ITS_STORY = "with its story"
_GIVES_WAY = "another is featured"
_WITH_ITS_APPROVAL = "with its approval"
_RAISES = (Action.PIN, Action.FEATURE)
_PLAIN = Terms()


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a decision: whether it changed anything, and the post's revision now."""

    changed: bool
    revision: int
    decision_id: int | None = None
    """For an undo; None when nothing was changed."""


@dataclass(frozen=True, slots=True)
class _Hand:
    """Who decides, when, how, and because of what."""

    moderator: str
    now: datetime
    terms: Terms
    cause_id: int | None = None


def decide(
    session: Session,
    post_id: int,
    action: Action,
    *,
    moderator: str,
    now: datetime,
    terms: Terms = _PLAIN,
) -> Decided:
    """Decide about one post, and about the copies of its story with it.

    The session must be in a write transaction (`engine.writing`); the caller commits. Whatever is
    raised, nothing was changed.

    Raises:
        UnknownPostError: there is no such post.
        ConflictError: it is not as it was when who decides looked at it.
        IllegalActionError: the action leads nowhere from here, or its terms are wrong.
        UnknownLanguageError: a language is none of ours.
    """
    return _decide(session, post_id, action, _Hand(moderator, now, terms))


def approve_and_pin(
    session: Session, post_id: int, *, moderator: str, now: datetime, terms: Terms = _PLAIN
) -> Decided:
    """Approve a post and pin it: two decisions, which an undo of the second takes back together.

    The caller, and what is raised, are as those of `decide`.

    Raises:
        FullError: as many are pinned as may be.
    """
    hand = _Hand(moderator, now, terms)
    with session.begin_nested():
        done = _decide(session, post_id, Action.APPROVE, hand)
        terms = Terms(
            reason=_WITH_ITS_APPROVAL,
            revision=done.revision,
            key=f"{terms.key}:pin" if terms.key else None,
            origin=terms.origin,
        )
        hand = replace(hand, terms=terms, cause_id=done.decision_id)
        pinned = _decide(session, post_id, Action.PIN, hand)
    return pinned if pinned.changed else done


def _decide(session: Session, post_id: int, action: Action, hand: _Hand) -> Decided:
    changes.take_turn(session)
    terms, now = hand.terms, hand.now
    if (done := decisions.done(session, post_id, action, hand.moderator, terms.key)) is not None:
        return Decided(True, done.revision, done.id)
    post = decisions.take(session, post_id, terms.revision)
    was_public = _is_public(post)
    before = Review(post.review)
    if action in TRANSITIONS:
        effect = _review(post, action, terms, now)
    else:
        effect = effects.apply(session, post, action, terms, moderator=hand.moderator, now=now)
    if effect is None:
        return Decided(False, post.revision)
    decision = _write(session, post, action, effect, hand)
    if action in TRANSITIONS:
        _take_copies_along(session, post, action, decision, hand)
    if action is Action.FEATURE:
        _give_way(session, decision, hand)
    if action is not Action.NOTE:
        _announce(session, post, was_public, now, is_raised=action in _RAISES)
    if post.review != before:
        # A copy that was approved may stand for a story whose head waits.
        announce_standing(session, heads.reconsider(session, post_id), now=now)
    return Decided(True, decision.revision, decision.id)


def undo(
    session: Session, decision_id: int, *, moderator: str, now: datetime, terms: Terms = _PLAIN
) -> Decided:
    """Make a post, and the copies that were decided with it, as they were before a decision.

    Raises:
        UnknownPostError: there is no such decision, or its post has gone.
        ConflictError: the post was changed since; or somebody has acted on its story, as
            `StoryConflictError` says, where the decision was about that.
        IllegalActionError: such a decision cannot be undone.
    """
    changes.take_turn(session)
    decision = session.get(Decision, decision_id)
    if decision is None:
        raise UnknownPostError(f"no decision {decision_id}")
    post_id = decision.post_id
    if (done := decisions.done(session, post_id, Action.UNDO, moderator, terms.key)) is not None:
        return Decided(True, done.revision, done.id)
    if Action(decision.action) not in UNDOABLE or not decision.was:
        raise IllegalActionError(f"decision {decision_id} cannot be undone")
    is_of_story = Action(decision.action) in undoing.ACTS
    post = decisions.take(session, post_id, None if is_of_story else decision.revision)
    hand = _Hand(moderator, now, terms)
    if is_of_story:
        return _undo_story(session, post, decision, hand)
    undone = _undo_one(session, post, decision, hand)
    with_it = replace(hand, terms=Terms(reason=_WITH_ITS_STORY, origin=terms.origin))
    causes = [decision_id]
    if decision.reason == _WITH_ITS_APPROVAL and decision.cause_id is not None:
        approval = session.get_one(Decision, decision.cause_id)
        with_pin = replace(hand, terms=Terms(reason=_WITH_ITS_APPROVAL, origin=terms.origin))
        _undo_one(session, post, approval, with_pin)
        causes.append(decision.cause_id)
    follow = select(Decision).where(
        col(Decision.cause_id).in_(causes),
        col(Decision.reason).in_((_WITH_ITS_STORY, _GIVES_WAY)),
    )
    for one in session.exec(follow).all():
        copy = session.get(Post, one.post_id)
        if copy is not None and copy.revision == one.revision:
            _undo_one(session, copy, one, with_it)
    return Decided(True, post.revision, undone.id)


def release(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Show what was scheduled and is due; return how many posts."""
    changes.take_turn(session)
    query = select(Post).where(Post.review == Review.SCHEDULED, col(Post.show_at) <= now)
    due = session.exec(query.order_by(col(Post.show_at)).limit(limit)).all()
    ids = [post.id or 0 for post in due]
    for post_id in ids:
        post = session.get_one(Post, post_id)
        effect = Effect(post.review, Review.APPROVED.value)
        post.review = Review.APPROVED.value
        _write(session, post, Action.RELEASE, effect, _Hand(CLOCK, now, _PLAIN))
        _announce(session, post, False, now)
        announce_standing(session, heads.reconsider(session, post_id), now=now)
    return len(ids)


def is_release_due(session: Session, *, now: datetime) -> bool:
    """Say whether `release` has anything to do, without taking a turn for it."""
    query = select(Post.id).where(Post.review == Review.SCHEDULED, col(Post.show_at) <= now)
    return session.exec(query.limit(1)).first() is not None


def _review(post: Post, action: Action, terms: Terms, now: datetime) -> Effect | None:
    after = transitions.target(post, action)
    if action is Action.REJECT and terms.reason and terms.reason not in set(Reason):
        raise IllegalActionError(f"reason: write one of {', '.join(Reason)}")
    if after is None:
        return None
    show_at = None
    if after is Review.SCHEDULED:
        show_at = terms.show_at
        if show_at is None or not now < show_at < now + FARTHEST:
            raise IllegalActionError("name a moment within a year from now")
    elif after is Review.APPROVED and terms.grace:
        after, show_at = Review.SCHEDULED, now + terms.grace
    return _set(post, after, show_at)


def _set(post: Post, after: Review, show_at: datetime | None) -> Effect:
    was = {"review": post.review, "show_at": post.show_at and post.show_at.isoformat()}
    post.review, post.show_at = after.value, show_at
    return Effect(str(was["review"]), after.value, was)


def _write(session: Session, post: Post, action: Action, effect: Effect, hand: _Hand) -> Decision:
    decision = Decision(
        post_id=post.id or 0,
        action=action.value,
        reason=hand.terms.reason or None,
        moderator=hand.moderator,
        before=effect.before,
        after=effect.after,
        was=dict(effect.was),
        cause_id=hand.cause_id,
        key=hand.terms.key,
        decided_at=hand.now,
    )
    decisions.write(session, post, decision, origin=hand.terms.origin)
    if action is Action.RELEASE or "review" in effect.was:
        media.wake(session, [post.id or 0], now=hand.now)
    return decision


def _take_copies_along(
    session: Session, post: Post, action: Action, decision: Decision, hand: _Hand
) -> None:
    along = Terms(reason=_WITH_ITS_STORY, origin=hand.terms.origin)
    with_it = replace(hand, terms=along, cause_id=decision.id)
    for copy in heads.copies(session, decision.post_id):
        if copy.review != post.review:
            effect = _set(copy, Review(post.review), post.show_at)
            _write(session, copy, action, effect, with_it)


def _give_way(session: Session, decision: Decision, hand: _Hand) -> None:
    """Let the post that was featured until now be as any other: one card is wide, no more."""
    rival = leads.rival(session, decision.post_id)
    if rival is None:
        return
    terms = Terms(reason=_GIVES_WAY, origin=hand.terms.origin)
    effect = effects.apply(
        session, rival, Action.UNFEATURE, terms, moderator=hand.moderator, now=hand.now
    )
    if effect is not None:
        because = replace(hand, terms=terms, cause_id=decision.id)
        _write(session, rival, Action.UNFEATURE, effect, because)
        _announce(session, rival, _is_public(rival), hand.now)


def _undo_one(session: Session, post: Post, decision: Decision, hand: _Hand) -> Decision:
    was_public, review = _is_public(post), post.review
    effects.put_back(session, post, decision)
    # An undo is not undone: whoever wants it otherwise decides anew.
    before = review if "review" in decision.was else decision.after
    effect = Effect(before, decision.before)
    undone = _write(session, post, Action.UNDO, effect, replace(hand, cause_id=decision.id))
    _announce(session, post, was_public, hand.now)
    if post.review != review:
        media.wake(session, [decision.post_id], now=hand.now)
        announce_standing(session, heads.reconsider(session, decision.post_id), now=hand.now)
    return undone


def _undo_story(session: Session, post: Post, decision: Decision, hand: _Hand) -> Decided:
    changed = undoing.take_back(session, post, decision)
    with_it = replace(hand, terms=Terms(reason=_WITH_ITS_STORY, origin=hand.terms.origin))
    beside = select(Decision).where(
        Decision.cause_id == decision.id, Decision.action == decision.action
    )
    undone = _write_undo(session, post, decision, hand)
    for one in session.exec(beside).all():
        other = session.get(Post, one.post_id)
        if other is not None:
            _write_undo(session, other, one, with_it)
    media.wake(session, changed, now=hand.now)
    announce_standing(session, changed, now=hand.now)
    return Decided(True, post.revision, undone.id)


def _write_undo(session: Session, post: Post, decision: Decision, hand: _Hand) -> Decision:
    session.refresh(post)
    effect = Effect(decision.after, post.review)
    return _write(session, post, Action.UNDO, effect, replace(hand, cause_id=decision.id))


def _announce(
    session: Session, post: Post, was_public: bool, now: datetime, *, is_raised: bool = False
) -> None:
    now_public = _is_public(post)
    if was_public or now_public:
        kind = ChangeKind.RAISED if is_raised else ChangeKind.UPDATED
        kind = kind if was_public else ChangeKind.PUBLISHED
        kind = kind if now_public else ChangeKind.REMOVED
        changes.record(session, kind, [post.id or 0], now=now)
    elif post.is_copy:
        session.flush()
        announce_copies(session, [post.id or 0], now=now)


def _is_public(post: Post) -> bool:
    return is_public(post.review, post.availability, is_copy=post.is_copy)


def last_decision(session: Session, post_id: int) -> Decision | None:
    """Return what was decided last about a post."""
    query = select(Decision).where(Decision.post_id == post_id, Decision.moderator != CLOCK)
    return session.exec(query.order_by(col(Decision.id).desc()).limit(1)).first()
