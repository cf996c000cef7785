"""The one way to change a review, or anything else that people say of a post."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from store import changes, decisions, effects, leads, media, transitions
from store.effects import Effect, Terms
from store.errors import IllegalActionError, StoreError, UnknownPostError
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
    """Who decides, when and from where, and because of what."""

    moderator: str
    now: datetime
    origin: str = ""
    reason: str = ""
    key: str | None = None
    cause_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Act:
    """A decision that has changed a post, and how that was before."""

    post: Post
    decision: Decision
    was_public: bool
    before: str


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
    (done,) = decide_each(session, [(post_id, terms)], action, moderator=moderator, now=now)
    if isinstance(done, StoreError):
        raise done
    return done


def decide_each(
    session: Session,
    asked: Sequence[tuple[int, Terms]],
    action: Action,
    *,
    moderator: str,
    now: datetime,
) -> list[Decided | StoreError]:
    """Decide about posts, each on its own: of one, what `decide` would return or raise.

    The store is asked about all of them together; `Terms.origin` is the same for all.
    """
    origin = asked[0][1].origin if asked else ""
    return _decide_each(session, asked, action, _Hand(moderator, now, origin))


def approve_and_pin(
    session: Session, post_id: int, *, moderator: str, now: datetime, terms: Terms = _PLAIN
) -> Decided:
    """Approve a post and pin it: two decisions, which an undo of the second takes back together.

    The caller, and what is raised, are as those of `decide`.

    Raises:
        FullError: as many are pinned as may be.
    """
    hand = _Hand(moderator, now, terms.origin)
    with session.begin_nested():
        done = _decide(session, post_id, Action.APPROVE, terms, hand)
        with_it = Terms(
            reason=_WITH_ITS_APPROVAL,
            revision=done.revision,
            key=f"{terms.key}:pin" if terms.key else None,
        )
        because = replace(hand, cause_id=done.decision_id)
        pinned = _decide(session, post_id, Action.PIN, with_it, because)
    return pinned if pinned.changed else done


def _decide(session: Session, post_id: int, action: Action, terms: Terms, hand: _Hand) -> Decided:
    (done,) = _decide_each(session, [(post_id, terms)], action, hand)
    if isinstance(done, StoreError):
        raise done
    return done


def _decide_each(
    session: Session, asked: Sequence[tuple[int, Terms]], action: Action, hand: _Hand
) -> list[Decided | StoreError]:
    changes.take_turn(session)
    keys = [terms.key for _, terms in asked if terms.key is not None]
    made = decisions.made(session, hand.moderator, keys)
    posts = decisions.take_each(session, (post_id for post_id, _ in asked))
    acts: list[_Act] = []
    done: list[Decision | Decided | StoreError] = []
    for post_id, terms in asked:
        try:
            found = decisions.same(made.get(terms.key or ""), post_id, action)
            if found is not None:
                done.append(found)
                continue
            post = decisions.expect(posts, post_id, terms.revision)
            act = _act(session, post, action, terms, hand)
        except StoreError as error:
            done.append(error)
            continue
        if act is None:
            done.append(Decided(False, post.revision))
            continue
        done.append(act.decision)
        acts.append(act)
        if terms.key is not None:
            made[terms.key] = act.decision
        if action not in TRANSITIONS:
            # How others stand decides about the next one.
            _follow(session, action, [act], hand)
    if action in TRANSITIONS:
        _follow(session, action, acts, hand)
    return [
        Decided(True, one.revision, one.id) if isinstance(one, Decision) else one for one in done
    ]


def _act(session: Session, post: Post, action: Action, terms: Terms, hand: _Hand) -> _Act | None:
    """Change one post, and note why; None when it was so already."""
    was_public, before = _is_public(post), post.review
    if action in TRANSITIONS:
        effect = _review(post, action, terms, hand.now)
    else:
        effect = effects.apply(session, post, action, terms, moderator=hand.moderator, now=hand.now)
    if effect is None:
        return None
    because = replace(hand, reason=terms.reason, key=terms.key)
    decision = _note(session, post, action, effect, because)
    return _Act(post, decision, was_public, before)


def _follow(session: Session, action: Action, acts: Sequence[_Act], hand: _Hand) -> None:
    """Write down what was done to posts, and let follow what follows from it."""
    if not acts:
        return
    _seal(session, acts, hand)
    if action in TRANSITIONS:
        _take_copies_along(session, action, acts, hand)
    if action is Action.FEATURE:
        _give_way(session, acts[0].decision, hand)
    if action is not Action.NOTE:
        _announce(session, acts, hand.now, is_raised=action in _RAISES)
    for act in acts:
        # A copy that was approved may stand for a story whose head waits.
        if act.post.review != act.before and act.post.is_copy:
            changed = heads.reconsider(session, act.decision.post_id)
            announce_standing(session, changed, now=hand.now)


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
    hand = _Hand(moderator, now, terms.origin)
    asked = replace(hand, reason=terms.reason, key=terms.key)
    if is_of_story:
        return _undo_story(session, post, decision, asked)
    undone = _undo_one(session, post, decision, asked)
    causes = [decision_id]
    if decision.reason == _WITH_ITS_APPROVAL and decision.cause_id is not None:
        approval = session.get_one(Decision, decision.cause_id)
        _undo_one(session, post, approval, replace(hand, reason=_WITH_ITS_APPROVAL))
        causes.append(decision.cause_id)
    follow = select(Decision).where(
        col(Decision.cause_id).in_(causes),
        col(Decision.reason).in_((_WITH_ITS_STORY, _GIVES_WAY)),
    )
    for one in session.exec(follow).all():
        copy = session.get(Post, one.post_id)
        if copy is not None and copy.revision == one.revision:
            _undo_one(session, copy, one, replace(hand, reason=_WITH_ITS_STORY))
    return Decided(True, post.revision, undone.id)


def release(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Show what was scheduled and is due; return how many posts."""
    changes.take_turn(session)
    query = select(Post).where(Post.review == Review.SCHEDULED, col(Post.show_at) <= now)
    due = session.exec(query.order_by(col(Post.show_at)).limit(limit)).all()
    hand, acts = _Hand(CLOCK, now), []
    for post in due:
        effect = Effect(post.review, Review.APPROVED.value)
        post.review = Review.APPROVED.value
        decision = _note(session, post, Action.RELEASE, effect, hand)
        acts.append(_Act(post, decision, False, effect.before))
    _follow(session, Action.RELEASE, acts, hand)
    return len(acts)


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


def _note(session: Session, post: Post, action: Action, effect: Effect, hand: _Hand) -> Decision:
    decision = Decision(
        post_id=post.id or 0,
        action=action.value,
        reason=hand.reason or None,
        moderator=hand.moderator,
        before=effect.before,
        after=effect.after,
        was=dict(effect.was),
        cause_id=hand.cause_id,
        key=hand.key,
        decided_at=hand.now,
    )
    decisions.note(session, post, decision)
    return decision


def _seal(session: Session, acts: Sequence[_Act], hand: _Hand) -> None:
    decisions.seal(session, [act.decision for act in acts], origin=hand.origin)
    reviewed = [act.decision.post_id for act in acts if act.post.review != act.before]
    if reviewed:
        media.wake(session, reviewed, now=hand.now)


def _take_copies_along(session: Session, action: Action, acts: Sequence[_Act], hand: _Hand) -> None:
    causes = {act.post.story_id: act for act in acts if act.post.story_id and not act.post.is_copy}
    followed: list[_Act] = []
    for copy in heads.copies(session, causes):
        cause = causes[copy.story_id or 0]
        if copy.review != cause.post.review:
            before = copy.review
            effect = _set(copy, Review(cause.post.review), cause.post.show_at)
            because = replace(hand, reason=_WITH_ITS_STORY, cause_id=cause.decision.id)
            decision = _note(session, copy, action, effect, because)
            followed.append(_Act(copy, decision, False, before))
    if followed:
        _seal(session, followed, hand)


def _give_way(session: Session, decision: Decision, hand: _Hand) -> None:
    """Let the post that was featured until now be as any other: one card is wide, no more."""
    rival = leads.rival(session, decision.post_id)
    if rival is None:
        return
    because = replace(hand, cause_id=decision.id)
    act = _act(session, rival, Action.UNFEATURE, Terms(reason=_GIVES_WAY), because)
    if act is not None:
        _follow(session, Action.UNFEATURE, [act], hand)


def _undo_one(session: Session, post: Post, decision: Decision, hand: _Hand) -> Decision:
    was_public, before = _is_public(post), post.review
    effects.put_back(session, post, decision)
    # An undo is not undone: whoever wants it otherwise decides anew.
    shown = before if "review" in decision.was else decision.after
    effect = Effect(shown, decision.before)
    undone = _note(session, post, Action.UNDO, effect, replace(hand, cause_id=decision.id))
    _follow(session, Action.UNDO, [_Act(post, undone, was_public, before)], hand)
    return undone


def _undo_story(session: Session, post: Post, decision: Decision, hand: _Hand) -> Decided:
    changed = undoing.take_back(session, post, decision)
    beside = select(Decision).where(
        Decision.cause_id == decision.id, Decision.action == decision.action
    )
    undone = _note_undo(session, post, decision, hand)
    noted = [undone]
    for one in session.exec(beside).all():
        other = session.get(Post, one.post_id)
        if other is not None:
            with_it = replace(hand, reason=_WITH_ITS_STORY, key=None)
            noted.append(_note_undo(session, other, one, with_it))
    decisions.seal(session, noted, origin=hand.origin)
    media.wake(session, changed, now=hand.now)
    announce_standing(session, changed, now=hand.now)
    return Decided(True, post.revision, undone.id)


def _note_undo(session: Session, post: Post, decision: Decision, hand: _Hand) -> Decision:
    session.refresh(post)
    effect = Effect(decision.after, post.review)
    return _note(session, post, Action.UNDO, effect, replace(hand, cause_id=decision.id))


def _announce(
    session: Session, acts: Sequence[_Act], now: datetime, *, is_raised: bool = False
) -> None:
    kinds: dict[ChangeKind, list[int]] = defaultdict(list)
    named: list[int] = []
    for act in acts:
        now_public = _is_public(act.post)
        if act.was_public or now_public:
            kind = ChangeKind.RAISED if is_raised else ChangeKind.UPDATED
            kind = kind if act.was_public else ChangeKind.PUBLISHED
            kind = kind if now_public else ChangeKind.REMOVED
            kinds[kind].append(act.decision.post_id)
        elif act.post.is_copy:
            named.append(act.decision.post_id)
    for kind, post_ids in kinds.items():
        changes.record(session, kind, post_ids, now=now)
    if named:
        announce_copies(session, named, now=now)


def _is_public(post: Post) -> bool:
    return is_public(post.review, post.availability, is_copy=post.is_copy)


def last_decision(session: Session, post_id: int) -> Decision | None:
    """Return what was decided last about a post."""
    query = select(Decision).where(Decision.post_id == post_id, Decision.moderator != CLOCK)
    return session.exec(query.order_by(col(Decision.id).desc()).limit(1)).first()
