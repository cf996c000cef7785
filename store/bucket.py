"""Copies of pictures in a bucket of any S3-compatible service."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from store.files import told
from store.settings import MediaSettings

_ERRORS = (BaseError, OSError)


class Bucket:
    """Files in a bucket, which must be there."""

    def __init__(self, settings: MediaSettings) -> None:
        s3 = settings.s3
        self.place = f"bucket {s3.bucket}"
        self._store = S3Store(
            s3.bucket,
            prefix=s3.prefix or None,
            endpoint=s3.endpoint,
            region=s3.region,
            access_key_id=s3.access_key.get_secret_value() if s3.access_key else None,
            secret_access_key=s3.secret_key.get_secret_value() if s3.secret_key else None,
            virtual_hosted_style_request=False,
            # A service that hangs must not hold the wall's threads for minutes.
            client_options={"allow_http": True, "timeout": "10s", "connect_timeout": "3s"},
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
        )

    def put(self, digest: str, name: str, body: bytes) -> None:
        """Keep a file; see `store.files.Files`."""
        with told(self.place, "written to", _ERRORS):
            self._store.put(f"{digest}/{name}", body)

    def get(self, digest: str, name: str) -> bytes | None:
        """Return a file, or None; see `store.files.Files`."""
        with told(self.place, "read", _ERRORS):
            try:
                return bytes(self._store.get(f"{digest}/{name}").bytes())
            except (NotFoundError, FileNotFoundError):
                return None

    def delete(self, digests: Iterable[str]) -> None:
        """Delete all files of some digests; see `store.files.Files`."""
        with told(self.place, "written to", _ERRORS):
            for digest in digests:
                for part in self._store.list(prefix=digest):
                    self._store.delete([one["path"] for one in part])

    def digests(self) -> Iterator[tuple[str, datetime]]:
        """Yield digests and times; see `store.files.Files`."""
        with told(self.place, "read", _ERRORS):
            for part in self._store.list():
                for one in part:
                    yield one["path"].split("/")[-2], one["last_modified"]
