"""Posts of the API's tests, written straight into the tables, and the app that shows them."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import ApiSettings
from store import changes
from store.engine import writing
from store.files import Files
from store.items import Display
from store.models import Change, ChangeKind, Collected, Media, Picture, Post
from store.normal import words
from store.settings import CampaignSettings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HERE = "https://mur.example.ma"
OURS = f"{HERE}/media"
THERE = "https://social.example/media/1.png"
FACE = "https://social.example/faces/amina.png"

CAMPAIGN = CampaignSettings.model_validate(
    {
        "title": {
            "ar": "بلادي في قلبي",
            "fr": "Bladi fi qalbi",
            "en": "Bladi fi qalbi",
            "es": "Bladi fi qalbi",
            "zgh": "ⴱⵍⴰⴷⵉ ⴼⵉ ⵇⴰⵍⴱⵉ",
        },
        "summary": {
            "ar": "حكايات وصور وأفكار من مغاربة العالم، اختارها فريقنا من الشبكات الاجتماعية.",
            "fr": "Récits, images et idées des Marocains du monde, choisis par notre équipe.",
            "en": "Stories, pictures and ideas of Moroccans of the world, chosen by our team.",
            "es": "Relatos, imágenes e ideas de los marroquíes del mundo, elegidos por el equipo.",
            "zgh": "ⵜⵓⵍⵍⵉⵙⵉⵏ ⴷ ⵜⵉⵡⵍⴰⴼⵉⵏ",
        },
        "hashtags": ["bladifqalbi", "بلادي_فقلبي"],
        "since": "2026-01-01",
        "time_zone": "Africa/Casablanca",
        "contact": "mailto:wall@example.org",
        "collections": [
            {
                "name": "summer",
                "kiosk": True,
                "title": {
                    "ar": "العودة صيفا",
                    "fr": "Le retour de l’été",
                    "en": "The summer return",
                    "es": "El regreso de verano",
                    "zgh": "ⴰⵏⴱⴷⵓ",
                },
            }
        ],
    }
)

BODY = bytes(range(256))
"""What stands for the file of a copy, where nobody looks at it."""

_numbers = itertools.count(1)


def a_post(*, copy_of: Any = None, **more: Any) -> Post:
    """Return the smallest public post; `more` are columns of `Post`."""
    number = next(_numbers)
    if copy_of is not None:
        more.update(story_id=copy_of, is_copy=True)
    more.setdefault("platform", "mastodon")
    more.setdefault("native_id", f"https://social.example/posts/{number}")
    more.setdefault("url", f"https://social.example/@amina/{number}")
    more.setdefault("kind", "note")
    more.setdefault("text", "Un café à la gare")
    more.setdefault("published_at", NOW - timedelta(seconds=number))
    more.setdefault("author_id", "amina")
    more.setdefault("author_handle", "amina@social.example")
    more.setdefault("author_name", "Amina El Idrissi")
    more.setdefault("author_url", "https://social.example/@amina")
    more.setdefault("language", "fr")
    more.setdefault("display", Display.CARD.value)
    more.setdefault("review", "approved")
    searched = (more.get("title"), more["text"], more["author_name"], more["author_handle"])
    more.setdefault("search_text", words(" ".join(filter(None, searched))))
    return Post(first_seen_at=NOW, fetched_at=NOW, digest=number, **more)


def keep(engine: Engine, post: Post, *media: Media, collection: str | None = None) -> int:
    """Store a post with its media, as a harvest does; return its id."""
    with writing(engine) as session:
        session.add(post)
        session.flush()
        assert post.id is not None
        if post.is_copy:
            session.get_one(Post, post.story_id).story_id = post.story_id
        for position, one in enumerate(media):
            one.post_id, one.position = post.id, position
            session.add(one)
        if collection is not None:
            session.add(Collected(post_id=post.id, collection=collection))
        changes.record(session, ChangeKind.PUBLISHED, [post.id], now=NOW)
    return post.id


def change(engine: Engine, post_id: int, **columns: Any) -> None:
    """Change a stored post, and note that the public sees it differently."""
    with writing(engine) as session:
        post = session.get_one(Post, post_id)
        for name, value in columns.items():
            setattr(post, name, value)
        session.add(Change(kind=ChangeKind.UPDATED.value, post_id=post_id, changed_at=NOW))


def a_picture(**more: Any) -> Media:
    """Return a picture for `keep`; `more` are columns of `Media`."""
    more.setdefault("kind", "image")
    more.setdefault("url", "https://social.example/media/1.png")
    return Media(**more)


def a_copy(engine: Engine, files: Files | None = None, **more: Any) -> Picture:
    """Store a picture whose copies are there, and `BODY` as each of them.

    `more` are columns of `Picture`; posts name it by its `key`.
    """
    number = next(_numbers)
    more.setdefault("role", "attachment")
    more.setdefault("state", "kept")
    more.setdefault("widths", [320, 640])
    more.setdefault("digest", f"{number:064x}")
    picture = Picture(
        key=-number,
        platform="mastodon",
        url=f"https://social.example/media/{number}.png",
        width=1600,
        height=1200,
        colour="#8f1a21",
        animated=False,
        size=4 * len(BODY),
        fetched_at=NOW,
        **more,
    )
    with writing(engine) as session:
        session.add(picture)
    if files is not None:
        for width in picture.widths:
            for form in ("webp", "jpg"):
                files.put(more["digest"], f"{width}.{form}", BODY)
    return picture


def version(picture: Picture) -> str:
    """Return what changes in the addresses of a picture's copies when it is fetched anew."""
    return (picture.digest or "")[:8]


def srcset(picture: Picture, form: str, base: str) -> str:
    """Return the addresses of a picture's copies, as a page gives them."""
    return ", ".join(
        f"{base}/{picture.id}/{width}.{form}?v={version(picture)} {width}w"
        for width in picture.widths
    )


def an_app(
    engine: Engine, files: Files | None = None, pictures_url: str | None = None, **settings: Any
) -> FastAPI:
    """Return the public side; `settings` are those of `ApiSettings`."""
    return create_app(engine, CAMPAIGN, ApiSettings(**settings), files, pictures_url)


def a_client(
    engine: Engine, files: Files | None = None, pictures_url: str | None = None, **settings: Any
) -> TestClient:
    """Return a client of the public side, which shows errors as visitors see them."""
    app = an_app(engine, files, pictures_url, **settings)
    return TestClient(app, raise_server_exceptions=False)
