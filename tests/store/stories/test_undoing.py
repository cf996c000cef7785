"""Acts on stories are taken back: all is as it was, and nothing that came since is lost."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from store import audit, curation, retention
from store.engine import open_engine, reading, writing
from store.errors import ConflictError, IllegalActionError, StoreError, StoryConflictError
from store.ingest import ingest
from store.models import Action, Change, Decision, Post, StoryApart, StoryEdge
from store.stories import clusters, hand
from tests.conftest import NOW, an_item, some_rules
from tests.store.stories.test_store import ALMONDS, BREAD, HARBOUR, put, stories

ACTS: dict[str, Any] = {"join": hand.join, "keep": hand.keep, "split": hand.split}


def fill(engine, *texts):
    for number, text in enumerate(texts, 1):
        item = an_item(str(number), f"{text} #bladifqalbi", url=f"https://social.example/{number}")
        with writing(engine) as session:
            ingest(session, [item], rules=some_rules(publish=False, tagger=None), now=NOW)


def act(engine, action, *post_ids, who="nadia"):
    """Act, and return the number of the decision."""
    with writing(engine) as session:
        ACTS[action](session, *post_ids, moderator=who, now=NOW)
        query = select(Decision.id).where(Decision.action == action, Decision.cause_id.is_(None))  # type: ignore[union-attr]
        return session.exec(query.order_by(col(Decision.id).desc())).first()


def decide(engine, action, post_id, who="nadia"):
    with writing(engine) as session:
        return curation.decide(session, post_id, action, moderator=who, now=NOW).decision_id


def undo(engine, decision_id, who="nadia"):
    with writing(engine) as session:
        curation.undo(session, decision_id, moderator=who, now=NOW)


def all_of(engine):
    """Return all that a person's act on stories may change."""
    with reading(engine) as session:
        posts = session.exec(select(Post).order_by(col(Post.id))).all()
        return (
            [(one.id, one.story_id, one.is_copy, one.is_chosen, one.review) for one in posts],
            {tuple(one.model_dump().values()) for one in session.exec(select(StoryEdge))},
            {(one.one_id, one.other_id) for one in session.exec(select(StoryApart))},
        )


@pytest.mark.parametrize(
    ("action", "post_ids"),
    [("split", (1,)), ("split", (2,)), ("keep", (3,)), ("join", (1, 4)), ("join", (4, 5))],
)
def test_all_is_as_it_was_and_both_acts_stay_in_the_trail(engine, action, post_ids):
    fill(engine, HARBOUR, HARBOUR, HARBOUR, BREAD, ALMONDS)
    before = all_of(engine)
    done = act(engine, action, *post_ids)
    between = all_of(engine)

    undo(engine, done)

    assert between != before
    assert all_of(engine) == before
    with reading(engine) as session:
        told = session.exec(select(Decision.action).order_by(col(Decision.id))).all()
        assert audit.verify(session) == len(told)
    assert told == [action] * len(post_ids) + ["undo"] * len(post_ids) if action == "join" else [
        action, "undo",
    ]  # fmt: skip


def test_post_that_held_two_parts_together_does_so_again(engine):
    fill(engine, HARBOUR, BREAD, ALMONDS)
    act(engine, "join", 1, 2)
    act(engine, "join", 2, 3)
    before = all_of(engine)

    undo(engine, act(engine, "split", 2))

    assert all_of(engine) == before


def test_what_was_said_before_of_posts_that_are_put_together_is_said_again(engine):
    fill(engine, HARBOUR, HARBOUR, HARBOUR)
    act(engine, "split", 2)
    before = all_of(engine)

    undo(engine, act(engine, "join", 1, 2))

    assert all_of(engine) == before
    assert before[2] == {(1, 2), (2, 3)}


def test_what_a_story_had_rejected_waits_again(engine):
    fill(engine, HARBOUR, BREAD)
    decide(engine, Action.REJECT, 1)
    before = all_of(engine)

    done = act(engine, "join", 2, 1)
    together = all_of(engine)
    undo(engine, done)

    assert [one[4] for one in together[0]] == ["rejected", "rejected"]
    assert all_of(engine) == before
    with reading(engine) as session:
        told = [
            (one.before, one.after) for one in session.exec(select(Decision)) if one.post_id == 2
        ]
    assert told == [("pending", "rejected"), ("rejected", "pending")]


def test_public_sees_what_stands_for_its_story_again(engine):
    fill(engine, HARBOUR, HARBOUR)
    decide(engine, Action.APPROVE, 1)
    done = act(engine, "keep", 2)

    undo(engine, done)

    with reading(engine) as session:
        seen = session.exec(select(Change.kind, Change.post_id).order_by(col(Change.id))).all()
    assert sorted(seen[-2:]) == [("post.published", 1), ("post.removed", 2)]


@pytest.mark.parametrize("other", [("keep", 3), ("split", 3), ("join", 3, 4), ("reject", 1)])
def test_act_that_another_has_built_upon_is_not_taken_back(engine, other):
    fill(engine, HARBOUR, HARBOUR, HARBOUR, BREAD)
    mine = act(engine, "split", 2)
    action, *post_ids = other
    if action == "reject":
        theirs = decide(engine, Action.REJECT, post_ids[0], who="karim")
    else:
        theirs = act(engine, action, *post_ids, who="karim")
    before = all_of(engine)

    with pytest.raises(StoryConflictError) as refused:
        undo(engine, mine)

    assert (refused.value.moderator, all_of(engine)) == ("karim", before)
    # What was taken back itself is in nobody's way.
    undo(engine, theirs, who="karim")
    undo(engine, mine)


def test_act_on_a_post_that_was_decided_about_since_is_not_taken_back(engine):
    fill(engine, HARBOUR, HARBOUR)
    mine = act(engine, "split", 2)
    decide(engine, Action.REJECT, 2, who="karim")

    with pytest.raises(ConflictError):
        undo(engine, mine)


def test_undo_is_taken_back_by_nobody(engine):
    fill(engine, HARBOUR, HARBOUR)
    mine = act(engine, "split", 2)
    undo(engine, mine)

    with pytest.raises(ConflictError):
        undo(engine, mine)
    with pytest.raises(IllegalActionError):
        undo(engine, mine + 1)


def test_post_that_was_alone_has_nothing_to_take_back(engine):
    fill(engine, HARBOUR)

    with pytest.raises(IllegalActionError):
        undo(engine, act(engine, "split", 1))


def test_what_came_and_went_since_stays_so(engine):
    fill(engine, HARBOUR, HARBOUR, HARBOUR)
    mine = act(engine, "split", 2)
    put(engine, "new", HARBOUR)
    with writing(engine) as session:
        retention.bury(session, 1, reason="asked", now=NOW)

    undo(engine, mine)

    (story,) = stories(engine)
    assert story == {"mastodon:2", "mastodon:3", "mastodon:new"}


def test_large_stories_that_one_post_held_together_are_one_again(sqlite_engine, monkeypatch):
    engine = sqlite_engine
    monkeypatch.setattr(clusters, "LARGE", 2)
    fill(engine, HARBOUR, HARBOUR, BREAD, BREAD, ALMONDS)
    with writing(engine) as session:
        for other in (1, 3):
            session.add(
                StoryEdge(
                    post_id=5, other_id=other, kind="near text", score=1, why="words", words=2
                )
            )
        for post in session.exec(select(Post)):
            post.story_id, post.is_copy = 1, post.id != 1
    before = all_of(engine)
    done = act(engine, "split", 5)
    apart = stories(engine)

    undo(engine, done)

    assert len(apart) == 3
    assert all_of(engine) == before


WORK = st.lists(
    st.tuples(st.sampled_from(sorted(ACTS)), st.integers(1, 6), st.integers(1, 6)), max_size=7
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(work=WORK, rejected=st.sets(st.integers(1, 6), max_size=2))
def test_whatever_is_done_is_undone_step_by_step(tmp_path_factory, sqlite_template, work, rejected):
    path = tmp_path_factory.mktemp("undoing") / "wall.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine = open_engine(f"sqlite:///{path}")
    fill(engine, HARBOUR, HARBOUR, f"{HARBOUR} !!", BREAD, BREAD, ALMONDS)
    for post_id in rejected:
        decide(engine, Action.REJECT, post_id)
    done = []
    for action, one, other in work:
        before = all_of(engine)
        try:
            number = act(engine, action, *((one, other) if action == "join" else (one,)))
        except StoreError:
            assert all_of(engine) == before
            continue
        stories(engine)
        done.append((before, number))
    for before, number in reversed(done):
        with suppress(IllegalActionError):  # it has changed nothing
            undo(engine, number)
        assert all_of(engine) == before
        stories(engine)
    engine.dispose()
