"""A public post as a card for pages of others: the one place where the widget's cards are made."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from api import cards, item, names, text
from api.card_schemas import Card, Day, Elsewhere, Medium, Piece, Player, Writer
from api.pictures import Image
from api.schemas import Copy
from api.site import Site
from api.words import Wording
from api.words import mark as _
from store.items import Display
from store.models import Media, Post
from store.wall import Public

_PLAYER = "https://www.youtube-nocookie.com/embed/{id}?autoplay=1&playsinline=1"


def of(public: Public, wording: Wording, site: Site) -> Card:
    """Return what pages of others may show of a post (docs/decisions/0005)."""
    post = public.post
    if post.display != Display.CARD:
        return _card(public, wording, site, card=False)
    return _card(public, wording, site, card=True).model_copy(
        update={
            "author": _writer(public, site),
            "published": _day(post.published_at, wording, site),
            "edited": _day(post.edited_at, wording, site) if post.edited_at else None,
            "lang": post.language,
            "dir": names.direction(post.language),
            "language": names.language(wording, post.language),
            "title": post.title,
            "text": _pieces(post),
            "label": _label(public, wording),
            "warning": item.warning_of(post, wording),
            "media": [_medium(one, public, wording, site) for one in public.media],
            "also_on": _places(public.also_on, wording, site),
            "people": public.people,
        }
    )


def _card(public: Public, wording: Wording, site: Site, *, card: bool) -> Card:
    post = public.post
    return Card(
        id=post.id or 0,
        url=post.url,
        page=site.addresses.absolute(f"/{wording.tag}/p/{post.id}"),
        platform=post.platform,
        network=names.place(wording, post.platform, post.url),
        kind=post.kind,
        card=card,
        # X allows no other network's icon and no action of ours on its posts.
        menu=post.platform != "x",
        pinned=public.pinned or None,
        featured=public.featured or None,
    )


def _label(public: Public, wording: Wording) -> str | None:
    if public.featured:
        return wording.gettext(_("Featured"))
    return wording.gettext(_("Pinned")) if public.pinned else None


def _day(moment: datetime, wording: Wording, site: Site) -> Day:
    return Day(at=moment, text=wording.date(moment, site.zone))


def _writer(public: Public, site: Site) -> Writer | None:
    byline = cards.byline(public, site.pictures)
    if byline is None:
        return None
    return Writer(
        name=byline.name,
        handle=byline.handle,
        url=byline.url,
        initials=byline.initials,
        avatar=_copy(byline.avatar) if byline.avatar else None,
    )


def _pieces(post: Post) -> list[str | Piece]:
    return [
        one if isinstance(one, str) else Piece(text=one.text, href=one.url, kind=one.kind)
        for one in text.pieces(post)
    ]


def _medium(media: Media, public: Public, wording: Wording, site: Site) -> Medium:
    image = site.pictures.attached(media, public.pictures)
    shown = _copy(image).model_dump(include={"src", "srcset", "srcset_webp"}) if image else {}
    return Medium(
        kind=media.kind,
        alt=media.alt or item.undescribed(media, public.post, wording),
        width=image.width if image else media.width,
        height=image.height if image else media.height,
        colour=image.colour if image else None,
        duration=cards.clock(media.duration) if media.duration else None,
        player=_player(media, public.post, wording),
        **shown,
    )


def _player(media: Media, post: Post, wording: Wording) -> Player | None:
    if post.platform != "youtube" or media.kind != "video" or post.embeddable is False:
        return None
    return Player(
        src=_PLAYER.format(id=quote(post.native_id, safe="")),
        title=post.title or item.sentence(post, wording),
        host=names.network(wording, "youtube"),
    )


def _places(copies: Sequence[Post], wording: Wording, site: Site) -> list[Elsewhere]:
    return [
        Elsewhere(
            platform=copy.platform,
            network=names.place(wording, copy.platform, copy.url),
            url=copy.url,
            author=item.name_of(copy) if copy.display == Display.CARD else None,
            published=(
                _day(copy.published_at, wording, site) if copy.display == Display.CARD else None
            ),
        )
        for copy in copies
    ]


def _copy(image: Image) -> Copy:
    return Copy.model_validate(image, from_attributes=True)
