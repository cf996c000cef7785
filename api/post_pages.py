"""One post on a page of its own, and the form that reports it; both without JavaScript."""

from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Path, Request
from pydantic import ValidationError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import cards, item, linked_data, names, reports
from api.caching import answer
from api.errors import NotFoundError
from api.pages import Pages
from api.parameters import TAG
from api.reports import Told
from api.site import LAST_ID, Site
from api.words import Wording
from store import wall
from store.engine import reading
from store.errors import UnknownPostError
from store.items import Display
from store.reports import LONGEST_NOTE
from store.wall import Public

Number = Annotated[int, Path(ge=1, le=LAST_ID)]


def routes(site: Site, pages: Pages) -> APIRouter:
    """Return the routes, in every language."""
    router = APIRouter(include_in_schema=False)
    posts = {tag: _Posts(site, pages, wording) for tag, wording in site.wordings.items()}

    @router.get(f"/{TAG}/p/{{post_id}}", name="post page")
    def read_post(request: Request, tag: str, post_id: Number) -> Response:
        """Return one post on a page of its own."""
        return posts[tag].show(request, post_id)

    @router.get(f"/{TAG}/p/{{post_id}}/report", name="report page")
    def read_form(tag: str, post_id: Number) -> Response:
        """Return the form that reports a post."""
        return posts[tag].ask(post_id)

    @router.post(f"/{TAG}/p/{{post_id}}/report", name="report form")
    async def send_form(request: Request, tag: str, post_id: Number) -> Response:
        """Take what a visitor has written into the form."""
        body = await reports.body_of(request)
        return await run_in_threadpool(posts[tag].take, request, post_id, body)

    return router


class _Posts:
    """The pages of single posts in one language."""

    def __init__(self, site: Site, pages: Pages, wording: Wording) -> None:
        self.wording = wording
        self._site = site
        self._pages = pages

    def show(self, request: Request, post_id: int) -> Response:
        """Return a post on a page of its own.

        Raises:
            NotFoundError: no public post has this id.
        """

        def render(session: Session) -> Response:
            public = _find(session, post_id)
            return self._pages.render("post.html", self.wording, self._shown(public))

        return answer(request, self._site, f"/{self.wording.tag}/p/{post_id}", render)

    def ask(self, post_id: int) -> Response:
        """Return the form.

        Raises:
            NotFoundError: no public post has this id.
        """
        with reading(self._site.engine) as session:
            _find(session, post_id)
        return self._form(post_id)

    def take(self, request: Request, post_id: int, body: bytes) -> Response:
        """Keep what the form says; without a reason it is asked for once more.

        Raises:
            NotFoundError: no public post has this id.
            TooManyReportsError: too many have come.
        """
        given = dict(parse_qsl(body.decode("utf-8", "replace")))
        try:
            told = Told.model_validate(given)
        except ValidationError as error:
            response = self._form(post_id, detail=str(reports.refusal(error)))
            response.status_code = 422
            return response
        reports.keep(self._site, request, post_id, told)
        return self._form(post_id, done=True)

    def _form(self, post_id: int, *, done: bool = False, detail: str | None = None) -> Response:
        local = self._site.addresses.local
        reasons = {code: self.wording.gettext(said) for code, said in reports.words().items()}
        shown = {
            "post": local(f"/{self.wording.tag}/p/{post_id}"),
            "home": local(f"/{self.wording.tag}/"),
            "link": lambda tag: local(f"/{tag}/p/{post_id}/report"),
            "reasons": reasons,
            "longest": LONGEST_NOTE,
            "done": done,
            "detail": detail,
        }
        response = self._pages.render("report.html", self.wording, shown)
        response.headers["cache-control"] = "no-store"
        return response

    def _shown(self, public: Public) -> dict[str, Any]:
        site, wording, post = self._site, self.wording, public.post
        path = f"/p/{post.id}"
        is_told = post.display == Display.CARD and item.warning_of(post, wording) is None
        image = site.pictures.first(public.media, public.pictures) if is_told else None
        title = item.sentence(post, wording)
        if is_told and (name := item.name_of(post)):
            title = wording.gettext(
                "%(name)s on %(network)s",
                name=name,
                network=names.place(wording, post.platform, post.url),
            )
        return {
            "card_of": cards.of(public, wording, site.zone, site.pictures),
            "title": title,
            "summary": " ".join(post.text.split())[:200] if is_told else title,
            "image": image.src if image else site.addresses.absolute("/preview.png"),
            "home": site.addresses.local(f"/{wording.tag}/"),
            "report": site.addresses.local(f"/{wording.tag}{path}/report"),
            "link": lambda tag: site.addresses.local(f"/{tag}{path}"),
            "absolute": lambda tag: site.addresses.absolute(f"/{tag}{path}"),
            "linked_data": linked_data.of_post(public, wording, site.pictures),
        }


def _find(session: Session, post_id: int) -> Public:
    try:
        return wall.find(session, post_id)
    except UnknownPostError as error:
        raise NotFoundError from error
