"""The head of the wall: pinned in the editors' order, one featured, and all taken back."""

from datetime import timedelta
from math import nextafter
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from store import audit, curation, leads, news, retention, wall
from store.effects import Terms
from store.engine import reading, writing
from store.errors import ConflictError, IllegalActionError, StoreError
from store.ingest import ingest
from store.models import Action, Availability, Decision, Lead, Post
from store.visibility import hide
from tests.conftest import NOW, an_item, some_rules
from tests.store.shelf import LONG, put, seen_changes

PIN, UNPIN, MOVE, FEATURE = Action.PIN, Action.UNPIN, Action.MOVE, Action.FEATURE


def fill(engine: Engine, number: int = 8) -> None:
    """Put posts on the wall, of which the one with the largest id is the newest."""
    times = [NOW - timedelta(hours=number - n) for n in range(number)]
    put(
        engine,
        *(
            an_item(str(n), f"Récit {n} #bladifqalbi", published_at=time)
            for n, time in enumerate(times, 1)
        ),
    )


def decide(engine: Engine, action: Action, post_id: int, **terms: object) -> curation.Decided:
    with writing(engine) as session:
        return curation.decide(
            session,
            post_id,
            action,
            moderator="nadia",
            now=NOW,
            terms=Terms(**terms),  # type: ignore[arg-type]  # as tests name them
        )


def undo(engine: Engine, done: curation.Decided) -> None:
    with writing(engine) as session:
        curation.undo(session, done.decision_id or 0, moderator="nadia", now=NOW)


def pages(
    engine: Engine,
    limit: int = 3,
    filters: wall.Filters = wall.EVERYTHING,
    *,
    in_time: bool = False,
) -> list[list[int | None]]:
    """Return what each page shows, from the first to the last."""
    found, cursor = [], None
    with reading(engine) as session:
        while True:
            page = wall.page(session, filters, cursor=cursor, limit=limit, in_time=in_time)
            found.append([one.post.id for one in page.posts])
            cursor = page.next_cursor
            if cursor is None:
                return found


def first(engine: Engine, limit: int = 8) -> list[int | None]:
    return pages(engine, limit)[0]


def test_pinned_posts_stand_first_in_their_order_and_once(engine: Engine) -> None:
    fill(engine)
    for post_id in (2, 7, 4):
        decide(engine, PIN, post_id)

    decide(engine, MOVE, 4, position=0)

    assert pages(engine) == [[4, 2, 7], [8, 6, 5], [3, 1]]
    assert pages(engine, 4) == [[4, 2, 7, 8], [6, 5, 3, 1]]
    with reading(engine) as session:
        flags = [one.pinned for one in wall.page(session, wall.EVERYTHING, limit=4).posts]
    assert flags == [True, True, True, False]


@pytest.mark.parametrize("limit", range(1, 9))
def test_pages_of_every_size_have_each_post_once(sqlite_engine: Engine, limit: int) -> None:
    fill(sqlite_engine)
    for post_id in (1, 5, 8, 2):
        decide(sqlite_engine, PIN, post_id)
    decide(sqlite_engine, FEATURE, 6)

    found = pages(sqlite_engine, limit)

    assert [post_id for page in found for post_id in page] == [6, 1, 5, 8, 2, 7, 4, 3]
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)


def test_feeds_and_searches_stay_in_the_order_of_time(engine: Engine) -> None:
    fill(engine, 4)
    decide(engine, PIN, 1)

    assert pages(engine, 4, in_time=True) == [[4, 3, 2, 1]]
    assert pages(engine, 4, wall.Filters(search="récit")) == [[4, 3, 2, 1]]


def test_collection_and_choice_have_first_what_they_have_of_the_pinned(engine: Engine) -> None:
    fill(engine, 4)
    for post_id in (1, 2):
        decide(engine, PIN, post_id)
    for post_id in (1, 3, 4):
        decide(engine, Action.COLLECT, post_id, words=("summer",))

    assert pages(engine, 9, wall.Filters(collection="summer")) == [[1, 4, 3]]
    assert pages(engine, 9, wall.Filters(kind="video")) == [[]]


def test_no_more_than_a_handful_is_pinned(engine: Engine) -> None:
    fill(engine)
    for post_id in range(1, leads.MOST_PINNED + 1):
        decide(engine, PIN, post_id)

    with pytest.raises(IllegalActionError, match="5 posts are pinned"):
        decide(engine, PIN, 8)

    assert first(engine) == [1, 2, 3, 4, 5, 8, 7, 6]


def approve_and_pin(engine: Engine, post_id: int, **terms: object) -> curation.Decided:
    with writing(engine) as session:
        by: dict[str, Any] = {"moderator": "nadia", "now": NOW}
        asked = Terms(grace=curation.GRACE, **terms)  # type: ignore[arg-type]  # as tests name them
        return curation.approve_and_pin(session, post_id, terms=asked, **by)


def test_approval_that_pins_is_two_decisions_and_one_undo(engine: Engine) -> None:
    with writing(engine) as session:
        ingest(session, [an_item("1")], rules=some_rules(publish=False), now=NOW)

    twice = [approve_and_pin(engine, 1, revision=0, key="k") for _ in range(2)]
    with reading(engine) as session:
        post, pinned = session.get_one(Post, 1), leads.of(session, 1)
    undo(engine, twice[1])

    assert twice[0] == twice[1]
    assert (post.review, pinned.place) == ("scheduled", 0.0)
    with reading(engine) as session:
        post, acts = session.get_one(Post, 1), session.exec(select(Decision.action)).all()
        assert (post.review, post.show_at, leads.of(session, 1)) == ("pending", None, leads.Stand())
        audit.verify(session)
    assert acts == ["approve", "pin", "undo", "undo"]


def test_nothing_is_approved_where_nothing_more_can_be_pinned(engine: Engine) -> None:
    fill(engine)
    for post_id in range(1, leads.MOST_PINNED + 1):
        decide(engine, PIN, post_id)
    decide(engine, Action.HIDE, 7)

    with writing(engine) as session, pytest.raises(leads.FullError):
        curation.approve_and_pin(session, 7, moderator="nadia", now=NOW)

    with reading(engine) as session:
        assert session.get_one(Post, 7).review == "hidden"
        audit.verify(session)


def test_unpinning_is_not_taken_back_when_its_place_has_gone(engine: Engine) -> None:
    fill(engine)
    for post_id in range(1, 6):
        decide(engine, PIN, post_id)
    done = decide(engine, UNPIN, 3)
    decide(engine, PIN, 8)

    with pytest.raises(IllegalActionError):
        undo(engine, done)

    assert first(engine) == [1, 2, 4, 5, 8, 7, 6, 3]


@pytest.mark.parametrize("position", range(4))
def test_move_is_taken_back(engine: Engine, position: int) -> None:
    fill(engine, 5)
    for post_id in (1, 2, 3, 4):
        decide(engine, PIN, post_id)
    expected = [1, 3, 4]
    expected.insert(position, 2)

    done = decide(engine, MOVE, 2, position=position)
    moved = first(engine)
    if done.changed:
        undo(engine, done)

    assert (moved, done.changed) == ([*expected, 5], position != 1)
    assert first(engine) == [1, 2, 3, 4, 5]


def test_place_between_two_is_refused_when_no_number_is_left(sqlite_engine: Engine) -> None:
    fill(sqlite_engine, 4)
    for post_id in (1, 2, 3, 4):
        decide(sqlite_engine, PIN, post_id)
    for _ in range(50):
        decide(sqlite_engine, MOVE, first(sqlite_engine)[3] or 0, position=2)
    moved = first(sqlite_engine)
    with writing(sqlite_engine) as session:
        session.get_one(Lead, moved[1]).place = 1.0
        session.get_one(Lead, moved[2]).place = nextafter(1.0, 2)

    with pytest.raises(IllegalActionError, match="pin it anew"):
        decide(sqlite_engine, MOVE, moved[3] or 0, position=2)

    assert first(sqlite_engine) == moved


def test_only_one_is_featured_and_undo_gives_it_back(engine: Engine) -> None:
    fill(engine, 4)
    decide(engine, PIN, 3)
    decide(engine, FEATURE, 1)

    done = decide(engine, FEATURE, 2)

    with reading(engine) as session:
        page = wall.page(session, wall.EVERYTHING)
    assert [(one.post.id, one.featured) for one in page.posts] == [
        (2, True),
        (3, False),
        (4, False),
        (1, False),
    ]
    undo(engine, done)
    assert first(engine) == [1, 3, 4, 2]


def test_featuring_is_not_taken_back_over_another(engine: Engine) -> None:
    fill(engine, 3)
    decide(engine, FEATURE, 1)
    done = decide(engine, Action.UNFEATURE, 1)
    decide(engine, FEATURE, 2)

    with pytest.raises(IllegalActionError, match="featured now"):
        undo(engine, done)

    assert first(engine) == [2, 3, 1]


def test_decision_about_another_revision_is_a_conflict(engine: Engine) -> None:
    fill(engine, 2)
    with reading(engine) as session:
        seen = session.get_one(Post, 1).revision
    decide(engine, PIN, 1, revision=seen)

    with pytest.raises(ConflictError):
        decide(engine, FEATURE, 1, revision=seen)

    assert first(engine) == [1, 2]


@pytest.mark.parametrize("action", [PIN, FEATURE])
def test_what_is_not_shown_is_not_put_first(engine: Engine, action: Action) -> None:
    put(engine, an_item("1"), publish=False)

    with pytest.raises(IllegalActionError, match="not on the wall"):
        decide(engine, action, 1)


def test_what_is_not_pinned_is_not_moved(engine: Engine) -> None:
    fill(engine, 2)

    with pytest.raises(IllegalActionError, match="not pinned"):
        decide(engine, MOVE, 1, position=0)

    assert not decide(engine, UNPIN, 1).changed


def test_hidden_post_keeps_its_pin_and_comes_back_with_it(engine: Engine) -> None:
    fill(engine, 3)
    decide(engine, PIN, 1)
    done = decide(engine, Action.HIDE, 1)
    hidden = first(engine)

    undo(engine, done)

    assert (hidden, first(engine)) == ([3, 2], [1, 3, 2])


def test_missing_and_erased_posts_leave_the_head(engine: Engine) -> None:
    fill(engine, 4)
    for post_id in (1, 2):
        decide(engine, PIN, post_id)
    with writing(engine) as session:
        hide(session, 1, Availability.MISSING, now=NOW)
        retention.bury(session, 2, reason="asked", now=NOW)

    with reading(engine) as session:
        kept = [lead.post_id for lead in leads.every(session)]
    assert (first(engine), kept) == ([4, 3], [1])


def test_pin_of_a_copy_sleeps_and_is_not_its_storys(engine: Engine) -> None:
    told = f"{LONG} #bladifqalbi"
    put(engine, an_item("1", told), an_item("2", "Autre #bladifqalbi"))
    put(engine, an_item("3", told))
    decide(engine, PIN, 1)
    with writing(engine) as session:
        hide(session, 1, Availability.MISSING, now=NOW)

    assert first(engine) == [3, 2]


def test_open_pages_learn_of_what_was_put_first(engine: Engine) -> None:
    fill(engine, 3)
    with reading(engine) as session:
        known = wall.revision(session)
    decide(engine, PIN, 1)
    with reading(engine) as session:
        pinned = news.since(session, known)
    decide(engine, UNPIN, 1)

    with reading(engine) as session:
        after = news.since(session, known)
    assert seen_changes(engine)[3:] == [("post.raised", 1), ("post.updated", 1)]
    assert pinned is not None
    assert after is not None
    assert (pinned.new, pinned.updated) == (1, [1])
    assert (after.new, after.updated) == (0, [1])


def replayed(session: Session) -> dict[int, leads.Stand]:
    """Return how each post stands by its decisions alone."""
    stands: dict[int, leads.Stand] = {}
    made = {one.id: one for one in session.exec(select(Decision).order_by(col(Decision.id)))}
    for one in made.values():
        undone = made[one.cause_id] if one.action == Action.UNDO and one.cause_id else one
        was = stands.get(one.post_id, leads.Stand())
        if "feature" in undone.action:
            stands[one.post_id] = leads.Stand(was.place, one.after == "featured")
        elif undone.action in (PIN, UNPIN, MOVE):
            place = float(one.after) if one.after else None
            stands[one.post_id] = leads.Stand(place, was.featured)
    return {post_id: stand for post_id, stand in stands.items() if stand != leads.Stand()}


@pytest.mark.parametrize("chance", range(20))
def test_replaying_decisions_gives_the_head_of_the_wall(sqlite_engine: Engine, chance: int) -> None:
    fill(sqlite_engine)
    dice = Random(chance)
    done: list[curation.Decided] = []
    actions = [PIN, PIN, UNPIN, MOVE, FEATURE, Action.UNFEATURE, Action.HIDE, Action.RESTORE]
    for _ in range(40):
        try:
            if done and dice.random() < 0.2:
                undo(sqlite_engine, dice.choice(done))
                continue
            post_id, position = dice.randint(1, 8), dice.randint(0, 5)
            one = decide(sqlite_engine, dice.choice(actions), post_id, position=position)
            done += [one] if one.changed else []
        except StoreError:
            continue

    with reading(sqlite_engine) as session:
        stored = {
            lead.post_id: leads.Stand(lead.place, lead.featured)
            for lead in session.exec(select(Lead))
        }
        assert replayed(session) == stored
        assert len([lead for lead in stored.values() if lead.featured]) <= 1
        assert audit.verify(session) > 0


def test_cursor_and_head_are_found_by_their_keys(sqlite_engine: Engine) -> None:
    fill(sqlite_engine)
    for post_id in (1, 2, 3):
        decide(sqlite_engine, PIN, post_id)
    asked = []

    with reading(sqlite_engine) as session:
        wall.page(session, wall.Filters(collection="summer", kind="video"), limit=3)
        head = (
            "SELECT post_id, seq FROM wall WHERE post_id IN (1, 2, 3) AND kind = 'video' AND"
            " post_id IN (SELECT post_id FROM collected WHERE collection = 'summer')"
        )
        walk = (
            "SELECT seq FROM wall WHERE seq < 9 AND kind = 'video' AND seq NOT IN (1, 2)"
            " ORDER BY seq DESC LIMIT 3"
        )
        for statement in (head, walk):
            rows = session.connection().execute(text(f"EXPLAIN QUERY PLAN {statement}"))
            asked.append(" ".join(row[3] for row in rows))

    assert "SEARCH wall USING" in asked[0]
    assert "(post_id=?)" in asked[0]
    assert "ix_wall_kind (kind=? AND seq<?)" in asked[1]
    assert not [plan for plan in asked if "SCAN" in plan]
