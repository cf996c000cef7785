import re
import unicodedata
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from tests.platforms import art, corpus
from tests.platforms.corpus import TITLED, off_topic, stories
from tests.platforms.world import PLATFORMS, Person, Story, World

STORIES = stories()
LANGUAGES = {"ar", "ary", "ary-Latn", "zgh", "ber-Latn", "fr", "en", "es", "nl", "it", "de"}
TAG = re.compile(r"(?<!\w)#(bladi_?f_?qalbi|بلادي_?ف_?قلبي)(?!\w)", re.IGNORECASE)
PHRASE = re.compile(r"\bbladi ?f ?qalbi\b|\bبلادي فقلبي\b", re.IGNORECASE)
ADDRESS = re.compile(r"https://[a-z-]+\.example/[a-z0-9-]+")
START = datetime(2026, 11, 20, 12, tzinfo=UTC)


def _keys(wrong: list[Story]) -> list[str]:
    return [story.key for story in wrong]


def _texts(story: Story) -> list[str]:
    return [text for text in (story.text, story.edit) if text is not None]


def _everything(story: Story) -> list[str]:
    alts = [picture.alt for picture in story.pictures]
    return [t for t in (*_texts(story), story.title, story.warning, *alts) if t is not None]


def _x_weight(text: str) -> int:
    """Count as X does: 2 for what is not of Latin, Arabic and their like (Tifinagh, emoji)."""
    light = (range(0x1100), range(0x2000, 0x200E), range(0x2010, 0x2020), range(0x2032, 0x2038))
    return sum(1 if any(ord(char) in block for block in light) else 2 for char in text)


def test_there_is_plenty_on_every_platform():
    counts = Counter(story.platform for story in STORIES)

    assert set(counts) == set(PLATFORMS)
    assert min(counts.values()) >= 20
    assert 150 <= len(STORIES) <= 190


def test_keys_are_unique_and_name_their_platform():
    assert max(Counter(story.key for story in STORIES).values()) == 1
    assert _keys([s for s in STORIES if not s.key.startswith(f"{s.platform}-")]) == []


def test_every_language_is_spoken_and_none_fills_half_the_wall():
    counts = Counter(story.language for story in STORIES)

    assert set(counts) == LANGUAGES
    assert min(counts.values()) >= 5
    assert max(counts.values()) < len(STORIES) / 2


@pytest.mark.parametrize(
    ("language", "letters"),
    [
        ("ar", "ARABIC"),
        ("ary", "ARABIC"),
        ("zgh", "TIFINAGH"),
        ("ary-Latn", "LATIN"),
        ("ber-Latn", "LATIN"),
    ],
)
def test_stories_are_written_in_their_script(language, letters):
    wrong = []
    for story in STORIES:
        if story.language == language:
            words = re.sub(r"#\w+", "", story.text)
            scripts = Counter(unicodedata.name(c).split()[0] for c in words if c.isalpha())
            wrong += [story.key] if scripts.most_common(1)[0][0] != letters else []

    assert wrong == []


@pytest.mark.parametrize(
    ("platform", "limit", "count"),
    [("x", 280, _x_weight), ("mastodon", 500, len), ("bluesky", 300, len), ("youtube", 5000, len)],
)
def test_texts_fit_their_platform(platform, limit, count):
    told = [story for story in STORIES if story.platform == platform]

    assert _keys([s for s in told if any(count(text) > limit for text in _texts(s))]) == []


def test_titles_are_given_where_a_platform_has_them_and_fit():
    limits = {"youtube": 100, "reddit": 300, "feeds": 150}

    assert limits.keys() == TITLED
    assert _keys([s for s in STORIES if (s.title is not None) != (s.platform in TITLED)]) == []
    assert _keys([s for s in STORIES if s.title and len(s.title) > limits[s.platform]]) == []


def test_every_article_has_an_address_and_some_posts_point_to_one():
    links = {story.key: story.link for story in STORIES if story.link}
    articles = [links.get(story.key) for story in STORIES if story.platform == "feeds"]
    pointing = [story for story in STORIES if story.link and story.platform != "feeds"]

    assert all(ADDRESS.fullmatch(link) for link in links.values())
    assert None not in articles
    assert len(set(articles)) == len(articles)
    assert {story.platform for story in pointing} == {"x", "mastodon", "bluesky"}
    assert {story.link for story in pointing} <= set(articles)


def test_every_story_of_the_campaign_carries_its_tag():
    def tagged(story: Story, text: str) -> bool:
        words = f"{story.title or ''} {text}"
        by_phrase = story.platform in {"reddit", "youtube"} and PHRASE.search(words)
        return bool(TAG.search(text) or by_phrase)

    told = [story for story in STORIES if story.key not in off_topic()]

    assert _keys([s for s in told if not all(tagged(s, text) for text in _texts(s))]) == []


def test_tag_is_spelled_in_many_ways():
    spellings = Counter(match[1] for s in STORIES for match in TAG.finditer(s.text))

    assert [name for name, _ in spellings.most_common(2)] == ["bladifqalbi", "بلادي_فقلبي"]
    assert {"BladiFQalbi", "bladi_f_qalbi", "بلادي_ف_قلبي", "بلاديفقلبي"} <= spellings.keys()


def test_off_topic_stories_share_a_word_of_the_tag_but_not_the_tag():
    strays = [story for story in STORIES if story.key in off_topic()]
    words = {story.key: f"{story.title} {story.text}" for story in strays}

    assert Counter(story.platform for story in strays) == {"youtube": 3, "reddit": 3}
    assert [key for key, text in words.items() if TAG.search(text) or PHRASE.search(text)] == []
    assert all(re.search(r"bladi|qalbi|بلادي|قلبي", text, re.IGNORECASE) for text in words.values())


def test_nobody_writes_hashtags_on_reddit():
    assert _keys([s for s in STORIES if s.platform == "reddit" and "#" in s.text]) == []


def test_texts_are_composed_and_without_stray_characters():
    told = [(story.key, text) for story in STORIES for text in _everything(story)]

    assert [key for key, text in told if not unicodedata.is_normalized("NFC", text)] == []
    assert [key for key, text in told if text != text.strip() or not text] == []
    assert [
        key for key, text in told if re.search(r"[\u200b-\u200f\u202a-\u202e\ufeff]", text)
    ] == []


def test_many_people_write_and_their_handles_fit_every_platform():
    people: set[Person] = {story.person for story in STORIES}

    assert len(people) >= 65
    assert len({person.handle for person in people}) == len(people)
    assert all(re.fullmatch(r"[a-z][a-z0-9]{2,14}", person.handle) for person in people)
    assert {_script(person.name) for person in people} == {"LATIN", "ARABIC", "TIFINAGH"}


def _script(name: str) -> str:
    return unicodedata.name(name[0]).split()[0]


def test_some_authors_opted_out_and_some_are_machines():
    people = {story.person for story in STORIES}

    assert sum(not person.indexable for person in people) == 3
    assert sum(person.bot for person in people) == 2


def test_same_text_by_the_same_author_stands_on_several_platforms():
    places: dict[tuple[str, str], set[str]] = defaultdict(set)
    for story in STORIES:
        places[story.person.handle, story.text].add(story.platform)
    copies = [names for names in places.values() if len(names) > 1]

    assert len(copies) >= 12
    assert {len(names) for names in copies} == {2, 3}
    assert sum(map(len, places.values())) == len(STORIES)


def test_pictures_are_ours_and_mostly_described():
    pictures = [p for s in STORIES if s.platform != "youtube" for p in s.pictures]
    shown = Counter(story.platform for story in STORIES if story.pictures)

    assert {p.name for s in STORIES for p in s.pictures} == set(art.NAMES)
    assert all(shown[platform] >= 6 for platform in PLATFORMS)
    assert 0 < sum(p.alt is None for p in pictures) < len(pictures) / 4


def test_every_video_has_a_duration_and_youtube_has_nothing_else():
    youtube = [story for story in STORIES if story.platform == "youtube"]
    videos = [(s.platform, p) for s in STORIES for p in s.pictures if p.kind == "video"]

    assert all([p.kind for p in story.pictures] == ["video"] for story in youtube)
    assert all(picture.duration for _, picture in videos)
    assert {"x", "mastodon", "bluesky"} <= {platform for platform, _ in videos}


def test_warnings_and_labels_stand_where_platforms_have_them():
    warned = [story.platform for story in STORIES if story.warning]
    labelled = [story.platform for story in STORIES if story.labels]

    assert warned == ["mastodon", "mastodon"]
    assert labelled == ["bluesky"]
    assert {"x", "mastodon", "bluesky"} == {s.platform for s in STORIES if s.sensitive}


def test_first_cycle_lies_within_the_last_week():
    ages = [story.age for story in STORIES if story.cycle == 1]

    assert min(ages) > timedelta()
    assert timedelta(days=5) < max(ages) < timedelta(days=7)
    assert len({(s.platform, s.age) for s in STORIES}) == len(STORIES)


def test_second_cycle_brings_something_new_everywhere():
    later = [story for story in STORIES if story.cycle == 2]

    assert len(later) >= 12
    assert {story.platform for story in later} == set(PLATFORMS)
    assert all(timedelta(seconds=-30) <= s.age <= timedelta(seconds=-1) for s in later)


def test_second_cycle_edits_and_deletes_where_platforms_can_tell():
    edited = [story for story in STORIES if story.edit is not None]
    deleted = [story for story in STORIES if story.deleted]

    assert len(edited) >= 6
    assert {s.platform for s in edited} == {"x", "mastodon", "reddit", "feeds", "youtube"}
    assert len(deleted) >= 6
    assert {s.platform for s in deleted} == {"x", "youtube", "reddit", "mastodon", "bluesky"}
    assert all(s.cycle == 1 and s.edit != s.text for s in (*edited, *deleted))
    assert _keys([story for story in deleted if story.edit is not None]) == []


def test_reading_again_gives_the_same_stories():
    corpus._read_all.cache_clear()

    assert stories() == STORIES


def test_world_plays_the_whole_corpus():
    world = World(STORIES, start=START)
    before = {platform: len(world.posts(platform)) for platform in PLATFORMS}

    world.advance()

    for platform in PLATFORMS:
        told = [story for story in STORIES if story.platform == platform]
        assert before[platform] == sum(story.cycle == 1 for story in told)
        assert len(world.posts(platform)) == sum(not story.deleted for story in told)
