"""Where the bytes of copies are kept: a folder, or a bucket of any S3-compatible service."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from store.errors import StoreError
from store.settings import MediaSettings


class FilesError(StoreError):
    """The folder or bucket cannot be used; the message says what to look at."""


class Files(Protocol):
    """Files of copies, by the digest of what was fetched: `ab/abcd…/640.webp`.

    Every method raises FilesError where the place cannot be used.
    """

    place: str
    """How messages name it."""

    def put(self, digest: str, name: str, body: bytes) -> None:
        """Keep a file, whole or not at all; doing it twice is the same as once."""

    def get(self, digest: str, name: str) -> bytes | None:
        """Return a file, or None when it is not there."""

    def delete(self, digests: Iterable[str]) -> None:
        """Delete all files of some digests; what is not there is no mistake."""

    def digests(self) -> Iterator[tuple[str, datetime]]:
        """Yield the digests of which there is anything, with a time; some more than once."""


class Folder:
    """Files in a folder of this machine; made where it is missing."""

    def __init__(self, folder: Path) -> None:
        self.place = str(folder)
        self._folder = folder
        with told(self.place, "written to"):
            folder.mkdir(parents=True, exist_ok=True)

    def put(self, digest: str, name: str, body: bytes) -> None:
        """Keep a file; see `Files`."""
        with told(self.place, "written to"):
            path = self._of(digest) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # What a kill leaves of it lies in the same folder, and goes with it.
            partial = path.with_name(f"{name}.{uuid4().hex}.partial")
            partial.write_bytes(body)
            partial.replace(path)

    def get(self, digest: str, name: str) -> bytes | None:
        """Return a file, or None; see `Files`."""
        with told(self.place, "read"):
            try:
                return (self._of(digest) / name).read_bytes()
            except FileNotFoundError:
                return None

    def delete(self, digests: Iterable[str]) -> None:
        """Delete all files of some digests; see `Files`."""
        with told(self.place, "written to"):
            for digest in digests:
                folder = self._of(digest)
                with suppress(FileNotFoundError):
                    shutil.rmtree(folder)
                with suppress(OSError):  # others lie beside it
                    folder.parent.rmdir()

    def digests(self) -> Iterator[tuple[str, datetime]]:
        """Yield digests and times; see `Files`."""
        with told(self.place, "read"):
            for folder in self._folder.glob("??/*"):
                with suppress(FileNotFoundError):
                    yield folder.name, datetime.fromtimestamp(folder.stat().st_mtime, UTC)

    def _of(self, digest: str) -> Path:
        # No folder of a file system likes to hold a million entries.
        return self._folder / digest[:2] / digest


def open_files(settings: MediaSettings) -> Files:
    """Return the place that config.yaml names.

    Raises:
        FilesError: the folder cannot be made.
    """
    if not settings.s3.bucket:
        return Folder(settings.folder)
    # Its library is large, and most keep their copies in a folder.
    from store.bucket import Bucket

    return Bucket(settings)


@contextmanager
def told(
    place: str, done: str, errors: type[Exception] | tuple[type[Exception], ...] = OSError
) -> Iterator[None]:
    """Turn what goes wrong into one sentence without its details.

    Args:
        place: what cannot be used.
        done: what cannot be done with it.
        errors: what a library raises, where it is more than the errors of the system.

    Raises:
        FilesError: something went wrong.
    """
    try:
        yield
    except errors as error:
        raise FilesError(
            f"{place}: cannot be {done} ({type(error).__name__}); see media in config.yaml"
        ) from error
