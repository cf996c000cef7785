"""Signing in: what lets nobody in, what ends a sign-in, and what comes from elsewhere."""

import logging
from datetime import timedelta

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from dashboard import proof
from store import moderators, queue
from store.engine import reading, writing
from store.models import Audit, Role
from tests.dashboard.conftest import PASSWORD, SAME, URL, Desk, decide

SECRET = "canary-7f3a9c-of-ours"


def sign_in(desk, name="nadia", password=PASSWORD, later=1, code=None, browser=None):
    browser = browser or desk.browser()
    code = desk.code(name, later) if code is None else code
    form = {"name": name, "password": password, "code": code}
    return browser, browser.post("/fr/sign-in", data=form)


def is_in(browser):
    return browser.get("/fr/queue").status_code == 200


def test_code_of_the_moment_is_the_one_of_the_standard():
    # RFC 6238, appendix B, its last six digits.
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    codes = [proof.code(secret, at // 30) for at in (59, 1111111109, 2000000000)]

    assert codes == ["287082", "081804", "279037"]


def test_link_lets_in_once(quick):
    token = quick.invite("nadia")
    form = {"password": PASSWORD, "code": quick.code("nadia")}
    first = quick.browser().post(f"/fr/welcome/{token}", data=form)

    second = quick.browser().post(f"/fr/welcome/{token}", data=form)

    assert (first.status_code, second.status_code) == (303, 404)


def test_link_ends_after_a_day(quick):
    token = quick.invite("nadia")
    quick.now += timedelta(hours=24)

    assert quick.browser().get(f"/fr/welcome/{token}").status_code == 404


def test_new_link_ends_the_one_before_and_all_sign_ins(quick):
    browser = quick.person("nadia")
    with writing(quick.engine) as session:
        older = moderators.invite(session, "nadia", by="us", now=quick.now)
        moderators.invite(session, "nadia", by="us", now=quick.now)

    assert quick.browser().get(f"/fr/welcome/{older}").status_code == 404
    assert not is_in(browser)


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_password_has_a_length(quick, password):
    form = {"password": password, "code": ""}
    token = quick.invite("nadia")
    form["code"] = quick.code("nadia")

    assert quick.browser().post(f"/fr/welcome/{token}", data=form).status_code == 422


def test_name_password_and_a_new_code_let_in(desk):
    desk.person("nadia")

    browser, answer = sign_in(desk)

    assert (answer.status_code, is_in(browser)) == (303, True)


@pytest.mark.parametrize(
    "wrong",
    [{"name": "karim", "code": "000000"}, {"password": "wrong"}, {"code": "000000"}, {"later": 0}],
    ids=["nobody", "password", "code", "code used already"],
)
def test_every_failure_looks_the_same(quick, wrong):
    quick.person("nadia")

    browser, answer = sign_in(quick, **wrong)

    assert (answer.status_code, is_in(browser)) == (401, False)
    assert "Le nom, le mot de passe ou le code est faux" in answer.text


def test_too_many_tries_keep_the_right_one_out_for_a_while(quick):
    quick.person("nadia")
    for _ in range(5):
        sign_in(quick, password="wrong")

    during = sign_in(quick)[1].status_code
    quick.now += timedelta(minutes=16)
    after = sign_in(quick)[1].status_code

    assert (during, after) == (401, 303)


def test_unknown_name_costs_as_much_as_a_known_one(quick, monkeypatch):
    quick.person("nadia")
    verified: list[str] = []
    verify = proof._HASHER.verify

    class Counting:
        def verify(self, hashed, password):
            verified.append(hashed)
            return verify(hashed, password)

    monkeypatch.setattr(proof, "_HASHER", Counting())

    sign_in(quick, password="wrong")
    sign_in(quick, name="nobody", password="wrong", code="000000")

    assert len(verified) == 2


def test_sign_in_gives_a_new_token_and_never_the_one_that_came(quick):
    quick.person("nadia")
    browser = quick.browser()
    browser.cookies.set("__Host-bladi", "chosen-by-another", domain="desk.example")

    _, answer = sign_in(quick, browser=browser)

    cookie = answer.headers["set-cookie"]
    assert "chosen-by-another" not in cookie
    for sign in ("__Host-bladi=", "HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert sign in cookie
    assert "Domain" not in cookie


def test_token_is_of_no_use_after_signing_out(quick):
    browser = quick.person("nadia")
    token = browser.cookies["__Host-bladi"]
    browser.post("/fr/sign-out")
    browser.cookies.set("__Host-bladi", token, domain="desk.example")

    assert not is_in(browser)


@pytest.mark.parametrize("role", [Role.VIEWER, None])
def test_another_role_and_none_end_a_sign_in_at_the_next_click(quick, role):
    browser = quick.person("nadia")

    with writing(quick.engine) as session:
        moderators.change(session, "nadia", role=role, by="us", now=quick.now)

    assert not is_in(browser)


def test_sign_in_ends_without_a_sign_of_life_and_after_twelve_hours(quick):
    idle, busy = quick.person("nadia"), quick.person("karim")
    alive = []
    for _ in range(25):
        quick.now += timedelta(minutes=29)
        alive.append(is_in(busy))

    assert not is_in(idle)
    assert alive == [True] * 24 + [False]


def test_database_holds_nothing_that_lets_anybody_in(quick):
    browser = quick.person("nadia")
    token = quick.invite("karim")

    with quick.engine.connect() as connection:
        kept = "\n".join(connection.connection.driver_connection.iterdump())

    for secret in (browser.cookies["__Host-bladi"], token, PASSWORD):
        assert secret not in kept


def test_log_holds_no_secret(quick, caplog):
    caplog.set_level(logging.DEBUG)
    browser = quick.person("nadia")
    token = quick.invite("karim")
    quick.browser().get(f"/fr/welcome/{token}")
    sign_in(quick)

    ours = "\n".join(one.getMessage() for one in caplog.records if one.name != "httpx2")
    for secret in (browser.cookies["__Host-bladi"], PASSWORD):
        assert secret not in ours


def test_no_answer_and_no_row_of_the_trail_holds_a_secret(quick, monkeypatch):
    browser = quick.person("nadia", Role.ADMIN)
    tokens = [browser.cookies["__Host-bladi"], quick.invite("karim")]
    answers = [sign_in(quick, password=SECRET)[1], sign_in(quick, code=SECRET)[1]]
    answers += [browser.get(f"/fr/{name}") for name in ("queue", "audit", "sessions", "nothing")]
    answers.append(browser.post("/fr/posts/1/decide", data={"action": SECRET}))

    def broken(*_more):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(queue, "page", broken)
    failing = TestClient(quick.app, base_url=URL, raise_server_exceptions=False)
    failing.cookies.update(browser.cookies)
    answers.append(failing.get("/fr/queue"))

    assert [one.status_code for one in answers] == [401, 401, 200, 200, 200, 404, 422, 500]
    told = "".join(one.text for one in answers)
    with reading(quick.engine) as session:
        told += str([one.model_dump() for one in session.exec(select(Audit))])
    assert [
        one for one in (SECRET, PASSWORD, *tokens, *quick.secrets.values()) if one in told
    ] == []


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"sec-fetch-site": "same-origin", "origin": URL}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": URL}, True),
        ({"sec-fetch-site": "cross-site", "origin": "https://evil.example"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site", "origin": "https://www.desk.example"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://desk.example.evil.example"}, False),
        ({"origin": "http://desk.example"}, False),
        ({}, False),
        ({"authorization": "Bearer x"}, False),
    ],
)
def test_only_our_own_pages_act(quick, headers, passes):
    browser = quick.person("nadia")
    browser.headers.pop("sec-fetch-site")
    browser.headers.pop("origin")
    browser.headers.update(headers)

    answer = decide(browser, "escalate")

    assert (answer.status_code, quick.post().revision) == ((303, 1) if passes else (403, 0))


@pytest.mark.parametrize("host", ["evil.example", "desk.example.evil.example", "desk.example:81"])
def test_other_hosts_are_refused_whatever_the_proxy_says(quick, host):
    headers = {"host": host, "x-forwarded-host": "desk.example"}

    assert quick.browser().get("/fr/sign-in", headers=headers).status_code == 421


def test_spoofed_address_does_not_escape_the_throttle(quick):
    quick.person("nadia")
    for number in range(31):
        browser = quick.browser()
        browser.headers["x-forwarded-for"] = f"203.0.113.{number}"
        sign_in(quick, name=f"nobody{number}", code="000000", browser=browser)

    assert sign_in(quick)[1].status_code == 401


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "\\evil", "q=//x"])
def test_answer_to_a_form_leads_nowhere_else(quick, back):
    answer = decide(quick.person("nadia"), "escalate", back=back, next="//evil.example")

    assert answer.headers["location"].startswith("/fr/queue?")


@pytest.mark.parametrize("path", ["/fr/sign-in", "/fr/queue", "/fr/nothing", "/xx/queue"])
def test_every_answer_is_private_and_strict(quick, path):
    answer = quick.person("nadia").get(path)

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "max-age=63072000" in answer.headers["strict-transport-security"]


def test_over_plain_http_the_cookie_does_without_its_prefix(sqlite_engine):
    desk = Desk(sqlite_engine, url="http://127.0.0.1:8001")
    token = desk.invite("nadia")
    form = {"password": PASSWORD, "code": desk.code("nadia")}
    headers = {**SAME, "origin": desk.url}

    answer = desk.browser().post(f"/fr/welcome/{token}", data=form, headers=headers)

    assert answer.headers["set-cookie"].startswith("bladi=")
    with reading(desk.engine) as session:
        assert moderators.are_there(session)
