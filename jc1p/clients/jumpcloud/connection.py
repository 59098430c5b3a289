"""The connection to JumpCloud: credential, organization, and lists in pages. Other modules decide what to request."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import NamedTuple, Self

from pydantic import SecretStr

from jc1p.clients.http.auth import Auth, KeyAuth
from jc1p.clients.http.exchange import Answer, Repeat, unheard
from jc1p.clients.http.json_values import whole_number
from jc1p.clients.http.page_size import PageSize, Rows
from jc1p.clients.http.service import USUAL, HttpOptions, HttpService
from jc1p.clients.http.urls import Params, path_template
from jc1p.clients.jumpcloud.errors import checked, unexpected
from jc1p.clients.jumpcloud.oauth import NAME, NoAuth, OAuth, ServiceAccount, fetch_token
from jc1p.clients.jumpcloud.paging import PAGE, FetchPage, Page


class ApiKey(NamedTuple):
    """An administrator's or service account's key, sent as x-api-key."""

    key: SecretStr


def address_key(api_root: str) -> str:
    """The configuration key that this address comes from."""
    return "jumpcloud.region" if api_root.endswith(".jumpcloud.com") else "jumpcloud.url"


class JumpCloudConnection:
    """JumpCloud for one run. `api_root` is the console's address without a path. Use as an async context manager."""

    def __init__(
        self,
        api_root: str,
        credential: ApiKey | ServiceAccount,
        *,
        org_id: str | None = None,
        options: HttpOptions = USUAL,
        on_token: Callable[[SecretStr], None] = lambda _: None,
    ) -> None:
        self.org_id = org_id
        self._token_http: HttpService | None = None
        self._page_sizes: dict[str, PageSize] = {}
        key = address_key(api_root)
        auth: Auth
        if isinstance(credential, ServiceAccount):
            # Answers to token requests are secrets, which no listener may get.
            alone = options._replace(listen=unheard)
            self._token_http = HttpService(NAME, "", NoAuth(credential), alone, address_key=key)
            auth = OAuth(credential, lambda: fetch_token(self._token_http, credential), options.clock, on_token)
        else:
            auth = KeyAuth("x-api-key", credential.key)
        self.http = HttpService(NAME, api_root.rstrip("/") + "/api", auth, options, address_key=key)

    async def __aenter__(self) -> Self:
        if self._token_http:
            await self._token_http.__aenter__()
        await self.http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.__aexit__(kind, error, trace)
        if self._token_http:
            await self._token_http.__aexit__(kind, error, trace)

    @property
    def requests(self) -> int:
        """Requests sent so far, retries and token requests included."""
        return self.http.requests + (self._token_http.requests if self._token_http else 0)

    @property
    def retries(self) -> int:
        """How many of them were retries."""
        return self.http.retries + (self._token_http.retries if self._token_http else 0)

    @property
    def org_header(self) -> dict[str, str]:
        """The header with the organization; empty if none is configured."""
        return {"x-org-id": self.org_id} if self.org_id else {}

    def v1_pages(self, path: str, params: Params, *, rows_apart: bool = False) -> FetchPage:
        """Fetches pages of a list of API v1: an object with `results` and `totalCount`. See HttpService.send."""

        async def ask(skip: int, limit: int) -> Rows:
            answer = await self._page(path, {"limit": limit, "skip": skip, **params}, rows_apart=rows_apart)
            body = checked(answer, f"GET {path}")
            if not isinstance(body, dict) or not isinstance(body.get("results"), list):
                raise unexpected(f"GET {path}")
            return Rows(body["results"], whole_number(body.get("totalCount")))

        return self._in_parts(path, ask)

    def v2_pages(self, path: str, params: Params | None = None, *, rows_apart: bool = False) -> FetchPage:
        """Fetches pages of a list of API v2: an array, with its total in a header. See HttpService.send."""

        async def ask(skip: int, limit: int) -> Rows:
            answer = await self._page(path, {"limit": limit, "skip": skip, **(params or {})}, rows_apart=rows_apart)
            body = checked(answer, f"GET {path}")
            if not isinstance(body, list):
                raise unexpected(f"GET {path}")
            return Rows(body, whole_number(answer.headers.get("x-total-count")))

        return self._in_parts(path, ask)

    async def _page(self, path: str, params: Params, *, rows_apart: bool) -> Answer:
        return await self.http.send(
            "GET", path, params=params, headers=self.org_header, repeat=Repeat.PAGE, rows_apart=rows_apart
        )

    def _in_parts(self, path: str, ask: Callable[[int, int], Awaitable[Rows]]) -> FetchPage:
        """Pages of PAGE rows; for a list with large rows, several smaller requests make up one page."""
        size = self._page_sizes.setdefault(path_template(path), PageSize(f"rows of {path_template(path)}"))

        async def fetch(skip: int) -> Page:
            came = await size.ask(skip, PAGE, ask, ends_short=False)
            return Page(came.rows, came.total) if came else Page([], None)

        return fetch
