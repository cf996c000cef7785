"""A stand-in for Bluesky: the calls of its AppView, and of an account's own server, that we make.

As on the real one: the newer search is curated and looks at recent posts only unless asked not to,
the older one finds posts that have all the hashtags, the public may not turn pages by cursor,
places in texts are bytes of UTF-8, unknown parameters are ignored, and a deleted post is merely
missing from an answer.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.platforms import pictures
from tests.platforms.world import Person, Picture, Post, World

HANDLE = "wall.bsky.social"
APP_PASSWORD = "stan-dinx-pass-word"
RECENT = timedelta(days=7)
DELAY = timedelta(milliseconds=1200)
"""Between a post's own time and its arrival in the index."""
LIMIT, MAX_LIMIT, MAX_URIS = 25, 100, 25

_MARKED = re.compile(
    r"(?<!\S)(?P<tag>[#＃][\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670]+)"
    r"|(?<!\S)(?P<mention>@[\w.-]+\w)|(?P<link>https?://[^\s<>\"]+)"
)
_BASE32 = "234567abcdefghijklmnopqrstuvwxyz"


def app(world: World, base_url: str) -> Starlette:
    """Return the server; it tells what stands on "bluesky" in the world."""
    server = _Server(world, base_url)
    calls: dict[str, Callable[[Request], Any]] = {
        "app.bsky.feed.searchPostsV2": server.search_v2,
        "app.bsky.feed.searchPosts": server.search,
        "app.bsky.feed.getPosts": server.posts,
        "com.atproto.identity.resolveHandle": server.handle,
    }
    routes = [Route(f"/xrpc/{name}", call) for name, call in calls.items()]
    logins = {"createSession": server.log_in, "refreshSession": server.renew}
    routes += [
        Route(f"/xrpc/com.atproto.server.{name}", call, methods=["POST"])
        for name, call in logins.items()
    ]
    return Starlette(routes=[*routes, *pictures.routes(world, "bluesky")])


def refused(status: int, error: str, message: str = "") -> JSONResponse:
    """Return an XRPC error."""
    return JSONResponse({"error": error, "message": message or error}, status)


class _Server:
    def __init__(self, world: World, base_url: str) -> None:
        self.world, self.base_url = world, base_url
        self.session = 0

    async def log_in(self, request: Request) -> JSONResponse:
        given = await request.json()
        if (given.get("identifier"), given.get("password")) != (HANDLE, APP_PASSWORD):
            return refused(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._new_session()

    async def renew(self, request: Request) -> JSONResponse:
        if request.headers.get("authorization") != f"Bearer refresh-{self.session}":
            return refused(400, "ExpiredToken", "Token has been revoked")
        return self._new_session()

    def _new_session(self) -> JSONResponse:
        self.session += 1
        did = did_of(HANDLE)
        service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer"}
        return JSONResponse(
            {
                "did": did,
                "handle": HANDLE,
                "accessJwt": f"access-{self.session}",
                "refreshJwt": f"refresh-{self.session}",
                "active": True,
                "didDoc": {"id": did, "service": [service | {"serviceEndpoint": self.base_url}]},
            }
        )

    def _refusal(self, request: Request) -> JSONResponse | None:
        given = request.headers.get("authorization")
        if given is None and "cursor" in request.query_params:
            return refused(403, "Forbidden", "Request forbidden by administrative rules.")
        if given is None or given == f"Bearer access-{self.session}":
            return None
        return refused(400, "ExpiredToken", "Token has expired")

    async def search_v2(self, request: Request) -> JSONResponse:
        given = request.query_params
        wanted = {tag.lower() for tag in given.getlist("hashtags")}
        if not wanted:
            return refused(400, "InvalidRequest", "A query or at least one filter is required")
        found = [post for post in self.world.posts("bluesky") if wanted & _tags(post)]
        if given.get("allTime") != "true":
            found = [post for post in found if indexed_at(post) > datetime.now(UTC) - RECENT]
        if given.get("sort", "top") != "recent":
            found = [post for post in found if not post.story.labels]
            found.sort(key=lambda post: post.number % 13)
        return self._page(request, found, indexed_at)

    async def search(self, request: Request) -> JSONResponse:
        given = request.query_params
        if not given.get("q"):
            return refused(400, "InvalidRequest", 'Params must have the property "q"')
        words = {word.lstrip("#").lower() for word in given["q"].split()}
        wanted = words | {tag.lower() for tag in given.getlist("tag")}
        found = [post for post in self.world.posts("bluesky") if wanted <= _tags(post)]
        return self._page(request, found, lambda post: post.published_at)

    def _page(
        self, request: Request, posts: list[Post], moment: Callable[[Post], datetime]
    ) -> JSONResponse:
        given = request.query_params
        limit, first = int(given.get("limit", LIMIT)), int(given.get("cursor", 0))
        if not 1 <= limit <= MAX_LIMIT:
            return refused(400, "InvalidRequest", f"limit can not be greater than {MAX_LIMIT}")
        if refusal := self._refusal(request):
            return refusal
        since, until = _bound(given.get("since")), _bound(given.get("until"))
        found = [
            post
            for post in posts
            if (since is None or since <= moment(post)) and (until is None or moment(post) < until)
        ]
        body: dict[str, Any] = {
            "posts": [view_of(post, self.base_url) for post in found[first : first + limit]],
            "hitsTotal": len(found),
        }
        if len(found) > first + limit:
            body["cursor"] = str(first + limit)
        return _answer(body)

    async def posts(self, request: Request) -> JSONResponse:
        uris = request.query_params.getlist("uris")
        if not uris or len(uris) > MAX_URIS:
            message = f"uris must have between 1 and {MAX_URIS} elements"
            return refused(400, "InvalidRequest", message)
        if refusal := self._refusal(request):
            return refusal
        known = {uri_of(post): post for post in self.world.posts("bluesky")}
        views = [view_of(known[uri], self.base_url) for uri in uris if uri in known]
        return _answer({"posts": views})

    async def handle(self, request: Request) -> JSONResponse:
        asked = request.query_params.get("handle", "")
        for post in self.world.posts("bluesky"):
            if asked == f"{post.story.person.handle}.bsky.social":
                return _answer({"did": did_of(post.story.person.handle)})
        return refused(400, "InvalidRequest", "Unable to resolve handle")


def _answer(body: dict[str, Any]) -> JSONResponse:
    reset = datetime.now(UTC) + timedelta(minutes=5)
    limits = {
        "ratelimit-limit": "3000",
        "ratelimit-remaining": "2999",
        "ratelimit-reset": str(int(reset.timestamp())),
        "ratelimit-policy": "3000;w=300",
    }
    return JSONResponse(body, headers=limits)


def _bound(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def indexed_at(post: Post) -> datetime:
    """Return when the network first saw a post."""
    return post.published_at + DELAY


def _letters(text: str, length: int) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()[:length]


def did_of(handle: str) -> str:
    """Return an account's lasting name."""
    return f"did:plc:{_letters(handle, 24)}"


def uri_of(post: Post) -> str:
    """Return a post's lasting name; its key is a TID: microseconds, then a clock's number."""
    number = int(post.published_at.timestamp() * 1_000_000) << 10 | post.number % 1024
    key = "".join(_BASE32[number >> shift & 31] for shift in range(60, -1, -5))
    return f"at://{did_of(post.story.person.handle)}/app.bsky.feed.post/{key}"


def cid_of(post: Post) -> str:
    """Return the name of a post's version."""
    return f"bafyrei{_letters(uri_of(post) + post.text, 52)}"


def _facets(text: str) -> list[dict[str, Any]]:
    out = []
    for match in _MARKED.finditer(text):
        start = len(text[: match.start()].encode())
        kind, words = match.lastgroup or "", match[0]
        value = {
            "tag": ("tag", words[1:]),
            "mention": ("did", did_of(words[1:])),
            "link": ("uri", words),
        }[kind]
        feature = {"$type": f"app.bsky.richtext.facet#{kind}", value[0]: value[1]}
        index = {"byteStart": start, "byteEnd": start + len(words.encode())}
        out.append({"index": index, "features": [feature]})
    return out


def _tags(post: Post) -> set[str]:
    return {match["tag"][1:].lower() for match in _MARKED.finditer(post.text) if match["tag"]}


def view_of(post: Post, base_url: str) -> dict[str, Any]:
    """Return a post as app.bsky.feed.defs#postView."""
    story, uri = post.story, uri_of(post)
    labels = [*story.labels, *(["!warn"] if story.sensitive else [])]
    record: dict[str, Any] = {
        "$type": "app.bsky.feed.post",
        "createdAt": _time(post.published_at),
        "langs": [story.language.split("-")[0]],
        "text": post.text,
    }
    if facets := _facets(post.text):
        record["facets"] = facets
    view: dict[str, Any] = {
        "uri": uri,
        "cid": cid_of(post),
        "author": _author(story.person, base_url),
        "record": record,
        "bookmarkCount": 0,
        "replyCount": post.number % 3,
        "repostCount": post.number % 5,
        "likeCount": post.number % 11,
        "quoteCount": 0,
        "indexedAt": _time(indexed_at(post)),
        "labels": [_label(value, uri, post.published_at) for value in labels],
    }
    if embed := _embed(post, base_url):
        view["embed"] = embed
    return view


def _label(value: str, uri: str, moment: datetime) -> dict[str, Any]:
    return {"src": did_of("moderation"), "uri": uri, "val": value, "cts": _time(moment)}


def _author(person: Person, base_url: str) -> dict[str, Any]:
    did, since = did_of(person.handle), datetime(2024, 2, 6, tzinfo=UTC)
    profile = f"at://{did}/app.bsky.actor.profile/self"
    shy = {**_label("!no-unauthenticated", profile, since), "src": did}
    return {
        "did": did,
        "handle": f"{person.handle}.bsky.social",
        "displayName": person.name,
        "avatar": pictures.avatar_address(base_url, person, "webp"),
        "labels": [] if person.indexable else [shy],
        "createdAt": _time(since),
    }


def _embed(post: Post, base_url: str) -> dict[str, Any] | None:
    pictures = post.story.pictures
    if pictures and pictures[0].kind == "video":
        return {"$type": "app.bsky.embed.video#view", **_video(pictures[0], base_url)}
    if pictures:
        images = [_image(picture, base_url) for picture in pictures]
        return {"$type": "app.bsky.embed.images#view", "images": images}
    if post.story.link:
        external = {"uri": post.story.link, "title": post.story.title or "", "description": ""}
        return {"$type": "app.bsky.embed.external#view", "external": external}
    return None


def _image(picture: Picture, base_url: str) -> dict[str, Any]:
    url = pictures.address(base_url, picture, "webp")
    ratio = {"width": picture.width, "height": picture.height}
    return {"thumb": url, "fullsize": url, "alt": picture.alt or "", "aspectRatio": ratio}


def _video(picture: Picture, base_url: str) -> dict[str, Any]:
    return {
        "cid": f"bafkrei{_letters(picture.name, 52)}",
        "playlist": f"{base_url}/media/{picture.name}.m3u8",
        "thumbnail": pictures.address(base_url, picture, "jpg"),
        "alt": picture.alt or "",
        "aspectRatio": {"width": picture.width, "height": picture.height},
    }


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
