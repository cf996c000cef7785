"""The `bladifqalbi media` commands, run as a person runs them."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from store import retention
from store.engine import open_engine, reading, writing
from store.ingest import ingest
from store.items import Attachment, Author
from store.models import Picture
from tests.bladifqalbi.test_cli import bladi, change, free_port, refused
from tests.conftest import an_item, some_rules
from tests.platforms.campaign import settings, write
from tests.platforms.serve import platforms
from tests.platforms.world import Fault, World

STATES = ("waiting", "kept", "idle", "broken", "refused")
KEYS = {"BLADI_MEDIA__S3__ACCESS_KEY": "us", "BLADI_MEDIA__S3__SECRET_KEY": "canary-7f3a9c"}


@pytest.fixture
def world():
    return World()


@pytest.fixture
def server(world):
    """The address of a stand-in that serves pictures."""
    with platforms(world, ["mastodon"]) as urls:
        yield urls["mastodon"]


@pytest.fixture
def config(world, server, tmp_path, sqlite_url):
    """A campaign on that stand-in with an empty, migrated store."""
    values = settings(world, {"mastodon": server}, tmp_path)
    values["store"]["url"] = sqlite_url
    return write(values, tmp_path)


@pytest.fixture
def engine(sqlite_url):
    engine = open_engine(sqlite_url)
    yield engine
    engine.dispose()


def post(engine, server, *names, publish=True, face=None):
    """Store a post with pictures of the stand-in."""
    url = f"{server}/media/avatars/{face}_normal.png" if face else None
    item = an_item(
        "-".join(names),
        attachments=tuple(
            Attachment(kind="image", url=f"{server}/media/64x48/{name}.png") for name in names
        ),
        author=Author(native_id="amina", handle="amina", name="Amina", avatar_url=url),
    )
    with writing(engine) as session:
        ingest(session, [item], rules=some_rules(publish=publish), now=datetime.now(UTC))


def counts(done):
    """Return what `media status` says of the stand-in's network: pictures by state."""
    (line,) = [one for one in done.stdout.splitlines() if one.startswith("mastodon ")]
    return dict(zip(STATES, map(int, line.split()[1:]), strict=True))


def pictures(engine):
    with reading(engine) as session:
        return session.exec(select(Picture).order_by(col(Picture.id))).all()


def copies(config: Path) -> list[str]:
    folder = config.parent / "media"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def last(done) -> str:
    return str(done.stdout.strip().splitlines()[-1])


def test_help_lists_the_commands():
    done = bladi("media", "--help")

    assert done.returncode == 0
    assert all(word in done.stdout for word in ("status", "retry", "collect"))


def test_empty_store_has_no_pictures(config):
    done = bladi("media", "status", config=config)

    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "No post has shown a picture yet.",
        f"{config.parent}/media: 0.0 of 5000 MB",
    ]


@pytest.mark.parametrize("command", ["retry", "collect"])
def test_empty_store_needs_no_work(config, command):
    done = bladi("media", command, config=config)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() in (
        ["Nothing waits to be tried again."],
        ["0 copied, 0 to be tried again, 0 refused, 0 let go"],
    )


def test_what_waits_is_copied_and_counted(config, engine, server):
    post(engine, server, "door", "tea", face="amina")
    before = bladi("media", "status", config=config)

    done = bladi("media", "collect", config=config)

    assert counts(before) == {**dict.fromkeys(STATES, 0), "waiting": 3}
    assert done.returncode == 0
    assert last(done) == "3 copied, 0 to be tried again, 0 refused, 0 let go"
    assert counts(bladi("media", "status", config=config)) == {
        **dict.fromkeys(STATES, 0), "kept": 3,
    }  # fmt: skip
    assert copies(config) == ["48.jpg", "48.webp", "64.jpg", "64.jpg", "64.webp", "64.webp"]


def test_status_says_why_and_how_much(config, engine, server):
    post(engine, server, "door", "html", "nowhere")
    collected = bladi("media", "collect", config=config)

    done = bladi("media", "status", config=config)

    assert collected.returncode == 1
    assert last(collected) == "1 copied, 1 to be tried again, 1 refused, 0 let go"
    assert counts(done) == {**dict.fromkeys(STATES, 0), "kept": 1, "waiting": 1, "refused": 1}
    reasons = [line for line in done.stdout.splitlines() if line.startswith("1 x ")]
    assert len(reasons) == 2
    assert any("no picture" in one for one in reasons)
    assert re.search(r"media: 0\.\d of 5000 MB", done.stdout)


def test_failure_is_tried_again_when_asked(config, engine, server, world):
    world.faults["mastodon"] = [Fault("status", status=503, path="/media/", times=-1)]
    post(engine, server, "door")
    failed = bladi("media", "collect", config=config)
    still = bladi("media", "retry", config=config)
    world.faults["mastodon"] = []

    done = bladi("media", "retry", config=config)

    assert (failed.returncode, still.returncode, done.returncode) == (1, 1, 0)
    assert last(failed) == last(still) == "0 copied, 1 to be tried again, 0 refused, 0 let go"
    assert last(done) == "1 copied, 0 to be tried again, 0 refused, 0 let go"


def test_broken_picture_gets_another_chance(config, engine, server):
    post(engine, server, "door")
    with writing(engine) as session:
        picture = session.exec(select(Picture)).one()
        picture.state, picture.due_at, picture.tries, picture.error = "broken", None, 6, "gone"

    done = bladi("media", "retry", config=config)

    assert done.returncode == 0
    assert [(one.state, one.tries, one.error) for one in pictures(engine)] == [("kept", 0, None)]


def test_refused_picture_is_tried_again_by_name_alone(config, engine, server, world):
    world.faults["mastodon"] = [Fault("html", path="/media/")]
    post(engine, server, "door")
    bladi("media", "collect", config=config)

    without = bladi("media", "retry", config=config)
    done = bladi("media", "retry", "--refused", config=config)

    assert (without.returncode, last(without)) == (0, "Nothing waits to be tried again.")
    assert (done.returncode, pictures(engine)[0].state) == (0, "kept")


def test_what_is_refused_again_says_so(config, engine, server):
    post(engine, server, "html")
    bladi("media", "collect", config=config)

    done = bladi("media", "retry", "--refused", config=config)

    assert done.returncode == 1
    assert last(done) == "0 copied, 0 to be tried again, 1 refused, 0 let go"


@pytest.mark.parametrize("end", ["erase", "reject"])
def test_copies_go_with_the_last_post_that_shows_them(config, engine, server, end):
    post(engine, server, "door", face="amina")
    post(engine, server, "tea", face="amina")
    bladi("media", "collect", config=config)

    bladi(end, "1", config=config)
    done = bladi("media", "collect", config=config)

    assert (done.returncode, last(done)) == (
        0, "0 copied, 0 to be tried again, 0 refused, 1 let go",
    )  # fmt: skip
    assert copies(config) == ["48.jpg", "48.webp", "64.jpg", "64.webp"]


def test_picture_of_a_rejected_post_comes_back_with_it(config, engine, server):
    post(engine, server, "door")
    bladi("media", "collect", config=config)
    bladi("reject", "1", config=config)
    bladi("media", "collect", config=config)
    gone = copies(config)

    bladi("approve", "1", config=config)
    bladi("media", "collect", config=config)

    assert (gone, copies(config)) == ([], ["64.jpg", "64.webp"])


def test_lost_files_are_fetched_again(config, engine, server):
    post(engine, server, "door", "tea")
    bladi("media", "collect", config=config)
    before = copies(config)
    shutil.rmtree(config.parent / "media")

    done = bladi("media", "collect", config=config)

    assert last(done) == "2 copied, 0 to be tried again, 0 refused, 0 let go"
    assert copies(config) == before
    assert [one.state for one in pictures(engine)] == ["kept", "kept"]


def test_picture_of_a_post_that_went_unseen_is_let_go(config, engine, server):
    post(engine, server, "door")
    bladi("media", "collect", config=config)
    with writing(engine) as session:
        retention.bury(session, 1, reason="asked", now=datetime.now(UTC))
        session.exec(select(Picture)).one().due_at = None

    bladi("media", "collect", config=config)

    assert (pictures(engine), copies(config)) == ([], [])


def test_pending_counts_pictures_without_a_description(config, engine, server):
    post(engine, server, "door", "tea", publish=False)

    listed = bladi("pending", config=config).stdout.splitlines()

    assert "notes" in listed[0].split()
    assert "2 without description" in listed[1]


def test_folder_that_cannot_be_written_keeps_the_pictures_waiting(config, engine, server):
    post(engine, server, "door")
    # A file in the place of every folder stands in the way even of root.
    folder = config.parent / "media"
    folder.mkdir()
    for number in range(256):
        (folder / f"{number:02x}").write_text("in the way")

    done = bladi("media", "collect", config=config)

    assert done.returncode == 1
    assert refused(done).startswith(f"{folder}: cannot be written to (")
    assert [one.state for one in pictures(engine)] == ["waiting"]


@pytest.mark.parametrize("command", ["collect", "retry"])
def test_bucket_that_does_not_answer_is_named(config, engine, server, command):
    post(engine, server, "door")
    with writing(engine) as session:
        session.exec(select(Picture)).one().tries = 1
    nowhere = f"http://127.0.0.1:{free_port()}"
    change(config, "media.s3", {"bucket": "wall", "endpoint": nowhere})

    done = bladi("media", command, config=config, **KEYS)

    assert done.returncode == 1
    assert refused(done).startswith("bucket wall: cannot be ")
    assert done.stderr.count("\n") == 1
    assert "canary" not in done.stderr + done.stdout


def test_brackets_in_a_reason_are_printed_as_they_are(config, engine, server):
    post(engine, server, "door")
    with writing(engine) as session:
        session.exec(select(Picture)).one().error = "media: [2001:db8::1] did not answer"
    change(config, "media.folder", str(config.parent / "[bold]"))

    done = bladi("media", "status", config=config)

    assert done.stdout.splitlines()[-2:] == [
        f"{config.parent}/[bold]: 0.0 of 5000 MB",
        "1 x media: [2001:db8::1] did not answer",
    ]
