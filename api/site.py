"""What every route of the public side shares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from importlib import resources
from importlib.resources.abc import Traversable
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session
from starlette.requests import Request

from api import assets, words
from api.addresses import Addresses
from api.errors import BadParameterError, NotFoundError
from api.fragments import Fragments
from api.headers import Allowed
from api.pictures import Pictures
from api.settings import ApiSettings
from api.words import Wording
from store import periods
from store.engine import reading
from store.files import Files
from store.settings import MAIN, CampaignSettings, CollectionSettings, Words

LAST_ID = 2**63 - 1
"""No database of ours gives a larger id."""


def clock() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Site:
    """One wall: its database, its campaign, its words and its addresses."""

    engine: Engine
    campaign: CampaignSettings
    settings: ApiSettings
    wordings: Mapping[str, Wording]
    assets: Mapping[str, assets.Asset]
    addresses: Addresses
    files: Files | None
    """Copies of pictures, if there are any."""
    pictures: Pictures
    edition: str
    """Changes with everything but the posts that an answer is made of."""
    now: Callable[[], datetime]
    fragments: Fragments = field(default_factory=Fragments)
    """Posts that need only be joined to pages."""

    @property
    def allowed(self) -> Allowed:
        """What answers say that a browser may do with them."""
        return Allowed(is_secure=self.addresses.is_secure, pictures=self.pictures.origin)

    @property
    def zone(self) -> ZoneInfo:
        """Of the dates that visitors see."""
        return ZoneInfo(self.campaign.time_zone)

    def wording(self, request: Request, asked: str | None = None) -> Wording:
        """Return the language asked for by name, or the one that the browser likes best."""
        accepted = request.headers.get("accept-language")
        return words.pick(self.wordings, asked, accepted, self.settings.default_language)

    def spoken(self, asked: str | None) -> Wording:
        """Return the language asked for by name, or else the wall's own."""
        return self.wordings[asked or self.settings.default_language]

    def say(self, sentence: Words, wording: Wording) -> str:
        """Return the campaign's own words in a language of the interface."""
        return str(getattr(sentence, wording.tag))

    def collections(self, session: Session | None = None) -> list[CollectionSettings]:
        """Return the collections that are shown now; without a session one is opened."""
        if session is None:
            with reading(self.engine) as session:
                return self.collections(session)
        closed = periods.closed(session, now=self.now())
        return [one for one in self.campaign.collections if one.name not in closed]

    def check_collection(self, name: str | None) -> None:
        """Let a collection pass that the campaign has now, or none.

        Raises:
            BadParameterError: the campaign has no such collection.
        """
        names = [collection.name for collection in self.collections()] if name is not None else []
        if name is not None and name not in names:
            allowed = f"write one of {', '.join(names)}" if names else "this campaign has none"
            raise BadParameterError("collection", allowed)

    def collection_of(self, wall: str, *, kiosk: bool = False) -> CollectionSettings | None:
        """Return the collection that an address names; None for `main`, which is everything.

        Args:
            wall: the name in the address.
            kiosk: for a big screen in public, which shows nothing but collections made for it.

        Raises:
            NotFoundError: the campaign has no such collection now, or none for big screens.
        """
        if wall == MAIN and not kiosk:
            return None
        known = {one.name: one for one in self.collections() if one.kiosk or not kiosk}
        if wall in known:
            return known[wall]
        names = [*known] if kiosk else [MAIN, *known]
        advice = f"write one of {', '.join(names)}" if names else "none is for big screens"
        raise NotFoundError(f"wall: {advice}")


def build(
    engine: Engine,
    campaign: CampaignSettings,
    settings: ApiSettings,
    files: Files | None = None,
    pictures_url: str | None = None,
    now: Callable[[], datetime] = clock,
) -> Site:
    """Return the site of a campaign; the database is not opened yet."""
    addresses = Addresses(settings.public_url)
    base = (pictures_url or addresses.absolute("/media")).rstrip("/")
    return Site(
        engine=engine,
        campaign=campaign,
        settings=settings,
        wordings=words.load(),
        assets=assets.load(),
        addresses=addresses,
        files=files,
        pictures=Pictures(base, are_shown=files is not None),
        edition=_edition(campaign, settings, f"{base} {files is not None}"),
        now=now,
    )


def _edition(campaign: CampaignSettings, settings: ApiSettings, pictures: str) -> str:
    digest = blake2b(pictures.encode(), digest_size=8)
    digest.update(campaign.model_dump_json().encode())
    digest.update(settings.model_dump_json().encode())
    digest.update(_code())
    return digest.hexdigest()


@cache
def _code() -> bytes:
    # Once a process, which runs what it has read at its start.
    return blake2b(b"".join(_bodies(resources.files("api")))).digest()


def _bodies(folder: Traversable) -> list[bytes]:
    """Return the content of every file that an answer may be made of, in a lasting order."""
    bodies: list[bytes] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            bodies += _bodies(entry)
        elif entry.name.endswith((".py", ".html", ".svg", ".css", ".po")):
            bodies.append(entry.read_bytes())
    return bodies
