"""RSS, Atom and JSON feeds: one stream each, read whole and only when they have changed."""

import contextlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, model_validator

from collectors import feed_document, web_address
from collectors.answers import Answer, refusal
from collectors.base import (
    Budget,
    BudgetSpentError,
    CollectorError,
    CollectorSettings,
    CredentialsError,
    Known,
    Lookup,
    MalformedError,
    Page,
    Query,
)
from collectors.feed_entry import item_of, published_at
from collectors.web_address import PORTS
from store.items import Item, Payload
from store.settings import Section
from store.stories.permalinks import permalink_key

MAX_BYTES = 5_000_000
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/json;q=0.9, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
)
_ACCEPTED = {"accept": ACCEPT}


class _Feed(Section):
    """One feed to read."""

    url: str = Field(pattern=r"^https?://[^\s/?#]+[^\s#]*$")
    name: str | None = Field(default=None, max_length=200)
    """What to call its author where it names none."""
    only_tagged: bool = True
    """False: all of it belongs to the campaign, with our hashtag or without."""

    @property
    def stream(self) -> str:
        """Its address without what may be a secret; a hash keeps apart what only that told."""
        shown = _public(self.url)
        if shown == self.url:
            return shown
        return f"{shown}#{blake2b(self.url.encode(), digest_size=6).hexdigest()}"

    @property
    def host(self) -> str:
        return urlsplit(_public(self.url)).netloc

    @property
    def has_secret(self) -> bool:
        return _public(self.url) != self.url


class FeedsSettings(CollectorSettings):
    """Which feeds are read."""

    separate_streams: ClassVar[bool] = True

    feeds: tuple[_Feed, ...] = ()

    @model_validator(mode="after")
    def _name_each_feed_once(self) -> Self:
        if len({feed.url for feed in self.feeds}) < len(self.feeds):
            raise ValueError("feeds: one of them stands there twice")
        return self

    def known(self, address: str) -> Known | None:
        """Return an address that may be an entry's: any page that is no post of a network."""
        key = permalink_key(address) if self.feeds else None
        if key is None or "/" not in key:
            return None
        return Known(native_id=address, lookup_id=key, instance=None)

    def build(self, agent: str) -> "FeedsCollector":
        """Return the collector."""
        return FeedsCollector(self, agent)


class FeedsCollector:
    """Some feeds, ready to be read."""

    platform = "feeds"
    lookup_batch = 0

    def __init__(self, settings: FeedsSettings, agent: str) -> None:
        from collectors.guard import GuardedBackend
        from collectors.http import PoliteClient

        self._feeds = {feed.stream: feed for feed in settings.feeds}
        self._client = PoliteClient(
            "feeds",
            agent=agent,
            timeout=settings.timeout,
            max_bytes=MAX_BYTES,
            guard=GuardedBackend("feeds", trusted=_chosen(settings.feeds)),
        )

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def streams(self, query: Query) -> Sequence[str]:  # noqa: ARG002 - of the protocol
        """Return one name for each feed."""
        return list(self._feeds)

    def fetch(
        self,
        query: Query,
        stream: str,
        *,
        bookmark: str | None,
        resume: str | None,  # noqa: ARG002 - one page leaves no gap
    ) -> Iterator[Page]:
        """Read one feed, which is one page; see `Collector`."""
        feed = self._feeds[stream]
        asked = _asked(feed, query)
        mark = json.loads(bookmark) if bookmark else {}
        # An unchanged feed is worth reading when we look for something else than last time.
        fresh = query.since is not None or mark.get("asked") != asked
        query.budget.spend("calls")
        answer = self._client.request(
            "GET", feed.url, headers={**_ACCEPTED, **({} if fresh else _conditions(mark))}
        )
        if answer.status == 304 and bookmark and not fresh:
            yield Page(payloads=(), bookmark=bookmark)
            return
        document = _document(feed, answer)
        if not document.entries and not bookmark and not query.since:
            return
        wanted = [entry for entry in document.entries if _wants(query, entry)]
        about = {**document.feed, **_settled(feed)}
        times = [moment for entry in wanted if (moment := published_at(entry))]
        yield Page(
            payloads=[{"feed": about, **entry} for entry in wanted],
            bookmark=json.dumps({"asked": asked, **_validators(answer.headers)}),
            reached_at=min(times, default=None),
        )

    def normalise(self, payload: Payload) -> Item:
        """Understand one entry; see `Collector`."""
        return item_of(payload)

    def lookup(self, known: Sequence[Known], budget: Budget) -> Lookup:
        """Return the entries whose pages are asked for, by `permalink_key`, from all feeds.

        Nothing is ever gone: what a feed no longer lists may still be there.
        """
        wanted = {one.lookup_id for one in known}
        found: dict[str, Payload] = {}
        failed: CollectorError | None = None
        for feed in self._feeds.values():
            if len(found) == len(wanted):
                break
            try:
                found = {**self._pages(feed, budget, wanted), **found}
            except BudgetSpentError:
                raise
            except CollectorError as error:
                # One feed that is down must not hide what another lists.
                failed = error
        if failed is not None and not found:
            raise failed
        return Lookup(found=tuple(found.values()))

    def _pages(
        self, feed: _Feed, budget: Budget, wanted: Collection[str | None]
    ) -> dict[str, Payload]:
        """Return those entries of a feed that are wanted, by their keys."""
        budget.spend("calls")
        document = _document(feed, self._client.request("GET", feed.url, headers=_ACCEPTED))
        about = {**document.feed, **_settled(feed)}
        found: dict[str, Payload] = {}
        for entry in document.entries:
            payload = {"feed": about, **entry}
            # An entry that cannot be understood is none that anybody can add.
            with contextlib.suppress(Exception):
                key = permalink_key(item_of(payload).url)
                if key is not None and key in wanted:
                    found[key] = payload
        return found


def _chosen(feeds: Iterable[_Feed]) -> set[tuple[str, int]]:
    """Return the hosts and ports that the settings name, which may be in our own network.

    Whoever runs one of these hosts can redirect us; elsewhere that leads to public addresses only.
    """
    chosen: set[tuple[str, int]] = set()
    for feed in feeds:
        with contextlib.suppress(ValueError):
            address = web_address.read(_public(feed.url))
            # A feed that moves to TLS on its own host is still the one that was chosen.
            chosen.update((address.host, port) for port in (address.port, *PORTS.values()))
    return chosen


def _document(feed: _Feed, answer: Answer) -> feed_document.Document:
    """Return what a feed holds.

    Raises:
        CollectorError: it could not be had, or it is no feed.
    """
    if answer.status != 200:
        raise _refusal(feed, answer)
    try:
        return feed_document.read(
            answer.body,
            content_type=answer.headers.get("content-type", ""),
            url=_public(answer.url),
        )
    except MalformedError as error:
        raise MalformedError(f"feeds: {feed.host} sent {error}") from None


def _refusal(feed: _Feed, answer: Answer) -> CollectorError:
    if answer.status == 410:
        return CollectorError(
            f"feeds: {feed.host} answered 410, the feed is gone: remove it from config.yaml"
        )
    error = refusal("feeds", feed.host, answer.status, answer.headers)
    if isinstance(error, CredentialsError) and not feed.has_secret:
        # Without a key there is none to correct; what guards a site often lets us in next time.
        return CollectorError(f"feeds: {feed.host} answered {answer.status}, it does not let us in")
    return error


def _wants(query: Query, entry: Mapping[str, Any]) -> bool:
    moment: datetime | None = published_at(entry)
    if moment is None:
        return True
    if query.until is not None and moment >= query.until:
        return False
    return moment >= (query.since or query.floor)


def _settled(feed: _Feed) -> dict[str, Any]:
    """Return what our settings say of a feed; kept with each entry, to be understood later."""
    return {
        "id": feed.stream,
        "url": _public(feed.url),
        "name": feed.name,
        "vouched": not feed.only_tagged,
    }


def _asked(feed: _Feed, query: Query) -> str:
    """Return a hash of what decides which entries are taken."""
    what = (query.tags, query.phrases, query.floor.isoformat(), feed.only_tagged, feed.name)
    return blake2b(repr(what).encode(), digest_size=6).hexdigest()


def _conditions(mark: Mapping[str, str]) -> dict[str, str]:
    names = {"etag": "if-none-match", "modified": "if-modified-since"}
    return {header: mark[name] for name, header in names.items() if mark.get(name)}


def _validators(headers: Mapping[str, str]) -> dict[str, str]:
    found = {"etag": headers.get("etag", ""), "modified": headers.get("last-modified", "")}
    # What could not be sent back as it came is not kept.
    return {
        name: value
        for name, value in found.items()
        if value.isascii() and value.isprintable() and 0 < len(value) <= 500
    }


def _public(url: str) -> str:
    """Return an address without user, password, query and fragment, which may hold a key."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2].lower(), parts.path, "", ""))
