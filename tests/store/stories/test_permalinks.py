"""One key for one page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.stories.permalinks import permalink_key


@pytest.mark.parametrize(
    ("key", "urls"),
    [
        (
            "x:123",
            (
                "https://x.com/a/status/123 https://twitter.com/b/status/123?s=20&t=x "
                "http://mobile.twitter.com/a/status/123#m https://nitter.net/a/status/123 "
                "https://nitter.example.org/a/status/123 https://fxtwitter.com/a/status/123 "
                "https://vxtwitter.com/a/status/123/photo/1 https://x.com/i/web/status/123"
            ),
        ),
        (
            "youtube:a-b_1234567",
            (
                "https://www.youtube.com/watch?v=a-b_1234567 https://youtu.be/a-b_1234567?si=x "
                "https://m.youtube.com/watch?feature=share&v=a-b_1234567&t=3s "
                "https://www.youtube.com/shorts/a-b_1234567 https://youtube.com/live/a-b_1234567"
            ),
        ),
        (
            "reddit:abc12",
            (
                "https://www.reddit.com/r/Morocco/comments/abc12/some_title/ https://redd.it/abc12 "
                "https://old.reddit.com/r/Morocco/comments/abc12/?utm_source=share"
            ),
        ),
        (
            "instagram:Cx_-1",
            (
                "https://www.instagram.com/p/Cx_-1/ https://instagram.com/reel/Cx_-1/?igsh=x "
                "https://www.instagram.com/nora/p/Cx_-1 https://www.instagram.com/tv/Cx_-1/"
            ),
        ),
        (
            "tiktok:77",
            (
                "https://www.tiktok.com/@a.b/video/77?lang=fr https://m.tiktok.com/v/77.html "
                "https://www.tiktok.com/@a.b/photo/77"
            ),
        ),
        (
            "bluesky:3kabcdefghij2",
            (
                "https://bsky.app/profile/nora.bsky.social/post/3kabcdefghij2 "
                "https://bsky.app/profile/did:plc:xyz/post/3kabcdefghij2 "
                "at://did:plc:xyz/app.bsky.feed.post/3kabcdefghij2"
            ),
        ),
        (
            "mastodon.social/@nora/12",
            (
                "https://mastodon.social/@nora/12 https://mastodon.social/users/Nora/statuses/12 "
                "https://mastodon.social/@nora/12?utm_medium=x"
            ),
        ),
        (
            "example.ma/actu/été.html?id=3",
            (
                "https://www.example.ma/actu/%C3%A9t%C3%A9.html?id=3 "
                "http://example.ma/actu/été.html?utm_campaign=rss&fbclid=x&id=3#top "
                "https://m.example.ma:443/actu/été.html/?id=3&igshid=5"
            ),
        ),
    ],
)
def test_addresses_of_one_page_have_one_key(key, urls):
    assert {permalink_key(url) for url in urls.split()} == {key}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://blog.example/?s=rabat", "https://blog.example/?s=fes"),
        ("https://blog.example/?t=1", "https://blog.example/?t=2"),
        (
            "https://www.youtube.com/watch?v=AAAAAAAAAAA",
            "https://www.youtube.com/watch?v=aaaaaaaaaaa",
        ),
        ("https://a.example/@nora/12", "https://b.example/@nora/12"),
        (
            "https://www.reddit.com/r/a/comments/abc/t/",
            "https://www.reddit.com/r/a/comments/abc/t/def/",
        ),
        ("https://example.ma:8080/a", "https://example.ma/a"),
    ],
)
def test_two_pages_have_two_keys(one, other):
    assert permalink_key(one) != permalink_key(other)


@pytest.mark.parametrize(
    "url",
    ["", "rabat", "https://example.ma/", "https://x.com", "https://[::1", "ftp://a.example/b"],
)
def test_what_is_no_page_has_no_key(url):
    assert permalink_key(url) is None


@given(st.text() | st.text().map("https://example.ma/".__add__))
def test_no_address_fails(url):
    permalink_key(url)
