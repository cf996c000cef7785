"""A wall with the posts of the stand-ins' campaign: six networks, eleven languages, pictures."""

from datetime import timedelta
from itertools import groupby

from sqlalchemy import Engine
from sqlmodel import col, select

from collectors import pictures
from collectors.html import entities_in
from collectors.media import facts
from store import copying
from store.engine import writing
from store.files import Files
from store.hashtags import Campaign
from store.ingest import Rules, ingest
from store.items import Attachment, Author, Display, Item, Kind
from store.language import CompactTagger
from store.models import Collected, Post
from tests.api.rows import NOW
from tests.platforms import art, corpus, faces
from tests.platforms.world import Story

_PAGES = {
    "x": "https://x.com/{handle}/status/{key}",
    "reddit": "https://www.reddit.com/r/Morocco/comments/{key}/",
    "youtube": "https://www.youtube.com/watch?v={key}",
    "mastodon": "https://mastodon.social/@{handle}/{key}",
    "bluesky": "https://bsky.app/profile/{handle}/post/{key}",
    "feeds": "https://journal.example/{key}",
}
_KINDS = {"youtube": Kind.VIDEO, "feeds": Kind.ARTICLE}


def fill(engine: Engine) -> None:
    """Store every story of the corpus that is out at the start, approved; some in a collection."""
    rules = Rules(
        source="corpus",
        campaign=Campaign(["bladifqalbi", "بلادي_فقلبي"]),
        publish=True,
        tagger=CompactTagger(),
    )
    with writing(engine) as session:
        # As harvests do: each brings the posts of one platform.
        for _, stories in groupby(corpus.stories(), key=lambda story: story.platform):
            ingest(session, [_item(story) for story in stories], rules=rules, now=NOW)
        for post in session.exec(select(Post).order_by(col(Post.id))).all()[::3]:
            session.add(Collected(post_id=post.id or 0, collection="summer"))


def copy_pictures(engine: Engine, files: Files) -> None:
    """Copy what those stories show, as drawn by the stand-ins; odd pictures are refused."""
    with writing(engine) as session:
        for due in copying.claim(session, now=NOW, limit=1000):
            size, name = due.url.rsplit("/", 2)[1:]
            try:
                rendering = pictures.render(_drawn(due.role, size, name.removesuffix(".png")))
            except ValueError:
                copying.fail(
                    session, copying.begin(session, due), "no picture", final=True, now=NOW
                )
                continue
            for file in rendering.files:
                files.put(rendering.digest, f"{file.width}.{file.form}", file.body)
            copying.keep(session, due, facts(rendering), now=NOW)


def _drawn(role: str, size: str, name: str) -> bytes:
    if role == "avatar":
        return faces.draw(name, 144)
    width, _, height = size.partition("x")
    return art.draw(name, int(width), int(height))


def _item(story: Story) -> Item:
    handle, key = story.person.handle, story.key.removeprefix(f"{story.platform}-")
    url = _PAGES[story.platform].format(handle=handle, key=key)
    return Item(
        platform=story.platform,
        native_id=url,
        instance="mastodon.social" if story.platform == "mastodon" else None,
        url=url,
        kind=_kind(story),
        title=story.title,
        text=story.text,
        entities=entities_in(story.text),
        attachments=tuple(_attachments(story)),
        author=Author(
            native_id=handle,
            handle=None if story.platform in {"youtube", "feeds"} else handle,
            name=None if story.platform == "reddit" else story.person.name,
            url=url.removesuffix(key),
            avatar_url=f"https://media.example/faces/{handle}.png",
        ),
        published_at=NOW - max(story.age, timedelta()),
        content_warning=story.warning,
        sensitive=story.sensitive or None,
        display=Display.CARD_ONLY if story.platform == "x" else Display.CARD,
        vouched=True,
        raw={},
    )


def _kind(story: Story) -> Kind:
    if story.platform in _KINDS:
        return _KINDS[story.platform]
    kinds = {picture.kind for picture in story.pictures}
    if "video" in kinds:
        return Kind.VIDEO
    return Kind.IMAGE if kinds else Kind.NOTE


def _attachments(story: Story) -> list[Attachment]:
    return [
        Attachment(
            kind=picture.kind,
            url=f"https://media.example/{picture.width}x{picture.height}/{picture.name}.png",
            alt=picture.alt,
            width=picture.width,
            height=picture.height,
            duration=picture.duration,
        )
        for picture in story.pictures
    ]
