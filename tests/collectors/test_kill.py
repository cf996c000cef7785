"""Harvests that are killed, and schedulers that compete: nothing lost, nothing twice."""

import itertools
import os
import random
import signal
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import col, select

from collectors.harvest import harvest
from collectors.run import Job
from collectors.schedule import build_scheduler, stop
from collectors.settings import CollectorsSettings
from store.engine import open_engine, reading, writing
from store.models import Harvest, Post, Source
from tests.conftest import a_campaign, a_job
from tests.forked import forks
from tests.platforms import reddit, x, youtube
from tests.platforms.serve import platforms
from tests.platforms.world import Person, Story, World

NAMES = ("mastodon", "bluesky", "youtube", "reddit", "x")
TEXT = "Un souvenir du pays, le numéro {} #bladifqalbi bladi f qalbi"


def a_story(platform: str, number: int) -> Story:
    # Over six days, so that a bookmark that ran ahead would leave posts far behind its overlap.
    return Story(
        key=f"{platform}-{number}",
        platform=platform,
        person=Person(handle=f"p{number % 17}", name="Une personne"),
        language="fr",
        title="Un souvenir" if platform in ("youtube", "reddit") else None,
        text=TEXT.format(number),
        age=timedelta(days=6) - timedelta(seconds=number * 900),
    )


def sections(urls: dict[str, str], every: str = "15m") -> CollectorsSettings:
    common = {"enabled": True, "every": every, "timeout": 10}
    return CollectorsSettings.model_validate(
        {
            "mastodon": {**common, "servers": [{"url": urls.get("mastodon", "https://m.example")}]},
            "bluesky": {**common, "base_url": urls.get("bluesky", "https://b.example")},
            "youtube": {
                **common,
                "base_url": urls.get("youtube", "https://y.example"),
                "api_key": youtube.KEY,
                "budget": {"searches_per_day": 5000},
            },
            "reddit": {
                **common,
                "base_url": urls.get("reddit", "https://r.example"),
                "auth_url": urls.get("reddit", "https://r.example"),
                "client_id": reddit.CLIENT_ID,
                "client_secret": reddit.CLIENT_SECRET,
            },
            "x": {
                **common,
                "base_url": urls.get("x", "https://x.example"),
                "bearer_token": x.TOKEN,
                "budget": {"posts_per_day": 10**6, "users_per_day": 10**6},
            },
        }
    )


def the_job(store_url: str, urls: dict[str, str], name: str, since: str, every: str = "15m") -> Job:
    return a_job(
        open_engine(store_url),
        name,
        getattr(sections(urls, every), name),
        campaign=a_campaign(since=since),
    )


def harvest_here(store_url: str, urls: dict[str, str], name: str, since: str) -> None:
    """Run in a process of its own."""
    harvest(the_job(store_url, urls, name, since), by_hand=True)
    os._exit(0)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("fixture", "kills"), [("sqlite_url", 100), ("postgres_url", 30)], ids=["sqlite", "postgresql"]
)
def test_no_kill_loses_or_doubles_a_post(request, fixture, kills):
    store_url: str = request.getfixturevalue(fixture)
    dice = random.Random(20)
    world = World(a_story(name, number) for name in NAMES for number in range(150))
    since = (world.start - timedelta(days=7)).date().isoformat()
    numbers = dict.fromkeys(NAMES, 150)
    died = 0
    with platforms(world, NAMES) as urls:
        for round_number in range(4 * kills):
            if died == kills:
                break
            name = NAMES[round_number % len(NAMES)]
            child = forks().Process(target=harvest_here, args=(store_url, urls, name, since))
            child.start()
            child.join(dice.uniform(0.02, 0.3))
            if child.is_alive() and child.pid:
                os.kill(child.pid, signal.SIGKILL)
                died += 1
            child.join()
            expire_leases(store_url)
            for _ in range(3):
                world.add(a_story(name, numbers[name]))
                numbers[name] += 1
        for name in NAMES:
            finish(the_job(store_url, urls, name, since))

    engine = open_engine(store_url)
    for name in NAMES:
        with reading(engine) as session:
            texts = session.exec(select(Post.text).where(Post.platform == name)).all()
        expected = sorted(post.text for post in world.posts(name))
        assert sorted(texts) == expected, name
    if fixture == "sqlite_url":
        with engine.connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    engine.dispose()
    assert died == kills


def expire_leases(store_url: str) -> None:
    """What waiting for five minutes does."""
    engine = open_engine(store_url)
    with writing(engine) as session:
        for source in session.exec(select(Source)):
            source.lease_until = None
    engine.dispose()


def finish(job: Job) -> None:
    """Harvest until a run is complete."""
    for _ in range(20):
        report = harvest(job, by_hand=True)
        assert report is not None
        assert report.error is None, report
        if report.outcome == "complete":
            job.engine.dispose()
            return
    pytest.fail(f"{job.name} does not come to an end")


def schedule_here(store_url: str, urls: dict[str, str], since: str, seconds: float) -> None:
    """Run in a process of its own."""
    jobs = [the_job(store_url, urls, name, since, every="2s") for name in ("mastodon", "bluesky")]
    scheduler = build_scheduler(jobs, jobs[0].engine, raw_days=30)
    scheduler.start()
    time.sleep(seconds)
    stopping = threading.Event()
    for job in jobs:
        job.stop.set()
    assert stop(scheduler, stopping, patience=9)
    os._exit(0)


def test_two_schedulers_run_every_slot_exactly_once(store_url):
    world = World(a_story(name, number) for name in ("mastodon", "bluesky") for number in range(30))
    since = (world.start - timedelta(days=7)).date().isoformat()
    with platforms(world, ("mastodon", "bluesky")) as urls:
        args: tuple[Any, ...] = (store_url, urls, since, 9.0)
        children = [forks().Process(target=schedule_here, args=args) for _ in range(2)]
        for child in children:
            child.start()
        for child in children:
            child.join(30)

    assert [child.exitcode for child in children] == [0, 0]
    engine = open_engine(store_url)
    for name in ("mastodon", "bluesky"):
        runs = slots(engine, name)
        assert len(runs) >= 3
        # The end of the test may have come into the last.
        assert {run.outcome for run in runs[:-1]} == {"complete"}
        for before, after in itertools.pairwise(runs):
            assert before.finished_at is not None
            assert before.finished_at <= after.started_at
            assert before.slot_at is not None
            assert after.slot_at is not None
            # The next slot is one interval later, give or take its jitter.
            assert abs((after.slot_at - before.started_at).total_seconds() - 2) < 0.3
    engine.dispose()


def slots(engine: Engine, name: str) -> list[Harvest]:
    with reading(engine) as session:
        query = select(Harvest).where(Harvest.source == name).order_by(col(Harvest.id))
        return list(session.exec(query))
