"""Settings of the public side."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from store.settings import Address, Section


class ReportSettings(Section):
    """What becomes of posts that visitors report."""

    hide_after: int = Field(default=3, ge=0)
    """Networks that must report a post before it is hidden, until a person decides; 0: never."""


class ApiSettings(Section):
    """Where the public side listens, and how it presents itself."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65_535)
    public_url: Address = "http://127.0.0.1:8000"
    """What visitors write to come here; feeds need whole addresses. It may end in a folder."""
    page_size: int = Field(default=24, ge=1, le=100)
    """Posts of one page, and of one page of the API or a feed that does not say how many."""
    kiosk_url: Address | None = None
    """Where the code on a big screen leads; None: to the page of what it shows."""
    default_language: Literal["ar", "fr", "en", "es", "zgh"] = "fr"
    """For visitors whose browser asks for no language of ours."""
    proxies: tuple[str, ...] = ()
    """Addresses of reverse proxies in front of us, whose word on who the visitor is we take."""
    reports: ReportSettings = ReportSettings()
    widget_folder: Path = Path("var/widget")
    """Where each version leaves the widget's files, for hosts that have pinned an earlier one."""
