"""The work on copies: who does it when, how it ends, what has no room."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import delete

from store import copying, curation, retention, upkeep
from store.engine import writing
from store.models import Action, Media, PictureState, Post
from tests.conftest import NOW
from tests.store.gallery import COPIES, LATER, claimed, fail, keep, pictures, post


def test_claimed_picture_is_nobody_elses_until_the_lease_runs_out(engine):
    with writing(engine) as session:
        post(session)
        assert len(copying.claim(session, now=NOW, limit=10)) == 1
        assert copying.claim(session, now=NOW, limit=10) == []
        assert len(copying.claim(session, now=NOW + copying.LEASE, limit=10)) == 1


@pytest.mark.parametrize("end", ["reject", "bury"])
def test_picture_of_a_post_that_goes_is_let_go(engine, end):
    with writing(engine) as session:
        post_id = post(session)
        keep(session)
        if end == "reject":
            curation.decide(session, post_id, Action.REJECT, moderator="us", now=LATER)
        else:
            retention.bury(session, post_id, reason="asked", now=LATER)
        (due,) = copying.claim(session, now=LATER, limit=10)

        assert not due.needed
        digest = copying.let_go(session, due, now=LATER)
        assert copying.unused(session, [digest]) == [COPIES.digest]
        states = [(one.state, one.digest) for one in pictures(session)]

    assert states == ([(PictureState.IDLE, None)] if end == "reject" else [])


def test_rejected_post_that_is_approved_after_all_gets_its_picture_again(engine):
    with writing(engine) as session:
        post_id = post(session)
        curation.decide(session, post_id, Action.REJECT, moderator="us", now=NOW)
        (due,) = copying.claim(session, now=NOW, limit=10)
        copying.let_go(session, due, now=LATER)
        curation.decide(session, post_id, Action.APPROVE, moderator="us", now=LATER)

        (again,) = copying.claim(session, now=LATER, limit=10)

    assert again.needed


def test_files_that_two_pictures_share_stay_with_the_second(engine):
    with writing(engine) as session:
        first = post(session, "1")
        post(session, "2")
        keep(session)
        retention.bury(session, first, reason="asked", now=LATER)
        due = [one for one in copying.claim(session, now=LATER, limit=10) if not one.linked]

        digest = copying.let_go(session, due[0], now=LATER)
        assert copying.unused(session, [digest]) == []


def test_failure_is_tried_again_later_and_later_then_given_up(engine):
    with writing(engine) as session:
        post(session)
        (picture,) = pictures(session)
        waits, now = [], NOW
        for _ in range(len(copying.WAITS)):
            fail(session, now=now)
            waits.append(picture.due_at - now)
            now = picture.due_at
        fail(session, now=now)

        assert waits == list(copying.WAITS)
        assert (picture.state, picture.due_at) == (PictureState.BROKEN, None)
        assert upkeep.reasons(session) == [("a.example answered 500", 1)]
        assert upkeep.retry(session, refused=False, now=now) == 1
        assert len(copying.claim(session, now=now, limit=10)) == 1


def test_picture_that_ends_the_process_each_time_is_given_up(engine):
    with writing(engine) as session:
        post(session)
        (picture,) = pictures(session)
        claims = 0
        for number in range(50):
            for due in copying.claim(session, now=NOW + number * copying.LEASE, limit=10):
                copying.begin(session, due)
                claims += 1

        assert claims == len(copying.WAITS) + 1
        assert (picture.state, picture.error) == ("broken", "its copying was cut off each time")


def test_whoever_wakes_a_picture_at_work_is_heard(engine):
    with writing(engine) as session:
        post_id = post(session)
        due = claimed(session)
        curation.decide(session, post_id, Action.REJECT, moderator="us", now=LATER)
        copying.keep(session, due, COPIES, now=LATER)

        (again,) = copying.claim(session, now=LATER, limit=10)

    assert not again.needed


def test_picture_that_is_needed_after_all_is_not_let_go(engine):
    with writing(engine) as session:
        post_id = post(session)
        keep(session)
        curation.decide(session, post_id, Action.REJECT, moderator="us", now=NOW)
        due = claimed(session)
        curation.decide(session, post_id, Action.APPROVE, moderator="us", now=LATER)

        assert copying.let_go(session, due, now=LATER) is None
        (picture,) = pictures(session)
        assert picture.state == PictureState.KEPT


def test_wake_does_not_use_up_the_tries(engine):
    with writing(engine) as session:
        post_id = post(session)
        fail(session)
        curation.decide(session, post_id, Action.REJECT, moderator="us", now=NOW)
        curation.decide(session, post_id, Action.APPROVE, moderator="us", now=NOW)

        assert copying.claim(session, now=NOW, limit=10) == []


def test_what_is_no_picture_is_not_tried_again_unless_asked(engine):
    with writing(engine) as session:
        post(session)
        fail(session, final=True)

        assert upkeep.retry(session, refused=False, now=LATER) == 0
        assert upkeep.retry(session, refused=True, now=LATER) == 1


def test_first_failure_lets_the_platform_be_asked_about_the_post(engine):
    with writing(engine) as session:
        post_id = post(session)
        assert session.get_one(Post, post_id).recheck_at == NOW + timedelta(hours=12)

        fail(session)
        session.expire_all()

        assert session.get_one(Post, post_id).recheck_at == NOW


def test_copy_that_may_be_kept_for_days_only_is_fetched_anew_or_goes(engine):
    expiry = NOW + timedelta(days=25)
    with writing(engine) as session:
        post(session, platform="youtube")
        keep(session)
        (picture,) = pictures(session)
        assert picture.due_at == expiry

        fail(session, now=expiry, times=len(copying.WAITS))
        assert picture.digest == COPIES.digest
        before = fail(session, now=picture.due_at or expiry)

        assert (picture.digest, before) == (None, COPIES.digest)


def test_oldest_copies_make_room_and_come_back_when_there_is_some(engine):
    with writing(engine) as session:
        for number in range(3):
            post(session, str(number))
            due = copying.claim(session, now=NOW, limit=10)
            at = NOW + timedelta(minutes=number)
            copying.keep(session, due[0], COPIES, now=at)

        gone = upkeep.evict(session, 110_000, now=LATER)

        assert gone == [COPIES.digest]
        assert [one.state for one in pictures(session)] == ["idle", "kept", "kept"]
        assert upkeep.used(session) == 100_000
        assert upkeep.refill(session, now=LATER) == 1
        assert len(copying.claim(session, now=LATER, limit=10)) == 1


def test_lost_files_are_fetched_again_and_strays_looked_at(engine):
    with writing(engine) as session:
        post(session, "1")
        keep(session)
        post(session, "2")
        keep(session, replace(COPIES, digest="cd" * 32))
        upkeep.restore(session, {COPIES.digest}, now=LATER)
        session.connection().execute(delete(Media))
        upkeep.wake_strays(session, now=LATER)

        due = copying.claim(session, now=LATER, limit=10)

    assert [one.state for one in due] == ["waiting", "kept"]
    assert not any(one.linked for one in due)
