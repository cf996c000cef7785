"""Cards of posts on the page."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.api.document import cards, links, page
from tests.api.rows import NOW, a_picture, a_post, keep


@pytest.mark.parametrize(
    ("language", "attributes"),
    [
        ("ar", {"lang": "ar", "dir": "rtl"}),
        ("ary", {"lang": "ary", "dir": "rtl"}),
        ("ary-Latn", {"lang": "ary-Latn", "dir": "ltr"}),
        ("zgh", {"lang": "zgh", "dir": "ltr"}),
        ("fr", {"lang": "fr", "dir": "ltr"}),
        ("und", {"lang": "und", "dir": "auto"}),
    ],
)
@pytest.mark.parametrize("tag", ["ar", "fr"])
def test_text_of_a_post_has_its_own_language_and_direction(
    client: TestClient, engine: Engine, tag: str, language: str, attributes: dict[str, str]
) -> None:
    keep(engine, a_post(language=language, title="T", text="Texte"))

    card = cards(client, f"/{tag}/")[0]

    for element in (*card.find("h3"), *card.find("div", class_="text")):
        assert attributes.items() <= element.attributes.items()
    assert card.find("meta")[0].attributes["content"] == language


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("ar", "1 غشت 2026"),
        ("fr", "1 août 2026"),
        ("en", "August 1, 2026"),
        ("es", "1 de agosto de 2026"),
        ("zgh", "1 ⵖⵓⵛⵜ 2026"),
    ],
)
def test_date_is_that_of_the_campaigns_time_zone(
    client: TestClient, engine: Engine, tag: str, expected: str
) -> None:
    keep(engine, a_post(published_at=datetime(2026, 7, 31, 23, 30, tzinfo=UTC)))

    time = cards(client, f"/{tag}/")[0].find("time")[0]

    assert time.text == expected
    assert time.attributes["datetime"] == "2026-07-31T23:30:00+00:00"


def test_name_and_time_lead_to_the_author_and_the_post(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(url="https://social.example/@amina/5"))

    footer = cards(client)[0].find("footer")[0]

    assert links(footer) == {
        "Amina El Idrissi @amina@social.example": "https://social.example/@amina",
        "20 novembre 2026": "https://social.example/@amina/5",
    }
    assert {one.attributes["rel"] for one in footer.find("a")} == {
        "nofollow ugc noopener noreferrer"
    }


def test_names_are_isolated(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(author_name="سلمى", author_handle="salma"))

    name = cards(client)[0].find("span", class_="name")[0]

    assert [(one.text, one.attributes.get("dir")) for one in name.find("bdi")] == [
        ("سلمى", None),
        ("@salma", "ltr"),
    ]


def test_post_of_x_keeps_to_the_rules_of_x(client: TestClient, engine: Engine) -> None:
    original = keep(
        engine,
        a_post(
            platform="x",
            display="card_only",
            url="https://x.com/salma/status/9",
            author_handle="salma",
            author_url="https://salma.example",
            text="قهوة #بلادي_فقلبي",
            entities=[{"kind": "hashtag", "start": 5, "end": 17, "value": "بلادي_فقلبي"}],
            language="ar",
        ),
    )
    keep(engine, a_post(platform="youtube", copy_of=original))

    card = cards(client)[0]

    footer = card.find("footer")[0]
    assert card.find("blockquote")[0].text == "قهوة #بلادي_فقلبي"
    assert footer.attributes["dir"] == "rtl"
    assert links(footer) == {
        "Amina El Idrissi @salma": "https://x.com/salma",
        "20 novembre 2026": "https://x.com/salma/status/9",
        "": "https://x.com/salma/status/9",
    }
    assert {urlsplit(one.attributes["href"]).hostname for one in card.find("a")} == {"x.com"}
    assert "YouTube" not in card.text
    assert not [one.tag for one in card.walk() if one.tag in {"form", "button"}]


@pytest.mark.parametrize("display", ["embed", "link"])
def test_what_may_only_be_linked_is_a_link(
    client: TestClient, engine: Engine, display: str
) -> None:
    keep(
        engine,
        a_post(platform="instagram", display=display, kind="image", text="Secret", title="Titre"),
        a_picture(alt="Description"),
    )

    card = cards(client)[0]

    assert card.text == "Voir l’image sur Instagram Instagram · 20 novembre 2026"
    assert card.attributes["aria-label"] == "Voir l’image sur Instagram"


def test_content_warning_folds_the_post(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(text="Tajine", content_warning="nourriture"), a_picture(alt="Un plat"))

    fold = cards(client)[0].find("details")[0]

    assert "open" not in fold.attributes
    assert fold.find("summary")[0].text == "Avertissement : nourriture"
    assert "Tajine" in fold.text
    assert "Un plat" in fold.text


def test_sensitive_post_is_folded(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(text="Texte", sensitive=True))

    assert cards(client)[0].find("summary")[0].text == "Contenu sensible"


def test_pictures_are_drawn_and_never_loaded(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(author_avatar_url="https://s.example/a.png"), a_picture(alt="Une porte"))

    whole = page(client)

    assert not [one.tag for one in whole.walk() if one.tag in {"img", "video", "iframe"}]
    assert "s.example" not in client.get("/fr/").text
    assert whole.find("figcaption")[0].text == "Une porte"


def test_picture_without_a_description_says_so(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(), a_picture())

    assert page(client).find("figcaption")[0].text == "Image de Amina El Idrissi, sans description"


def test_video_shows_how_long_it_is(client: TestClient, engine: Engine) -> None:
    keep(
        engine,
        a_post(platform="youtube", kind="video", title="Le retour"),
        a_picture(kind="video", duration=252.0),
    )

    card = cards(client)[0]

    clock = card.find("span", class_="clock")[0]
    assert clock.find("bdi")[0].attributes["dir"] == "ltr"
    assert clock.text == "4:12"
    assert card.find("a", class_="poster")[0].text == "Voir la vidéo sur YouTube 4:12"


def test_copies_are_named(client: TestClient, engine: Engine) -> None:
    original = keep(engine, a_post())
    keep(engine, a_post(platform="youtube", url="https://youtu.be/1", copy_of=original))
    keep(
        engine,
        a_post(platform="feeds", url="https://www.lejournal.example/1", copy_of=original),
    )

    also = page(client, "/ar/").find("p", class_="also")[0]

    assert links(also) == {
        "يوتيوب": "https://youtu.be/1",
        "lejournal.example": "https://www.lejournal.example/1",
    }


def test_marks_say_what_a_reader_should_know(client: TestClient, engine: Engine) -> None:
    keep(
        engine,
        a_post(
            language="ary",
            languages=["fr"],
            edited_at=NOW,
            ai_labelled=True,
            paid_partnership=True,
        ),
    )

    marks = page(client).find("ul", class_="marks")[0]

    assert [one.text for one in marks.find("li")] == [
        "Darija",
        "Français",
        "Modifié",
        "Réalisé avec l’IA",
        "Partenariat rémunéré",
    ]


def test_long_text_is_folded_and_whole(client: TestClient, engine: Engine) -> None:
    text = " ".join(f"mot{number}" for number in range(300))
    keep(engine, a_post(text=text))

    card = cards(client)[0]

    opening, rest = (one.text for one in card.find("div", class_="text"))
    assert card.find("details", class_="rest")[0].find("summary")[0].text == "Lire la suite"
    assert f"{opening.removesuffix('…')} {rest}" == text


def test_future_post_keeps_its_date(client: TestClient, engine: Engine) -> None:
    keep(engine, a_post(published_at=NOW + timedelta(days=400)))

    assert cards(client)[0].find("time")[0].text == "25 décembre 2027"
