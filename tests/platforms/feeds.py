"""Stand-ins for feeds: a blog's RSS, an Atom feed, a JSON Feed and a Mastodon server's tag RSS.

The posts of the world's "feeds" are shared out among the four. A post that is taken away is simply
no longer listed.
"""

import base64
import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tests.platforms import pictures
from tests.platforms.world import Picture, Post, World

PATHS = ("radio.rss", "carnet.atom", "notes.json", "tag.rss")
MOVED, GONE, PRIVATE = "old/radio.rss", "gone.rss", "private.rss"
"""Answered 301 (to the first feed), 410, and only with the password."""
USER, PASSWORD = "reader", "stand-in-password"
LENGTH = 20
"""Most entries that a feed lists."""
SITE = "https://stand-in.example"


def app(world: World, base_url: str) -> Starlette:
    """Return the stand-in."""
    makers: dict[str, tuple[str, Callable[[Sequence[Post], str], str]]] = {
        PATHS[0]: ("application/rss+xml; charset=UTF-8", _rss),
        PATHS[1]: ("application/atom+xml", _atom),
        PATHS[2]: ("application/feed+json", _json_feed),
        PATHS[3]: ("application/rss+xml; charset=utf-8", _tag_rss),
    }

    def feed(request: Request) -> Response:
        path = request.url.path.lstrip("/")
        content_type, make = makers[path]
        posts = [post for post in world.posts("feeds") if path_of(post) == path][:LENGTH]
        changed_at = max([post.edited_at or post.published_at for post in posts] or [world.start])
        return _conditional(request, make(posts, base_url), content_type, changed_at)

    def moved(_request: Request) -> Response:
        return RedirectResponse(f"/{PATHS[0]}", 301)

    def gone(_request: Request) -> Response:
        return Response("Gone", 410)

    def private(request: Request) -> Response:
        key = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {key}":
            return Response("Who are you?", 401, {"www-authenticate": 'Basic realm="feed"'})
        return Response(_rss(world.posts("feeds"), base_url), media_type="application/rss+xml")

    return Starlette(
        routes=[
            *(Route(f"/{path}", feed) for path in PATHS),
            Route(f"/{MOVED}", moved),
            Route(f"/{GONE}", gone),
            Route(f"/{PRIVATE}", private),
            *pictures.routes(world, "feeds"),
        ]
    )


def path_of(post: Post) -> str:
    """Return in which feed a post stands."""
    return PATHS[post.number % len(PATHS)]


def native_id(post: Post) -> str:
    """Return the id under which its feed lists a post."""
    return {
        PATHS[0]: f"{SITE}/?p={post.number}",
        PATHS[1]: f"tag:stand-in.example,2025:{post.number}",
        PATHS[2]: f"{SITE}/notes/{post.number}",
        PATHS[3]: f"https://social.example/@{post.story.person.handle}/{post.number}",
    }[path_of(post)]


def _conditional(
    request: Request, document: str, content_type: str, changed_at: datetime
) -> Response:
    body = document.encode()
    etag = f'W/"{sha256(body).hexdigest()[:16]}"'
    changed_at = changed_at.replace(microsecond=0)
    headers = {"etag": etag, "last-modified": format_datetime(changed_at, usegmt=True)}
    asked, since = (request.headers.get(n) for n in ("if-none-match", "if-modified-since"))
    # A tag, where both are sent, is the only one that counts (RFC 9110, 13.2.2).
    same = (
        etag == asked if asked else bool(since) and parsedate_to_datetime(since or "") >= changed_at
    )
    if same:
        return Response(status_code=304, headers=headers)
    return Response(body, headers={**headers, "content-type": content_type})


def _rss(posts: Sequence[Post], base_url: str) -> str:
    items = [
        f"""<item>
  <title>{escape(_title(post))}</title>
  <link>{escape(_link(post))}</link>
  <dc:creator><![CDATA[{post.story.person.name}]]></dc:creator>
  <pubDate>{format_datetime(post.published_at)}</pubDate>
  {"".join(f"<category><![CDATA[{tag}]]></category>" for tag in _tags(post))}
  <guid isPermaLink="false">{SITE}/?p={post.number}</guid>
  <description><![CDATA[{escape(post.text[:80])}&#8230;]]></description>
  <content:encoded><![CDATA[{_html(post, base_url, images=True)}]]></content:encoded>
</item>"""
        for post in posts
    ]
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
  xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Radio &amp; blog</title><link>{SITE}/</link><description>Blog</description>
{"".join(items)}
</channel></rss>"""


def _atom(posts: Sequence[Post], base_url: str) -> str:
    entries = [
        f"""<entry xml:lang="{post.story.language}">
  <id>tag:stand-in.example,2025:{post.number}</id>
  <title>{escape(_title(post))}</title>
  <link rel="alternate" type="text/html" href={quoteattr(_link(post))}/>
  {"".join(_enclosure(picture, base_url) for picture in post.story.pictures)}
  <author><name>{escape(post.story.person.name)}</name>
    <uri>{SITE}/{post.story.person.handle}</uri></author>
  <published>{post.published_at.isoformat()}</published>
  <updated>{(post.edited_at or post.published_at).isoformat()}</updated>
  {"".join(f"<category term={quoteattr(tag)}/>" for tag in _tags(post))}
  <content type="html">{escape(_html(post, base_url))}</content>
</entry>"""
        for post in posts
    ]
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:stand-in.example,2025:feed</id>
<title>Carnet</title><updated>2025-01-01T00:00:00Z</updated><link href="{SITE}/carnet"/>
{"".join(entries)}
</feed>"""


def _json_feed(posts: Sequence[Post], base_url: str) -> str:
    items = []
    for post in posts:
        person = post.story.person
        item: dict[str, Any] = {
            "id": f"{SITE}/notes/{post.number}",
            "url": _link(post),
            "title": post.story.title,
            "content_html": _html(post, base_url),
            "date_published": post.published_at.isoformat(),
            "date_modified": post.edited_at.isoformat() if post.edited_at else None,
            "language": post.story.language,
            "authors": [
                {
                    "name": person.name,
                    "url": f"{SITE}/{person.handle}",
                    "avatar": pictures.avatar_address(base_url, person, "png"),
                }
            ],
            "tags": _tags(post),
            "attachments": [
                {"url": url, "mime_type": _mime(picture, url), "title": picture.alt}
                for picture in post.story.pictures
                for url in [_url(picture, base_url)]
            ],
        }
        items.append({name: value for name, value in item.items() if value is not None})
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Notes",
            "home_page_url": SITE,
            "items": items,
        },
        ensure_ascii=False,
    )


def _tag_rss(posts: Sequence[Post], base_url: str) -> str:
    items = [
        f"""<item>
  <guid isPermaLink="true">{native_id(post)}</guid>
  <link>{native_id(post)}</link>
  <pubDate>{format_datetime(post.published_at)}</pubDate>
  <description>{escape(_html(post, base_url))}</description>
  {"".join(_media(picture, post, base_url) for picture in post.story.pictures)}
  {"".join(f"<category>{escape(tag)}</category>" for tag in _tags(post))}
</item>"""
        for post in posts
    ]
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
  xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>#bladifqalbi</title><description>Public posts tagged #bladifqalbi</description>
<link>https://social.example/tags/bladifqalbi</link>
{"".join(items)}
</channel></rss>"""


def _media(picture: Picture, post: Post, base_url: str) -> str:
    rating = "adult" if post.story.sensitive else "nonadult"
    alt = f'<media:description type="plain">{escape(picture.alt or "")}</media:description>'
    url = _url(picture, base_url)
    return f"""<media:content url={quoteattr(url)} type="{_mime(picture, url)}"
    medium="{picture.kind}"><media:rating scheme="urn:simple">{rating}</media:rating>
    {alt if picture.alt else ""}</media:content>"""


def _enclosure(picture: Picture, base_url: str) -> str:
    title = f"title={quoteattr(picture.alt)}" if picture.alt else ""
    url = _url(picture, base_url)
    return f'<link rel="enclosure" type="{_mime(picture, url)}" href={quoteattr(url)} {title}/>'


def _html(post: Post, base_url: str, *, images: bool = False) -> str:
    paragraphs = escape(post.text).split("\n\n")
    html = "".join(f"<p>{paragraph.replace(chr(10), '<br>')}</p>" for paragraph in paragraphs)
    linked = re.sub(
        r"(?<!\S)#(\w+)",
        rf'<a href="{SITE}/tags/\1" class="mention hashtag" rel="tag">#<span>\1</span></a>',
        html,
    )
    pictures = post.story.pictures if images else ()
    return linked + "".join(
        f"<img src={quoteattr(_url(picture, base_url))} alt={quoteattr(picture.alt or '')}"
        f' width="{picture.width}" height="{picture.height}">'
        for picture in pictures
        if picture.kind == "image"
    )


def _title(post: Post) -> str:
    return post.story.title or post.text.split("\n")[0][:60]


def _link(post: Post) -> str:
    return post.story.link or f"{SITE}/posts/{post.number}"


def _tags(post: Post) -> list[str]:
    return re.findall(r"#(\w+)", post.text)


def _url(picture: Picture, base_url: str) -> str:
    if picture.kind == "video":
        return f"{base_url}/media/{picture.name}.mp4"
    return pictures.address(base_url, picture, "png")


def _mime(picture: Picture, url: str) -> str:
    return "video/mp4" if picture.kind == "video" else pictures.type_of(url)
