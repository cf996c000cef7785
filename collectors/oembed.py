"""TikTok, Facebook and Instagram by oEmbed: nothing is searched, only posts that people bring in.

None of the three lets a portal search. Each tells of a post whose address it is asked with what
oEmbed has: of the answer we keep title, author, network and the address of the picture, and never
its HTML. Asked again it says whether the post is still there.

An answer has no date. TikTok's ids hold one; where there is none the moment counts at which the
post was brought in. It stands behind `#` in `Item.lookup_id`, so that it stays the same.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from collectors import web_address
from collectors.answers import Answer, refusal, retry_at
from collectors.base import (
    Budget,
    CollectorError,
    CollectorSettings,
    Known,
    Lookup,
    MalformedError,
    Page,
    Query,
    RateLimitedError,
)
from collectors.html import entities_in
from collectors.spellings import Asked
from store.items import Attachment, Author, Display, Item, Kind, Payload
from store.settings import Address, Span
from store.stories.permalinks import post_id

if TYPE_CHECKING:
    from collectors.http import PoliteClient

MAX_BYTES = 200_000
_KEPT = (
    "title", "author_name", "author_url", "thumbnail_url", "thumbnail_width", "thumbnail_height",
)  # fmt: skip
_TIKTOK_AUTHOR = re.compile(r"/@([\w.-]+)")
_TIKTOK_BEGAN = datetime(2014, 1, 1, tzinfo=UTC)
_THROTTLED = {4, 17, 32, 613}
"""Meta's codes for too many requests."""
_NO_TOKEN = {10, 102, 104, 190, 200}
"""Meta's codes for a token that is missing, or does not do."""


class TokenError(CollectorError):
    """Meta wants a token, or another one; TikTok needs none, so the source goes on."""

    advice = "Set BLADI_COLLECTORS__OEMBED__META_TOKEN (docs/credentials.md), then restart."


@dataclass(frozen=True, slots=True)
class _Network:
    """One network: what asks it, and what may be shown of its posts."""

    name: str
    display: Display
    is_meta: bool = True


_NETWORKS = {
    one.name: one
    for one in (
        _Network("tiktok", Display.CARD_ONLY, is_meta=False),
        # Since November 2025 Meta's answers name neither author nor picture.
        _Network("facebook", Display.LINK),
        _Network("instagram", Display.LINK),
    )
}


class OembedSettings(CollectorSettings):
    """Networks that only tell of posts whose address they are asked for."""

    platforms: ClassVar[tuple[str, ...]] = tuple(_NETWORKS)

    every: Span = timedelta(hours=6)
    """Time between two looks at which posts are to be asked for again."""
    meta_token: SecretStr | None = None
    """Of an app at Meta, should Facebook and Instagram not answer without one."""
    tiktok_url: Address = "https://www.tiktok.com"
    meta_url: Address = "https://graph.facebook.com/v24.0"

    def asked(self, tags: Sequence[str], phrases: Sequence[str]) -> list[Asked]:  # noqa: ARG002 - of those that search
        """Return that nothing is searched for."""
        return [Asked(strings=(), left_out=0, how="only posts whose address is added by hand")]

    def known(self, address: str) -> Known | None:
        """Return the post that an address of one of the networks names."""
        name, found = _named(address)
        if name is None:
            return None
        clean = f"https://{urlsplit(address).netloc.lower()}{urlsplit(address).path}"
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return Known(native_id=found, lookup_id=f"{clean}#{now}", instance=None)

    def build(self, agent: str) -> "OembedCollector":
        """Return the collector."""
        return OembedCollector(self, agent)


class OembedCollector:
    """The networks' oEmbed, ready to be asked."""

    platform = "oembed"
    lookup_batch = 10

    def __init__(self, settings: OembedSettings, agent: str) -> None:
        self._settings = settings
        self._tiktok = self._client(agent, settings.tiktok_url, None)
        self._meta = self._client(agent, settings.meta_url, settings.meta_token)

    def _client(self, agent: str, url: str, token: SecretStr | None) -> "PoliteClient":
        from collectors.guard import GuardedBackend
        from collectors.http import PoliteClient

        address = web_address.read(url)
        # What the settings name may be anywhere; nothing else is on private addresses.
        is_chosen = url not in {field.default for field in OembedSettings.model_fields.values()}
        trusted = {(address.host, address.port)} if is_chosen else set()
        return PoliteClient(
            self.platform,
            agent=agent,
            timeout=self._settings.timeout,
            max_bytes=MAX_BYTES,
            # Not in the address, which ends in logs.
            headers={"authorization": f"Bearer {token.get_secret_value()}"} if token else {},
            guard=GuardedBackend(self.platform, trusted=trusted),
        )

    def close(self) -> None:
        """Close connections."""
        self._tiktok.close()
        self._meta.close()

    def streams(self, query: Query) -> Sequence[str]:  # noqa: ARG002 - of the protocol
        """Return none: nothing can be searched."""
        return []

    def fetch(
        self, query: Query, stream: str, *, bookmark: str | None, resume: str | None
    ) -> Iterator[Page]:
        """Read nothing; see `streams`."""
        del query, stream, bookmark, resume
        return iter(())

    def lookup(self, known: Sequence[Known], budget: Budget) -> Lookup:
        """Ask for posts one by one; a private one counts as gone."""
        found: list[Payload] = []
        gone: set[str] = set()
        for one in known:
            address, _, added_at = (one.lookup_id or "").partition("#")
            name, _ = _named(address)
            if name is None:
                continue
            answer = self._ask(_NETWORKS[name], address, budget)
            if answer.status in (401, 403, 404, 410):
                gone.add(one.native_id)
            elif answer.status == 200:
                told = {key: value for key, value in self._told(answer).items() if key in _KEPT}
                found.append({"network": name, "url": address, "added_at": added_at, "told": told})
        return Lookup(found=found, gone=frozenset(gone))

    def _ask(self, network: _Network, address: str, budget: Budget) -> Answer:
        """Return an answer that says something of the post: 200, 400, 401, 403, 404 or 410."""
        budget.spend("calls")
        client = self._meta if network.is_meta else self._tiktok
        answer = client.request(
            "GET", self._endpoint(network, address), params={"url": address, "format": "json"}
        )
        if network.is_meta:
            _check_meta(answer)
        if answer.status not in (200, 400, 401, 403, 404, 410):
            host = urlsplit(answer.url).netloc
            raise refusal(self.platform, host, answer.status, answer.headers)
        return answer

    def _endpoint(self, network: _Network, address: str) -> str:
        if not network.is_meta:
            return f"{self._settings.tiktok_url}/oembed"
        if network.name == "instagram":
            return f"{self._settings.meta_url}/instagram_oembed"
        is_video = re.search(r"/(?:videos|reel)/", address) is not None
        return f"{self._settings.meta_url}/oembed_{'video' if is_video else 'post'}"

    def _told(self, answer: Answer) -> Mapping[str, Any]:
        told, _ = self._meta.json_of(answer)
        if not isinstance(told, dict) or str(told.get("version")) != "1.0":
            raise MalformedError("oembed: an answer that is no oEmbed 1.0")
        return told

    def normalise(self, payload: Payload) -> Item:
        """Understand one answer."""
        return item_of(payload)


def item_of(payload: Payload) -> Item:
    """Return the item of one answer, as `OembedCollector.lookup` keeps it."""
    told, address = payload["told"], payload["url"]
    name, found = _named(address)
    network = _NETWORKS[payload["network"]]
    if name != network.name:
        raise ValueError("an address of another network")
    text = _word(told.get("title")) or ""
    picture = _word(told.get("thumbnail_url"))
    added_at = datetime.fromisoformat(payload["added_at"])
    is_video = not network.is_meta or re.search(r"/(?:videos|reels?|tv)/", address) is not None
    return Item(
        platform=network.name,
        native_id=found,
        lookup_id=f"{address}#{payload['added_at']}",
        url=address,
        kind=Kind.VIDEO if is_video else Kind.NOTE,
        text=text,
        entities=entities_in(text),
        attachments=(_attachment(address, picture, told),) if picture else (),
        author=_author(network, address, told),
        published_at=_written_at(network, found) or added_at,
        display=network.display,
        raw=payload,
    )


def _attachment(address: str, picture: str, told: Mapping[str, Any]) -> Attachment:
    sizes = [told.get(f"thumbnail_{side}") for side in ("width", "height")]
    width, height = (size if isinstance(size, int) else None for size in sizes)
    return Attachment(kind="video", url=address, preview_url=picture, width=width, height=height)


def _author(network: _Network, address: str, told: Mapping[str, Any]) -> Author:
    page = _word(told.get("author_url"))
    handle = _TIKTOK_AUTHOR.search(urlsplit(page or address).path) if not network.is_meta else None
    name = _word(told.get("author_name"))
    # Of an author whom nobody names, no two posts are known to be one person's.
    native_id = handle[1] if handle else name or address
    return Author(native_id=native_id, handle=handle[1] if handle else None, name=name, url=page)


def _written_at(network: _Network, found: str) -> datetime | None:
    """Return when a post was written, from the first 32 bits of its id; None where that is none."""
    if network.name != "tiktok":
        return None
    try:
        moment = datetime.fromtimestamp(int(found) >> 32, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment > _TIKTOK_BEGAN else None


def _check_meta(answer: Answer) -> None:
    """Tell what is wrong with our asking from what is wrong with the post.

    Raises:
        RateLimitedError: too many requests.
        TokenError: a token is missing, or does not do.
    """
    if answer.status == 200:
        return
    try:
        error = json.loads(answer.body)["error"]
        code = int(error["code"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return
    if code in _THROTTLED:
        raise RateLimitedError("oembed: Meta asks for a pause", retry_at=retry_at(answer.headers))
    if code in _NO_TOKEN:
        raise TokenError(
            "oembed: Meta does not answer without a valid token;"
            " set BLADI_COLLECTORS__OEMBED__META_TOKEN"
        )


def _named(address: str) -> tuple[str | None, str]:
    """Return the network of an address, and the id that it has there."""
    for name in _NETWORKS:
        if (found := post_id(address, name)) is not None:
            return name, found
    return None, ""


def _word(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
