"""Languages of stored posts: signals, tagging anew, corrections."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from store import curation, tagging
from store.effects import Terms
from store.engine import reading, writing
from store.errors import UnknownLanguageError, UnknownPostError
from store.ingest import ingest
from store.items import Author
from store.language import CompactTagger, Signals, Tag
from store.models import Action, Change, ChangeKind, Decision, Post
from store.tagging import Step
from tests.conftest import NOW, an_item, some_rules


class FixedTagger:
    """Says the same of every text."""

    def __init__(self, *languages: str, version: str = "fixed 1") -> None:
        self.version = version
        self._tag = Tag(languages[0], 0.95, languages[1:])

    def tag_many(self, texts, signals=None):
        return [self._tag] * len(texts)


def keep(engine, *items, **rules):
    with writing(engine) as session:
        return ingest(session, items, rules=some_rules(**rules), now=NOW)


def posts(engine) -> list[Post]:
    with reading(engine) as session:
        return list(session.exec(select(Post).order_by(col(Post.id))))


def languages(engine) -> list[tuple[str, str]]:
    return [(post.language, post.language_by) for post in posts(engine)]


def correct(engine, post_id, *said):
    with writing(engine) as session:
        return curation.decide(
            session, post_id, Action.TAG, moderator="Amina", now=NOW, terms=Terms(words=said)
        ).changed


def retag_all(engine, tagger, *, since=None, limit=500) -> list[Step]:
    steps: list[Step] = []
    last = 0
    while True:
        with writing(engine) as session:
            step = tagging.retag(session, tagger, since=since, after=last, now=NOW, limit=limit)
        if not step.seen:
            return steps
        steps.append(step)
        last = step.last


def changed(engine) -> list[int]:
    with reading(engine) as session:
        kind = ChangeKind.UPDATED.value
        return list(session.exec(select(Change.post_id).where(Change.kind == kind)))


def test_post_remembers_what_has_tagged_it(engine):
    tagger = CompactTagger()

    keep(
        engine, an_item(text="توحشت بلادي بزاف والله ما كاين بحالها، je rentre demain #bladifqalbi")
    )

    (post,) = posts(engine)
    assert (post.language, post.languages) == ("ary", ["fr"])
    assert post.language_model == tagger.version


def test_correction_survives_every_harvest_and_edit(engine):
    keep(engine, an_item(text="Bonjour #bladifqalbi"))

    assert correct(engine, 1, "ary-Latn", "fr")
    keep(engine, an_item(text="Bonjour à tous #bladifqalbi", edited_at=NOW))

    (post,) = posts(engine)
    assert post.text == "Bonjour à tous #bladifqalbi"
    assert (post.language, post.languages, post.language_by) == ("ary-Latn", ["fr"], "moderator")
    assert post.language_probability is None


def test_correction_is_recorded_and_seen(engine):
    keep(engine, an_item(text="Bonjour à tous #bladifqalbi"))

    correct(engine, 1, "ary-Latn")

    with reading(engine) as session:
        decision = session.exec(select(Decision).order_by(col(Decision.id).desc())).first()
    assert decision is not None
    assert (decision.action, decision.before, decision.after) == ("tag", "fr", "ary-Latn")
    assert decision.moderator == "Amina"
    assert changed(engine) == [1]


def test_same_correction_twice_changes_nothing(engine):
    keep(engine, an_item())

    assert [correct(engine, 1, "ary"), correct(engine, 1, "ary")] == [True, False]


def test_correction_of_no_post_or_to_no_language_is_refused(engine):
    keep(engine, an_item())

    with pytest.raises(UnknownPostError, match="no post 7"):
        correct(engine, 7, "fr")
    with pytest.raises(UnknownLanguageError, match="no language klingon; there are ar ary"):
        correct(engine, 1, "fr", "klingon")


def test_every_post_is_tagged_anew_but_those_that_people_have_corrected(engine):
    keep(engine, *(an_item(str(number)) for number in range(7)))
    correct(engine, 3, "ary")

    steps = retag_all(engine, FixedTagger("de"), limit=2)

    assert [step.seen for step in steps] == [2, 2, 2]
    assert sum(step.changed for step in steps) == 6
    assert languages(engine) == [
        ("ary", "moderator") if number == 2 else ("de", "tagger") for number in range(7)
    ]


def test_tagging_anew_goes_on_where_it_was_stopped(engine):
    keep(engine, *(an_item(str(number)) for number in range(5)))
    tagger = FixedTagger("de")
    with writing(engine) as session:
        tagging.retag(session, tagger, since=None, after=0, now=NOW, limit=2)

    with reading(engine) as session:
        left = tagging.waiting(session, tagger, None)

    assert left == 3
    assert sum(step.seen for step in retag_all(engine, tagger)) == 3
    assert retag_all(engine, tagger) == []


def test_only_posts_since_a_day_are_tagged_anew(engine):
    keep(
        engine,
        an_item("old", published_at=NOW - timedelta(days=9)),
        an_item("new", published_at=NOW - timedelta(days=1)),
    )

    retag_all(engine, FixedTagger("de"), since=NOW - timedelta(days=2))

    assert [post.native_id for post in posts(engine) if post.language == "de"] == ["new"]


def test_public_is_told_only_of_posts_whose_tag_has_changed(engine):
    keep(
        engine, an_item("1", text="Bonjour à tous les amis #bladifqalbi"), an_item("2", text="سلام")
    )

    retag_all(engine, FixedTagger("fr"))

    assert changed(engine) == [post.id for post in posts(engine) if post.native_id == "2"]


def test_signals_are_the_hint_and_the_author_s_other_sure_posts(engine):
    amina = Author(native_id="amina", handle="amina", name="Amina")
    keep(engine, *(an_item(str(n), author=amina) for n in range(3)), tagger=FixedTagger("it"))
    keep(engine, an_item("9", author=Author(native_id="driss")), tagger=FixedTagger("de"))
    keep(engine, an_item("10", author=amina), tagger=FixedTagger("und"))
    rows: list[dict[str, Any]] = [
        {"platform": "mastodon", "author_id": "amina", "language_hint": "fr"},
        {"platform": "bluesky", "author_id": "amina", "language_hint": None},
    ]

    with reading(engine) as session:
        found = tagging.signals(session, rows)

    assert found == [Signals("fr", {"it": 3}), Signals(None, {})]


def test_doubtful_post_of_an_author_is_tagged_like_the_others(engine):
    amina = Author(native_id="amina", handle="amina", name="Amina")
    sure = [
        an_item(str(n), author=amina, text=f"Che bella giornata oggi, {n} #bladifqalbi")
        for n in range(9)
    ]
    keep(engine, *sure)

    keep(
        engine,
        an_item("short", author=amina, text="la casa #bladifqalbi"),
        an_item("other", author=Author(native_id="joana"), text="la casa #bladifqalbi"),
    )

    tags = {post.native_id: post.language for post in posts(engine)}
    assert (tags["short"], tags["other"] == "it") == ("it", False)


def test_index_carries_the_question_about_authors(sqlite_engine):
    asked = tagging._AUTHORS.params(platform="mastodon", names=["amina"]).compile(
        sqlite_engine, compile_kwargs={"literal_binds": True}
    )

    with reading(sqlite_engine) as session:
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}").all()

    assert any("USING INDEX ix_post_author" in step[3] for step in plan)


def test_corrected_posts_are_given_out_with_their_language(engine):
    keep(engine, an_item("1", text="wach kayn #bladifqalbi", title="Salam"))
    keep(engine, an_item("2"), an_item("3"))
    correct(engine, 1, "ary-Latn")
    correct(engine, 2, "fr", "ary")

    with reading(engine) as session:
        given = list(tagging.corrected(session))

    assert given == [("ary-Latn", "Salam\nwach kayn #bladifqalbi")]
