"""Mastodon, and the servers that speak its API, by plain HTTP.

A stream is one server and up to four of our hashtags, which one call can ask for together. What is
new is read oldest first (`min_id`), so that every page may be remembered; a first run, a gap and a
backfill go the other way (`max_id`) down to the moment asked for. Ids are words: some servers
count, others use ULIDs, and only their own server can put them in order. The `Link` header is not
followed: it forgets all hashtags but the first.
"""

import json
import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, model_validator

from collectors.answers import Answer
from collectors.base import (
    Budget,
    CollectorSettings,
    CredentialsError,
    Known,
    Lookup,
    MalformedError,
    Page,
    Query,
)
from collectors.mastodon_status import id_of, item_of, written_at
from collectors.spellings import Asked, distinct, without_case_and_accents
from store.items import Item, Payload
from store.settings import Section, Span
from store.stories.permalinks import status_id

if TYPE_CHECKING:
    from collectors.http import PoliteClient

PAGE = 40
"""Most statuses of one page (docs.joinmastodon.org/methods/timelines)."""
MAX_BYTES = 5_000_000
"""Most bytes of one answer; forty long statuses with pictures are some 400 kB."""


class _Server(Section):
    """One server to read."""

    url: str = Field(pattern=r"^https?://[^/?#@\s]+/?$")
    tags_at_once: int = Field(default=4, ge=1, le=4)
    """Hashtags in one call; 1 for servers that do not know `any[]` (GoToSocial, Pixelfed)."""

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc.lower()


class MastodonSettings(CollectorSettings):
    """Which servers are read, and as whom."""

    separate_streams: ClassVar[bool] = True
    every: Span = timedelta(minutes=5)
    servers: tuple[_Server, ...] = (_Server(url="https://mastodon.social"),)
    """Each shows only what it has seen; several together cover a diaspora better."""
    tokens: dict[str, SecretStr] = Field(default_factory=dict)
    """By host, for servers that show hashtags to accounts only (scope `read:statuses`)."""
    strict_consent: bool = False
    """Take only authors who said yes to being found, not those who said nothing."""

    @model_validator(mode="after")
    def _name_each_server_once(self) -> Self:
        hosts = [server.host for server in self.servers]
        if len(set(hosts)) < len(hosts):
            raise ValueError("servers: one of them stands there twice")
        if strange := sorted(set(self.tokens) - set(hosts)):
            raise ValueError(f"tokens: not one of the servers: {', '.join(strange)}")
        return self

    def asked(self, tags: Sequence[str], phrases: Sequence[str]) -> list[Asked]:  # noqa: ARG002 - tags are enough
        """Return what each server is asked for, in the order of `servers`."""
        return [self._asked(server, tags) for server in self.servers]

    def _asked(self, server: _Server, tags: Sequence[str]) -> Asked:
        # Half of a run's pages: a timeline with news needs a second.
        most = max(1, self.budget.pages // 2 // len(self.servers))
        # Those that cannot be asked for several at once do not fold as Mastodon does, either.
        spellings = distinct(tags, _folded if server.tags_at_once > 1 else str)
        strings = spellings[: most * server.tags_at_once]
        calls = math.ceil(len(strings) / server.tags_at_once)
        return Asked(
            place=server.host,
            strings=strings,
            left_out=len(spellings) - len(strings),
            how=f"calls a run: {calls}; budget.pages {self.budget.pages} allows {most}",
        )

    def known(self, address: str) -> Known | None:
        """Return the status that an address names, on any server that may be one of these."""
        found = status_id(address)
        chosen = [server.host for server in self.servers]
        if found is None or (":" in found[0] and found[0] not in chosen):
            return None
        return Known(native_id=address, lookup_id=found[1], instance=found[0])

    def build(self, agent: str) -> "MastodonCollector":
        """Return the collector."""
        return MastodonCollector(self, agent)


@dataclass(frozen=True, slots=True)
class _Feed:
    """What one stream reads."""

    host: str
    tags: tuple[str, ...]


class MastodonCollector:
    """Mastodon's servers, ready to be read; keeps one connection to each."""

    platform = "mastodon"
    lookup_batch = 20

    def __init__(self, settings: MastodonSettings, agent: str) -> None:
        self._settings = settings
        self._agent = agent
        self._urls = {server.host: server.url.rstrip("/") for server in settings.servers}
        self._clients: dict[str, PoliteClient] = {}
        self._checked: dict[str, datetime] = {}
        self._one_by_one: set[str] = set()

    def close(self) -> None:
        """Close connections."""
        for client in self._clients.values():
            client.close()

    def streams(self, query: Query) -> Sequence[str]:
        """Return one name for each server and group of hashtags."""
        return list(self._feeds(query))

    def _feeds(self, query: Query) -> dict[str, _Feed]:
        feeds = {}
        settings = self._settings
        for server, asked in zip(
            settings.servers, settings.asked(query.tags, query.phrases), strict=True
        ):
            for first in range(0, len(asked.strings), server.tags_at_once):
                tags = tuple(asked.strings[first : first + server.tags_at_once])
                feeds[f"{server.host}/{tags[0]}"] = _Feed(server.host, tags)
        return feeds

    def fetch(
        self, query: Query, stream: str, *, bookmark: str | None, resume: str | None
    ) -> Iterator[Page]:
        """Read one server's timeline of some hashtags; see `Collector`."""
        feed = self._feeds(query)[stream]
        self._check_access(feed.host, query)
        if bookmark and not resume and not query.since:
            yield from self._upwards(feed, query.budget, bookmark)
        else:
            yield from self._downwards(feed, query, None if query.since else bookmark, resume)

    def _upwards(self, feed: _Feed, budget: Budget, bookmark: str) -> Iterator[Page]:
        place = bookmark
        while statuses := self._timeline(feed, budget, min_id=place):
            place = _ids(statuses)[0]
            yield Page(
                payloads=[_payload(feed.host, status) for status in reversed(statuses)],
                bookmark=place,
                reached_at=max(_times(statuses), default=None),
            )
        if place == bookmark:
            yield Page(payloads=(), bookmark=bookmark)

    def _downwards(
        self, feed: _Feed, query: Query, bookmark: str | None, resume: str | None
    ) -> Iterator[Page]:
        place = json.loads(resume) if resume else {"below": None, "newest": None}
        start = query.since or query.floor
        while statuses := self._timeline(
            feed, query.budget, max_id=place["below"], since_id=bookmark
        ):
            ids, times = _ids(statuses), _times(statuses)
            place = {"below": ids[-1], "newest": place["newest"] or ids[0]}
            # A post may reach a server days after it was written, and then stands among newer
            # ones: only a page with nothing but old posts is the end.
            ended = bool(times) and max(times) < start
            yield Page(
                payloads=[
                    _payload(feed.host, status)
                    for status in statuses
                    if _is_within(status, start, query.until)
                ],
                bookmark=place["newest"] if ended else None,
                resume=None if ended else json.dumps(place),
                reached_at=min(times, default=None),
            )
            if ended:
                return
        if place["newest"]:
            yield Page(payloads=(), bookmark=place["newest"])

    def _timeline(self, feed: _Feed, budget: Budget, **bounds: str | None) -> list[Any]:
        """Return one page, newest first."""
        first, *others = feed.tags
        given = [(name, value) for name, value in bounds.items() if value]
        params = [("limit", str(PAGE)), *(("any[]", tag) for tag in others), *given]
        path = f"/api/v1/timelines/tag/{quote(first, safe='')}"
        answer = self._get(feed.host, path, budget, params)
        if answer.status == 404 and _refusal_of(answer) == "Record not found":
            return []
        statuses = self._list_of(feed.host, answer)
        if statuses and not {value for _, value in given}.isdisjoint(_ids(statuses, feed.host)):
            raise MalformedError(f"mastodon: {feed.host} does not page by id")
        return statuses

    def _check_access(self, host: str, query: Query) -> None:
        """Ask a server, once a run, whether it shows hashtags: if not, its timelines are empty."""
        if self._checked.get(host) == query.now:
            return
        access = self._access(host, query.budget)
        if access == ("disabled", "disabled"):
            raise CredentialsError(f"mastodon: {host} shows no hashtags; take it off servers")
        if "authenticated" in access and host not in self._settings.tokens:
            raise CredentialsError(f"mastodon: {host} is for accounts only; set its token")
        self._checked[host] = query.now

    def _access(self, host: str, budget: Budget) -> tuple[Any, ...]:
        """Return who may see local and remote posts; empty where a server does not say."""
        try:
            answer = self._get(host, "/api/v2/instance", budget)
            instance, _ = self._client(host).json_of(answer)
            feeds = instance["configuration"]["timelines_access"]["hashtag_feeds"]
            return feeds["local"], feeds["remote"]
        except (MalformedError, CredentialsError, KeyError, TypeError):
            return ()

    def lookup(self, known: Sequence[Known], budget: Budget) -> Lookup:
        """Ask each post's server about it; what a joint answer leaves out is asked for alone."""
        found, gone = [], set()
        posts: dict[str, dict[str, str]] = {}
        for one in known:
            if one.instance and one.lookup_id:
                posts.setdefault(one.instance, {})[one.lookup_id] = one.native_id
        for host, names in posts.items():
            statuses = self._many(host, list(names), budget)
            for lookup_id, native_id in names.items():
                status = statuses.get(lookup_id) or self._one(host, lookup_id, budget)
                if status is None:
                    gone.add(native_id)
                    continue
                if host not in self._urls and not _may_tell(host, status, native_id):
                    raise MalformedError(f"mastodon: {host} tells a post of another server")
                found.append(_payload(host, status))
        return Lookup(found=found, gone=frozenset(gone))

    def _many(self, host: str, ids: list[str], budget: Budget) -> dict[str, Any]:
        if host in self._one_by_one:
            return {}
        params = [("id[]", lookup_id) for lookup_id in ids]
        answer = self._get(host, "/api/v1/statuses", budget, params)
        if answer.status in (401, 404, 405):
            # Not every server has this call; GoToSocial answers 405.
            self._one_by_one.add(host)
            return {}
        return {status["id"]: status for status in self._list_of(host, answer) if id_of(status)}

    def _one(self, host: str, lookup_id: str, budget: Budget) -> Any:
        """Return one status, or None when the server says that it is not there."""
        answer = self._get(host, f"/api/v1/statuses/{quote(lookup_id, safe='')}", budget)
        # A web server whose Mastodon is switched off also answers 404, but not in its words.
        if answer.status in (404, 410) and _refusal_of(answer) is not None:
            return None
        status, _ = self._client(host).json_of(answer)
        if id_of(status) != lookup_id:
            raise MalformedError(f"mastodon: {host} sent another status than the one asked for")
        return status

    def _get(self, host: str, path: str, budget: Budget, params: Any = None) -> Answer:
        budget.spend("calls")
        # A post outlives its server's place in the settings, and may still change or go.
        url = self._urls.get(host, f"https://{host}") + path
        return self._client(host).request("GET", url, params=params)

    def _list_of(self, host: str, answer: Answer) -> list[Any]:
        statuses, _ = self._client(host).json_of(answer)
        if not isinstance(statuses, list):
            raise MalformedError(f"mastodon: {host} sent no list of statuses")
        return statuses

    def _client(self, host: str) -> "PoliteClient":
        from collectors.guard import GuardedBackend
        from collectors.http import PoliteClient

        if host not in self._clients:
            token = self._settings.tokens.get(host)
            self._clients[host] = PoliteClient(
                self.platform,
                agent=self._agent,
                timeout=self._settings.timeout,
                max_bytes=MAX_BYTES,
                headers={"authorization": f"Bearer {token.get_secret_value()}"} if token else {},
                # A server that nobody here has chosen is named by a post, or by who pastes it.
                guard=None if host in self._urls else GuardedBackend(self.platform),
            )
        return self._clients[host]

    def normalise(self, payload: Payload) -> Item:
        """Understand one status."""
        return item_of(payload, strict=self._settings.strict_consent)


def _may_tell(host: str, status: Any, native_id: str) -> bool:
    """Say whether a server that nobody has chosen may speak for a post: its own, or one we know."""
    uri = status.get("uri") if isinstance(status, dict) else None
    return isinstance(uri, str) and (uri == native_id or urlsplit(uri).netloc == host)


def _folded(tag: str) -> str:
    """Return a spelling as Mastodon keeps it (its HashtagNormalizer)."""
    return without_case_and_accents(unicodedata.normalize("NFKC", tag))


def _payload(host: str, status: Any) -> Payload:
    return {"instance": host, "status": status}


def _ids(statuses: Sequence[Any], host: str = "") -> list[str]:
    """Return the ids that a page has, in its order; a malformed status may have none."""
    ids = [value for status in statuses if (value := id_of(status))]
    if not ids:
        raise MalformedError(f"mastodon: {host} sent statuses without ids")
    return ids


def _refusal_of(answer: Answer) -> str | None:
    """Return the words of Mastodon's own error answer; None when it is not one."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return None
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, str) else None


def _times(statuses: Sequence[Any]) -> list[datetime]:
    return [moment for status in statuses if (moment := written_at(status))]


def _is_within(status: Any, start: datetime, until: datetime | None) -> bool:
    moment = written_at(status)
    return moment is None or (start <= moment and (until is None or moment < until))
