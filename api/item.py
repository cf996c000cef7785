"""A public post as an item of JSON Feed, within what its platform lets us pass on."""

import mimetypes
from dataclasses import asdict

from api import names
from api.pictures import Image, Pictures
from api.schemas import Attachment, Author, Copy, Elsewhere, Extension, Item, Size, Span
from api.words import Wording
from store.items import Display
from store.models import Media, Post
from store.wall import Public


def of(public: Public, wording: Wording, pictures: Pictures, *, folds: bool = False) -> Item:
    """Return what may be told about a post outside our own pages.

    Args:
        public: the post.
        wording: the language of the sentences that are ours.
        pictures: the addresses of our copies.
        folds: leave out what stands behind a content warning, for readers that cannot fold.
    """
    post = public.post
    if post.display != Display.CARD:
        return _by_address_alone(public, wording)
    warning = warning_of(post, wording) if folds else None
    first = pictures.first(public.media, public.pictures)
    return Item(
        id=str(post.id),
        url=post.url,
        title=None if warning else post.title,
        content_text=warning or post.text or sentence(post, wording),
        date_published=post.published_at,
        date_modified=post.edited_at,
        authors=_authors(post, pictures.avatar(post, public.pictures)),
        image=first.src if first and not warning else None,
        tags=_tags(post) or None,
        language=None if post.language == "und" else post.language,
        attachments=None if warning else _attachments(public, pictures),
        bladi=_extension(public, folded=warning is not None),
    )


def sentence(post: Post, wording: Wording) -> str:
    """Return what we say ourselves of a post whose words we do not pass on, or that has none."""
    place = names.place(wording, post.platform, post.url)
    return wording.gettext("A post on %(network)s", network=place)


def warning_of(post: Post, wording: Wording) -> str | None:
    """Return the sentence that stands before a post which its author or platform folds."""
    if post.content_warning:
        return wording.gettext("Content warning: %(warning)s", warning=post.content_warning)
    return wording.gettext("Sensitive content") if post.sensitive else None


def people(public: Public, wording: Wording) -> str | None:
    """Return how many people have posted the same words, where so many have; in a sentence."""
    if public.people is None:
        return None
    return wording.ngettext(
        "%(count)s person has posted these words",
        "%(count)s people have posted these words",
        public.people,
    )


def undescribed(media: Media, post: Post, wording: Wording) -> str:
    """Return what we say of a picture, video or sound that its author has not described."""
    name = name_of(post)
    if name is None:
        return sentence(post, wording)
    if media.kind == "video":
        return wording.gettext("Video by %(name)s, not described", name=name)
    if media.kind == "audio":
        return wording.gettext("Sound by %(name)s, not described", name=name)
    return wording.gettext("Picture by %(name)s, not described", name=name)


def name_of(post: Post) -> str | None:
    """Return the name of a post's author, or the handle of one who gives no name."""
    return post.author_name or post.author_handle


def _by_address_alone(public: Public, wording: Wording) -> Item:
    post = public.post
    return Item(
        id=str(post.id),
        url=post.url,
        content_text=sentence(post, wording),
        bladi=Extension(
            platform=post.platform,
            native_id=post.native_id,
            display=post.display,
            pinned=public.pinned or None,
            featured=public.featured or None,
        ),
    )


def _extension(public: Public, *, folded: bool) -> Extension:
    post = public.post
    spans = [Span(**entity) for entity in post.entities]
    return Extension(
        platform=post.platform,
        native_id=post.native_id,
        display=post.display,
        kind=post.kind,
        direction=names.direction(post.language),
        handle=post.author_handle,
        instance=post.instance,
        language_probability=post.language_probability,
        languages=post.languages or None,
        entities=None if folded or not post.text else spans or None,
        content_warning=post.content_warning,
        sensitive=post.sensitive,
        ai_labelled=post.ai_labelled,
        paid_partnership=post.paid_partnership,
        also_on=[_elsewhere(copy) for copy in public.also_on] or None,
        people=public.people,
        pinned=public.pinned or None,
        featured=public.featured or None,
    )


def _elsewhere(copy: Post) -> Elsewhere:
    is_told = copy.display == Display.CARD
    return Elsewhere(
        platform=copy.platform,
        url=copy.url,
        author=name_of(copy) if is_told else None,
        date_published=copy.published_at if is_told else None,
    )


def _authors(post: Post, avatar: Image | None) -> list[Author] | None:
    if name_of(post) is None and post.author_url is None:
        return None
    # The network's own address would tell it who reads our feeds.
    return [Author(name=name_of(post), url=post.author_url, avatar=avatar and avatar.src)]


def _attachments(public: Public, pictures: Pictures) -> list[Attachment] | None:
    return [
        _attachment(one, pictures.attached(one, public.pictures)) for one in public.media
    ] or None


def _tags(post: Post) -> list[str]:
    written = [entity["value"] for entity in post.entities if entity["kind"] == "hashtag"]
    return list(dict.fromkeys([*written, *post.tags]))


def _attachment(media: Media, image: Image | None) -> Attachment:
    guessed = mimetypes.guess_type(media.url.partition("?")[0])[0]
    return Attachment(
        url=media.url,
        # JSON Feed requires a type; this is the one for "not known" (RFC 2046).
        mime_type=media.mime_type or guessed or "application/octet-stream",
        title=media.alt,
        duration_in_seconds=media.duration,
        bladi=Size(
            kind=media.kind,
            width=image.width if image else media.width,
            height=image.height if image else media.height,
            picture=image and Copy(**asdict(image)),
        ),
    )
