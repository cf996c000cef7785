"""A wall with a thousand posts, as somebody sees it who asks for more again and again."""

import json
from itertools import count

from playwright.sync_api import Page, Route

from tests.widget.host import Host, document, element, script, shown

POSTS = 1000
HEAP = 60_000_000
"""Bytes, at most."""
_numbers = count(10_000_000)

SCROLLING = """() => new Promise(done => {
    const times = []
    let last = 0
    const frame = now => {
        times.push(now - last)
        last = now
        scrollBy(0, 400)
        if (times.length < 200) requestAnimationFrame(frame)
        else done(times.slice(2))
    }
    scrollTo(0, 0)
    requestAnimationFrame(frame) })"""
"""Scrolls down from the top; gives the milliseconds of each frame."""


def open_wall(page: Page, address: str, host: Host) -> None:
    """Open a wall and ask for more until a thousand posts are there."""
    page.emulate_media(reduced_motion="reduce")
    page.route("**/w/main?**cursor=**", _more)
    page.goto(host.page(document(element(address, limit=100), script(address))))
    shown(page)
    cards = page.locator("article")
    while (before := cards.count()) < POSTS:
        page.locator(".more").click()
        cards.nth(before).wait_for()


def heap(page: Page) -> int:
    """Return the bytes that a page holds, of its scripts and of its elements, without garbage."""
    client = page.context.new_cdp_session(page)
    client.send("HeapProfiler.collectGarbage")
    usage = client.send("Runtime.getHeapUsage")
    return int(usage["usedSize"] + usage["embedderHeapUsedSize"] + usage["backingStorageSize"])


def frame(page: Page) -> float:
    """Return the milliseconds that all frames but one of twenty stay below while one scrolls."""
    times = sorted(page.evaluate(SCROLLING))
    return float(times[len(times) * 19 // 20])


def _more(route: Route) -> None:
    posts = [_post(next(_numbers)) for _ in range(100)]
    answer = {"posts": posts, "next": "more", "revision": "1"}
    route.fulfill(body=json.dumps(answer), headers={"access-control-allow-origin": "*"})


def _post(number: int) -> dict[str, object]:
    return {
        "id": number,
        "url": "https://social.example/1",
        "page": "https://mur.example.ma/fr/p/1",
        "platform": "mastodon",
        "network": "Mastodon",
        "kind": "note",
        "card": True,
        "menu": True,
        "author": {"name": "Amina", "handle": "@amina", "initials": "A"},
        "published": {"at": "2026-11-20T12:00:00Z", "text": "20 novembre 2026"},
        "lang": "fr",
        "dir": "ltr",
        "text": ["Un café à la gare " * 30],
    }
