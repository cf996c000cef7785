"""The trail says in the reader's language what was done, by whom, and how it was before."""

import re
from html import unescape
from itertools import cycle

import pytest

from store import audit, curation, reports
from store.effects import Terms
from store.engine import writing
from store.models import Action, Role
from tests.conftest import NOW


def rows(browser, tag):
    """Return the cells of each row of the trail, the newest first, but number and time."""
    page = browser.get(f"/{tag}/audit").text
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = (re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in table.split("<tr>")[1:])
    return [
        tuple(" ".join(unescape(re.sub(r"<[^>]+>", " ", one)).split()) for one in some[2:8])
        for some in cells
    ]


def tell(desk, *acts):
    with writing(desk.engine) as session:
        for actor, action, what, before, after, reason in acts:
            more = {"before": before, "after": after, "reason": reason}
            audit.tell(session, actor, action, what, NOW, **more)


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (
            ("clock", "release", "post:1", "scheduled", "approved", ""),
            ("l’horloge", "affichée sur le mur", "Publication 1", "Programmées", "Sur le mur", ""),
        ),
        (
            ("command line", "moderator.change", "moderator:karim", "editor", "disabled", ""),
            ("ligne de commande", "rôle modifié", "Personne karim", "Édition", "Sans accès", ""),
        ),
        (
            ("visitors", "hold", "post:1", "approved", "hidden", "reported: spam 2, other 1"),
            (
                "visiteurs", "remise en attente", "Publication 1", "Sur le mur", "Masquées",
                "C’est de la publicité ou sans rapport avec la campagne (2), Autre chose (1)",
            ),
        ),
        (
            ("amina", "tag", "post:1", "und fr", "ary-Latn", ""),
            (
                "amina", "langue corrigée", "Publication 1", "Langue inconnue, Français",
                "Darija en lettres latines", "",
            ),
        ),
        (
            ("amina", "drop", "post:1", "summer", "", ""),
            ("amina", "retirée d’une collection", "Publication 1", "Summer", "", ""),
        ),
        (
            ("amina", "topic", "post:1", "pending", "hidden", ""),
            ("amina", "thèmes modifiés", "Publication 1", "pending", "hidden", ""),
        ),
        (
            ("amina", "feature", "post:1", "", "featured", ""),
            ("amina", "mise en avant", "Publication 1", "", "mise en avant", ""),
        ),
        (
            ("amina", "quarantine.discard", "quarantine:3", "mastodon", "", ""),
            ("amina", "mise de côté jetée", "Mises de côté 3", "Mastodon", "", ""),
        ),
        (
            ("amina", "source.pause", "source:feeds", "", "", ""),
            ("amina", "source mise en pause", "Source Sites web", "", "", ""),
        ),
        (
            (
                "amina", "collection.period", "collection:summer", "../..",
                "2026-06-21T10:00:00+00:00/2026-09-23T10:00:00+00:00", "",
            ),
            (
                "amina", "dates d’une collection modifiées", "Collection Summer", "",
                "du 21 juin 2026 11:00 au 23 septembre 2026 11:00", "",
            ),
        ),
        (
            ("amina", "view.save", "view:3", "", "pending", ""),
            ("amina", "vue enregistrée pour l’équipe", "Vue 3", "", "pending", ""),
        ),
    ],
)  # fmt: skip
def test_act_is_told_in_words(quick, act, told):
    browser = quick.person("nadia", Role.AUDITOR)
    tell(quick, act)

    assert rows(browser, "fr")[0] == told


def test_undo_says_what_was_taken_back_as_the_act_did(desk):
    browser = desk.person("nadia", Role.AUDITOR)
    with writing(desk.engine) as session:
        tag = Terms(words=("es",))
        done = curation.decide(session, 1, Action.TAG, moderator="amina", now=NOW, terms=tag)
        curation.undo(session, done.decision_id or 0, moderator="amina", now=NOW)

    undone, tagged = rows(browser, "fr")[:2]

    assert undone[3:5] == tagged[4:2:-1]
    assert tagged[4] == "Espagnol"


def test_arabic_trail_has_no_english(quick):
    browser = quick.person("نادية", Role.AUDITOR)
    said = {Action.TAG: "fr ary-Latn", Action.COLLECT: "", Action.DROP: "", Action.TOPIC: "شاي"}
    tell(
        quick,
        *[
            (actor, action.value, "post:1", said.get(action, "pending"), "", f"reported: {why} 2")
            for actor, action, why in zip(
                cycle(["clock", "visitors", "command line", "source:mastodon"]),
                [one for one in Action if one not in (Action.FEATURE, Action.UNFEATURE)],
                cycle(reports.Reason),
            )
        ],
        *[("أمينة", "moderator.change", "moderator:كريم", role, "disabled", "") for role in Role],
    )

    told = rows(browser, "ar")

    assert len(told) > len(Action) + len(Role)
    latin = [one for row in told for one in row if re.search(r"[A-Za-z]", one)]
    assert set(latin) == {"us"}  # who has invited
