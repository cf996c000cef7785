"""An empty store and the public side upon it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel
from starlette.testclient import TestClient

from store.engine import open_engine
from store.files import Files, open_files
from store.settings import MediaSettings
from tests.api.rows import a_client


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite store; the kind of database makes no difference to most of these tests."""
    engine = open_engine(f"sqlite:///{tmp_path}/wall.db")
    SQLModel.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Where the copies of that store's pictures are."""
    return open_files(MediaSettings(folder=tmp_path / "media"))


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    """A reader of that store's wall."""
    with a_client(engine) as client:
        yield client
