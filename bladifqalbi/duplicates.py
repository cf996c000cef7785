"""The `bladifqalbi duplicates` commands: which posts tell one story."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Posts that tell the same story.")

Config = Annotated[
    Path, typer.Option("--config", "-c", envvar="BLADI_CONFIG", help="The campaign's config.yaml.")
]
CONFIG = Path("config.yaml")


@app.callback()
def duplicates() -> None:
    """Keep these commands below their own name."""


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="One post a line, as JSON, with its true story.")],
    config: Config = CONFIG,
) -> None:
    """Find the stories of posts whose stories are known, and say how well that went."""
    from bladifqalbi.settings import load
    from store.hashtags import Campaign
    from store.stories import evaluation

    settings = load(config).campaign
    campaign = Campaign(settings.hashtags, phrases=settings.phrases, pattern=settings.pattern)
    rows = evaluation.read(file, campaign)
    found = evaluation.stories([row.told for row in rows])
    for line in evaluation.report(evaluation.score(rows, found)):
        typer.echo(line)
