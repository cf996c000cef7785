"""Settings of the store and the campaign, and the small types that every section shares."""

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from store import pattern
from store.hashtags import SPELLING, canonical

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _parse_span(value: Any) -> Any:
    if isinstance(value, str) and (match := re.fullmatch(r"(\d+)\s*([smhd])", value.strip())):
        return timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    if isinstance(value, timedelta):
        return value
    raise ValueError("write a number and s, m, h or d, for example 15m")


def _check_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("write a time zone such as Africa/Casablanca") from error
    return value


def _check_tag(value: str) -> str:
    if not SPELLING.fullmatch(value) or not canonical(value):
        raise ValueError("write a hashtag without # and spaces, for example bladifqalbi")
    return value


def _check_host(value: str) -> str:
    if not re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?", value):
        raise ValueError("write a host in small letters and its port, for example 10.0.0.7:8080")
    return value


Span = Annotated[timedelta, BeforeValidator(_parse_span)]
"""A length of time written `30s`, `15m`, `6h` or `30d`."""

Zone = Annotated[str, AfterValidator(_check_zone)]
"""An IANA time zone."""

Tag = Annotated[str, AfterValidator(_check_tag)]
"""A hashtag without its mark."""

Pattern = Annotated[str, AfterValidator(pattern.check)]
"""A regular expression that tags of a campaign fulfil in their canonical form, as a whole."""


def _check_address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
        raise ValueError("write a whole address, for example https://wall.example.org")
    return value


Address = Annotated[str, AfterValidator(_check_address)]
"""An `http` or `https` address; it may end in a folder."""

Host = Annotated[str, AfterValidator(_check_host)]
"""A host and port without scheme and path."""


class Section(BaseModel):
    """One section of config.yaml: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class StoreSettings(Section):
    """Where posts are kept, and for how long."""

    url: SecretStr = SecretStr("sqlite:///var/bladifqalbi.db")
    """SQLAlchemy address; a PostgreSQL password makes it a secret."""
    raw_days: int = Field(default=30, ge=1)
    """Days after which a post's raw payload is purged."""


class LanguageSettings(Section):
    """Who says which language a post is in."""

    backend: Literal["compact", "langdetect"] = "compact"
    """`langdetect` asks that library which European language it is: slower, less often right."""
    weights: Path | None = None
    """A file that `bladifqalbi language train` has made, in place of the one that comes with us."""


class S3Settings(Section):
    """A bucket for copies of pictures; without `bucket` they are kept in a folder."""

    bucket: str = ""
    prefix: str = ""
    """Before every name in the bucket, for buckets that are shared."""
    endpoint: Address | None = None
    """Of a service other than Amazon's."""
    region: str = "us-east-1"
    access_key: SecretStr | None = None
    secret_key: SecretStr | None = None


class MediaSettings(Section):
    """Our own copies of pictures: where they are kept, and how much room they may take."""

    enabled: bool = True
    """False: no picture is fetched, and cards show drawings in their place."""
    folder: Path = Path("var/media")
    s3: S3Settings = S3Settings()
    quota_mb: int = Field(default=5000, ge=1)
    """Megabytes; the oldest copies make room for new ones."""
    every: Span = timedelta(seconds=15)
    """How often new pictures are looked for."""
    public_url: Address | None = None
    """Their address for visitors, where it is a host of its own; None: with the wall's."""
    trusted: tuple[Host, ...] = ()
    """Hosts that may be fetched from although they are on a private network, as `name:port`."""


class Words(Section):
    """The same words in the five languages of the interface."""

    ar: str = Field(min_length=1)
    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)
    es: str = Field(min_length=1)
    zgh: str = Field(min_length=1)


MAIN = "main"
"""The name of the wall that shows everything, in addresses."""


def _check_collection(value: str) -> str:
    if value == MAIN:
        raise ValueError(f"write another name; {MAIN} is the wall that shows everything")
    return value


class CollectionSettings(Section):
    """A named selection of posts that the team makes."""

    name: Annotated[str, AfterValidator(_check_collection)] = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,59}$"
    )
    """As in addresses: small Latin letters, digits and -."""
    title: Words
    kiosk: bool = False
    """Big screens in public may show it: in it is what the team has chosen for everybody's eyes."""


class CampaignSettings(Section):
    """What the wall is about."""

    title: Words
    summary: Words
    hashtags: tuple[Tag, ...] = Field(min_length=1)
    """Spellings to ask the platforms for, most usual first."""
    phrases: tuple[str, ...] = ()
    """Spellings for full-text searches, where `#` means nothing."""
    pattern: Pattern | None = None
    """What counts as the campaign's tag beside `hashtags`; None: those alone, however written."""
    formulas: Path | None = None
    """A file of further sayings, one a line, that many use: they prove nothing about who copied."""
    since: date
    """The oldest day that a first harvest goes back to."""
    time_zone: Zone = "UTC"
    """Of the dates that visitors see."""
    contact: str = Field(min_length=3)
    """Address or e-mail that we tell the platforms' administrators."""
    collections: tuple[CollectionSettings, ...] = ()

    @property
    def floor(self) -> datetime:
        """The first moment of `since`, aware UTC."""
        return datetime.combine(self.since, time(), ZoneInfo(self.time_zone)).astimezone(UTC)
