"""`bladifqalbi moderator`: who may come to the desk."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bladifqalbi.options import CONFIG, Config

if TYPE_CHECKING:
    from bladifqalbi.service import Service

app = typer.Typer(no_args_is_help=True, help="The people of the moderation desk.")

Name = Annotated[str, typer.Argument(help="As it shall stand in decisions.")]
ROLES = "viewer, moderator, editor, admin or auditor."


@app.command()
def add(
    name: Name,
    role: Annotated[str, typer.Option(help=ROLES)] = "moderator",
    config: Config = CONFIG,
) -> None:
    """Add somebody, and print the link by which they set a password, once, within a day."""
    from collectors.run import utc_now
    from store import moderators
    from store.audit import COMMAND_LINE
    from store.engine import writing

    chosen, service = _role(role), _open(config)
    with writing(service.engine) as session:
        token = moderators.add(session, _checked(name), chosen, by=COMMAND_LINE, now=utc_now())
    typer.echo(link(service, token))


@app.command()
def invite(name: Name, config: Config = CONFIG) -> None:
    """Print a new link for somebody who has lost password or phone; they are signed out."""
    from collectors.run import utc_now
    from store import moderators
    from store.audit import COMMAND_LINE
    from store.engine import writing

    service = _open(config)
    with writing(service.engine) as session:
        token = moderators.invite(session, name, by=COMMAND_LINE, now=utc_now())
    typer.echo(link(service, token))


@app.command()
def change(
    name: Name, role: Annotated[str, typer.Option(help=ROLES)], config: Config = CONFIG
) -> None:
    """Give somebody another role; they are signed out."""
    _change(name, role, config)


@app.command()
def disable(name: Name, config: Config = CONFIG) -> None:
    """Let somebody in no more, from their next click on; `change` lets them in again."""
    _change(name, "", config)


@app.command("list")
def show(config: Config = CONFIG) -> None:
    """List who was added, with their roles."""
    from store import moderators
    from store.engine import reading

    with reading(_open(config).engine) as session:
        for one in moderators.everybody(session):
            state = "disabled" if one.disabled_at else "" if one.password else "invited"
            typer.echo(f"{one.name}\t{one.role}\t{state}".rstrip())


def link(service: "Service", token: str) -> str:
    """Return the address of somebody's first sign-in."""
    return f"{service.settings.desk.url.rstrip('/')}/fr/welcome/{token}"


def first_link(service: "Service") -> str | None:
    """Return the link for the first admin of a fresh store; None where somebody was added."""
    from collectors.run import utc_now
    from store import moderators
    from store.audit import COMMAND_LINE
    from store.engine import reading, writing
    from store.models import Role

    with reading(service.engine) as session:
        if moderators.are_there(session):
            return None
    with writing(service.engine) as session:
        token = moderators.add(session, "admin", Role.ADMIN, by=COMMAND_LINE, now=utc_now())
    return link(service, token)


def _change(name: str, role: str, config: Path) -> None:
    from collectors.run import utc_now
    from store import moderators
    from store.audit import COMMAND_LINE
    from store.engine import writing

    chosen = _role(role) if role else None
    with writing(_open(config).engine) as session:
        moderators.change(session, name, role=chosen, by=COMMAND_LINE, now=utc_now())
    typer.echo(f"{name}: {role or 'disabled'}")


def _role(name: str):  # type: ignore[no-untyped-def]  # naming its type would import it
    from store.models import Role

    if name not in set(Role):
        raise typer.BadParameter(f"allowed: {', '.join(Role)}", param_hint="--role")
    return Role(name)


def _checked(name: str) -> str:
    from store.audit import COMMAND_LINE
    from store.curation import CLOCK
    from store.reports import VISITORS

    # So are others than people called in decisions; sources have a colon.
    if name in (COMMAND_LINE, CLOCK, VISITORS):
        raise typer.BadParameter(
            f'"{name}" is what the program calls somebody else; choose another name',
            param_hint="NAME",
        )
    if not 0 < len(name) <= 60 or ":" in name or not name.isprintable():
        raise typer.BadParameter("1 to 60 characters, none of them a colon", param_hint="NAME")
    return name


def _open(config: Path) -> "Service":
    from bladifqalbi import service

    return service.open_service(config)
