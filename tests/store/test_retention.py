"""What must not be kept is not kept, and what was removed does not come back."""

from datetime import timedelta

import pytest
from sqlmodel import SQLModel, col, select

from store import quarantine, retention, rows
from store.engine import reading, writing
from store.errors import UnknownPostError
from store.ingest import ingest
from store.items import Attachment, Metrics
from store.models import (
    Availability,
    Change,
    Media,
    Post,
    Quarantined,
    RawPayload,
    Revision,
    Tombstone,
)
from tests.conftest import NOW, an_item, some_rules

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def put(engine, *items, now=NOW, **rules):
    with writing(engine) as session:
        ingest(session, items, rules=some_rules(tagger=None, **rules), now=now)


def count(engine, table: type[SQLModel]) -> int:
    with reading(engine) as session:
        return len(session.exec(select(table)).all())


def only(engine) -> Post:
    with reading(engine) as session:
        return session.exec(select(Post)).one()


def miss(engine, at):
    with writing(engine) as session:
        retention.missed(session, 1, now=at)


def test_first_miss_hides_and_asks_again_in_an_hour(engine):
    put(engine, an_item())

    miss(engine, NOW)

    post = only(engine)
    assert (post.availability, post.recheck_at) == (Availability.MISSING, NOW + HOUR)


def test_second_miss_within_the_hour_removes_nothing(engine):
    put(engine, an_item())
    miss(engine, NOW)

    miss(engine, NOW + HOUR - timedelta(seconds=1))

    assert count(engine, Post) == 1


def test_second_miss_after_an_hour_leaves_only_a_tombstone(engine):
    picture = Attachment(kind="image", url="https://m.example/1.jpg")
    put(engine, an_item(text="Avant #bladifqalbi", attachments=(picture,)))
    put(engine, an_item(text="Après #bladifqalbi", attachments=(picture,)))
    miss(engine, NOW)

    miss(engine, NOW + HOUR)

    tables = (Post, Media, Revision, RawPayload)
    assert [count(engine, table) for table in tables] == [0, 0, 0, 0]
    with reading(engine) as session:
        stone = session.exec(select(Tombstone)).one()
        kinds = [one.kind for one in session.exec(select(Change).order_by(col(Change.id)))]
    assert (stone.reason, stone.key) == ("gone", rows.tombstone_key("mastodon", "1"))
    assert kinds == ["post.published", "post.updated", "post.removed"]


def test_burying_nobody_is_refused(engine):
    with pytest.raises(UnknownPostError, match="no post 7"), writing(engine) as session:
        retention.bury(session, 7, reason="asked", now=NOW)


def purged(engine, now, raw_days=30):
    with writing(engine) as session:
        return retention.purge(session, raw_days=raw_days, now=now)


def test_raw_payloads_go_after_their_days_and_posts_stay(engine):
    put(engine, an_item())
    with writing(engine) as session:
        quarantine.put(session, "mastodon", {"id": 1}, "KeyError", now=NOW)

    early = purged(engine, NOW + 30 * DAY)
    late = purged(engine, NOW + 30 * DAY + HOUR)

    assert (early["payloads"], late["payloads"]) == (0, 2)
    assert [count(engine, table) for table in (Post, RawPayload, Quarantined)] == [1, 0, 0]


def test_what_was_discarded_is_kept_away_for_good(engine):
    with writing(engine) as session:
        quarantine.put(session, "mastodon", {"id": 1}, "KeyError", now=NOW)
        (row,) = quarantine.waiting(session)
        quarantine.discard(session, row.id or 0, quarantine.Hand("nadia", NOW))

    purged(engine, NOW + 90 * DAY)
    with writing(engine) as session:
        quarantine.put(session, "mastodon", {"id": 1}, "KeyError", now=NOW + 90 * DAY)

        assert quarantine.waiting(session) == []
        assert session.get_one(Quarantined, row.id).body == b""


def test_withdrawn_post_goes_after_a_day(engine):
    put(engine, an_item())
    put(engine, an_item(visible=False))

    early = purged(engine, NOW + DAY)
    late = purged(engine, NOW + DAY + HOUR)

    assert (early["posts"], late["posts"], count(engine, Post)) == (0, 1, 0)


@pytest.mark.parametrize(("platform", "left"), [("youtube", 0), ("mastodon", 1)])
def test_terms_of_youtube_end_after_thirty_days_without_a_refresh(engine, platform, left):
    put(engine, an_item(platform=platform, metrics=Metrics(views=7)))
    assert purged(engine, NOW + 30 * DAY)["posts"] == 0

    purged(engine, NOW + 30 * DAY + HOUR)

    assert count(engine, Post) == left


def test_purging_twice_is_purging_once(engine):
    put(engine, an_item(platform="youtube"))
    purged(engine, NOW + 40 * DAY)

    assert set(purged(engine, NOW + 40 * DAY).values()) == {0}
