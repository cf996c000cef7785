"""What X is asked for and how it answers: the way through tweepy, and the posts in an answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from collectors.base import MalformedError, QuotaError
from collectors.x_post import id_of, newest_id
from store.items import Payload

if TYPE_CHECKING:
    from collectors.http import PoliteClient

MAX_BYTES = 5_000_000
"""Most bytes of one answer; five hundred posts with videos are some 2 MB."""

FIELDS = {
    "tweet_fields": [
        *("attachments", "author_id", "created_at", "edit_history_tweet_ids", "entities", "lang"),
        *("note_tweet", "paid_partnership", "possibly_sensitive", "public_metrics"),
        *("referenced_tweets", "withheld"),
    ],
    "expansions": ["author_id", "attachments.media_keys"],
    "user_fields": ["name", "profile_image_url", "protected", "username", "withheld"],
    "media_fields": [
        *("alt_text", "duration_ms", "height", "preview_image_url", "type", "url", "variants"),
        "width",
    ],
}
"""What is asked for. Not the posts referred to: each would be paid for, and none is shown."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """What tweepy asks of an answer; `content` is empty, for tweepy writes it into a log."""

    data: Any
    headers: Mapping[str, str]
    status_code: int = 200
    reason: str = "OK"
    content: bytes = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def json(self) -> Any:
        return self.data


class PoliteSession:
    """Stands where tweepy keeps its session, which has no time-out and knows one host only.

    Every refusal becomes one of our errors here, before tweepy reads it: it breaks on error bodies
    that are no objects, and on limits without a reset. The token is known to the client alone.
    """

    def __init__(self, http: "PoliteClient", base_url: str) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")

    def request(self, method: str, url: str, *, params: Any = None, **_own: Any) -> _Reply:
        """Return a 200 answer with JSON; headers and time-outs are the client's own.

        Raises:
            CollectorError: the class that anything else stands for.
        """
        answer = self._http.request(method, self._base_url + urlsplit(url).path, params=params)
        # A cap has the status of a rate limit, but no reset: trying again within the day is vain.
        if answer.status == 429 and b"/usage-capped" in answer.body:
            raise QuotaError("x: the account's usage cap is reached")
        return _Reply(*self._http.json_of(answer))


def check_shape(answer: Any) -> None:
    """See that an answer has the shape that all answers about posts have.

    Raises:
        MalformedError: it has not.
    """
    if isinstance(answer, dict) and isinstance(answer.get("includes", {}), dict):
        lists = [answer.get("data", []), answer.get("errors", [])]
        if all(isinstance(part, list) for part in (*lists, *answer.get("includes", {}).values())):
            return
    raise MalformedError("x: an answer that is not what X documents")


def payloads_of(answer: Mapping[str, Any]) -> list[Payload]:
    """Return the posts of an answer, each with its author and media.

    Of a post that was edited, search also gives the earlier versions; only the newest may be
    shown, and where that has lost the hashtag, none.
    """
    authors, media = _by(answer, "users", "id"), _by(answer, "media", "media_key")
    return [
        _joined(post, authors, media)
        for post in answer.get("data", ())
        if newest_id(post) == id_of(post)
    ]


def _by(answer: Mapping[str, Any], what: str, name: str) -> dict[str, Any]:
    included = answer.get("includes", {}).get(what, ())
    return {str(one.get(name)): one for one in included if isinstance(one, dict)}


def _joined(post: Any, authors: Mapping[str, Any], media: Mapping[str, Any]) -> Payload:
    try:
        keys = [str(key) for key in post.get("attachments", {}).get("media_keys", ())]
        author = authors.get(str(post.get("author_id")))
    except (AttributeError, TypeError):
        # A malformed post: `normalise` will say so, and its neighbours are not harmed.
        keys, author = [], None
    return {"post": post, "author": author, "media": [media[key] for key in keys if key in media]}


def lost_ids(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield the asked ids of which X says that there is no such post, or none that it may show."""
    for error in answer.get("errors", ()):
        if not isinstance(error, dict) or error.get("parameter", "ids") != "ids":
            continue
        problem = str(error.get("type")).rsplit("/", 1)[-1]
        if problem in ("resource-not-found", "not-authorized-for-resource"):
            yield str(error.get("resource_id") or error.get("value"))
