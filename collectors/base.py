"""What a platform's collector must promise, and how it says what went wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Literal, Protocol

from pydantic import Field

from collectors.spellings import Asked
from store.items import Item, Payload
from store.settings import Section, Span


class CollectorError(Exception):
    """Something kept a collector from reading.

    The message is for the operator: it starts with the platform, and holds no secret, no personal
    data and nothing of the library's own error text.
    """

    advice: ClassVar[str] = "Nothing to do: the next turn tries again."


class TransientError(CollectorError):
    """The platform or the way to it failed for now (5xx, time-out, broken connection)."""


class MalformedError(CollectorError):
    """An answer was not what the platform documents; anything unexpected counts as this."""

    advice = "If it lasts, the platform has changed: look at its status page, then for a release."


class CredentialsError(CollectorError):
    """The platform refuses our key; trying again before settings change is useless."""

    advice = "Check this source's credentials (bladifqalbi config check), then restart."


class WaitError(CollectorError):
    """The platform, or our own budget, asks for a pause.

    Args:
        retry_at: when to come back, aware UTC; None when nobody said.
    """

    def __init__(self, message: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class RateLimitedError(WaitError):
    """Too many requests; `retry_at` is the platform's own reset where it gave one."""

    advice = "Nothing to do: the source waits as long as the platform asks."


class QuotaError(WaitError):
    """A quota of the platform is used up, or an account has run out of credit."""

    advice = "Wait for the quota's reset, or raise it with the platform (docs/credentials.md)."


class BudgetSpentError(WaitError):
    """Our own budget of this day or run is spent; what is left of the run becomes a gap."""

    advice = "Nothing to do: the rest is read when the budget renews."


class Budget(Protocol):
    """What a run may still spend; kept in the store, by day in the platform's time zone."""

    def spend(self, unit: str, amount: int = 1) -> None:
        """Count `amount` of `unit` before it is used.

        Raises:
            BudgetSpentError: less than `amount` is left; nothing was counted.
        """

    def left(self, unit: str) -> int | None:
        """Return how much of `unit` is left today; None when it is not limited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to look for.

    `tags` are hashtags without their mark, most usual spelling first; `phrases` are words that
    full-text searches look for. `floor` is the oldest moment a first run goes back to. `since`
    and `until` make it a backfill of that range, from inclusive to exclusive.
    """

    tags: tuple[str, ...]
    phrases: tuple[str, ...] = ()
    floor: datetime
    now: datetime
    since: datetime | None = None
    until: datetime | None = None
    budget: Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer of a platform, and what may be remembered once its posts are saved.

    Exactly one of two things holds. `bookmark` is set: everything up to it has been read, so it
    may be remembered (and any gap is closed). Or `resume` is set: posts older than this page are
    still unread, and a run that stops here must go on from `resume`.
    """

    payloads: Sequence[Payload]
    bookmark: str | None = None
    resume: str | None = None
    reached_at: datetime | None = None
    """Time of the post up to which this run has come; drives a backfill's progress bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A stored post that may have changed or gone."""

    native_id: str
    lookup_id: str | None
    instance: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What a platform answered about known posts.

    `found` holds the payloads of those still there; `gone` the native ids of which the platform
    said outright that they are not (404, 410, "not found"). An asked id in neither is merely
    missing from the answer.
    """

    found: Sequence[Payload] = ()
    gone: frozenset[str] = field(default_factory=frozenset)


class Collector(Protocol):
    """One platform, ready to be read with its settings; used by one thread at a time."""

    platform: str
    lookup_batch: int
    """Most posts that one `lookup` call takes; 0 when the platform cannot be asked."""

    def streams(self, query: Query) -> Sequence[str]:
        """Return names of the independent streams to read, each with a bookmark of its own."""

    def fetch(
        self, query: Query, stream: str, *, bookmark: str | None, resume: str | None
    ) -> Iterator[Page]:
        """Read one stream page by page: network, no understanding.

        With `resume` it reads on from there down to `bookmark` and no newer posts. Without, it
        reads what is newer than `bookmark` less the platform's overlap; without either, what is
        newer than `query.floor`. With `query.since` it reads that range and ignores `bookmark`.
        The last page carries a `bookmark` (when there is nothing new: an empty page does, unless
        there has never been anything, then no page comes at all).

        Raises:
            CollectorError: one of its subclasses, never a library's own error.
        """

    def normalise(self, payload: Payload) -> Item:
        """Understand one payload: no network.

        Raises:
            Exception: any; the payload is then set aside with the reason.
        """

    def lookup(self, known: Sequence[Known], budget: Budget) -> Lookup:
        """Ask the platform about at most `lookup_batch` known posts.

        Raises:
            CollectorError: as in `fetch`.
        """

    def close(self) -> None:
        """Close connections."""


class BudgetSettings(Section):
    """Most that one source may spend."""

    pages: int = Field(default=20, ge=1)
    """Pages a run."""


class CollectorSettings(Section):
    """What every platform's section has."""

    day_in: ClassVar[str] = "UTC"
    """Time zone in which the platform's daily quota renews."""

    separate_streams: ClassVar[bool] = False
    """True when streams are other servers: one that fails says nothing about the next."""

    platforms: ClassVar[tuple[str, ...]] = ()
    """What its posts' platforms are called, where that is not the name of the section."""

    enabled: bool = False
    every: Span = timedelta(minutes=15)
    """Time between two runs."""
    moderation: Literal["hold", "publish"] = "hold"
    """`hold` waits for a person's decision, `publish` shows new posts at once."""
    recheck: Span = timedelta(hours=24)
    """How often stored posts are asked for again: gone or edited?"""
    timeout: float = Field(default=20, gt=0, le=300)
    """Seconds that one answer may take."""
    budget: BudgetSettings = BudgetSettings()

    def build(self, agent: str) -> Collector:
        """Return the collector; imports the platform's library, and nothing before this does.

        Args:
            agent: the User-Agent to introduce ourselves with.

        Raises:
            CredentialsError: one is missing.
        """
        # Each platform's own section overrides this; the shared part has nothing to build.
        raise NotImplementedError(type(self).__name__)

    def asked(self, tags: Sequence[str], phrases: Sequence[str]) -> list[Asked]:  # noqa: ARG002 - of those that search
        """Return what a run asks for, the very strings; nothing where all is read anyway.

        Args:
            tags: hashtags without their mark, most usual spelling first.
            phrases: words for full-text searches.
        """
        return []

    def known(self, address: str) -> Known | None:  # noqa: ARG002 - of platforms with addresses
        """Return what `Collector.lookup` must be asked for the post at an address.

        Args:
            address: what a person has pasted.

        Returns:
            None where it is no post of this platform.
        """
        return None

    def missing(self) -> list[str]:
        """Return the fields of this section that hold a needed credential and are not set."""
        return []

    def daily(self) -> dict[str, int]:
        """Return the most of each counted unit that one day may use."""
        return {}
