"""The widget looks as it did when somebody last looked at it (`python -m tests.widget.shots`)."""

from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser

from api.words import LOCALES
from tests.widget import shots
from tests.widget.pixels import difference

APART = 0.03
"""Part of the pixels: less than a word that is elsewhere, more than another version of a font."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with shots.illustrated(tmp_path_factory.mktemp("wall")) as address:
        yield address


@pytest.mark.parametrize("tag", LOCALES)
def test_wall_looks_as_it_did(browser: Browser, address: str, tag: str) -> None:
    expected = Image.open(shots.BASELINES / f"{tag}.png")

    shown = shots.baseline(browser, address, tag)

    assert difference(shown, expected) <= APART
