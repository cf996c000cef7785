"""What a web team pastes into its page to show the wall, and what its own policy must allow."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup, escape

from api.site import Site
from api.widget import release, serving
from api.words import Wording

PLAYER = "https://www.youtube-nocookie.com"
"""Whose players the wall shows, after a click."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which wall a page shall show, and how."""

    wall: str = "main"
    layout: str = "mosaic"
    theme: str = "auto"
    limit: int = 12


class Snippets:
    """The ways to show one wall in one language.

    Raises:
        NotFoundError: the campaign has no such wall, or it is for no big screen and one is wished.
    """

    def __init__(self, site: Site, wording: Wording, wish: Wish) -> None:
        self._site = site
        self._wording = wording
        self._wish = wish
        self._files = release.load()
        collection = site.collection_of(wish.wall, kiosk=wish.layout == "kiosk")
        self._title = site.say(collection.title if collection else site.campaign.title, wording)

    @property
    def element(self) -> str:
        """Form A: the element, with a link for where it cannot be."""
        wish, addresses = self._wish, self._site.addresses
        attributes = {
            "src": addresses.absolute(f"/w/{wish.wall}"),
            "lang": self._wording.tag,
            **_changed(wish),
        }
        link = Markup('<a href="{}">{}</a>').format(self._home, self._title)
        return (
            f"<bladi-wall{_written(attributes)}>\n  {link}\n</bladi-wall>\n"
            f"{self._script(self._files.script)}"
        )

    @property
    def frame(self) -> str:
        """Form B: a frame, and the script that makes it as high as its content."""
        attributes = {
            "src": self.frame_url,
            "title": self._title,
            "loading": "lazy",
            "sandbox": (
                "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox "
                "allow-forms"
            ),
            "referrerpolicy": "strict-origin-when-cross-origin",
            "style": "width:100%;height:1200px;border:0",
        }
        return f"<iframe{_written(attributes)}></iframe>\n{self._script(self._files.resize)}"

    @property
    def frame_url(self) -> str:
        """The page that form B shows; with the layout `kiosk`, that of a big screen."""
        return self._below("e")

    @property
    def fragment(self) -> str:
        """Form C: where a server or a cache finds the HTML to put into its page."""
        return f'<!--#include virtual="{escape(self._below("f"))}" -->'

    @property
    def discovery(self) -> str:
        """Form D: where a content system asks what to show for a link."""
        url = self._site.addresses.absolute("/oembed", {"url": self._home, "format": "json"})
        attributes = {"rel": "alternate", "type": "application/json+oembed", "href": url}
        return f"<link{_written(attributes)}>"

    @property
    def style(self) -> str:
        """What keeps the place of form A in the host's style sheet, until the wall is there.

        What stands below a whole screen is out of sight, so however high the wall turns out,
        nothing is seen to move.
        """
        return "bladi-wall { display: block; min-block-size: 100vh; }"

    @property
    def policy(self) -> str:
        """What form A needs of the host's Content-Security-Policy."""
        wall = _origin(self._site.addresses.absolute("/"))
        pictures = " ".join(dict.fromkeys((wall, self._site.pictures.origin)))
        return (
            f"script-src {wall};\nconnect-src {wall};\nimg-src {pictures};\n"
            f"media-src {pictures};\nframe-src {PLAYER}"
        )

    @property
    def frame_policy(self) -> str:
        """What form B needs of it."""
        wall = _origin(self._site.addresses.absolute("/"))
        return f"frame-src {wall};\nscript-src {wall}"

    @property
    def _home(self) -> str:
        wish, tag = self._wish, self._wording.tag
        path = f"/{tag}/" if wish.wall == "main" else f"/{tag}/c/{wish.wall}"
        return self._site.addresses.absolute(path)

    def _below(self, folder: str) -> str:
        query = urlencode({"lang": self._wording.tag, **_changed(self._wish)})
        return f"{self._site.addresses.absolute(f'/{folder}/{self._wish.wall}')}?{query}"

    def _script(self, file: release.File) -> str:
        pinned = serving.pinned(self._site.addresses, file)
        attributes = {
            "type": "module",
            "src": pinned.url,
            "integrity": pinned.integrity,
            "crossorigin": "anonymous",
        }
        return f"<script{_written(attributes)}></script>"


def _changed(wish: Wish) -> dict[str, object]:
    """Return what is asked for otherwise than the element does by itself."""
    usual = Wish()
    names = ("layout", "theme", "limit")
    return {
        name: getattr(wish, name) for name in names if getattr(wish, name) != getattr(usual, name)
    }


def _written(attributes: Mapping[str, object]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())


def _origin(url: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))
