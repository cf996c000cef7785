import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.bluesky_post import item_of
from store.items import (
    Attachment,
    Author,
    Entity,
    Item,
    Kind,
    Metrics,
    OptOut,
    Reference,
)

PAYLOADS = Path(__file__).parent / "bluesky"
CDN = "https://cdn.bsky.app/img"


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def changed(**fields: Any) -> Any:
    """A payload whose view differs from images.json in these fields."""
    out = copy.deepcopy(payload("images"))
    out["post"].update(fields)
    return out


def recorded(**fields: Any) -> Any:
    """A payload whose record differs from that of images.json in these fields."""
    out = copy.deepcopy(payload("images"))
    out["post"]["record"].update(fields)
    return out


def label(value: str, **more: Any) -> dict[str, Any]:
    return {"src": "did:plc:labeler", "uri": "at://x", "val": value, "cts": "2026-11-20", **more}


def test_pictures_become_attachments_and_bytes_become_places_in_the_text():
    did = "did:plc:ragtjsm2j2vknwkz3zp4oxrd"

    item = item_of(payload("images"))

    assert item == Item(
        platform="bluesky",
        native_id=f"at://{did}/app.bsky.feed.post/3lbfxk2m4kc2a",
        url=f"https://bsky.app/profile/{did}/post/3lbfxk2m4kc2a",
        kind=Kind.IMAGE,
        text="قلبي هناك #بلادي_فقلبي ⴰⵣⵓⵍ @driss45.bsky.social example.org/recit",
        entities=(
            Entity(kind="hashtag", start=10, end=22, value="بلادي_فقلبي"),
            Entity(kind="mention", start=28, end=48, value="driss45.bsky.social"),
            Entity(kind="link", start=49, end=66, value="https://example.org/recit?a=1&b=2"),
        ),
        tags=("bladifqalbi",),
        attachments=(
            Attachment(
                kind="image",
                url=f"{CDN}/feed_fullsize/plain/{did}/bafkreif1@jpeg",
                alt="بحر السعيدية عند الغروب",
                width=2000,
                height=1500,
                preview_url=f"{CDN}/feed_thumbnail/plain/{did}/bafkreif1@jpeg",
            ),
            Attachment(
                kind="image",
                url=f"{CDN}/feed_fullsize/plain/{did}/bafkreif2@jpeg",
                preview_url=f"{CDN}/feed_thumbnail/plain/{did}/bafkreif2@jpeg",
            ),
        ),
        author=Author(
            native_id=did,
            handle="salmabk.bsky.social",
            name="سلمى البقالي",
            url=f"https://bsky.app/profile/{did}",
            avatar_url=f"{CDN}/avatar/plain/{did}/bafkreib@jpeg",
        ),
        published_at=datetime(2026, 11, 21, 8, 15, 30, 123000, tzinfo=UTC),
        indexed_at=datetime(2026, 11, 21, 8, 15, 31, 900000, tzinfo=UTC),
        version="bafyreigdwdwrrkpjhp5vwmrl5gvm4wasvk7lkeo3m4v37qi5wicrp2aoky",
        language_hint="ar",
        metrics=Metrics(likes=30, replies=1, reposts=2),
        sensitive=False,
        raw=payload("images"),
    )


def test_video_in_a_reply_that_quotes_keeps_both_references_and_the_labels():
    did, other = "did:plc:karimlinaaaaaaaaaaaaaaaa", "did:plc:zinebstraaaaaaaaaaaaaaaa"
    film = "https://video.bsky.app/watch/did%3Aplc%3Akarimlinaaaaaaaaaaaaaaaa/bafkreivideo"

    item = item_of(payload("video"))

    assert item == Item(
        platform="bluesky",
        native_id=f"at://{did}/app.bsky.feed.post/3lbfy3bpnq22r",
        url=f"https://bsky.app/profile/{did}/post/3lbfy3bpnq22r",
        kind=Kind.VIDEO,
        text="",
        attachments=(
            Attachment(
                kind="video",
                url=f"{film}/playlist.m3u8",
                mime_type="application/vnd.apple.mpegurl",
                alt="Le ferry entre dans le port de Tanger.",
                width=1080,
                height=1920,
                preview_url=f"{film}/thumbnail.jpg",
            ),
        ),
        author=Author(native_id=did, url=f"https://bsky.app/profile/{did}"),
        published_at=datetime(2026, 11, 20, 19, tzinfo=UTC),
        indexed_at=datetime(2026, 11, 20, 19, 0, 1, tzinfo=UTC),
        version="bafyreih5x2vh5zk6ogz3cbwl7uiz7oa4kqsy6gd5iylw4qmj4wpd2ohq3m",
        references=(
            Reference(
                kind="reply",
                native_id=f"at://{other}/app.bsky.feed.post/3lbfxparent2a",
                url=f"https://bsky.app/profile/{other}/post/3lbfxparent2a",
            ),
            Reference(
                kind="quote",
                native_id=f"at://{other}/app.bsky.feed.post/3lbfxquoted2a",
                url=f"https://bsky.app/profile/{other}/post/3lbfxquoted2a",
            ),
        ),
        metrics=Metrics(likes=0, replies=0, reposts=0),
        sensitive=True,
        labels=("!no-unauthenticated", "!warn"),
        embeddable=False,
        opt_out=OptOut.LOGGED_IN_ONLY,
        raw=payload("video"),
    )


def test_gallery_of_a_backdated_post_is_labelled_and_has_no_counts():
    did = "did:web:tililao.example"

    item = item_of(payload("gallery"))

    assert item == Item(
        platform="bluesky",
        native_id=f"at://{did}/app.bsky.feed.post/3lbg222222222",
        url=f"https://bsky.app/profile/{did}/post/3lbg222222222",
        kind=Kind.IMAGE,
        text="ⴰⵣⵓⵍ! ⵜⴰⵏⵎⵎⵉⵔⵜ 🧡 #bladifqalbi",
        entities=(Entity(kind="hashtag", start=17, end=29, value="bladifqalbi"),),
        attachments=(
            Attachment(
                kind="image",
                url=f"{CDN}/feed_fullsize/plain/{did}/bafkreig1@jpeg",
                alt="Une porte bleue à Tafraout",
                width=4,
                height=3,
                preview_url=f"{CDN}/feed_thumbnail/plain/{did}/bafkreig1@jpeg",
            ),
        ),
        author=Author(
            native_id=did, handle="tililao.example", url=f"https://bsky.app/profile/{did}"
        ),
        published_at=datetime(2011, 1, 1, tzinfo=UTC),
        indexed_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
        version="bafyreigallery",
        sensitive=True,
        labels=("graphic-media",),
        opt_out=OptOut.LABELLED,
        raw=payload("gallery"),
    )


@pytest.mark.parametrize(
    ("values", "opt_out", "sensitive"),
    [
        (["!no-unauthenticated"], OptOut.LOGGED_IN_ONLY, False),
        (["porn", "!no-unauthenticated"], OptOut.LOGGED_IN_ONLY, True),
        (["!hide"], OptOut.LABELLED, True),
        (["porn"], OptOut.LABELLED, True),
        (["sexual"], OptOut.LABELLED, True),
        (["nudity"], OptOut.LABELLED, True),
        (["graphic-media"], OptOut.LABELLED, True),
        (["!warn"], None, True),
        (["bot", "some-labelers-own"], None, False),
        ([], None, False),
    ],
)
@pytest.mark.parametrize("on", ["post", "author"])
def test_labels_of_post_and_author_opt_out(values, opt_out, sensitive, on):
    view = changed()
    owner = view["post"] if on == "post" else view["post"]["author"]
    owner["labels"] = [label(value) for value in values]

    item = item_of(view)

    assert (item.opt_out, item.sensitive, item.labels) == (opt_out, sensitive, tuple(values))


def test_label_is_withdrawn_only_by_who_gave_it():
    labels = [label("porn"), label("porn", neg=True, src="did:plc:stranger")]

    assert item_of(changed(labels=labels)).opt_out == OptOut.LABELLED


@pytest.mark.parametrize("value", ["!takedown", "!suspend"])
def test_what_moderators_have_taken_down_is_not_visible(value):
    assert item_of(changed(labels=[label(value)])).visible is False


def test_time_that_a_client_claims_too_late_is_replaced_by_that_of_the_network():
    item = item_of(recorded(createdAt="2026-11-21T08:30:00.000Z"))

    assert item.published_at == item.indexed_at


@pytest.mark.parametrize(
    "created", ["2026-12-24T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "not-a-date", None, 1700]
)
def test_post_from_the_far_future_or_of_no_time_is_refused(created):
    with pytest.raises((TypeError, ValueError)):
        item_of(recorded(createdAt=created))


@pytest.mark.parametrize("missing", ["uri", "cid", "author", "record", "indexedAt"])
def test_view_without_what_every_view_has_is_refused(missing):
    view = changed()
    del view["post"][missing]

    with pytest.raises(KeyError):
        item_of(view)


@pytest.mark.parametrize("missing", ["$type", "text", "createdAt"])
def test_record_without_what_every_post_has_is_refused(missing):
    view = changed()
    del view["post"]["record"][missing]

    with pytest.raises(KeyError):
        item_of(view)


@pytest.mark.parametrize(
    "view",
    [
        changed(uri="at://did:plc:someoneelse/app.bsky.feed.post/3lbfxk2m4kc2a"),
        changed(uri="at://did:plc:ragtjsm2j2vknwkz3zp4oxrd/app.bsky.feed.like/3lbfxk2m4kc2a"),
        changed(uri="https://bsky.app/"),
        changed(cid=""),
        changed(record={"$type": "app.bsky.feed.like"}),
        recorded(text=None),
        recorded(text="\ud800"),
        recorded(langs=[7]),
        recorded(tags=[{}]),
        recorded(facets=[{"features": []}]),
        {"post": "?"},
    ],
)
def test_view_that_is_not_of_a_post_by_its_author_is_refused(view):
    with pytest.raises((AttributeError, KeyError, TypeError, ValueError)):
        item_of(view)


@pytest.mark.parametrize(
    "embed",
    [
        {
            "$type": "app.bsky.embed.external#view",
            "external": {"uri": "https://a.example", "title": "", "description": ""},
        },
        {
            "$type": "app.bsky.embed.record#view",
            "record": {
                "$type": "app.bsky.embed.record#viewDetached",
                "uri": "at://did:plc:a/app.bsky.feed.post/3a",
                "detached": True,
            },
        },
        {
            "$type": "app.bsky.embed.record#view",
            "record": {
                "$type": "app.bsky.feed.defs#generatorView",
                "uri": "at://did:plc:a/app.bsky.feed.generator/x",
            },
        },
        {"$type": "app.bsky.embed.poll#view", "options": []},
        None,
    ],
)
def test_embed_that_is_no_picture_and_no_post_leaves_a_note_without_references(embed):
    item = item_of(changed(embed=embed))

    assert (item.kind, item.attachments, item.references) == (Kind.NOTE, (), ())


def test_quoted_post_is_a_reference():
    uri = "at://did:plc:zinebstr/app.bsky.feed.post/3lbfxquoted2a"
    record = {"$type": "app.bsky.embed.record#viewRecord", "uri": uri}

    item = item_of(changed(embed={"$type": "app.bsky.embed.record#view", "record": record}))

    assert [(one.kind, one.native_id) for one in item.references] == [("quote", uri)]


def test_link_that_is_not_of_the_web_is_no_entity():
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": "javascript:alert(1)"}
    facets = [{"index": {"byteStart": 0, "byteEnd": 4}, "features": [feature]}]

    assert item_of(recorded(facets=facets)).entities == ()
