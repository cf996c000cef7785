"""What feeds of all forms say of a post: its title and its text as HTML."""

import re

from markupsafe import escape

from api import item, names
from api.schemas import Item
from api.words import Wording
from store.items import Display
from store.models import Post

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that cannot be said in XML at all, not even as numbers."""


def title_of(post: Post, wording: Wording) -> str:
    """Return a title for a post without one; RSS readers list posts by it."""
    name = item.name_of(post)
    if post.display != Display.CARD or name is None:
        return item.sentence(post, wording)
    place = names.place(wording, post.platform, post.url)
    return wording.gettext("%(name)s on %(network)s", name=name, network=place)


def html(told: Item) -> str:
    """Return the text as HTML, which is what readers take a description for."""
    lines = str(escape(told.content_text)).replace("\n", "<br>")
    if told.language is None:
        return f'<div dir="auto">{lines}</div>'
    direction = names.direction(told.language)
    return f'<div lang="{escape(told.language)}" dir="{direction}">{lines}</div>'
