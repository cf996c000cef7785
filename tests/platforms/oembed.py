"""A stand-in for the oEmbed of TikTok and of Meta, in the shape that they publish.

As on the real ones: TikTok answers without a key, its title is the whole caption; since November
2025 Meta's answers have neither author nor picture, and what is wrong is told by a code in JSON.
"""

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.platforms.world import World

VIDEO = "https://www.tiktok.com/@salma.oujda/video/7433812345678901255"
PLAIN = "https://www.tiktok.com/@salma.oujda/video/7433812345678901256"
"""Without our hashtag."""
GONE = "https://www.tiktok.com/@salma.oujda/video/7433812345678901299"
PHOTO = "https://www.instagram.com/p/DCxYz12AbCd/"
STORY = "https://www.facebook.com/bladi.page/posts/pfbid02abcDEF"
TOKEN = "app|stand-in"
_SAID = {
    VIDEO: "رجعت لوجدة بعد خمس سنين، أول نهار مع جدتي #بلادي_فقلبي",
    PLAIN: "Mon premier jour à Oujda chez ma grand-mère, cinq ans après",
}
_SCRIPT = '<script async src="https://www.tiktok.com/embed.js"></script>'


def app(world: World, base_url: str) -> Starlette:
    """Return the servers; `world.asks_for_token` makes Meta's want one."""
    calls: dict[str, Callable[[Request], Any]] = {
        "/oembed": _tiktok,
        "/instagram_oembed": _of_meta(world, "Instagram", PHOTO),
        "/oembed_post": _of_meta(world, "Facebook", STORY),
        "/oembed_video": _of_meta(world, "Facebook", ""),
    }
    return Starlette(routes=[Route(path, call) for path, call in calls.items()])


async def _tiktok(request: Request) -> JSONResponse:
    url = request.query_params.get("url", "")
    if url not in _SAID:
        return JSONResponse({"code": 400, "message": "Something went wrong"}, 400)
    return JSONResponse(
        {
            "version": "1.0",
            "type": "video",
            "title": _SAID[url],
            "author_url": "https://www.tiktok.com/@salma.oujda",
            "author_name": "Salma من وجدة",
            "width": "100%",
            "height": "100%",
            "html": f'<blockquote class="tiktok-embed" cite="{url}"></blockquote> {_SCRIPT}',
            "thumbnail_width": 720,
            "thumbnail_height": 1280,
            "thumbnail_url": "https://p16-sign.tiktokcdn.example/obj/1.image?x-expires=1",
            "provider_url": "https://www.tiktok.com",
            "provider_name": "TikTok",
        }
    )


def _of_meta(world: World, name: str, known: str) -> Callable[[Request], Any]:
    async def answer(request: Request) -> JSONResponse:
        given = request.headers.get("authorization")
        if world.asks_for_token and given != f"Bearer {TOKEN}":
            return _refused(400, 200, "Provide valid app ID")
        if request.query_params.get("url", "") != known:
            return _refused(404, 24, "The requested resource does not exist")
        return JSONResponse(
            {
                "version": "1.0",
                "provider_name": name,
                "provider_url": f"https://www.{name.lower()}.com/",
                "type": "rich",
                "width": 658,
                "html": f'<blockquote data-url="{known}"></blockquote><script src="//x"></script>',
            }
        )

    return answer


def _refused(status: int, code: int, message: str) -> JSONResponse:
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1b2"}
    return JSONResponse({"error": error}, status)
