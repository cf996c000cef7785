"""What very many people say, for days, is nobody's story."""

from datetime import timedelta
from itertools import chain

import pytest
from sqlmodel import col, select

from store import wall
from store.engine import reading, writing
from store.ingest import ingest
from store.items import Attachment, Author, Entity, Reference
from store.models import Change, Post, StoryText
from store.stories import bands, common, upkeep
from store.stories.common import DAYS, PEOPLE
from store.stories.forms import form_of
from store.stories.signature import keys
from tests.conftest import NOW, an_item, some_rules

WISH = "Que cette belle fête apporte la paix et la joie à toutes nos familles"
RULES = some_rules(tagger=None, publish=True)


def said(number, text=WISH, *, day=None, author=None, **more):
    """Return what one of a crowd says, on the next of some days."""
    name = f"someone{number if author is None else author}"
    return an_item(
        str(number), f"{text} #bladifqalbi", url=f"https://mastodon.example/{number}",
        author=Author(native_id=name, handle=name),
        published_at=NOW - timedelta(days=1 + (number % DAYS if day is None else day)),
        **more,
    )  # fmt: skip


def put(engine, *items):
    for item in items:
        with writing(engine) as session:
            ingest(session, [item], rules=RULES, now=NOW)


def test_few_formulas_are_found_without_walking_through_all_texts(sqlite_engine):
    asked = common._COMMON.compile(sqlite_engine)

    with reading(sqlite_engine) as session:
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}").all()

    assert ["USING INDEX ix_story_text_people" in step[3] for step in plan] == [True]


def heads(engine):
    with reading(engine) as session:
        return len(session.exec(select(Post.id).where(~col(Post.is_copy))).all())


def people(engine):
    with reading(engine) as session:
        query = select(StoryText.people).where(col(StoryText.people).is_not(None))
        return list(session.exec(query))


def test_one_less_than_a_crowd_tells_one_story(engine):
    put(engine, *map(said, range(PEOPLE - 1)))

    assert (heads(engine), people(engine)) == (1, [])


def test_what_a_crowd_says_comes_apart_and_is_counted(engine):
    put(engine, *map(said, range(PEOPLE + 2)))

    assert (heads(engine), people(engine)) == (PEOPLE + 2, [PEOPLE + 2])
    with reading(engine) as session:
        page = wall.page(session, wall.Filters())
    assert {one.people for one in page.posts} == {PEOPLE + 2}


def test_crowd_that_comes_at_once_is_found_at_once(engine):
    with writing(engine) as session:
        ingest(session, map(said, range(PEOPLE)), rules=RULES, now=NOW)

    assert (heads(engine), people(engine)) == (PEOPLE, [PEOPLE])


@pytest.mark.parametrize(
    "more",
    [
        {"day": 0},
        {"author": 7},
        {"references": (Reference(kind="repost", native_id="0"),)},
        {"attachments": (Attachment(kind="image", url="https://files.example/1.jpg"),)},
        {
            "text": f"{WISH} https://news.example/fete",
            "entities": (Entity(kind="link", start=71, end=96, value="https://news.example/fete"),),
        },
        {"text": f"{WISH}, {WISH.replace('fête', 'saison')}, {WISH.replace('paix', 'santé')}"},
    ],
    ids=["one day", "one author", "reposts", "picture", "link", "long"],
)
def test_copies_are_no_formula(engine, more):
    put(engine, *(said(number, **more) for number in range(PEOPLE + 2)))

    assert (heads(engine), people(engine)) == (1, [])


def test_what_says_hardly_more_comes_apart_too(engine):
    near = [said(100, f"{WISH} amis", author=100), said(101, f"{WISH} amis", author=101)]
    put(engine, *map(said, range(PEOPLE - 1)), *near)
    assert heads(engine) == 1

    put(engine, said(PEOPLE - 1))

    assert heads(engine) == PEOPLE + 2
    put(engine, said(102, f"{WISH} mes amis", author=102))
    assert heads(engine) == PEOPLE + 3


def test_what_comes_apart_is_announced(engine):
    put(engine, *map(said, range(PEOPLE - 1)))
    with reading(engine) as session:
        before = len(session.exec(select(Change)).all())

    put(engine, said(PEOPLE - 1))

    with reading(engine) as session:
        after = len(session.exec(select(Change)).all())
    assert after - before == PEOPLE - 1


def test_long_story_beside_a_formula_stays_one(engine):
    own = f"{WISH}, et merci aux voisins de la rue Souika qui ont cuisiné pour tout le quartier"
    put(engine, *map(said, range(PEOPLE)), said(200, own), said(201, own))

    assert heads(engine) == PEOPLE + 1


def test_rebuilt_store_knows_its_formulas_again(engine):
    put(engine, *map(said, range(PEOPLE + 1)))
    with writing(engine) as session:
        for post in session.exec(select(Post)):
            post.story_version = 0
    with writing(engine) as session:
        assert upkeep.rebuild(session, RULES.campaign, now=NOW) == PEOPLE + 1

    assert (heads(engine), people(engine)) == (PEOPLE + 1, [PEOPLE + 1])


def test_count_follows_what_was_rejected(engine):
    put(engine, *map(said, range(PEOPLE)))
    with writing(engine) as session:
        session.exec(select(Post).limit(1)).one().review = "rejected"
    with writing(engine) as session:
        common.count(session)

    assert people(engine) == [PEOPLE - 1]


def test_no_key_of_a_text_outlives_it(engine):
    near = f"{WISH} amis"
    put(engine, *map(said, range(PEOPLE - 1)), said(100, near, author=100), said(PEOPLE))

    with writing(engine) as session:
        texts = set(session.exec(select(StoryText.id)))
        forms = [form_of(text, campaign=RULES.campaign).text for text in (WISH, near)]
        found = bands.sharing(session.connection(), keys(forms).ravel().tolist())
        assert set(chain.from_iterable(found.values())) == texts
        assert len(texts) == 1
