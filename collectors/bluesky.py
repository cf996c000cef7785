"""Bluesky, by plain HTTP: one search for all hashtags, newest first.

`searchPostsV2` finds posts with any of our hashtags. It is still behind a gate; where it is shut,
the older `searchPosts` is asked for one hashtag after the other, within the same stream, because
which of the two answers may change from one day to the next and bookmarks must not depend on it.

Pages are told apart by time, not by cursor: the public may not use cursors, and they expire. The
next page is everything before the oldest moment of this one, that moment included, so that posts
of one moment are not lost between two pages; those seen twice the store knows already. What we
take for a page's oldest moment is safe whether the server sorts by the time that it first saw a
post or by the earlier of that and the client's claim. Search leaves out what moderators hide, so
it may lack posts, and a page may be short without being the last.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

import structlog
from pydantic import Field, PrivateAttr, SecretStr

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
from collectors.bluesky_post import item_of, times_of
from collectors.bluesky_session import Login, Session, error_of
from collectors.spellings import Asked, distinct
from store.items import Item, Payload
from store.settings import Span
from store.stories.permalinks import post_id

PAGE = 100
"""Most posts of one page (lexicon app.bsky.feed.searchPostsV2)."""
OVERLAP = timedelta(minutes=10)
"""What is read again below the bookmark: posts do not reach the search in their order."""

_TICK = timedelta(milliseconds=1)
_PUBLIC = "https://public.api.bsky.app"
_ENTRY = "https://bsky.social"
_SEARCH = "app.bsky.feed.searchPosts"
_HANDLE = "com.atproto.identity.resolveHandle"
_AUTHOR = re.compile(r"(?:/profile/|at://)([A-Za-z0-9:._-]+)/")

log = structlog.get_logger()


class BlueskySettings(CollectorSettings):
    """How Bluesky is read, and as whom."""

    every: Span = timedelta(minutes=5)
    base_url: str = Field(default=_PUBLIC, pattern=r"^https?://[^/?#@\s]+/?$")
    """Where the public is answered; with an account, the server where that account lives."""
    handle: str | None = None
    """The account to read as. Searching without one is at times switched off."""
    app_password: SecretStr | None = None
    """An app password of that account, not its own."""
    search: Literal["auto", "v1"] = "auto"
    """`v1` does not try the newer search."""
    _login: Login = PrivateAttr(default_factory=Login)

    def asked(self, tags: Sequence[str], phrases: Sequence[str]) -> list[Asked]:  # noqa: ARG002 - tags are enough
        """Return all hashtags that there can be."""
        return [_asked(tags)]

    def known(self, address: str) -> Known | None:
        """Return the post that an address names; its author may stand there by a handle."""
        key = post_id(address, "bluesky")
        author = _AUTHOR.search(address)
        if key is None or author is None:
            return None
        uri = f"at://{author[1]}/app.bsky.feed.post/{key}"
        return Known(native_id=uri, lookup_id=None, instance=None)

    def missing(self) -> list[str]:
        """Return the other half of a half-set login."""
        if (self.handle is None) == (self.app_password is None):
            return []
        return ["handle"] if self.handle is None else ["app_password"]

    def build(self, agent: str) -> "BlueskyCollector":
        """Return the collector.

        Raises:
            CredentialsError: only half of a login is set.
        """
        if missing := self.missing():
            raise CredentialsError(f"bluesky: {missing[0]} is not set")
        public = urlsplit(self.base_url).netloc == urlsplit(_PUBLIC).netloc
        session = Session(
            agent=agent,
            timeout=self.timeout,
            base_url=self.base_url,
            login_url=_ENTRY if public else self.base_url,
            account=(self.handle, self.app_password) if self.handle and self.app_password else None,
            login=self._login,
        )
        return BlueskyCollector(session, newest_search=self.search == "auto")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a run stands: `tags` are still to be read."""

    tags: tuple[str, ...]
    until: datetime
    """What is next is older: for all hashtags when read jointly, else for the first of them."""
    joint: bool
    top: datetime
    """Where the reading of a further hashtag begins: a run brings nothing newer than itself."""
    newest: datetime | None
    cursor: str | None = None

    def as_text(self) -> str:
        moments = {"until": self.until, "top": self.top, "newest": self.newest}
        shown = {name: moment and moment.isoformat() for name, moment in moments.items()}
        return json.dumps({"tags": self.tags, "joint": self.joint, **shown}, ensure_ascii=False)

    def after_end(self) -> "_Place":
        """Return the top of the hashtags that remain, which may be none."""
        others = () if self.joint else self.tags[1:]
        return replace(self, tags=others, until=self.top, joint=True, cursor=None)


class BlueskyCollector:
    """Bluesky, ready to be read."""

    platform = "bluesky"
    lookup_batch = 25

    def __init__(self, session: Session, *, newest_search: bool = True) -> None:
        self._session = session
        self._newest_search = newest_search

    def close(self) -> None:
        """Close connections."""
        self._session.close()

    def streams(self, query: Query) -> Sequence[str]:  # noqa: ARG002 - always the same stream
        """Return the one stream, whichever search answers it."""
        return ["search"]

    def fetch(
        self,
        query: Query,
        stream: str,  # noqa: ARG002 - there is but one
        *,
        bookmark: str | None,
        resume: str | None,
    ) -> Iterator[Page]:
        """Read what the search finds; see `Collector`."""
        known = None if query.since else bookmark
        start = query.since or (_time(known) - OVERLAP if known else query.floor)
        place = _begin(query, known, resume)
        while place.tags:
            place, posts, cursor = self._search(place, start, query.budget)
            seen = [times[0] for post in posts if (times := times_of(post))]
            newest = max([*seen, *([place.newest] if place.newest else [])], default=None)
            place = self._below(replace(place, newest=newest), posts, cursor, start)
            if posts or (newest and not place.tags):
                yield Page(
                    payloads=[{"post": post} for post in posts],
                    bookmark=newest.isoformat() if newest and not place.tags else None,
                    resume=place.as_text() if place.tags else None,
                    reached_at=min(seen, default=None),
                )

    def _search(
        self, place: _Place, start: datetime, budget: Budget
    ) -> tuple[_Place, list[Any], str | None]:
        """Return one page of posts and its cursor, and the place as it was in fact asked for."""
        common = {"since": _stamp(start), "until": _stamp(place.until), "limit": str(PAGE)}
        if place.cursor:
            common["cursor"] = place.cursor
        if place.joint and self._newest_search:
            wanted = {"hashtags": list(place.tags), "sort": "recent", "allTime": "true"}
            answer = self._session.ask(f"{_SEARCH}V2", {**wanted, **common}, budget)
            if not _is_shut(answer):
                return place, *self._found(answer)
            self._newest_search = False
        if place.joint:
            place = replace(place, joint=False, top=place.until)
        wanted = {"q": f"#{place.tags[0]}", "tag": place.tags[0], "sort": "latest"}
        answer = self._session.ask(_SEARCH, {**wanted, **common}, budget)
        return place, *self._found(answer)

    def _found(self, answer: Answer) -> tuple[list[Any], str | None]:
        body = self._session.json_of(answer)
        posts, cursor = body.get("posts"), body.get("cursor")
        if not isinstance(posts, list) or not isinstance(cursor, str | None):
            raise MalformedError("bluesky: an answer without its list of posts")
        return posts, cursor

    def _below(
        self, place: _Place, posts: Sequence[Any], cursor: str | None, start: datetime
    ) -> _Place:
        """Return where to go on after a page: further down, with the next hashtag, or nowhere."""
        times = [known for post in posts if (known := times_of(post))]
        if posts and not times:
            raise MalformedError("bluesky: posts without their times")
        oldest = min((indexed for indexed, _ in times), default=None)
        ended = cursor is None and len(posts) < PAGE
        if ended or (oldest and oldest < start):
            return place.after_end()
        if oldest and oldest >= place.until:
            # Then the server does not sort by this time but by the claimed one.
            oldest = min(claimed for _, claimed in times)
        if oldest and _floor(oldest) + _TICK < place.until:
            return replace(place, until=_floor(oldest) + _TICK, cursor=None)
        if cursor and cursor != place.cursor and self._session.has_account:
            return replace(place, cursor=cursor)
        if oldest is None:
            return place.after_end()
        return _skip(place, oldest, full=len(posts) >= PAGE)

    def normalise(self, payload: Payload) -> Item:
        """Understand one post."""
        return item_of(payload)

    def lookup(self, known: Sequence[Known], budget: Budget) -> Lookup:
        """Ask about at most 25 posts; of one that is gone Bluesky says nothing at all."""
        uris = [uri for one in known if (uri := self._lasting(one.native_id, budget))]
        if not uris:
            return Lookup()
        answer = self._session.ask("app.bsky.feed.getPosts", {"uris": uris}, budget)
        posts, _ = self._found(answer)
        return Lookup(found=[{"post": post} for post in posts])

    def _lasting(self, uri: str, budget: Budget) -> str | None:
        """Return a post's name with its author's DID in place of a handle; None where none has it.

        What is stored has the DID; what a person pastes has the handle.
        """
        handle, _, rest = uri.removeprefix("at://").partition("/")
        if handle.startswith("did:"):
            return uri
        answer = self._session.ask(_HANDLE, {"handle": handle}, budget)
        if answer.status == 400:
            return None
        did = self._session.json_of(answer).get("did")
        if not isinstance(did, str):
            raise MalformedError("bluesky: a handle without its DID")
        return f"at://{did}/{rest}"


def _asked(tags: Sequence[str]) -> Asked:
    spellings = distinct(tags, str.casefold)
    # Bluesky ends a tag at a joiner: what stands before it is another word, and not ours.
    strings = [tag for tag in spellings if "\u200c" not in tag]
    how = f"one call for all; where only the older search answers, {len(strings)} calls"
    return Asked(strings=strings, left_out=len(spellings) - len(strings), how=how)


def _begin(query: Query, bookmark: str | None, resume: str | None) -> _Place:
    newest = _time(bookmark) if bookmark else None
    top = query.until or query.now
    if not resume:
        tags = tuple(_asked(query.tags).strings)
        return _Place(tags=tags, until=top, joint=True, top=top, newest=newest)
    old = json.loads(resume)
    seen = [moment for moment in (newest, old["newest"] and _time(old["newest"])) if moment]
    return _Place(
        tags=tuple(old["tags"]),
        until=_time(old["until"]),
        joint=old["joint"],
        top=_time(old["top"]),
        newest=max(seen, default=None),
    )


def _skip(place: _Place, oldest: datetime, *, full: bool) -> _Place:
    """Return the place below a page that holds one moment only and cannot be turned.

    Raises:
        MalformedError: there is none, as the server does not heed `until`.
    """
    if _floor(oldest) >= place.until:
        raise MalformedError("bluesky: the search does not page by time")
    if full:
        log.warning("posts.skipped", platform="bluesky", reason="too many at one moment")
    return replace(place, until=_floor(oldest), cursor=None)


def _is_shut(answer: Answer) -> bool:
    """Say whether a server does not offer the newer search, or not to us."""
    name, message = error_of(answer)
    if answer.status == 400:
        return "not enabled" in message
    return answer.status in (404, 501) and name in ("XRPCNotSupported", "MethodNotImplemented")


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)


def _floor(moment: datetime) -> datetime:
    """Return a moment in the milliseconds that the network counts."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
