"""The same post as which? For now exact evidence: equal address, or equal long-enough text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import Case, case
from sqlmodel import Session, col, or_, select

from store.hashtags import HASHTAG
from store.models import Availability, Post, Review
from store.normal import words

ENOUGH_LETTERS = 30
ENOUGH_WORDS = 5
"""Below these a text proves nothing: many people write the same short words."""

_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|igshid|ref_(?:src|url)")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")
_HANDLE = re.compile(r"(?<!\w)@[\w.@-]+")


@dataclass(frozen=True, slots=True)
class Keys:
    """Hashes that two copies of one story share; None where there is no evidence."""

    text: int | None
    url: int | None


def keys(text: str, url: str) -> Keys:
    """Return the keys of a post: of its text if long enough, and of its address."""
    form = normal_form(text)
    enough = len(form) - form.count(" ") >= ENOUGH_LETTERS and form.count(" ") + 1 >= ENOUGH_WORDS
    return Keys(_hash(form) if enough else None, _hash(canonical_url(url)))


def normal_form(text: str) -> str:
    """Return the folded words of a text without its addresses, handles and hashtags."""
    if "#" in text or "＃" in text:
        text = HASHTAG.sub(" ", text)
    if "@" in text:
        text = _HANDLE.sub(" ", text)
    if "http" in text or "www." in text:
        text = _ADDRESS.sub(" ", text)
    return words(text)


def canonical_url(url: str) -> str:
    """Return an address without scheme, `www.`, fragment, tracking parameters or end slash."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        # Such as a port of 99999: it leads nowhere, but it still equals itself.
        return url
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    query = ""
    if parts.query:
        kept = [
            pair
            for pair in parse_qsl(parts.query, keep_blank_values=True)
            if not _TRACKING.fullmatch(pair[0])
        ]
        query = "?" + urlencode(sorted(kept)) if kept else ""
    return f"{host}{port}{parts.path.rstrip('/')}{query}"


def find_originals(session: Session, posts: Sequence[tuple[int, Keys]]) -> dict[int, int]:
    """Return, for each post that repeats an older one, the id of the story's first post.

    The caller must hold the store's write lock: two writers would miss each other's new posts.

    Args:
        session: inside a write transaction.
        posts: id and keys of saved posts that have just come or changed, oldest first.
    """
    names = {post_id: _names(key) for post_id, key in posts}
    roots = _roots(session, {key for some in names.values() for _, key in some}, without=set(names))
    found: dict[int, int] = {}
    for post_id, some in names.items():
        root = next((roots[name] for name in some if name in roots), post_id)
        if root != post_id:
            found[post_id] = root
        for name in some:
            roots.setdefault(name, root)
    return found


def _names(key: Keys) -> list[tuple[str, int]]:
    """Return a post's keys with what they are keys of, strongest evidence first."""
    return [(what, k) for what, k in (("url", key.url), ("text", key.text)) if k is not None]


def _roots(session: Session, wanted: set[int], *, without: set[int]) -> dict[tuple[str, int], int]:
    """Return which story each key stands for already."""
    roots: dict[tuple[str, int], int] = {}
    if not wanted:
        return roots
    rows = session.exec(
        select(Post.id, Post.text_key, Post.url_key, Post.duplicate_of_id)
        .where(or_(col(Post.text_key).in_(wanted), col(Post.url_key).in_(wanted)))
        .order_by(_standing(), col(Post.id))
    )
    for post_id, text_key, url_key, duplicate_of_id in rows:
        if post_id is not None and post_id not in without:
            for name in _names(Keys(text_key, url_key)):
                roots.setdefault(name, duplicate_of_id or post_id)
    return roots


def promote(session: Session, post_id: int) -> int | None:
    """Hand the story of a post that is leaving to the next of its copies; return that one's id.

    The next is the earliest that people may see, and every other copy follows it.
    """
    copies = session.exec(
        select(Post)
        .where(col(Post.duplicate_of_id) == post_id)
        .order_by(_standing(), col(Post.published_at), col(Post.id))
    ).all()
    if not copies:
        return None
    heir = copies[0]
    heir.duplicate_of_id = None
    for copy in copies[1:]:
        copy.duplicate_of_id = heir.id
    session.flush()
    return heir.id


def _standing() -> Case[int]:
    """Order: what people may see comes first, what was rejected or has gone comes last."""
    return case(
        (col(Post.availability) != Availability.LIVE, 3),
        (col(Post.review) == Review.APPROVED, 0),
        (col(Post.review) == Review.PENDING, 1),
        else_=2,
    )


def _hash(form: str) -> int:
    return int.from_bytes(
        blake2b(form.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True
    )
