"""The stand-ins' pictures, met as our collectors meet them."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3
from PIL import Image

from collectors.base import Collector, Query
from collectors.settings import CollectorsSettings
from store.items import Attachment, Item, Payload
from tests.collectors.budget import Purse
from tests.conftest import a_campaign
from tests.platforms import corpus, faces, odd, reddit, x, youtube
from tests.platforms.campaign import settings
from tests.platforms.serve import platforms
from tests.platforms.world import PLATFORMS, Picture, World

TAG = "#bladifqalbi"
KEYS = {
    "x": {"bearer_token": x.TOKEN},
    "reddit": {"client_id": reddit.CLIENT_ID, "client_secret": reddit.CLIENT_SECRET},
    "youtube": {"api_key": youtube.KEY},
}
AVATARS = {"x": 48, "mastodon": 400, "bluesky": 400, "feeds": 400}
FORMS = {
    "x": {"JPEG"},
    "reddit": {"PNG"},
    "youtube": {"JPEG"},
    "mastodon": {"JPEG", "PNG"},
    "bluesky": {"JPEG", "WEBP"},
    "feeds": {"PNG"},
}


@pytest.fixture
def web() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False, timeout=60) as manager:
        yield manager


def harvest(world: World, urls: dict[str, str], platform: str) -> list[Item]:
    """Return all items of one platform, read and understood by its collector."""
    config = settings(world, urls, Path())["collectors"]
    sections = CollectorsSettings.model_validate(
        {name: {**config[name], **KEYS.get(name, {})} for name in urls}
    )
    collector = getattr(sections, platform).build("bladifqalbi/test (+mailto:wall@example.org)")
    try:
        return [collector.normalise(payload) for payload in _payloads(collector)]
    finally:
        collector.close()


def _payloads(collector: Collector) -> Iterator[Payload]:
    campaign, now = a_campaign(), datetime.now(UTC)
    query = Query(
        tags=campaign.hashtags,
        phrases=campaign.phrases,
        floor=now - timedelta(days=7),
        now=now,
        budget=Purse(),
    )
    for stream in collector.streams(query):
        for page in collector.fetch(query, stream, bookmark=None, resume=None):
            yield from page.payloads


def shown(attachment: Attachment) -> str:
    """Return the address of what a card shows of an attachment."""
    if attachment.kind == "image":
        return attachment.url
    assert attachment.preview_url is not None
    return attachment.preview_url


def one_picture(world: World, urls: dict[str, str], platform: str) -> str:
    """Return the address of the only picture on a platform."""
    (address,) = {shown(one) for item in harvest(world, urls, platform) for one in item.attachments}
    return address


def opened(answer: urllib3.BaseHTTPResponse) -> Image.Image:
    """Return the picture of an answer, which must be what its content type says."""
    assert answer.status == 200
    picture = Image.open(io.BytesIO(answer.data))
    picture.load()
    assert answer.headers["content-type"] == f"image/{(picture.format or '').lower()}"
    return picture


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_picture_of_the_demo_has_the_size_that_its_post_tells(platform, web):
    world, forms = World(corpus.stories()), set()
    world.advance()

    with platforms(world, [platform]) as urls:
        attachments = {
            attachment: shown(attachment)
            for item in harvest(world, urls, platform)
            for attachment in item.attachments
            if platform != "feeds" or attachment.kind == "image"
        }
        for attachment, address in attachments.items():
            picture = opened(web.request("GET", address))
            forms.add(picture.format)
            told = (attachment.width, attachment.height)
            # A Mastodon video's still is smaller than the video, and told nowhere but there.
            still = platform == "mastodon" and attachment.kind == "video"
            assert None in told or still or picture.size == told

    assert len(attachments) >= 6
    assert forms <= FORMS[platform]


def test_the_largest_still_of_a_youtube_video_has_the_size_of_its_name(web):
    world = World()
    world.say("youtube", TAG, title="Salam", pictures=(Picture(name="tea", kind="video"),))

    with platforms(world, ["youtube"]) as urls:
        picture = opened(web.request("GET", one_picture(world, urls, "youtube")))

    assert picture.size == (1280, 720)


def test_preview_on_mastodon_is_smaller_in_the_same_shape(web):
    world = World()
    world.say("mastodon", TAG, pictures=(Picture(name="tea", width=1280, height=960),))

    with platforms(world, ["mastodon"]) as urls:
        ((attachment,),) = (item.attachments for item in harvest(world, urls, "mastodon"))
        assert attachment.preview_url is not None
        preview = opened(web.request("GET", attachment.preview_url))

    assert preview.size == (554, 416)


@pytest.mark.parametrize("platform", AVATARS)
def test_every_author_of_the_demo_has_a_face_of_their_own(platform, web):
    world, files = World(corpus.stories()), {}

    with platforms(world, [platform]) as urls:
        authors = {item.author for item in harvest(world, urls, platform) if item.author}
        for address in {author.avatar_url for author in authors if author.avatar_url}:
            answer = web.request("GET", address)
            assert opened(answer).size == (AVATARS[platform], AVATARS[platform])
            files[address] = answer.data

    assert len(files) >= 2
    assert len(set(files.values())) == len(files)


@pytest.mark.parametrize("platform", sorted(set(PLATFORMS) - set(AVATARS)))
def test_platforms_that_tell_no_avatar_tell_none(platform):
    world = World(corpus.stories())

    with platforms(world, [platform]) as urls:
        authors = [item.author for item in harvest(world, urls, platform)]

    assert {author.avatar_url for author in authors if author} == {None}


def test_no_two_people_of_the_demo_look_alike():
    handles = {story.person.handle for story in corpus.stories()}

    assert len({faces.draw(handle, 48) for handle in handles}) == len(handles)


def test_face_stays_the_same():
    first = faces.draw("amina", 73)
    faces.draw.cache_clear()

    assert faces.draw("amina", 73) == first


@pytest.mark.parametrize(
    "path",
    [
        "/media/640x480/camel.jpg",
        "/media/640x480/tea.mp4",
        "/media/640x480/bomb.jpg",
        "/media/avatars/amina_huge.png",
        "/media/avatars/amina_normal.exe",
    ],
)
def test_what_is_no_picture_is_not_found(path, web):
    with platforms(World(), ["x"]) as urls:
        assert web.request("GET", urls["x"] + path).status == 404


def test_nothing_is_signed_unless_asked_for():
    world = World()
    world.say("reddit", TAG, pictures=(Picture(name="tea"),))

    with platforms(world, ["reddit"]) as urls:
        assert urlsplit(one_picture(world, urls, "reddit")).query == ""


@pytest.mark.parametrize("names", [("tea",), ("tea", "tea")])
def test_signed_address_ends_and_reading_the_post_again_gives_a_new_one(names, web):
    world = World()
    world.sign("reddit", lifetime=timedelta(minutes=5))
    world.say("reddit", TAG, pictures=tuple(Picture(name=name) for name in names))

    with platforms(world, ["reddit"]) as urls:
        old = one_picture(world, urls, "reddit")
        while_fresh = web.request("GET", old).status
        world.expire("reddit")
        new = one_picture(world, urls, "reddit")
        afterwards = [web.request("GET", address).status for address in (old, new)]

    assert while_fresh == 200
    assert afterwards == [403, 200]


def test_lifetime_of_a_signed_address_passes_by_the_clock(web):
    world = World()
    world.sign("reddit", lifetime=timedelta(seconds=-1))
    world.say("reddit", TAG, pictures=(Picture(name="tea"),))

    with platforms(world, ["reddit"]) as urls:
        assert web.request("GET", one_picture(world, urls, "reddit")).status == 403


@pytest.mark.parametrize(("old", "new"), [("s=", "s=0"), ("expires=", "expires=9"), ("?", "?x&")])
def test_signature_holds_for_its_own_address_alone(old, new, web):
    world = World()
    world.sign("reddit", lifetime=timedelta(minutes=5))
    world.say("reddit", TAG, pictures=(Picture(name="tea"),))

    with platforms(world, ["reddit"]) as urls:
        changed = one_picture(world, urls, "reddit").replace(old, new)
        bare = changed.partition("?")[0]

        assert [web.request("GET", one).status for one in (changed, bare)] == [403, 403]


@pytest.mark.parametrize("platform", sorted(set(PLATFORMS) - {"youtube"}))
def test_odd_picture_keeps_its_type_on_every_platform(platform, web):
    types = {"png": "image/png", "svg": "image/svg+xml", "gif": "image/gif", "jpg": "image/jpeg"}
    world = World()
    for name in odd.SUFFIXES:
        world.say(platform, TAG, title=name, pictures=(Picture(name=name, width=64, height=48),))

    with platforms(world, [platform]) as urls:
        found = {}
        for item in harvest(world, urls, platform):
            for attachment in item.attachments:
                name, suffix = urlsplit(attachment.url).path.rpartition("/")[2].split(".")
                found[name] = suffix
                answer = web.request("GET", attachment.url)
                assert answer.headers["content-type"] == types[suffix]

    assert found == odd.SUFFIXES


def test_faults_hit_pictures_alone_and_then_pass(web):
    world = World()
    world.fail("mastodon", "status", status=503, path="/media/")
    world.say("mastodon", TAG, pictures=(Picture(name="tea"),))

    with platforms(world, ["mastodon"]) as urls:
        (item,) = harvest(world, urls, "mastodon")
        address = item.attachments[0].url
        answers = [web.request("GET", address).status for _ in range(2)]

    assert answers == [503, 200]


def test_half_a_picture_breaks_off(web):
    world = World()
    world.fail("x", "half", path="/media/")

    with platforms(world, ["x"]) as urls, pytest.raises(urllib3.exceptions.ProtocolError):
        web.request("GET", f"{urls['x']}/media/640x480/tea.jpg")


def test_picture_without_end_may_call_itself_one(web):
    world = World()
    headers = {"content-type": "image/png"}
    world.fail("x", "oversize", path="/media/", size=200_000, headers=headers)

    with platforms(world, ["x"]) as urls:
        answer = web.request("GET", f"{urls['x']}/media/640x480/tea.jpg")

    assert answer.headers["content-type"] == "image/png"
    assert len(answer.data) > 190_000
