"""The connection to the bridge: SCIM path, token and media type. Other modules decide what to request."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from jc1p.clients.http.auth import KeyAuth
from jc1p.clients.http.exchange import Answer, Repeat
from jc1p.clients.http.json_values import whole_number
from jc1p.clients.http.page_size import PageSize
from jc1p.clients.http.responses import redirect_of
from jc1p.clients.http.service import HttpOptions, HttpService
from jc1p.clients.http.urls import Params
from jc1p.clients.scim import wire
from jc1p.clients.scim.errors import LOGIN_GATEWAY, NAME, explain, no_scim
from jc1p.clients.scim.reading import PageLimits
from jc1p.errors import BadResponse, Jc1pError, NotFound, ProvisioningOff, ServiceError, Unreachable

MEDIA_TYPE = "application/scim+json"
FEW_AT_ONCE = HttpOptions(concurrency=2)


class ScimConnection:
    """The bridge for one run. `root` is its address without a SCIM path, `base_paths` are the possible SCIM paths.

    Use as an async context manager.
    """

    def __init__(
        self,
        root: str,
        base_paths: Sequence[str],
        token: SecretStr,
        options: HttpOptions = FEW_AT_ONCE,
    ) -> None:
        self.http = HttpService(
            NAME, root.rstrip("/"), KeyAuth("Authorization", token, prefix="Bearer "), options,
            media_type=MEDIA_TYPE, tries_500=2, address_key="onepassword.scim_url",
        )  # fmt: skip
        self._base_paths = tuple(base_paths)
        self._base: str | None = None
        self.page_limits = PageLimits()
        self.page_sizes = {kind: PageSize(kind) for kind in ("Users", "Groups")}
        self._media_type = MEDIA_TYPE

    async def __aenter__(self) -> Self:
        await self.http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.__aexit__(kind, error, trace)

    @property
    def requests(self) -> int:
        """Requests sent so far, retries included."""
        return self.http.requests

    @property
    def retries(self) -> int:
        """How many of them were retries."""
        return self.http.retries

    async def request(
        self, method: str, path: str, *, params: Params | None = None, body: object = None,
        repeat: Repeat = Repeat.FREELY,
    ) -> Answer:  # fmt: skip
        """Send below the base path; a 415 is tried once more as plain application/json, and remembered."""
        url = await self.find_base() + path
        headers = {"Content-Type": self._media_type} if body is not None else {}
        answer = await self.http.send(method, url, params=params, body=body, repeat=repeat, headers=headers)
        if answer.status == httpx.codes.UNSUPPORTED_MEDIA_TYPE and self._media_type == MEDIA_TYPE:
            self._media_type = "application/json"
            return await self.request(method, path, params=params, body=body, repeat=repeat)
        return answer

    async def find_base(self) -> str:
        """The SCIM path: the first base path whose ServiceProviderConfig is JSON (facts 1.1), remembered."""
        if self._base is not None:
            return self._base
        misses: list[str] = []
        place, redirects = "", 0
        for base in self._base_paths:
            try:
                answer = await self.http.get(f"{base}/ServiceProviderConfig")
            except BadResponse as error:
                misses.append(error.message.removeprefix(f"{NAME}: "))
                continue
            except Unreachable as error:
                raise await self._explain_down(error) from error
            place, is_redirect = f", {answer.place}", 300 <= answer.status < 400  # noqa: PLR2004 - the redirects
            redirects += is_redirect
            if answer.status in {404, 405} or is_redirect:
                misses.append(f"{base or '/'}: {answer.status}{redirect_of(answer.headers)}")
                continue
            config = checked(answer, "GET /ServiceProviderConfig")
            if not isinstance(config, Mapping):
                misses.append(f"{base or '/'}: {answer.status} without a ServiceProviderConfig")
                continue
            self._note_limits(config)
            self._base = base
            return base
        raise NotFound(
            f"there is no SCIM service at this address{place} ({'; '.join(misses)})",
            service=NAME,
            hint=LOGIN_GATEWAY
            if redirects == len(misses)
            else "onepassword.scim_url must be the bridge's address, such as https://scim.example.com, and the "
            "bridge must not use Google Workspace mode.",
        )

    def _note_limits(self, config: Any) -> None:
        self.page_limits.promised = whole_number(wire.value(wire.value(config, "filter"), "maxResults"))

    async def _explain_down(self, error: Unreachable) -> Jc1pError:
        """500 on SCIM while /ping works means that provisioning is switched off (facts 5)."""
        if "answered 500" not in error.message.partition("; previous attempt")[0]:
            return error
        try:
            alive = (await self.http.get("/ping", signed=False)).status < 300  # noqa: PLR2004 - success
        except BadResponse:
            alive = True
        except ServiceError:
            alive = False
        if not alive:
            return error
        host = urlsplit(self.http.base_url).netloc.rpartition("@")[2]
        return ProvisioningOff(
            f"the bridge at {host} is up but answers 500 to SCIM requests: provisioning is turned off in 1Password",
            service=NAME,
            hint="In 1Password, open Integrations > Automated User Provisioning and turn on "
            '"Provisioning users & groups".',
        )


def checked_page(answer: Answer, asked: str) -> wire.ListPage:
    """The page of a success, or the error for the status."""
    page = wire.parse_page(checked(answer, asked))
    if page is None:
        raise no_scim(asked)
    return page


def checked(answer: Answer, asked: str) -> Any:
    """The body of a success, or the error for the status."""
    if 200 <= answer.status < 300:  # noqa: PLR2004 - success
        return answer.body
    raise explain(answer, asked)
