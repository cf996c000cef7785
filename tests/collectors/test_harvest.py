"""One run of one source: nothing lost, nothing twice, the bookmark never ahead."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from collectors.backfill import backfill
from collectors.base import (
    Budget,
    BudgetSettings,
    Collector,
    CollectorSettings,
    CredentialsError,
    Known,
    Lookup,
    Page,
    Query,
    QuotaError,
    RateLimitedError,
    TransientError,
)
from collectors.harvest import harvest
from collectors.mastodon import MastodonSettings
from collectors.retry import retry
from collectors.run import Job
from collectors.x import XSettings
from store import harvests, quarantine
from store.engine import reading, writing
from store.items import Author, Item, Kind, Payload
from store.language import CompactTagger
from store.models import Bookmark, Harvest, Post, Quota, Source
from tests.conftest import NOW, a_job


class Tape:
    """A platform on paper: posts by number, read newest first, two a page."""

    platform = "tape"
    lookup_batch = 10

    def __init__(self, settings: "TapeSettings") -> None:
        self.script: Script = settings.script

    def streams(self, query: Query) -> Sequence[str]:
        return self.script.streams

    def fetch(
        self, query: Query, stream: str, *, bookmark: str | None, resume: str | None
    ) -> Iterator[Page]:
        newest, below = (int(n) for n in (resume or "0/0").split("/"))
        floor = int(bookmark or 0)
        numbers = sorted(self.script.posts, reverse=True)
        if query.since is not None:
            floor = 0
        if resume is None:
            newest, below = (numbers[0] if numbers else 0), 10**9
        newest = max(newest, floor)
        left = [n for n in numbers if floor < n < below]
        if not left and bookmark is None and resume is None:
            return
        while True:
            page, left = left[:2], left[2:]
            self.script.before_page(query.budget)
            payloads = [{"n": n} for n in page]
            if not left:
                yield Page(payloads=payloads, bookmark=str(newest))
                return
            yield Page(payloads=payloads, resume=f"{newest}/{page[-1]}", reached_at=NOW)

    def normalise(self, payload: Payload) -> Item:
        if payload["n"] in self.script.poison:
            raise KeyError("uri")
        return Item(
            platform="tape",
            native_id=str(payload["n"]),
            url=f"https://tape.example/{payload['n']}",
            kind=Kind.NOTE,
            text=f"{self.script.posts.get(payload['n'])} #bladifqalbi",
            author=Author(native_id="a"),
            published_at=NOW + timedelta(seconds=payload["n"]),
            raw=dict(payload),
        )

    def lookup(self, known: Sequence[Known], budget: Budget) -> Lookup:
        self.script.before_page(budget)
        numbers = [int(one.native_id) for one in known]
        return Lookup(
            found=[
                {"n": n} for n in numbers if n in self.script.posts and n not in self.script.mute
            ],
            gone=frozenset(str(n) for n in numbers if n in self.script.gone),
        )

    def close(self) -> None:
        pass


class Script:
    """What the tape says, and what goes wrong at which page."""

    def __init__(self, *posts: int) -> None:
        self.posts: dict[int, str] = {n: f"texte {n}" for n in posts}
        self.streams: Sequence[str] = ("all",)
        self.errors: list[Any] = []
        self.poison: set[int] = set()
        self.gone: set[int] = set()
        self.mute: set[int] = set()
        self.pages = 0

    def before_page(self, budget: Budget) -> None:
        budget.spend("calls")
        self.pages += 1
        if self.errors:
            error = self.errors.pop(0)
            if isinstance(error, Exception):
                raise error
            if callable(error):
                error()


class TapeSettings(CollectorSettings):
    moderation: Any = "publish"
    script: Any = None
    calls_per_day: int = 1000
    lack_key: bool = False

    def build(self, agent: str) -> Collector:
        return Tape(self)

    def daily(self) -> dict[str, int]:
        return {"calls": self.calls_per_day}


class Clock:
    """A clock that tests move by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self):
        return self.now


def tape(engine: Engine, script: Script, clock: Clock | None = None, **more: Any) -> Job:
    return a_job(
        engine, "tape", TapeSettings(enabled=True, script=script, **more), now=clock or Clock()
    )


def kept(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return sorted(int(n) for n in session.exec(select(Post.native_id)))


def place(engine: Engine, stream: str = "all") -> tuple[str | None, str | None]:
    with reading(engine) as session:
        mark = harvests.bookmark(session, "tape", stream)
        return mark.position, mark.gap


def source(engine: Engine) -> Source:
    with reading(engine) as session:
        return session.exec(select(Source)).one()


def run(job: Job):
    report = harvest(job, by_hand=True)
    assert report is not None
    return report


def test_complete_run_keeps_all_and_moves_the_bookmark(engine):
    report = run(tape(engine, Script(1, 2, 3, 4, 5)))

    assert (report.outcome, report.tally.added, report.pages) == ("complete", 5, 3)
    assert (kept(engine), place(engine)) == ([1, 2, 3, 4, 5], ("5", None))


def test_second_run_reads_only_what_is_new(engine):
    script = Script(1, 2, 3)
    job = tape(engine, script)
    run(job)
    script.posts[4] = "texte 4"

    report = run(job)

    assert (report.tally.added, report.tally.unchanged, place(engine)) == (1, 0, ("4", None))


def test_failed_run_leaves_a_gap_and_the_bookmark_where_it_was(engine):
    script = Script(1, 2)
    job = tape(engine, script)
    run(job)
    script.posts.update({n: f"texte {n}" for n in range(3, 9)})
    script.errors = [None, TransientError("tape: tape.example answered 503")]

    report = run(job)

    assert (report.outcome, report.error) == ("failed", "tape: tape.example answered 503")
    assert (kept(engine), place(engine)) == ([1, 2, 7, 8], ("2", "8/7"))


def test_next_run_fills_the_gap_first_and_then_reads_what_is_new(engine):
    script = Script(1, 2)
    clock = Clock()
    job = tape(engine, script, clock)
    run(job)
    script.posts.update({n: f"texte {n}" for n in range(3, 9)})
    script.errors = [None, TransientError("tape: tape.example answered 503")]
    run(job)
    script.posts[9] = "texte 9"
    clock.now += timedelta(days=1)

    report = run(job)

    assert (report.outcome, kept(engine)) == ("complete", list(range(1, 10)))
    assert place(engine) == ("9", None)


def test_page_budget_ends_the_run_and_the_next_goes_on(engine):
    script = Script(*range(1, 8))
    job = tape(engine, script, budget=BudgetSettings(pages=2))

    outcomes = [run(job).outcome for _ in range(3)]

    assert (outcomes[0], kept(engine), place(engine)) == (
        "truncated",
        list(range(1, 8)),
        ("7", None),
    )


def test_day_s_budget_ends_the_run_until_midnight(engine):
    clock = Clock()
    job = tape(engine, Script(*range(1, 8)), clock, calls_per_day=3)

    first = run(job)

    assert (first.outcome, first.error) == (
        "truncated",
        "tape: the day's budget of 3 calls is spent",
    )
    assert source(engine).not_before == NOW.replace(hour=0) + timedelta(days=1)
    assert harvest(job, by_hand=True) is None
    clock.now = NOW + timedelta(hours=13)
    assert run(job).outcome == "complete"
    assert kept(engine) == list(range(1, 8))


def test_poison_costs_one_post(engine):
    script = Script(1, 2, 3)
    script.poison = {2}
    job = tape(engine, script)

    report = run(job)

    assert (report.quarantined, kept(engine), place(engine)) == (1, [1, 3], ("3", None))
    with reading(engine) as session:
        (row,) = quarantine.waiting(session, "tape")
    assert (row.reason, quarantine.payload(row)) == ("KeyError: 'uri'", {"n": 2})


def test_post_that_breaks_its_saving_costs_one_post(engine):
    class Fragile(CompactTagger):
        def tag_many(self, texts, signals=None):
            if any("texte 2" in text for text in texts):
                raise IndexError("a letter beyond the table")
            return super().tag_many(texts, signals)

    job = replace(tape(engine, Script(1, 2, 3)), tagger=Fragile())

    report = run(job)

    assert (report.quarantined, kept(engine), place(engine)) == (1, [1, 3], ("3", None))
    with reading(engine) as session:
        (row,) = quarantine.waiting(session, "tape")
    assert row.reason == "saving: IndexError"


def test_what_was_poison_enters_when_it_is_understood(engine):
    script = Script(1, 2, 3)
    script.poison = {2}
    job = tape(engine, script)
    run(job)
    assert retry(job, by="us") == (0, 1)
    script.poison = set()

    assert retry(job, by="us") == (1, 0)

    assert kept(engine) == [1, 2, 3]
    with reading(engine) as session:
        assert quarantine.counts(session) == {}


def test_what_breaks_its_saving_again_stays_set_aside(engine):
    class Broken(CompactTagger):
        def tag_many(self, texts, signals=None):
            raise IndexError("a letter beyond the table")

    job = replace(tape(engine, Script(2)), tagger=Broken())
    run(job)

    assert retry(job, by="us") == (0, 1)

    with reading(engine) as session:
        (row,) = quarantine.waiting(session, "tape")
    assert (row.reason, kept(engine)) == ("saving: IndexError", [])
    assert retry(replace(job, tagger=CompactTagger()), by="us") == (1, 0)


def test_unexpected_error_is_malformed_and_never_empty(engine, caplog):
    script = Script(1, 2, 3)
    script.errors = [ZeroDivisionError("secret-token")]

    report = run(tape(engine, script))

    assert (report.outcome, report.error) == ("failed", "tape: unexpected ZeroDivisionError")
    assert source(engine).last_error_kind == "MalformedError"


def test_platform_s_own_reset_is_honoured(engine):
    clock = Clock()
    script = Script(1)
    script.errors = [RateLimitedError("tape: wait", retry_at=NOW + timedelta(minutes=42))]
    job = tape(engine, script, clock)
    run(job)

    clock.now = NOW + timedelta(minutes=41)
    assert harvest(job, by_hand=True) is None
    clock.now = NOW + timedelta(minutes=42)
    assert run(job).outcome == "complete"


@pytest.mark.parametrize("error", [RateLimitedError("tape: wait"), QuotaError("tape: no credit")])
def test_wait_without_a_reset_backs_off(engine, error):
    script = Script(1)
    script.errors = [error]

    run(tape(engine, script, every=timedelta(minutes=15)))

    assert source(engine).not_before == NOW + timedelta(minutes=15)


def test_failures_back_off_longer_and_longer_and_open_the_circuit(engine):
    clock = Clock()
    script = Script(1, 2, 3, 4, 5, 6)
    script.errors = [TransientError("tape: down") for _ in range(6)]
    job = tape(engine, script, clock, every=timedelta(minutes=10))
    waits = []
    for _ in range(6):
        run(job)
        not_before = source(engine).not_before
        assert not_before is not None
        waits.append((not_before - clock.now) // timedelta(minutes=1))
        clock.now = not_before

    probe = run(job)

    assert waits == [10, 20, 40, 80, 160, 320]
    assert (probe.pages, probe.outcome) == (1, "truncated")
    assert run(job).outcome == "complete"
    assert (source(engine).failures, kept(engine)) == (0, [1, 2, 3, 4, 5, 6])


def test_refused_key_is_not_tried_again_until_settings_change(engine):
    clock = Clock()
    script = Script(1)
    script.errors = [CredentialsError("tape: tape.example answered 401")]
    job = tape(engine, script, clock)
    run(job)
    clock.now += timedelta(days=2)

    assert harvest(job, by_hand=True) is None

    changed = tape(engine, script, clock, timeout=21)
    assert run(changed).outcome == "complete"


def tokens(secret: str) -> dict[str, dict[str, str]]:
    return {"tokens": {"mastodon.social": secret}}


@pytest.mark.parametrize(
    ("section", "before", "after"),
    [
        (XSettings, {"bearer_token": "a"}, {"bearer_token": "b"}),
        (
            MastodonSettings,
            {"tokens": {"mastodon.social": "a"}},
            {"tokens": {"mastodon.social": "b"}},
        ),
    ],
)
def test_corrected_key_is_another_fingerprint(sqlite_engine, section, before, after):
    jobs = [
        a_job(sqlite_engine, "x", section.model_validate(values))
        for values in (before, after, after)
    ]

    assert jobs[0].fingerprint != jobs[1].fingerprint == jobs[2].fingerprint


def test_one_server_that_fails_does_not_keep_the_others_from_being_read(engine):
    class Separate(TapeSettings):
        separate_streams = True

    script = Script(1, 2)
    script.streams = ("a.example", "b.example")
    script.errors = [TransientError("tape: a.example answered 503")]
    job = a_job(engine, "tape", Separate(enabled=True, script=script), now=Clock())

    report = run(job)

    assert (report.outcome, report.error) == ("truncated", "tape: a.example answered 503")
    assert (place(engine, "a.example"), place(engine, "b.example")) == (
        (None, None),
        ("2", None),
    )
    assert source(engine).not_before is None


def test_stop_finishes_the_page_in_hand(engine):
    script = Script(1, 2, 3, 4, 5, 6)
    job = tape(engine, script)
    script.errors = [None, job.stop.set]

    report = run(job)

    assert (report.outcome, report.pages, kept(engine)) == ("truncated", 2, [3, 4, 5, 6])
    assert source(engine).lease_until is None


def test_run_that_lost_its_lease_saves_nothing_more(engine):
    clock = Clock()
    script = Script(1, 2, 3, 4, 5, 6)
    job = tape(engine, script, clock)

    def other_takes_over() -> None:
        with writing(engine) as session:
            later = clock.now + harvests.LEASE + timedelta(seconds=1)
            assert harvests.claim(
                session, "tape", now=later, next_due_at=None, fingerprint="x", by_hand=True
            )

    script.errors = [None, other_takes_over]

    report = run(job)

    assert (report.outcome, kept(engine)) == ("taken over", [5, 6])


def test_page_that_ends_between_two_of_its_transactions_is_read_again(engine, monkeypatch):
    class Killed(BaseException):
        pass

    class Ending(CompactTagger):
        def tag_many(self, texts, signals=None):
            if any("texte 1" in text for text in texts):
                raise Killed
            return super().tag_many(texts, signals)

    monkeypatch.setattr("collectors.run.AT_ONCE", 1)
    clock = Clock()
    job = tape(engine, Script(1, 2), clock)
    with pytest.raises(Killed):
        run(replace(job, tagger=Ending()))
    saved, marked = kept(engine), place(engine)
    clock.now += harvests.LEASE + timedelta(seconds=1)

    report = run(job)

    assert (saved, marked) == ([2], (None, None))
    assert (report.outcome, kept(engine), place(engine)) == ("complete", [1, 2], ("2", None))
    assert (report.tally.added, report.tally.unchanged, report.pages) == (1, 1, 1)


def test_two_threads_never_run_one_source_at_once(engine):
    script = Script(*range(1, 30))
    jobs = [tape(engine, script), tape(engine, script)]
    reports: list[Any] = []
    barrier = threading.Barrier(2)

    def go(job: Job) -> None:
        barrier.wait()
        reports.append(harvest(job, by_hand=True))

    threads = [threading.Thread(target=go, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with reading(engine) as session:
        runs = session.exec(select(Harvest)).all()
    assert len(runs) == sum(report is not None for report in reports)
    assert sum(one.added for one in runs) == 29


def test_deleted_post_is_hidden_at_once_and_buried_at_the_second_miss(engine):
    clock = Clock()
    script = Script(1, 2, 3)
    job = tape(engine, script, clock, recheck=timedelta(hours=12))
    run(job)
    del script.posts[2]
    clock.now += timedelta(hours=13)

    first = run(job)
    with reading(engine) as session:
        hidden = session.exec(select(Post.availability).where(Post.native_id == "2")).one()
    clock.now += timedelta(hours=2)
    run(job)

    assert (first.outcome, hidden) == ("complete", "missing")
    assert kept(engine) == [1, 3]


def test_answer_without_any_known_post_removes_nothing(engine):
    clock = Clock()
    script = Script(1, 2, 3)
    job = tape(engine, script, clock)
    run(job)
    script.mute = {1, 2, 3}
    clock.now += timedelta(hours=25)

    run(job)

    with reading(engine) as session:
        states = session.exec(select(Post.availability)).all()
    assert set(states) == {"live"}


def test_platform_s_plain_word_needs_no_other_post(engine):
    clock = Clock()
    script = Script(1)
    job = tape(engine, script, clock)
    run(job)
    script.posts, script.gone = {}, {1}
    clock.now += timedelta(hours=25)

    run(job)

    with reading(engine) as session:
        assert session.exec(select(Post.availability)).one() == "missing"


def test_edit_is_noticed_when_a_post_is_asked_for_again(engine):
    clock = Clock()
    script = Script(1, 2)
    job = tape(engine, script, clock)
    run(job)
    script.posts[1] = "autre texte"
    clock.now += timedelta(hours=25)

    report = run(job)

    assert report.tally.updated == 1


def test_backfill_goes_on_where_it_stopped_and_leaves_the_bookmark_alone(engine):
    script = Script(*range(1, 8))
    clock = Clock()
    job = tape(engine, script, clock)
    run(job)
    before = place(engine)
    script.posts.update(dict.fromkeys(range(8, 12), "ancien"))
    shares: list[float] = []
    since, until = NOW - timedelta(days=9), NOW + timedelta(days=1)
    script.errors = [None, None, TransientError("tape: down")]
    first = backfill(job, since, until, shares.append)
    clock.now += timedelta(days=1)

    second = backfill(job, since, until, shares.append)
    pages = script.pages
    third = backfill(job, since, until, shares.append)

    assert first is not None
    assert second is not None
    assert third is not None
    assert (first.outcome, second.outcome, third.outcome) == ("failed", "complete", "complete")
    assert (kept(engine), place(engine), script.pages) == (list(range(1, 12)), before, pages)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_spent_calls_are_counted_by_day(engine):
    run(tape(engine, Script(1, 2, 3)))

    with reading(engine) as session:
        quota = session.exec(select(Quota)).one()
    assert (quota.unit, quota.day, quota.used) == ("calls", NOW.date(), 2)


def test_bookmarks_are_rows_of_their_stream(engine):
    script = Script(1)
    script.streams = ("a", "b")
    run(tape(engine, script))

    with reading(engine) as session:
        names = session.exec(select(Bookmark.stream).order_by(col(Bookmark.stream))).all()
    assert names == ["a", "b"]
