"""Service accounts: bearer tokens by OAuth2 client credentials (facts/jumpcloud-api.md 2.2)."""

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import httpx
from pydantic import SecretStr

from jc1p.clients.http.exchange import Answer
from jc1p.clients.http.json_values import whole_number
from jc1p.clients.http.service import HttpService
from jc1p.errors import Unauthorized
from jc1p.runtime.clocks import seconds_awake_or_asleep

NAME = "JumpCloud"
RENEW_BEFORE = 60.0
"""Seconds that a token must still be valid."""
HOUR = 3600.0
LONGEST_LIFE = 366 * 24 * HOUR
USABLE_TOKEN = re.compile(r"[!-~]+")
"""The characters that a header can carry; httpx's error about an invalid header would quote the token."""


class ServiceAccount(NamedTuple):
    """OAuth2 client credentials (facts 2.2)."""

    client_id: str
    client_secret: SecretStr
    token_url: str

    @property
    def basic(self) -> SecretStr:
        """Id and secret as sent, only in the Authorization header (facts 2.2)."""
        pair = f"{self.client_id}:{self.client_secret.get_secret_value()}"
        return SecretStr(base64.b64encode(pair.encode()).decode())


class OAuth:
    """Bearer tokens for a service account: fetched on first use, renewed before they end and once after a 401."""

    def __init__(
        self, account: ServiceAccount, fetch: Callable[[], Awaitable[Answer]],
        clock: Callable[[], float] = seconds_awake_or_asleep, on_token: Callable[[SecretStr], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.account, self.fetch, self.clock, self.on_token = account, fetch, clock, on_token
        self._issued: list[SecretStr] = []
        self._token: SecretStr | None = None
        self._ends = 0.0
        self._lock = asyncio.Lock()

    @property
    def secrets(self) -> Sequence[SecretStr]:
        """The account's own secret and every token that it received."""
        return (self.account.client_secret, self.account.basic, *self._issued)

    async def headers(self) -> dict[str, str]:
        """The Authorization header, with a token that is valid for at least another minute."""
        async with self._lock:
            if self._token is None or self.clock() > self._ends - RENEW_BEFORE:
                await self._renew()
        token = self._token
        return {"Authorization": f"Bearer {token.get_secret_value() if token else ''}"}

    @property
    def issue(self) -> int:
        """The number of tokens so far."""
        return len(self._issued)

    def refused(self, issue: int) -> bool:
        """After a 401, one more try with a new token; requests that used the same token share it."""
        if issue == self.issue:
            self._token = None
        return True

    async def _renew(self) -> None:
        answer = await self.fetch()
        body = answer.body if isinstance(answer.body, dict) else {}
        token = body.get("access_token")
        if answer.status != httpx.codes.OK or not isinstance(token, str) or not USABLE_TOKEN.fullmatch(token):
            raise Unauthorized(
                f"JumpCloud gave no token for the service account ({answer.status}: {answer.text})",
                service=NAME, hint="Check jumpcloud.client_id and client_secret, their expiry, and jumpcloud.region.",
            )  # fmt: skip
        self._token = SecretStr(token)
        self._issued.append(self._token)
        self.on_token(self._token)
        self._ends = self.clock() + lifetime_of(body.get("expires_in"))


def lifetime_of(said: object) -> float:
    """Seconds that a token is valid, according to its answer; an hour if that is invalid."""
    seconds = said if isinstance(said, float) else whole_number(said)
    return float(seconds) if seconds is not None and 0 < seconds <= LONGEST_LIFE else HOUR


class NoAuth(NamedTuple):
    """No credential, for the request that fetches one; its answer may contain the account's own secret."""

    account: ServiceAccount

    @property
    def secrets(self) -> Sequence[SecretStr]:
        """The account's own secret, in both its forms."""
        return (self.account.client_secret, self.account.basic)

    async def headers(self) -> dict[str, str]:
        """None."""
        return {}

    @property
    def issue(self) -> int:
        """There is none."""
        return 0

    def refused(self, issue: int) -> bool:  # noqa: ARG002 - the protocol's signature
        """Nothing to renew."""
        return False


async def fetch_token(http: HttpService | None, account: ServiceAccount) -> Answer:
    """One client-credentials request."""
    if http is None:
        raise ValueError("no service for token requests")
    return await http.send_form(
        account.token_url,
        {"grant_type": "client_credentials", "scope": "api"},
        headers={"Authorization": f"Basic {account.basic.get_secret_value()}"},
    )
