"""Which pictures posts show, and which the public sees."""

from sqlmodel import select

from store import copying, curation, media, retention, upkeep
from store.engine import reading, writing
from store.items import Attachment
from store.models import Action, Change, PictureState
from tests.conftest import NOW
from tests.store.gallery import LATER, author, fail, image, keep, pictures, post


def test_pictures_of_a_post_wait_to_be_copied(engine):
    with writing(engine) as session:
        video = Attachment(
            kind="video", url="https://v.example/1.mp4", preview_url="https://v.example/1.jpg"
        )
        sound = Attachment(kind="audio", url="https://v.example/1.ogg")
        post(
            session, "1", image("1"), video, sound,
            author=author(avatar_url="https://media.example/amina.png"),
        )  # fmt: skip

        found = {(one.role, one.url, one.state, one.due_at) for one in pictures(session)}

    assert found == {
        ("attachment", "https://media.example/1.png", "waiting", NOW),
        ("attachment", "https://v.example/1.jpg", "waiting", NOW),
        ("avatar", "https://media.example/amina.png", "waiting", NOW),
    }


def test_same_picture_of_several_posts_is_one(engine):
    with writing(engine) as session:
        for native_id in ("1", "2"):
            post(session, native_id, image("same"), author=author(avatar_url="https://a.example/a"))

        assert len(pictures(session)) == 2


def test_nothing_of_x_is_copied(engine):
    with writing(engine) as session:
        post(session, platform="x", author=author(avatar_url="https://pbs.example/a.png"))

        assert pictures(session) == []


def test_new_signature_is_the_same_picture_with_a_new_address(engine):
    with writing(engine) as session:
        post(session, "1", image("1.png?s=old&x"), platform="reddit")
        (before,) = pictures(session)
        fail(session)
        post(session, "1", image("1.png?s=new&x"), platform="reddit")
        session.expire_all()

        (after,) = pictures(session)

    assert (after.key, after.state, after.tries) == (before.key, PictureState.WAITING, 0)
    assert after.url.endswith("s=new&x.png")
    assert after.due_at == NOW


def test_edit_that_brings_another_picture_lets_the_first_go(engine):
    with writing(engine) as session:
        post(session, "1", image("old"))
        keep(session)
        post(session, "1", image("new"), text="Another text #bladifqalbi")
        due = copying.claim(session, now=LATER, limit=10)

    assert {(one.url[-7:], one.linked, one.needed) for one in due} == {
        ("old.png", False, False),
        ("new.png", True, True),
    }


def test_public_sees_a_picture_only_with_a_public_post(engine):
    with writing(engine) as session:
        held = post(session, "held", image("held"), publish=False)
        shown = post(session, "shown", image("shown"))
        keep(session)
        by_url = {one.url[-9:-4]: one.id for one in pictures(session)}

        def seen():
            return {
                name
                for name, number in by_url.items()
                if number is not None and media.find(session, number)
            }

        assert seen() == {"shown"}
        curation.decide(session, held, Action.APPROVE, moderator="us", now=NOW)
        curation.decide(session, shown, Action.REJECT, moderator="us", now=NOW)
        assert seen() == {"/held"}
        retention.bury(session, held, reason="asked", now=NOW)
        assert seen() == set()


def test_kept_picture_changes_what_the_public_sees(engine):
    with writing(engine) as session:
        shown = post(session, "1")
        post(session, "2", publish=False)
        keep(session)

        changed = session.exec(select(Change.post_id).where(Change.kind == "post.updated")).all()

    assert changed == [shown]


def test_pictures_without_description_are_counted(engine):
    with writing(engine) as session:
        one = post(session, "1", image("a", alt="Un ferry"), image("b"), image("c", alt=""))
        two = post(session, "2", image("d", alt="Un four"))

        assert media.undescribed(session, [one, two]) == {one: 2}


def test_counts_are_by_network_and_state(engine):
    with writing(engine) as session:
        post(session, "1")
        keep(session)
        post(session, "2")
    with reading(engine) as session:
        found = [
            (one.platform, one.state, one.pictures, one.size) for one in upkeep.counts(session)
        ]

    assert found == [("mastodon", "kept", 1, 50_000), ("mastodon", "waiting", 1, 0)]
