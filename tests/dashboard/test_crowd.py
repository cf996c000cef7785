"""Many decide at once, over HTTP: every success is one decision, and nothing else is.

A few clients by default. `CROWD=50x200 make test ARGS=tests/dashboard/test_crowd.py` lets fifty of
them decide two hundred times each.
"""

import os
import random
import re
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from threading import Thread
from urllib.parse import urlencode

from sqlalchemy import Engine
from sqlmodel import col, select

from store import audit
from store.engine import reading
from store.models import Action, Audit, Decision, Post, Role
from tests.api.browsing import address_of, serving
from tests.dashboard.conftest import Desk, fill

PEOPLE, EACH = map(int, os.environ.get("CROWD", "6x10").split("x"))
POSTS = 2 * PEOPLE
"""So few that two decide about one at the same moment all the time."""
ASKED = ("approve", "reject", "escalate", "hide", "restore", "schedule", "topic", "pin", "undo")


class Client:
    """Somebody who decides at random, about what she has last seen of a post."""

    def __init__(self, desk: Desk, name: str, seed: int) -> None:
        cookies = desk.person(name, Role.EDITOR).cookies
        self._headers = {
            "Cookie": "; ".join(f"{key}={value}" for key, value in cookies.items()),
            "Origin": desk.url,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._connection = HTTPConnection(desk.url.removeprefix("http://"), timeout=600)
        self._dice = random.Random(seed)
        self._seen: dict[int, int] = defaultdict(int)
        self._name = name
        self.answers: Counter[int] = Counter()
        self.done: list[int] = []
        """Decisions that she was told were taken."""
        self.undone = 0

    def work(self) -> None:
        for _ in range(EACH):
            action, post_id = self._dice.choice(ASKED), self._dice.randint(1, POSTS)
            if action == "undo" and self.done:
                self._undo(self.done[-1])
            else:
                self._decide(post_id, action.replace("undo", "approve"))
        self._connection.close()

    def _undo(self, decision_id: int) -> None:
        status, *_ = self._send(f"/fr/undo/{decision_id}", {"back": "q=nothing"})
        self.undone += status == 303

    def _decide(self, post_id: int, action: str) -> None:
        form = {
            "action": action, "reason": "spam" if action == "reject" else "",
            "words": f"{self._name} {self.answers.total()}", "show_at": "2026-12-01T10:00",
            "back": f"q=nothing&post={post_id}",
        }  # fmt: skip
        path = f"/fr/posts/{post_id}/decide"
        status, there, page = self._send(path, {**form, "revision": self._seen[post_id]})
        if status == 409:
            # The answer shows the post as it is now. She insists; others may be quicker again.
            seen = re.search(r'class="detail.*?name="revision" value="(\d+)"', page, re.DOTALL)
            assert seen is not None
            self._seen[post_id] = int(seen[1])
            status, there, _ = self._send(path, {**form, "revision": self._seen[post_id]})
        if done := re.search(r"done=(\d+)", there):
            self.done.append(int(done[1]))
            self._seen[post_id] += 1

    def _send(self, path: str, form: dict[str, object]) -> tuple[int, str, str]:
        """Send a form until it is answered: who is told to come back does, with the same key."""
        body = urlencode({**form, "key": f"{self._name}-{self.answers.total()}"})
        status = 503
        while status == 503:
            self._connection.request("POST", path, body, self._headers)
            answer = self._connection.getresponse()
            status, page = answer.status, answer.read().decode()
        self.answers[status] += 1
        return status, answer.headers.get("location", ""), page


def at_once(works: list[Callable[[], None]]) -> None:
    threads = [Thread(target=one) for one in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_every_success_is_one_decision_and_replaying_them_gives_what_is_stored(
    engine: Engine,
) -> None:
    fill(engine, POSTS)
    listening = socket.create_server(("127.0.0.1", 0), backlog=PEOPLE)
    desk = Desk(engine, address_of(listening))
    clients = [Client(desk, f"p{n}", n) for n in range(PEOPLE)]
    with reading(engine) as session:
        before = audit.head(session)[0]
    began = time.monotonic()
    with serving(desk.app, listening):
        at_once([one.work for one in clients])
    took = time.monotonic() - began

    answers = sum((one.answers for one in clients), Counter[int]())
    told = [number for one in clients for number in one.done]
    with reading(engine) as session:
        decisions = session.exec(select(Decision).order_by(col(Decision.id))).all()
        posts = session.exec(select(Post)).all()
        since = select(Audit).where(col(Audit.id) > before)
        rows = session.exec(since.order_by(col(Audit.id))).all()
        audit.verify(session)
    print(f"{PEOPLE} x {EACH}: {dict(answers)}, {len(decisions)} decisions, {took:.0f} s")  # noqa: T201
    assert answers.total() >= PEOPLE * EACH
    assert set(answers) <= {303, 409, 422}
    # What they were told was taken is there, once, and nothing that nobody was told of.
    assert sorted(told) == [one.id for one in decisions if one.action != Action.UNDO]
    assert len(decisions) == len(told) + sum(one.undone for one in clients)
    # The trail has the same acts in the same order.
    assert [(one.action, one.object, one.revision) for one in rows] == [
        (one.action, f"post:{one.post_id}", one.revision) for one in decisions
    ]
    assert replayed(decisions, posts) == {one.id: (one.review, one.revision) for one in posts}


def replayed(
    decisions: Sequence[Decision], posts: Sequence[Post]
) -> dict[int | None, tuple[str, int]]:
    """Return review and revision of each post as its decisions make them, one after the other."""
    by_id = {one.id: one for one in decisions}
    found: dict[int | None, tuple[str, int]] = {one.id: ("pending", 0) for one in posts}
    for one in decisions:
        review, revision = found[one.post_id]
        assert one.revision == revision + 1
        # An undo puts back what another decision has changed.
        if "review" in by_id.get(one.cause_id, one).was:
            assert one.before == review
            review = one.after
        found[one.post_id] = (review, one.revision)
    return found
