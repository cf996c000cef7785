"""Every route and every action for every role: what is not allowed is refused."""

from collections import defaultdict

import pytest
from fastapi.routing import APIRoute

from api.app import create_app
from api.settings import ApiSettings
from dashboard.roles import MATRIX, NEEDED, Right, may
from store.engine import writing
from store.models import Action, Post, Role
from tests.conftest import a_campaign
from tests.dashboard.conftest import decide, undo_of

OPEN = {
    ("GET", "/"),
    ("GET", "/{lang}"),
    ("GET", "/{lang}/"),
    ("GET", "/{lang}/sign-in"),
    ("POST", "/{lang}/sign-in"),
    ("POST", "/{lang}/sign-out"),
    ("GET", "/{lang}/welcome/{token}"),
    ("POST", "/{lang}/welcome/{token}"),
}


def routes(desk):
    """Return method, path and needed rights of every route."""
    for route in desk.app.routes:
        for one in getattr(getattr(route, "original_router", None), "routes", [route]):
            if isinstance(one, APIRoute):
                found = [getattr(need.call, "right", None) for need in one.dependant.dependencies]
                rights = {right for right in found if right}
                for method in one.methods or ():
                    yield method, one.path, rights


def test_every_route_but_the_doors_needs_a_right(quick):
    found = list(routes(quick))

    assert {(method, path) for method, path, rights in found if not rights} == OPEN
    assert len(found) > len(OPEN) + 4


def test_nobody_passes_without_signing_in(quick):
    for method, path, rights in routes(quick):
        if rights:
            address = path.format_map(defaultdict(lambda: "1", lang="fr", size="1.jpg"))
            answer = quick.browser().request(method, address, data={"action": "approve"})
            assert (answer.status_code, answer.headers["location"]) == (303, "/fr/sign-in")


@pytest.mark.parametrize("role", Role)
def test_every_route_for_every_role(quick, role):
    browser = quick.person("somebody", role)

    for method, path, rights in routes(quick):
        if rights:
            address = path.format_map(defaultdict(lambda: "9", lang="fr", size="1.jpg"))
            answer = browser.request(method, address, data={"action": "approve", "revision": "0"})
            # A form that passes the door asks for the right of its action besides.
            is_door = rights == {Right.SEE} and (path.endswith("decide") or "undo" in path)
            needed = {NEEDED[Action.APPROVE]} if is_door else rights
            may_pass = all(may(role, right) for right in needed)
            assert (answer.status_code == 403) == (not may_pass), (
                path,
                answer.status_code,
            )


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", sorted(set(NEEDED) - {Action.UNDO}))
def test_every_action_for_every_role(quick, role, action):
    answer = decide(quick.person("somebody", role), action.value, words="fr", reason="spam")

    assert (answer.status_code == 403) == (NEEDED[action] not in MATRIX[role])
    assert quick.post().revision in ((0,) if answer.status_code != 303 else (0, 1))


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.EDITOR])
def test_what_was_escalated_is_decided_by_those_with_more_say(quick, role):
    with writing(quick.engine) as session:
        session.get_one(Post, 1).review = "escalated"

    answer = decide(quick.person("somebody", role), "approve")

    assert answer.status_code == (403 if role is Role.MODERATOR else 303)


@pytest.mark.parametrize("path", ["/fr/undo/{}", "/fr/reports/undo/{}", "/fr/wall/undo/{}"])
@pytest.mark.parametrize(("role", "status"), [(Role.MODERATOR, 403), (Role.EDITOR, 303)])
def test_what_one_may_not_do_one_may_not_take_back(quick, role, status, path):
    with writing(quick.engine) as session:
        session.get_one(Post, 1).review = "approved"
    done = undo_of(decide(quick.person("amina", Role.EDITOR), "hide"))

    answer = quick.person("nadia", role).post(path.format(done), data={"back": ""})

    assert answer.status_code == status
    assert quick.post().review == ("hidden" if status == 403 else "approved")


def test_public_wall_has_no_route_of_the_desk(quick):
    wall = create_app(quick.engine, a_campaign(), ApiSettings())

    paths = {getattr(one, "path", "") for one in wall.routes}

    assert not {path for path in paths if "queue" in path or "decide" in path or "sign" in path}
