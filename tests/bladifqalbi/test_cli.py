"""The command as people type it: one clear sentence, the right exit code, never a traceback."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from sqlmodel import col, select

from store import audit, quarantine
from store.engine import open_engine, reading, writing
from store.ingest import ingest
from store.models import Post
from tests.conftest import NOW, an_item, some_rules
from tests.forked import command
from tests.platforms.campaign import SECRETS, settings, write
from tests.platforms.corpus import stories
from tests.platforms.mastodon import snowflake
from tests.platforms.serve import platforms
from tests.platforms.world import World

SOURCES = "mastodon, bluesky, youtube, reddit, oembed, feeds, x, instagram"
COMMAND = str(Path(sys.executable).with_name("bladifqalbi"))


@pytest.fixture(scope="module")
def world():
    return World(stories())


@pytest.fixture(scope="module")
def urls(world):
    with platforms(world) as urls:
        yield urls


@pytest.fixture
def config(world, urls, tmp_path, sqlite_url):
    """A campaign on the stand-ins with a migrated store."""
    values = settings(world, urls, tmp_path, port=free_port())
    values["store"]["url"] = sqlite_url
    return write(values, tmp_path)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def change(config: Path, path: str, value: object) -> Path:
    values = yaml.safe_load(config.read_text("utf-8"))
    *parents, last = path.split(".")
    section = values
    for name in parents:
        section = section[name]
    section[last] = value
    return write(values, config.parent)


def environment(**more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("BLADI_")}
    return {**kept, "COLUMNS": "200", **SECRETS, **more}


def bladi(*words: str, config: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    named = ["--config", str(config)] if config else []
    done = command([*words, *named], environment=environment(**more))
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


def refused(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0
    return done.stderr.strip().splitlines()[-1]


def test_help_lists_the_commands():
    done = bladi("--help")

    assert done.returncode == 0
    for word in ("run", "harvest", "backfill", "sources", "approve", "quarantine", "config"):
        assert word in done.stdout


def test_config_check_says_live_off_or_what_is_missing(config):
    change(config, "collectors.bluesky.enabled", False)

    done = bladi("config", "check", config=config, BLADI_COLLECTORS__X__BEARER_TOKEN="")

    lines = {line.split()[0]: line.split()[1] for line in done.stdout.splitlines()[1:] if line}
    assert done.returncode == 0
    assert lines == {
        "mastodon": "live", "bluesky": "off", "youtube": "live", "reddit": "live",
        "oembed": "off", "feeds": "live", "x": "missing",
    }  # fmt: skip
    assert "set BLADI_COLLECTORS__X__BEARER_TOKEN" in done.stdout


def test_wrong_config_exits_2_with_every_problem(config):
    change(config, "collectors.x.every", "often")
    change(config, "api.port", -1)

    done = bladi("config", "check", config=config)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 2
    assert "collectors.x.every: write a number and s, m, h or d" in done.stderr


def test_unknown_source_is_named_with_those_there_are(config):
    done = bladi("harvest", "twitter", config=config)

    assert done.returncode == 2
    assert refused(done) == (
        "no source named twitter; there are mastodon, bluesky, youtube, reddit, oembed, feeds, x"
    )


def test_source_that_is_off_says_how_to_switch_it_on(config):
    change(config, "collectors.reddit.enabled", False)

    assert refused(bladi("harvest", "reddit", config=config)) == (
        "reddit is off; set collectors.reddit.enabled: true in config.yaml"
    )


def test_source_without_its_key_says_which_variable(config):
    done = bladi("harvest", "youtube", config=config, BLADI_COLLECTORS__YOUTUBE__API_KEY="")

    assert refused(done) == ("youtube lacks a credential; set BLADI_COLLECTORS__YOUTUBE__API_KEY")


def test_database_in_an_impossible_place_is_refused(config):
    change(config, "store.url", "sqlite:////proc/nowhere/wall.db")

    assert refused(bladi("harvest", config=config)) == (
        "store.url: cannot create the folder /proc/nowhere"
    )


def test_file_that_is_no_database_is_refused(config, tmp_path):
    (tmp_path / "notes.db").write_text("These are my notes, and no database at all. " * 100)
    change(config, "store.url", f"sqlite:///{tmp_path}/notes.db")

    assert "its file is no database" in refused(bladi("sources", config=config))


def test_database_that_does_not_answer_is_refused(config):
    url = f"postgresql://wall:canary-7f3a9c@127.0.0.1:{free_port()}/wall"

    done = bladi("sources", config=config, BLADI_STORE__URL=url)

    assert refused(done) == (
        "store.url: the database does not answer; is it running, and reachable from here?"
    )
    assert "canary" not in done.stderr


def test_database_of_a_newer_version_is_refused_and_unchanged(config, sqlite_url):
    engine = open_engine(sqlite_url)
    with writing(engine) as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    said = refused(bladi("harvest", config=config))

    assert said.startswith("store.url: the database is of a newer version (9999)")
    with reading(engine) as session:
        version = session.connection().exec_driver_sql("SELECT version_num FROM alembic_version")
        assert version.scalar() == "9999"
    engine.dispose()


def test_port_in_use_is_said_before_anything_starts(config):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = bladi("run", config=config, BLADI_API__PORT=str(port))

    assert done.returncode == 1
    assert refused(done).startswith(f"api.port: 127.0.0.1:{port} cannot be used")


def test_no_network_fails_in_one_sentence_for_each_source(config):
    values = yaml.safe_load(config.read_text("utf-8"))
    nowhere = f"http://127.0.0.1:{free_port()}"
    values["collectors"]["mastodon"]["servers"] = [{"url": nowhere}]
    for name in ("bluesky", "youtube", "reddit", "x"):
        values["collectors"][name]["base_url"] = nowhere
    values["collectors"]["reddit"]["auth_url"] = nowhere
    values["collectors"]["feeds"]["feeds"] = [{"url": f"{nowhere}/feed", "name": "feed"}]
    write(values, config.parent)

    done = bladi("harvest", config=config)

    assert done.returncode == 1
    for name in ("mastodon", "bluesky", "youtube", "reddit", "feeds", "x"):
        (line,) = [one for one in done.stdout.splitlines() if one.startswith(f"{name}: failed")]
        assert "0 new" in line
        assert "127.0.0.1" in line
    for secret in SECRETS.values():
        assert secret not in done.stdout + done.stderr


def test_harvest_reads_every_source_and_sources_says_so(config, sqlite_url):
    done = bladi("harvest", config=config)

    assert done.returncode == 0, done.stdout + done.stderr
    table = bladi("sources", config=config)
    for name in ("mastodon", "bluesky", "youtube", "reddit", "feeds", "x"):
        (line,) = [one for one in table.stdout.splitlines() if one.startswith(f"{name} ")]
        assert "live" in line
        assert "never" not in line
    for secret in SECRETS.values():
        assert secret not in done.stdout + done.stderr + table.stdout


def test_harvest_again_changes_nothing(config, sqlite_url):
    bladi("harvest", "mastodon", "feeds", "youtube", config=config)
    first = dump(sqlite_url)

    done = bladi("harvest", "mastodon", "feeds", "youtube", config=config)

    assert done.returncode == 0
    assert dump(sqlite_url) == first


def dump(url: str) -> list[object]:
    engine = open_engine(url)
    with reading(engine) as session:
        posts = session.exec(select(Post).order_by(col(Post.id)))
        rows: list[object] = [
            (one.id, one.native_id, one.text, one.review, one.digest) for one in posts
        ]
    engine.dispose()
    return rows


def test_another_hashtag_is_another_campaign(config, world, sqlite_url):
    world.say("mastodon", "Les figues du jardin #TerroirsDuMonde", key="figues")
    world.say("mastodon", "زيت الزيتون #خيرات_بلادنا", key="olives", language="ar")
    change(config, "campaign.hashtags", ["terroirsdumonde", "خيرات_بلادنا"])
    change(config, "campaign.phrases", [])

    done = bladi("harvest", "mastodon", config=config)

    assert done.returncode == 0, done.stdout + done.stderr
    engine = open_engine(sqlite_url)
    with reading(engine) as session:
        texts = sorted(session.exec(select(Post.text)))
    engine.dispose()
    assert texts == ["Les figues du jardin #TerroirsDuMonde", "زيت الزيتون #خيرات_بلادنا"]


def test_unknown_date_is_a_usage_error(config):
    done = bladi("backfill", "mastodon", "--since", "last week", config=config)

    assert done.returncode == 2
    assert "write a day as 2026-01-31" in done.stderr


def test_backfill_reads_a_range(config, world):
    since = world.start.date().isoformat()

    done = bladi("backfill", "mastodon", "--since", since, config=config)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "mastodon: complete" in done.stdout


def test_decisions_on_the_command_line(config, sqlite_url):
    engine = open_engine(sqlite_url)
    with writing(engine) as session:
        items = [an_item("1", "Un #bladifqalbi"), an_item("2", "Deux #bladifqalbi")]
        ingest(session, items, rules=some_rules(publish=False), now=NOW)
    listed = bladi("pending", config=config)

    approved = bladi("approve", "1", "--collection", "summer", config=config)
    rejected = bladi("reject", "2", "--reason", "spam", config=config)
    unknown = bladi("approve", "77", config=config)

    assert listed.stdout.count("social.example") == 2
    assert (approved.returncode, rejected.returncode, unknown.returncode) == (0, 0, 1)
    assert "no post 77" in unknown.stdout
    with reading(engine) as session:
        reviews = session.exec(select(Post.review).order_by(col(Post.id))).all()
    engine.dispose()
    assert reviews == ["approved", "rejected"]


def test_pending_shows_the_labels_of_a_post(config, sqlite_url):
    engine = open_engine(sqlite_url)
    with writing(engine) as session:
        ingest(session, [an_item("1", "Un #blаdifqаlbi")], rules=some_rules(), now=NOW)
    engine.dispose()

    (line,) = bladi("pending", config=config).stdout.splitlines()[1:]

    assert "lookalike-tag" in line


def test_variants_are_printed_for_every_platform_each_on_its_line(config):
    done = bladi("hashtags", "variants", config=config, COLUMNS="40")

    lines = done.stdout.splitlines()
    named = [line.split(":")[0].split(" (")[0] for line in lines if line[:1] != " "]
    assert done.returncode == 0
    assert named == [
        "mastodon",
        "bluesky",
        "youtube",
        "reddit",
        "oembed",
        "feeds",
        "x",
        "instagram",
    ]
    assert lines.count("  bladifqalbi") == lines.count("  بلادي_فـقلبي") == 4


def test_variants_of_one_platform_are_what_its_collector_sends(config):
    change(config, "campaign.hashtags", ["bladifqalbi", "BladiFQalbi", "بلادي_فقلبي"])

    done = bladi("hashtags", "variants", "x", config=config)

    assert done.stdout.splitlines() == [
        "x (recent search): 2 spellings; one query of 55 characters; X takes 512",
        "  #bladifqalbi",
        "  #بلادي_فقلبي",
        "  query: (#bladifqalbi OR #بلادي_فقلبي) -is:nullcast -is:retweet",
    ]


def test_variants_say_how_many_are_left_out(config):
    change(config, "campaign.hashtags", [f"tag{number}" for number in range(31)])

    done = bladi("hashtags", "variants", "instagram", config=config)

    assert done.stdout.startswith("instagram: 30 spellings, 1 left out; not read by us")
    assert done.stdout.splitlines()[-1] == "  tag29"


def test_variants_of_an_unknown_source_are_refused(config):
    done = bladi("hashtags", "variants", "twitter", config=config)

    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
    assert refused(done) == (f"no source named twitter; there are {SOURCES}")


def test_unknown_collection_is_refused(config):
    assert refused(bladi("approve", "1", "--collection", "winter", config=config)) == (
        "no collection named winter; config.yaml has summer"
    )


def test_post_is_added_by_its_address_and_waits(config, world, urls):
    post = world.posts("mastodon")[0]
    address = f"{urls['mastodon']}/@{post.story.person.handle}/{snowflake(post)}"

    first = bladi("add", address, config=config)
    again = bladi("add", address, config=config)
    other = bladi("add", "https://example.org/article", config=config)

    assert (first.returncode, first.stdout) == (0, "1: added, and waits for a decision\n")
    assert (again.returncode, again.stdout) == (0, "1: was there already\n")
    assert (other.returncode, refused(other)) == (
        1,
        "no feed of ours lists this page",
    )
    assert len(bladi("pending", config=config).stdout.splitlines()) == 2


def test_quarantine_is_listed_tried_again_and_discarded(config, sqlite_url):
    empty = bladi("quarantine", "list", config=config).stdout
    engine = open_engine(sqlite_url)
    with writing(engine) as session:
        quarantine.put(session, "mastodon", {"n": 1}, "KeyError: 'uri'", now=NOW)

    listed = bladi("quarantine", "list", config=config).stdout
    retried = bladi("quarantine", "retry", "mastodon", config=config)
    gone = bladi("quarantine", "discard", "1", "7", config=config)

    assert "Nothing is set aside." in empty
    assert "KeyError: 'uri'" in listed
    assert (retried.returncode, retried.stdout) == (
        1,
        "mastodon: 0 understood, 1 still set aside\n",
    )
    assert (gone.returncode, gone.stdout.splitlines()) == (
        1,
        [
            "1: discarded, and will not be set aside again",
            "nothing is set aside under 7; see `bladifqalbi quarantine list`",
        ],
    )
    with reading(engine) as session:
        assert quarantine.counts(session) == {}
        assert {one.actor for one in audit.page(session)} == {"command line"}
    engine.dispose()


@pytest.mark.parametrize(
    ("name", "told"),
    [("visitors", "choose another name"), ("source:x", "none of them a colon"), ("", "1 to 60")],
)
def test_name_that_nobody_can_have_is_refused_in_a_sentence(config, name, told):
    refused = bladi("moderator", "add", name, config=config)

    assert refused.returncode == 2
    assert told in " ".join(refused.stderr.split())


@pytest.mark.parametrize("event", ["harvest.started", "wall.serving", "harvest.finished"])
@pytest.mark.parametrize("number", [2, 15], ids=["ctrl-c", "sigterm"])
def test_run_ends_within_ten_seconds_and_keeps_no_lease(config, sqlite_url, number, event):
    with subprocess.Popen(
        [COMMAND, "run", "--config", str(config)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        born = time.monotonic()
        assert process.stdout is not None
        for line in process.stdout:
            if event in line:
                break
        started = time.monotonic()
        process.send_signal(number)
        try:
            output = process.communicate(timeout=60)[0]
        finally:
            process.kill()
        ended = time.monotonic()
    code = process.returncode

    assert (code, "Traceback" in output) == (0, False), output
    # Where even its start takes longer, all else that runs is in its way.
    assert ended - started < max(10, started - born)
    engine = open_engine(sqlite_url)
    with reading(engine) as session:
        leases = session.connection().exec_driver_sql("SELECT count(lease_until) FROM source")
        assert leases.scalar() == 0
    engine.dispose()
