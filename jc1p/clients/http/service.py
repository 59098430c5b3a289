"""Sends requests: one connection pool per service, one deadline per request, retries in one place, clear errors.

No other folder imports httpx. The clients know what a request means; they say how it may be repeated (Repeat) and get
JSON, or one of the errors of errors.py. docs/adr/0019-request-path.md gives the reasons.
"""

import asyncio
import logging
import ssl
import zlib
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import NamedTuple, Self

import httpx

from jc1p import __version__
from jc1p.clients.http.auth import Auth
from jc1p.clients.http.bodies import ACCEPTED, BodyTooLarge, read_body
from jc1p.clients.http.deadline import Deadline
from jc1p.clients.http.exchange import (  # fmt: skip
    Answer,
    Asked,
    Exchanged,
    Listen,
    Received,
    Repeat,
    RetryPolicy,
    Transient,
    unheard,
)
from jc1p.clients.http.leftovers import close_if_more_came
from jc1p.clients.http.pace import Pace
from jc1p.clients.http.proxies import check_proxies, proxies_here, proxy_variables
from jc1p.clients.http.responses import hidden_location, loads, retry_after_seconds
from jc1p.clients.http.rounds import Rounds
from jc1p.clients.http.statuses import REFUSED_FOR_NOW, is_transient
from jc1p.clients.http.tls import KNOWN_ONLY, TlsFiles, is_loopback, no_tls_context, tls_context
from jc1p.clients.http.urls import FORM, Params, encoded, path_template, query_string
from jc1p.clients.http.verdicts import BREAKER, Verdicts
from jc1p.runtime.clocks import seconds_awake_or_asleep

log = logging.getLogger("jc1p.http")

CONNECT_TIMEOUT = 10.0

BROKEN = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError, zlib.error)
"""All exceptions that a connection may raise: httpx doesn't wrap errors that TLS and sockets raise late."""

Sleep = Callable[[float], Awaitable[None]]


class HttpOptions(NamedTuple):
    """How to send requests: limits, the run's id, certificates; `listen` gets every exchange. Tests bring a clock."""

    retry: RetryPolicy = RetryPolicy()
    concurrency: int = 8
    run_id: str = ""
    tls: TlsFiles = KNOWN_ONLY
    listen: Listen = unheard
    sleep: Sleep = asyncio.sleep
    clock: Callable[[], float] = seconds_awake_or_asleep


USUAL = HttpOptions()


class HttpService:
    """One service: its address, credential, limits and counters. Use as an async context manager.

    `address_key` is the configuration key with the address, for hints.
    """

    def __init__(
        self, name: str, base_url: str, auth: Auth, options: HttpOptions = USUAL, *,
        media_type: str = "application/json", tries_500: int = 5, address_key: str = "",
    ) -> None:  # fmt: skip
        self.name, self.base_url, self.auth, self.options = name, base_url, auth, options
        self.media_type = media_type
        self.address_key = address_key
        self.requests = 0
        self.retries = 0
        """How many of the requests were retries."""
        self._client: httpx.AsyncClient
        self._pace = Pace(name, options.concurrency, options.clock)
        self._verdicts = Verdicts(name, auth, address_key, options.retry.timeout, tries_500)
        self._rounds = Rounds()
        self._resume_at = 0.0

    async def __aenter__(self) -> Self:
        """Raises ConfigError for invalid proxies and certificates; names the variable or key."""
        agent = f"jc1p/{__version__}" + (f" (run {self.options.run_id})" if self.options.run_id else "")
        # The pace limits the connections. A limit here would fill up: httpcore keeps the places of tunnels without TLS.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=self.options.concurrency)
        context = no_tls_context() if self.base_url.startswith("http://") else tls_context(self.options.tls)
        self._client = httpx.AsyncClient(
            verify=context,
            transport=self._routes(context, limits),
            timeout=httpx.Timeout(self.options.retry.timeout, connect=min(CONNECT_TIMEOUT, self.options.retry.timeout)),
            limits=limits,
            follow_redirects=False,
            trust_env=False,
            headers={
                "User-Agent": agent,
                "Accept": f"{self.media_type}, application/json;q=0.9",
                "Accept-Encoding": ACCEPTED,
                # A proxy may keep answers, since x-api-key doesn't tell it that they are private.
                "Cache-Control": "no-cache",
            },
        )
        return self

    def _routes(self, context: ssl.SSLContext, limits: httpx.Limits) -> httpx.AsyncBaseTransport | None:
        """The ways through proxies; None if there are none to use."""
        environment = proxies_here()
        if is_loopback(self.base_url) or not any(proxy_variables(environment)):
            return None
        from jc1p.clients.http.routes import Routes  # noqa: PLC0415 - most runs have no proxy

        check_proxies(self.base_url, environment)
        # A proxy gets no certificate of the client: that is for a gateway in front of the bridge.
        return Routes(environment, context, tls_context(TlsFiles(self.options.tls.ca_file)), limits)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def get(
        self, path: str, params: Params | None = None, *, signed: bool = True, repeat: Repeat = Repeat.FREELY,
        rows_apart: bool = False,
    ) -> Answer:  # fmt: skip
        """GET; `signed` False leaves the credential out. See `send`."""
        return await self.send("GET", path, params=params, signed=signed, repeat=repeat, rows_apart=rows_apart)

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: object = None,
        repeat: Repeat = Repeat.FREELY,
        signed: bool = True,
        headers: Mapping[str, str] | None = None,
        rows_apart: bool = False,
    ) -> Answer:
        """Send, repeating as `repeat` and the policy allow; any status that isn't transient is returned.

        `rows_apart`: the rows of a large page may come as bytes (large_pages.py).

        Raises:
            Unreachable: no usable answer within the policy, or the service is down.
            NotDelivered: a page (Repeat.PAGE) got no answer, probably because of its size.
            AnswerTooLarge: a success of more than 16 MB.
            OutcomeUnknown: a create was sent and its answer lost.
            BadResponse: a 2xx that isn't JSON.
        """
        if self._verdicts.failures_in_a_row >= BREAKER:
            raise self._verdicts.down()
        url = self.base_url + path + query_string(params)
        asked = Asked(method, path, url, body, repeat, signed=signed, headers=headers or {}, rows_apart=rows_apart)
        deadline = Deadline(self.options.retry.max_elapsed, self.options.clock)
        try:
            async with deadline.running():
                answer = await self._repeated(asked, deadline)
                if answer.status == httpx.codes.UNAUTHORIZED and signed and self.auth.refused(answer.issue):
                    answer = await self._repeated(asked, deadline)
        except Transient as fault:
            raise fault.final from None
        except TimeoutError:
            raise self._verdicts.too_late(asked, deadline) from None
        return answer

    async def send_form(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str]) -> Answer:
        """POST a form to a full URL, as OAuth token endpoints need it. See `send` for the errors."""
        return await self.send("POST", url, body=form, headers={"Content-Type": FORM, **headers}, signed=False)

    async def look(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: object = None,
        signed: bool = True,
        headers: Mapping[str, str] | None = None,
        base_url: str | None = None,
    ) -> Answer:
        """One try that returns any status and any body. For diagnoses, and for reading only.

        `base_url` is another address of the same service, which gets the same credential.

        Raises:
            Unreachable: there was no answer.
            AnswerTooLarge: a success of more than 16 MB.
        """
        url = (self.base_url if base_url is None else base_url) + path + query_string(params)
        asked = Asked(method, path, url, body, Repeat.FREELY, signed=signed, headers=headers or {})
        deadline, began = Deadline(self.options.retry.max_elapsed, self.options.clock), self.options.clock()
        try:
            async with deadline.running():
                came = await self._exchange(asked, deadline)
        except Transient as fault:
            raise fault.final from None
        except TimeoutError:
            raise self._verdicts.too_late(asked, deadline) from None
        body, seconds = loads(came.content), self.options.clock() - began
        # Nothing quotes a usual answer, and the first search for secrets takes as long as fifty writes.
        said = "" if is_usual(came, body) else self._verdicts.said(came)
        return Answer(came.status, came.headers, body, said, seconds)

    # --- tries ------------------------------------------------------------------------------------------

    async def _repeated(self, asked: Asked, deadline: Deadline) -> Answer:
        """The first try; the retry code runs only if it failed."""
        try:
            return await self._attempt(asked, deadline, 1)
        except Transient as fault:
            from jc1p.clients.http.retries import Retries  # noqa: PLC0415 - tenacity costs more than a usual run's requests

            retries = Retries(self.options.retry, deadline, self.options.sleep, self._rounds)
            return await retries.after(fault, lambda number: self._attempt(asked, deadline, number))

    async def _attempt(self, asked: Asked, deadline: Deadline, number: int) -> Answer:
        came = await self._exchange(asked, deadline, number)
        retry_after = self._asked_to_wait(asked, came, deadline) if is_transient(came.status) else None
        answer = self._verdicts.answer_or_fault(asked, came, retry_after)
        return answer._replace(issue=came.issue, place=asked.place)

    async def _exchange(self, asked: Asked, deadline: Deadline, number: int = 1) -> Received:
        """Send a request; returns the answer, or the fault if there was none."""
        waiting = self.options.clock()
        headers = {"Content-Type": self.media_type} if asked.body is not None else {}
        headers |= dict(asked.headers) | (await self.auth.headers() if asked.signed else {})
        issue = self.auth.issue if asked.signed else 0
        content = encoded(asked.body, headers.get("Content-Type", ""))
        async with deadline.queueing(self._pace):
            await self._wait_for_service(deadline)
            self.requests += 1
            self.retries += number > 1
            began, deadline.is_sent = self.options.clock(), True
            try:
                request = self._client.build_request(asked.method, asked.url, content=content, headers=headers)
                response = await self._client.send(request, stream=True)
                try:
                    told = hidden_location(response, hide=self._verdicts.quotable)
                    came = Received(response.status_code, told, await read_body(response), issue)
                    await close_if_more_came(response, self.name)
                finally:
                    await response.aclose()
                    # httpx's stream holds its response: without it, no collection of garbage has to find them.
                    response.stream = httpx.ByteStream(b"")
            except BodyTooLarge:
                self._log(asked, number, waiting, began, error="BodyTooLarge")
                raise self._verdicts.too_large(asked) from None
            except BROKEN as error:
                self._log(asked, number, waiting, began, error=type(error).__name__)
                self._tell(asked, error=type(error).__name__)
                self._pace.in_trouble(type(error).__name__, began)
                raise self._verdicts.connection_fault(asked, error) from error
            except asyncio.CancelledError:
                self._log(asked, number, waiting, began, error="no complete answer")
                raise
            deadline.is_sent = False
        self._log(asked, number, waiting, began, status=came.status)
        self._tell(asked, came)
        if came.status in REFUSED_FOR_NOW:
            self._pace.in_trouble(f"answered {came.status}", began)
        else:
            self._pace.answered(str(asked), began)
        return came

    def _tell(self, asked: Asked, came: Received | None = None, *, error: str = "") -> None:
        """Pass the request and the answer to a recording, if there is one."""
        if self.options.listen is unheard:
            return
        said = (came.status, came.headers, came.content) if came else (0, {}, b"")
        self.options.listen(Exchanged(self.name, asked.method, asked.url, asked.body, asked.signed, *said, error))

    def _log(self, asked: Asked, attempt: int, waiting: float, began: float, **outcome: object) -> None:
        """One log line per request: no query and no body, since these contain names and addresses."""
        if not log.isEnabledFor(logging.INFO):
            return
        said = outcome.get("status") or outcome.get("error")
        log.info("%s %s -> %s", self.name, asked, said, extra={"fields": {
            "service": self.name, "method": asked.method, "path": path_template(asked.path), "status": None, **outcome,
            "attempt": attempt, "wait_ms": round(1000 * (began - waiting)),
            "ms": round(1000 * (self.options.clock() - began)), "run_id": self.options.run_id,
        }})  # fmt: skip

    # --- waiting ----------------------------------------------------------------------------------------

    def _asked_to_wait(self, asked: Asked, came: Received, deadline: Deadline) -> float | None:
        """Retry-After, noted for all calls to the service; a wait longer than the remaining time is logged and cut."""
        wanted = retry_after_seconds(came.headers)
        if wanted is None:
            return None
        wait = deadline.shortened(wanted)
        self._resume_at = max(self._resume_at, self.options.clock() + wait)
        if wait < wanted:
            log.warning(
                "%s: %s asks to wait %.0f s, and http.max_elapsed leaves %.0f s; waiting %.1f s at most",
                self.name, asked.place, wanted, deadline.left, wait,
            )  # fmt: skip
        return wanted

    async def _wait_for_service(self, deadline: Deadline) -> None:
        """A Retry-After stops all calls to the service, not just the one that got it."""
        remaining = self._resume_at - self.options.clock()
        if remaining > 0:
            await self.options.sleep(deadline.shortened(remaining))


def is_usual(came: Received, body: object) -> bool:
    """True for a success whose body is a JSON object or list and is declared as JSON."""
    declared = came.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return came.is_success and isinstance(body, dict | list) and declared.endswith("json")
