"""The `bladifqalbi duplicates` commands: which posts tell one story."""

from pathlib import Path
from typing import Annotated

import typer

from bladifqalbi.options import CONFIG, Config

app = typer.Typer(no_args_is_help=True, help="Posts that tell the same story.")


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="One post a line, as JSON, with its true story.")],
    config: Config = CONFIG,
) -> None:
    """Find the stories of posts whose stories are known, and say how well that went."""
    from bladifqalbi.settings import load
    from store.hashtags import Campaign
    from store.stories import evaluation, formulas

    settings = load(config).campaign
    campaign = Campaign(settings.hashtags, phrases=settings.phrases, pattern=settings.pattern)
    rows = evaluation.read(file)
    found = evaluation.stories(rows, campaign, formulas.load(settings.formulas))
    for line in evaluation.report(evaluation.score(rows, found)):
        typer.echo(line)


@app.command()
def explain(
    one: Annotated[int, typer.Argument(help="Number of a post, as `pending` shows it.")],
    other: Annotated[int, typer.Argument(help="Number of another post.")],
    config: Config = CONFIG,
) -> None:
    """Say why two posts are shown as one story, or why they are not."""
    from bladifqalbi import service, stories

    stories.explain(service.open_service(config), one, other)


@app.command()
def join(
    one: Annotated[int, typer.Argument(help="Number of a post.")],
    other: Annotated[int, typer.Argument(help="Number of another post.")],
    config: Config = CONFIG,
) -> None:
    """Make two posts one story, whatever their texts say."""
    from bladifqalbi import service, stories

    stories.join(service.open_service(config), one, other)


@app.command()
def split(
    post: Annotated[int, typer.Argument(help="Number of the post.")], config: Config = CONFIG
) -> None:
    """Take a post out of its story; no later harvest puts it back."""
    from bladifqalbi import service, stories

    stories.split(service.open_service(config), post)


@app.command()
def rebuild(config: Config = CONFIG) -> None:
    """Find all stories anew after a change of the rules; stopped, it goes on where it was."""
    from bladifqalbi import service, stories

    raise typer.Exit(stories.rebuild(service.open_service(config)))
