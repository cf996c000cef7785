"""How the objects of X's API v2 look (docs.x.com/x-api/fundamentals/data-dictionary)."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.platforms import pictures
from tests.platforms.world import Person, Picture, Post

POST_FIELDS = frozenset(
    [
        "article",
        "attachments",
        "author_id",
        "card_uri",
        "community_id",
        "context_annotations",
        "conversation_id",
        "created_at",
        "display_text_range",
        "edit_controls",
        "edit_history_tweet_ids",
        "entities",
        "geo",
        "id",
        "in_reply_to_user_id",
        "lang",
        "media_metadata",
        "note_tweet",
        "paid_partnership",
        "possibly_sensitive",
        "public_metrics",
        "referenced_tweets",
        "reply_settings",
        "scopes",
        "source",
        "text",
        "withheld",
    ]
)
EXPANSIONS = frozenset(
    [
        "article.cover_media",
        "article.media_entities",
        "attachments.media_keys",
        "attachments.media_source_tweet",
        "attachments.poll_ids",
        "author_id",
        "edit_history_tweet_ids",
        "entities.mentions.username",
        "geo.place_id",
        "in_reply_to_user_id",
        "referenced_tweets.id",
        "referenced_tweets.id.author_id",
    ]
)
MEDIA_FIELDS = frozenset(
    [
        "alt_text",
        "duration_ms",
        "height",
        "media_key",
        "preview_image_url",
        "public_metrics",
        "type",
        "url",
        "variants",
        "width",
    ]
)
USER_FIELDS = frozenset(
    [
        "created_at",
        "description",
        "entities",
        "id",
        "location",
        "name",
        "pinned_tweet_id",
        "profile_image_url",
        "protected",
        "public_metrics",
        "url",
        "username",
        "verified",
        "verified_type",
        "withheld",
    ]
)
LONG = 280

_FIRST = datetime(2010, 11, 4, 1, 42, 54, 657000, UTC)
# What X takes a language for that it does not know.
_LANGUAGES = {"ary": "ar", "ary-Latn": "in", "zgh": "und", "ber-Latn": "und"}
_WORD = re.compile(
    r"(?<!\w)[#＃](?P<tag>[\w\u064b-\u065f\u0670]+)|(?<!\w)@(?P<user>\w{1,15})|(?P<link>https://t\.co/\w+)"
)


@dataclass(frozen=True)
class Version:
    """One version of a post, which to X is a post of its own."""

    post: Post
    id: int
    text: str
    history: tuple[int, ...]


def snowflake(moment: datetime, number: int) -> int:
    """Return an id: milliseconds since X's beginning of time, then 22 bits of a sequence."""
    return ((moment - _FIRST) // timedelta(milliseconds=1) << 22) + number % (1 << 22)


def time_of(post_id: int) -> datetime:
    """Return when an id was made."""
    return _FIRST + timedelta(milliseconds=post_id >> 22)


def versions(post: Post) -> list[Version]:
    """Return what became of a post, oldest first."""
    first = snowflake(post.published_at, post.number)
    if post.edited_at is None:
        return [Version(post, first, post.text, (first,))]
    # X lets nobody edit before they have posted, whatever a test's world says.
    edited_at = max(post.edited_at, post.published_at + timedelta(seconds=1))
    history = (first, snowflake(edited_at, post.number))
    return [
        Version(post, history[0], post.story.text, history),
        Version(post, history[1], post.text, history),
    ]


def post_of(version: Version) -> dict[str, Any]:
    """Return one version with all the fields that somebody may ask for."""
    story, number = version.post.story, version.post.number
    keys = [_media_key(version, place) for place in range(len(story.pictures))]
    links = {_short(f"{version.id} {key}"): key for key in keys[:1]}
    plain = version.text + "".join(f" {link}" for link in links)
    text, entities = _written(plain, links, version)
    post: dict[str, Any] = {
        "id": str(version.id),
        "text": text,
        "edit_history_tweet_ids": [str(one) for one in version.history],
        "author_id": user_id(story.person),
        "created_at": f"{time_of(version.id):%Y-%m-%dT%H:%M:%S.000Z}",
        "conversation_id": str(version.history[0]),
        "lang": _LANGUAGES.get(story.language, story.language),
        "possibly_sensitive": story.sensitive,
        "public_metrics": _counts(number),
        "reply_settings": "everyone",
    }
    if len(plain) > LONG:
        post["note_tweet"] = {"text": text, **({"entities": entities} if entities else {})}
        cut = f"{version.text[: LONG - 30]}… {_short(str(version.id))}"
        post["text"], entities = _written(cut, {}, version)
    if entities:
        post["entities"] = entities
    if keys:
        post["attachments"] = {"media_keys": keys}
    return post


def user_of(person: Person, base_url: str) -> dict[str, Any]:
    """Return an author."""
    return {
        "id": user_id(person),
        "name": person.name,
        "username": person.handle,
        "created_at": "2014-03-01T10:00:00.000Z",
        "location": person.place,
        "profile_image_url": pictures.avatar_address(base_url, person, "jpg", size="normal"),
        "protected": False,
        "verified": False,
        "verified_type": "none",
    }


def user_id(person: Person) -> str:
    """Return an author's id, the same in every world."""
    return str(int.from_bytes(hashlib.sha256(person.handle.encode()).digest()[:7]))


def media_of(version: Version, base_url: str) -> Iterator[dict[str, Any]]:
    """Yield what is attached."""
    for place, picture in enumerate(version.post.story.pictures):
        key = _media_key(version, place)
        yield {"media_key": key, **_medium(picture, base_url)}


def _medium(picture: Picture, base_url: str) -> dict[str, Any]:
    size = {"width": picture.width, "height": picture.height}
    alt = {"alt_text": picture.alt} if picture.alt else {}
    if picture.kind != "video":
        return {"type": "photo", "url": pictures.address(base_url, picture, "jpg"), **size, **alt}
    stem = f"{base_url}/media/{picture.name}"
    streams = {"content_type": "application/x-mpegURL", "url": f"{stem}.m3u8"}
    files = [
        {"bit_rate": rate, "content_type": "video/mp4", "url": f"{stem}-{rate}.mp4"}
        for rate in (256_000, 2_176_000)
    ]
    return {
        "type": "video",
        "preview_image_url": pictures.address(base_url, picture, "jpg"),
        "duration_ms": int((picture.duration or 0) * 1000),
        "variants": [files[0], streams, files[1]],
        **size,
        **alt,
    }


def _media_key(version: Version, place: int) -> str:
    kind = "7" if version.post.story.pictures[place].kind == "video" else "3"
    return f"{kind}_{version.history[0] + place}"


def _short(words: str) -> str:
    return f"https://t.co/{hashlib.sha256(words.encode()).hexdigest()[:10]}"


def _written(plain: str, attached: dict[str, str], version: Version) -> tuple[str, dict[str, Any]]:
    """Return a text with its HTML escapes, and where its words stand in that."""
    links: dict[str, str] = {}
    for address in re.findall(r"https?://(?!t\.co/)\S+", plain):
        links[_short(address)] = address
        plain = plain.replace(address, _short(address))
    text = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    entities: dict[str, Any] = {}
    for word in _WORD.finditer(text):
        place = {"start": word.start(), "end": word.end()}
        if word["tag"]:
            entities.setdefault("hashtags", []).append({**place, "tag": word["tag"]})
        elif word["user"]:
            mention = {
                **place,
                "username": word["user"],
                "id": user_id(Person(handle=word["user"], name="")),
            }
            entities.setdefault("mentions", []).append(mention)
        else:
            link = _link(word["link"], links, attached, version)
            entities.setdefault("urls", []).append({**place, **link})
    return text, entities


def _link(
    short: str, links: dict[str, str], attached: dict[str, str], version: Version
) -> dict[str, str]:
    if short in links:
        address = links[short]
        return {"url": short, "expanded_url": address, "display_url": address.split("//")[1][:30]}
    status = f"https://x.com/{version.post.story.person.handle}/status/{version.id}"
    if short in attached:
        shown = {"expanded_url": f"{status}/photo/1", "display_url": f"pic.x.com/{short[-10:]}"}
        return {"url": short, "media_key": attached[short], **shown}
    return {"url": short, "expanded_url": status, "display_url": status.split("//")[1][:30]}


def _counts(number: int) -> dict[str, int]:
    return {
        "retweet_count": number % 7,
        "reply_count": number % 5,
        "like_count": number * 3 % 101,
        "quote_count": 0,
        "bookmark_count": 0,
        "impression_count": number * 37 % 5003,
    }
