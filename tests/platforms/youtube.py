"""A stand-in for the YouTube Data API v3: `search.list` and `videos.list`.

As on the real one: search matches words, not hashtags, and more than was meant; its snippets are
cut and HTML-escaped; a total is a guess; what is gone is only missing from the items; `fields`
leaves out whatever it does not name.
"""

import base64
import binascii
import hashlib
import html
import re
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.platforms import pictures
from tests.platforms.world import Picture, Post, World
from tests.platforms.youtube_fields import chosen_of, tree_of

KEY = "stand-in-key"

_COMMON = {"alt", "fields", "key", "part", "prettyPrint", "quotaUser"}
_SEARCH = _COMMON | {
    *("channelId", "maxResults", "order", "pageToken", "publishedAfter", "publishedBefore", "q"),
    *("regionCode", "relevanceLanguage", "safeSearch", "type", "videoEmbeddable"),
}
_VIDEOS = _COMMON | {"hl", "id", "maxHeight", "maxWidth", "regionCode"}
_CHOICES = {
    "order": {"date"},
    "safeSearch": {"none", "moderate", "strict"},
    "type": {"video"},
    "alt": {"json"},
}
_PARTS = {"snippet", "contentDetails", "statistics", "status"}
_SIZES = {"default": (120, 90), "medium": (320, 180), "high": (480, 360), "maxres": (1280, 720)}
# Darija and Amazigh are not among the languages that people may choose for their video.
_LANGUAGES = {"ary": "ar", "ary-Latn": None, "zgh": None, "ber-Latn": None}


class _RefusedError(Exception):
    def __init__(self, status: int, reason: str, message: str, name: str = "") -> None:
        super().__init__(message)
        self.status = status
        named = {"message": message, "domain": "global", "reason": reason}
        self.body: dict[str, Any] = {
            "error": {"code": status, "message": message, "errors": [named]}
        }
        if name:
            detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": name}
            service = {"service": "youtube.googleapis.com"}
            self.body["error"]["details"] = [
                {**detail, "domain": "googleapis.com", "metadata": service}
            ]


def app(world: World, base_url: str) -> Starlette:
    """Return the server; it tells what stands on "youtube" in the world."""
    server = _Server(world, base_url)
    routes = [
        Route("/youtube/v3/search", server.search),
        Route("/youtube/v3/videos", server.videos),
        *pictures.routes(world, "youtube"),
    ]
    return Starlette(routes=routes)


class _Server:
    def __init__(self, world: World, base_url: str) -> None:
        self.world, self.base_url = world, base_url

    async def search(self, request: Request) -> JSONResponse:
        return self._guarded(request, _SEARCH, self._search)

    async def videos(self, request: Request) -> JSONResponse:
        return self._guarded(request, _VIDEOS, self._videos)

    def _guarded(self, request: Request, known: set[str], answer: Any) -> JSONResponse:
        try:
            _check(request, known)
            whole = answer(request)
            tree = tree_of(request.query_params.get("fields", ""))
            return JSONResponse(chosen_of(whole, tree))
        except _RefusedError as error:
            return JSONResponse(error.body, error.status)

    def _search(self, request: Request) -> dict[str, Any]:
        given = request.query_params
        if given.getlist("part") != ["snippet"]:
            raise _RefusedError(400, "unknownPart", f"'{given.get('part')}'")
        size, first = _size(given.get("maxResults", "5")), _offset(given.get("pageToken"))
        after, before = _time(given.get("publishedAfter")), _time(given.get("publishedBefore"))
        posts = [
            post
            for post in self.world.posts("youtube")
            if (after is None or after <= post.published_at)
            and (before is None or post.published_at <= before)
            and _matches(given.get("q", ""), post)
        ]
        shown = posts[first : first + size]
        answer: dict[str, Any] = {
            "kind": "youtube#searchListResponse",
            "etag": _etag(str(given)),
            "regionCode": "MA",
            "pageInfo": {"totalResults": len(posts) * 17, "resultsPerPage": size},
            "items": [self._result(post) for post in shown],
        }
        if first:
            answer["prevPageToken"] = _token(max(0, first - size))
        if first + size < len(posts):
            answer["nextPageToken"] = _token(first + size)
        return answer

    def _result(self, post: Post) -> dict[str, Any]:
        snippet = self._snippet(post)
        kept = ("publishedAt", "channelId", "channelTitle", "thumbnails", "liveBroadcastContent")
        return {
            "kind": "youtube#searchResult",
            "etag": _etag(f"result {post.number}"),
            "id": {"kind": "youtube#video", "videoId": video_id(post)},
            "snippet": {
                **{name: snippet[name] for name in kept},
                "title": html.escape(snippet["title"]),
                "description": html.escape(f"{snippet['description'][:150]}..."),
            },
        }

    def _videos(self, request: Request) -> dict[str, Any]:
        given = request.query_params
        ids = [one for value in given.getlist("id") for one in value.split(",")]
        if not 1 <= len(ids) <= 50:
            message = "The request specifies an invalid filter parameter."
            raise _RefusedError(400, "invalidFilters", message)
        parts = {one for value in given.getlist("part") for one in value.split(",")}
        if not parts <= _PARTS or not parts:
            raise _RefusedError(400, "unknownPart", ",".join(sorted(parts - _PARTS)))
        published = {video_id(post): post for post in self.world.posts("youtube")}
        items = [self._video(published[one], parts) for one in ids if one in published]
        return {
            "kind": "youtube#videoListResponse",
            "etag": _etag(str(ids)),
            "items": items,
            "pageInfo": {"totalResults": len(items), "resultsPerPage": len(items)},
        }

    def _video(self, post: Post, parts: set[str]) -> dict[str, Any]:
        every = {
            "snippet": self._snippet(post),
            "contentDetails": _details(post),
            "statistics": _statistics(post),
            "status": {
                "uploadStatus": "processed",
                "privacyStatus": "public",
                "license": "youtube",
                "embeddable": True,
                "publicStatsViewable": True,
                "madeForKids": False,
                "containsSyntheticMedia": False,
            },
        }
        return {
            "kind": "youtube#video",
            "etag": _etag(f"{post.number} {post.text}"),
            "id": video_id(post),
            **{part: value for part, value in every.items() if part in parts},
        }

    def _snippet(self, post: Post) -> dict[str, Any]:
        story = post.story
        title = story.title or story.text[:80]
        name = story.pictures[0].name if story.pictures else "medina_street"
        snippet = {
            "publishedAt": f"{post.published_at:%Y-%m-%dT%H:%M:%SZ}",
            "channelId": f"UC{_hash(story.person.handle, 22)}",
            "title": title,
            "description": post.text,
            "thumbnails": self._thumbnails(name),
            "channelTitle": story.person.name,
            "tags": ["Maroc", *([story.person.place] if story.person.place else [])],
            "categoryId": "22",
            "liveBroadcastContent": "none",
            "localized": {"title": title, "description": post.text},
        }
        language = _LANGUAGES.get(story.language, story.language)
        return {**snippet, **({"defaultAudioLanguage": language} if language else {})}

    def _thumbnails(self, name: str) -> dict[str, Any]:
        thumbnails = {}
        for size, (width, height) in _SIZES.items():
            still = Picture(name=name, width=width, height=height)
            url = pictures.address(self.base_url, still, "jpg")
            thumbnails[size] = {"url": url, "width": width, "height": height}
        return thumbnails


def video_id(post: Post) -> str:
    """Return a video's id, the same in every world."""
    return _hash(f"video {post.number} {post.story.key}", 11)


def _hash(words: str, length: int) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(words.encode()).digest()).decode()[:length]


def _etag(words: str) -> str:
    return _hash(f"etag {words}", 27)


def _details(post: Post) -> dict[str, Any]:
    length = next((one.duration for one in post.story.pictures if one.duration), None)
    minutes, seconds = divmod(int(length or 60), 60)
    return {
        "duration": f"PT{f'{minutes}M' if minutes else ''}{f'{seconds}S' if seconds else ''}",
        "dimension": "2d",
        "definition": "hd",
        "caption": "false",
        "licensedContent": False,
        "contentRating": {"ytRating": "ytAgeRestricted"} if post.story.sensitive else {},
        "projection": "rectangular",
    }


def _statistics(post: Post) -> dict[str, str]:
    number = post.number
    counts = {
        "viewCount": str(number * 37 % 5003),
        "likeCount": str(number * 3 % 101),
        "favoriteCount": "0",
        "commentCount": str(number % 5),
    }
    # Every seventh owner has comments switched off.
    return {name: count for name, count in counts.items() if number % 7 or name != "commentCount"}


def _check(request: Request, known: set[str]) -> None:
    given = request.query_params
    key = request.headers.get("x-goog-api-key") or given.get("key")
    if key is None:
        message = "Method doesn't allow unregistered callers."
        raise _RefusedError(403, "forbidden", message)
    if key != KEY:
        message = "API key not valid. Please pass a valid API key."
        raise _RefusedError(400, "badRequest", message, "API_KEY_INVALID")
    for name, value in given.multi_items():
        if name not in known:
            message = f'Unknown name "{name}": Cannot bind query parameter.'
            raise _RefusedError(400, "badRequest", message)
        if value not in _CHOICES.get(name, {value}):
            raise _RefusedError(400, "badRequest", f"Invalid value at '{name}'")


def _size(value: str) -> int:
    if not value.isdigit() or int(value) > 50:
        message = f"Invalid value '{value}'. Values must be within the range: [0, 50]"
        raise _RefusedError(400, "invalidParameter", message)
    return int(value)


def _time(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        message = "Request contains an invalid argument."
        raise _RefusedError(400, "badRequest", message) from None


def _token(first: int) -> str:
    return base64.urlsafe_b64encode(first.to_bytes(4)).decode().rstrip("=")


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int.from_bytes(base64.urlsafe_b64decode(f"{token}=="))
    except binascii.Error:
        message = "The request specifies an invalid page token."
        raise _RefusedError(400, "invalidPageToken", message) from None


def _matches(query: str, post: Post) -> bool:
    """Say whether a video is found: half of the words of one of the terms are enough."""
    story = post.story
    found = set(_words(f"{story.title} {post.text} {story.person.place}"))
    terms = [set(_words(term)) for term in query.split("|")]
    return any(words and len(words & found) * 2 >= len(words) for words in terms)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())
