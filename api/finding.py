"""How search engines and link previews find their way: sitemap, robots and our own picture."""

import io
from collections.abc import Iterable
from functools import lru_cache
from math import cos, pi, sin
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import Response

from api import shelves
from api.caching import LASTING, answer
from api.site import Site
from store.settings import CollectionSettings

WIDTH, HEIGHT = 1200, 630
_PAPER, _RED, _GREEN = "#fbfaf7", "#b01f27", "#006233"


def routes(site: Site) -> APIRouter:
    """Return the routes."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sitemap.xml", name="sitemap")
    def sitemap(request: Request) -> Response:
        """Return every page that shall be found, with its other languages."""

        def render(session: Session) -> Response:
            body = _sitemap(site, site.collections(session))
            return Response(body, media_type="application/xml")

        return answer(request, site, "/sitemap.xml", render)

    @router.get("/robots.txt", name="robots")
    async def robots(_request: Request) -> Response:
        """Say where the pages are, and which addresses are for programs."""
        barred = "".join(f"Disallow: /{name}/\n" for name in ("v1", "w", "e", "f"))
        lines = f"User-agent: *\n{barred}Sitemap: {site.addresses.absolute('/sitemap.xml')}\n"
        kept = {"cache-control": LASTING, "etag": f'"{site.edition}"'}
        return Response(lines, media_type="text/plain", headers=kept)

    @router.get("/preview.png", name="preview")
    def preview(_request: Request) -> Response:
        """Return the picture that stands for the wall where its address is shared."""
        headers = {"cache-control": "public, max-age=86400"}
        return Response(draw(), media_type="image/png", headers=headers)

    return router


def _sitemap(site: Site, collections: Iterable[CollectionSettings]) -> bytes:
    root = Element(
        "urlset",
        {
            "xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9",
            "xmlns:xhtml": "http://www.w3.org/1999/xhtml",
        },
    )
    for shelf in shelves.every(collections):
        # The video library and the page of that kind show the same; one of them is enough.
        if shelf.path == "/kind/video":
            continue
        addresses = {tag: site.addresses.absolute(f"/{tag}{shelf.path}") for tag in site.wordings}
        for address in addresses.values():
            entry = SubElement(root, "url")
            SubElement(entry, "loc").text = address
            for tag, other in addresses.items():
                link = {"rel": "alternate", "hreflang": tag, "href": other}
                SubElement(entry, "xhtml:link", link)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


@lru_cache(maxsize=1)
def draw() -> bytes:
    """Return our picture: eight-pointed stars on paper, as PNG; it has no words to translate."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    pen = ImageDraw.Draw(picture)
    for column in range(13):
        for row in (0, 6):
            pen.polygon(_star(column * 100, 15 + row * 100, 40), fill=_RED if row else _GREEN)
    pen.polygon(_star(WIDTH / 2, HEIGHT / 2, 210), fill=_RED)
    pen.polygon(_star(WIDTH / 2, HEIGHT / 2, 150), fill=_PAPER)
    pen.polygon(_star(WIDTH / 2, HEIGHT / 2, 110), fill=_GREEN)
    body = io.BytesIO()
    picture.save(body, "PNG", optimize=True)
    return body.getvalue()


def _star(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    """Return the corners of a khatim: two squares, one turned by an eighth."""
    inner = radius * cos(pi / 4) / cos(pi / 8)
    return [
        (
            x + (radius if corner % 2 == 0 else inner) * cos(corner * pi / 8),
            y + (radius if corner % 2 == 0 else inner) * sin(corner * pi / 8),
        )
        for corner in range(16)
    ]
