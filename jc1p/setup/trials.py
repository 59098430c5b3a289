"""Tries answers on both services with the clients of a run, one trial at a time. Reads only.

A trial gives up sooner than a run: the user waits, and can change the answer.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from jc1p.clients.http.exchange import RetryPolicy
from jc1p.clients.http.service import HttpOptions
from jc1p.clients.http.tls import KNOWN_ONLY, TlsFiles
from jc1p.clients.jumpcloud.client import JumpCloudClient
from jc1p.clients.jumpcloud.connection import ApiKey, JumpCloudConnection
from jc1p.clients.jumpcloud.oauth import ServiceAccount
from jc1p.clients.jumpcloud.offers import ApplicationOffer
from jc1p.clients.scim.client import ScimClient
from jc1p.clients.scim.connection import FEW_AT_ONCE, ScimConnection
from jc1p.config.addresses import bridge_addresses
from jc1p.core.models import TargetDirectory
from jc1p.core.scope import Desired, Scope, choose_groups, select

RETRY = RetryPolicy(attempts=2, max_elapsed=60.0, timeout=30.0)


@dataclass(frozen=True, slots=True)
class Login:
    """The JumpCloud login so far: the console's address, the credential, one of several organizations."""

    root: str
    credential: ApiKey | ServiceAccount
    org_id: str | None = None
    tls: TlsFiles = KNOWN_ONLY


OnToken = Callable[[SecretStr], None]


@asynccontextmanager
async def jumpcloud(login: Login, on_token: OnToken) -> AsyncIterator[JumpCloudClient]:
    connection = JumpCloudConnection(
        login.root, login.credential, org_id=login.org_id, options=HttpOptions(RETRY, tls=login.tls), on_token=on_token
    )
    async with JumpCloudClient(connection) as client:
        yield client


async def try_login(login: Login, on_token: OnToken) -> Mapping[str, str]:
    """Id to name of the organizations that the credential sees. Raises ServiceError."""
    async with jumpcloud(login, on_token) as client:
        return await client.list_organizations()


async def read_offers(login: Login, on_token: OnToken) -> Sequence[ApplicationOffer]:
    """The applications to choose from. Raises ServiceError, IncompleteRead."""
    async with jumpcloud(login, on_token) as client:
        return await client.offer_applications()


async def read_group_names(login: Login, on_token: OnToken) -> Mapping[str, str]:
    """Name of every user group by id. Raises ServiceError, IncompleteRead."""
    async with jumpcloud(login, on_token) as client:
        return await client.list_group_names()


async def read_scope(login: Login, scope: Scope, on_token: OnToken) -> Desired:
    """The people and groups that would be in scope. Raises ServiceError, IncompleteRead, and errors about the scope."""
    async with jumpcloud(login, on_token) as client:
        source = await client.read_directory(
            application=scope.application, choose_groups=lambda available: choose_groups(available, scope)
        )
        return select(source, scope)


async def read_bridge(address: str, token: SecretStr, tls: TlsFiles = KNOWN_ONLY) -> TargetDirectory:
    """Every account and group that the bridge shows. Raises ServiceError."""
    root, base_paths = bridge_addresses(address)
    async with ScimClient(
        ScimConnection(root, base_paths, token, FEW_AT_ONCE._replace(retry=RETRY, tls=tls))
    ) as client:
        return await client.read_directory()
