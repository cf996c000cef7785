"""One's own keys: what the form takes and refuses, and what the pages then say of them."""

import html
import json
import re

import pytest

from dashboard import keys
from store import keyboards
from store.engine import reading, writing
from store.models import Keyboard, Role


def save(browser, lang="fr", **fields):
    return browser.post(f"/{lang}/settings", data={"layout": "azerty", "on": "1", **fields})


def handed(page):
    """Return what the script is told: the layout, and the act of each key."""
    found = re.search(r"data-layout=\"(\w+)\"(?: data-keys='([^']*)')?", page)
    assert found is not None
    return found[1], found[2] and json.loads(html.unescape(found[2]))


def printed(page):
    """Return the keys that stand on the buttons beside the posts."""
    return re.findall(r'<kbd aria-hidden="true">(.)</kbd>', page)


def fields(page):
    """Return the fields of the form and what is in them."""
    return dict(re.findall(r'<label><span>[^<]*</span><input name="(\w+)" value="([^"]*)"', page))


@pytest.mark.parametrize(
    ("lang", "layout"),
    [("fr", "azerty"), ("ar", "azerty"), ("zgh", "azerty"), ("en", "qwerty"), ("es", "qwerty")],
)
def test_who_has_chosen_nothing_has_the_keys_of_the_desk(quick, lang, layout):
    browser = quick.person("nadia", Role.EDITOR)

    page = browser.get(f"/{lang}/settings").text

    assert handed(page) == (layout, {key: act.value for act, key in keys.DEFAULTS.items()})
    assert set(fields(page)) == set(keys.Act)
    assert f'value="{layout}" checked' in page


def test_own_keys_are_kept_and_are_nobody_elses(desk):
    nadia, karim = desk.person("nadia"), desk.person("karim")

    answer = save(nadia, approve="B", next="a", layout="qwerty", reject=" ؟ ", help="")

    assert answer.headers["location"] == "/fr/settings?done=1"
    layout, acts = handed(nadia.get("/ar/queue").text)
    assert layout == "qwerty"
    assert (acts["b"], acts["a"], acts["x"]) == ("approve", "next", "choose")
    assert "A" in printed(karim.get("/ar/queue").text)
    assert handed(karim.get("/ar/queue").text)[1]["a"] == "approve"


def test_form_that_was_kept_shows_its_keys_everywhere(quick):
    browser = quick.person("nadia")

    save(browser, approve="b", help="h", original="", search="q")
    page = browser.get("/fr/settings").text
    queue = browser.get("/fr/queue").text

    assert fields(page)["approve"] == "B"
    assert fields(page)["original"] == ""
    assert '<dt>Approuver</dt><dd dir="ltr"><kbd>B</kbd>' in page
    assert {"B", "H", "Q"} <= set(printed(queue))
    assert not {"A", "?", "/", "O"} & set(printed(queue))


def test_switched_off_no_page_speaks_of_single_keys(quick):
    browser = quick.person("nadia", Role.EDITOR)

    save(browser, on="")
    page = browser.get("/fr/queue").text

    assert handed(page) == ("azerty", None)
    assert printed(page) == []
    assert re.findall(r"<kbd>([^<]+)</kbd>", page) == ["Ctrl", "K", "Esc"]
    assert "Les touches simples sont désactivées." in page


@pytest.mark.parametrize(
    ("lang", "form", "sentence", "marked"),
    [
        ("fr", {"approve": "é"}, "« Approuver » ne peut pas avoir la touche é.", ["approve"]),
        ("ar", {"approve": "ض"}, "لا يمكن أن يكون ض مفتاحا لـ«قبول».", ["approve"]),
        ("en", {"undo": "1"}, "“Undo” cannot have the key 1.", ["undo"]),
        ("en", {"undo": "zz"}, "“Undo” cannot have the key zz.", ["undo"]),
        ("es", {"undo": "<b>"}, "«Deshacer» no puede tener la tecla <b>.", ["undo"]),
        ("fr", {"next": "A"}, "« Publication suivante » et « Approuver » ont la même touche, A.",
         ["next", "approve"]),
        ("zgh", {"search": "?"}, "«ⵔⵣⵓ» ⴷ «ⵎⴰⵕⵕⴰ ⵜⵉⵙⵓⵔⴰ» ⵖⵓⵔⵙⵏ ⵢⴰⵜ ⵜⵙⴰⵔⵓⵜ, ?.",
         ["search", "help"]),
    ],
)  # fmt: skip
def test_what_is_no_key_or_anothers_is_refused_in_a_sentence(quick, lang, form, sentence, marked):
    browser = quick.person("nadia")

    answer = save(browser, lang, layout="qwerty", on="", **form)

    told = re.sub(r"[\u2066-\u2069]", "", answer.text).replace("\u00a0", " ")
    assert answer.status_code == 422
    assert html.escape(sentence) in told
    assert re.findall(r'name="(\w+)"[^>]*aria-invalid="true" aria-describedby="refused"', told) == (
        marked
    )
    # What was written is there to be put right, and nothing of it is kept.
    act, written = next(iter(form.items()))
    assert html.unescape(fields(answer.text)[act]) == written
    assert 'value="qwerty" checked' in answer.text
    assert handed(answer.text)[1]["a"] == "approve"
    with reading(quick.engine) as session:
        assert keyboards.of(session, "nadia") is None


def test_two_acts_without_a_key_do_not_collide(quick):
    assert save(quick.person("nadia"), undo=" ", original=" ").status_code == 303


def test_keys_are_as_they_were_at_first_whatever_is_in_the_fields(desk):
    browser = desk.person("nadia")
    save(browser, approve="b", on="")

    answer = save(browser, approve="é", reset="1")

    assert answer.status_code == 303
    assert handed(browser.get("/en/queue").text)[0] == "qwerty"
    assert "A" in printed(browser.get("/en/queue").text)


def test_nobody_has_a_key_for_what_they_may_not_do(quick):
    viewer = quick.person("vera", Role.VIEWER)

    save(viewer, next="a", approve="n")

    assert handed(viewer.get("/fr/queue").text)[1].get("n") is None
    assert handed(viewer.get("/fr/queue").text)[1]["a"] == "next"
    assert "approve" not in fields(viewer.get("/fr/settings").text)


def test_act_that_comes_with_a_new_role_does_not_take_a_chosen_key():
    kept = Keyboard(owner="vera", layout="qwerty", are_on=True, keys={"next": "a", "previous": "k"})

    acts = keys.of(kept, Role.EDITOR, "azerty").by_act

    assert (acts[keys.Act.NEXT], acts[keys.Act.APPROVE], acts[keys.Act.REJECT]) == ("a", "", "r")


@pytest.mark.parametrize("setting", ["azerty", "qwerty"])
def test_desk_may_say_the_layout_of_all(setting):
    assert {keys.layout_of(setting, lang) for lang in ("ar", "en")} == {setting}


def test_last_choice_is_the_one_that_counts(engine):
    for key in ("b", "n"):
        with writing(engine) as session:
            keyboards.put(session, "nadia", layout="azerty", are_on=True, keys={"approve": key})

    with reading(engine) as session:
        found = keyboards.of(session, "nadia")

    assert found is not None
    assert found.keys == {"approve": "n"}
