"""Settings of the desk."""

from typing import Literal

from pydantic import Field

from store.settings import Address, Section


class DeskSettings(Section):
    """Where the desk listens; it is an application of its own, apart from the public wall."""

    enabled: bool = True
    """False: `bladifqalbi run` starts no desk."""
    host: str = "127.0.0.1"
    port: int = Field(default=8001, ge=1, le=65_535)
    url: Address = "http://127.0.0.1:8001"
    """What the team writes to come here. Requests for any other host are refused."""
    wall_url: Address | None = None
    """Of the wall in the editors' preview; None: `api.public_url`."""
    keyboard: Literal["auto", "azerty", "qwerty"] = "auto"
    """Under an Arabic layout: where the Latin letters are. `auto`: AZERTY for fr, ar and zgh.
    Whoever has saved keys of their own has said it for themselves."""
    wait_goal_minutes: int = Field(default=120, ge=1)
    """How long a post may wait for a decision before the queue turns red."""
