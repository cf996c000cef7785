"""Codes to scan: an address for whoever stands before a big screen with a telephone."""

from functools import lru_cache

from markupsafe import Markup

QUIET = 4
"""Modules of white around a code, as readers need them (ISO/IEC 18004, section 6.3.8)."""


@lru_cache(maxsize=64)
def draw(url: str) -> Markup:
    """Return an address as a QR code: SVG, black on white whatever the theme, with its margin."""
    # Most walls have no big screen, and never draw one.
    import segno

    code = segno.make(url, error="m", micro=False)
    look = {"light": "#fff", "omitsize": True, "svgclass": None, "lineclass": None}
    drawn = code.svg_inline(border=QUIET, **look)
    return Markup(drawn)  # noqa: S704  # the address is in it as squares, never as text
