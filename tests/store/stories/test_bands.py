"""Texts are found by their keys, whether these are in the tree or wait in a run."""

import random

import pytest
from alembic import command
from sqlalchemy import Engine
from sqlmodel import func, select

from store import changes, migrations
from store.engine import open_engine, writing
from store.models import StoryBand, StoryRun
from store.stories import bands

KEYS = [number << 48 for number in range(-(2**15), 2**15, 331)]
"""Some of every part of the number line."""


class UndoneError(Exception):
    """Takes back a transaction."""


def found(engine: Engine) -> set[bands.Pair]:
    with writing(engine) as session:
        changes.take_turn(session)
        sharing = bands.sharing(session.connection(), KEYS)
    assert all(len(ids) == len(set(ids)) for ids in sharing.values())
    return {(key, text_id) for key, ids in sharing.items() for text_id in ids}


def step(engine: Engine, *, new: set[bands.Pair], gone: set[bands.Pair], undo: str = "") -> None:
    """Enter some pairs and remove others, and take that back wholly or in part."""
    with writing(engine) as session:
        changes.take_turn(session)
        bands.sharing(session.connection(), KEYS[:5])
        if undo == "savepoint":
            savepoint = session.begin_nested()
            bands.change(session.connection(), new=new)
            savepoint.rollback()
        bands.change(session.connection(), new=new, gone=gone)
        if undo == "all":
            raise UndoneError


@pytest.fixture
def other(store_url):
    """A second process, as far as the store can tell."""
    engine = open_engine(store_url)
    yield engine
    engine.dispose()


def test_two_workers_find_what_either_has_entered(engine, other):
    dice, expected = random.Random(5), set[bands.Pair]()
    for number in range(1, bands.PARTS + 90):
        new = {(dice.choice(KEYS), number) for _ in range(3)}
        gone = set(dice.sample(sorted(expected), min(len(expected), 2)))
        worker = dice.choice((engine, other))
        undo = dice.choice(("", "", "", "savepoint", "all"))
        try:
            step(worker, new=new, gone=gone, undo=undo)
        except UndoneError:
            continue
        expected = expected - gone | new
        if number % 40 == 0:
            assert found(dice.choice((engine, other))) == expected

    fresh = open_engine(engine.url.render_as_string(hide_password=False))
    every = [found(one) for one in (engine, other, fresh)]
    fresh.dispose()
    assert every == [expected] * 3


def test_no_run_outlives_its_parts(engine):
    for number in range(1, bands.PARTS + 10):
        step(engine, new={(KEYS[number % len(KEYS)], number)}, gone=set())

    with writing(engine) as session:
        runs = session.exec(select(func.count(), func.min(StoryRun.id)).select_from(StoryRun))
        assert runs.one() == (bands.PARTS - 1, 11)
        settled = set(session.exec(select(StoryBand.text_id)))
    assert settled >= set(range(1, 11))


def test_text_that_was_removed_while_it_waited_never_comes_to_the_tree(engine):
    step(engine, new={(key, 1) for key in KEYS[:50]}, gone=set())
    step(engine, new=set(), gone={(key, 1) for key in KEYS[:50]})

    for number in range(2, bands.PARTS + 2):
        step(engine, new={(KEYS[-1], number)}, gone=set())

    with writing(engine) as session:
        assert 1 not in session.exec(select(StoryBand.text_id)).all()


def test_keys_of_texts_that_are_gone_can_be_dropped(engine, other):
    step(other, new={(key, 1) for key in KEYS[:50]}, gone=set())

    with writing(engine) as session:
        changes.take_turn(session)
        bands.drop_lost(session.connection())

    assert (found(engine), found(other)) == (set(), set())
    step(other, new={(KEYS[7], 2)}, gone=set())
    assert (found(engine), found(other)) == ({(KEYS[7], 2)}, {(KEYS[7], 2)})


def test_version_before_finds_all_keys_in_its_tree(empty_url):
    engine = open_engine(empty_url)
    migrations.upgrade(engine)
    with writing(engine) as session:
        session.add(StoryBand(key=KEYS[9], text_id=3))
    step(engine, new={(key, 1) for key in KEYS} | {(KEYS[0], 2)}, gone=set())
    step(engine, new=set(), gone={(KEYS[0], 1), (KEYS[5], 1), (KEYS[9], 3)})

    with migrations.changing(engine) as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0020")

    with writing(engine) as session:
        pairs = session.exec(select(StoryBand.key, StoryBand.text_id)).all()
    engine.dispose()
    left = {(key, 1) for key in KEYS} | {(KEYS[0], 2)}
    assert set(pairs) == left - {(KEYS[0], 1), (KEYS[5], 1)}
