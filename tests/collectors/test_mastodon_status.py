import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.mastodon import MastodonSettings
from collectors.mastodon_status import item_of
from store.items import (
    Attachment,
    Author,
    Display,
    Entity,
    Item,
    Kind,
    Metrics,
    OptOut,
    Reference,
)

PAYLOADS = Path(__file__).parent / "mastodon"


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def note(**account: Any) -> Any:
    """A payload whose account differs from note.json in these fields; None takes one away."""
    changed = copy.deepcopy(payload("note"))
    for name, value in account.items():
        changed["status"]["account"][name] = value
    return changed


def entity(item: Item, kind: str) -> tuple[str, str]:
    (found,) = [entity for entity in item.entities if entity.kind == kind]
    return item.text[found.start : found.end], found.value


def test_note_of_another_server_becomes_an_item_with_its_lasting_name():
    text = (
        "ولدت ببروكسيل وقلبي في بركان 🍊 #بلادي_فقلبي\n\n"
        "ⴰⵣⵓⵍ @driss45 — c'est l'été\u00a0: https://example.org/recit?a=1&b=2"
    )

    item = item_of(payload("note"))

    assert item == Item(
        platform="mastodon",
        native_id="https://piaille.fr/users/salmabk/statuses/113529070987654321",
        lookup_id="113529071234567890",
        instance="mastodon.social",
        url="https://piaille.fr/@salmabk/113529070987654321",
        kind=Kind.NOTE,
        text=text,
        entities=(
            Entity(kind="hashtag", start=31, end=43, value="بلادي_فقلبي"),
            Entity(kind="mention", start=50, end=58, value="driss45"),
            Entity(kind="link", start=75, end=108, value="https://example.org/recit?a=1&b=2"),
        ),
        tags=("بلادي_فقلبي",),
        author=Author(
            native_id="https://piaille.fr/users/salmabk",
            handle="salmabk@piaille.fr",
            name="سلمى البقالي",
            url="https://piaille.fr/@salmabk",
            avatar_url="https://files.mastodon.social/cache/accounts/avatars/109/300/000/original/a1b2c3.png",
        ),
        published_at=datetime(2026, 11, 21, 8, 15, 30, 123000, tzinfo=UTC),
        edited_at=datetime(2026, 11, 21, 8, 20, tzinfo=UTC),
        version="2026-11-21T08:20:00.000Z",
        language_hint="ar",
        metrics=Metrics(likes=7, replies=2, reposts=0),
        sensitive=False,
        visible=True,
        opt_out=None,
        display=Display.CARD,
        raw=payload("note"),
    )


def test_video_behind_a_warning_keeps_warning_alternative_text_and_lengths():
    item = item_of(payload("video"))

    assert item == Item(
        platform="mastodon",
        native_id="https://social.example/users/karimlina/statuses/01JD8Z5M6Q2V3W4X5Y6Z7A8B9C",
        lookup_id="01JD8Z5M6Q2V3W4X5Y6Z7A8B9C",
        instance="social.example",
        url="https://social.example/@karimlina/statuses/01JD8Z5M6Q2V3W4X5Y6Z7A8B9C",
        kind=Kind.VIDEO,
        text="Tarifa, six heures du matin.\n« Tanger ! » #BladiFQalbi",
        entities=(Entity(kind="hashtag", start=42, end=54, value="BladiFQalbi"),),
        tags=("bladifqalbi",),
        attachments=(
            Attachment(
                kind="video",
                url="https://social.example/fileserver/01F8/attachment/original/01JD.mp4",
                alt="Le ferry entre dans le port de Tanger, le soleil se lève.",
                width=1280,
                height=720,
                duration=12.5,
                preview_url="https://social.example/fileserver/01F8/attachment/small/01JD.webp",
            ),
            Attachment(kind="image", url="https://remote.example/ferry.jpeg"),
        ),
        author=Author(
            native_id="https://social.example/@karimlina",
            handle="karimlina@social.example",
            name="karimlina",
            url="https://social.example/@karimlina",
        ),
        published_at=datetime(2026, 11, 20, 19, tzinfo=UTC),
        language_hint="fr",
        references=(Reference(kind="reply"),),
        metrics=Metrics(likes=3, replies=0, reposts=1),
        content_warning="Émotion, larmes",
        sensitive=True,
        opt_out=OptOut.NOT_DISCOVERABLE,
        raw=payload("video"),
    )


def test_quote_of_a_hidden_account_is_not_visible_and_names_what_it_quotes():
    item = item_of(payload("quote"))

    assert item == Item(
        platform="mastodon",
        native_id="https://mastodon.social/ap/users/7/statuses/113529079999999999",
        lookup_id="113529079999999999",
        instance="mastodon.social",
        url="https://mastodon.social/ap/users/7/statuses/113529079999999999",
        kind=Kind.IMAGE,
        text="wa7d lmra kont f Meknès 😄 #bladifqalbi",
        entities=(Entity(kind="hashtag", start=26, end=38, value="bladifqalbi"),),
        tags=("bladifqalbi",),
        attachments=(
            Attachment(
                kind="image",
                url="https://files.mastodon.social/media_attachments/files/022/345/792/original/578.jpeg",
                alt="باب المنصور في مكناس",
                width=640,
                height=480,
                preview_url="https://files.mastodon.social/media_attachments/files/022/345/792/small/578.jpeg",
            ),
        ),
        author=Author(
            native_id="https://mastodon.social/@simobxl",
            handle="simobxl@mastodon.social",
            name="Simo",
            url="https://mastodon.social/@simobxl",
            avatar_url="https://files.mastodon.social/accounts/avatars/000/000/007/original/d.png",
        ),
        published_at=datetime(2026, 11, 22, 10, tzinfo=UTC),
        references=(
            Reference(
                kind="quote",
                native_id="https://piaille.fr/users/zinebstr/statuses/113520000000000002",
                url="https://piaille.fr/@zinebstr/113520000000000002",
            ),
        ),
        metrics=Metrics(likes=0, replies=0, reposts=0),
        sensitive=False,
        visible=False,
        opt_out=OptOut.BOT,
        raw=payload("quote"),
    )


@pytest.mark.parametrize(
    ("account", "opt_out"),
    [
        ({"noindex": True}, OptOut.NO_INDEX),
        (
            {"note": '<p>sba7 lkhir <a href="/tags/nobot">#<span>NoBot</span></a></p>'},
            OptOut.NO_INDEX,
        ),
        ({"note": "<p>#noindex please</p>"}, OptOut.NO_INDEX),
        ({"indexable": False}, OptOut.NOT_INDEXABLE),
        ({"discoverable": False}, OptOut.NOT_DISCOVERABLE),
        ({"locked": True}, OptOut.LOCKED),
        ({"bot": True}, OptOut.BOT),
        ({"noindex": True, "indexable": False, "bot": True}, OptOut.NO_INDEX),
        ({"note": "<p>#nobotanist, no indexing</p>"}, None),
        ({"discoverable": None, "indexable": None}, None),
    ],
)
def test_an_authors_own_settings_opt_out(account, opt_out):
    assert item_of(note(**account)).opt_out == opt_out


@pytest.mark.parametrize(
    ("account", "opt_out"),
    [
        ({"indexable": None}, OptOut.NOT_INDEXABLE),
        ({"discoverable": None}, OptOut.NOT_DISCOVERABLE),
        ({"indexable": True, "discoverable": True}, None),
    ],
)
def test_under_strict_consent_silence_is_an_opt_out(account, opt_out):
    collector = MastodonSettings(strict_consent=True).build("test")

    assert collector.normalise(note(**account)).opt_out == opt_out


@pytest.mark.parametrize("visibility", ["unlisted", "private", "direct"])
def test_post_that_is_not_public_is_not_visible(visibility):
    changed = note()
    changed["status"]["visibility"] = visibility

    assert item_of(changed).visible is False


@pytest.mark.parametrize("closed", ["limited", "suspended"])
def test_post_of_a_closed_account_is_not_visible(closed):
    assert item_of(note(**{closed: True})).visible is False


def test_boost_refers_to_what_it_repeats():
    changed = note()
    changed["status"]["reblog"] = payload("video")["status"]

    assert item_of(changed).references == (
        Reference(
            kind="repost",
            native_id=payload("video")["status"]["uri"],
            url=payload("video")["status"]["url"],
        ),
    )


def test_quote_that_was_not_accepted_is_no_reference():
    changed = note()
    changed["status"]["quote"] = {"state": "revoked", "quoted_status": None}

    assert item_of(changed).references == ()


@pytest.mark.parametrize("missing", ["id", "uri", "content", "account", "created_at", "visibility"])
def test_status_without_what_every_status_has_is_refused(missing):
    changed = note()
    del changed["status"][missing]

    with pytest.raises((KeyError, ValueError)):
        item_of(changed)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("created_at", "yesterday"),
        ("uri", ""),
        ("content", None),
        ("spoiler_text", {"ar": "تحذير"}),
        ("language", 7),
        ("tags", [{"url": "https://mastodon.social/tags/x"}]),
        ("account", []),
        ("media_attachments", [{"type": "image", "url": "https://x.example/1", "description": 5}]),
    ],
)
def test_status_with_a_value_of_the_wrong_kind_is_refused(field, value):
    changed = note()
    changed["status"][field] = value

    with pytest.raises((AttributeError, KeyError, TypeError, ValueError)):
        item_of(changed)


def test_address_that_is_not_of_the_web_is_never_an_attachment_or_a_link():
    changed = note(avatar="javascript:alert(1)", url="javascript:alert(1)")
    changed["status"]["url"] = "javascript:alert(1)"
    changed["status"]["media_attachments"] = [{"type": "image", "url": "file:///etc/passwd"}]

    item = item_of(changed)

    assert item.url == item.native_id
    assert item.attachments == ()
    assert (item.author.url, item.author.avatar_url) == (None, None)


def test_entities_point_at_their_own_words():
    item = item_of(payload("note"))

    assert entity(item, "hashtag") == ("#بلادي_فقلبي", "بلادي_فقلبي")
    assert entity(item, "mention") == ("@driss45", "driss45")
