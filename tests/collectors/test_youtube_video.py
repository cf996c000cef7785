from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.youtube import YouTubeCollector
from store.items import Attachment, Author, Entity, Item, Kind, Metrics
from tests.collectors.youtube_asking import a_collector, payload


@pytest.fixture
def youtube() -> Iterator[YouTubeCollector]:
    collector = a_collector()
    yield collector
    collector.close()


def test_video_becomes_an_item(youtube: YouTubeCollector) -> None:
    assert youtube.normalise(payload("video")) == Item(
        platform="youtube",
        native_id="aB3-_xYz90Q",
        url="https://www.youtube.com/watch?v=aB3-_xYz90Q",
        kind=Kind.VIDEO,
        text=(
            "جدي ديما كان كيقول لينا: تعلّمو الصبر من الجبل.\n\n"
            "ⴰⵣⵓⵍ ! Filmé à Taroudant.\n#بلادي_فقلبي #bladifqalbi"
        ),
        title="جدي والجبل 🏔️ <قصة قصيرة> & شاي",
        entities=(
            Entity(kind="hashtag", start=75, end=87, value="بلادي_فقلبي"),
            Entity(kind="hashtag", start=88, end=100, value="bladifqalbi"),
        ),
        tags=("Maroc", "بلادي فقلبي", "جدي"),
        attachments=(
            Attachment(
                kind="video",
                url="https://www.youtube.com/watch?v=aB3-_xYz90Q",
                duration=3725,
                preview_url="https://i.ytimg.com/vi/aB3-_xYz90Q/maxresdefault.jpg",
            ),
        ),
        author=Author(
            native_id="UC1234567890abcdefghijkl",
            name="Meryem في ميلانو",
            url="https://www.youtube.com/channel/UC1234567890abcdefghijkl",
        ),
        published_at=datetime(2026, 11, 18, 21, 7, 45, tzinfo=UTC),
        language_hint="ar",
        metrics=Metrics(likes=31, replies=0, views=4294967296),
        ai_labelled=True,
        embeddable=True,
        withheld_in=("AT", "DE"),
        raw=payload("video"),
    )


def test_unlisted_broadcast_becomes_an_item_that_is_not_visible(youtube: YouTubeCollector) -> None:
    assert youtube.normalise(payload("unlisted_broadcast")) == Item(
        platform="youtube",
        native_id="LiV3LiV3LiV",
        url="https://www.youtube.com/watch?v=LiV3LiV3LiV",
        kind=Kind.VIDEO,
        text="",
        attachments=(Attachment(kind="video", url="https://www.youtube.com/watch?v=LiV3LiV3LiV"),),
        author=Author(
            native_id="UCabcdefghijkl1234567890",
            name="Radio Diaspora",
            url="https://www.youtube.com/channel/UCabcdefghijkl1234567890",
        ),
        published_at=datetime(2026, 11, 19, 8, 0, tzinfo=UTC),
        language_hint="fr-CA",
        metrics=Metrics(views=12),
        sensitive=True,
        labels=("ytAgeRestricted",),
        embeddable=False,
        visible=False,
        raw=payload("unlisted_broadcast"),
    )


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("status", {"privacyStatus": "private", "uploadStatus": "processed"}),
        ("status", {"privacyStatus": "public", "uploadStatus": "rejected"}),
        ("status", {"privacyStatus": "public", "uploadStatus": "deleted"}),
        ("contentDetails", {"regionRestriction": {"allowed": []}}),
    ],
)
def test_video_that_nobody_may_watch_is_not_visible(
    youtube: YouTubeCollector, part: str, value: dict[str, Any]
) -> None:
    body = payload("video")
    body["video"][part] = value

    assert youtube.normalise(body).visible is False


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("PT38S", 38),
        ("PT15M", 900),
        ("P1DT2H", 93_600),
        ("P1W", 604_800),
        ("P0D", None),
        ("soon", None),
        (None, None),
    ],
)
def test_length_is_in_seconds(
    youtube: YouTubeCollector, given: str | None, seconds: float | None
) -> None:
    body = payload("video")
    body["video"]["contentDetails"]["duration"] = given

    assert youtube.normalise(body).attachments[0].duration == seconds


@pytest.mark.parametrize("part", ["id", "snippet", "status", "contentDetails"])
def test_video_without_a_needed_part_cannot_be_understood(
    youtube: YouTubeCollector, part: str
) -> None:
    body = payload("video")
    del body["video"][part]

    with pytest.raises(KeyError):
        youtube.normalise(body)


@pytest.mark.parametrize("moment", ["2026-11-18T21:07:45", "yesterday"])
def test_video_without_a_true_time_cannot_be_understood(
    youtube: YouTubeCollector, moment: str
) -> None:
    body = payload("video")
    body["video"]["snippet"]["publishedAt"] = moment

    with pytest.raises(ValueError):
        youtube.normalise(body)
