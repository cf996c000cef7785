"""What a person says of stories stays."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from store import curation, retention, wall
from store.engine import reading, writing
from store.errors import OnePostError, UnknownPostError
from store.ingest import ingest
from store.items import Reference
from store.models import Action, Decision, Post, StoryEdge, StoryText
from store.stories import hand, upkeep
from tests.conftest import NOW, an_item, some_rules
from tests.store.stories.test_store import BREAD, CAMPAIGN, HARBOUR, put, stories


def ids(engine):
    with reading(engine) as session:
        return [one or 0 for one in session.exec(select(Post.id).order_by(col(Post.id)))]


def test_split_then_join_restores_the_story(engine):
    for number in range(3):
        put(engine, str(number), HARBOUR)
    before = stories(engine)
    one, two, _ = ids(engine)
    with writing(engine) as session:
        assert hand.split(session, two, moderator="nadia", now=NOW) == 2
    assert stories(engine) == {
        frozenset({"mastodon:0", "mastodon:2"}), frozenset({"mastodon:1"}),
    }  # fmt: skip

    with writing(engine) as session:
        hand.join(session, one, two, moderator="nadia", now=NOW)

    assert stories(engine) == before
    with reading(engine) as session:
        said = session.exec(select(Decision).where(Decision.moderator == "nadia")).all()
        ties = upkeep.explain(session, one, two, CAMPAIGN)
    assert [(one.post_id, one.action) for one in said] == [
        (two, "split"), (one, "join"), (two, "join"),
    ]  # fmt: skip
    assert isinstance(ties, list)
    assert [tie.kind for tie in ties] == ["person"]


def test_no_third_post_and_no_new_harvest_puts_together_what_a_person_parted(engine):
    put(engine, "0", HARBOUR)
    put(engine, "1", HARBOUR)
    with writing(engine) as session:
        hand.split(session, ids(engine)[1], moderator="nadia", now=NOW)
    put(engine, "2", HARBOUR)
    put(engine, "1", HARBOUR)
    put(engine, "3", HARBOUR, platform="bluesky")

    found = {frozenset(one.rpartition(":")[2] for one in story) for story in stories(engine)}

    assert not any({"0", "1"} <= story for story in found)


def test_what_a_person_joined_stays_through_an_edit_and_a_rebuild(engine):
    put(engine, "0", HARBOUR)
    put(engine, "1", BREAD)
    one, two = ids(engine)
    with writing(engine) as session:
        hand.join(session, one, two, moderator="nadia", now=NOW)
    put(engine, "1", f"{BREAD}, et moi aussi maintenant que j'ai grandi à Lyon")

    assert stories(engine) == {frozenset({"mastodon:0", "mastodon:1"})}


def test_unknown_post_is_refused(engine):
    put(engine, "0", HARBOUR)
    (one,) = ids(engine)
    with writing(engine) as session:
        for work in (
            lambda: hand.split(session, 77, moderator="nadia", now=NOW),
            lambda: hand.join(session, one, 77, moderator="nadia", now=NOW),
        ):
            with pytest.raises(UnknownPostError):
                work()


def test_post_is_not_joined_to_itself(engine):
    put(engine, "0", HARBOUR)
    (one,) = ids(engine)

    with pytest.raises(OnePostError, match="name two"), writing(engine) as session:
        hand.join(session, one, one, moderator="nadia", now=NOW)

    with reading(engine) as session:
        assert session.exec(select(StoryEdge)).all() == []


def decide(engine, post_id, action):
    with writing(engine) as session:
        curation.decide(session, post_id, action, moderator="nadia", now=NOW)


def public(engine):
    with reading(engine) as session:
        return [one.post.native_id for one in wall.page(session, wall.Filters()).posts]


@pytest.mark.parametrize("end", ["missed", "buried", "edited", "copied"])
def test_rejected_story_stays_rejected_whatever_becomes_of_its_head(engine, end):
    put(engine, "0", HARBOUR)
    put(engine, "1", HARBOUR)
    put(engine, "2", HARBOUR, platform="bluesky")
    one, *_ = ids(engine)
    decide(engine, one, Action.REJECT)
    with writing(engine) as session:
        if end == "missed":
            retention.missed(session, one, now=NOW)
        elif end == "buried":
            retention.bury(session, one, reason="asked", now=NOW)
    if end == "edited":
        put(engine, "0", BREAD)
    if end == "copied":
        put(engine, "3", HARBOUR, published_at=NOW - timedelta(days=2))
        with writing(engine) as session:
            retention.bury(session, one, reason="asked", now=NOW)

    assert public(engine) == []


def test_story_that_is_approved_after_all_is_approved_with_its_copies(engine):
    put(engine, "0", HARBOUR)
    put(engine, "1", HARBOUR)
    one, two = ids(engine)
    decide(engine, one, Action.REJECT)
    decide(engine, one, Action.APPROVE)

    assert public(engine) == ["0"]
    with reading(engine) as session:
        assert session.get_one(Post, two).review == "approved"


def test_head_that_was_hidden_for_a_moment_stands_for_its_story_again(engine):
    put(engine, "0", HARBOUR)
    with writing(engine) as session:
        copy = an_item("1", f"{HARBOUR} #bladifqalbi", published_at=NOW - timedelta(minutes=5))
        ingest(session, [copy], rules=some_rules(publish=False, tagger=None), now=NOW)
    one, _ = ids(engine)
    with writing(engine) as session:
        retention.missed(session, one, now=NOW)
    assert public(engine) == []

    put(engine, "0", HARBOUR)

    assert public(engine) == ["0"]


def test_crowd_of_reposts_makes_few_edges(engine):
    repost = (Reference(kind="repost", native_id="original"),)
    for number in range(0, 120, 40):
        items = [an_item(f"r{number + n}", "RT #bladifqalbi", references=repost) for n in range(40)]
        with writing(engine) as session:
            ingest(session, items, rules=some_rules(tagger=None, publish=True), now=NOW)
    put(engine, "original", BREAD)

    (story,) = stories(engine)
    assert len(story) == 121
    with reading(engine) as session:
        assert len(session.exec(select(StoryEdge)).all()) <= 121 * 9


def test_old_words_of_an_edited_post_are_not_kept(engine):
    put(engine, "0", HARBOUR)
    put(engine, "0", BREAD)
    with writing(engine) as session:
        assert len(session.exec(select(StoryText)).all()) == 1
        retention.bury(session, ids(engine)[0], reason="asked", now=NOW)
        assert session.exec(select(StoryText)).all() == []
