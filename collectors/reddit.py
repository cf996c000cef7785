"""Reddit, through praw: a full-text search of all posts, and the new posts of some subreddits.

Reddit answers newest first and has no way to ask for what is newer than something, so every run
reads from the top down to its bookmark. Listings end after some 250 posts: what lies deeper cannot
be read by anybody, and the end of a listing is the end of a run.

Requests go through `praw.Reddit.request`, which gives plain JSON. praw's own listings make objects
of posts: one `"author": null` breaks the whole page, and reading a field that Reddit left out
fetches the post again behind our back.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, SecretStr

from collectors.base import (
    Budget,
    CollectorError,
    CollectorSettings,
    CredentialsError,
    Known,
    Lookup,
    MalformedError,
    Page,
    Query,
)
from collectors.reddit_line import Line, TokenError
from collectors.reddit_post import item_of
from collectors.reddit_reading import Reading, payload_of
from collectors.spellings import Asked, distinct
from store.items import Item, Payload
from store.stories.permalinks import post_id

if TYPE_CHECKING:
    from praw import Reddit

PAGE = 100
"""Most posts of one listing or lookup (www.reddit.com/dev/api)."""
LONGEST_SEARCH = 500
"""Characters; the search box takes 512."""
# Each span is taken for a little less than it is: clocks differ, and reading takes time.
_SPANS = (
    ("day", timedelta(hours=23)),
    ("week", timedelta(days=6.5)),
    ("month", timedelta(days=27)),
    ("year", timedelta(days=360)),
)


class RedditSettings(CollectorSettings):
    """How Reddit is read; the app has to be approved by Reddit first."""

    client_id: SecretStr | None = None
    client_secret: SecretStr | None = None
    base_url: str = "https://oauth.reddit.com"
    auth_url: str = "https://www.reddit.com"
    subreddits: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{2,21}$")], ...] = ()
    """Names without r/ of those whose new posts are read beside the search."""

    def build(self, agent: str) -> "RedditCollector":
        """Return the collector."""
        if missing := self.missing():
            raise CredentialsError(f"reddit: not set: {', '.join(missing)}")
        return RedditCollector(self, agent)

    def asked(self, tags: Sequence[str], phrases: Sequence[str]) -> list[Asked]:
        """Return the searches for all words; several where one would be too long."""
        words = (word.replace('"', " ").strip() for word in (*phrases, *tags))
        terms = distinct([f'"{word}"' for word in words if word], str.casefold)
        # Half of a run's pages: a search with news needs a second.
        most = max(1, self.budget.pages // 2 - len(self.subreddits))
        groups = _groups(terms)[:most]
        kept = [term for group in groups for term in group]
        return [
            Asked(
                strings=kept,
                left_out=len(terms) - len(kept),
                how=f"searches: {len(groups)}, each of at most {LONGEST_SEARCH} characters",
                queries=[" OR ".join(group) for group in groups],
            )
        ]

    def known(self, address: str) -> Known | None:
        """Return the post that an address of Reddit names; a comment is none."""
        found = post_id(address, "reddit")
        if found is None:
            return None
        return Known(native_id=f"t3_{found.lower()}", lookup_id=None, instance=None)

    def missing(self) -> list[str]:
        """Return the credentials that are not set."""
        return [name for name in ("client_id", "client_secret") if not getattr(self, name)]


class RedditCollector:
    """Reddit, ready to be read with one app's credentials."""

    platform = "reddit"
    lookup_batch = PAGE

    def __init__(self, settings: RedditSettings, agent: str) -> None:
        self._settings = settings
        self._agent = agent
        self._line = Line(settings.timeout)
        self._reddit = self._connect()

    def close(self) -> None:
        """Close connections."""
        self._line.close()

    def streams(self, query: Query) -> Sequence[str]:
        """Return the searches needed for all words, then the subreddits."""
        return [*self._searches(query), *(f"r/{name}" for name in self._settings.subreddits)]

    def fetch(
        self, query: Query, stream: str, *, bookmark: str | None, resume: str | None
    ) -> Iterator[Page]:
        """Read one listing from the top, or from `resume`, downwards; see `Collector`."""
        reading = Reading(query, bookmark=bookmark, resume=resume)
        path, params = self._listing(query, stream, reading.bottom)
        while True:
            below = {"after": reading.after} if reading.after else {}
            children, after = self._list(path, {**params, **below}, query.budget)
            if not children and reading.lost_its_place():
                continue
            if page := reading.page(children, after):
                yield page
            if reading.finished:
                return

    def normalise(self, payload: Payload) -> Item:
        """Understand one post; see `Collector`."""
        return item_of(payload)

    def lookup(self, known: Sequence[Known], budget: Budget) -> Lookup:
        """Ask for posts by name; those that Reddit has forgotten are merely missing."""
        names = ",".join(post.native_id for post in known)
        children, _ = self._list("/api/info/", {"id": names}, budget)
        return Lookup(found=[payload_of(child) for child in children])

    def _searches(self, query: Query) -> dict[str, str]:
        """Return what is searched for by its stream's name."""
        (asked,) = self._settings.asked(query.tags, query.phrases)
        return {
            f"search {number}" if number > 1 else "search": text
            for number, text in enumerate(asked.queries, 1)
        }

    def _listing(
        self, query: Query, stream: str, bottom: float
    ) -> tuple[str, dict[str, str | int]]:
        """Return path and parameters of a stream's listing."""
        if stream.startswith("r/"):
            return f"/{stream}/new/", {"limit": PAGE}
        age = query.now - datetime.fromtimestamp(bottom, UTC)
        span = next((name for name, length in _SPANS if age < length), "all")
        return "/r/all/search/", {
            "q": self._searches(query)[stream],
            "sort": "new",
            "syntax": "lucene",
            "restrict_sr": "False",
            "t": span,
            "limit": PAGE,
        }

    def _list(
        self, path: str, params: Mapping[str, str | int], budget: Budget
    ) -> tuple[list[Any], str | None]:
        match self._ask(path, params, budget):
            case {"kind": "Listing", "data": {"children": list() as children, "after": after}} if (
                after is None or isinstance(after, str)
            ):
                return children, after
        raise MalformedError("reddit: an answer that is no listing")

    def _ask(self, path: str, params: Mapping[str, str | int], budget: Budget) -> Any:
        self._line.budget = budget
        try:
            return self._request(path, params)
        except TokenError:
            # Tokens live for an hour, or until Reddit thinks otherwise; only a second refusal
            # means the app. prawcore would try three times and sleep in between.
            self._reddit = self._connect()
        return self._request(path, params)

    def _request(self, path: str, params: Mapping[str, str | int]) -> Any:
        try:
            return self._reddit.request(method="GET", path=path, params=dict(params))
        except Exception as error:  # noqa: BLE001 - prawcore lets KeyError, TypeError and more through
            failure = _failure(error)
        # Raised out here because prawcore's errors hold the client secret.
        raise failure

    def _connect(self) -> "Reddit":
        import praw

        settings = self._settings
        # Whatever is named here cannot be changed by a praw.ini or the environment.
        return praw.Reddit(
            "DEFAULT",
            client_id=_secret(settings.client_id),
            client_secret=_secret(settings.client_secret),
            user_agent=self._agent,
            reddit_url=settings.auth_url.rstrip("/"),
            oauth_url=settings.base_url.rstrip("/"),
            username=None,
            password=None,
            refresh_token=None,
            redirect_uri=None,
            check_for_updates=False,
            check_for_async=False,
            requestor_kwargs={"session": self._line},
        )


def _groups(terms: Sequence[str]) -> list[list[str]]:
    """Share terms among as few searches as can hold them."""
    groups: list[list[str]] = []
    for term in terms:
        if groups and len(" OR ".join([*groups[-1], term])) <= LONGEST_SEARCH:
            groups[-1].append(term)
        else:
            groups.append([term])
    return groups


def _failure(error: Exception) -> CollectorError:
    """Return what an error of praw's means; never with its text, which may hold a secret."""
    from prawcore import OAuthException

    # prawcore wraps what its session raises; this one raises our own errors.
    cause = getattr(error, "original_exception", error)
    if isinstance(cause, CollectorError):
        return cause.with_traceback(None)
    if isinstance(cause, OAuthException):
        return CredentialsError("reddit: the client id or secret is refused")
    return MalformedError(f"reddit: an answer that is not Reddit's ({type(cause).__name__})")


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
