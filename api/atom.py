"""The wall as an Atom feed (RFC 4287)."""

from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from api import item
from api.feed_text import NOT_XML, html, title_of
from api.schemas import Feed, Item
from api.site import Site
from api.words import Wording
from store.models import Post
from store.wall import WallPage

MEDIA_TYPE = "application/atom+xml"


def write(head: Feed, page: WallPage, site: Site, wording: Wording) -> bytes:
    """Return the feed of one page."""
    feed = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": head.language})
    _add(feed, "id", head.feed_url)
    _add(feed, "title", head.title)
    _add(feed, "subtitle", head.description)
    _add(feed, "icon", head.icon)
    newest = max(
        (_changed(public.post) for public in page.posts), default=datetime(2026, 1, 1, tzinfo=UTC)
    )
    _add(feed, "updated", newest.isoformat())
    SubElement(feed, "link", {"rel": "self", "type": MEDIA_TYPE, "href": head.feed_url})
    SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": head.home_page_url})
    if head.next_url is not None:
        SubElement(feed, "link", {"rel": "next", "type": MEDIA_TYPE, "href": head.next_url})
    for public in page.posts:
        told = item.of(public, wording, site.pictures, folds=True)
        identity = site.addresses.post(int(told.id))
        _add_entry(feed, public.post, told, identity, wording)
    return bytes(tostring(feed, encoding="utf-8", xml_declaration=True))


def _add_entry(feed: Element, post: Post, told: Item, identity: str, wording: Wording) -> None:
    entry = SubElement(feed, "entry")
    _add(entry, "id", identity)
    _add(entry, "title", told.title or title_of(post, wording))
    SubElement(entry, "link", {"rel": "alternate", "href": told.url})
    _add(entry, "updated", _changed(post).isoformat())
    if told.date_published is not None:
        _add(entry, "published", told.date_published.isoformat())
    # An entry without an author is none (RFC 4287, section 4.1.1): the network stands for it.
    for author in told.authors or ():
        person = SubElement(entry, "author")
        _add(person, "name", author.name or title_of(post, wording))
        if author.url:
            _add(person, "uri", author.url)
    if not told.authors:
        _add(SubElement(entry, "author"), "name", item.sentence(post, wording))
    for tag in told.tags or ():
        SubElement(entry, "category", {"term": NOT_XML.sub("", tag)})
    _add(entry, "content", html(told), type="html")


def _changed(post: Post) -> datetime:
    return post.edited_at or post.published_at


def _add(parent: Element, tag: str, text: str, **attributes: str) -> None:
    SubElement(parent, tag, attributes).text = NOT_XML.sub("", text)
