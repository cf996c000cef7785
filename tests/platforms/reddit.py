"""A stand-in for Reddit: token, search, new posts of a subreddit, and posts by name."""

import base64
import re
import time
import zlib
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.platforms import pictures
from tests.platforms.world import Picture, Post, World

CLIENT_ID = "stand-in-client"
CLIENT_SECRET = "stand-in-client-secret"
TOKEN = "stand-in-token"
SUBREDDITS = ("Morocco", "Maroc")
PRIVATE, BANNED = "closed", "banned"
DEPTH = 250
"""Most results of one listing, however many there are."""
SPANS = {"hour": 3600, "day": 86_400, "week": 604_800, "month": 2_678_400, "year": 31_622_400}
WINDOW, ALLOWED = 600, 1000


def app(world: World, base_url: str) -> Starlette:
    """Return the stand-in."""
    reddit = _Reddit(world, base_url)
    return Starlette(
        routes=[
            Route("/api/v1/access_token", reddit.token, methods=["POST"]),
            Route("/r/all/search/", reddit.search),
            Route("/r/{name}/new/", reddit.new),
            Route("/api/info/", reddit.info),
            *pictures.routes(world, "reddit"),
        ]
    )


def fullname(post: Post) -> str:
    """Return the name of a post in the API; sorts by number."""
    return "t3_" + _base36(1_700_000_000 + post.number)


def subreddit(post: Post) -> str:
    """Return where a post stands."""
    return SUBREDDITS[post.number % len(SUBREDDITS)]


class _Reddit:
    def __init__(self, world: World, base_url: str) -> None:
        self.world, self.base_url = world, base_url
        self.used = 0
        self.began = time.time()

    async def token(self, request: Request) -> Response:
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return JSONResponse({"message": "Unauthorized", "error": 401}, 401)
        if (await request.body()) != b"grant_type=client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"})
        return JSONResponse(
            {"access_token": TOKEN, "token_type": "bearer", "expires_in": 3600, "scope": "*"}
        )

    def search(self, request: Request) -> Response:
        query, span = request.query_params.get("q", ""), request.query_params.get("t", "all")
        if refused := self._refusal(request, known={"q", "sort", "syntax", "restrict_sr", "t"}):
            return refused
        if not query or len(query) > 512 or request.query_params.get("sort") != "new":
            return JSONResponse({"message": "Bad Request", "error": 400}, 400)
        oldest = time.time() - SPANS[span] if span != "all" else 0
        hits = [
            post
            for post in self.world.posts("reddit")
            if post.published_at.timestamp() >= oldest and _matches(query, post)
        ]
        return self._listing(request, hits)

    def new(self, request: Request) -> Response:
        if refused := self._refusal(request, known=set()):
            return refused
        name = request.path_params["name"]
        if name == PRIVATE:
            answer = {"reason": "private", "message": "Forbidden", "error": 403}
            return JSONResponse(answer, 403)
        if name == BANNED:
            answer = {"reason": "banned", "message": "Not Found", "error": 404}
            return JSONResponse(answer, 404)
        if name not in SUBREDDITS:
            return RedirectResponse(f"{self.base_url}/subreddits/search?q={name}", 302)
        here = [post for post in self.world.posts("reddit") if subreddit(post) == name]
        return self._listing(request, here)

    def info(self, request: Request) -> Response:
        if refused := self._refusal(request, known={"id"}):
            return refused
        names = request.query_params.get("id", "").split(",")[:100]
        posts = {
            **{fullname(post): self._post(post) for post in self.world.posts("reddit")},
            **{fullname(post): self._erased(post) for post in self.world.deleted("reddit")},
        }
        found = [posts[name] for name in names if name in posts]
        return self._answer(found, after=None)

    def _refusal(self, request: Request, *, known: set[str]) -> Response | None:
        if request.headers.get("authorization") != f"bearer {TOKEN}":
            headers = {"www-authenticate": 'Bearer realm="reddit", error="invalid_token"'}
            return JSONResponse({"message": "Unauthorized", "error": 401}, 401, headers)
        strange = set(request.query_params) - known - {"limit", "after", "raw_json"}
        if strange or request.query_params.get("raw_json") != "1":
            return JSONResponse({"message": "Bad Request", "error": 400}, 400)
        return None

    def _listing(self, request: Request, posts: Sequence[Post]) -> Response:
        limit = min(int(request.query_params.get("limit", "25")), 100)
        names = [fullname(post) for post in posts[:DEPTH]]
        after, start = request.query_params.get("after"), 0
        if after:
            # Below a post that is no longer listed, Reddit finds nothing.
            start = names.index(after) + 1 if after in names else len(names)
        shown = posts[start : min(start + limit, len(names))]
        more = start + limit < len(names)
        return self._answer(
            [self._post(post) for post in shown], after=fullname(shown[-1]) if more else None
        )

    def _answer(self, posts: Sequence[dict[str, Any]], *, after: str | None) -> Response:
        self.used += 1
        headers = {
            "x-ratelimit-remaining": f"{ALLOWED - self.used:.1f}",
            "x-ratelimit-used": str(self.used),
            "x-ratelimit-reset": str(WINDOW - int(time.time() - self.began) % WINDOW),
        }
        data = {
            "modhash": None,
            "dist": len(posts),
            "after": after,
            "before": None,
            "geo_filter": "",
            "children": [{"kind": "t3", "data": post} for post in posts],
        }
        return JSONResponse({"kind": "Listing", "data": data}, headers=headers)

    def _post(self, post: Post) -> dict[str, Any]:
        story, name = post.story, fullname(post)
        where = subreddit(post)
        permalink = f"/r/{where}/comments/{name[3:]}/{_slug(story.title or post.text)}/"
        is_self = not story.pictures and not story.link
        headed = story.title is not None or is_self
        return {
            "id": name[3:],
            "name": name,
            "subreddit": where,
            "subreddit_name_prefixed": f"r/{where}",
            "subreddit_type": "public",
            "title": story.title or post.text[: 80 if is_self else 300],
            "selftext": post.text if headed else "",
            "author": story.person.handle,
            "author_fullname": "t2_" + _base36(zlib.crc32(story.person.handle.encode())),
            "created": post.published_at.timestamp(),
            "created_utc": post.published_at.timestamp(),
            "edited": post.edited_at.timestamp() if post.edited_at else False,
            "permalink": permalink,
            "url": f"https://www.reddit.com{permalink}",
            "is_self": is_self,
            "is_video": False,
            "post_hint": "self",
            "over_18": story.sensitive,
            "spoiler": story.warning is not None,
            "quarantine": False,
            "removed_by_category": None,
            "hide_score": False,
            "score": post.number % 50,
            "ups": post.number % 50,
            "upvote_ratio": 0.9,
            "num_comments": post.number % 7,
            "num_crossposts": 0,
            "view_count": None,
            "media": None,
            "secure_media": None,
            **self._media(post),
        }

    def _media(self, post: Post) -> dict[str, Any]:
        pictures, link = post.story.pictures, post.story.link
        if len(pictures) > 1:
            return self._gallery(post)
        if pictures and pictures[0].kind == "video":
            return self._video(pictures[0])
        if pictures:
            url = self._url(pictures[0])
            return {"post_hint": "image", "url": url, "preview": _preview(pictures[0], url)}
        return {"post_hint": "link", "url": link, "url_overridden_by_dest": link} if link else {}

    def _gallery(self, post: Post) -> dict[str, Any]:
        ids = [f"{fullname(post)[3:]}{n}" for n in range(len(post.story.pictures))]
        items: list[dict[str, Any]] = []
        metadata: dict[str, Any] = {}
        for media_id, picture in zip(ids, post.story.pictures, strict=True):
            caption = {"caption": picture.alt} if picture.alt else {}
            items.append({"media_id": media_id, "id": len(items) + 1, **caption})
            url = self._url(picture)
            source = {"x": picture.width, "y": picture.height, "u": url}
            mime = pictures.type_of(urlsplit(url).path)
            metadata[media_id] = {
                "status": "valid", "e": "Image", "m": mime, "id": media_id, "s": source
            }  # fmt: skip
        return {
            "post_hint": None,
            "is_gallery": True,
            "url": f"https://www.reddit.com/gallery/{fullname(post)[3:]}",
            "gallery_data": {"items": items},
            "media_metadata": metadata,
        }

    def _video(self, picture: Picture) -> dict[str, Any]:
        video = {
            "reddit_video": {
                "fallback_url": f"{self.base_url}/media/{picture.name}.mp4",
                "width": picture.width,
                "height": picture.height,
                "duration": int(picture.duration or 1),
                "is_gif": False,
            }
        }
        return {
            "post_hint": "hosted:video",
            "is_video": True,
            "url": "https://v.redd.it/" + picture.name,
            "media": video,
            "secure_media": video,
            "preview": _preview(picture, self._url(picture)),
        }

    def _erased(self, post: Post) -> dict[str, Any]:
        return {
            **self._post(post),
            "author": "[deleted]",
            "author_fullname": None,
            "selftext": "[deleted]",
            "removed_by_category": "deleted",
            "media_metadata": None,
        }

    def _url(self, picture: Picture) -> str:
        url = pictures.address(self.base_url, picture, "png")
        return self.world.signatures["reddit"].signed(url, width=picture.width)


def _matches(query: str, post: Post) -> bool:
    """Search as loosely as Reddit: all words of one phrase, wherever they stand."""
    words = set(_words(f"{post.story.title or ''} {post.text}"))
    return any(words.issuperset(_words(phrase)) for phrase in re.findall(r'"([^"]+)"', query))


def _words(text: str) -> Iterable[str]:
    return re.findall(r"\w+", text.casefold())


def _preview(picture: Picture, url: str) -> dict[str, Any]:
    source = {"url": url, "width": picture.width, "height": picture.height}
    return {"images": [{"source": source, "resolutions": []}], "enabled": True}


def _slug(title: str) -> str:
    return "_".join(re.findall(r"[a-z0-9]+", title.lower()))[:50] or "post"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits
