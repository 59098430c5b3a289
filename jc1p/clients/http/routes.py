"""Sends each request directly or through a proxy, as proxies.py decides for its address."""

import ssl

import httpx

from jc1p.clients.http.proxies import Environment, proxy_of


class Routes(httpx.AsyncBaseTransport):
    """A transport with one pool of connections for each proxy that is used, and one for direct connections.

    `context` is for the services, `proxy_context` for proxies at https addresses.
    """

    def __init__(
        self, environment: Environment, context: ssl.SSLContext, proxy_context: ssl.SSLContext, limits: httpx.Limits
    ) -> None:
        self._environment, self._context, self._proxy_context = environment, context, proxy_context
        self._limits = limits
        self._pools: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send by the way of the request's address."""
        return await self.pool_for(request.url).handle_async_request(request)

    def pool_for(self, url: httpx.URL) -> httpx.AsyncHTTPTransport:
        """The connections that requests to an address use."""
        through = proxy_of(f"{url.scheme}://{url.netloc.decode()}", self._environment)
        address = through[1].geturl() if through else ""
        if address not in self._pools:
            is_https = address.startswith("https:")
            proxy = httpx.Proxy(address, ssl_context=self._proxy_context if is_https else None) if address else None
            self._pools[address] = httpx.AsyncHTTPTransport(
                verify=self._context, trust_env=False, limits=self._limits, proxy=proxy
            )
        return self._pools[address]

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.aclose()
