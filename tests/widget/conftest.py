"""A served wall, a site that shows it, and a browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine

from store import migrations
from store.engine import open_engine
from tests.api.browsing import Address, launched, served
from tests.api.filled import fill
from tests.widget.host import Host, document, element, hosting, script, shown


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the posts of six networks, to be copied: filling one takes seconds."""
    path = tmp_path_factory.mktemp("filled") / "wall.db"
    engine = open_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    fill(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="module")
def engine(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A store with those posts, for the tests of one file."""
    path = shutil.copy(filled, tmp_path_factory.mktemp("store"))
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def address(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with served(engine, widget_folder=tmp_path_factory.mktemp("widget")) as address:
        yield address


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with hosting() as host:
        yield host


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture
def visit(page: Page, address: Address, host: Host, engine: Engine) -> Any:
    """Open a page of the site with one wall on it, and wait for its posts."""

    def open_wall(content: str = "", **attributes: Any) -> Page:
        address.follow(engine)
        page.goto(host.page(document(element(address, content, **attributes), script(address))))
        shown(page)
        return page

    return open_wall
