"""What the command line prints: the health of the sources, reports and lists."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bladifqalbi.settings import Settings, state
from collectors import base
from collectors.base import CollectorError, CollectorSettings
from collectors.harvest import Report
from collectors.spellings import Asked
from store.health import Health
from store.models import Post, Quarantined

console = Console()


def print_states(settings: Settings) -> None:
    """Print whether each source would run."""
    table = Table("source", "state", "every", "new posts", "what to do", box=None, pad_edge=False)
    for name, section in settings.collectors.each():
        what, lacking = state(name, section)
        todo = f"set {' and '.join(lacking)}" if lacking else ""
        table.add_row(name, what, short(section.every), section.moderation, todo)
    console.print(table)


def print_health(
    settings: Settings, rows: Sequence[Health], left: dict[str, str], *, now: datetime
) -> None:
    """Print one line for each source, and below the errors with what to do."""
    table = Table(
        "source", "state", "last success", "lag", "next run", "new", "dup.", "err.", "aside",
        "left today", title="Sources (new, dup., err.: last 24 hours)", box=None, pad_edge=False,
    )  # fmt: skip
    sections = dict(settings.collectors.each())
    for row in rows:
        section = sections[row.name]
        what, _ = state(row.name, section)
        table.add_row(
            row.name,
            _state_of(what, row),
            ago(row.last_ok_at, now),
            _lag(row, section, now),
            _next(what, row, now),
            str(row.added),
            str(row.duplicates),
            str(row.errors),
            str(row.quarantined),
            left.get(row.name, ""),
        )
    console.print(table)
    for row in rows:
        what, lacking = state(row.name, sections[row.name])
        if lacking:
            console.print(f"{row.name}: set {' and '.join(lacking)}, then restart.")
        elif what == "live" and row.last_error:
            console.print(f"{row.last_error}. {advice(row.last_error_kind)}")


def print_reports(reports: Iterable[Report]) -> None:
    """Print one line for each run."""
    for report in reports:
        tally = report.tally
        counts = [
            f"{tally.added} new",
            f"{tally.updated} edited" if tally.updated else "",
            f"{tally.unchanged} unchanged" if tally.unchanged else "",
            f"{tally.duplicates} duplicates" if tally.duplicates else "",
            f"{tally.removed} withdrawn" if tally.removed else "",
            f"{report.quarantined} set aside" if report.quarantined else "",
            *(f"{n} {why.replace('_', ' ')}" for why, n in tally.refused.most_common()),
        ]
        said = ", ".join(filter(None, counts))
        error = f". {report.error}" if report.error else ""
        console.print(f"{report.source}: {report.outcome}, {said}{error}")


def print_variants(platform: str, asked: Sequence[Asked]) -> None:
    """Print the strings that a platform is asked for, each on a line of its own."""
    if not asked:
        _print_whole(f"{platform}: asked for nothing; all is read, and matched here")
    for one in asked:
        place = f"{platform} ({one.place})" if one.place else platform
        left_out = f", {one.left_out} left out" if one.left_out else ""
        _print_whole(f"{place}: {len(one.strings)} spellings{left_out}; {one.how}")
        for string in one.strings:
            _print_whole(f"  {string}")
        for query in one.queries:
            _print_whole(f"  query: {query}")


def _print_whole(line: str) -> None:
    """Print a line as it is: broken or coloured, a spelling could not be copied."""
    console.print(Text(line), soft_wrap=True)


def print_quarantine(rows: Sequence[Quarantined], *, now: datetime) -> None:
    """Print what is set aside."""
    table = Table("id", "source", "since", "reason", box=None, pad_edge=False)
    for row in rows:
        table.add_row(str(row.id), row.source, ago(row.quarantined_at, now), row.reason)
    console.print(table if rows else "Nothing is set aside.")


def print_pending(posts: Sequence[Post], undescribed: Mapping[int, int], *, now: datetime) -> None:
    """Print posts that wait for a decision, with the beginning of their text.

    Args:
        posts: oldest first.
        undescribed: for a post's number, how many of its pictures have no description.
        now: the moment.
    """
    table = Table(
        "id", "network", "lang.", "posted", "notes", "text", "address", box=None, pad_edge=False
    )
    for post in posts:
        text = " ".join((post.title or post.text).split())
        bare = undescribed.get(post.id or 0, 0)
        notes = [*post.labels, *([f"{bare} without description"] if bare else [])]
        table.add_row(
            str(post.id), post.platform, post.language, ago(post.published_at, now),
            Text(", ".join(notes)), Text(text[:60]), Text(post.url),
        )  # fmt: skip
    console.print(table if posts else "Nothing waits for a decision.")


def advice(kind: str | None) -> str:
    """Return what to do about the kind of error that the store remembers."""
    known = getattr(base, kind or "", CollectorError)
    text: str = getattr(known, "advice", CollectorError.advice)
    return text


def ago(moment: datetime | None, now: datetime) -> str:
    """Return how long ago something was."""
    return "never" if moment is None else f"{short(now - moment)} ago"


def short(span: timedelta) -> str:
    """Return a length of time in its largest unit."""
    seconds = max(0, round(span.total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def utc(moment: datetime) -> str:
    """Return a time to the minute."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _state_of(what: str, row: Health) -> str:
    if what != "live":
        return what
    if row.refused:
        return "refused"
    if row.paused:
        return "paused"
    if row.running:
        return "running"
    return "live" if row.circuit == "closed" else f"circuit {row.circuit}"


def _lag(row: Health, section: CollectorSettings, now: datetime) -> str:
    if row.last_ok_at is None or not section.enabled:
        return ""
    late = now - row.last_ok_at - section.every
    return short(late) if late > section.every * 0.2 else "none"


def _next(what: str, row: Health, now: datetime) -> str:
    if what == "off":
        return ""
    if what == "missing" or row.refused:
        return "needs a key"
    if row.paused:
        return "when resumed"
    if row.next_at is None or row.next_at <= now:
        return "now"
    return f"in {short(row.next_at - now)}"
