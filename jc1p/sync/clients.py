"""Both services, opened for one run with the configured limits and closed at its end."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from pydantic import SecretStr

from jc1p.clients.http.exchange import Listen, unheard
from jc1p.clients.http.service import HttpOptions
from jc1p.clients.jumpcloud.client import JumpCloudClient
from jc1p.clients.jumpcloud.connection import JumpCloudConnection
from jc1p.clients.scim.client import ScimClient
from jc1p.clients.scim.connection import ScimConnection
from jc1p.config.settings import Credentials, Settings
from jc1p.core.run_record import Requests


class Clients(NamedTuple):
    """Both services, opened for one run."""

    jumpcloud: JumpCloudClient
    bridge: ScimClient
    parallel_writes: int = 2

    @property
    def requests(self) -> Requests:
        """Requests sent so far."""
        source, target = self.jumpcloud, self.bridge
        return Requests(source.requests, target.requests, source.retries, target.retries)


@asynccontextmanager
async def open_clients(
    settings: Settings, credentials: Credentials, run_id: str, *,
    on_token: Callable[[SecretStr], None] = lambda _: None, listen: Listen = unheard,
) -> AsyncIterator[Clients]:  # fmt: skip
    """Both clients, with the configured limits; closed on leaving.

    `on_token` gets tokens that are issued later, `listen` every exchange.
    """
    common = HttpOptions(settings.retry, run_id=run_id, listen=listen)
    async with (
        JumpCloudClient(
            JumpCloudConnection(
                settings.jumpcloud_url,
                credentials.jumpcloud,
                org_id=settings.org_id,
                options=common._replace(concurrency=settings.jumpcloud_concurrency, tls=settings.jumpcloud_tls),
                on_token=on_token,
            )
        ) as jumpcloud,
        ScimClient(
            ScimConnection(
                settings.bridge_url,
                settings.bridge_base_paths,
                credentials.bridge_token,
                common._replace(concurrency=settings.bridge_concurrency, tls=settings.bridge_tls),
            )
        ) as bridge,
    ):
        yield Clients(jumpcloud, bridge, parallel_writes=settings.bridge_concurrency)
