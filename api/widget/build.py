"""Makes the widget's script and style of `source/`: `make widget`, after each change there.

What it makes is kept in the repository, so that a server needs no tool for it.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
MODULES = (
    "dom", "net", "words", "options", "media", "menu", "card", "bar", "live", "layouts", "stage",
    "speech", "view", "wall",
)  # fmt: skip
"""In an order in which each comes after those it imports; a name at their top is used once only."""

_COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
_IMPORT = re.compile(r"^import .*$", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)


def build() -> dict[str, str]:
    """Return the files of the widget by name.

    Raises:
        ImportError: `tdewolff-minify`, which is for those who work on the widget, is missing.
    """
    import minify

    sources = {
        # Within a function, for the minifier leaves names alone that others could see.
        "wall.js": "(() => {\n" + "\n".join(_module(name) for name in MODULES) + "\n})();",
        "frame.js": _module("frame"),
        "kiosk.js": _module("kiosk"),
        "resize.js": _module("resize"),
        "wall.css": (HERE / "source" / "wall.css").read_text("utf-8"),
    }
    types = {"js": "application/javascript", "css": "text/css"}
    return {
        name: minify.string(types[name.rpartition(".")[2]], source) + "\n"
        for name, source in sources.items()
    }


def _module(name: str) -> str:
    text = (HERE / "source" / f"{name}.js").read_text("utf-8")
    for pattern in (_COMMENT, _IMPORT, _EXPORT):
        text = pattern.sub("", text)
    return text.replace('JSON.parse("@drawings@")', (HERE / "drawings.json").read_text("utf-8"))


def main(arguments: list[str]) -> int:
    """Write the files; with `--check` only say whether they are those that would be written."""
    stale = [
        (HERE / name, body)
        for name, body in build().items()
        if not (HERE / name).exists() or (HERE / name).read_text("utf-8") != body
    ]
    if "--check" in arguments:
        return 1 if stale else 0
    for path, body in stale:
        path.write_text(body, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
