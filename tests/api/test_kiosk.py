"""What a big screen in public may show, and the page for its browser."""

from typing import Any

import pytest
import segno
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api import codes
from api.app import create_app
from api.settings import ApiSettings
from api.words import LOCALES
from tests.api.document import page
from tests.api.rows import CAMPAIGN, HERE, a_client, a_post, keep

ON = "kiosk=on&lang=fr"


def shown(client: TestClient, query: str = ON) -> list[int]:
    """Return the numbers of the posts of the collection, as a screen gets them."""
    answer = client.get(f"/w/summer?{query}")
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["posts"]]


def test_screen_shows_whole_posts_of_a_collection_made_for_it(
    client: TestClient, engine: Engine
) -> None:
    good = keep(engine, a_post(sensitive=False, content_warning=""), collection="summer")
    keep(engine, a_post())
    hidden: list[dict[str, Any]] = [
        {"sensitive": True},
        {"content_warning": "Deuil"},
        {"platform": "x", "display": "card_only"},
        {"display": "link"},
    ]
    for columns in hidden:
        keep(engine, a_post(**columns), collection="summer")

    assert shown(client) == [good]
    assert len(shown(client, "lang=fr")) == 5


@pytest.mark.parametrize(
    "path",
    [
        "/w/main?kiosk=on",
        "/w/main/changes?kiosk=on&cursor=0",
        "/e/main?layout=kiosk",
        "/f/main?layout=kiosk",
    ],
)
def test_what_is_for_no_screen_is_refused(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.json()["detail"] == "wall: write one of summer"


def test_collection_is_for_screens_only_if_its_campaign_says_so(engine: Engine) -> None:
    summer = CAMPAIGN.collections[0].model_copy(update={"kiosk": False})
    campaign = CAMPAIGN.model_copy(update={"collections": (summer,)})
    closed = TestClient(create_app(engine, campaign, ApiSettings()))

    answer = closed.get("/w/summer?kiosk=on")

    assert (answer.status_code, closed.get("/w/summer").status_code) == (404, 200)
    assert answer.json()["detail"] == "wall: none is for big screens"


def test_changes_count_what_the_screen_would_show(client: TestClient, engine: Engine) -> None:
    known = client.get("/w/summer").json()["revision"]
    keep(engine, a_post(), collection="summer")
    keep(engine, a_post(sensitive=True), collection="summer")

    news = client.get(f"/w/summer/changes?kiosk=on&cursor={known}").json()

    assert news["new"] == 1


@pytest.mark.parametrize("lang", LOCALES)
def test_code_leads_to_what_the_screen_shows(engine: Engine, lang: str) -> None:
    client = a_client(engine, public_url=HERE)

    scan = page(client, f"/e/summer?layout=kiosk&lang={lang}").find("aside")[0]

    assert scan.find("svg")[0].find("path")[-1].attributes["d"] in codes.draw(
        f"{HERE}/{lang}/c/summer"
    )
    assert f"{HERE}/{lang}/c/summer" in scan.find("div", role="img")[0].attributes["aria-label"]
    assert scan.find("bdi")[0].text == f"mur.example.ma/{lang}/c/summer"


def test_code_may_lead_elsewhere(engine: Engine) -> None:
    client = a_client(engine, kiosk_url="https://portail.example.ma/partager")

    scan = page(client, "/e/summer?layout=kiosk").find("aside")[0]

    assert scan.find("bdi")[0].text == "portail.example.ma/partager"


def test_other_frames_have_no_code(client: TestClient) -> None:
    assert page(client, "/e/summer").find("aside") == []


def test_code_has_its_margin_and_is_black_on_white() -> None:
    drawn = codes.draw("https://mur.example.ma/")

    side = segno.make("https://mur.example.ma/", error="m", micro=False).symbol_size(border=4)[0]
    assert f'viewBox="0 0 {side} {side}"' in drawn
    assert 'fill="#fff"' in drawn
    assert 'stroke="#000"' in drawn
