"""The `bladifqalbi` command. Each command imports what it needs: --help must not wait for it."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bladifqalbi import duplicates, languages, media, people, quarantine
from bladifqalbi.options import CONFIG, Config

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A hashtag wall: harvests a campaign's posts, and shows the curated wall.",
)
config_app = typer.Typer(no_args_is_help=True, help="The configuration.")
hashtags_app = typer.Typer(no_args_is_help=True, help="The campaign's hashtags.")
audit_app = typer.Typer(no_args_is_help=True, help="The trail of all decisions.")
app.add_typer(audit_app, name="audit")
app.add_typer(config_app, name="config")
app.add_typer(hashtags_app, name="hashtags")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(duplicates.app, name="duplicates")
app.add_typer(languages.app, name="language")
app.add_typer(media.app, name="media")
app.add_typer(people.app, name="moderator")

Ids = Annotated[list[int], typer.Argument(help="Numbers of posts, as `pending` shows them.")]


@app.command()
def run(
    config: Config = CONFIG,
    only: Annotated[
        str,
        typer.Option(help="`web`, `desk` or `scheduler`: one part alone, of several processes."),
    ] = "",
    json_logs: Annotated[bool, typer.Option(help="Log one JSON object a line.")] = False,
) -> None:
    """Harvest on schedule, serve the wall and the desk, until Ctrl-C or SIGTERM."""
    with _keeping_all():
        from bladifqalbi import serve

        service = _open(config, json_logs=json_logs)
    serve.run(service, only=only)


@app.command()
def harvest(
    sources: Annotated[list[str] | None, typer.Argument(help="Sources; none means all.")] = None,
    config: Config = CONFIG,
    json_logs: Annotated[bool, typer.Option(help="Log one JSON object a line.")] = False,
) -> None:
    """Harvest once, now: for cron, systemd timers and trying out."""
    from bladifqalbi import commands

    raise typer.Exit(commands.harvest_once(_open(config, json_logs=json_logs), sources or []))


@app.command()
def backfill(
    source: str,
    since: Annotated[str, typer.Option(help="First day, as 2026-01-31.")],
    until: Annotated[
        str, typer.Option(help="First day not read any more; tomorrow by default.")
    ] = "",
    config: Config = CONFIG,
) -> None:
    """Read a range of the past, with a progress bar; started again, it goes on where it stopped."""
    from bladifqalbi import commands

    raise typer.Exit(
        commands.backfill_range(
            _open(config), source, _day(since, "--since"), _day(until, "--until")
        )
    )


@app.command()
def sources(config: Config = CONFIG) -> None:
    """Show how each source is doing, and what to do where something is wrong."""
    from bladifqalbi import commands

    commands.show_health(_open(config))


@app.command()
def pending(
    config: Config = CONFIG,
    limit: Annotated[int, typer.Option(help="Posts at most.", min=1, max=1000)] = 50,
) -> None:
    """List posts that wait for a decision, oldest first."""
    from bladifqalbi import commands

    commands.show_pending(_open(config), limit)


@app.command()
def add(
    address: Annotated[str, typer.Argument(help="Of a post, as a browser shows it.")],
    config: Config = CONFIG,
) -> None:
    """Bring in one post by its address, to wait for a decision, with our hashtag or without."""
    from bladifqalbi import decisions

    decisions.add(_open(config), address)


@app.command()
def approve(
    post_ids: Ids,
    config: Config = CONFIG,
    collection: Annotated[
        str, typer.Option(help="Also put them into this collection of config.yaml.")
    ] = "",
) -> None:
    """Show posts on the wall, at once."""
    from bladifqalbi import decisions
    from store.effects import Terms

    service = _open(config)
    decisions.check_collection(service, collection)
    failed = decisions.decide(service, "approve", post_ids)
    if collection:
        failed |= decisions.decide(
            service, "collect", post_ids, terms=Terms(words=(collection,)), quiet=True
        )
    raise typer.Exit(failed)


@app.command()
def reject(
    post_ids: Ids,
    config: Config = CONFIG,
    reason: Annotated[
        str,
        typer.Option(
            help="off-topic, spam, hate, violence, privacy, minor, rights, false or other."
        ),
    ] = "",
) -> None:
    """Keep posts off the wall, or take them from it."""
    from bladifqalbi import decisions
    from store.effects import Terms

    terms = Terms(reason=reason)
    raise typer.Exit(decisions.decide(_open(config), "reject", post_ids, terms=terms))


@app.command()
def hide(post_ids: Ids, config: Config = CONFIG) -> None:
    """Take posts off the wall for now."""
    from bladifqalbi import decisions

    raise typer.Exit(decisions.decide(_open(config), "hide", post_ids))


@app.command()
def restore(post_ids: Ids, config: Config = CONFIG) -> None:
    """Show hidden posts again."""
    from bladifqalbi import decisions

    raise typer.Exit(decisions.decide(_open(config), "restore", post_ids))


@app.command()
def erase(post_ids: Ids, config: Config = CONFIG) -> None:
    """Delete posts with all that is kept of them, for good: their authors asked for it."""
    from bladifqalbi import commands

    raise typer.Exit(commands.erase(_open(config), post_ids))


@app.command()
def embed(
    config: Config = CONFIG,
    form: Annotated[str, typer.Option(help="element, frame, fragment or oembed.")] = "element",
    wall: Annotated[str, typer.Option(help="main, or a collection of config.yaml.")] = "main",
    lang: Annotated[str, typer.Option(help="ar, fr, en, es or zgh.")] = "fr",
    layout: Annotated[
        str, typer.Option(help="mosaic, masonry, list, carousel or kiosk.")
    ] = "mosaic",
    theme: Annotated[str, typer.Option(help="auto, light or dark.")] = "auto",
) -> None:
    """Print what shows the wall on another site, and what that site's policy must allow."""
    from api.widget.snippet import Wish
    from bladifqalbi import embedding, service

    wish = Wish(wall=wall, layout=layout, theme=theme)
    typer.echo(embedding.text(service.open_service(config), form, lang, wish))


@audit_app.command("verify")
def audit_verify(
    config: Config = CONFIG,
    witness: Annotated[
        str, typer.Option(help="A digest from the log (`audit.head`) that must still be there.")
    ] = "",
) -> None:
    """Check that nobody has touched the trail of decisions; name the first row that was."""
    from bladifqalbi import decisions

    decisions.verify_trail(_open(config), witness)


@config_app.command("check")
def config_check(config: Config = CONFIG) -> None:
    """Say of each source whether it is live, off, or which credential it lacks."""
    from bladifqalbi import commands

    raise typer.Exit(commands.check(config))


@hashtags_app.command("variants")
def hashtags_variants(
    source: Annotated[str, typer.Argument(help="Platform; none means all.")] = "",
    config: Config = CONFIG,
) -> None:
    """Print the spellings that each platform is asked for, within its limits."""
    from bladifqalbi import commands

    commands.show_variants(config, source)


def main() -> None:
    """Run the command; every refusal is one clear sentence and an exit code, never a traceback."""
    try:
        app()
    except Exception as error:  # what is no refusal is raised again
        from bladifqalbi.refusals import explain

        refusal = explain(error)
        if refusal is None:
            raise
        typer.echo(refusal.message, err=True)
        sys.exit(refusal.exit_code)


@contextmanager
def _keeping_all() -> Iterator[None]:
    """Look for no garbage among what is loaded, neither now nor later.

    It stays, and going through it over and over is about a fifth of a start's work.
    """
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def _open(config: Path, *, json_logs: bool = False):  # type: ignore[no-untyped-def]  # naming its type would import it
    from bladifqalbi import service

    return service.open_service(config, json_logs=json_logs)


def _day(text: str, option: str) -> datetime:
    if not text:
        # The day, not the moment: the same command later today goes on with the same range.
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return today + timedelta(days=1)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("write a day as 2026-01-31", param_hint=option) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
