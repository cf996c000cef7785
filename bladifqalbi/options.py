"""Options that all commands share."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path, typer.Option("--config", "-c", envvar="BLADI_CONFIG", help="The campaign's config.yaml.")
]
CONFIG = Path("config.yaml")
