"""One post on a page of its own, and the form that reports it."""

import json

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from starlette.testclient import TestClient

from api.words import LOCALES
from store.engine import reading
from store.files import Files
from store.models import Report
from tests.api.document import page, read
from tests.api.rows import a_client, a_copy, a_picture, a_post, keep


@pytest.mark.parametrize("tag", LOCALES)
def test_post_has_a_page_in_every_language(client: TestClient, engine: Engine, tag: str) -> None:
    post_id = keep(engine, a_post(text="Un café à la gare"))

    whole = page(client, f"/{tag}/p/{post_id}")

    assert whole.find("html")[0].attributes["lang"] == tag
    assert next(one.text for one in whole.find("h1")).startswith("Amina El Idrissi")
    assert "Un café à la gare" in whole.find("article")[0].text
    links = {one.attributes.get("hreflang"): one.attributes["href"] for one in whole.find("link")}
    for other in LOCALES:
        assert links[other] == f"http://127.0.0.1:8000/{other}/p/{post_id}"


def test_preview_shows_the_posts_own_picture(engine: Engine, files: Files) -> None:
    picture = a_copy(engine, files)
    post_id = keep(engine, a_post(kind="image"), a_picture(picture_key=picture.key))
    plain = keep(engine, a_post())
    folded = keep(engine, a_post(sensitive=True), a_picture(picture_key=picture.key))
    with a_client(engine, files) as client:
        shown = [
            page(client, f"/fr/p/{one}").find("meta", property="og:image")[0].attributes["content"]
            for one in (post_id, plain, folded)
        ]

    assert shown[0].startswith(f"http://127.0.0.1:8000/media/{picture.id}/640.jpg")
    assert shown[1:] == ["http://127.0.0.1:8000/preview.png"] * 2


def test_linked_data_names_author_and_origin(client: TestClient, engine: Engine) -> None:
    post_id = keep(engine, a_post(url="https://a.example/1", text="</script><b>&"))

    whole = page(client, f"/fr/p/{post_id}")
    told = json.loads(whole.find("script")[0].text)

    assert told["@type"] == "SocialMediaPosting"
    assert told["url"] == "https://a.example/1"
    assert told["author"] == {
        "@type": "Person",
        "name": "Amina El Idrissi",
        "url": "https://social.example/@amina",
    }
    assert (told["inLanguage"], told["articleBody"]) == ("fr", "</script><b>&")


def test_linked_data_of_x_is_the_address_alone(client: TestClient, engine: Engine) -> None:
    post_id = keep(
        engine, a_post(platform="x", display="card_only", url="https://x.com/a/status/1")
    )

    told = json.loads(page(client, f"/fr/p/{post_id}").find("script")[0].text)

    assert told == {
        "@context": "https://schema.org",
        "@type": "SocialMediaPosting",
        "url": "https://x.com/a/status/1",
    }


@pytest.mark.parametrize("address", ["/fr/p/{}", "/fr/p/{}/report"])
@pytest.mark.parametrize("number", ["999", "0", "x", str(2**64)])
def test_post_that_is_not_there_is_not_found(
    client: TestClient, engine: Engine, address: str, number: str
) -> None:
    keep(engine, a_post(review="pending"))

    answer = client.get(address.format(number))

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def kept(engine: Engine) -> list[tuple[int, str, str | None]]:
    """Return the reports that are kept."""
    with reading(engine) as session:
        return [(one.post_id, one.reason, one.note) for one in session.exec(select(Report))]


@pytest.mark.parametrize("tag", LOCALES)
def test_form_reports_without_a_script(client: TestClient, engine: Engine, tag: str) -> None:
    post_id = keep(engine, a_post())
    address = f"/{tag}/p/{post_id}/report"
    form = page(client, address)
    reasons = [one.attributes["value"] for one in form.find("input", type="radio")]

    answer = client.post(address, data={"reason": reasons[1], "note": "هنا"})

    assert reasons == ["spam", "hate", "privacy", "false", "copyright", "other"]
    assert answer.status_code == 200
    assert read(answer.text).find("form") == []
    assert kept(engine) == [(post_id, "hate", "هنا")]


def test_form_without_a_reason_is_asked_once_more(client: TestClient, engine: Engine) -> None:
    address = f"/fr/p/{keep(engine, a_post())}/report"

    answer = client.post(address, data={"note": "x"})

    assert answer.status_code == 422
    assert read(answer.text).find("p", role="alert") != []
    assert kept(engine) == []


@pytest.mark.parametrize("body", [b"\xff" * 100, b"reason=spam&reason=%00&note=" + b"a" * 9000])
def test_strange_forms_are_refused(client: TestClient, engine: Engine, body: bytes) -> None:
    address = f"/fr/p/{keep(engine, a_post())}/report"

    assert client.post(address, content=body).status_code == 422
    assert kept(engine) == []


def test_form_is_not_kept_by_caches(client: TestClient, engine: Engine) -> None:
    answer = client.get(f"/fr/p/{keep(engine, a_post())}/report")

    assert answer.headers["cache-control"] == "no-store"
