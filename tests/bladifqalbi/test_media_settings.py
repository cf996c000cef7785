"""The section `media` of config.yaml: what is wrong is said by place, and never with a secret."""

import pytest
import yaml

from bladifqalbi.settings import Settings, load
from tests.bladifqalbi.test_cli import bladi, change, free_port, refused
from tests.platforms.campaign import ROOT, write

KEYS = {"BLADI_MEDIA__S3__ACCESS_KEY": "us", "BLADI_MEDIA__S3__SECRET_KEY": "canary-7f3a9c"}
NEVER = "secrets never stand in this file"


@pytest.fixture
def config(tmp_path, sqlite_url):
    """The shipped config.yaml with a store of its own."""
    values = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    values["store"]["url"] = sqlite_url
    values["media"]["folder"] = str(tmp_path / "media")
    return write(values, tmp_path)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("media.folder", ["var/media"], "media.folder: must be a path"),
        ("media.quota_mb", 0, "media.quota_mb: must be 1 or more"),
        ("media.quota_mb", "much", "media.quota_mb: must be a whole number"),
        ("media.every", "often", "media.every: write a number and s, m, h or d"),
        ("media.enabled", "perhaps", "media.enabled: must be true or false"),
        ("media.trusted", ["http://10.0.0.7:8080"], "media.trusted.0: write a host in small"),
        ("media.trusted", ["10.0.0.7/path"], "media.trusted.0: write a host in small"),
        ("media.trusted", "10.0.0.7", "media.trusted: must be a list"),
        ("media.public_url", "nonsense", "media.public_url: write a whole address"),
        ("media.public_url", "ftp://images.example", "media.public_url: write a whole address"),
        ("media.public_url", "https://u:p@images.example", "media.public_url: write a whole"),
        ("media.foldr", "x", "media.foldr: no such key; did you mean folder?"),
        ("media.s3", {"buckt": "x"}, "media.s3.buckt: no such key; did you mean bucket?"),
        ("media.s3", {"endpoint": "s3.example"}, "media.s3.endpoint: write a whole address"),
        (
            "media.s3",
            {"bucket": "wall", "secret_key": "canary-7f3a9c"},
            f"media.s3.secret_key: {NEVER}; set BLADI_MEDIA__S3__SECRET_KEY",
        ),
        (
            "media.s3",
            {"access_key": "canary-7f3a9c"},
            f"media.s3.access_key: {NEVER}; set BLADI_MEDIA__S3__ACCESS_KEY",
        ),
        ("media", ["folder"], "media: must be keys with values, not one value"),
    ],
)
def test_wrong_value_is_refused_with_its_place(config, path, value, said):
    change(config, path, value)

    done = bladi("media", "status", config=config)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said), done.stderr
    assert done.stderr.count("\n") == 1
    assert "canary" not in done.stderr


@pytest.mark.parametrize("command", ["status", "retry", "collect"])
def test_where_pictures_are_off_the_commands_say_how_to_switch_them_on(config, command):
    change(config, "media.enabled", False)

    done = bladi("media", command, config=config)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "pictures are not copied; set media.enabled: true in config.yaml\n"


@pytest.mark.parametrize("command", ["status", "collect"])
def test_folder_that_cannot_be_made_is_named(config, command):
    place = config.parent / "file"
    place.write_text("no folder")
    change(config, "media.folder", str(place / "media"))

    done = bladi("media", command, config=config)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert refused(done).startswith(f"{place}/media: cannot be written to (")
    assert refused(done).endswith("see media in config.yaml")


def test_status_needs_no_bucket(config):
    nowhere = f"http://127.0.0.1:{free_port()}"
    change(config, "media.s3", {"bucket": "wall", "endpoint": nowhere})

    done = bladi("media", "status", config=config, **KEYS)

    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        0, "bucket wall: 0.0 of 5000 MB",
    )  # fmt: skip


def loaded(config, monkeypatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load(config)


def test_section_may_be_left_out(config, monkeypatch):
    values = yaml.safe_load(config.read_text("utf-8"))
    del values["media"]
    write(values, config.parent)

    media = loaded(config, monkeypatch).media

    assert (media.enabled, str(media.folder), media.quota_mb) == (True, "var/media", 5000)


def test_keys_of_a_bucket_come_from_the_environment(config, monkeypatch):
    change(config, "media.s3", {"bucket": "wall", "endpoint": "https://s3.example.org"})

    s3 = loaded(config, monkeypatch, BLADI_MEDIA__S3__SECRET_KEY="canary-7f3a9c").media.s3

    assert s3.secret_key is not None
    assert s3.secret_key.get_secret_value() == "canary-7f3a9c"
    assert "canary" not in repr(s3)


def test_pictures_may_have_a_host_of_their_own(config, monkeypatch):
    change(config, "media.public_url", "https://images.example.org/media")

    media = loaded(config, monkeypatch).media

    assert media.public_url == "https://images.example.org/media"
