"""Posts with pictures, for the tests of their copies."""

from datetime import timedelta

from sqlmodel import col, select

from store import copying
from store.ingest import ingest
from store.items import Attachment, Author, Kind
from store.models import Picture, Post
from tests.conftest import NOW, an_item, some_rules

LATER = NOW + timedelta(minutes=5)
COPIES = copying.Copies(
    digest="ab" * 32,
    width=1600,
    height=1200,
    colour="#8f1a21",
    animated=False,
    widths=[320, 640],
    size=50_000,
    looks=bytes(96),
    flatness=0.2,
    detail=0.98,
    hardness=0.1,
)


def image(name="1", **more):
    return Attachment(kind="image", url=f"https://media.example/{name}.png", **more)


def author(name="amina", **more):
    return Author(native_id=name, handle=name, name=name.title(), **more)


def post(session, native_id="1", *attachments, platform="mastodon", publish=True, **more):
    """Ingest a post with a picture; return its id."""
    more.setdefault("text", f"Bonjour {native_id} #bladifqalbi")
    item = an_item(
        native_id,
        kind=Kind.IMAGE,
        platform=platform,
        attachments=attachments or (image(native_id),),
        **more,
    )
    ingest(session, [item], rules=some_rules(source=platform, publish=publish), now=NOW)
    return session.exec(
        select(Post.id).where(Post.platform == platform, Post.native_id == native_id)
    ).one()


def pictures(session):
    return session.exec(select(Picture).order_by(col(Picture.id))).all()


def keep(session, copies=COPIES, now=NOW):
    """Copy all that is due."""
    for due in copying.claim(session, now=now, limit=100):
        copying.keep(session, due, copies, now=now)


def claimed(session, *, now=NOW):
    """Claim the one picture that is due."""
    (due,) = copying.claim(session, now=now, limit=10)
    return due


def fail(session, *, now=NOW, times=1, final=False):
    """Let the one picture that is due fail, each time at its turn; return what may be unused."""
    before = None
    for _ in range(times):
        due = copying.begin(session, claimed(session, now=now))
        before = copying.fail(session, due, "a.example answered 500", final=final, now=now)
        (picture,) = pictures(session)
        now = picture.due_at or now
    return before
