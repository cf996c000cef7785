"""The `bladifqalbi quarantine` commands: payloads that could not be understood."""

from typing import Annotated

import typer

from bladifqalbi.options import CONFIG, Config

app = typer.Typer(no_args_is_help=True, help="Payloads that could not be understood, set aside.")


@app.command("list")
def show(config: Config = CONFIG) -> None:
    """List what is set aside, oldest first."""
    from bladifqalbi import aside, service

    aside.show(service.open_service(config))


@app.command()
def retry(
    source: Annotated[str, typer.Argument(help="Source; none means all.")] = "",
    config: Config = CONFIG,
) -> None:
    """Try again to understand what is set aside, for example after an update."""
    from bladifqalbi import aside, service

    raise typer.Exit(aside.retry_all(service.open_service(config), source))


@app.command()
def discard(
    numbers: Annotated[list[int], typer.Argument(help="Numbers, as `list` shows them.")],
    config: Config = CONFIG,
) -> None:
    """Let go of payloads for good; the same ones are not set aside again."""
    from bladifqalbi import aside, service

    raise typer.Exit(aside.discard(service.open_service(config), numbers))
