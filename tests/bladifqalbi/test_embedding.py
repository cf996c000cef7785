"""`bladifqalbi embed`: what a web team pastes into its page."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from api.widget import release
from bladifqalbi.cli import app
from bladifqalbi.refusals import RefusedError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The configuration that comes with the program, with a store of its own."""
    values = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    values["store"]["url"] = f"sqlite:///{tmp_path}/wall.db"
    values["media"]["folder"] = str(tmp_path / "media")
    values["api"]["public_url"] = "https://mur.example.ma"
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")
    return path


def embed(config: Path, *options: str) -> str:
    answer = CliRunner().invoke(app, ["embed", "--config", str(config), *options])
    if answer.exception:
        raise answer.exception
    return answer.output


def test_element_is_printed_with_its_pin_and_policy(config: Path) -> None:
    script = release.load().script

    printed = embed(config, "--lang", "ar", "--layout", "masonry", "--theme", "dark")

    assert (
        '<bladi-wall src="https://mur.example.ma/w/main" lang="ar" layout="masonry" theme="dark">'
        in printed
    )
    assert f'src="https://mur.example.ma/embed/v1/{script.name}"' in printed
    assert f'integrity="{script.integrity}"' in printed
    assert "connect-src https://mur.example.ma;" in printed
    assert "bladi-wall { display: block; min-block-size: 100vh; }" in printed


@pytest.mark.parametrize(
    ("form", "part"),
    [
        ("frame", '<iframe src="https://mur.example.ma/e/summer?lang=fr"'),
        ("fragment", '"https://mur.example.ma/f/summer?lang=fr"'),
        ("oembed", "https://mur.example.ma/oembed?url="),
    ],
)
def test_other_forms_are_printed(config: Path, form: str, part: str) -> None:
    assert part in embed(config, "--form", form, "--wall", "summer")


@pytest.mark.parametrize("option", ["--form", "--lang", "--layout", "--theme", "--wall"])
def test_what_is_not_known_is_refused(config: Path, option: str) -> None:
    with pytest.raises(RefusedError, match=f"{option}: write"):
        embed(config, option, "spiral")
