"""What search engines read of a page: schema.org as JSON-LD."""

import json
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from api import item
from api.pictures import Pictures
from api.words import Wording
from store.items import Display
from store.models import Post
from store.wall import Public


def of_page(
    posts: Sequence[Public], name: str, url: str, wording: Wording, pictures: Pictures
) -> Markup:
    """Return a page of posts as an ItemList, fit to stand inside a script element."""
    listed = [
        {"@type": "ListItem", "position": number, "item": _of(public, wording, pictures)}
        for number, public in enumerate(posts, 1)
    ]
    return _script(
        {
            "@context": "https://schema.org",
            "@type": "ItemList",
            "name": name,
            "url": url,
            "numberOfItems": len(listed),
            "itemListElement": listed,
        }
    )


def of_post(public: Public, wording: Wording, pictures: Pictures) -> Markup:
    """Return one post, fit to stand inside a script element."""
    return _script({"@context": "https://schema.org", **_of(public, wording, pictures)})


def _of(public: Public, wording: Wording, pictures: Pictures) -> dict[str, Any]:
    post = public.post
    if post.display != Display.CARD or item.warning_of(post, wording):
        return {"@type": "SocialMediaPosting", "url": post.url}
    told: dict[str, Any] = {
        "url": post.url,
        "author": _author(post),
        "datePublished": post.published_at.isoformat(),
        "dateModified": post.edited_at.isoformat() if post.edited_at else None,
        "inLanguage": None if post.language == "und" else post.language,
    }
    image = pictures.first(public.media, public.pictures)
    if post.kind == "video" and image:
        told |= {
            "@type": "VideoObject",
            "name": post.title or item.sentence(post, wording),
            "description": post.text or item.sentence(post, wording),
            "thumbnailUrl": image.src,
            "uploadDate": told["datePublished"],
        }
    else:
        told |= {
            "@type": "SocialMediaPosting",
            "headline": post.title,
            "articleBody": post.text or None,
            "image": image.src if image else None,
        }
    return {name: value for name, value in told.items() if value is not None}


def _author(post: Post) -> dict[str, str] | None:
    name = item.name_of(post)
    if name is None:
        return None
    known = {"@type": "Person", "name": name}
    return {**known, "url": post.author_url} if post.author_url else known


def _script(told: dict[str, Any]) -> Markup:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    # Whatever a post says, it cannot end the element or begin a comment.
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Markup(text)  # noqa: S704  # every mark of HTML is escaped above
