"""The `bladifqalbi media` commands: our copies of pictures."""

from typing import Annotated

import typer

from bladifqalbi.options import CONFIG, Config

app = typer.Typer(no_args_is_help=True, help="Our copies of pictures.")


@app.command()
def status(config: Config = CONFIG) -> None:
    """Show how many pictures are kept, wait or could not be copied, and the room they take."""
    from bladifqalbi import pictures, service

    pictures.show_status(service.open_service(config))


@app.command()
def retry(
    config: Config = CONFIG,
    refused: Annotated[
        bool, typer.Option(help="Also what was no picture, or had a forbidden address.")
    ] = False,
) -> None:
    """Try again, now, what could not be copied."""
    from bladifqalbi import pictures, service

    raise typer.Exit(pictures.retry(service.open_service(config), refused=refused))


@app.command()
def collect(config: Config = CONFIG) -> None:
    """Copy what waits, delete what no post needs, and put right what was lost."""
    from bladifqalbi import pictures, service

    raise typer.Exit(pictures.collect(service.open_service(config)))
