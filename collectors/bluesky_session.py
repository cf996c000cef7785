"""How Bluesky is asked: as the public, or with an account's login, which is used for weeks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from collectors.answers import Answer, refusal
from collectors.base import Budget, CredentialsError, MalformedError

if TYPE_CHECKING:
    from collectors.http import PoliteClient

MAX_BYTES = 10_000_000
"""Most bytes of one answer; a hundred posts that quote others with pictures are some 1 MB."""

_LOGIN = "com.atproto.server.createSession"
_RENEWAL = "com.atproto.server.refreshSession"
_EXPIRED = frozenset(("ExpiredToken", "InvalidToken"))
_REFUSED = _EXPIRED | {"AccountTakedown", "AuthFactorTokenRequired", "AuthMissing"}


def error_of(answer: Answer) -> tuple[str, str]:
    """Return name and message of an XRPC error answer; both "" when it is not one."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return "", ""
    if answer.status == 200 or not isinstance(body, dict):
        return "", ""
    return str(body.get("error", "")), str(body.get("message", ""))


@dataclass(slots=True, repr=False)
class Login:
    """The tokens of an account; outlives sessions, because logins are counted by the day."""

    access: str | None = None
    renewal: str | None = None
    url: str = ""
    """The account's own server."""


class Session:
    """A way to ask a server, which logs in at most once.

    Args:
        base_url: where the public is answered.
        login_url: where the account lives; its own server, if it names one, is asked afterwards.
        account: handle and app password; None to read as the public.
        login: used if it is one, and filled if it is not.
    """

    def __init__(
        self,
        *,
        agent: str,
        timeout: float,
        base_url: str,
        login_url: str,
        account: tuple[str, SecretStr] | None = None,
        login: Login | None = None,
    ) -> None:
        self._agent, self._timeout = agent, timeout
        self._base_url = base_url.rstrip("/")
        self._login_url = login_url.rstrip("/")
        self._account = account
        self._login = login or Login()
        self._may_log_in = account is not None
        self._client = self._new_client()

    @property
    def has_account(self) -> bool:
        """Whether we ask as somebody."""
        return self._account is not None

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def ask(self, call: str, params: Any, budget: Budget) -> Answer:
        """Return the answer to a query; its status may be any but that of an expired login.

        Raises:
            CollectorError: no answer, or no login.
        """
        if self._account and self._login.access is None:
            self._log_in(self._account, budget)
        answer = self._get(call, params, budget)
        if self._account and error_of(answer)[0] in _EXPIRED:
            self._renew(self._account, budget)
            answer = self._get(call, params, budget)
        return answer

    def json_of(self, answer: Answer) -> Mapping[str, Any]:
        """Return the object of a good answer.

        Raises:
            CollectorError: what its status, or its body, stands for.
        """
        host = urlsplit(answer.url).netloc
        if error_of(answer)[0] in _REFUSED:
            raise CredentialsError(f"bluesky: {host} refuses our login")
        if answer.status in (401, 403) and not self.has_account:
            raise CredentialsError(
                f"bluesky: {host} answers accounts only; set handle and app_password"
            )
        if answer.status != 200:
            raise refusal("bluesky", host, answer.status, answer.headers)
        body, _ = self._client.json_of(answer)
        if not isinstance(body, dict):
            raise MalformedError(f"bluesky: {host} sent no object")
        return body

    def _get(self, call: str, params: Any, budget: Budget) -> Answer:
        budget.spend("calls")
        url = self._login.url if self._account else self._base_url
        return self._client.request("GET", f"{url}/xrpc/{call}", params=params)

    def _new_client(self) -> "PoliteClient":
        from collectors.http import PoliteClient

        # Headers of the client, unlike those of a request, are not sent where it is redirected.
        token = self._login.access if self._account else None
        return PoliteClient(
            "bluesky",
            agent=self._agent,
            timeout=self._timeout,
            max_bytes=MAX_BYTES,
            headers={"authorization": f"Bearer {token}"} if token else {},
        )

    def _log_in(self, account: tuple[str, SecretStr], budget: Budget) -> None:
        if not self._may_log_in:
            raise CredentialsError("bluesky: the login that we were given is refused")
        self._may_log_in = False
        budget.spend("calls")
        handle, password = account
        answer = self._client.request(
            "POST",
            f"{self._login_url}/xrpc/{_LOGIN}",
            json_body={"identifier": handle, "password": password.get_secret_value()},
        )
        document = self._accept(answer).get("didDoc")
        self._login.url = _own_server(document, self._login_url) or self._login_url

    def _renew(self, account: tuple[str, SecretStr], budget: Budget) -> None:
        budget.spend("calls")
        answer = self._client.request(
            "POST",
            f"{self._login.url}/xrpc/{_RENEWAL}",
            headers={"authorization": f"Bearer {self._login.renewal}"},
        )
        if error_of(answer)[0] in _EXPIRED:
            # Unused for months, or revoked with all logins of the account.
            self._login.access = self._login.renewal = None
            self._log_in(account, budget)
        else:
            self._accept(answer)

    def _accept(self, answer: Answer) -> Mapping[str, Any]:
        session = self.json_of(answer)
        access, renewal = session.get("accessJwt"), session.get("refreshJwt")
        if not isinstance(access, str) or not isinstance(renewal, str):
            raise MalformedError("bluesky: a login without its tokens")
        self._login.access, self._login.renewal = access, renewal
        self._client.close()
        self._client = self._new_client()
        return session


def _own_server(document: Any, login_url: str) -> str | None:
    """Return the server that an account's DID document names, if it may be told our login."""
    services = document.get("service") if isinstance(document, dict) else None
    for service in services if isinstance(services, list) else ():
        if str(service.get("id")).endswith("#atproto_pds"):
            url = str(service.get("serviceEndpoint")).rstrip("/")
            place, login = urlsplit(url), urlsplit(login_url)
            if place.scheme == "https" or place[:2] == login[:2]:
                return url
    return None
