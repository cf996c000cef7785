"""The wall as a feed: JSON Feed 1.1, RSS 2.0 and Atom, all with the wall's own filters."""

from collections.abc import Callable
from email.utils import format_datetime
from typing import Annotated
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import APIRouter, Depends, Query, Request
from sqlmodel import Session
from starlette.responses import JSONResponse, Response

from api import atom, errors, item
from api.caching import answer
from api.feed_text import NOT_XML, html, title_of
from api.parameters import FeedQuery, Only
from api.schemas import Feed, Item
from api.site import Site
from api.wall import read_page
from api.words import Wording
from store.models import Post
from store.wall import WallPage

Writer = Callable[[Feed, WallPage, Site, Wording], Response]
"""Makes a feed of its head and a page of posts."""

_NAMESPACES = {
    "version": "2.0",
    "xmlns:atom": "http://www.w3.org/2005/Atom",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
}


class _JsonFeed(JSONResponse):
    """For the description of the API, which gives a model's schema to JSON responses alone."""

    media_type = "application/feed+json"


class _Rss(Response):
    media_type = "application/rss+xml"


class _Atom(Response):
    media_type = atom.MEDIA_TYPE


def routes(site: Site) -> APIRouter:
    """Return the routes of the feeds."""
    router = APIRouter(tags=["feeds"], responses=errors.RESPONSES)
    only = [Depends(Only(FeedQuery))]

    @router.get(
        "/feed.json",
        response_model=Feed,
        response_class=_JsonFeed,
        dependencies=only,
        name="json feed",
    )
    def read_json(request: Request, query: Annotated[FeedQuery, Query()]) -> Response:
        """Return the wall as a JSON Feed (jsonfeed.org/version/1.1)."""
        return _answer(request, site, query, _json)

    @router.get("/feed.rss", response_class=_Rss, dependencies=only, name="rss feed")
    def read_rss(request: Request, query: Annotated[FeedQuery, Query()]) -> Response:
        """Return the wall as RSS 2.0."""
        return _answer(request, site, query, _rss)

    @router.get("/feed.atom", response_class=_Atom, dependencies=only, name="atom feed")
    def read_atom(request: Request, query: Annotated[FeedQuery, Query()]) -> Response:
        """Return the wall as Atom (RFC 4287)."""
        return _answer(request, site, query, _atom)

    return router


def _answer(request: Request, site: Site, query: FeedQuery, write: Writer) -> Response:
    site.check_collection(query.collection)
    path, wording = request.url.path, site.spoken(query.lang)

    def render(session: Session) -> Response:
        # Readers of feeds order by date themselves, and would miss what stands below an old post.
        page = read_page(session, query, limit=site.settings.page_size, in_time=True)
        return write(_head(site, query, path, wording, page.next_cursor), page, site, wording)

    return answer(request, site, f"{path}?{query.canonical}", render)


def _head(
    site: Site, query: FeedQuery, path: str, wording: Wording, next_cursor: str | None
) -> Feed:
    given = query.model_dump(exclude_none=True)
    chosen = {name: value for name, value in given.items() if name not in {"lang", "cursor"}}
    later = {**given, "cursor": next_cursor}
    return Feed(
        title=site.say(site.campaign.title, wording),
        description=site.say(site.campaign.summary, wording),
        home_page_url=site.addresses.absolute(f"/{wording.tag}/", chosen),
        feed_url=site.addresses.absolute(path, given),
        next_url=site.addresses.absolute(path, later) if next_cursor else None,
        icon=site.addresses.absolute(site.assets["khatim.svg"].path),
        language=wording.locale.language,
        items=[],
    )


def _json(head: Feed, page: WallPage, site: Site, wording: Wording) -> Response:
    items = [item.of(public, wording, site.pictures, folds=True) for public in page.posts]
    body = head.model_copy(update={"items": items}).model_dump_json(by_alias=True)
    return Response(body, media_type=_JsonFeed.media_type)


def _atom(head: Feed, page: WallPage, site: Site, wording: Wording) -> Response:
    return _Atom(atom.write(head, page, site, wording))


def _rss(head: Feed, page: WallPage, site: Site, wording: Wording) -> Response:
    rss = Element("rss", _NAMESPACES)
    channel = SubElement(rss, "channel")
    _add(channel, "title", head.title)
    _add(channel, "link", head.home_page_url)
    _add(channel, "description", head.description)
    _add(channel, "language", head.language)
    related = {"self": head.feed_url, "next": head.next_url}
    for relation, url in related.items():
        if url is not None:
            attributes = {"href": url, "rel": relation, "type": "application/rss+xml"}
            SubElement(channel, "atom:link", attributes)
    for public in page.posts:
        told = item.of(public, wording, site.pictures, folds=True)
        _add_item(channel, public.post, told, site.addresses.post(int(told.id)), wording)
    return _Rss(tostring(rss, encoding="utf-8", xml_declaration=True))


def _add_item(channel: Element, post: Post, told: Item, identity: str, wording: Wording) -> None:
    entry = SubElement(channel, "item")
    _add(entry, "title", told.title or title_of(post, wording))
    _add(entry, "link", told.url)
    _add(entry, "guid", identity, isPermaLink="false")
    if told.date_published is not None:
        _add(entry, "pubDate", format_datetime(told.date_published, usegmt=True))
    for author in told.authors or ():
        _add(entry, "dc:creator", author.name or "")
    if told.language is not None:
        _add(entry, "dc:language", told.language)
    for tag in told.tags or ():
        _add(entry, "category", tag)
    _add(entry, "description", html(told))


def _add(parent: Element, tag: str, text: str, **attributes: str) -> None:
    SubElement(parent, tag, attributes).text = NOT_XML.sub("", text)
