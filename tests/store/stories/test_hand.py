"""What a person says of stories stays."""

import pytest
from sqlmodel import col, select

from store.engine import reading, writing
from store.errors import UnknownPostError
from store.models import Decision, Post
from store.stories import hand, upkeep
from tests.conftest import NOW
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
