"""Copying that is killed at any moment: no picture is promised without its file, none is lost."""

import os
import random
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.fetch import Fetcher
from collectors.media import YOUNG, Copier
from collectors.run import utc_now
from store import retention, upkeep
from store.engine import open_engine, reading, writing
from store.files import open_files
from store.items import Attachment
from store.models import PictureState
from store.settings import MediaSettings
from tests.forked import forks
from tests.platforms.pictures import address
from tests.platforms.serve import platforms
from tests.platforms.world import Picture, World
from tests.store.gallery import pictures, post

PICTURES = 60
KILLS = 25


def copier(store_url: str, folder: Path, host: str, *, later: timedelta = timedelta(0)) -> Copier:
    return Copier(
        open_engine(store_url),
        open_files(MediaSettings(folder=folder)),
        Fetcher(agent="test", trusted=[host]),
        quota_mb=100,
        now=lambda: utc_now() + later,
    )


def copy_here(store_url: str, folder: Path, host: str, hours: int) -> None:
    """Run in a process of its own; each comes after the last one's leases."""
    copier(store_url, folder, host, later=timedelta(hours=hours)).run()
    os._exit(0)


@pytest.mark.timeout(120)
def test_no_kill_loses_a_picture_or_promises_one_that_is_not_there(store_url, tmp_path):
    dice, folder = random.Random(7), tmp_path / "media"
    engine = open_engine(store_url)
    died, doomed = 0, []
    with platforms(World(), ["mastodon"]) as urls:
        host = urls["mastodon"].removeprefix("http://")
        for round_number in range(4 * KILLS):
            if died == KILLS:
                break
            with writing(engine) as session:
                for number in range(PICTURES if round_number == 0 else 3):
                    name = f"{round_number}-{number}"
                    drawn = Picture(name="tea", width=200 + round_number, height=150 + number)
                    url = address(urls["mastodon"], drawn, "png")
                    doomed.append(post(session, name, Attachment(kind="image", url=url)))
                if round_number % 3 == 2:
                    gone = doomed.pop(dice.randrange(len(doomed)))
                    retention.bury(session, gone, reason="asked", now=utc_now())
            args = (store_url, folder, host, round_number)
            child = forks().Process(target=copy_here, args=args)
            child.start()
            child.join(dice.uniform(0.02, 0.25))
            if child.is_alive() and child.pid:
                os.kill(child.pid, signal.SIGKILL)
                died += 1
            child.join()
            assert_promises_are_kept(engine, folder)
        last = copier(store_url, folder, host, later=timedelta(hours=4 * KILLS) + 2 * YOUNG)
        for _ in range(3):
            with writing(last.engine) as session:
                # Those that were cut off more often than any failure is forgiven; and the server of
                # these pictures may itself be too slow to answer beside all else that runs.
                upkeep.retry(session, refused=False, now=last.now())
            last.run()
        last.sweep()
        last.fetcher.close()
        last.engine.dispose()

    with reading(engine) as session:
        found = pictures(session)
    engine.dispose()
    assert died == KILLS
    assert len(found) == len(doomed)
    assert {one.state for one in found} == {PictureState.KEPT}
    left = {path.name for path in folder.glob("*/*")} - {one.digest for one in found}
    assert left == set(), [str(p) for d in left for p in folder.glob(f"*/{d}/*")]


def assert_promises_are_kept(engine, folder: Path) -> None:
    with reading(engine) as session:
        kept = [one for one in pictures(session) if one.state == PictureState.KEPT]
    for one in kept:
        names = {path.name for path in (folder / one.digest[:2] / one.digest).iterdir()}
        promised = {f"{width}.{form}" for width in one.widths for form in ("webp", "jpg")}
        # What a kill has left of a file is hidden by its name, and goes with the others.
        assert {name for name in names if not name.endswith(".partial")} == promised
