"""A store of many posts, few of them public, to measure the wall with."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from store import changes, migrations
from store.engine import open_engine, writing
from store.models import ChangeKind, Post
from store.normal import words
from store.settings import CampaignSettings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LANGUAGES, KINDS = ("ar", "ary", "fr", "es", "en"), ("note", "image", "video", "article")
PLATFORMS = ("mastodon", "bluesky", "youtube", "reddit")
TEXTS = ("المدرسة في المغرب وذكريات الطفولة", "Un été à Fès, la gare et le café", "twe7echt bladi")
CAMPAIGN = CampaignSettings.model_validate(
    {
        "title": dict.fromkeys(("ar", "fr", "en", "es", "zgh"), "Bladi"),
        "summary": dict.fromkeys(("ar", "fr", "en", "es", "zgh"), "Bladi"),
        "hashtags": ["bladifqalbi"],
        "since": "2026-01-01",
        "contact": "mailto:wall@example.org",
    }
)

PAGE = """
    SELECT wall.seq, post.id, post.platform, post.url, post.kind, post.title, post.text, post.tags,
        post.published_at, post.edited_at, post.author_name, post.author_handle, post.author_url,
        post.author_avatar_url, post.language, post.languages, post.topics, post.content_warning,
        post.sensitive, post.likes, post.replies, post.reposts
    FROM wall JOIN post ON post.id = wall.post_id ORDER BY wall.seq DESC LIMIT 24
"""
"""What `/v1/wall` shows, as one query."""


def fill(engine: Engine, posts: int, approved: int) -> None:
    """Store posts of which every so manieth is public."""
    step = max(1, posts // approved)
    for start in range(0, posts, 10_000):
        with writing(engine) as session:
            rows = [_row(n, public=n % step == 0) for n in range(start, min(posts, start + 10_000))]
            session.connection().execute(insert(Post), rows)
    with writing(engine) as session:
        changes.record(session, ChangeKind.PUBLISHED, [1], now=NOW)


def _row(number: int, *, public: bool) -> dict[str, Any]:
    text = f"{TEXTS[number % 3]} {number} #bladifqalbi"
    return {
        "platform": PLATFORMS[number // 3 % 4], "native_id": str(number),
        "url": f"https://social.example/{number}", "kind": KINDS[number // 7 % 4], "text": text,
        "entities": [], "tags": [], "refers_to": [], "languages": [], "labels": [],
        "withheld_in": [], "published_at": NOW - timedelta(seconds=number),
        "author_id": f"a{number % 5000}", "author_name": "Amina", "author_handle": "amina",
        "language": LANGUAGES[number // 2 % 5], "display": "card", "first_seen_at": NOW,
        "fetched_at": NOW, "digest": number, "review": "approved" if public else "pending",
        "search_text": words(f"{text} Amina amina"),
    }  # fmt: skip


def a_store(posts: int, approved: int) -> str:
    """Return the address of a filled store, kept for the next run of the same size."""
    folder = Path(tempfile.gettempdir()) / f"bladi-serve-{posts}-{approved}"
    url = f"sqlite:///{folder}/wall.db"
    is_new = not folder.exists()
    engine = open_engine(url)
    if migrations.upgrade(engine) and is_new:
        print(f"storing {posts} posts", flush=True)
        fill(engine, posts, approved)
    engine.dispose()
    return url
