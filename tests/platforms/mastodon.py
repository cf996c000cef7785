"""A stand-in for one Mastodon server: the calls of its API that our collector makes.

As on the real one: ids grow with time, `any[]` is limited, the `Link` header forgets it, a page of
`min_id` is the oldest above it but shown newest first, unknown parameters are ignored.
"""

import html
import math
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.platforms import pictures
from tests.platforms.world import Person, Picture, Post, World

TOKEN = "stand-in-token"
LIMIT, MAX_LIMIT, MAX_IDS, TAGS_PER_MODE = 20, 40, 20, 4
PREVIEW = 230_400
"""Most pixels of the small version of a picture (app/models/media_attachment.rb)."""

_WORD = re.compile(
    r"(?<!\S)(?P<tag>[#＃][\w·\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670]+)"
    r"|(?<!\S)@(?P<user>\w+)(?:@[\w.:-]+)?"
    r"|(?P<link>https?://[^\s<>\"]+)"
)
# People choose from a list of ISO codes, and write Darija under "Arabic".
_LANGUAGES = {"ary": "ar", "ary-Latn": "ar", "ber-Latn": None}
_REFUSED = JSONResponse({"error": "The access token is invalid"}, 401)
_NOT_FOUND = JSONResponse({"error": "Record not found"}, 404)


def app(world: World, base_url: str) -> Starlette:
    """Return the server; it tells what stands on "mastodon" in the world."""
    server = _Server(world, base_url)
    routes = [
        Route("/api/v2/instance", server.instance),
        Route("/api/v1/timelines/tag/{hashtag}", server.timeline),
        Route("/api/v1/statuses", server.statuses),
        Route("/api/v1/statuses/{id}", server.status),
    ]
    return Starlette(routes=[*routes, *pictures.routes(world, "mastodon")])


class _Server:
    def __init__(self, world: World, base_url: str) -> None:
        self.world, self.base_url = world, base_url

    def _published(self) -> dict[int, Post]:
        return {snowflake(post): post for post in self.world.posts("mastodon")}

    async def instance(self, request: Request) -> JSONResponse:
        feeds = {"local": "public", "remote": "public"}
        access = {"live_feeds": feeds, "hashtag_feeds": feeds, "trending_link_feeds": feeds}
        return _answer(
            {
                "domain": self.base_url.split("//")[1],
                "title": "Stand-in",
                "version": "4.5.0",
                "source_url": "https://github.com/mastodon/mastodon",
                "languages": ["ar", "fr"],
                "configuration": {"timelines_access": access, "translation": {"enabled": False}},
            }
        )

    async def timeline(self, request: Request) -> JSONResponse:
        if not _is_allowed(request):
            return _REFUSED
        names = [request.path_params["hashtag"], *request.query_params.getlist("any[]")]
        wanted = {normal(name) for name in names[:TAGS_PER_MODE]}
        posts = {
            number: post
            for number, post in self._published().items()
            if wanted & {normal(tag) for tag in tags_in(post.text)}
        }
        shown = _page(sorted(posts, reverse=True), request)
        statuses = [status_of(posts[number], self.base_url) for number in shown]
        return _answer(statuses, self._links(request, shown))

    def _links(self, request: Request, shown: list[int]) -> dict[str, str]:
        if not shown:
            return {}
        address = f"{self.base_url}{quote(request.url.path)}"
        kept = {name: value for name, value in request.query_params.items() if name == "limit"}
        older = f"{address}?{urlencode({**kept, 'max_id': shown[-1]})}"
        newer = f"{address}?{urlencode({**kept, 'min_id': shown[0]})}"
        return {"link": f'<{older}>; rel="next", <{newer}>; rel="prev"'}

    async def statuses(self, request: Request) -> JSONResponse:
        if not _is_allowed(request):
            return _REFUSED
        ids = request.query_params.getlist("id[]")
        if len(set(ids)) > MAX_IDS:
            return JSONResponse({"error": "Validation failed"}, 422)
        posts = self._published()
        return _answer(
            [
                status_of(posts[int(each)], self.base_url)
                for each in dict.fromkeys(ids)
                if each.isdigit() and int(each) in posts
            ]
        )

    async def status(self, request: Request) -> JSONResponse:
        if not _is_allowed(request):
            return _REFUSED
        each = request.path_params["id"]
        post = self._published().get(int(each)) if each.isdigit() else None
        return _answer(status_of(post, self.base_url)) if post else _NOT_FOUND


def _is_allowed(request: Request) -> bool:
    given = request.headers.get("authorization")
    return given is None or given == f"Bearer {TOKEN}"


def _answer(body: Any, headers: dict[str, str] | None = None) -> JSONResponse:
    now = datetime.now(UTC)
    reset = now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)
    limits = {
        "x-ratelimit-limit": "300",
        "x-ratelimit-remaining": "299",
        "x-ratelimit-reset": reset.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    return JSONResponse(body, headers={**limits, **(headers or {})})


def _page(numbers: list[int], request: Request) -> list[int]:
    """Return the ids of one page out of all, both newest first."""
    given = request.query_params
    limit = min(_number(given.get("limit"), LIMIT), MAX_LIMIT)
    below, above = _number(given.get("max_id"), 1 << 63), _number(given.get("since_id"), 0)
    if given.get("min_id"):
        above = _number(given["min_id"], 0)
        return [number for number in numbers if above < number < below][-limit:]
    return [number for number in numbers if above < number < below][:limit]


def _number(value: str | None, default: int) -> int:
    return int(value) if value and value.isdigit() else default


def snowflake(post: Post) -> int:
    """Return a post's id: milliseconds since 1970, then sixteen bits of a sequence."""
    return (int(post.published_at.timestamp() * 1000) << 16) + post.number % 65536


def normal(tag: str) -> str:
    """Return a hashtag as Mastodon compares it: short vowels and tatweel count."""
    return unicodedata.normalize("NFKC", tag).lower().lstrip("#")


def tags_in(text: str) -> list[str]:
    """Return the hashtags of a text, without their mark."""
    return [match["tag"][1:] for match in _WORD.finditer(text) if match["tag"]]


def content_of(text: str, base_url: str) -> str:
    """Return a text as the HTML that Mastodon makes of it."""

    def mark(match: re.Match[str]) -> str:
        words = html.escape(match[0], quote=False)
        if match["tag"]:
            href, name = f"{base_url}/tags/{quote(normal(match['tag']))}", words[1:]
            return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{name}</span></a>'
        if match["user"]:
            link = f'<a href="{base_url}/@{match["user"]}" class="u-url mention">'
            return f'<span class="h-card">{link}@<span>{match["user"]}</span></a></span>'
        scheme, rest = words.split("//", 1)
        shown = f'<span class="invisible">{scheme}//</span><span>{rest}</span>'
        return f'<a href="{html.escape(match[0])}" rel="nofollow noopener">{shown}</a>'

    out, end = [], 0
    for match in _WORD.finditer(text):
        out += [html.escape(text[end : match.start()], quote=False), mark(match)]
        end = match.end()
    whole = "".join(out) + html.escape(text[end:], quote=False)
    paragraphs = [part.replace("\n", "<br />") for part in re.split(r"\n{2,}", whole)]
    return "".join(f"<p>{part}</p>" for part in paragraphs)


def status_of(post: Post, base_url: str) -> dict[str, Any]:
    """Return a post as a Status entity."""
    story, number = post.story, str(snowflake(post))
    handle = story.person.handle
    # Here an article is linked by writing its address, as people do.
    linked = f"{post.text}\n\n{story.link}" if story.link else post.text
    return {
        "id": number,
        "created_at": _time(post.published_at),
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "sensitive": story.sensitive or bool(story.warning),
        "spoiler_text": story.warning or "",
        "visibility": "public",
        "language": _LANGUAGES.get(story.language, story.language),
        "uri": f"{base_url}/users/{handle}/statuses/{number}",
        "url": f"{base_url}/@{handle}/{number}",
        "replies_count": post.number % 3,
        "reblogs_count": post.number % 5,
        "favourites_count": post.number % 11,
        "quotes_count": 0,
        "edited_at": _time(post.edited_at) if post.edited_at else None,
        "content": content_of(linked, base_url),
        "reblog": None,
        "application": {"name": "Web", "website": None},
        "account": _account(story.person, base_url),
        "media_attachments": [_media(picture, base_url) for picture in story.pictures],
        "mentions": [],
        "tags": [
            {"name": name, "url": f"{base_url}/tags/{quote(name)}"}
            for name in dict.fromkeys(normal(tag) for tag in tags_in(post.text))
        ],
        "emojis": [],
        "card": None,
        "poll": None,
        "quote": None,
    }


def _account(person: Person, base_url: str) -> dict[str, Any]:
    avatar = pictures.avatar_address(base_url, person, "png")
    return {
        "id": str(int.from_bytes(person.handle.encode()[:7])),
        "username": person.handle,
        "acct": person.handle,
        "display_name": person.name,
        "locked": False,
        "bot": person.bot,
        "discoverable": True,
        "indexable": person.indexable,
        "noindex": False,
        "group": False,
        "created_at": "2022-11-05T00:00:00.000Z",
        "note": f"<p>{html.escape(person.place)}</p>",
        "url": f"{base_url}/@{person.handle}",
        "uri": f"{base_url}/users/{person.handle}",
        "avatar": avatar,
        "avatar_static": avatar,
        "followers_count": 12,
        "following_count": 34,
        "statuses_count": 56,
        "last_status_at": "2026-11-01",
        "hide_collections": False,
        "emojis": [],
        "fields": [],
        "roles": [],
    }


def _media(picture: Picture, base_url: str) -> dict[str, Any]:
    url = pictures.address(base_url, picture, "jpg")
    if picture.kind == "video":
        url = f"{base_url}/media/{picture.name}.mp4"
    small = _small(picture)
    original: dict[str, Any] = {"width": picture.width, "height": picture.height}
    if picture.duration is not None:
        original |= {"duration": picture.duration, "bitrate": 862_056}
    return {
        "id": str(int.from_bytes(picture.name.encode()[:7])),
        "type": picture.kind,
        "url": url,
        "preview_url": pictures.address(base_url, small, "jpg"),
        "remote_url": None,
        "meta": {
            "original": original,
            "small": {"width": small.width, "height": small.height},
        },
        "description": picture.alt,
        "blurhash": None,
    }


def _small(picture: Picture) -> Picture:
    """Return a picture as its preview: no more than `PREVIEW` pixels, in the same shape."""
    scale = min(1.0, math.sqrt(PREVIEW / (picture.width * picture.height)))
    width, height = round(picture.width * scale), round(picture.height * scale)
    return replace(picture, width=width, height=height)


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
