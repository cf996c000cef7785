"""`bladifqalbi duplicates`, as a person runs it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from sqlalchemy import update

from store import migrations
from store.engine import open_engine, writing
from store.ingest import ingest
from store.models import Post
from tests.conftest import NOW, an_item, some_rules
from tests.forked import command
from tests.store.gallery import author, image, keep, post

ROOT = Path(__file__).parents[2]
OWN = ROOT / "tests" / "store" / "stories" / "own.jsonl"


def duplicates(*words):
    return command(["duplicates", *words], cwd=ROOT)


def test_evaluation_prints_the_figures():
    done = duplicates("evaluate", str(OWN))

    assert done.returncode == 0, done.stderr
    figures = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
    assert figures["precision"] == "1.0000"
    assert float(figures["F1"]) >= 0.99
    assert float(figures["B-cubed-F1"]) >= 0.99
    assert figures["false pairs in all"] == "0"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "posts.jsonl: no such file"),
        ("", "posts.jsonl: no posts; write one JSON object a line"),
        ("{}\n", "posts.jsonl: line 1 is no post; each has platform, native_id, text"),
        ("[]\n", "posts.jsonl: line 1 is no post"),
        ("no json\n", "posts.jsonl: line 1 is no post"),
        (json.dumps({"platform": "x"}), "posts.jsonl: line 1 is no post"),
        ("\udcff", "posts.jsonl: cannot be read as UTF-8 text"),
    ],
)
def test_wrong_file_gets_one_sentence(tmp_path, content, message):
    file = tmp_path / "posts.jsonl"
    if content is not None:
        file.write_bytes(content.encode("utf-8", "surrogateescape"))

    done = duplicates("evaluate", str(file))

    assert (done.returncode, message in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def campaign(tmp_path):
    """A campaign with three posts, of which two are one story."""
    values = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    values["store"]["url"] = f"sqlite:///{tmp_path}/wall.db"
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")
    engine = open_engine(values["store"]["url"])
    migrations.upgrade(engine)
    said = "Ce matin au port de Tanger j'ai revu les ferries de mon enfance #bladifqalbi"
    with writing(engine) as session:
        items = [an_item("1", said), an_item("2", f"Bonjour, {said}"), an_item("3", "Salam")]
        ingest(session, [replace(one, vouched=True) for one in items], rules=some_rules(), now=NOW)
    engine.dispose()
    return path


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("explain", "1", "2"), 0, "1 and 2 say the same but for 1 word (near text, "),
        (("explain", "1", "3"), 0, "They are two stories: their texts are not alike."),
        (("explain", "1", "77"), 1, "no post 77"),
        (("rebuild",), 0, "All stories were found by the rules of this version."),
    ],
)
def test_reasons_are_told_in_words(campaign, words, code, said):
    done = duplicates(*words, "--config", str(campaign))

    assert (done.returncode, said in done.stdout + done.stderr) == (code, True), done.stdout


def test_pictures_are_told_in_words(campaign):
    engine = open_engine(yaml.safe_load(campaign.read_text("utf-8"))["store"]["url"])
    said = "Dans le verger de mon grand-père les amandiers fleurissent déjà en janvier"
    with writing(engine) as session:
        for native_id, text in (("4", "Salam"), ("5", ""), ("6", said)):
            writer = author(f"by{native_id}")
            post(session, native_id, image("same"), text=f"{text} #bladifqalbi", author=writer)
        keep(session)
    engine.dispose()

    tied = duplicates("explain", "4", "5", "--config", str(campaign))
    apart = duplicates("explain", "4", "6", "--config", str(campaign))

    assert tied.stdout == "4 and 5 show the same picture (picture, 1.00)\n"
    assert apart.stdout.splitlines()[1:] == [
        "They show the same picture, each with words of its own: that alone is no proof."
    ]


def test_rebuild_looks_at_every_post_of_older_rules(campaign):
    engine = open_engine(yaml.safe_load(campaign.read_text("utf-8"))["store"]["url"])
    with writing(engine) as session:
        session.connection().execute(update(Post).values(story_version=1))
    engine.dispose()

    done = duplicates("rebuild", "--config", str(campaign))

    assert (done.returncode, "3 posts were looked at anew." in done.stdout) == (0, True)


def test_file_of_formulas_that_is_not_there_stops_the_start(campaign):
    values = yaml.safe_load(campaign.read_text("utf-8"))
    values["campaign"]["formulas"] = "none.txt"
    campaign.write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")

    done = duplicates("rebuild", "--config", str(campaign))

    assert done.returncode == 1
    assert done.stderr.startswith("campaign.formulas: none.txt cannot be read as UTF-8 text")


def test_person_may_part_and_join(campaign):
    told = [
        duplicates(*words, "--config", str(campaign)).stdout.strip()
        for words in (("split", "2"), ("split", "3"), ("join", "2", "3"), ("explain", "2", "3"))
    ]

    assert told == [
        "2 stands for itself now.",
        "3 was in no story with others.",
        "2 and 3 are one story.",
        "2 and 3 were put together by a person (person, 1.00)",
    ]
