"""The addresses of our copies of pictures, as pages and feeds give them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from store.models import Media, Picture, Post

FORMS = {"webp": "image/webp", "jpg": "image/jpeg"}
"""Endings of our copies, and their types; every browser that is in use reads the last."""

USUAL = 640
"""Pixels of the copy for readers that cannot choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One picture on a page: `srcset` for those who choose, `src` for those who do not."""

    src: str
    srcset: str
    """Of JPEG copies."""
    srcset_webp: str
    width: int
    """Pixels of the original."""
    height: int
    colour: str
    """What to paint while it loads."""
    animated: bool
    """It moves at its network; our copy stands still."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Makes addresses below `base`, the address of our pictures for visitors."""

    base: str
    are_shown: bool = True
    """False where no copies can be served: then cards show drawings."""

    @property
    def origin(self) -> str:
        """Scheme and host of the addresses."""
        return "{0.scheme}://{0.netloc}".format(urlsplit(self.base))

    def attached(self, media: Media, known: Mapping[int, Picture]) -> Image | None:
        """Return the picture that stands for an attachment, if there is a copy."""
        return self._known(media.picture_key, known)

    def first(self, attached: Iterable[Media], known: Mapping[int, Picture]) -> Image | None:
        """Return the first picture of some attachments that there is a copy of."""
        found = (self.attached(one, known) for one in attached)
        return next((image for image in found if image), None)

    def avatar(self, post: Post, known: Mapping[int, Picture]) -> Image | None:
        """Return the avatar of a post's author, if there is a copy."""
        return self._known(post.avatar_key, known)

    def _known(self, key: int | None, known: Mapping[int, Picture]) -> Image | None:
        picture = known.get(key) if key is not None and self.are_shown else None
        return self._image(picture) if picture else None

    def _image(self, picture: Picture) -> Image:
        usual = min(picture.widths, key=lambda width: abs(width - USUAL))
        return Image(
            src=self._address(picture, usual, "jpg"),
            srcset=self._choice(picture, "jpg"),
            srcset_webp=self._choice(picture, "webp"),
            width=picture.width or 1,
            height=picture.height or 1,
            colour=picture.colour or "#808080",
            animated=picture.animated is True,
        )

    def _choice(self, picture: Picture, form: str) -> str:
        return ", ".join(
            f"{self._address(picture, width, form)} {width}w" for width in picture.widths
        )

    def _address(self, picture: Picture, width: int, form: str) -> str:
        # The version: what is fetched anew has another address, since browsers keep the old one.
        return f"{self.base}/{picture.id}/{width}.{form}?v={(picture.digest or '')[:8]}"
