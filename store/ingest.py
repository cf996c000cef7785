"""The one way in: admit → sanitise → tag → save → find duplicates, in the caller's transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from store import audit, changes, decisions, media, rows, saving, tagging
from store.hashtags import Campaign, Match
from store.items import Item
from store.language import LanguageTagger
from store.models import (
    Action,
    Availability,
    ChangeKind,
    Decision,
    Post,
    Review,
)
from store.stories import heads, matching, pictures
from store.stories.formulas import Formulas
from store.visibility import announce_copies, announce_if_public, announce_standing, hide, is_public

BURIED, NOT_PUBLIC, OFF_TOPIC = "buried", "not_public", "off_topic"
"""Why an item stays outside, beside its author's `OptOut`."""
LOOKALIKE = "lookalike-tag"
"""Our own label of a post that only a look-alike of our tag makes part of the campaign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How one source's items are treated.

    `tagger` None leaves languages unknown; `deduplicate` False leaves duplicates unlooked for
    (both for measuring). `recheck` is how long a post may go unseen before it is asked for again;
    None when its platform cannot be asked.
    """

    source: str
    campaign: Campaign
    publish: bool = False
    tagger: LanguageTagger | None = None
    deduplicate: bool = True
    formulas: Formulas | None = None
    """What many people say; None takes the list that comes with us."""
    recheck: timedelta | None = None


@dataclass(slots=True)
class Tally:
    """What became of some items; each is counted once, duplicates among the added or updated."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    removed: int = 0
    """Stored posts that their author or platform no longer lets everybody see."""
    refused: Counter[str] = field(default_factory=Counter)
    poison: list[tuple[Item, str]] = field(default_factory=list)
    """Items that cannot be kept, with the reason."""

    def add(self, other: "Tally") -> None:
        """Add another tally's counts to this one."""
        self.added += other.added
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.duplicates += other.duplicates
        self.removed += other.removed
        self.refused.update(other.refused)
        self.poison.extend(other.poison)


@dataclass(slots=True)
class _Incoming:
    """One admitted item on its way in."""

    item: Item
    row: dict[str, Any]
    old: saving.Kept | None

    @property
    def key(self) -> saving.Key:
        """What names it on its platform and here."""
        return self.item.platform, self.item.native_id


def ingest(session: Session, items: Iterable[Item], *, rules: Rules, now: datetime) -> Tally:
    """Keep some items of one platform: new ones are added, known ones brought up to date.

    The session must be in a write transaction (`engine.writing`); the caller commits. Doing it
    twice is the same as doing it once.
    """
    changes.take_turn(session)
    tally = Tally()
    fresh, stale = _sort(session, items, rules, tally, now)
    _touch(session, stale, rules, now)
    reading = _save(session, fresh, rules, now)
    tally.added = sum(one.old is None for one in fresh)
    tally.updated = len(fresh) - tally.added
    tally.unchanged = len(stale)
    if reading is not None:
        tally.duplicates = _match(session, fresh, reading, rules, now)
    _announce(session, fresh, rules, now)
    return tally


def _sort(
    session: Session, items: Iterable[Item], rules: Rules, tally: Tally, now: datetime
) -> tuple[list[_Incoming], list[tuple[Item, saving.Kept]]]:
    """Part what is new or edited from what is there just so; count what stays outside."""
    latest = {(item.platform, item.native_id): item for item in items}
    # No database can be asked for a name that none can hold; its item is poison below.
    known = saving.kept(session.connection(), filter(rows.is_name, latest))
    buried = saving.buried(session.connection(), latest)
    fresh: list[_Incoming] = []
    stale: list[tuple[Item, saving.Kept]] = []
    for key, item in latest.items():
        old = known.get(key)
        reason = _refusal(item, key in buried, rules)
        if reason == OFF_TOPIC and old is not None and decisions.is_by_hand(session, old.id):
            reason = None
        if reason is not None:
            tally.refused[reason] += 1
            tally.removed += _withdraw(session, old, now)
            continue
        try:
            digest = rows.digest(item)
            if old is not None and old.digest == digest:
                stale.append((item, old))
            else:
                row = rows.of(item, digest=digest, now=now, recheck=rules.recheck)
                fresh.append(_Incoming(item, row, old))
        except ValueError as error:
            tally.poison.append((item, str(error)))
    return fresh, stale


def _withdraw(session: Session, old: saving.Kept | None, now: datetime) -> int:
    """Hide what may no longer be seen; return how many posts that were."""
    if old is None or old.availability == Availability.WITHDRAWN:
        return 0
    hide(session, old.id, Availability.WITHDRAWN, now=now)
    return int(old.availability == Availability.LIVE)


def _refusal(item: Item, buried: bool, rules: Rules) -> str | None:
    """Return why an item must stay outside; the one place for opt-outs and visibility."""
    if buried:
        return BURIED
    if not item.visible:
        return NOT_PUBLIC
    if item.opt_out is not None:
        return item.opt_out.value
    if not item.vouched and rules.campaign.match(item) is Match.NEITHER:
        return OFF_TOPIC
    return None


def _touch(
    session: Session, stale: Sequence[tuple[Item, saving.Kept]], rules: Rules, now: datetime
) -> None:
    """Note that posts are still there, with today's counts; bring back those that were missed."""
    saving.touch(
        session.connection(),
        [(old.id, rows.seen(item, now=now, recheck=rules.recheck)) for item, old in stale],
    )
    _refresh(session, stale, now)
    for _, old in stale:
        if old.availability != Availability.LIVE:
            post = session.get_one(Post, old.id)
            post.availability, post.missed_at = Availability.LIVE, None
            session.flush()
            announce_standing(session, heads.reconsider(session, old.id), now=now)
            announce_if_public(session, old.id, now=now)


def _refresh(session: Session, stale: Sequence[tuple[Item, saving.Kept]], now: datetime) -> None:
    """Keep the newest addresses of pictures where signatures in them expire."""
    signed = [(item, old) for item, old in stale if media.policy(item.platform).signed]
    if signed:
        # Those that nothing needs, or that had no room, are not to be fetched because of this.
        attached = [row for item, old in signed for row in rows.media(item, old.id)]
        posts = [
            {"id": old.id, "platform": item.platform, **rows.avatar(item)} for item, old in signed
        ]
        pictures = media.of_rows(posts, attached, now=now)
        idle = media.idle(session, [one["key"] for one in pictures])
        wanted = [one for one in pictures if one["key"] not in idle]
        saving.add_pictures(session.connection(), wanted)


def _save(
    session: Session, fresh: Sequence[_Incoming], rules: Rules, now: datetime
) -> matching.Reading | None:
    """Write posts; return what they say, if duplicates are to be looked for."""
    if not fresh:
        return None
    _judge(session, fresh, rules)
    connection = session.connection()
    known = {one.old.id: one.row for one in fresh if one.old}
    reworded = saving.keep_old_texts(connection, known, now=now)
    for one in fresh:
        if one.old is not None:
            waits = one.old.id in reworded and not _may_publish(one.row, rules)
            _keep_decided(one.row, one.old, waits=waits)
    posts = [one.row for one in fresh]
    reading = (
        matching.read(session, posts, campaign=rules.campaign, formulas=rules.formulas)
        if rules.deduplicate
        else None
    )
    saving.upsert(connection, posts)
    new = saving.ids(connection, [one.key for one in fresh if one.old is None])
    for one in fresh:
        one.row["id"] = one.old.id if one.old else new[one.key]
    edited = [one.old.id for one in fresh if one.old is not None]
    described: media.Descriptions = {}
    if edited:
        media.wake(session, edited, now=now)
        described = media.described(session, edited)
        saving.drop_media(connection, edited)
    attached = [row for one in fresh for row in rows.media(one.item, one.row["id"])]
    media.describe_again(attached, described)
    saving.add_media(connection, attached)
    saving.add_pictures(connection, media.of_rows(posts, attached, now=now))
    saving.keep_raw(
        connection,
        [
            {"post_id": one.row["id"], "body": rows.pack(one.item.raw), "fetched_at": now}
            for one in fresh
        ],
    )
    return reading


def _judge(session: Session, fresh: Sequence[_Incoming], rules: Rules) -> None:
    """Fill in what we say of posts: language, keys, our label, and a new one's review."""
    _tag(session, fresh, rules.tagger)
    for one in fresh:
        if not one.item.vouched and rules.campaign.match(one.item) is Match.LOOKALIKE:
            one.row["labels"].append(LOOKALIKE)
        review = Review.APPROVED if _may_publish(one.row, rules) else Review.PENDING
        one.row["review"] = review.value


def _may_publish(row: dict[str, Any], rules: Rules) -> bool:
    """Say whether a source may show a post that no person has seen: never behind a false tag."""
    return rules.publish and LOOKALIKE not in row["labels"]


def _tag(session: Session, fresh: Sequence[_Incoming], tagger: LanguageTagger | None) -> None:
    if tagger is None:
        return
    posts = [one.row for one in fresh]
    known = tagging.signals(session, posts)
    tags = tagger.tag_many([tagging.text_of(post) for post in posts], known)
    for post, tag in zip(posts, tags, strict=True):
        post.update(tagging.columns(tag, tagger))


def _keep_decided(row: dict[str, Any], old: saving.Kept, *, waits: bool) -> None:
    """Carry over to an edited post what people have decided about it."""
    row["first_seen_at"] = old.first_seen_at
    for name in ("story_id", "is_copy", "text_id", "said_key", "url_key", "story_version"):
        row[name] = getattr(old, name)
    row["review"] = old.review
    # Whoever decides about it now has not seen this.
    row["revision"] = old.revision + 1
    # What was approved is not what it says now: a source that holds new posts holds edits too.
    if waits and old.review in (Review.APPROVED, Review.SCHEDULED):
        row["review"] = Review.PENDING.value


def _match(
    session: Session,
    fresh: Sequence[_Incoming],
    reading: matching.Reading,
    rules: Rules,
    now: datetime,
) -> int:
    """Put posts that tell one story together; return how many of these are copies."""
    edited = {
        one.old.id: matching.Before(one.old.text_id, one.old.said_key)
        for one in fresh
        if one.old is not None and one.old.story_version
    }
    changed = matching.match(session, reading, campaign=rules.campaign, edited=edited)
    # An edit may have taken the last picture away.
    showing = [one.row["id"] for one in fresh if one.item.attachments or one.old]
    changed |= pictures.match(session, showing)
    for one in fresh:
        if one.old is not None and one.old.availability != Availability.LIVE:
            changed |= heads.reconsider(session, one.old.id)
    own = {one.row["id"]: one.row for one in fresh}
    for post in saving.by_id(session.connection(), changed & set(own)):
        own[post.id]["is_copy"] = post.is_copy
        # A copy of a story that a person has rejected is rejected with it.
        own[post.id]["review"] = post.review
    announce_standing(session, changed - set(own), now=now)
    return sum(one.row["is_copy"] for one in fresh)


def _announce(session: Session, fresh: Sequence[_Incoming], rules: Rules, now: datetime) -> None:
    """Write what was decided by the source's mode, and what the public sees differently."""
    decisions: list[dict[str, Any]] = []
    kinds: dict[ChangeKind, list[int]] = {}
    for one in fresh:
        old, row = one.old, one.row
        before = Review.PENDING.value if old is None else old.review
        if before != row["review"]:
            decisions.append(
                {
                    "post_id": row["id"],
                    "action": Action.APPROVE if row["review"] == Review.APPROVED else Action.HOLD,
                    "reason": "new" if old is None else "edited",
                    "moderator": f"source:{rules.source}",
                    "before": before,
                    "after": row["review"],
                    "decided_at": now,
                    "revision": row["revision"],
                }
            )
        was = old is not None and is_public(before, old.availability, is_copy=old.is_copy)
        now_public = is_public(row["review"], row["availability"], is_copy=row["is_copy"])
        if was or now_public:
            kind = (
                ChangeKind.REMOVED
                if not now_public
                else ChangeKind.UPDATED
                if was
                else ChangeKind.PUBLISHED
            )
            kinds.setdefault(kind, []).append(row["id"])
    if decisions:
        session.connection().execute(insert(Decision), decisions)
        audit.append(session, map(audit.of_decision, decisions))
    for kind, post_ids in kinds.items():
        changes.record(session, kind, post_ids, now=now)
    if named := [one.row["id"] for one in fresh if _is_named(one)]:
        announce_copies(session, named, now=now)


def _is_named(one: _Incoming) -> bool:
    """Say whether the public sees a post as another place of its story, or has seen it so."""
    old, row = one.old, one.row
    if not row["is_copy"]:
        return False
    was = old is not None and is_public(old.review, old.availability, is_copy=False)
    return was or is_public(row["review"], row["availability"], is_copy=False)
