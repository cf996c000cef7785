"""The files of the widget, under names that change with their content, and pinned by digests."""

import base64
import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b, sha256, sha384
from importlib import resources
from pathlib import Path
from uuid import uuid4

import brotli

from api.widget import strings

VERSION = "v1"
"""Of everything that hosts rely on: attributes, events, properties, parts, addresses."""

_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
}
_NAME = re.compile(r"(?:i18n/)?[a-z]+\.[0-9a-f]{12}\.(js|css|json)")
_PARTS = re.compile(r"""["'`]@parts@["'`]""")


@dataclass(frozen=True)
class File:
    """One file of the widget, plain and compressed."""

    name: str
    """With its digest: `wall.1a2b3c4d5e6f.js`."""
    body: bytes

    @property
    def media_type(self) -> str:
        """What it is."""
        return _TYPES[self.name.rpartition(".")[2]]

    @property
    def integrity(self) -> str:
        """What a host pins it by (W3C Subresource Integrity)."""
        return f"sha384-{base64.b64encode(sha384(self.body).digest()).decode()}"

    @cached_property
    def gzip(self) -> bytes:
        """Its body for nearly every client."""
        return gzip.compress(self.body, 9, mtime=0)

    @cached_property
    def brotli(self) -> bytes:
        """Its body for browsers of today."""
        return bytes(brotli.compress(self.body))


@dataclass(frozen=True, slots=True)
class Release:
    """The files of this version."""

    script: File
    style: File
    words: Mapping[str, File]
    """By language."""
    frame: File
    """Inside the frame of form B: tells the page around it how high it is."""
    kiosk: File
    """On the page of a big screen: says when the wall cannot be reached, and when it can again."""
    resize: File
    """For the page around a frame: makes it as high as it says."""

    @property
    def files(self) -> dict[str, File]:
        """All of them by name."""
        own = (self.frame, self.kiosk, self.resize)
        parts = (self.script, self.style, *self.words.values(), *own)
        return {file.name: file for file in parts}


@lru_cache(maxsize=1)
def load() -> Release:
    """Return the files that this program comes with."""
    style = _file("wall", "css", _read("wall.css"))
    words = {
        tag: _file(f"i18n/{tag}", "json", strings.file(wording))
        for tag, wording in strings.load().items()
    }
    parts = {"style": _pin(style), **{tag: _pin(file) for tag, file in words.items()}}
    # The script names its parts by their digests: whoever pins the script has pinned them all.
    named = _PARTS.sub(f"'{json.dumps(parts, separators=(',', ':'))}'", _read("wall.js").decode())
    return Release(
        script=_file("wall", "js", named.encode()),
        style=style,
        words=words,
        frame=_file("frame", "js", _read("frame.js")),
        kiosk=_file("kiosk", "js", _read("kiosk.js")),
        resize=_file("resize", "js", _read("resize.js")),
    )


def keep(folder: Path) -> None:
    """Keep the files of this version, so that later ones can still serve what hosts have pinned.

    Raises:
        OSError: the folder cannot be written to.
    """
    for name, file in load().files.items():
        path = folder / name
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{uuid4().hex}.partial")
        partial.write_bytes(file.body)
        partial.replace(path)


def earlier(folder: Path, name: str) -> File | None:
    """Return a file that an earlier version has kept, if there is one of this name."""
    if not _NAME.fullmatch(name):
        return None
    try:
        return File(name, (folder / name).read_bytes())
    except OSError:
        return None


def _read(name: str) -> bytes:
    return (resources.files("api") / "widget" / name).read_bytes()


def _file(stem: str, ending: str, body: bytes) -> File:
    return File(f"{stem}.{blake2b(body, digest_size=6).hexdigest()}.{ending}", body)


def _pin(file: File) -> tuple[str, str]:
    return file.name, f"sha256-{base64.b64encode(sha256(file.body).digest()).decode()}"
