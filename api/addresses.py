"""The addresses of our own pages, feeds and posts."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where this wall is, as visitors see it; `public_url` may end in a folder."""

    public_url: str

    @property
    def is_secure(self) -> bool:
        """Whether visitors come by https."""
        return self.public_url.startswith("https://")

    def local(self, path: str, query: Mapping[str, object] | None = None) -> str:
        """Return an address for a link on our own pages.

        Args:
            path: as our routes know it, with its leading slash.
            query: parameters; those that are None or "" are left out.
        """
        return urlsplit(self.public_url).path.rstrip("/") + _join(path, query)

    def absolute(self, path: str, query: Mapping[str, object] | None = None) -> str:
        """Return an address for feeds and for search engines; arguments as for `local`."""
        return self.public_url.rstrip("/") + _join(path, query)

    def post(self, post_id: int) -> str:
        """Return the address of one post in the API."""
        return self.absolute(f"/v1/posts/{post_id}")


def _join(path: str, query: Mapping[str, object] | None) -> str:
    given = {name: value for name, value in (query or {}).items() if value not in (None, "")}
    return quote(path) + (f"?{urlencode(given)}" if given else "")
