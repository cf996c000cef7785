"""Feeds: what their entries become, when they are read, and what may go wrong."""

import contextlib
import json
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors import feed_document
from collectors.base import (
    BudgetSpentError,
    CollectorError,
    CredentialsError,
    Lookup,
    MalformedError,
    Page,
    Query,
    QuotaError,
    RateLimitedError,
    TransientError,
)
from collectors.feed_entry import item_of
from collectors.feeds import FeedsCollector, FeedsSettings
from store.items import Attachment, Author, Entity, Item, Kind
from tests.collectors.budget import Purse
from tests.platforms import feeds as stand_in
from tests.platforms.serve import platforms
from tests.platforms.world import Person, Picture, World

AGENT = "bladi-test/1 (+https://example.org)"
ABOUT = {"id": "https://f.example/feed", "url": "https://f.example/feed", "name": None}
DATE = "<pubDate>Sun, 23 Nov 2025 09:00:00 GMT</pubDate>"
RSS, ATOM, JSON, TAG = stand_in.PATHS


def a_document(body: str | bytes, content_type: str = "", url: str = "https://f.example/feed"):
    content = body.encode() if isinstance(body, str) else body
    return feed_document.read(content, content_type=content_type, url=url)


def a_file(name: str) -> bytes:
    return (Path(__file__).parent / "feeds" / name).read_bytes()


def payloads_of(document: feed_document.Document, **about: Any) -> list[dict[str, Any]]:
    feed = {**document.feed, **ABOUT, "vouched": False, **about}
    return [{"feed": feed, **entry} for entry in document.entries]


def payloads_in(file: str, /, **about: Any) -> list[dict[str, Any]]:
    # As from the quarantine: what is understood has been JSON in between.
    found: list[dict[str, Any]] = json.loads(json.dumps(payloads_of(a_document(a_file(file)))))
    for payload in found:
        payload["feed"].update(about)
    return found


def an_rss(item: str, namespaces: str = "") -> str:
    return f'<rss version="2.0" {namespaces}><channel><title>T</title>{item}</channel></rss>'


def an_entry(more: str = "", namespaces: str = "") -> Item:
    item = f"""<item><guid>https://f.example/1</guid><link>https://f.example/1</link>
        {DATE}{more}</item>"""
    (payload,) = payloads_of(a_document(an_rss(item, namespaces)))
    return item_of(payload)


# What entries become


def test_blog_post_in_rss_becomes_an_article():
    first, _ = payloads_in("rss.xml")
    text = "Écoutez le reportage 🎙\n\nبلادي في قلبي #بلادي_فقلبي"

    assert item_of(first) == Item(
        platform="feeds",
        native_id="https://radio.example/?p=812",
        instance="f.example",
        url="https://radio.example/2025/11/ete-a-tanger/",
        kind=Kind.ARTICLE,
        title="L’été à Tanger – témoignages",
        text=text,
        entities=(
            Entity(kind="link", start=8, end=20, value="https://f.example/son.html"),
            Entity(kind="hashtag", start=38, end=50, value="بلادي_فقلبي"),
        ),
        tags=("BladiFQalbi", "Tanger"),
        attachments=(
            Attachment(kind="audio", url="https://radio.example/son.mp3", mime_type="audio/mpeg"),
        ),
        author=Author(native_id="https://f.example/feed#Salma B.", name="Salma B."),
        published_at=datetime(2025, 11, 23, 13, 5, tzinfo=UTC),
        language_hint="fr-FR",
        raw=first,
    )


def test_mail_address_of_an_rss_author_is_left_out():
    _, second = payloads_in("rss.xml")

    item = item_of(second)

    assert item.author == Author(
        native_id="https://f.example/feed#La rédaction", name="La rédaction"
    )
    assert item.text == "Texte simple, 3 < 4 & voilà."


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("nora@blog.example (Nora Z.)", "Nora Z."),
        ("Nora Z. &lt;nora@blog.example&gt;", "Nora Z."),
        ("nora@blog.example", "T"),
        ("Nora Z.", "Nora Z."),
    ],
)
def test_author_is_named_without_an_address_however_written(written, name):
    item = an_entry(f"<title>a</title><author>{written}</author>")

    assert item.author.name == name
    assert "@" not in repr(item.author)


def test_atom_entry_becomes_an_article_with_its_full_text():
    first, _ = payloads_in("atom.xml")

    assert item_of(first) == Item(
        platform="feeds",
        native_id="urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a",
        instance="f.example",
        url="https://mdouna.example/rissala",
        kind=Kind.ARTICLE,
        title="رسالة حب",
        text="توحشت دارنا.\n\n#بلادي_فقلبي",
        entities=(
            Entity(kind="link", start=6, end=11, value="https://mdouna.example/darna"),
            Entity(kind="hashtag", start=14, end=26, value="بلادي_فقلبي"),
        ),
        tags=("بلادي فقلبي",),
        attachments=(
            Attachment(
                kind="image",
                url="https://mdouna.example/bab.jpg",
                mime_type="image/jpeg",
                alt="باب قديم",
            ),
        ),
        author=Author(
            native_id="https://mdouna.example/houda",
            name="هدى",
            url="https://mdouna.example/houda",
        ),
        published_at=datetime(2025, 11, 22, 8, tzinfo=UTC),
        edited_at=datetime(2025, 11, 23, 8, 30, tzinfo=UTC),
        language_hint="ar",
        raw=first,
    )


def test_entry_without_a_title_becomes_a_note():
    _, second = payloads_in("atom.xml")

    assert item_of(second) == Item(
        platform="feeds",
        native_id="tag:mdouna.example,2025:2",
        instance="f.example",
        url="https://mdouna.example/2",
        kind=Kind.NOTE,
        text="ⵜⴰⵎⴰⵣⵉⵔⵜ ⵉⵏⵓ <3 #bladifqalbi",
        entities=(Entity(kind="hashtag", start=16, end=28, value="bladifqalbi"),),
        author=Author(native_id="https://f.example/feed#Idir", name="Idir"),
        published_at=datetime(2025, 11, 21, 9, tzinfo=UTC),
        language_hint="zgh",
        raw=second,
    )


def test_descriptions_of_media_are_alternative_texts_and_not_the_text():
    (payload,) = payloads_in("mastodon.rss", name="Tag")

    assert item_of(payload) == Item(
        platform="feeds",
        native_id="https://social.example/@nora/115",
        instance="f.example",
        url="https://social.example/@nora/115",
        kind=Kind.NOTE,
        text="Twe77echt lblad #bladifqalbi",
        entities=(Entity(kind="hashtag", start=16, end=28, value="bladifqalbi"),),
        tags=("bladifqalbi",),
        attachments=(
            Attachment(
                kind="image",
                url="https://files.example/one.png",
                mime_type="image/png",
                alt="Un tajine & du thé",
            ),
            Attachment(
                kind="video",
                url="https://files.example/two.mp4",
                mime_type="video/mp4",
                alt="البحر",
                width=640,
                height=360,
                duration=12,
                preview_url="https://files.example/two.jpg",
            ),
        ),
        author=Author(
            native_id="https://f.example/feed",
            name="Tag",
            url="https://social.example/tags/bladifqalbi",
        ),
        published_at=datetime(2025, 11, 23, 10, tzinfo=UTC),
        sensitive=True,
        raw=payload,
    )


def test_description_of_a_whole_media_group_is_the_text():
    (payload,) = payloads_in("youtube.xml")

    item = item_of(payload)

    assert (item.title, item.text) == ("Clip", "Paroles\n#bladifqalbi https://exemple.ma")
    assert [entity.kind for entity in item.entities] == ["hashtag", "link"]
    assert item.attachments == (
        Attachment(
            kind="image",
            url="https://i4.ytimg.com/vi/abcdefghijk/hqdefault.jpg",
            width=480,
            height=360,
        ),
    )


def test_json_feed_item_becomes_an_article():
    first, _ = payloads_in("feed.json", vouched=True)

    assert item_of(first) == Item(
        platform="feeds",
        native_id="https://carnet.example/neige",
        instance="f.example",
        url="https://carnet.example/neige",
        kind=Kind.ARTICLE,
        title="Première neige",
        text="Le Maroc me manque #bladifqalbi",
        entities=(Entity(kind="hashtag", start=19, end=31, value="bladifqalbi"),),
        tags=("bladifqalbi", "hiver"),
        attachments=(
            Attachment(
                kind="image", url="https://carnet.example/neige.jpg", mime_type="image/jpeg"
            ),
            Attachment(
                kind="video",
                url="https://carnet.example/neige.mp4",
                mime_type="video/mp4",
                alt="La rue",
                duration=9.5,
            ),
        ),
        author=Author(
            native_id="https://carnet.example/rachid",
            name="Rachid",
            url="https://carnet.example/rachid",
            avatar_url="https://carnet.example/r.png",
        ),
        published_at=datetime(2025, 11, 21, 2, tzinfo=UTC),
        edited_at=datetime(2025, 11, 22, 2, tzinfo=UTC),
        language_hint="fr",
        vouched=True,
        raw=first,
    )


def test_plain_json_feed_item_becomes_a_note():
    _, second = payloads_in("feed.json")

    assert item_of(second) == Item(
        platform="feeds",
        native_id="https://f.example/feed#7",
        instance="f.example",
        url="https://carnet.example/7",
        kind=Kind.NOTE,
        text="بلادي فقلبي ♥",
        author=Author(native_id="https://f.example/feed#Invitée", name="Invitée"),
        published_at=datetime(2025, 11, 19, 8, tzinfo=UTC),
        language_hint="fr-CA",
        raw=second,
    )


def test_pictures_in_the_text_are_taken_when_none_are_attached():
    html = "&lt;p&gt;x&lt;/p&gt;&lt;img src='/a.png' alt='Bab'&gt;"

    item = an_entry(f"<description>{html}</description>")

    assert item.attachments == (Attachment(kind="image", url="https://f.example/a.png", alt="Bab"),)


def test_markup_of_strangers_leaves_only_text():
    html = "<![CDATA[<script>x()</script><b onclick='y'>salam</b><a href='javascript:z()'>q</a>]]>"

    item = an_entry(
        f"<title>&lt;img src=x onerror=y&gt; hi</title><description>{html}</description>"
    )

    assert (item.text, item.entities, item.attachments) == ("salamq", (), ())
    assert item.title is not None
    assert "onerror" not in item.text


@pytest.mark.parametrize("native_id", ["812", "post-812"])
def test_id_that_is_no_address_is_bound_to_its_feed(native_id):
    entry = f"""<item><guid isPermaLink="false">{native_id}</guid><title>a</title>
        <link>https://f.example/1</link>{DATE}</item>"""
    (payload,) = payloads_of(a_document(an_rss(entry)))

    assert item_of(payload).native_id == f"https://f.example/feed#{native_id}"


def test_entry_without_an_id_goes_by_its_address():
    entry = f"<item><title>a</title><link>https://f.example/1</link>{DATE}</item>"
    (payload,) = payloads_of(a_document(an_rss(entry)))

    assert item_of(payload).native_id == "https://f.example/1"


@pytest.mark.parametrize(
    "item",
    [
        "<item><title>a</title><link>https://f.example/1</link></item>",
        f"<item><title>a</title>{DATE}</item>",
        f"<item><link>https://f.example/1</link>{DATE}</item>",
        f"<item><title>a</title><link>javascript:x()</link><guid>tag:1</guid>{DATE}</item>",
    ],
    ids=["no date", "no address", "nothing to show", "no web address"],
)
def test_entry_that_lacks_what_a_post_needs_is_refused(item):
    (payload,) = payloads_of(a_document(an_rss(item)))

    with pytest.raises(ValueError, match="no "):
        item_of(payload)


@pytest.mark.parametrize("item", [None, 7, "text", [], {}, {"id": "1"}, {"id": "1", "tags": 3}])
def test_json_item_in_another_shape_is_refused(item):
    (payload,) = payloads_of(a_document(json.dumps(a_json_feed(items=[item]))))

    with pytest.raises((AttributeError, KeyError, TypeError, ValueError)):
        item_of(payload)


# Documents


def a_json_feed(**changed: Any) -> dict[str, Any]:
    return {"version": "https://jsonfeed.org/version/1", "title": "T", "items": [], **changed}


def test_feed_that_breaks_a_rule_of_xml_is_read():
    (payload,) = payloads_in("broken.rss")

    item = item_of(payload)

    assert (item.title, item.text) == ("Pain & beurre", "Café & msemen #bladifqalbi")


@pytest.mark.parametrize(
    ("charset", "content_type", "declared"),
    [
        ("utf-8", "text/xml", ""),
        ("utf-8", "text/xml; charset=ISO-8859-1", "utf-8"),
        ("utf-8-sig", "application/rss+xml", "utf-8"),
        ("utf-16", "application/xml", "utf-16"),
        ("windows-1256", "text/xml; charset=windows-1256", ""),
        ("windows-1256", "application/xml", "windows-1256"),
        ("windows-1256", 'text/html; Charset="windows-1256"', "nonsense"),
    ],
)
def test_letters_are_read_in_the_encoding_that_they_have(charset, content_type, declared):
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = (head + an_rss("<item><title>بلادي فقلبي</title></item>")).encode(charset)

    (entry,) = a_document(body, content_type).entries

    assert entry["entry"]["title"] == "بلادي فقلبي"


@pytest.mark.parametrize("charset", ["zlib", "punycode", "utf-7", "unicode_escape", "no-such"])
def test_strange_encodings_are_not_tried(charset):
    body = an_rss("<item><title>caf\xe9</title></item>").encode("latin-1")

    (entry,) = a_document(body, f"text/xml; charset={charset}").entries

    assert entry["entry"]["title"] == "café"


def test_document_that_declares_entities_is_refused_at_once():
    began = time.monotonic()

    with pytest.raises(MalformedError, match="declares entities"):
        a_document(a_file("bomb.rss"))

    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "bomb",
    [
        '<!-- <x> --><!DOCTYPE rss [<!ENTITY a "b">]>' + an_rss("<item>&a;</item>"),
        'junk <!DOCTYPE rss [<!entity a "b">]>' + an_rss("<item>&a;</item>"),
        '<!DOCTYPE rss SYSTEM "a>[" [<!ENTITY % a "b"> %a;]>' + an_rss("<item/>"),
        '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + an_rss("<item>&a;</item>"),
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_hidden_entities_are_refused_too(bomb, charset):
    with pytest.raises(MalformedError, match="declares entities"):
        a_document(bomb.encode(charset))


def test_doctype_without_entities_is_harmless():
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://x.example/r.dtd">'

    assert len(a_document(doctype + an_rss("<item><title>a</title></item>")).entries) == 1


@pytest.mark.parametrize(
    "body",
    [
        an_rss("<item>" + "<a>" * 200_000 + "</a>" * 200_000 + "</item>"),
        an_rss("<item><description>" + '<a "' * 200_000 + "</description></item>"),
        "[" * 200_000,
        '{"a":' * 200_000,
    ],
    ids=["nested", "broken", "array", "object"],
)
def test_document_made_to_keep_us_busy_is_refused_in_time(body):
    began = time.monotonic()

    with pytest.raises(MalformedError):
        a_document(body)

    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "Not found",
        "<!doctype html><title>Maintenance</title><p>Back soon.</p>",
        '<html xmlns="http://www.w3.org/1999/xhtml"><body><p>x</p></body></html>',
        "<urlset><url><loc>https://f.example/</loc></url></urlset>",
        an_rss("<item><title>a</title></item>")[:60],
        "<rss version='2.0'><channel>& nothing</channel></rss>",
        "[]",
        "{}",
        '{"version": "https://jsonfeed.org/version/1", "title": "T"',
        json.dumps(a_json_feed(version="https://jsonfeed.org/version/2")),
        json.dumps(a_json_feed(version="1.1")),
        json.dumps(a_json_feed(title=None)),
        json.dumps(a_json_feed(items={})),
        json.dumps({"items": []}),
    ],
)
def test_document_that_is_no_feed_is_malformed_and_never_empty(body):
    with pytest.raises(MalformedError):
        a_document(body)


@pytest.mark.parametrize(
    "body",
    [an_rss(""), '<feed xmlns="http://www.w3.org/2005/Atom"/>', json.dumps(a_json_feed())],
)
def test_feed_without_entries_is_one(body):
    assert a_document(body).entries == []


def test_document_cut_in_the_middle_is_malformed():
    whole = a_file("rss.xml")

    for part in (0.3, 0.6, 0.9):
        with pytest.raises(MalformedError, match="beginning"):
            a_document(whole[: int(len(whole) * part)])


# Reading


@contextlib.contextmanager
def reading(world: World, *paths: str, **more: Any) -> Iterator[FeedsCollector]:
    feed = {name: more.pop(name) for name in ("name", "only_tagged") if name in more}
    with platforms(world, ["feeds"]) as urls:
        feeds = [{"url": f"{urls['feeds']}/{path}", **feed} for path in paths or (RSS,)]
        collector = FeedsSettings.model_validate({"feeds": feeds, "timeout": 5, **more}).build(
            AGENT
        )
        try:
            yield collector
        finally:
            collector.close()


def a_query(**more: Any) -> Query:
    now = datetime.now(UTC)
    given = {
        "tags": ("bladifqalbi",),
        "floor": now - timedelta(days=30),
        "now": now,
        "budget": Purse(),
    }
    return Query(**{**given, **more})


def read(
    collector: FeedsCollector,
    query: Query | None = None,
    *,
    bookmark: str | None = None,
    nth: int = 0,
) -> list[Page]:
    query = query or a_query(floor=datetime(2020, 1, 1, tzinfo=UTC))
    stream = collector.streams(query)[nth]
    return list(collector.fetch(query, stream, bookmark=bookmark, resume=None))


def a_world(posts: int = 12, **more: Any) -> World:
    world = World()
    for number in range(posts):
        age = timedelta(hours=number + 1)
        world.say("feeds", f"Salam #bladifqalbi\n\nLigne {number}", age=age, **more)
    return world


def test_all_feeds_together_hold_every_post():
    world = a_world()

    with reading(world, *stand_in.PATHS) as feeds:
        items = [
            feeds.normalise(payload)
            for nth in range(4)
            for page in read(feeds, nth=nth)
            for payload in page.payloads
        ]

    expected = {stand_in.native_id(p): (p.text, p.published_at) for p in world.posts("feeds")}
    assert {item.native_id: (item.text, item.published_at) for item in items} == expected
    assert all(item.entities[0].value == "bladifqalbi" for item in items)


@pytest.mark.parametrize("path", stand_in.PATHS)
def test_pictures_come_with_their_alternative_text(path):
    picture = Picture(name="bab", alt="باب & نافذة")
    world = a_world(4, pictures=(picture,), person=Person(handle="nora", name="Nora & fils"))

    with reading(world, path) as feeds:
        (page,) = read(feeds)
        items = [feeds.normalise(payload) for payload in page.payloads]

    assert [a.alt for item in items for a in item.attachments] == ["باب & نافذة"]
    assert path == TAG or items[0].author.name == "Nora & fils"


def test_each_feed_is_a_stream_named_without_secrets():
    feeds = FeedsSettings.model_validate(
        {
            "feeds": [
                {"url": "https://A.example/feed"},
                {"url": "https://me:hunter2@b.example/feed"},
                {"url": "https://b.example/feed?key=hunter2"},
                {"url": "https://b.example/feed?key=other"},
            ]
        }
    )

    names = feeds.build(AGENT).streams(a_query())

    assert len(set(names)) == 4
    assert names[0].startswith("https://a.example/feed")
    assert all(name.startswith("https://b.example/feed#") for name in names[1:])
    assert "hunter2" not in repr(names)


@pytest.mark.parametrize(
    "feeds",
    [
        [{"url": "ftp://a.example/feed"}],
        [{"url": "file:///etc/passwd"}],
        [{"url": "/etc/passwd"}],
        [{"url": "https://a.example/f"}, {"url": "https://a.example/f", "name": "again"}],
    ],
)
def test_settings_refuse_what_is_no_feed(feeds):
    with pytest.raises(ValueError, match="feeds"):
        FeedsSettings.model_validate({"feeds": feeds})


@pytest.mark.parametrize("path", stand_in.PATHS)
def test_unchanged_feed_is_not_sent_again(path):
    with reading(a_world(), path) as feeds:
        bookmark = read(feeds)[-1].bookmark
        again = read(feeds, bookmark=bookmark)

    assert bookmark is not None
    assert again == [Page(payloads=(), bookmark=bookmark)]


@pytest.mark.parametrize("kept", ["etag", "modified"])
def test_either_mark_of_the_server_is_enough(kept):
    with reading(a_world()) as feeds:
        mark = json.loads(read(feeds)[-1].bookmark or "")
        less = json.dumps({"asked": mark["asked"], kept: mark[kept]})

        assert read(feeds, bookmark=less) == [Page(payloads=(), bookmark=less)]


def test_changed_feed_is_read_again_with_its_edits():
    world = a_world()
    with reading(world) as feeds:
        bookmark = read(feeds)[-1].bookmark
        post = next(p for p in world.posts("feeds") if stand_in.path_of(p) == RSS)
        world.edit(post.story.key, "Mbeddel #bladifqalbi")
        (page,) = read(feeds, bookmark=bookmark)
        texts = {feeds.normalise(payload).text for payload in page.payloads}

    assert "Mbeddel #bladifqalbi" in texts
    assert page.bookmark not in (None, bookmark)


def test_new_hashtag_is_looked_for_in_an_unchanged_feed():
    floor = datetime(2020, 1, 1, tzinfo=UTC)
    with reading(a_world()) as feeds:
        bookmark = read(feeds, a_query(floor=floor))[-1].bookmark
        again = read(feeds, a_query(floor=floor, tags=("jdid",)), bookmark=bookmark)

    assert len(again[-1].payloads) == 3


def test_deleted_post_is_no_longer_in_the_answer():
    world = a_world()
    post = next(p for p in world.posts("feeds") if stand_in.path_of(p) == RSS)
    with reading(world) as feeds:
        bookmark = read(feeds)[-1].bookmark
        world.delete(post.story.key)
        (page,) = read(feeds, bookmark=bookmark)
        ids = {feeds.normalise(payload).native_id for payload in page.payloads}

    assert len(ids) == 2
    assert stand_in.native_id(post) not in ids


def test_feed_that_has_never_had_an_entry_gives_no_page():
    with reading(World()) as feeds:
        assert read(feeds) == []


def test_feed_that_has_become_empty_gives_an_empty_page():
    world = a_world(4)
    with reading(world, ATOM) as feeds:
        bookmark = read(feeds)[-1].bookmark
        for post in world.posts("feeds"):
            world.delete(post.story.key)
        (page,) = read(feeds, bookmark=bookmark)

    assert list(page.payloads) == []
    assert page.bookmark is not None


def test_first_run_goes_back_to_the_floor_only():
    world = a_world()
    floor = world.start - timedelta(hours=6)

    with reading(world) as feeds:
        (page,) = read(feeds, a_query(floor=floor))
        times = [feeds.normalise(payload).published_at for payload in page.payloads]

    expected = [p.published_at for p in world.posts("feeds") if stand_in.path_of(p) == RSS]
    assert times == [moment for moment in expected if moment >= floor]
    assert 0 < len(times) < len(expected)
    assert page.reached_at == times[-1]


def test_backfill_reads_its_range_alone_whatever_the_bookmark():
    world = a_world()
    since, until = world.start - timedelta(hours=9), world.start - timedelta(hours=4)
    with reading(world) as feeds:
        bookmark = read(feeds)[-1].bookmark
        (page,) = read(feeds, a_query(since=since, until=until), bookmark=bookmark)
        times = [feeds.normalise(payload).published_at for payload in page.payloads]

    here = [p.published_at for p in world.posts("feeds") if stand_in.path_of(p) == RSS]
    assert times == [moment for moment in here if since <= moment < until]
    assert len(times) in (1, 2)
    assert page.bookmark is not None


def test_feed_that_vouches_for_all_it_holds_says_so():
    with reading(a_world(), only_tagged=False) as feeds:
        (page,) = read(feeds)

    assert {item_of(payload).vouched for payload in page.payloads} == {True}


def test_gap_is_never_left_and_one_of_old_is_read_like_new():
    query = a_query()
    with reading(a_world()) as feeds:
        stream = feeds.streams(query)[0]
        (page,) = feeds.fetch(query, stream, bookmark=None, resume="anything")

    assert len(page.payloads) == 3


def test_moved_feed_is_followed():
    world = a_world()

    with reading(world, stand_in.MOVED) as feeds:
        (page,) = read(feeds)

    assert len(page.payloads) == 3
    assert [path for _, path in world.requests["feeds"]] == [f"/{stand_in.MOVED}", f"/{RSS}"]


def test_payloads_are_json_that_can_be_understood_later():
    with reading(a_world(4, pictures=(Picture(name="a"),)), *stand_in.PATHS) as feeds:
        payloads = [p for nth in range(4) for page in read(feeds, nth=nth) for p in page.payloads]

    assert len(payloads) == 4
    for payload in payloads:
        assert item_of(json.loads(json.dumps(payload))) == item_of(payload)


def test_bad_entry_does_not_spoil_its_feed():
    good = {"id": "https://f.example/1", "content_text": "salam", "date_published": "2025-11-23"}
    body = json.dumps(a_json_feed(items=[None, good]))
    world = a_world()
    world.fail("feeds", "json", body=body)

    with reading(world) as feeds:
        (page,) = read(feeds)

    assert [payload["item"] for payload in page.payloads] == [None, good]


def test_nothing_is_asked_about_known_posts():
    purse = Purse()

    with reading(a_world()) as feeds:
        assert feeds.lookup_batch == 0
        assert feeds.lookup([], purse) == Lookup()
    assert not purse.spent


def test_each_feed_costs_one_call():
    purse = Purse(1)
    floor = datetime(2020, 1, 1, tzinfo=UTC)
    world = a_world()

    with reading(world, *stand_in.PATHS) as feeds:
        read(feeds, a_query(floor=floor, budget=purse))
        with pytest.raises(BudgetSpentError):
            read(feeds, a_query(floor=floor, budget=purse), nth=1)

    assert len(world.requests["feeds"]) == 1


# What may go wrong


def failure(world: World, path: str = RSS, **more: Any) -> CollectorError:
    with reading(world, path, **more) as feeds, pytest.raises(CollectorError) as caught:
        read(feeds)
    assert str(caught.value).startswith("feeds: ")
    return caught.value


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, MalformedError),
        (401, CollectorError),
        (402, QuotaError),
        (403, CollectorError),
        (404, MalformedError),
        (408, TransientError),
        (410, CollectorError),
        (418, MalformedError),
        (425, TransientError),
        (500, TransientError),
        (503, TransientError),
        (204, MalformedError),
        (304, MalformedError),
    ],
)
def test_refusal_is_told_by_its_status(status, expected):
    world = a_world()
    world.fail("feeds", "status", status=status)

    assert type(failure(world)) is expected


def test_feed_that_is_gone_is_to_be_removed_by_hand():
    error = failure(a_world(), stand_in.GONE)

    assert "remove it from config.yaml" in str(error)
    assert type(error) is CollectorError


@pytest.mark.parametrize(
    "headers", [{"retry-after": "90"}, {"x-ratelimit-reset": "90"}, {}], ids=str
)
def test_rate_limit_is_told_with_its_reset(headers):
    world = a_world()
    world.fail("feeds", "status", status=429, headers=headers)

    error = failure(world)

    assert isinstance(error, RateLimitedError)
    if headers:
        assert error.retry_at is not None
        assert abs((error.retry_at - datetime.now(UTC)).total_seconds() - 90) < 5
    else:
        assert error.retry_at is None


def test_feed_behind_a_password_is_read_with_it():
    with platforms(a_world(), ["feeds"]) as urls:
        key = f"http://{stand_in.USER}:{stand_in.PASSWORD}@"
        url = urls["feeds"].replace("http://", key) + f"/{stand_in.PRIVATE}"
        feeds = FeedsSettings.model_validate({"feeds": [{"url": url}]}).build(AGENT)
        (page,) = read(feeds)
        feeds.close()

    assert len(page.payloads) == 12
    assert stand_in.PASSWORD not in json.dumps([page.payloads, page.bookmark])


@pytest.mark.parametrize("fault", [None, "drop", "html"])
def test_password_is_in_no_message(fault):
    world = a_world()
    if fault:
        world.fail("feeds", fault)
    with platforms(world, ["feeds"]) as urls:
        url = urls["feeds"].replace("http://", "http://reader:hunter2@") + f"/{stand_in.PRIVATE}"
        feeds = FeedsSettings.model_validate({"feeds": [{"url": url}]}).build(AGENT)
        with pytest.raises(CollectorError) as caught:
            read(feeds)
        feeds.close()

    assert isinstance(caught.value, CredentialsError) or fault
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_web_page_instead_of_a_feed_is_malformed_and_names_its_host():
    world = a_world()
    world.fail("feeds", "html")

    error = failure(world)

    assert type(error) is MalformedError
    assert "127.0.0.1" in str(error)


def test_feed_without_end_is_malformed():
    world = a_world()
    world.fail("feeds", "oversize")

    assert "more than 5000000 bytes" in str(failure(world))


@pytest.mark.parametrize("kind", ["half", "drop"])
def test_broken_connection_is_transient(kind):
    world = a_world()
    world.fail("feeds", kind)

    assert type(failure(world)) is TransientError


@pytest.mark.parametrize(("kind", "delay"), [("slow", 0.05), ("hang", 1.5)])
def test_slow_answer_is_given_up_in_time(kind, delay):
    world = a_world()
    world.fail("feeds", kind, delay=delay)
    began = time.monotonic()

    assert type(failure(world, timeout=0.4)) is TransientError
    assert time.monotonic() - began < 5


def test_redirects_without_end_are_malformed():
    world = a_world()
    world.fail("feeds", "status", status=302, headers={"location": f"/{RSS}"}, times=-1)

    assert type(failure(world)) is MalformedError
    assert len(world.requests["feeds"]) == 4


def test_mark_that_cannot_be_sent_back_is_not_kept():
    world = a_world()
    body = json.dumps(a_json_feed(items=[{"id": "1"}]))
    world.fail("feeds", "json", body=body, headers={"etag": '"' + "x" * 600 + '"'})

    with reading(world) as feeds:
        (page,) = read(feeds)

    assert set(json.loads(page.bookmark or "")) == {"asked"}
