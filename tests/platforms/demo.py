"""`make demo`: the service as in production, harvesting six stand-in platforms on this machine.

python -m tests.platforms.demo [--once] [--port 8000]
"""

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import Engine, func
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from store import upkeep, wall
from store.engine import open_engine, reading
from store.models import Availability, Harvest, PictureState, Post, Revision
from tests.platforms.campaign import SECRETS, settings, write
from tests.platforms.corpus import stories
from tests.platforms.serve import platforms
from tests.platforms.world import PLATFORMS, World

PATIENCE = 60
"""Seconds within which each step of the demo must happen."""
HELD = ("mastodon", "bluesky", "youtube", "reddit")
"""Sources whose posts a person looks at first."""
LEFT = 4
"""Of so many held posts the last is left for whoever opens the desk."""
TEAM = {"Nadia": "editor", "Idriss": "moderator"}


class DemoError(Exception):
    """The demo did not do what it shows."""


class Demo:
    """One service on its stand-ins, and what its store says about it."""

    def __init__(self, world: World, config: Path, url: str, engine: Engine) -> None:
        self.world, self.config, self.url, self.engine = world, config, url, engine
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start `bladifqalbi run`, its log beside the configuration."""
        log = (self.config.parent / "service.log").open("wb")
        self.process = subprocess.Popen(
            [*COMMAND, "run", "--config", str(self.config)],
            env=_environment(),
            stderr=log,
            stdout=log,
            start_new_session=True,
        )

    def stop(self) -> float:
        """End the service as Ctrl-C does; return the seconds that it took."""
        if self.process is None or self.process.poll() is not None:
            return 0.0
        started = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise DemoError("the service did not end within 15 seconds") from None
        if code != 0:
            raise DemoError(f"the service ended with exit code {code}")
        return time.monotonic() - started

    def command(self, *words: str) -> int:
        """Run another `bladifqalbi` command on the same store, its output shown."""
        done = subprocess.run(
            [*COMMAND, *words, "--config", str(self.config)], env=_environment(), check=False
        )
        return done.returncode

    def until(self, what: str, happened: Callable[[], bool]) -> float:
        """Wait until something has happened; return the seconds that it took."""
        started = time.monotonic()
        while True:
            if self.process is not None and self.process.poll() is not None:
                raise DemoError("the service has ended by itself")
            try:
                if happened():
                    return time.monotonic() - started
            except (DatabaseError, OSError):
                pass  # not there yet: the service is still starting
            if time.monotonic() - started > PATIENCE:
                raise DemoError(f"not within {PATIENCE} s: {what}")
            time.sleep(0.3)

    def wait(self) -> None:
        """Wait until the service ends by itself."""
        if self.process is not None:
            raise DemoError(f"the service has ended by itself: {self.process.wait()}")

    def all_ran(self) -> bool:
        """Say whether every source has had a complete run."""
        with reading(self.engine) as session:
            good = select(func.count(func.distinct(Harvest.source))).where(
                Harvest.outcome == "complete"
            )
            return session.exec(good).one() == len(PLATFORMS)

    def approve_held(self) -> tuple[int, int]:
        """Approve most of what waits, as the team does; return how many posts, and how many not."""
        with reading(self.engine) as session:
            ids = [str(post.id) for post in wall.pending(session, limit=1000)]
        done = [one for place, one in enumerate(ids, 1) if place % LEFT]
        if done:
            subprocess.run(
                [*COMMAND, "approve", *done, "--config", str(self.config)],
                env=_environment(), check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        return len(done), len(ids) - len(done)

    def report(self) -> None:
        """Report the newest post of the wall, as a visitor does."""
        with reading(self.engine) as session:
            (newest,) = wall.page(session, wall.Filters(), limit=1).posts
        urllib.request.urlopen(
            urllib.request.Request(
                f"{self.url}/v1/posts/{newest.post.id}/reports",
                data=b'{"reason": "copyright", "note": "C\'est ma photo."}',
                headers={"content-type": "application/json"},
            ),
            timeout=10,
        ).close()

    def invite(self, name: str, role: str) -> str:
        """Add somebody to the team; return the link by which they first sign in."""
        done = subprocess.run(
            [*COMMAND, "moderator", "add", name, "--role", role, "--config", str(self.config)],
            env=_environment(), check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.split()[-1]

    def public(self) -> dict[str, int]:
        """Return how many posts of each network the wall shows."""
        with reading(self.engine) as session:
            counts: dict[str, int] = dict.fromkeys(PLATFORMS, 0)
            cursor: str | None = None
            while True:
                page = wall.page(session, wall.Filters(), cursor=cursor, limit=100)
                for one in page.posts:
                    counts[one.post.platform] += 1
                if (cursor := page.next_cursor) is None:
                    return counts

    def facts(self) -> tuple[int, int, int]:
        """Return how many posts are kept, were edited, and have left the wall."""
        with reading(self.engine) as session:
            kept = session.exec(select(func.count()).select_from(Post)).one()
            edits = session.exec(select(func.count()).select_from(Revision)).one()
            gone = session.exec(
                select(func.count())
                .select_from(Post)
                .where(Post.availability != Availability.LIVE.value)
            ).one()
        return kept, edits, gone

    def pictures(self) -> tuple[int, int]:
        """Return how many pictures are copied, and how many are still to be."""
        with reading(self.engine) as session:
            states = Counter[str]()
            for one in upkeep.counts(session):
                states[one.state] += one.pictures
        return states[PictureState.KEPT], states[PictureState.WAITING]

    def page(self, language: str) -> str:
        """Return the wall page in a language."""
        with urllib.request.urlopen(f"{self.url}/{language}/", timeout=10) as answer:
            text: str = answer.read().decode()
        return text


COMMAND = [str(Path(sys.executable).with_name("bladifqalbi"))]


def main() -> int:
    """Run the demo; return its exit code."""
    parser = argparse.ArgumentParser(prog="make demo ARGS=...", description=__doc__)
    parser.add_argument("--once", action="store_true", help="one cycle, then end")
    parser.add_argument(
        "--port", type=int, default=8000, help="of the wall, if it is free; the desk has the next"
    )
    options = parser.parse_args()
    # Both, whoever started us: shells let background programs ignore Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        with ExitStack() as stack:
            demo = prepare(stack, options.port)
            try:
                _show(demo, once=options.once)
            except KeyboardInterrupt:
                print()
            print(f"demo: the service ended cleanly in {demo.stop():.1f} s")
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


def prepare(stack: ExitStack, port: int) -> Demo:
    """Start the stand-ins, and write the configuration that names them."""
    print("demo: starting six stand-in platforms on this machine")
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bladi-demo-")))
    world = World(stories())
    urls = stack.enter_context(platforms(world))
    port = _free_port(port)
    values = settings(world, urls, folder, port=port)
    desk = _free_port(port + 1)
    for name in HELD:
        values["collectors"][name]["moderation"] = "hold"
    values["desk"].update(enabled=True, port=desk, url=f"http://127.0.0.1:{desk}")
    config = write(values, folder)
    engine = open_engine(f"sqlite:///{folder}/wall.db")
    return Demo(world, config, f"http://127.0.0.1:{port}", engine)


def _show(demo: Demo, *, once: bool) -> None:
    demo.start()
    try:
        first_cycle(demo)
        if not once:
            second_cycle(demo)
        demo.command("sources")
        if once:
            return
        demo.report()
        print("\ndemo: the desk, where posts wait; each link lets one person choose a password:")
        for name, role in TEAM.items():
            print(f"demo: {name} ({role}): {demo.invite(name, role)}")
        print(f"demo: the wall stays at {demo.url}/ until you press Ctrl-C")
        demo.wait()
    except DemoError:
        sys.stderr.write((demo.config.parent / "service.log").read_text()[-4000:])
        demo.stop()
        raise


def first_cycle(demo: Demo) -> None:
    took = demo.until("all six sources harvested", demo.all_ran)
    approved, left = demo.approve_held()
    counts = demo.public()
    print(f"demo: all six sources were harvested through the scheduler in {took:.0f} s")
    print("demo: on the wall: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    print(f"demo: {approved} of them were held, and are approved now; {left} wait for you")
    if missing := [name for name, count in counts.items() if not count]:
        raise DemoError(f"nothing of {', '.join(missing)} on the wall")
    demo.until("all pictures copied", lambda: demo.pictures()[0] > 0 and not demo.pictures()[1])
    print(f"demo: {demo.pictures()[0]} pictures were copied, and are shown from our own address")
    for language in ("ar", "fr"):
        page = demo.page(language)
        if foreign := set(re.findall(r'src="(https?://[^/"]+)', page)) - {demo.url}:
            raise DemoError(f"the page in {language} loads from {', '.join(sorted(foreign))}")
        if f'lang="{language}"' not in page or "<article" not in page:
            raise DemoError(f"the page in {language} shows no posts")
        print(f"demo: see {demo.url}/{language}/")


def second_cycle(demo: Demo) -> None:
    kept, edits, gone = demo.facts()
    print("demo: now the platforms change: new posts, edits, deletions")
    demo.world.advance()

    def changed() -> bool:
        after = demo.facts()
        return after[0] > kept and after[1] > edits and after[2] > gone

    took = demo.until("new posts, an edit and a deletion", changed)
    time.sleep(3)  # let the sources that are a little later have their turn, for the figures below
    after = demo.facts()
    print(
        f"demo: after {took:.0f} s: {after[0] - kept} new posts, {after[1] - edits} edited,"
        f" {after[2] - gone} gone from the wall"
    )


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("BLADI_")}
    return {**kept, **SECRETS}


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port != wanted:
                print(f"demo: port {wanted} is taken by another program")
            return int(sock.getsockname()[1])
    raise DemoError("no free port on this machine")


if __name__ == "__main__":
    sys.exit(main())
