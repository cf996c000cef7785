"""Stories in the store: whatever comes, is edited or goes, one post stands for each."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlmodel import col, select

from store import curation, retention
from store.engine import open_engine, reading, writing
from store.errors import UnknownPostError
from store.ingest import ingest
from store.items import Reference
from store.models import Action, Change, Post, StoryBand, StoryEdge, StoryText
from store.stories import bands, clusters, upkeep
from store.stories.forms import form_of
from store.stories.formulas import load
from store.stories.signature import keys
from store.stories.ties import Evidence, Why
from store.stories.upkeep import Apart
from tests.conftest import NOW, an_item, some_rules

HARBOUR = "Ce matin au port de Tanger j'ai revu les ferries de mon enfance et j'ai pleuré de joie"
BREAD = "Ma mère pétrit encore le pain chaque vendredi, et toute la rue attend devant le four"
ALMONDS = "Dans le verger de mon grand-père à Tafraout les amandiers fleurissent déjà en janvier"
TEXTS = (HARBOUR, f"{HARBOUR} !!", HARBOUR.replace("joie", "joi"), BREAD, f"RT {BREAD}", ALMONDS)
RULES = some_rules(tagger=None)
CAMPAIGN = RULES.campaign


def put(engine, native_id, text, *, platform="mastodon", **more):
    more.setdefault("published_at", NOW - timedelta(hours=1))
    item = an_item(
        native_id, f"{text} #bladifqalbi", platform=platform,
        url=f"https://{platform}.example/{native_id}", **more,
    )  # fmt: skip
    with writing(engine) as session:
        ingest(session, [item], rules=RULES, now=NOW)


def stories(engine):
    """Return the stories as sets of names, and see that each has one head."""
    with reading(engine) as session:
        posts = session.exec(select(Post)).all()
    found: dict[int, list[Post]] = {}
    for post in posts:
        found.setdefault(post.story_id or -(post.id or 0), []).append(post)
    assert all(Counter(one.is_copy for one in some)[False] == 1 for some in found.values())
    return {frozenset(f"{one.platform}:{one.native_id}" for one in some) for some in found.values()}


def head(engine):
    with reading(engine) as session:
        (post,) = session.exec(select(Post).where(~col(Post.is_copy))).all()
    return post.native_id


def test_public_is_told_of_other_places_that_come_change_and_go(engine):
    put(engine, "1", HARBOUR)
    (shown,) = told(engine)

    put(engine, "2", f"{HARBOUR} !!", platform="bluesky")
    put(engine, "2", f"{HARBOUR} !", platform="bluesky")
    with reading(engine) as session:
        copied = session.exec(select(Post.id).where(col(Post.is_copy))).one() or 0
    for action in (Action.HIDE, Action.RESTORE):
        with writing(engine) as session:
            curation.decide(session, copied, action, moderator="nadia", now=NOW)
    with writing(engine) as session:
        retention.missed(session, copied, now=NOW)
    with writing(engine) as session:
        retention.bury(session, copied, reason="author asked", now=NOW)

    post_id, kind = shown
    assert kind == "post.published"
    assert told(engine)[1:] == [(post_id, "post.updated")] * 6


def told(engine):
    with reading(engine) as session:
        return [(one.post_id, one.kind) for one in session.exec(select(Change)).all()]


def test_copies_with_slips_are_one_story_and_others_are_not(engine):
    for number, text in enumerate(TEXTS):
        put(engine, str(number), text)

    assert stories(engine) == {
        frozenset({"mastodon:0", "mastodon:1", "mastodon:2"}),
        frozenset({"mastodon:3", "mastodon:4"}),
        frozenset({"mastodon:5"}),
    }


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations(range(len(TEXTS))), batches=st.integers(1, 6))
def test_order_of_arrival_makes_no_difference(tmp_path_factory, sqlite_template, order, batches):
    path = tmp_path_factory.mktemp("order") / "wall.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine = open_engine(f"sqlite:///{path}")
    items = [
        an_item(
            str(number), f"{TEXTS[number]} #bladifqalbi",
            published_at=NOW - timedelta(minutes=number),
        )
        for number in order
    ]  # fmt: skip
    for start in range(0, len(items), batches):
        with writing(engine) as session:
            ingest(session, items[start : start + batches], rules=RULES, now=NOW)

    found = stories(engine)
    engine.dispose()

    assert found == {
        frozenset({"mastodon:0", "mastodon:1", "mastodon:2"}),
        frozenset({"mastodon:3", "mastodon:4"}),
        frozenset({"mastodon:5"}),
    }


def test_earliest_post_stands_for_the_story_however_late_it_comes(engine):
    put(engine, "late", HARBOUR, published_at=NOW - timedelta(hours=1))
    put(engine, "early", HARBOUR, published_at=NOW - timedelta(hours=9))

    assert head(engine) == "early"
    with reading(engine) as session:
        kinds = session.exec(select(Change.kind).order_by(col(Change.id))).all()
    assert sorted(kinds[1:]) == ["post.published", "post.removed"]


def test_repost_never_stands_before_what_it_repeats(engine):
    repost = (Reference(kind="repost", native_id="original"),)
    put(engine, "repost", "", references=repost, published_at=NOW - timedelta(hours=9))
    put(engine, "original", BREAD)

    assert head(engine) == "original"


def test_rejected_story_does_not_come_back_with_a_new_copy(engine):
    put(engine, "1", HARBOUR)
    with writing(engine) as session:
        (post,) = session.exec(select(Post)).all()
        curation.decide(session, post.id or 0, Action.REJECT, moderator="us", now=NOW)
    put(engine, "2", HARBOUR, platform="bluesky", published_at=NOW - timedelta(hours=9))

    assert head(engine) == "1"


def test_edit_parts_and_the_old_words_join_again(engine):
    put(engine, "1", HARBOUR)
    put(engine, "2", HARBOUR)
    put(engine, "3", HARBOUR)
    put(engine, "1", BREAD)
    assert stories(engine) == {frozenset({"mastodon:1"}), frozenset({"mastodon:2", "mastodon:3"})}

    put(engine, "1", HARBOUR)

    assert stories(engine) == {frozenset({"mastodon:1", "mastodon:2", "mastodon:3"})}


def test_post_that_tied_two_parts_them_when_it_changes(engine):
    for native_id, text in (("1", HARBOUR), ("2", HARBOUR), ("3", BREAD)):
        put(engine, native_id, text)
    with writing(engine) as session:
        one, _, three = session.exec(select(Post).order_by(col(Post.id))).all()
        session.add(
            StoryEdge(
                post_id=three.id or 0,
                other_id=one.id or 0,
                kind="near text",
                score=1,
                why="words",
                words=2,
            )
        )
        session.connection().execute(update(Post).values(story_id=one.id))
        three.is_copy = True
        session.flush()
        clusters.part(session, [three.id or 0])

    assert stories(engine) == {frozenset({"mastodon:1", "mastodon:2"}), frozenset({"mastodon:3"})}


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from([*TEXTS, None])), min_size=3, max_size=12
    )
)
def test_whatever_is_posted_edited_and_deleted_each_story_has_one_head(
    tmp_path_factory, sqlite_template, steps
):
    path = tmp_path_factory.mktemp("steps") / "wall.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine = open_engine(f"sqlite:///{path}")
    for native_id, text in steps:
        if text is not None:
            put(engine, native_id, text)
            continue
        with writing(engine) as session:
            post = session.exec(select(Post).where(Post.native_id == native_id)).first()
            if post:
                retention.bury(session, post.id or 0, reason="asked", now=NOW)
    stories(engine)
    with reading(engine) as session:
        used = {one for one in session.exec(select(Post.text_id)) if one}
        assert {one.id for one in session.exec(select(StoryText))} >= used
    engine.dispose()


def test_erased_post_leaves_nothing_of_its_words(engine):
    put(engine, "1", HARBOUR)
    with writing(engine) as session:
        (post,) = session.exec(select(Post)).all()
        retention.bury(session, post.id or 0, reason="asked", now=NOW)
        for table in (StoryText, StoryBand, StoryEdge):
            assert session.exec(select(table)).all() == []
        said = keys([form_of(HARBOUR, campaign=CAMPAIGN).text])[0].tolist()
        assert bands.sharing(session.connection(), said) == {}


def test_workers_that_bring_the_same_posts_at_once_make_one_story(store_url):
    def work(platform):
        engine = open_engine(store_url)
        for number in range(5):
            put(engine, str(number), HARBOUR, platform=platform)
        engine.dispose()

    names = ("mastodon", "bluesky", "reddit", "feeds")
    workers = [threading.Thread(target=work, args=(name,)) for name in names]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    engine = open_engine(store_url)
    (story,) = stories(engine)
    engine.dispose()
    assert len(story) == 20


def test_rebuild_finds_the_same_stories_in_steps(engine):
    for number, text in enumerate(TEXTS):
        put(engine, str(number), text)
    before = stories(engine)
    with writing(engine) as session:
        session.connection().execute(update(Post).values(story_version=0))
        assert upkeep.outdated(session) == len(TEXTS)
        assert upkeep.rebuild(session, CAMPAIGN, now=NOW, limit=4) == 4
    with writing(engine) as session:
        assert upkeep.rebuild(session, CAMPAIGN, now=NOW, limit=4) == 2
        assert upkeep.rebuild(session, CAMPAIGN, now=NOW, limit=4) == 0
        assert upkeep.outdated(session) == 0

    assert stories(engine) == before


def test_why_posts_are_one_story_is_told(engine):
    put(engine, "1", HARBOUR)
    put(engine, "2", f"Bonjour à tous, {HARBOUR}")
    put(engine, "3", HARBOUR.replace("Tanger", "Nador"))
    put(engine, "4", "Bonne fête")
    put(engine, "5", "Bonne fête")
    with reading(engine) as session:
        ids = [one or 0 for one in session.exec(select(Post.id).order_by(col(Post.id)))]
        one, two, three, four, five = ids
        ties = upkeep.explain(session, one, two, CAMPAIGN)
        other = upkeep.explain(session, one, three, CAMPAIGN)
        short = upkeep.explain(session, four, five, CAMPAIGN)
        with pytest.raises(UnknownPostError):
            upkeep.explain(session, one, 10**9, CAMPAIGN)

    assert isinstance(ties, list)
    (tie,) = ties
    assert (tie.kind, tie.why, tie.words > 0) == (Evidence.NEAR_TEXT, Why.WORDS, True)
    assert isinstance(other, Apart)
    assert other.verdict.why == Why.OTHER_WORD
    assert isinstance(short, Apart)
    assert (short.verdict.same, short.is_evidence) == (True, False)


def test_megabyte_of_text_is_stored_and_matched(engine):
    put(engine, "1", HARBOUR * 2000)
    put(engine, "2", HARBOUR * 2000)

    assert len(stories(engine)) == 1


def test_crowd_with_one_text_is_one_story_with_one_head(sqlite_engine):
    items = [an_item(str(number), f"{HARBOUR} #bladifqalbi") for number in range(600)]
    for start in range(0, 600, 100):
        with writing(sqlite_engine) as session:
            ingest(session, items[start : start + 100], rules=RULES, now=NOW)

    (story,) = stories(sqlite_engine)
    assert len(story) == 600
    with reading(sqlite_engine) as session:
        assert len(session.exec(select(StoryText)).all()) == 1
        assert len(session.exec(select(StoryEdge)).all()) <= 8 * 600


def test_operator_s_own_formulas_prove_nothing(engine, tmp_path):
    file = tmp_path / "formulas.txt"
    file.write_text(f"# ours\n{HARBOUR}\n", "utf-8")
    rules = some_rules(tagger=None, formulas=load(file))
    items = [an_item(name, f"{HARBOUR} #bladifqalbi") for name in ("1", "2")]
    with writing(engine) as session:
        ingest(session, items, rules=rules, now=NOW)

    assert len(stories(engine)) == 2
