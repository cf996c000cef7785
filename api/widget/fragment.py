"""The wall as a piece of HTML that shows posts without a script, alone and within a frame."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from jinja2 import Environment
from markupsafe import Markup
from sqlmodel import Session
from starlette.responses import Response

from api import codes, walls
from api.caching import answer
from api.card_schemas import Card, CardWall, Medium
from api.pages import environment
from api.parameters import Bounds, CardsQuery, InLanguage, Layout, Limit, Only, Theme
from api.site import Site
from api.widget import release, serving, strings
from api.words import Wording

Wall = Annotated[str, Path(max_length=60, description="main, or the name of a collection")]

LONG = 160
"""Characters of a text that the style sheet may cut; only the script can measure it."""
SHORT = 240
"""Characters of a text that is set large; `source/card.js` has the same."""
SIZES = "auto, (min-width: 1100px) 25vw, (min-width: 700px) 45vw, 92vw"
"""How wide pictures are; `source/media.js` has the same."""


class FragmentQuery(InLanguage, Bounds):
    """Parameters of a fragment: the attributes of the element."""

    layout: Layout = "mosaic"
    theme: Theme = "auto"
    limit: Limit = 12


@dataclass(frozen=True, slots=True)
class Code:
    """What a visitor scans from a big screen."""

    address: str
    """Where it leads."""

    @property
    def drawing(self) -> Markup:
        """The code itself."""
        return codes.draw(self.address)

    @property
    def shown(self) -> str:
        """The address for those who write it by hand."""
        return self.address.partition("://")[2].rstrip("/")


class Fragments:
    """The fragments of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._templates = {tag: _prepared(one) for tag, one in site.wordings.items()}
        self._words = {tag: strings.of(one) for tag, one in strings.load().items()}

    def show(self, request: Request, name: str, query: FragmentQuery, *, framed: bool) -> Response:
        """Return a wall in a language.

        Args:
            request: the request.
            name: `main`, or a collection's.
            query: how it looks, and what is in it.
            framed: as a page of its own, which shows no post of X.

        Raises:
            NotFoundError: the campaign has no such collection, or none for big screens.
        """
        kiosk = query.layout == "kiosk"
        collection = self._site.collection_of(name, kiosk=kiosk)
        wording = self._site.spoken(query.lang)

        def render(session: Session) -> Response:
            given = query.model_dump(include={"limit", "types", "sources"})
            cards = CardsQuery(lang=wording.tag, kiosk="on" if kiosk else None, **given)
            wall = walls.read(session, collection, cards, self._site)
            template = "frame.html" if framed else "fragment.html"
            html = self._templates[wording.tag].get_template(template)
            body = html.render(self._shown(wall, name, query, framed=framed))
            return Response(body, media_type="text/html; charset=utf-8")

        key = f"/{'e' if framed else 'f'}/{name}?{wording.tag} {query.model_dump_json()}"
        return answer(request, self._site, key, render)

    def _shown(
        self, wall: CardWall, name: str, query: FragmentQuery, *, framed: bool
    ) -> Mapping[str, Any]:
        addresses, files = self._site.addresses, release.load()
        filters = wall.filters
        # A page of its own, for the browser of a big screen.
        stands_alone = framed and query.layout == "kiosk"
        return {
            "wall": wall,
            "query": query,
            "framed": framed,
            "posts": [post for post in wall.posts if not (framed and post.platform == "x")],
            "source": addresses.absolute(f"/w/{name}"),
            "script": serving.pinned(addresses, files.script),
            "style": serving.pinned(addresses, files.style),
            "page_script": serving.pinned(addresses, files.kiosk if stands_alone else files.frame),
            "code": Code(self._site.settings.kiosk_url or wall.home) if stands_alone else None,
            "asset": lambda name: addresses.local(self._site.assets[name].path),
            "say": partial(_say, self._words[wall.lang]),
            "number": self._site.wordings[wall.lang].number,
            "menus": [
                ("language", filters.language if filters else [], "languages"),
                ("platform", filters.platform if filters else [], "networks"),
            ],
        }


def routes(site: Site) -> APIRouter:
    """Return the routes of the fragment and of the page for a frame."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(Only(FragmentQuery))])
    fragments = Fragments(site)

    @router.get("/f/{wall}", name="fragment")
    def read_fragment(
        request: Request, wall: Wall, query: Annotated[FragmentQuery, Query()]
    ) -> Response:
        """Return the wall as a piece of a page (declarative shadow DOM)."""
        return fragments.show(request, wall, query, framed=False)

    @router.get("/e/{wall}", name="frame")
    def read_frame(
        request: Request, wall: Wall, query: Annotated[FragmentQuery, Query()]
    ) -> Response:
        """Return the wall as a page for a frame."""
        return fragments.show(request, wall, query, framed=True)

    return router


@cache
def _prepared(wording: Wording) -> Environment:
    # Once a process: the templates are compiled in it.
    prepared = environment(wording)
    prepared.globals.update(
        drawn=_drawings(),
        sizes=SIZES,
        level=2,
        since=Markup('<time dir="ltr"></time>'),
        lead=_lead,
        look=_look,
        shape=_shape,
        is_long=_is_long,
    )
    return prepared


@cache
def _drawings() -> dict[str, str]:
    text = (resources.files("api") / "widget" / "drawings.json").read_text("utf-8")
    return dict(json.loads(text))


def _say(words: Mapping[str, str | list[str]], key: str, **values: str) -> str:
    return strings.placed(str(words[key]), values)


def _length(post: Card) -> int:
    return sum(len(one if isinstance(one, str) else one.text) for one in post.text)


def _is_long(post: Card) -> bool:
    return _length(post) > LONG


def _lead(post: Card) -> Medium | None:
    """Return what a card shows above its text: a video or sound before any picture."""
    moving = (one for one in post.media if one.kind != "image")
    return next(moving, post.media[0] if post.media else None)


def _look(post: Card) -> str:
    """Return the class of a card, as `source/card.js` chooses it."""
    if not post.card:
        return "linked"
    if post.media:
        return "pictured"
    is_quote = not post.title and 0 < _length(post) <= SHORT and post.kind != "article"
    return "quote" if is_quote else "plain"


def _shape(media: Medium) -> str:
    """Return the class of a picture's shape, as `source/media.js` chooses it."""
    ratio = (media.width or 4) / (media.height or 3)
    if ratio >= 1.6:
        return "broad"
    return "tall" if ratio <= 0.85 else "square" if ratio <= 1.15 else "even"
