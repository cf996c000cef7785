"""Pictures of stand-in platforms are copied, kept, and let go."""

import threading
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pydantic import SecretStr

from collectors.fetch import Fetcher
from collectors.harvest import harvest
from collectors.media import YOUNG, Copier, Outcome, run_quietly
from collectors.reddit import RedditSettings
from store import copying, curation, retention
from store.engine import reading, writing
from store.files import FilesError, open_files
from store.items import Attachment
from store.models import Action
from store.settings import MediaSettings
from tests.conftest import NOW, a_job
from tests.platforms import reddit
from tests.platforms.pictures import address
from tests.platforms.serve import platforms
from tests.platforms.world import Picture as Drawn
from tests.platforms.world import World
from tests.store.gallery import author, pictures, post


@pytest.fixture
def world():
    return World()


@pytest.fixture
def url(world):
    with platforms(world, ["mastodon"]) as urls:
        yield urls["mastodon"]


@pytest.fixture
def files(tmp_path):
    return open_files(MediaSettings(folder=tmp_path / "media"))


@pytest.fixture(params=["folder", "bucket"])
def anywhere(request, tmp_path):
    if request.param == "bucket":
        return open_files(request.getfixturevalue("bucket"))
    return open_files(MediaSettings(folder=tmp_path / "media"))


@pytest.fixture
def copier(engine, files, url):
    with Fetcher(agent="test", trusted=[url.removeprefix("http://")], timeout=5) as fetcher:
        yield Copier(engine, files, fetcher, quota_mb=100, now=lambda: NOW)


def shown(url, name="tea", **more):
    picture = Drawn(name=name, width=640, height=480)
    return Attachment(kind="image", url=address(url, picture, "png"), **more)


def kept_files(tmp_path: Path) -> set[str]:
    return {path.name for path in tmp_path.glob("media/*/*/*")}


def at(copier, moment):
    return Copier(copier.engine, copier.files, copier.fetcher, copier.quota_mb, now=lambda: moment)


def test_pictures_are_copied_small_and_told(engine, copier, url, tmp_path):
    with writing(engine) as session:
        avatar = author(avatar_url=f"{url}/media/avatars/amina_400x400.png")
        post(session, "1", shown(url, "tea"), author=avatar)

    assert copier.run() == Outcome(kept=2)

    with reading(engine) as session:
        found = {one.role: one for one in pictures(session)}
    picture = found["attachment"]
    assert (picture.state, picture.width, picture.height) == ("kept", 640, 480)
    assert picture.widths == [320, 480, 640]
    assert found["avatar"].widths == [48, 96, 144]
    assert len(picture.looks) == 96
    assert picture.colour.startswith("#")
    body = copier.files.get(picture.digest, "320.webp")
    assert Image.open(BytesIO(body)).size == (320, 240)
    assert sum(path.stat().st_size for path in tmp_path.glob("media/*/*/*")) == sum(
        one.size for one in found.values()
    )


def test_nothing_is_fetched_twice(engine, copier, url, world):
    with writing(engine) as session:
        for native_id in ("1", "2", "3"):
            post(session, native_id, shown(url))
    copier.run()
    with writing(engine) as session:
        post(session, "4", shown(url))
        post(session, "1", shown(url), text="Encore #bladifqalbi")

    assert copier.run() == Outcome()
    assert len(world.requests["mastodon"]) == 1


def test_what_was_not_asked_of_a_copy_is_asked_of_our_own(engine, copier, url, world):
    with writing(engine) as session:
        post(session, "1", shown(url))
    copier.run()
    with writing(engine) as session:
        before = pictures(session)[0].hardness
        pictures(session)[0].hardness, pictures(session)[0].due_at = None, NOW

    assert copier.run() == Outcome()
    with reading(engine) as session:
        picture = pictures(session)[0]
    assert (picture.state, picture.due_at) == ("kept", None)
    assert picture.hardness == pytest.approx(before, abs=0.05)
    assert len(world.requests["mastodon"]) == 1


def test_copy_whose_files_are_lost_is_not_looked_at(engine, copier, url):
    with writing(engine) as session:
        post(session, "1", shown(url))
    copier.run()
    with writing(engine) as session:
        pictures(session)[0].hardness, pictures(session)[0].due_at = None, NOW
        copier.files.delete([pictures(session)[0].digest])

    assert copier.run() == Outcome()
    with reading(engine) as session:
        assert (pictures(session)[0].hardness, pictures(session)[0].due_at) == (None, None)


def test_picture_of_a_rejected_post_is_not_fetched(engine, copier, url, world):
    with writing(engine) as session:
        post_id = post(session, "1", shown(url))
        curation.decide(session, post_id, Action.REJECT, moderator="us", now=NOW)

    assert copier.run() == Outcome(let_go=1)
    assert world.requests["mastodon"] == []


@pytest.mark.parametrize("end", ["reject", "bury"])
def test_bytes_go_with_the_post(sqlite_engine, anywhere, url, end):
    with writing(sqlite_engine) as session:
        post_id = post(session, "1", shown(url))
        post(session, "2", shown(url, "door"))
    with Fetcher(agent="test", trusted=[url.removeprefix("http://")]) as fetcher:
        copier = Copier(sqlite_engine, anywhere, fetcher, quota_mb=100, now=lambda: NOW)
        assert copier.run() == Outcome(kept=2)
        assert len({digest for digest, _ in anywhere.digests()}) == 2
        with writing(sqlite_engine) as session:
            if end == "reject":
                curation.decide(session, post_id, Action.REJECT, moderator="us", now=NOW)
            else:
                retention.bury(session, post_id, reason="asked", now=NOW)

        assert copier.run() == Outcome(let_go=1)

    with reading(sqlite_engine) as session:
        (left,) = [one.digest for one in pictures(session) if one.digest]
    assert {digest for digest, _ in anywhere.digests()} == {left}


@pytest.mark.parametrize(
    ("name", "reason"),
    [("html", "no picture"), ("svg", "SVG"), ("bomb", "40 megapixels")],
)
def test_what_is_no_picture_is_refused_for_good(engine, copier, url, world, name, reason):
    with writing(engine) as session:
        post(session, "1", shown(url, name))

    assert copier.run() == Outcome(refused=1)

    with reading(engine) as session:
        (picture,) = pictures(session)
    assert picture.state == "refused"
    assert reason in picture.error
    assert at(copier, NOW + timedelta(days=30)).run() == Outcome()
    assert len(world.requests["mastodon"]) == 1


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("status", {"status": 500}),
        ("status", {"status": 404}),
        ("status", {"status": 403}),
        ("status", {"status": 429}),
        ("half", {}),
        ("drop", {}),
    ],
)
def test_what_fails_is_tried_again_later(engine, copier, url, world, kind, more):
    with writing(engine) as session:
        post(session, "1", shown(url))
    world.fail("mastodon", kind, path="/media/", **more)

    assert copier.run() == Outcome(failed=1)
    assert copier.run() == Outcome()
    assert at(copier, NOW + copying.WAITS[0]).run() == Outcome(kept=1)


def test_picture_that_never_comes_is_given_up(engine, copier, url, world):
    with writing(engine) as session:
        post(session, "1", shown(url))
    world.fail("mastodon", "status", status=503, path="/media/", times=-1)

    outcome = Outcome()
    for hours in range(200):
        outcome.add(at(copier, NOW + timedelta(hours=hours)).run())

    assert outcome == Outcome(failed=len(copying.WAITS) + 1)
    with reading(engine) as session:
        (picture,) = pictures(session)
    assert (picture.state, picture.error.split(":")[0]) == ("broken", "media")


def test_address_in_our_own_network_is_never_asked(engine, copier, world):
    with writing(engine) as session:
        post(session, "1", Attachment(kind="image", url="http://169.254.169.254/latest/meta-data"))
        post(session, "2", Attachment(kind="image", url="https://127.0.0.1/a.png"))

    assert copier.run() == Outcome(refused=2)


def test_oldest_copies_make_room(engine, copier, url, tmp_path):
    with writing(engine) as session:
        for number, name in enumerate(("tea", "door", "minaret")):
            post(session, str(number), shown(url, name))
    copier.run()
    small = Copier(engine, copier.files, copier.fetcher, quota_mb=0, now=lambda: NOW)
    with writing(engine) as session:
        post(session, "9", shown(url, "ocean"))

    small.run()

    assert kept_files(tmp_path) == set()


def test_sweep_deletes_strays_and_fetches_what_was_lost(engine, copier, url, tmp_path):
    with writing(engine) as session:
        post(session, "1", shown(url, "tea"))
        post(session, "2", shown(url, "door"))
    copier.run()
    with reading(engine) as session:
        first, second = pictures(session)
    copier.files.delete([first.digest])
    copier.files.put("ff" * 32, "320.webp", b"stray")

    young = Copier(engine, copier.files, copier.fetcher, 100)
    assert young.sweep() == Outcome(kept=1)
    assert copier.files.get("ff" * 32, "320.webp") == b"stray"
    old = Copier(engine, copier.files, copier.fetcher, 100, now=lambda: young.now() + 2 * YOUNG)
    assert old.sweep() == Outcome()
    assert copier.files.get("ff" * 32, "320.webp") is None
    assert copier.files.get(first.digest, "320.webp")
    assert copier.files.get(second.digest, "320.webp")


def test_two_workers_share_the_work(engine, copier, url, world):
    with writing(engine) as session:
        for number in range(60):
            picture = Drawn(name="tea", width=100 + number, height=100)
            post(session, str(number), Attachment(kind="image", url=address(url, picture, "png")))
    outcomes: list[Outcome] = []
    workers = [threading.Thread(target=lambda: outcomes.append(copier.run())) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(one.kept for one in outcomes) == 60
    assert len(world.requests["mastodon"]) == 60


def test_full_disk_is_told_and_nothing_is_lost(engine, copier, url, monkeypatch):
    with writing(engine) as session:
        post(session, "1", shown(url))

    def full(*_):
        raise FilesError("media: cannot be written to")

    with monkeypatch.context() as patch:
        patch.setattr(copier.files, "put", full)
        run_quietly(copier.run, threading.Lock())
    with reading(engine) as session:
        (picture,) = pictures(session)
        assert picture.state == "waiting"

    assert at(copier, NOW + copying.LEASE).run() == Outcome(kept=1)


def test_address_whose_signature_has_ended_is_renewed_by_asking_its_platform(engine, files):
    world = World(start=NOW)
    world.sign("reddit", lifetime=timedelta(hours=1))
    world.say("reddit", "salam #bladifqalbi", pictures=(Drawn(name="tea"),))
    with platforms(world, ["reddit"]) as urls:
        base = urls["reddit"]
        settings = RedditSettings(
            enabled=True,
            base_url=base,
            auth_url=base,
            client_id=SecretStr(reddit.CLIENT_ID),
            client_secret=SecretStr(reddit.CLIENT_SECRET),
        )
        job = a_job(engine, "reddit", settings, now=lambda: NOW)
        harvest(job, by_hand=True)
        world.expire("reddit")
        with Fetcher(agent="test", trusted=[base.removeprefix("http://")]) as fetcher:
            copier = Copier(engine, files, fetcher, 100, now=lambda: NOW)
            assert copier.run() == Outcome(failed=1)

            harvest(job, by_hand=True)

            assert copier.run() == Outcome(kept=1)
