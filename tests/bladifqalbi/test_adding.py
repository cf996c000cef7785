"""Posts that people bring in by their address: from every network, through the one door."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from bladifqalbi.hands import Hands
from bladifqalbi.service import Service
from bladifqalbi.settings import load
from collectors.harvest import claimed
from collectors.recheck import recheck
from collectors.run import utc_now
from store import adding, harvests, queue, retention, rows
from store.adding import Added, Asker, NotAddedError, Why
from store.engine import reading, writing
from store.errors import IllegalActionError
from store.models import Action, Audit, Decision, Post, RawPayload
from tests.platforms import feeds, oembed
from tests.platforms.bluesky import uri_of
from tests.platforms.campaign import SECRETS, settings, write
from tests.platforms.mastodon import snowflake
from tests.platforms.reddit import fullname
from tests.platforms.serve import platforms
from tests.platforms.world import PLATFORMS, Person, World
from tests.platforms.x_objects import versions
from tests.platforms.youtube import video_id

NADIA = Asker("nadia", "session:1", "a-key")
PLAIN = "Mon été chez ma grand-mère à Berkane"
ODD = '{"kind": "youtube#videoListResponse", "items": [{"kind": "youtube#video", "id": "a"}]}'
TEXTS = {name: f"{PLAIN}, {name}" for name in PLATFORMS}


@pytest.fixture(scope="module")
def world():
    """One post on each network, all without our hashtag, and one with it."""
    world = World()
    for name, text in TEXTS.items():
        world.say(name, text, title=text if name in ("youtube", "reddit", "feeds") else None)
    world.say("mastodon", "Le tajine du dimanche #bladifqalbi")
    hidden = Person(handle="sara", name="Sara", indexable=False)
    world.say("mastodon", f"{PLAIN}, locked", person=hidden)
    return world


@pytest.fixture(scope="module")
def urls(world):
    with platforms(world, [*PLATFORMS, "oembed"]) as urls:
        yield urls


@pytest.fixture
def change():
    """What a test changes in the sources' settings, by name."""
    return {}


@pytest.fixture
def service(world, urls, tmp_path, engine, monkeypatch, change):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    values = settings(world, urls, tmp_path)
    for name, section in change.items():
        values["collectors"][name].update(section)
    service = Service(load(write(values, tmp_path)), engine, threading.Event())
    with writing(engine) as session:
        harvests.register(session, [name for name, _ in service.settings.collectors.each()])
    return service


@pytest.fixture
def hands(service):
    return Hands(service)


def addresses(world, urls):
    """Return the addresses of the posts without our hashtag, as a browser shows them."""
    posts = {
        name: next(one for one in world.posts(name) if one.text == TEXTS[name])
        for name in PLATFORMS
    }
    key = uri_of(posts["bluesky"]).rpartition("/")[2]
    return {
        "x": f"https://twitter.com/amina/status/{versions(posts['x'])[-1].id}?s=20",
        "reddit": f"https://old.reddit.com/comments/{fullname(posts['reddit'])[3:]}/",
        "youtube": f"https://youtu.be/{video_id(posts['youtube'])}?si=abc",
        "mastodon": f"{urls['mastodon']}/@amina/{snowflake(posts['mastodon'])}",
        "bluesky": f"https://bsky.app/profile/amina.bsky.social/post/{key}",
        "feeds": feeds._link(posts["feeds"]),
    }


def recheck_only(job):
    """Ask for what is due and read nothing new; return what came of it."""
    report = claimed(job, recheck, by_hand=True)
    assert report is not None
    assert report.error is None, report.error
    return report.tally


def refused(hands, address, asker=NADIA):
    with pytest.raises(NotAddedError) as caught:
        hands.add(address, asker)
    return caught.value


def test_post_of_every_network_waits_for_a_decision_and_stays_without_our_hashtag(
    world, urls, service, hands
):
    found = {
        name: hands.add(address, Asker("nadia", "session:1", f"key-{name}"))
        for name, address in addresses(world, urls).items()
    }
    for job in service.jobs(list(PLATFORMS)):
        # What was added is asked for again, and edited, as what has our hashtag.
        later = replace(job, now=lambda: utc_now() + timedelta(hours=1))
        assert recheck_only(later).refused == {}, job.name

    assert all(added.is_new for added in found.values())
    with reading(service.engine) as session:
        for name, added in found.items():
            post = session.get_one(Post, added.post_id)
            assert (post.platform, post.review, post.availability) == (name, "pending", "live")
            assert PLAIN in f"{post.title} {post.text}"
            assert queue.history(session, added.post_id)[0].action == Action.ADD
        acts = session.exec(select(Audit)).all()
    assert [(act.actor, act.origin, act.action, act.after) for act in acts] == [
        ("nadia", "session:1", "add", "pending")
    ] * len(found)


def test_tiktok_comes_by_oembed_and_no_html_is_kept(service, hands):
    added = hands.add(oembed.PLAIN, NADIA)

    with reading(service.engine) as session:
        post = session.get_one(Post, added.post_id)
        raw = rows.unpack(session.get_one(RawPayload, added.post_id).body)
    assert (post.platform, post.display, post.review) == ("tiktok", "card_only", "pending")
    assert (post.author_handle, post.language) == ("salma.oujda", "fr")
    assert "html" not in str(raw)


def test_asking_twice_is_once_and_a_known_post_is_found(world, urls, service, hands):
    address = addresses(world, urls)["mastodon"]

    first = hands.add(address, NADIA)
    same = hands.add(address, NADIA)
    other = hands.add(f"{address}?utm_source=mail", Asker("amina", key="another"))

    assert first.is_new
    assert same == first
    assert other == Added(first.post_id, False)
    with reading(service.engine) as session:
        assert len(session.exec(select(Decision)).all()) == 1


def test_door_stays_shut_to_what_was_erased_or_may_not_be_shown(world, urls, service, hands):
    locked = next(one for one in world.posts("mastodon") if one.text.endswith("locked"))
    address = addresses(world, urls)["bluesky"]
    added = hands.add(address, NADIA)
    with writing(service.engine) as session:
        retention.bury(session, added.post_id, reason="asked", now=utc_now())

    asker = Asker("nadia")
    assert refused(hands, f"{urls['mastodon']}/@sara/{snowflake(locked)}", asker).why is Why.PRIVATE
    assert refused(hands, address, asker).why is Why.BURIED
    # The key stands for the post that is no longer there, and for no other.
    with pytest.raises(IllegalActionError):
        hands.add(oembed.VIDEO, NADIA)


@pytest.mark.parametrize("change", [{"bluesky": {"enabled": False}}])
def test_refusals_say_what_to_do(world, urls, hands, monkeypatch):
    known = addresses(world, urls)
    asker = Asker("nadia")
    missing = "https://www.reddit.com/r/Morocco/comments/zzzzzz/x/"

    assert refused(hands, known["bluesky"], asker).why is Why.OFF
    assert refused(hands, missing, asker).why is Why.GONE
    assert refused(hands, oembed.GONE, asker).why is Why.GONE
    for address in ("https://example.org/an-article", "a word", "1", "file:///etc/passwd", ""):
        assert refused(hands, address, asker).why is Why.UNSUPPORTED, address
    # On our own network: nothing is asked.
    inside = refused(hands, "https://169.254.169.254/@amina/1", asker)
    assert (inside.why, "not on the public internet" in str(inside)) == (Why.UNREAD, True)
    world.fail("youtube", "status", status=503, times=1)
    assert refused(hands, known["youtube"], asker).why is Why.SILENT
    world.fail("youtube", "status", status=429, times=1)
    assert refused(hands, known["youtube"], asker).why is Why.WAIT
    world.fail("youtube", "json", body=ODD, times=1)
    odd = refused(hands, known["youtube"], asker)
    assert (odd.why, str(odd).endswith("understand (KeyError)")) == (Why.UNREAD, True)
    world.asks_for_token = True
    keyless = refused(hands, oembed.PHOTO, asker)
    world.asks_for_token = False
    assert (keyless.why, keyless.about) == (Why.KEY, "BLADI_COLLECTORS__OEMBED__META_TOKEN")
    monkeypatch.setattr(adding, "MOST", 1)
    assert refused(hands, known["youtube"], asker).why is Why.OFTEN
    assert hands.add(known["youtube"], Asker("amina")).is_new


def test_source_without_its_key_names_the_variable(service, hands, world, urls):
    section = service.settings.collectors.x.model_copy(update={"bearer_token": None})
    collectors = service.settings.collectors.model_copy(update={"x": section})
    settings = service.settings.model_copy(update={"collectors": collectors})

    error = refused(Hands(replace(service, settings=settings)), addresses(world, urls)["x"])

    assert (error.why, error.about) == (Why.KEY, "BLADI_COLLECTORS__X__BEARER_TOKEN")
