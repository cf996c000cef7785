"""The `bladifqalbi language` commands, run as a person runs them."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml
from sqlmodel import col, select

from store.engine import open_engine, reading, writing
from store.ingest import ingest
from store.language.weights import SHIPPED
from store.models import Post
from tests.conftest import NOW, an_item, some_rules
from tests.forked import command

ROOT = Path(__file__).parents[2]
HELD = ROOT / "tests" / "store" / "language" / "held.tsv"


def language(*words: str, text: bytes = b"", cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("BLADI_")}
    done = command(["language", *words], text=text, cwd=cwd, environment={**kept, "COLUMNS": "200"})
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


@pytest.fixture
def campaign(sqlite_url, tmp_path):
    """A config.yaml with a store of three posts."""
    values = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    values["store"]["url"] = sqlite_url
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")
    engine = open_engine(sqlite_url)
    items = [an_item(str(number), "Bonjour à tous les amis #bladifqalbi") for number in range(3)]
    with writing(engine) as session:
        ingest(session, items, rules=some_rules(tagger=None), now=NOW)
    engine.dispose()
    return path


def tags(campaign: Path) -> list[str]:
    engine = open_engine(yaml.safe_load(campaign.read_text("utf-8"))["store"]["url"])
    with reading(engine) as session:
        found = list(session.exec(select(Post.language).order_by(col(Post.id))))
    engine.dispose()
    return found


def test_lines_are_answered_one_by_one():
    lines = [
        "Merci beaucoup à tous",
        "",
        "توحشت بلادي بزاف",
        "twe7cht lblad bzaf, je rentre demain",
    ]

    done = language("tag", text="\n".join(lines).encode() + b"\n\xff\xfe broken\n")

    answers = [line.split("\t") for line in done.stdout.splitlines()]
    assert [answer[0] for answer in answers[:4]] == ["fr", "und", "ary", "ary-Latn"]
    assert [answer[2] for answer in answers[:4]] == ["-", "-", "-", "fr"]
    assert (len(answers), done.returncode) == (5, 0)


def test_evaluation_prints_the_figures():
    done = language("evaluate", str(HELD))

    lines = done.stdout.splitlines()
    figures = {line.rpartition(" ")[0]: line.rpartition(" ")[2] for line in lines}
    assert float(figures["accuracy"]) >= 0.965
    assert float(figures["macro-F1"]) >= 0.965
    assert float(figures["F1 zgh"]) >= 0.9
    assert float(figures["texts per CPU second"]) > 0
    assert len(figures["macro-F1"]) == len("0.1234")
    assert any(line.startswith("confusion ") for line in lines)


def test_evaluation_takes_langdetect_too(tmp_path):
    few = tmp_path / "few.tsv"
    few.write_text("fr\tMerci beaucoup à tous mes amis\nen\tThank you so much my friends\n")

    done = language("evaluate", str(few), "--backend", "langdetect")

    assert "accuracy 1.0000" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("evaluate", "none.tsv"), 1, "none.tsv: no such file"),
        (("evaluate", str(SHIPPED)), 1, "weights.bin: cannot be read as UTF-8 text"),
        (("tag", "--backend", "cld3"), 2, "allowed: compact, langdetect"),
        (("train", "."), 1, "dev.tsv: no such file"),
        (("train", ".", "--output", "none/weights.bin"), 1, "none: no such folder"),
        (("retag", "--since", "yesterday"), 2, "write a day as 2026-01-31"),
        (("correct", "7", "fr"), 1, "no post 7"),
        (("correct", "1", "xx"), 1, "no language xx; there are ar ary"),
        (("export", "/nowhere/at/all.tsv"), 1, "all.tsv: cannot be written"),
    ],
)
def test_wrong_input_gets_one_sentence(campaign, words, code, message):
    done = language(*words, cwd=campaign.parent)

    assert (done.returncode, message in done.stderr) == (code, True), done.stderr


def test_wrong_backend_in_config_is_refused_with_what_is_allowed(campaign):
    values = yaml.safe_load(campaign.read_text("utf-8"))
    values["language"] = {"backend": "cld3"}
    campaign.write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")

    done = language("retag", cwd=campaign.parent)

    assert done.returncode == 2
    assert "language.backend" in done.stderr
    assert "'compact' or 'langdetect'" in done.stderr


def test_wrong_weights_in_config_are_refused_in_one_sentence(campaign):
    values = yaml.safe_load(campaign.read_text("utf-8"))
    values["language"] = {"weights": str(campaign)}
    campaign.write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")

    done = language("retag", cwd=campaign.parent)

    assert done.returncode == 1
    assert done.stderr.startswith("config.yaml: is no file of weights; ")


def test_stored_posts_are_tagged_anew_and_corrections_stay(campaign):
    assert language("correct", "2", "ary-Latn", "fr", cwd=campaign.parent).stdout == "2: done\n"

    first = language("retag", cwd=campaign.parent)
    second = language("retag", "--since", "2026-01-01", cwd=campaign.parent)

    assert "2 posts tagged anew, 2 of them differently" in first.stdout
    assert "0 posts tagged anew" in second.stdout
    assert tags(campaign) == ["fr", "ary-Latn", "fr"]


def test_langdetect_can_be_chosen_in_config(campaign):
    language("retag", cwd=campaign.parent)
    values = yaml.safe_load(campaign.read_text("utf-8"))
    values["language"] = {"backend": "langdetect"}
    campaign.write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")

    done = language("retag", cwd=campaign.parent)

    assert "3 posts tagged anew, 0 of them differently" in done.stdout


def test_corrections_are_given_out_as_rows_to_train_with(campaign):
    language("correct", "2", "ary-Latn", cwd=campaign.parent)

    done = language("export", "train-ours.tsv", cwd=campaign.parent)

    written = (campaign.parent / "train-ours.tsv").read_text("utf-8")
    assert done.stdout == "train-ours.tsv: 1 texts\n"
    assert written == (
        "label\tsource\tlicence\ttext\nary-Latn\tmoderator\tmoderated\tbonjour à tous les amis\n"
    )
