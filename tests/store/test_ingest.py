"""The one way in."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import col, select

from store import curation, quarantine, retention, rows
from store.engine import reading, writing
from store.hashtags import Campaign
from store.ingest import LOOKALIKE, Tally, ingest
from store.items import Attachment, Author, Entity, Metrics, OptOut
from store.models import (
    Action,
    Change,
    Decision,
    Media,
    Post,
    RawPayload,
    Review,
    Revision,
    Tombstone,
)
from tests.conftest import NOW, an_item, some_rules

PICTURE = Attachment(kind="image", url="https://m.example/1.jpg")
FALSE = "Salut #blаdifqаlbi"
"""With two Cyrillic letters in its tag."""
LONG = "Ma grand-mère versait le thé de très haut, sans jamais perdre une goutte"


def put(engine: Engine, *items, now=NOW, **rules) -> Tally:
    with writing(engine) as session:
        return ingest(session, items, rules=some_rules(**rules), now=now)


def posts(engine: Engine) -> list[Post]:
    with reading(engine) as session:
        return list(session.exec(select(Post).order_by(col(Post.id))))


def count(engine: Engine, table) -> int:
    with reading(engine) as session:
        return len(session.exec(select(table)).all())


def test_new_item_is_kept_whole(engine):
    item = an_item(
        text="Salut #bladifqalbi",
        entities=(Entity(kind="hashtag", start=6, end=18, value="bladifqalbi"),),
        attachments=(Attachment(kind="image", url="https://m.example/1.jpg", alt="Le port"),),
        metrics=Metrics(likes=3),
        language_hint="fr",
        raw={"id": "1", "text": "سلام"},
    )

    tally = put(engine, item)

    (post,) = posts(engine)
    assert tally == Tally(added=1)
    assert (post.text, post.entities) == (
        "Salut #bladifqalbi",
        [{"kind": "hashtag", "start": 6, "end": 18, "value": "bladifqalbi"}],
    )
    assert (post.likes, post.replies, post.views) == (3, None, None)
    assert post.published_at == NOW - timedelta(hours=1)
    with reading(engine) as session:
        (media,) = session.exec(select(Media)).all()
        (raw,) = session.exec(select(RawPayload)).all()
    assert (media.alt, media.url) == ("Le port", "https://m.example/1.jpg")
    assert rows.unpack(raw.body) == {"id": "1", "text": "سلام"}


def test_ingesting_twice_equals_once(engine):
    items = [an_item("1", LONG + " #bladifqalbi"), an_item("2", "Deux #bladifqalbi")]
    put(engine, *items)
    before = [post.model_dump() for post in posts(engine)]

    tally = put(engine, *items)

    assert tally == Tally(unchanged=2)
    assert [post.model_dump() for post in posts(engine)] == before
    assert count(engine, Change) == 2


def test_same_item_twice_in_one_batch_is_one_post(engine):
    tally = put(engine, an_item("1"), an_item("1"))

    assert (tally.added, len(posts(engine))) == (1, 1)


def test_edit_replaces_the_text_and_keeps_the_old_one(engine):
    put(engine, an_item("1", "Avant #bladifqalbi"))

    tally = put(engine, an_item("1", "Après #bladifqalbi", edited_at=NOW))

    (post,) = posts(engine)
    with reading(engine) as session:
        (revision,) = session.exec(select(Revision)).all()
        kinds = [change.kind for change in session.exec(select(Change).order_by(col(Change.id)))]
    assert (tally.updated, post.text, revision.text) == (
        1,
        "Après #bladifqalbi",
        "Avant #bladifqalbi",
    )
    assert kinds == ["post.published", "post.updated"]


def test_new_counts_are_no_edit(engine):
    put(engine, an_item("1", metrics=Metrics(likes=1)))

    tally = put(engine, an_item("1", metrics=Metrics(likes=2)))

    assert (tally, posts(engine)[0].likes) == (Tally(unchanged=1), 2)
    assert count(engine, Revision) == 0


def test_held_source_publishes_nothing(engine):
    put(engine, an_item("1"), publish=False)

    assert posts(engine)[0].review == Review.PENDING
    assert count(engine, Change) == 0


def test_edit_of_an_approved_post_waits_where_posts_are_held(engine):
    put(engine, an_item("1", "Avant #bladifqalbi"))

    put(engine, an_item("1", "Après #bladifqalbi"), publish=False)

    assert posts(engine)[0].review == Review.PENDING
    with reading(engine) as session:
        last = session.exec(select(Decision).order_by(col(Decision.id).desc())).first()
        change = session.exec(select(Change).order_by(col(Change.id).desc())).first()
    assert last is not None
    assert change is not None
    assert (last.action, last.reason, change.kind) == ("hold", "edited", "post.removed")


@pytest.mark.parametrize(
    "more",
    [
        {"instance": "other.example", "lookup_id": "77"},
        {
            "author": Author(
                native_id="amina",
                handle="amina",
                name="Amina",
                avatar_url="https://m.example/2.png",
            )
        },
        {"author": Author(native_id="amina", handle="amina", name="Amina El Idrissi")},
        {"attachments": (Attachment(kind="image", url="https://cdn.example/copy.jpg"),)},
    ],
    ids=["another server", "new avatar", "new name", "another copy of the picture"],
)
def test_approved_post_stays_while_it_says_the_same(engine, more):
    item = an_item("1", instance="m.example", attachments=(PICTURE,))
    put(engine, item)

    put(engine, replace(item, **more), publish=False)

    assert posts(engine)[0].review == Review.APPROVED


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"opt_out": OptOut.NOT_INDEXABLE}, "not_indexable"),
        ({"opt_out": OptOut.LOGGED_IN_ONLY}, "logged_in_only"),
        ({"visible": False}, "not_public"),
        ({"text": "Bonjour tout le monde"}, "off_topic"),
    ],
)
def test_what_must_stay_outside_is_counted_and_not_kept(engine, more, reason):
    tally = put(engine, an_item("1", **more))

    assert tally == Tally(refused=tally.refused)
    assert dict(tally.refused) == {reason: 1}
    assert (posts(engine), count(engine, RawPayload)) == ([], 0)


def test_vouched_item_needs_no_hashtag(engine):
    assert put(engine, an_item("1", "Sans mot-dièse", vouched=True)).added == 1


@pytest.mark.parametrize("publish", [True, False])
def test_post_with_a_lookalike_tag_waits_and_says_why(engine, publish):
    tally = put(engine, an_item("1", FALSE), publish=publish)

    (post,) = posts(engine)
    assert (tally.added, post.review, post.labels) == (1, "pending", [LOOKALIKE])
    assert (count(engine, Change), count(engine, Decision)) == (0, 0)


def test_post_with_our_tag_beside_its_lookalike_is_like_any_other(engine):
    put(engine, an_item("1", f"{FALSE} #bladifqalbi", labels=("spoiler",)))

    assert [(post.review, post.labels) for post in posts(engine)] == [("approved", ["spoiler"])]


def test_vouched_post_with_a_lookalike_tag_is_like_any_other(engine):
    put(engine, an_item("1", FALSE, vouched=True))

    assert [(post.review, post.labels) for post in posts(engine)] == [("approved", [])]


def test_lookalike_tag_in_place_of_ours_takes_a_shown_post_from_the_wall(engine):
    put(engine, an_item("1", "Avant #bladifqalbi"))

    put(engine, an_item("1", FALSE))

    (post,) = posts(engine)
    with reading(engine) as session:
        kinds = [change.kind for change in session.exec(select(Change).order_by(col(Change.id)))]
    assert (post.review, post.labels) == ("pending", [LOOKALIKE])
    assert kinds == ["post.published", "post.removed"]


def test_person_may_show_a_post_with_a_lookalike_tag_until_its_words_change(engine):
    put(engine, an_item("1", FALSE))
    with writing(engine) as session:
        curation.decide(
            session, posts(engine)[0].id or 0, Action.APPROVE, moderator="Amina", now=NOW
        )
    shown = []

    for text in (FALSE, f"Encore {FALSE}"):
        put(engine, an_item("1", text, metrics=Metrics(likes=1)))
        shown.append(posts(engine)[0].review)

    assert shown == ["approved", "pending"]


def test_post_that_waited_for_its_lookalike_tag_still_waits_with_the_true_one(engine):
    put(engine, an_item("1", FALSE))

    put(engine, an_item("1", "Après #bladifqalbi"))

    assert [(post.review, post.labels) for post in posts(engine)] == [("pending", [])]


def test_author_who_opts_out_later_leaves_the_wall(engine):
    put(engine, an_item("1"))

    tally = put(engine, an_item("1", opt_out=OptOut.NO_INDEX))

    assert (tally.removed, posts(engine)[0].availability) == (1, "withdrawn")


def test_post_that_comes_back_is_shown_again(engine):
    put(engine, an_item("1"))
    put(engine, an_item("1", visible=False))

    put(engine, an_item("1"))

    with reading(engine) as session:
        kinds = [change.kind for change in session.exec(select(Change).order_by(col(Change.id)))]
    assert posts(engine)[0].availability == "live"
    assert kinds == ["post.published", "post.removed", "post.published"]


def test_buried_post_does_not_come_back(engine):
    put(engine, an_item("1"))
    with writing(engine) as session:
        retention.bury(session, posts(engine)[0].id or 0, reason="asked", now=NOW)

    tally = put(engine, an_item("1"))

    assert dict(tally.refused) == {"buried": 1}
    assert (posts(engine), count(engine, RawPayload), count(engine, Tombstone)) == ([], 0, 1)


def test_moderator_s_language_survives_every_harvest(engine):
    put(engine, an_item("1", "Bonjour tout le monde ici #bladifqalbi"))
    with writing(engine) as session:
        post = session.get_one(Post, posts(engine)[0].id)
        post.language, post.language_by = "ary", "moderator"

    put(engine, an_item("1", "Bonsoir tout le monde ici #bladifqalbi"))

    assert (posts(engine)[0].language, posts(engine)[0].language_by) == ("ary", "moderator")


def test_impossible_item_is_handed_back_and_the_others_are_kept(engine):
    tally = put(engine, an_item("1"), an_item("2", url="javascript:alert(1)"), an_item("3"))

    assert [(item.native_id, reason) for item, reason in tally.poison] == [
        ("2", "its address is no web address")
    ]
    assert (tally.added, len(posts(engine))) == (2, 2)


def test_post_from_the_future_does_not_stand_on_top(engine):
    put(engine, an_item("1", published_at=NOW + timedelta(days=400)))

    assert posts(engine)[0].published_at == NOW
    assert put(engine, an_item("1", published_at=NOW + timedelta(days=400))).unchanged == 1


def test_control_characters_leave_and_entities_follow(engine):
    text = "\u202eab\u0000c #bladifqalbi"
    put(
        engine,
        an_item("1", text, entities=(Entity(kind="hashtag", start=6, end=18, value="x"),)),
        campaign=Campaign(["bladifqalbi"]),
    )

    (post,) = posts(engine)
    entity = post.entities[0]
    assert post.text[entity["start"] : entity["end"]] == "#bladifqalbi"
    assert post.text == "abc #bladifqalbi"


def test_same_long_text_is_one_story(engine):
    tally = put(
        engine,
        an_item("1", f"{LONG} #bladifqalbi"),
        an_item("b", f"{LONG.upper()}… #بلادي_فقلبي", platform="mastodon"),
    )

    first, second = posts(engine)
    assert tally.duplicates == 1
    assert [(one.story_id, one.is_copy) for one in (first, second)] == [
        (first.id, False),
        (first.id, True),
    ]


def test_same_short_text_is_two_stories(engine):
    put(engine, an_item("1", "Bonne fête #bladifqalbi"), an_item("2", "Bonne fête #bladifqalbi"))

    assert [(post.story_id, post.is_copy) for post in posts(engine)] == [(None, False)] * 2


def test_same_address_is_one_story(engine):
    url = "https://www.journal.example/article?utm_source=x"
    put(engine, an_item("1", "Un #bladifqalbi", url="https://journal.example/article/"))
    put(engine, an_item("2", "Deux #bladifqalbi", url=url))

    first, second = posts(engine)
    assert (second.story_id, second.is_copy) == (first.story_id, True) == (first.id, True)


def test_story_passes_to_its_copy_when_the_first_leaves(engine):
    put(engine, an_item("1", f"{LONG} #bladifqalbi"))
    put(engine, an_item("2", f"{LONG} #bladifqalbi"))

    put(engine, an_item("1", f"{LONG} #bladifqalbi", visible=False))

    first, second = posts(engine)
    assert (first.is_copy, second.is_copy) == (True, False)
    with reading(engine) as session:
        last = session.exec(select(Change).order_by(col(Change.id).desc())).first()
    assert last is not None
    assert (last.kind, last.post_id) == ("post.published", second.id)


def test_edited_first_post_lets_its_copies_go(engine):
    put(engine, an_item("1", f"{LONG} #bladifqalbi"))
    put(engine, an_item("2", f"{LONG} #bladifqalbi"))

    put(engine, an_item("1", "Tout autre chose, et bien assez long pour compter #bladifqalbi"))

    assert [(post.story_id, post.is_copy) for post in posts(engine)] == [(None, False)] * 2


def test_same_poison_twice_is_one_row(engine):
    for _ in range(2):
        with writing(engine) as session:
            quarantine.put(session, "mastodon", {"id": 1}, "KeyError: 'uri'", now=NOW)

    with reading(engine) as session:
        (row,) = quarantine.waiting(session)
    assert quarantine.payload(row) == {"id": 1}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.text(max_size=300),
    name=st.text(max_size=50),
    title=st.none() | st.text(max_size=50),
    alt=st.none() | st.text(max_size=50),
)
def test_any_text_is_kept_and_is_stable(sqlite_engine, text, name, title, alt):
    item = an_item(
        "x",
        text,
        title=title,
        vouched=True,
        author=Author(native_id="a", name=name),
        attachments=(Attachment(kind="image", url="https://m.example/1.jpg", alt=alt),),
    )

    put(sqlite_engine, item, tagger=None)

    assert put(sqlite_engine, item, tagger=None) == Tally(unchanged=1)
