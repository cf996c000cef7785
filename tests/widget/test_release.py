"""The widget's files: small, pinned, compressed, and served for as long as hosts pin them."""

import base64
import gzip
import json
import re
from collections.abc import Iterator
from hashlib import sha256, sha384
from pathlib import Path

import brotli
import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from api import widget
from api.widget import build, release, strings
from api.words import LOCALES
from tests.api.rows import an_app

SOURCE = Path(widget.__file__).parent / "source"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "widget"


@pytest.fixture
def client(tmp_path: Path, kept: Path) -> Iterator[TestClient]:

    from store import migrations
    from store.engine import open_engine

    engine = open_engine(f"sqlite:///{tmp_path}/wall.db")
    migrations.upgrade(engine)
    with TestClient(an_app(engine, widget_folder=kept)) as client:
        yield client
    engine.dispose()


def test_files_are_made_of_their_sources() -> None:
    folder = Path(widget.__file__).parent

    assert build.build() == {
        name: (folder / name).read_text("utf-8")
        for name in ("wall.js", "wall.css", "frame.js", "kiosk.js", "resize.js")
    }


def test_names_at_the_top_of_the_sources_are_used_once() -> None:
    names = [
        name
        for module in build.MODULES
        for name in re.findall(
            r"^(?:export )?(?:async )?(?:const|function|class|let) (\w+)",
            (SOURCE / f"{module}.js").read_text("utf-8"),
            re.MULTILINE,
        )
    ]

    assert len(names) == len(set(names))


def test_every_word_that_the_script_uses_is_there_and_no_other() -> None:
    code = "".join(path.read_text("utf-8") for path in SOURCE.glob("*.js"))
    used = {
        *re.findall(r"words\.(?:say|put|count)\(\"(\w+)\"", code),
        *re.findall(r"\bwords\.(\w+)\b(?!\()", code),
        *re.findall(r"words\[[^\]]*?\"(\w+)\"[^\]]*\]", code),
        *re.findall(r"menu\(\"(\w+)\", \"(\w+)\"", code)[0],
        *re.findall(r"menu\(\"(\w+)\", \"(\w+)\"", code)[1],
        *re.findall(
            r"words\[\w+ === \d+ \? \"(\w+)\" : \w+ === \d+ \? \"(\w+)\" : \"(\w+)\"\]", code
        )[0],
        *re.findall(r"words\[\w+(?:\.\w+\(\))? \? \"(\w+)\" : \"\w+\"\]", code),
        *re.search(r"REASONS = \[(.*?)\]", code)[1].replace('"', "").split(", "),  # type: ignore[index]
    } - {"js", "lang", "rtl"}

    assert used == {*strings.SENTENCES, *strings.COUNTS}


def test_script_pins_its_style_and_its_words() -> None:
    files = release.load()
    parts = json.loads(re.search(rb"JSON\.parse\('(.*?)'\)", files.script.body)[1])  # type: ignore[index]

    found = {
        key: (name, f"sha256-{base64.b64encode(sha256(files.files[name].body).digest()).decode()}")
        for key, (name, _) in parts.items()
    }

    assert {key: tuple(part) for key, part in parts.items()} == found
    assert set(parts) == {"style", *LOCALES}


@pytest.mark.parametrize("accepted", ["br, gzip", "gzip", "identity", "br;q=0, gzip"])
def test_files_come_in_the_form_that_was_asked_for(client: TestClient, accepted: str) -> None:
    file = release.load().script
    with client.stream(
        "GET", f"/embed/v1/{file.name}", headers={"accept-encoding": accepted}
    ) as answer:
        raw = b"".join(answer.iter_raw())

    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
    encoding = answer.headers.get("content-encoding")
    assert encoding == {"br, gzip": "br", "identity": None}.get(accepted, "gzip")
    assert unpack[encoding](raw) == file.body
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


def test_integrity_is_that_of_what_is_served(client: TestClient) -> None:
    for name, file in release.load().files.items():
        body = client.get(f"/embed/v1/{name}").content

        assert file.integrity == f"sha384-{base64.b64encode(sha384(body).digest()).decode()}"


def test_file_of_an_earlier_version_is_still_served(client: TestClient, kept: Path) -> None:
    kept.mkdir()
    (kept / "wall.0123456789ab.js").write_text("old")

    assert client.get("/embed/v1/wall.0123456789ab.js").text == "old"


@pytest.mark.parametrize(
    "name",
    ["wall.js", "wall.0123456789ab.js", "i18n/fr.json", "../wall.db", "%2e%2e/wall.db", "i18n/"],
)
def test_other_names_are_not_there(client: TestClient, kept: Path, name: str) -> None:
    kept.mkdir()

    assert client.get(f"/embed/v1/{name}").status_code == 404


def test_this_version_is_kept_for_later_ones(kept: Path) -> None:
    release.keep(kept)
    release.keep(kept)

    for name, file in release.load().files.items():
        earlier = release.earlier(kept, name)
        assert earlier is not None
        assert earlier.body == file.body
    assert not list(kept.rglob("*.partial"))


def test_script_counts_as_the_catalogues_do(browser: Browser) -> None:
    source = (SOURCE / "words.js").read_text("utf-8")
    forms = source[source.index("const one") : source.index("/** Whose")]
    page = browser.new_page()
    numbers = [*range(205), 1000, 1284, 1_000_000]

    found = page.evaluate(
        f"numbers => {{ {forms}; return Object.fromEntries(Object.entries(FORMS)"
        ".map(([tag, form]) => [tag, numbers.map(form)])) }",
        numbers,
    )

    page.close()
    assert found == {
        tag: [wording.translations.plural(number) for number in numbers]  # type: ignore[attr-defined]
        for tag, wording in strings.load().items()
    }
