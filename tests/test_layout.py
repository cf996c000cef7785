"""The tree keeps its promises: a platform is one section, one test, one page of credentials."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from collectors.settings import CollectorsSettings

ROOT = Path(__file__).parents[1]
PLATFORMS = tuple(CollectorsSettings.model_fields)
FOLDERS = ("api", "bladifqalbi", "collectors", "dashboard", "store")
HARVESTING = {
    "PIL", "alembic", "apscheduler", "feedparser", "googleapiclient", "httpcore2", "httpx2",
    "langdetect", "nh3", "numpy", "obstore", "praw", "rapidfuzz", "requests", "segno", "tweepy",
}  # fmt: skip
"""What takes memory to harvest, match and draw with; who only reads the wall needs none of it.

`obstore` is for copies in a bucket, `segno` for big screens: who has them loads them.
"""


@pytest.mark.parametrize("platform", PLATFORMS)
def test_platform_has_its_module_test_stand_in_and_configuration(platform):
    assert (ROOT / "collectors" / f"{platform}.py").exists()
    assert (ROOT / "tests" / "collectors" / f"test_{platform}.py").exists()
    assert (ROOT / "tests" / "platforms" / f"{platform}.py").exists()
    assert re.search(rf"^  {platform}:$", (ROOT / "config.yaml").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_credentials_of_each_platform_are_documented(platform):
    text = (ROOT / "docs" / "credentials.md").read_text("utf-8")
    section = CollectorsSettings.model_fields[platform].annotation
    assert section is not None
    names = [
        name for name, field in section.model_fields.items() if "SecretStr" in str(field.annotation)
    ]

    for name in names:
        assert f"BLADI_COLLECTORS__{platform}__{name}".upper() in text


def test_no_dependency_ships_one_of_our_names():
    theirs = packages_distributions()

    for name in FOLDERS:
        assert set(theirs.get(name, [])) <= {"bladifqalbi"}


def test_tests_hold_no_packages():
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_module_grows_past_five_hundred_lines(folder):
    for path in (ROOT / folder).rglob("*.py"):
        assert len(path.read_text("utf-8").splitlines()) <= 500, path


def test_no_lock_names_an_address():
    for path in ROOT.glob("requirements*.lock"):
        text = path.read_text("utf-8")
        assert "://" not in text
        assert "--hash=sha256:" in text


@pytest.mark.parametrize("module", ["api.app", "bladifqalbi.serve"])
def test_serving_the_wall_loads_nothing_that_harvesting_needs(module):
    code = f"import sys, {module}; print(*sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    loaded = done.stdout.split()
    assert HARVESTING & {name.partition(".")[0] for name in loaded} == set()
    assert {"store.curation", "store.ingest"} & set(loaded) == set()
