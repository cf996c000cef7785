"""Stories by pictures: posts without words of their own, whenever their pictures come."""

import functools
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from sqlalchemy import delete, update
from sqlmodel import col, select

from store import copying, curation, looks, retention, upkeep
from store.engine import open_engine, reading, writing
from store.ingest import ingest
from store.models import (
    Action,
    Media,
    Picture,
    PictureBand,
    Post,
    StoryEdge,
    StoryPicture,
)
from store.stories import pictures as matching
from store.stories import upkeep as stories_upkeep
from store.stories.likeness import Lack
from store.stories.ties import Evidence, Why
from store.stories.upkeep import Apart
from tests.conftest import NOW, an_item, some_rules
from tests.platforms.art import draw
from tests.store.gallery import COPIES, author, image
from tests.store.stories.test_store import BREAD, HARBOUR, stories

RULES = some_rules(tagger=None)


@functools.lru_cache
def facts(name):
    """Return what is known of a picture: `tea`, cropped `tea-5`, smaller `tea-s`, `card-1`."""
    scene, _, change = name.partition("-")
    if scene in ("card", "black"):
        picture = Image.new("RGB", (320, 240), "#006233" if scene == "card" else "#050505")
    else:
        picture = Image.open(io.BytesIO(draw(scene))).convert("RGB")
    if change == "5":
        picture = ImageOps.crop(picture, (picture.width // 20, picture.height // 20))
    if change == "s":
        picture = picture.resize((200, 150))
    return replace(
        COPIES,
        digest=name.encode().hex().ljust(64, "0"),
        looks=looks.hashes(picture),
        flatness=looks.flatness(picture),
        detail=1.0 if scene == "card" else looks.detail(picture),
        hardness=looks.hardness(picture),
    )


def put(engine, native_id, text, *names, platform="mastodon", by=None, publish=True, **more):
    """Store a post that shows some pictures; their copies come later."""
    more.setdefault("published_at", NOW - timedelta(hours=1))
    more.setdefault("attachments", tuple(image(f"{platform}/{name}", alt=name) for name in names))
    item = an_item(
        native_id, f"{text} #bladifqalbi", platform=platform,
        url=f"https://{platform}.example/{native_id}", author=author(by or f"by{native_id}"),
        **more,
    )  # fmt: skip
    with writing(engine) as session:
        ingest(session, [item], rules=replace(RULES, publish=publish), now=NOW)


def copy(engine, names=None, now=NOW):
    """Make the copies of all pictures that are due, or of those of some names."""
    with writing(engine) as session:
        for due in copying.claim(session, now=now, limit=100):
            name = due.url.rsplit("/", 1)[1].removesuffix(".png")
            if names is None or name in names:
                copying.keep(session, due, facts(name), now=now)
            else:
                session.get_one(Picture, due.id).due_at = NOW


def groups(engine):
    return {frozenset(one.partition(":")[2] for one in story) for story in stories(engine)}


def related(engine):
    with reading(engine) as session:
        return [(one.why, one.lacks) for one in session.exec(select(StoryPicture))]


def ids(engine):
    with reading(engine) as session:
        return dict(session.exec(select(Post.native_id, Post.id)).all())


TOGETHER, APART = {frozenset("12")}, {frozenset("1"), frozenset("2")}


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("tea", "tea"), Why.SAME_FILE),
        (("tea", "tea-s"), Why.SAME_LOOK),
        (("tea", "tea-5"), Why.CROPPED),
        (("card-1", "card-1"), Why.SAME_FILE),
    ],
)
def test_same_picture_without_words_is_one_story(engine, names, why):
    put(engine, "1", "Salam", names[0])
    put(engine, "2", "", names[1], platform="bluesky")
    assert groups(engine) == APART

    copy(engine)

    assert groups(engine) == TOGETHER
    with reading(engine) as session:
        (edge,) = session.exec(select(StoryEdge)).all()
    assert (edge.kind, edge.why) == (Evidence.PICTURE, why)


@pytest.mark.parametrize(
    ("names", "texts", "relation"),
    [
        (("tea", "door"), ("", ""), []),
        (("tea", "tea-s"), (HARBOUR, BREAD), [(Why.SAME_LOOK, Lack.WORDS)]),
        (("tea", "tea-5"), (HARBOUR, ""), [(Why.CROPPED, Lack.WORDS)]),
        (("card-1", "card-2"), ("", ""), [(Why.SAME_LOOK, Lack.PLAIN)]),
        (("black", "black"), ("", ""), [(Why.SAME_FILE, Lack.PLAIN)]),
        (("black-1", "black-2"), ("", ""), []),
    ],
)
def test_other_pictures_and_other_words_are_two_stories(engine, names, texts, relation):
    for native_id, name, text in zip("12", names, texts, strict=True):
        put(engine, native_id, text, name)

    copy(engine)

    assert groups(engine) == APART
    assert related(engine) == relation


def test_pictures_that_were_copied_before_join_posts_when_they_are_looked_at(engine):
    for native_id, name in (("1", "tea"), ("2", "tea-5")):
        put(engine, native_id, "", name)
    copy(engine)
    with writing(engine) as session:
        session.execute(update(Picture).values(hardness=None, due_at=NOW))
        for picture in session.exec(select(Picture)).all():
            matching.follow(session, picture, now=NOW)
    assert groups(engine) == APART

    with writing(engine) as session:
        claimed = copying.claim(session, now=NOW, limit=10)
        for due in claimed:
            copying.look(session, due, 0.1, now=NOW)

    assert groups(engine) == TOGETHER
    with reading(engine) as session:
        found = {one.digest: (one.hardness, one.due_at) for one in session.exec(select(Picture))}
    assert found == {due.unseen: (0.1, None) for due in claimed}


def test_gallery_that_shows_something_else_too_is_another_story(engine):
    put(engine, "1", "", "tea", "door")
    put(engine, "2", "", "tea-s", "ferry")
    put(engine, "3", "", "door-5")
    copy(engine)

    assert groups(engine) == {frozenset("13"), frozenset("2")}
    assert related(engine) == [(Why.SAME_LOOK, Lack.OTHERS)]


def test_logo_that_an_author_puts_beside_all_words_tells_nothing(engine):
    put(engine, "1", "Fête du trône", "tea", by="news")
    put(engine, "2", "Pluie à Fès", "tea", by="news")
    copy(engine)

    assert groups(engine) == APART
    assert related(engine) == [(Why.SAME_FILE, Lack.WORDS)]


def test_avatars_are_no_evidence(engine):
    for native_id in "12":
        face = author(f"by{native_id}", avatar_url="https://media.example/tea.png")
        item = an_item(native_id, "Salam #bladifqalbi", author=face)
        with writing(engine) as session:
            ingest(session, [item], rules=RULES, now=NOW)
    copy(engine)

    assert groups(engine) == APART
    with reading(engine) as session:
        assert session.exec(select(PictureBand)).all() == []


def test_post_whose_picture_is_there_already_joins_at_once(engine):
    put(engine, "1", "", "tea")
    copy(engine)
    put(engine, "2", "", "tea")

    assert groups(engine) == TOGETHER


@pytest.mark.parametrize("end", ["lost", "no room", "replaced", "rejected", "refused"])
def test_picture_that_goes_parts_the_story(engine, end):
    put(engine, "1", "", "tea", platform="youtube")
    put(engine, "2", "", "tea", platform="bluesky")
    copy(engine)
    assert groups(engine) == TOGETHER
    with writing(engine) as session:
        first = session.get_one(Picture, 1)
        if end == "lost":
            upkeep.restore(session, {facts("tea").digest}, now=NOW)
        elif end == "no room":
            upkeep.evict(session, 0, now=NOW)
        elif end == "rejected":
            curation.decide(session, ids(engine)["1"], Action.REJECT, moderator="us", now=NOW)
            for due in copying.claim(session, now=NOW, limit=9):
                copying.let_go(session, due, now=NOW)
        else:
            first.due_at = NOW
            session.flush()
            (due,) = copying.claim(session, now=NOW, limit=9)
            if end == "refused":
                copying.fail(session, due, "gone", final=True, now=NOW)
            else:
                copying.keep(session, due, facts("door"), now=NOW)

    assert groups(engine) == APART


def test_words_that_tie_too_hold_when_the_picture_goes(engine):
    put(engine, "1", HARBOUR, "tea")
    put(engine, "2", HARBOUR, "tea", platform="bluesky")
    copy(engine)
    with writing(engine) as session:
        upkeep.evict(session, 0, now=NOW)

    assert groups(engine) == TOGETHER


def test_edit_that_takes_the_picture_away_parts_the_story(engine):
    put(engine, "1", "", "tea")
    put(engine, "2", "", "tea")
    copy(engine)
    put(engine, "2", "", "door")
    assert groups(engine) == APART
    put(engine, "2", "", "tea")
    assert groups(engine) == TOGETHER

    put(engine, "2", BREAD, "tea")

    assert groups(engine) == APART
    assert related(engine) == [(Why.SAME_FILE, Lack.WORDS)]


@pytest.mark.parametrize("decided", [False, True])
def test_rejected_picture_comes_back_only_by_a_person_s_word(engine, decided):
    put(engine, "1", "", "tea")
    copy(engine)
    put(engine, "2", "", "tea-s", platform="bluesky", publish=False)
    with writing(engine) as session:
        known = ids(engine)
        curation.decide(session, known["1"], Action.REJECT, moderator="us", now=NOW)
        if decided:
            curation.decide(session, known["2"], Action.APPROVE, moderator="us", now=NOW)

    copy(engine, {"tea-s"})

    with reading(engine) as session:
        (head,) = session.exec(select(Post).where(~col(Post.is_copy))).all()
    assert (head.native_id, head.review) == (("2", "approved") if decided else ("1", "rejected"))


def test_erased_post_leaves_no_hash_behind(engine):
    put(engine, "1", "", "tea")
    put(engine, "2", HARBOUR, "tea-s", platform="bluesky")
    copy(engine)
    with writing(engine) as session:
        for post_id in ids(engine).values():
            retention.bury(session, post_id, reason="asked", now=NOW)
        left = [session.exec(select(table)).all() for table in (PictureBand, StoryPicture)]
        assert set(session.exec(select(Picture.looks))) == {None}
        for due in copying.claim(session, now=NOW, limit=9):
            copying.let_go(session, due, now=NOW)
        left.append(session.exec(select(Picture)).all())

    assert left == [[], [], []]


def test_picture_of_an_erased_post_that_another_brings_is_evidence_again(engine):
    put(engine, "1", "", "tea")
    copy(engine)
    with writing(engine) as session:
        retention.bury(session, ids(engine)["1"], reason="asked", now=NOW)
    put(engine, "2", "", "tea")
    put(engine, "3", "", "tea-s")

    copy(engine)

    assert groups(engine) == {frozenset("23")}


def test_keys_stay_with_the_post_that_shows_the_picture_too(engine):
    put(engine, "1", "", "tea")
    put(engine, "2", "", "tea")
    copy(engine)
    with writing(engine) as session:
        retention.bury(session, ids(engine)["1"], reason="asked", now=NOW)
        assert len(session.exec(select(PictureBand)).all()) == 48


def test_why_is_told(engine):
    put(engine, "1", "", "tea")
    put(engine, "2", "", "tea-5")
    put(engine, "3", BREAD, "tea-s")
    copy(engine)
    known = ids(engine)
    with reading(engine) as session:
        ties = stories_upkeep.explain(session, known["1"], known["2"], RULES.campaign)
        apart = stories_upkeep.explain(session, known["1"], known["3"], RULES.campaign)

    assert isinstance(ties, list)
    assert [(tie.kind, tie.why) for tie in ties] == [("picture", "same picture, 5 % cropped")]
    assert isinstance(apart, Apart)
    assert apart.picture is not None
    assert (apart.picture.why, apart.picture.lacks) == ("same picture, saved anew", "other words")


def test_rebuild_finds_pictures_in_steps(engine):
    for number, name in enumerate(("tea", "tea-s", "door", "door-5", "ferry")):
        put(engine, str(number), "", name)
    copy(engine)
    before = groups(engine)
    with writing(engine) as session:
        for table in (StoryEdge, StoryPicture, PictureBand):
            session.connection().execute(delete(table))
        values = {"story_version": 0, "story_id": None, "is_copy": False}
        session.connection().execute(update(Post).values(values))
    steps = 0
    while True:
        with writing(engine) as session:
            if not stories_upkeep.rebuild(session, RULES.campaign, now=NOW, limit=2):
                break
            steps += 1

    assert (steps, before) == (3, {frozenset("01"), frozenset("23"), frozenset("4")})
    assert groups(engine) == before


def test_work_is_bounded_whatever_many_show(sqlite_engine, monkeypatch):
    monkeypatch.setattr(matching, "LATE", 10)
    for number in range(30):
        put(sqlite_engine, str(number), "", "tea")

    copy(sqlite_engine)

    assert max(map(len, groups(sqlite_engine))) >= 10


SEEN = (
    ("1", "", ("tea",)), ("2", "Salam", ("tea-s",)), ("3", HARBOUR, ("tea-5",)),
    ("4", f"{HARBOUR} !!", ("tea",)), ("5", "", ("door", "ferry")), ("6", "", ("ferry-s",)),
    ("7", BREAD, ("black",)), ("8", "", ("black",)),
)  # fmt: skip
STORIES = {frozenset("12"), frozenset("34"), frozenset("56"), frozenset("7"), frozenset("8")}
NAMES = sorted({name for _, _, names in SEEN for name in names})


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.permutations([*range(len(SEEN)), *NAMES]),
    evicted=st.none() | st.integers(1, len(SEEN) + len(NAMES)),
)
def test_order_of_posts_and_pictures_makes_no_difference(
    tmp_path_factory, sqlite_template, steps, evicted
):
    path = tmp_path_factory.mktemp("order") / "wall.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine = open_engine(f"sqlite:///{path}")
    _play(engine, steps, evicted)
    found = groups(engine)
    engine.dispose()

    assert found == STORIES


@pytest.mark.parametrize("turn", [1, -1])
def test_order_makes_no_difference_on_either_database(engine, turn):
    steps = [*range(len(SEEN)), *NAMES][::turn]

    _play(engine, steps, 7)

    assert groups(engine) == STORIES


def _play(engine, steps, evicted):
    """Let posts come by their number and pictures by their name; at one step all copies go."""
    for number, step in enumerate(steps):
        if isinstance(step, int):
            native_id, text, names = SEEN[step]
            put(engine, native_id, text, *names, published_at=NOW - timedelta(minutes=step))
        else:
            copy(engine, {step})
        if number == evicted:
            with writing(engine) as session:
                upkeep.evict(session, 0, now=NOW)
                upkeep.refill(session, now=NOW)
    copy(engine)
    with reading(engine) as session:
        assert all(session.exec(select(Media.picture_key)).all())
