"""TikTok, Facebook and Instagram by oEmbed: what is asked and kept, what each refusal means."""

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from collectors.base import MalformedError, RateLimitedError, TransientError
from collectors.guard import ForbiddenAddressError
from collectors.harvest import harvest
from collectors.oembed import OembedSettings, TokenError, item_of
from collectors.run import rules
from store import media
from store.adding import Asker, add
from store.engine import reading, writing
from store.items import Attachment, Author, Display, Kind
from store.models import Post
from tests.collectors.budget import Purse
from tests.conftest import NOW, a_job
from tests.platforms.oembed import GONE, PHOTO, PLAIN, STORY, TOKEN, VIDEO
from tests.platforms.serve import platforms
from tests.platforms.world import World


@pytest.fixture
def world():
    return World()


@pytest.fixture
def server(world):
    with platforms(world, ["oembed"]) as urls:
        yield urls["oembed"]


def settings(server: str, **more: Any) -> OembedSettings:
    return OembedSettings(enabled=True, tiktok_url=server, meta_url=server, timeout=5, **more)


@contextlib.contextmanager
def asking(server: str, **more: Any):
    section = settings(server, **more)
    collector = section.build("wall-tests/1")

    def ask(*addresses: str):
        known = [one for each in addresses if (one := section.known(each))]
        return collector.lookup(known, Purse())

    try:
        yield ask
    finally:
        collector.close()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (f"{VIDEO}?is_from_webapp=1&sender_device=pc", "7433812345678901255"),
        ("https://m.tiktok.com/@a/photo/7433812345678901255", "7433812345678901255"),
        ("https://www.instagram.com/reel/DCxYz12AbCd/?igsh=abc", "DCxYz12AbCd"),
        (STORY, "pfbid02abcDEF"),
        ("https://www.tiktok.com/@a", None),
        ("https://www.tiktok.com.evil.example/@a/video/1", None),
        ("https://www.threads.net/@a/post/abc", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_addresses_of_posts_are_known_by_their_id(address, name):
    known = OembedSettings().known(address)

    assert (known and known.native_id) == name
    assert known is None or "?" not in (known.lookup_id or "")


def test_video_of_tiktok_is_kept_without_its_html(world, server):
    with asking(server) as ask:
        (payload,) = ask(VIDEO).found
    item = item_of(payload)

    assert "html" not in json.dumps(payload)
    assert "script" not in json.dumps(payload)
    assert item == replace(
        item,
        platform="tiktok",
        native_id="7433812345678901255",
        url=VIDEO,
        kind=Kind.VIDEO,
        text="رجعت لوجدة بعد خمس سنين، أول نهار مع جدتي #بلادي_فقلبي",
        author=Author(
            native_id="salma.oujda",
            handle="salma.oujda",
            name="Salma من وجدة",
            url="https://www.tiktok.com/@salma.oujda",
        ),
        attachments=(
            Attachment(
                kind="video",
                url=VIDEO,
                width=720,
                height=1280,
                preview_url="https://p16-sign.tiktokcdn.example/obj/1.image?x-expires=1",
            ),
        ),
        published_at=datetime.fromtimestamp(7433812345678901255 >> 32, UTC),
        display=Display.CARD_ONLY,
    )
    assert [one.value for one in item.entities] == ["بلادي_فقلبي"]
    assert media.key("tiktok", "attachment", item.attachments[0].preview_url) is None


def test_posts_of_meta_are_links_that_keep_the_moment_they_were_added(world, server):
    with asking(server) as ask:
        payloads = ask(PHOTO, STORY).found
    items = [item_of(one) for one in payloads]
    again = item_of({**payloads[0], "told": {}})

    assert [(one.platform, one.display, one.text, one.attachments) for one in items] == [
        ("instagram", Display.LINK, "", ()),
        ("facebook", Display.LINK, "", ()),
    ]
    assert again == replace(items[0], raw=again.raw)
    assert (items[0].lookup_id or "").startswith(f"{PHOTO}#20")


@pytest.mark.parametrize("asks", [False, True])
def test_meta_is_asked_with_the_token_that_it_may_want(world, server, asks):
    world.asks_for_token = asks

    with asking(server, meta_token=TOKEN) as ask:
        assert len(ask(PHOTO).found) == 1
    assert TOKEN not in str(world.requests)


def test_missing_token_is_one_clear_sentence_and_no_post_is_gone(world, server):
    world.asks_for_token = True

    with asking(server) as ask:
        assert len(ask(VIDEO).found) == 1
        with pytest.raises(TokenError, match="set BLADI_COLLECTORS__OEMBED__META_TOKEN"):
            ask(PHOTO)


@pytest.mark.parametrize(
    ("address", "fault", "gone"),
    [
        (GONE, {}, False),
        (VIDEO, {"kind": "status", "status": 404}, True),
        (VIDEO, {"kind": "status", "status": 403}, True),
        ("https://www.instagram.com/p/Nothing/", {}, True),
    ],
)
def test_only_what_is_said_outright_is_gone(world, server, address, fault, gone):
    if fault:
        world.fail("oembed", **fault)

    with asking(server) as ask:
        answer = ask(address)

    assert (list(answer.found), bool(answer.gone)) == ([], gone)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 503}, TransientError),
        ({"kind": "status", "status": 429}, RateLimitedError),
        ({"kind": "status", "status": 400, "body": '{"error": {"code": 4}}'}, RateLimitedError),
        ({"kind": "html"}, MalformedError),
        ({"kind": "json", "body": "[]"}, MalformedError),
        ({"kind": "json", "body": '{"version": "2.0"}'}, MalformedError),
        ({"kind": "oversize"}, MalformedError),
        ({"kind": "drop"}, TransientError),
        (
            {"kind": "status", "status": 302, "headers": {"location": "http://127.0.0.1:9/"}},
            ForbiddenAddressError,
        ),
    ],
)
def test_what_goes_wrong_is_one_of_our_errors(world, server, fault, error):
    world.fail("oembed", **fault)

    with asking(server) as ask, pytest.raises(error):
        ask(PHOTO)


def test_private_addresses_are_not_asked_even_where_the_name_leads_there(monkeypatch):
    inside = [(None, None, None, None, ("127.0.0.1", 443))]
    monkeypatch.setattr("collectors.guard.socket.getaddrinfo", lambda *_, **__: inside)
    collector = OembedSettings().build("wall-tests/1")
    known = OembedSettings().known(VIDEO)
    assert known is not None

    with pytest.raises(ForbiddenAddressError, match=r"www\.tiktok\.com is not on the public"):
        collector.lookup([known], Purse())
    collector.close()


def test_added_post_is_asked_for_again_and_leaves_when_it_is_gone(engine, world, server):
    clock = [NOW]
    job = a_job(engine, "oembed", settings(server, recheck=timedelta(hours=24)))
    job = replace(job, now=lambda: clock[0])
    with asking(server) as ask:
        items = [item_of(one) for one in ask(PLAIN, PHOTO).found]
    collector = job.settings.build(job.agent)
    for item in items:
        with writing(engine) as session:
            add(session, item, Asker("nadia"), rules=rules(job, collector), now=NOW)
    collector.close()

    clock[0] = NOW + timedelta(hours=25)
    first = harvest(job, by_hand=True)
    clock[0] = NOW + timedelta(hours=50)
    world.fail("oembed", "status", status=404, path="oembed", times=-1)
    harvest(job, by_hand=True)

    assert first is not None
    assert (first.outcome, first.tally.unchanged, first.tally.updated) == ("complete", 2, 0)
    assert not first.tally.refused
    with reading(engine) as session:
        posts = session.exec(select(Post).order_by(col(Post.id))).all()
    assert {post.availability for post in posts} == {"missing"}
