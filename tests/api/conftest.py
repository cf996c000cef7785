"""An empty store and the public side upon it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from store.files import Files, open_files
from store.models import Picture
from store.settings import MediaSettings
from tests.api.rows import HERE, a_client, a_copy


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """An empty SQLite store; the kind of database makes no difference to most of these tests."""
    return sqlite_engine


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Where the copies of that store's pictures are."""
    return open_files(MediaSettings(folder=tmp_path / "media"))


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    """A reader of that store's wall."""
    with a_client(engine) as client:
        yield client


@pytest.fixture
def reader(engine: Engine, files: Files) -> TestClient:
    """A reader of that store's wall with its pictures, at an address of its own."""
    return a_client(engine, files, public_url=HERE)


@pytest.fixture
def photo(engine: Engine) -> Picture:
    """A picture whose copies are there."""
    return a_copy(engine, widths=[320, 640, 960])


@pytest.fixture
def face(engine: Engine) -> Picture:
    """An avatar whose copies are there."""
    return a_copy(engine, role="avatar", widths=[48, 96])
