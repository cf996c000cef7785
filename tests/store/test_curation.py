"""Decisions: what leads where, taken back, asked for twice, and decided by two at once."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, event
from sqlmodel import col, select

from store import audit, curation, retention, wall
from store.curation import Decided
from store.effects import Terms
from store.engine import reading, writing
from store.errors import ConflictError, IllegalActionError, StoreError, UnknownPostError
from store.ingest import ingest
from store.items import Attachment
from store.models import Action, Change, Collected, Decision, Media, Note, Post, Review
from store.transitions import TRANSITIONS
from tests.conftest import NOW, an_item, some_rules

HOLD = some_rules(publish=False)
TEXT = "Trois générations de ma famille autour du même thé, à Tétouan comme à Gand #bladifqalbi"


@pytest.fixture
def desk(engine):
    """A store with one post that waits, and the ways to it."""
    with writing(engine) as session:
        ingest(session, [an_item("1")], rules=HOLD, now=NOW)
    return SimpleNamespace(
        engine=engine, decide=lambda *a, **k: decide(engine, *a, **k), post=lambda: the_post(engine)
    )


def decide(engine, action, post_id=1, *, at=NOW, who="nadia", **terms):
    with writing(engine) as session:
        return curation.decide(
            session, post_id, action, moderator=who, now=at, terms=Terms(**terms)
        )


def undo(engine, decision_id, *, who="nadia", at=NOW, **terms):
    with writing(engine) as session:
        return curation.undo(session, decision_id, moderator=who, now=at, terms=Terms(**terms))


def the_post(engine, post_id=1):
    with reading(engine) as session:
        return session.get_one(Post, post_id)


def on_wall(engine):
    with reading(engine) as session:
        return [one.post.id for one in wall.page(session, wall.Filters()).posts]


@pytest.mark.parametrize("action", TRANSITIONS)
@pytest.mark.parametrize("before", Review)
def test_every_review_leads_where_the_table_says_and_nowhere_else(sqlite_engine, before, action):
    engine = sqlite_engine
    with writing(engine) as session:
        ingest(session, [an_item("1")], rules=HOLD, now=NOW)
        session.get_one(Post, 1).review = before.value
    starts, after = TRANSITIONS[action]
    later = NOW + timedelta(days=1) if action is Action.SCHEDULE else None

    if before in starts:
        decide(engine, action, show_at=later)
    elif before == after:
        assert not decide(engine, action, show_at=later).changed
    else:
        with pytest.raises(IllegalActionError):
            decide(engine, action, show_at=later)

    assert the_post(engine).review == (after if before in starts else before)


def test_what_its_platform_withdrew_is_out_of_our_hands(desk):
    with writing(desk.engine) as session:
        session.get_one(Post, 1).availability = "withdrawn"

    with pytest.raises(IllegalActionError):
        desk.decide(Action.APPROVE)


def test_approval_is_shown_when_its_grace_is_over(desk):
    desk.decide(Action.APPROVE, grace=curation.GRACE)
    before = on_wall(desk.engine)

    with writing(desk.engine) as session:
        early = curation.release(session, now=NOW + timedelta(seconds=14))
        then = curation.release(session, now=NOW + timedelta(seconds=15))

    with reading(desk.engine) as session:
        kinds = session.exec(select(Change.kind)).all()
    assert (before, early, then, on_wall(desk.engine)) == ([], 0, 1, [1])
    assert kinds == ["post.published"]


def test_hiding_is_seen_at_once(desk):
    desk.decide(Action.APPROVE)

    desk.decide(Action.HIDE)

    with reading(desk.engine) as session:
        kinds = session.exec(select(Change.kind).order_by(col(Change.id))).all()
    assert (on_wall(desk.engine), list(kinds)) == ([], ["post.published", "post.removed"])


def test_scheduled_post_waits_for_its_moment_and_never_for_the_past(desk):
    with pytest.raises(IllegalActionError, match="within a year"):
        desk.decide(Action.SCHEDULE, show_at=NOW - timedelta(seconds=1))

    desk.decide(Action.SCHEDULE, show_at=NOW + timedelta(days=2))

    with writing(desk.engine) as session:
        assert curation.release(session, now=NOW + timedelta(days=1)) == 0
        assert curation.release(session, now=NOW + timedelta(days=2)) == 1
    assert on_wall(desk.engine) == [1]


def test_decision_about_another_revision_is_a_conflict_and_changes_nothing(desk):
    desk.decide(Action.ESCALATE, revision=0)

    with pytest.raises(ConflictError):
        desk.decide(Action.REJECT, who="karim", revision=0)

    assert (desk.post().review, desk.post().revision) == ("escalated", 1)


def test_edit_at_the_platform_makes_what_was_seen_old(desk):
    with writing(desk.engine) as session:
        ingest(session, [an_item("1", "Autre chose #bladifqalbi")], rules=HOLD, now=NOW)

    with pytest.raises(ConflictError):
        desk.decide(Action.APPROVE, revision=0)


def test_edit_of_a_scheduled_post_waits_for_a_new_decision(desk):
    desk.decide(Action.SCHEDULE, show_at=NOW + timedelta(days=2))

    with writing(desk.engine) as session:
        ingest(session, [an_item("1", "Autre chose #bladifqalbi")], rules=HOLD, now=NOW)

    assert desk.post().review == "pending"


def test_asking_twice_with_one_key_decides_once(desk):
    first = desk.decide(Action.REJECT, reason="spam", key="k1", revision=0)

    second = desk.decide(Action.REJECT, reason="spam", key="k1", revision=0)

    with reading(desk.engine) as session:
        assert len(session.exec(select(Decision)).all()) == 1
    assert first == second


def test_key_of_one_decision_is_refused_for_another(desk):
    desk.decide(Action.ESCALATE, key="k1")

    with pytest.raises(IllegalActionError, match="another decision"):
        desk.decide(Action.REJECT, key="k1")


def test_rejection_takes_only_known_reasons(desk):
    with pytest.raises(IllegalActionError, match="reason"):
        desk.decide(Action.REJECT, reason="I do not like it")


def test_undo_puts_a_post_back_also_after_its_grace(desk):
    done = desk.decide(Action.APPROVE, grace=curation.GRACE)
    with writing(desk.engine) as session:
        curation.release(session, now=NOW + timedelta(minutes=1))

    undo(desk.engine, done.decision_id)

    assert (desk.post().review, desk.post().show_at, on_wall(desk.engine)) == ("pending", None, [])


def test_undo_after_anothers_decision_is_a_conflict(desk):
    mine = desk.decide(Action.ESCALATE)
    desk.decide(Action.REJECT, who="karim")

    with pytest.raises(ConflictError):
        undo(desk.engine, mine.decision_id)

    assert desk.post().review == "rejected"


def test_undo_is_not_undone(desk):
    done = undo(desk.engine, desk.decide(Action.ESCALATE).decision_id)

    with pytest.raises(IllegalActionError):
        undo(desk.engine, done.decision_id)


def test_undo_takes_the_copies_of_a_story_back_too(engine):
    with writing(engine) as session:
        ingest(session, [an_item("1", TEXT)], rules=HOLD, now=NOW)
        ingest(session, [an_item("2", TEXT)], rules=HOLD, now=NOW)
    done = decide(engine, Action.REJECT)
    rejected = [the_post(engine, number).review for number in (1, 2)]

    undo(engine, done.decision_id)

    assert rejected == ["rejected", "rejected"]
    assert [the_post(engine, number).review for number in (1, 2)] == ["pending", "pending"]


def test_new_copy_does_not_bring_a_hidden_story_back(engine):
    with writing(engine) as session:
        ingest(session, [an_item("1", TEXT)], rules=some_rules(), now=NOW)
    decide(engine, Action.HIDE)

    with writing(engine) as session:
        ingest(session, [an_item("2", TEXT)], rules=some_rules(), now=NOW)

    assert on_wall(engine) == []


def test_each_of_many_is_decided_as_if_alone(engine):
    texts = [TEXT, TEXT, *(f"Récit numéro {n} du bled #bladifqalbi" for n in range(3, 7))]
    with writing(engine) as session:
        for number, text in enumerate(texts, start=1):
            ingest(session, [an_item(str(number), text)], rules=HOLD, now=NOW)
    decide(engine, Action.REJECT, 4)
    decide(engine, Action.ESCALATE, 5)
    asked = [
        (1, Terms(revision=0, key="a")),  # stands for 2
        (3, Terms(revision=0, key="b")),
        (3, Terms(revision=0, key="b")),  # once more
        (4, Terms(revision=1)),  # was so already
        (5, Terms(revision=0)),  # changed meanwhile
        (6, Terms(revision=0, key="b")),  # the key of another
        (99, Terms()),
    ]

    with writing(engine) as session:
        done = curation.decide_each(session, asked, Action.REJECT, moderator="nadia", now=NOW)

    told = [type(one) if isinstance(one, StoreError) else one.changed for one in done]
    assert told == [
        True, True, True, False, ConflictError, IllegalActionError, UnknownPostError,
    ]  # fmt: skip
    first, second, again, *_ = done
    assert isinstance(first, Decided)
    assert second == again
    reviews = [the_post(engine, number).review for number in range(1, 7)]
    assert reviews == ["rejected"] * 4 + ["escalated", "pending"]
    with reading(engine) as session:
        (along,) = session.exec(select(Decision).where(Decision.post_id == 2)).all()
        assert along.cause_id == first.decision_id
        assert audit.verify(session) == 5


def test_head_and_copy_may_be_decided_together(engine):
    with writing(engine) as session:
        for number in ("1", "2"):
            ingest(session, [an_item(number, TEXT)], rules=HOLD, now=NOW)
    both = [(number, Terms(revision=0)) for number in (2, 1)]

    with writing(engine) as session:
        done = curation.decide_each(session, both, Action.APPROVE, moderator="nadia", now=NOW)

    assert all(isinstance(one, Decided) and one.changed for one in done)
    assert on_wall(engine) == [1]
    assert {the_post(engine, number).revision for number in (1, 2)} == {1}


def test_many_cost_no_more_statements_than_one(engine):
    with writing(engine) as session:
        items = [an_item(str(n), f"Récit numéro {n} #bladifqalbi") for n in range(1, 31)]
        ingest(session, items, rules=HOLD, now=NOW)
    sent: list[str] = []

    def statements(post_ids) -> int:
        sent.clear()
        with writing(engine) as session:
            asked = [(one, Terms(revision=0, key=str(one))) for one in post_ids]
            curation.decide_each(session, asked, Action.REJECT, moderator="nadia", now=NOW)
        # SQLite tells the number of a new row only where each is sent alone.
        return len([one for one in sent if not one.startswith("INSERT INTO decision")])

    event.listen(engine, "before_cursor_execute", lambda *told: sent.append(told[2]))

    assert statements([1]) == statements(range(2, 31))


def test_language_topics_and_collections_are_put_back(desk):
    before = desk.post().model_dump(include={"language", "language_by", "languages", "topics"})
    tagged = desk.decide(Action.TAG, words=("ary", "fr"))
    undo(desk.engine, tagged.decision_id)
    named = desk.decide(Action.TOPIC, words=("mémoire", " mémoire ", "thé"))
    topics = desk.post().topics
    undo(desk.engine, named.decision_id)
    put = desk.decide(Action.COLLECT, words=("summer",))
    undo(desk.engine, put.decision_id)

    with reading(desk.engine) as session:
        assert session.exec(select(Collected)).all() == []
    assert topics == ["mémoire", "thé"]
    assert desk.post().model_dump(include=set(before)) == before


def test_description_stays_through_an_edit_until_its_author_writes_one(engine):
    def read(text, alt=None):
        picture = Attachment(kind="image", url="https://social.example/1.png", alt=alt)
        with writing(engine) as session:
            item = an_item("1", text, attachments=(picture,))
            ingest(session, [item], rules=HOLD, now=NOW)
        with reading(engine) as session:
            one = session.exec(select(Media)).one()
        return one.alt, one.alt_by

    read("Un thé #bladifqalbi")
    decide(engine, Action.DESCRIBE, words=("Une théière",))

    after_edit = read("Deux thés #bladifqalbi")
    after_author = read("Deux thés #bladifqalbi", "Ma théière")

    assert after_edit == ("Une théière", "moderator")
    assert after_author == ("Ma théière", None)
    with pytest.raises(IllegalActionError, match="author"):
        decide(engine, Action.DESCRIBE, words=("Autre",))


def test_erased_post_takes_its_notes_with_it_and_leaves_the_trail_whole(desk):
    desk.decide(Action.NOTE, words=("Appeler avant de publier",))

    with writing(desk.engine) as session:
        retention.bury(session, 1, reason="asked", now=NOW)

    with reading(desk.engine) as session:
        assert session.exec(select(Note)).all() == []
        assert audit.verify(session) == 1


def test_many_decide_at_once_and_no_update_is_lost(engine):
    people, posts = 6, 8
    with writing(engine) as session:
        items = [an_item(str(n), f"Récit numéro {n} #bladifqalbi") for n in range(posts)]
        ingest(session, items, rules=HOLD, now=NOW)
    wins: list[int] = []
    conflicts: list[int] = []

    def work(who):
        for post_id in range(1, posts + 1):
            try:
                decide(engine, Action.REJECT, post_id, who=who, revision=0)
                wins.append(post_id)
            except ConflictError:
                conflicts.append(post_id)

    threads = [Thread(target=work, args=(f"p{n}",)) for n in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with reading(engine) as session:
        assert audit.verify(session) == posts
    assert sorted(wins) == list(range(1, posts + 1))
    assert len(conflicts) == (people - 1) * posts


class Team(RuleBasedStateMachine):
    """People who decide at random about a story of two posts and a post alone."""

    make: Callable[[], Engine]

    @initialize()
    def start(self):
        self.engine = type(self).make()
        self.at = NOW
        self.done: list[int] = []
        with writing(self.engine) as session:
            for number, text in enumerate((TEXT, TEXT, "Un thé à Gand #bladifqalbi"), 1):
                ingest(session, [an_item(str(number), text)], rules=HOLD, now=NOW)

    @rule(
        action=st.sampled_from(list(TRANSITIONS)),
        post_id=st.integers(1, 3),
        grace=st.sampled_from([timedelta(0), curation.GRACE]),
    )
    def decide(self, action, post_id, grace):
        self.at += timedelta(seconds=1)
        later = self.at + timedelta(seconds=20)
        try:
            done = decide(self.engine, action, post_id, at=self.at, show_at=later, grace=grace)
        except IllegalActionError:
            return
        if done.decision_id:
            self.done.append(done.decision_id)

    @rule(data=st.data())
    def undo(self, data):
        if self.done:
            try:
                undo(self.engine, data.draw(st.sampled_from(self.done)), at=self.at)
            except StoreError:
                return

    @rule(seconds=st.integers(1, 40))
    def wait(self, seconds):
        self.at += timedelta(seconds=seconds)
        with writing(self.engine) as session:
            curation.release(session, now=self.at)

    @invariant()
    def replaying_all_decisions_gives_the_stored_state(self):
        with reading(self.engine) as session:
            stored = {post.id: post.review for post in session.exec(select(Post))}
            replayed = dict.fromkeys(stored, "pending")
            for one in session.exec(select(Decision).order_by(col(Decision.id))):
                assert replayed[one.post_id] == one.before
                replayed[one.post_id] = one.after
            assert replayed == stored
            audit.verify(session)

    def teardown(self):
        if hasattr(self, "engine"):
            self.engine.dispose()


def test_replaying_decisions_gives_the_stored_state(sqlite_template, tmp_path):
    import itertools
    import shutil

    from store.engine import open_engine

    names = itertools.count()

    def make():
        path = tmp_path / f"{next(names)}.db"
        shutil.copy(sqlite_template, path)
        return open_engine(f"sqlite:///{path}")

    machine = type("OurTeam", (Team,), {"make": staticmethod(make)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=15,
            deadline=None,
            # To make a failure smaller takes minutes.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
