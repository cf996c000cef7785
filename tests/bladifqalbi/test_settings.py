"""config.yaml, secrets and environment: what is wrong is said by place, and never with a secret."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bladifqalbi.settings import ConfigError, load, secret_values

SHIPPED = Path(__file__).parents[2] / "config.yaml"
TOKEN = "canary-7f3a9c"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    import os

    for name in list(os.environ):
        if name.startswith("BLADI_"):
            monkeypatch.delenv(name)


@pytest.fixture
def write(tmp_path):
    """Write the shipped configuration with one value changed; return its path."""

    def change(path: str = "", value: object = None) -> Path:
        target: Path = tmp_path / "config.yaml"
        config: dict[str, Any] = yaml.safe_load(SHIPPED.read_text("utf-8"))
        if path:
            *parents, last = path.split(".")
            section: Any = config
            for name in parents:
                section = section.setdefault(name, {})
            section[last] = value
        target.write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
        return target

    return change


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return caught.value.problems


def test_shipped_configuration_is_right():
    settings = load(SHIPPED)

    live = [name for name, section in settings.collectors.each() if section.enabled]
    assert live == ["mastodon", "bluesky", "oembed"]
    assert settings.campaign.hashtags[:2] == ("bladifqalbi", "بلادي_فقلبي")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("colectors", {}, "colectors: no such key; did you mean collectors?"),
        ("collectors.mastodn", {}, "collectors.mastodn: no such key; did you mean mastodon?"),
        ("collectors.x.evry", "5m", "collectors.x.evry: no such key; did you mean every?"),
        ("collectors.x.every", "often", "collectors.x.every: write a number and s, m, h or d"),
        ("collectors.x.moderation", "maybe", "collectors.x.moderation: must be one of "),
        ("collectors.x.budget.pages", 0, "collectors.x.budget.pages: must be 1 or more"),
        ("collectors.x.base_url", "x.com", "collectors.x.base_url: must be an address, such as"),
        ("campaign.since", "soon", "campaign.since: must be a date, such as 2026-11-18"),
        ("campaign.hashtags", ["#bladi"], "campaign.hashtags.0: write a hashtag without #"),
        ("campaign.hashtags", ["بلادي\u200f"], "campaign.hashtags.0: write a hashtag without #"),
        ("campaign.hashtags", ["_"], "campaign.hashtags.0: write a hashtag without #"),
        ("campaign.hashtags", [], "campaign.hashtags: "),
        ("campaign.pattern", "bladi(", "campaign.pattern: no regular expression: missing )"),
        ("campaign.pattern", "(a+)+b", "campaign.pattern: could be tried on one tag in too many"),
        ("campaign.pattern", "Bladi", 'campaign.pattern: no tag has "B" in its normal form'),
        ("campaign.pattern", 5, "campaign.pattern: "),
        ("campaign.hashtags", [False], "campaign.hashtags.0: "),
        ("campaign.time_zone", "Morocco/Rabat", "campaign.time_zone: write a time zone such as"),
        ("campaign.since", "soon", "campaign.since: "),
        ("campaign.title", {"fr": "Un"}, "campaign.title.ar: missing; it must be set"),
        ("api.port", 99999, "api.port: "),
        ("collectors.feeds.feeds", [{"url": "nope"}], "collectors.feeds.feeds.0"),
    ],
)
def test_wrong_value_is_named_with_its_place(write, path, value, said):
    assert any(one.startswith(said) for one in problems(write(path, value)))


@pytest.mark.parametrize("tag", ["بِلَادِي_فِي_قَلْبِي", "بلادي\u200cفقلبي", "ⵜⴰⵎⴰⵣⵉⵖⵜ", "bladi·qalbi"])
def test_hashtag_may_hold_vowel_marks_and_joiners(write, tag):
    assert load(write("campaign.hashtags", [tag])).campaign.hashtags == (tag,)


def test_campaign_needs_no_pattern(write):
    assert load(write("campaign.pattern", None)).campaign.pattern is None


def test_missing_file_is_no_empty_one(tmp_path):
    assert "no such file" in problems(tmp_path / "nope.yaml")[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty, or no sections"),
        ("a: [", "no valid YAML at line"),
        ("campaign: {}\ncampaign: {}", "campaign: stands twice (line 2, column 1)"),
        ("campaign:\n  since: 1\n  since: 2", "since: stands twice (line 3, column 3)"),
    ],
)
def test_broken_yaml_is_named_with_its_line(tmp_path, text, said):
    path = tmp_path / "config.yaml"
    path.write_text(text)

    assert said in problems(path)[0]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("collectors.x.bearer_token", "BLADI_COLLECTORS__X__BEARER_TOKEN"),
        ("collectors.youtube.api_key", "BLADI_COLLECTORS__YOUTUBE__API_KEY"),
        ("collectors.bluesky.app_password", "BLADI_COLLECTORS__BLUESKY__APP_PASSWORD"),
    ],
)
def test_secret_in_the_file_is_refused_and_not_repeated(write, path, name):
    (said,) = problems(write(path, TOKEN))

    assert said == f"{path}: secrets never stand in this file; set {name}"


def test_tokens_of_servers_never_stand_in_the_file(write):
    (said,) = problems(write("collectors.mastodon.tokens", {"m.example": TOKEN}))

    assert said.startswith("collectors.mastodon.tokens: secrets never stand in this file")


def test_password_of_the_database_never_stands_in_the_file(write):
    (said,) = problems(write("store.url", f"postgresql://wall:{TOKEN}@db/wall"))

    assert said == "store.url: secrets never stand in this file; set BLADI_STORE__URL"


def test_environment_sets_a_secret_and_a_value(write, monkeypatch):
    monkeypatch.setenv("BLADI_COLLECTORS__X__BEARER_TOKEN", TOKEN)
    monkeypatch.setenv("BLADI_API__PORT", "9000")

    settings = load(write())

    assert settings.collectors.x.missing() == []
    assert settings.api.port == 9000
    assert TOKEN not in repr(settings)
    assert list(secret_values(settings))[-1] == TOKEN


def test_secrets_folder_sets_a_secret(write, tmp_path, monkeypatch):
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "bladi_collectors__x__bearer_token").write_text(TOKEN + "\n")
    monkeypatch.setenv("BLADI_SECRETS", str(folder))

    settings = load(write())

    assert settings.collectors.x.bearer_token is not None
    assert settings.collectors.x.bearer_token.get_secret_value() == TOKEN


def test_environment_wins_over_the_secrets_folder(write, tmp_path, monkeypatch):
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "bladi_collectors__x__bearer_token").write_text("other")
    monkeypatch.setenv("BLADI_COLLECTORS__X__BEARER_TOKEN", TOKEN)

    settings = load(write(), secrets=folder)

    assert settings.collectors.x.bearer_token is not None
    assert settings.collectors.x.bearer_token.get_secret_value() == TOKEN


def test_missing_secrets_folder_is_said(write, tmp_path, monkeypatch):
    monkeypatch.setenv("BLADI_SECRETS", str(tmp_path / "nowhere"))

    assert "is no folder" in problems(write())[0]


def test_mistyped_variable_is_said(write, monkeypatch):
    monkeypatch.setenv("BLADI_STOER__URL", "sqlite:///x.db")

    assert problems(write()) == [
        "BLADI_STOER__URL: no such setting; did you mean BLADI_STORE__URL?"
    ]


def test_secret_that_fails_validation_is_not_printed(write, monkeypatch):
    # A list where a mapping is wanted: wrong on purpose, with the secret inside.
    monkeypatch.setenv("BLADI_COLLECTORS__MASTODON__TOKENS", '["' + TOKEN + '"]')

    assert TOKEN not in "\n".join(problems(write()))
