"""The `bladifqalbi language` commands: tag, measure, train, and set stored posts right."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bladifqalbi.options import CONFIG, Config

if TYPE_CHECKING:
    from bladifqalbi.service import Service
    from store.language import LanguageTagger

app = typer.Typer(no_args_is_help=True, help="Languages of posts.")

Backend = Annotated[str, typer.Option(help="`compact` or `langdetect`.")]
AT_ONCE = 500


@app.command()
def tag(backend: Backend = "compact") -> None:
    """Read texts from standard input, one a line; answer with tag, probability, further languages.

    The columns are separated by tabs, and `-` stands for none.
    """
    tagger = _tagger(backend)
    # A line of broken bytes is a text like any other: it gets its answer.
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]  # a text stream
    for texts in _batches():
        for one in tagger.tag_many(texts):
            others = ",".join(one.secondary) or "-"
            sys.stdout.write(f"{one.language}\t{one.probability:.4f}\t{others}\n")
        sys.stdout.flush()


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="Columns label and text, separated by tabs.")],
    backend: Backend = "compact",
) -> None:
    """Tag texts whose language is known, and say how well that went."""
    from store.language.evaluation import evaluate, report
    from store.language.material import read

    rows = read(file)
    for line in report(evaluate(_tagger(backend), rows)):
        typer.echo(line)


@app.command()
def train(
    folder: Annotated[Path, typer.Argument(help="Holds train.tsv and dev.tsv.")],
    output: Annotated[
        Path | None, typer.Option(help="File to write; by default the one that comes with us.")
    ] = None,
    licences: Annotated[
        str, typer.Option(help="Of the rows to learn from, separated by commas.")
    ] = "open,own",
) -> None:
    """Learn the weights anew; the same texts give the same file, byte for byte."""
    from store.language import training, weights

    target = output or Path(str(weights.SHIPPED))
    if not target.parent.is_dir():
        raise weights.WeightsError(f"{target.parent}: no such folder")
    before = target.read_bytes() if target.exists() else b""
    allowed = frozenset(one.strip() for one in licences.split(","))
    weights.save(training.train(folder, licences=allowed, say=typer.echo), target)
    after = target.read_bytes()
    what = "the same as before, byte for byte" if before == after else "written"
    typer.echo(f"{target.name}: {what} ({len(after):,} bytes)")


@app.command()
def retag(
    since: Annotated[str, typer.Option(help="First day of publication, as 2026-01-31.")] = "",
    config: Config = CONFIG,
) -> None:
    """Tag stored posts anew after a change of tagger; people's corrections stay.

    Stopped and started again, it goes on with what is left.
    """
    raise typer.Exit(_retag(_open(config), _day(since) if since else None))


@app.command()
def correct(
    post_id: Annotated[int, typer.Argument(help="Number of a post.")],
    languages: Annotated[list[str], typer.Argument(help="Its language, then further ones.")],
    config: Config = CONFIG,
) -> None:
    """Say which language a post is in; that stays through every harvest."""
    from bladifqalbi import decisions
    from store.effects import Terms

    decisions.decide_one(_open(config), "tag", post_id, terms=Terms(words=tuple(languages)))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="File to write, for example train-ours.tsv.")],
    config: Config = CONFIG,
) -> None:
    """Write what people have corrected as rows for `train --licences open,own,moderated`.

    They are posts of people: keep the file where the database is kept, and delete it after use.
    """
    from store import tagging
    from store.engine import reading
    from store.language.material import Row, write

    with reading(_open(config).engine) as session:
        rows = [
            Row(label, text, source="moderator", licence="moderated")
            for label, text in tagging.corrected(session)
        ]
    write(rows, file)
    typer.echo(f"{file.name}: {len(rows)} texts")


def _tagger(backend: str) -> "LanguageTagger":
    from store.language import BACKENDS, open_tagger

    if backend not in BACKENDS:
        raise typer.BadParameter(f"allowed: {', '.join(BACKENDS)}", param_hint="--backend")
    return open_tagger(backend)


def _open(config: Path) -> "Service":
    from bladifqalbi import service

    return service.open_service(config)


def _day(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("write a day as 2026-01-31", param_hint="--since") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _batches() -> Iterator[list[str]]:
    """Yield lines of standard input, many at once, or each at once where a person types them."""
    size = 1 if sys.stdin.isatty() else AT_ONCE
    texts: list[str] = []
    for line in sys.stdin:
        texts.append(line.rstrip("\r\n"))
        if len(texts) == size:
            yield texts
            texts = []
    if texts:
        yield texts


def _retag(service: "Service", since: datetime | None) -> int:
    from rich.progress import Progress

    from bladifqalbi import tables
    from bladifqalbi.service import stoppable
    from collectors.run import utc_now
    from store import tagging
    from store.engine import reading, writing

    with reading(service.engine) as session:
        total = tagging.waiting(session, service.tagger, since)
    seen = changed = last = 0
    with stoppable(service.stop), Progress(console=tables.console) as progress:
        bar = progress.add_task("posts", total=total)
        while not service.stop.is_set():
            with writing(service.engine) as session:
                step = tagging.retag(
                    session, service.tagger, since=since, after=last, now=utc_now()
                )
            if not step.seen:
                break
            last, seen, changed = step.last, seen + step.seen, changed + step.changed
            progress.update(bar, completed=seen)
    tables.console.print(f"{seen} posts tagged anew, {changed} of them differently")
    if service.stop.is_set():
        tables.console.print("Not all is done: run the same command again to go on from here.")
    return int(service.stop.is_set())
