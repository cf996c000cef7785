"""A stand-in for X's API v2: recent search, full-archive search and post look-up.

As on the real one: ids are time, an edit is a new post beside the old one, ids and times do not
go into one request, nothing found means no `data`, what is gone stands in `errors` beside a 200.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.platforms import pictures
from tests.platforms.world import World
from tests.platforms.x_objects import (
    EXPANSIONS,
    MEDIA_FIELDS,
    POST_FIELDS,
    USER_FIELDS,
    Version,
    media_of,
    post_of,
    time_of,
    user_of,
    versions,
)

TOKEN = "stand-in-token"
REACH = timedelta(days=7)

_COMMON = {
    "expansions",
    "media.fields",
    "place.fields",
    "poll.fields",
    "tweet.fields",
    "user.fields",
}
_SEARCH = _COMMON | {
    *("end_time", "max_results", "next_token", "query", "since_id", "sort_order", "start_time"),
    "until_id",
}
_VALUES = {
    "expansions": EXPANSIONS,
    "media.fields": MEDIA_FIELDS,
    "tweet.fields": POST_FIELDS,
    "user.fields": USER_FIELDS,
}
_QUERY = re.compile(r"\(#\w+(?: OR #\w+)*\)(?: -is:(?:nullcast|retweet))*")
_MIXED = "Invalid use of 'since_id' or 'until_id' in conjunction with 'start_time' or 'end_time'"
_LIMITS = {"x-rate-limit-limit": "450", "x-rate-limit-remaining": "449"}


class _RefusedError(Exception):
    def __init__(self, parameter: str, value: str, message: str) -> None:
        super().__init__(message)
        self.body = {
            "errors": [{"parameters": {parameter: [value]}, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": "https://api.x.com/2/problems/invalid-request",
        }


def app(world: World, base_url: str) -> Starlette:
    """Return the server; it tells what stands on "x" in the world."""
    server = _Server(world, base_url)
    routes = [
        Route("/2/tweets/search/recent", server.recent),
        Route("/2/tweets/search/all", server.archive),
        Route("/2/tweets", server.lookup),
    ]
    return Starlette(routes=[*routes, *pictures.routes(world, "x")])


class _Server:
    def __init__(self, world: World, base_url: str) -> None:
        self.world, self.base_url = world, base_url

    def _published(self) -> list[Version]:
        every = [version for post in self.world.posts("x") for version in versions(post)]
        return sorted(every, key=lambda version: version.id, reverse=True)

    async def recent(self, request: Request) -> JSONResponse:
        return self._guarded(request, _SEARCH, lambda given: self._search(given, 100, 512, True))

    async def archive(self, request: Request) -> JSONResponse:
        return self._guarded(request, _SEARCH, lambda given: self._search(given, 500, 1024, False))

    async def lookup(self, request: Request) -> JSONResponse:
        return self._guarded(request, _COMMON | {"ids"}, self._lookup)

    def _guarded(self, request: Request, known: set[str], answer: Any) -> JSONResponse:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            refused = {"title": "Unauthorized", "type": "about:blank", "detail": "Unauthorized"}
            return JSONResponse({**refused, "status": 401}, 401)
        reset = str(int((datetime.now(UTC) + timedelta(minutes=15)).timestamp()))
        headers = {**_LIMITS, "x-rate-limit-reset": reset}
        given = dict(request.query_params)
        try:
            _check_values(request, known)
            return JSONResponse(answer(given), headers=headers)
        except _RefusedError as error:
            return JSONResponse(error.body, 400, headers=headers)

    def _search(self, given: dict[str, str], most: int, longest: int, recent: bool) -> Any:
        wanted = _tags_of(given.get("query", ""), longest)
        size = _number(given, "max_results", 10)
        if not 10 <= size <= most:
            message = (
                f"The `max_results` query parameter value [{size}] is not between 10 and {most}"
            )
            raise _RefusedError("max_results", str(size), message)
        published = self._published()
        above, below = _bounds(given, self._now(published) if recent else None)
        matches = [
            version
            for version in published
            if above < version.id < below and wanted & tags_in(version.text)
        ]
        below = _position(given.get("next_token")) or below
        rest = [version for version in matches if version.id < below]
        shown = rest[:size]
        meta: dict[str, Any] = {"result_count": len(shown)}
        if shown:
            meta = {"newest_id": str(shown[0].id), "oldest_id": str(shown[-1].id), **meta}
        if len(rest) > size:
            meta["next_token"] = base64.urlsafe_b64encode(str(shown[-1].id).encode()).decode()
        return {**self._answer(shown, given), "meta": meta}

    def _now(self, published: Iterable[Version]) -> datetime:
        # The world's clock, not the machine's: a test may set it to any day.
        return max([self.world.start, *(time_of(version.id) for version in published)])

    def _lookup(self, given: dict[str, str]) -> Any:
        ids = given.get("ids", "").split(",")
        if not 1 <= len(ids) <= 100 or not all(re.fullmatch(r"[0-9]{1,19}", one) for one in ids):
            message = "The `ids` query parameter value is not between 1 and 100 valid ids"
            raise _RefusedError("ids", given.get("ids", ""), message)
        published = {str(version.id): version for version in self._published()}
        errors = [_not_found(one) for one in ids if one not in published]
        answer = self._answer([published[one] for one in ids if one in published], given)
        return {**answer, "errors": errors} if errors else answer

    def _answer(self, shown: list[Version], given: dict[str, str]) -> dict[str, Any]:
        if not shown:
            return {}
        fields = {name: set(given.get(name, "").split(",")) for name in _VALUES}
        people = {
            one.person.handle: one.person for version in shown for one in [version.post.story]
        }
        media = [one for version in shown for one in media_of(version, self.base_url)]
        includes: dict[str, Any] = {}
        if "author_id" in fields["expansions"]:
            users = [user_of(person, self.base_url) for person in people.values()]
            includes["users"] = [_only(user, fields["user.fields"]) for user in users]
        if "attachments.media_keys" in fields["expansions"] and media:
            unique = {one["media_key"]: one for one in media}.values()
            includes["media"] = [_only(one, fields["media.fields"]) for one in unique]
        data = [_only(post_of(version), fields["tweet.fields"]) for version in shown]
        return {"data": data, **({"includes": includes} if includes else {})}


_DEFAULT = {"edit_history_tweet_ids", "id", "media_key", "name", "text", "type", "username"}


def _only(thing: dict[str, Any], fields: set[str]) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if name in fields | _DEFAULT}


def _check_values(request: Request, known: set[str]) -> None:
    for name, value in request.query_params.multi_items():
        if name not in known:
            message = f"The query parameter [{name}] is not one of [{','.join(sorted(known))}]"
            raise _RefusedError(name, value, message)
        allowed = _VALUES.get(name)
        for one in value.split(",") if allowed else ():
            if allowed and one not in allowed:
                message = f"The `{name}` query parameter value [{one}] is not one of [...]"
                raise _RefusedError(name, one, message)
    if request.query_params.get("sort_order", "recency") != "recency":
        raise _RefusedError("sort_order", "", "this stand-in sorts by recency only")


def _bounds(given: dict[str, str], now: datetime | None) -> tuple[int, int]:
    """Return the ids between which to search; with `now`, they must be of the last seven days."""
    ids = {name for name in ("since_id", "until_id") if name in given}
    times = {name for name in ("start_time", "end_time") if name in given}
    if ids and times:
        raise _RefusedError(min(ids), given[min(ids)], f"{_MIXED}.")
    if times:
        raise _RefusedError(min(times), "", "this stand-in searches between ids only")
    above, below = _number(given, "since_id", 0), _number(given, "until_id", 1 << 63)
    for name, number in (("since_id", above), ("until_id", below)):
        if now and name in ids and time_of(number) < now - REACH:
            first = f"{now - REACH:%Y-%m-%dT%H:%MZ}"
            message = f"'{name}' must be a tweet id created after {first}."
            raise _RefusedError(name, given[name], message)
    if above >= below:
        raise _RefusedError("since_id", given["since_id"], "'since_id' must be below 'until_id'")
    return above, below


def _number(given: dict[str, str], name: str, default: int) -> int:
    value = given.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,19}", value):
        message = f"The `{name}` query parameter value [{value}] is not valid"
        raise _RefusedError(name, value, message)
    return int(value)


def _position(token: str | None) -> int | None:
    try:
        return int(base64.urlsafe_b64decode(token)) if token else None
    except (ValueError, binascii.Error):
        message = "The `next_token` query parameter value is not valid"
        raise _RefusedError("next_token", token or "", message) from None


def _tags_of(query: str, longest: int) -> set[str]:
    if not 1 <= len(query) <= longest:
        message = f"The `query` query parameter value is not between 1 and {longest} characters"
        raise _RefusedError("query", query, message)
    if not _QUERY.fullmatch(query):
        message = "There were errors processing your request: this stand-in reads tags alone"
        raise _RefusedError("query", query, message)
    return tags_in(query.replace(")", " "))


def tags_in(text: str) -> set[str]:
    """Return the hashtags of a text as X's search compares them: without case and diacritics."""
    plain = unicodedata.normalize("NFD", text)
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()
    return set(re.findall(r"(?<!\w)[#＃](\w+)", bare))


def _not_found(post_id: str) -> dict[str, str]:
    return {
        "value": post_id,
        "detail": f"Could not find tweet with ids: [{post_id}].",
        "title": "Not Found Error",
        "resource_type": "tweet",
        "parameter": "ids",
        "resource_id": post_id,
        "type": "https://api.x.com/2/problems/resource-not-found",
    }
