"""Clients and clocks for tests over a mocked or a real network: they never sleep, and waits are recorded."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from jc1p.clients.http.auth import KeyAuth
from jc1p.clients.http.exchange import RetryPolicy
from jc1p.clients.http.service import HttpOptions, HttpService
from jc1p.clients.jumpcloud.client import JumpCloudClient
from jc1p.clients.jumpcloud.connection import ApiKey, JumpCloudConnection
from jc1p.clients.jumpcloud.oauth import ServiceAccount
from jc1p.clients.scim.client import ScimClient
from jc1p.clients.scim.connection import FEW_AT_ONCE, ScimConnection

KEY = "jca_canary-key-5f2e"
TOKEN = "canary-token-9c31"
ROOT = "https://jc.example"
BRIDGE = "https://scim.example"
BASES = ("/scim", "/scim/v2", "")


@dataclass
class Clock:
    """A clock that only advances on sleep."""

    now: float = 1000.0
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def service(clock: Clock, **options: Any) -> HttpService:
    auth = KeyAuth("x-api-key", SecretStr(KEY))
    return HttpService("JumpCloud", ROOT, auth, HttpOptions(**{"sleep": clock.sleep, "clock": clock, **options}))


def jumpcloud(clock: Clock | None = None, root: str = ROOT, key: str = KEY, **options: Any) -> JumpCloudClient:
    clock = clock or Clock()
    credential = options.pop("credential", ApiKey(SecretStr(key)))
    others = {name: options.pop(name) for name in ("org_id", "on_token") if name in options}
    http = HttpOptions(sleep=clock.sleep, clock=clock, **options)
    return JumpCloudClient(JumpCloudConnection(root, credential, options=http, **others))


def service_account() -> ServiceAccount:
    return ServiceAccount("client", SecretStr("canary-client-secret"), f"{ROOT}/oauth2/token")


def bridge(clock: Clock | None = None, root: str = BRIDGE, token: str = TOKEN, **options: Any) -> ScimClient:
    clock = clock or Clock()
    bases = options.pop("bases", BASES)
    http = FEW_AT_ONCE._replace(sleep=clock.sleep, clock=clock, **options)
    return ScimClient(ScimConnection(root, bases, SecretStr(token), http))


def few(attempts: int = 3) -> RetryPolicy:
    return RetryPolicy(attempts=attempts)
