"""Sending requests: one connection pool a service, retries in one place, errors for people.

The only room that imports httpx. It leaves to jumpcloud.py and scim.py what a request means; they say how it
may be repeated (Repeat) and get JSON, or one of the errors of errors.py.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import count
from types import TracebackType
from typing import Any, Self

import httpx
from aiolimiter import AsyncLimiter
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.stop import stop_after_attempt

from jc1p import __version__
from jc1p.clients.http.auth import Auth
from jc1p.clients.http.pace import Pace
from jc1p.clients.http.responses import loads, retry_after_seconds, text_of
from jc1p.clients.http.tls import is_loopback, no_tls_context, tls_context
from jc1p.clients.http.urls import FORM, Params, encoded, path_template, query_string
from jc1p.errors import BadResponse, OutcomeUnknown, Unreachable
from jc1p.runtime.redaction import mask

log = logging.getLogger("jc1p.http")

BASE_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds; the wait before try n is random between 0 and BASE_WAIT * 2**n (full jitter)."""

TRANSIENT = frozenset({408, 425, 429, 502, 503, 504})
REFUSED_FOR_NOW = frozenset({429, 503})
"""Answers that ask for a slower pace."""
NOTHING_DONE = frozenset({429})
"""Answers that say nothing was done: even a create may be repeated after them. A gateway's 503 doesn't say so."""


TURNS = 8
"""Rounds of the event loop between an answer and its parsing: so many it takes until the next request is on its way,
and one page is parsed at a time, or the service would wait for us while we parse."""

BREAKER = 10
"""Consecutive connection failures or 5xx after which the service counts as down."""

NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

Sleep = Callable[[float], Awaitable[None]]


class Repeat(Enum):
    """How a request may be repeated: by what it does, not only by the answer."""

    FREELY = auto()
    """Reads, and writes that set a value: every transient fault."""
    CREATE = auto()
    """A POST that creates: only when certainly nothing was done; any doubt raises OutcomeUnknown."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Limits for one request with all its repetitions; `max_elapsed` and `timeout` are in seconds."""

    attempts: int = 5
    max_elapsed: float = 300.0
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON answer: status, headers, and the parsed body (None when there was none); `seconds` where they matter."""

    status: int
    headers: httpx.Headers
    body: Any
    text: str = ""
    seconds: float = 0.0
    issue: int = 0
    """Which credential the request bore, 0 for none."""


class _Transient(Exception):
    """A fault worth another try: what to raise when there is none left, how long to wait, how many tries at most."""

    def __init__(self, final: Exception, *, retry_after: float | None = None, tries: int | None = None) -> None:
        super().__init__(str(final))
        self.final = final
        self.retry_after = retry_after
        self.tries = tries


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it is to be sent; as text, what people are told of it."""

    method: str
    path: str
    url: str
    body: object
    repeat: Repeat
    signed: bool
    headers: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.method} {path_template(self.path)}"


@dataclass(slots=True)
class HttpService:
    """One service: its address, credential, limits and counters. Use as an async context manager."""

    name: str
    base_url: str
    auth: Auth
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    concurrency: int = 8
    rate: float = 500.0
    run_id: str = ""
    media_type: str = "application/json"
    tries_500: int = 5
    sleep: Sleep = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    requests: int = 0
    retries: int = 0
    """Of the requests, those that repeat one."""
    _client: httpx.AsyncClient = field(init=False)
    _pace: Pace = field(init=False)
    _limiter: AsyncLimiter = field(init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _resume_at: float = 0.0
    _failures_in_a_row: int = 0

    async def __aenter__(self) -> Self:
        agent = f"jc1p/{__version__}" + (f" (run {self.run_id})" if self.run_id else "")
        limits = httpx.Limits(max_connections=self.concurrency, max_keepalive_connections=self.concurrency)
        self._client = httpx.AsyncClient(
            verify=no_tls_context() if self.base_url.startswith("http://") else tls_context(),
            timeout=httpx.Timeout(self.retry.timeout, connect=min(10.0, self.retry.timeout)),
            limits=limits,
            follow_redirects=False,
            trust_env=not is_loopback(self.base_url),
            headers={"User-Agent": agent, "Accept": f"{self.media_type}, application/json;q=0.9"},
        )
        self._pace = Pace(self.name, self.concurrency, self.clock)
        self._limiter = AsyncLimiter(self.concurrency, self.concurrency / self.rate)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def get(self, path: str, params: Params | None = None, *, signed: bool = True) -> Answer:
        """GET; `signed` False leaves the credential out. See `send`."""
        return await self.send("GET", path, params=params, signed=signed)

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
    ) -> Answer:
        """Send, repeating as `repeat` and the policy allow; any status below 600 that isn't transient comes back.

        Raises:
            Unreachable: no usable answer within the policy, or the service is down.
            OutcomeUnknown: a create was sent and its answer lost.
            BadResponse: a 2xx that isn't JSON.
        """
        if self._failures_in_a_row >= BREAKER:
            raise self._down(f"{BREAKER} requests in a row failed")
        url = self.base_url + path + query_string(params)
        started, attempts = self.clock(), count(1)

        async def once() -> Answer:
            return await self._attempt(
                Asked(method, path, url, body, repeat, signed=signed, headers=headers or {}), next(attempts)
            )

        def out_of_time(state: RetryCallState) -> bool:
            return self.clock() - started + self._next_wait(state) > self.retry.max_elapsed

        retrying = AsyncRetrying(
            stop=lambda state: stop_after_attempt(self._tries(state))(state) or out_of_time(state),
            wait=self._next_wait,
            retry=retry_if_exception_type(_Transient),
            sleep=self.sleep,
            before_sleep=self._log_retry(),
            reraise=True,
        )
        try:
            answer: Answer = await retrying(once)
            if answer.status == httpx.codes.UNAUTHORIZED and signed and self.auth.refused(answer.issue):
                answer = await retrying(once)
        except _Transient as fault:
            raise fault.final from None
        return answer

    async def send_form(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str]) -> Answer:
        """POST a form to a full URL, as OAuth token endpoints want it. See `send` for the errors."""
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
        """One try, and whatever comes is the answer: any status, any body. For diagnoses, and for reading only.

        `base_url` is another address of the same service, which gets the same credential.

        Raises:
            Unreachable: nothing came.
        """
        url = (self.base_url if base_url is None else base_url) + path + query_string(params)
        began = self.clock()
        try:
            asked = Asked(method, path, url, body, Repeat.FREELY, signed=signed, headers=headers or {})
            response = await self._exchange(asked)
        except _Transient as fault:
            raise fault.final from None
        seconds = self.clock() - began
        return Answer(response.status_code, response.headers, loads(response), self._said(response), seconds)

    # --- one attempt ------------------------------------------------------------------------------------

    async def _attempt(self, asked: Asked, attempt: int) -> Answer:
        response = await self._exchange(asked, attempt)
        async with self._turn:
            for _ in range(TURNS):
                await asyncio.sleep(0)
        return replace(self._judge(str(asked), response, asked.repeat), issue=response.extensions["issue"])

    async def _exchange(self, asked: Asked, attempt: int = 1) -> httpx.Response:
        """A request and what came back, or the fault that nothing did."""
        waiting = self.clock()
        headers = {"Content-Type": self.media_type} if asked.body is not None else {}
        headers |= dict(asked.headers) | (await self.auth.headers() if asked.signed else {})
        issue = self.auth.issue
        content = encoded(asked.body, headers.get("Content-Type", ""))
        async with self._pace:
            await self._wait_for_service()
            async with self._limiter:
                self.requests += 1
                self.retries += attempt > 1
                began = self.clock()
                try:
                    response = await self._client.request(asked.method, asked.url, content=content, headers=headers)
                except httpx.HTTPError as error:
                    self._log(asked, attempt, waiting, began, error=type(error).__name__)
                    self._pace.in_trouble(type(error).__name__, began)
                    raise self._connection_fault(str(asked), error, asked.repeat) from error
        self._log(asked, attempt, waiting, began, status=response.status_code)
        if response.status_code in REFUSED_FOR_NOW:
            self._pace.in_trouble(f"answered {response.status_code}", began)
        else:
            self._pace.answered(str(asked), began)
        response.extensions["issue"] = issue
        return response

    def _log(self, asked: Asked, attempt: int, waiting: float, began: float, **outcome: object) -> None:
        """One line a request: no query and no body, since these hold names and addresses."""
        said = outcome.get("status") or outcome.get("error")
        log.info("%s %s -> %s", self.name, asked, said, extra={"fields": {
            "service": self.name, "method": asked.method, "path": path_template(asked.path), "status": None, **outcome,
            "attempt": attempt, "wait_ms": round(1000 * (began - waiting)),
            "ms": round(1000 * (self.clock() - began)), "run_id": self.run_id,
        }})  # fmt: skip

    def _judge(self, asked: str, response: httpx.Response, repeat: Repeat) -> Answer:
        """An answer to hand over, or a fault to repeat or give up on."""
        status = response.status_code
        is_500 = status == httpx.codes.INTERNAL_SERVER_ERROR
        self._failures_in_a_row = self._failures_in_a_row + 1 if status >= httpx.codes.INTERNAL_SERVER_ERROR else 0
        if status in TRANSIENT or is_500:
            final = self._given_up(f"{asked} was answered {status}: {self._said(response)}")
            retry_after = retry_after_seconds(response.headers)
            if retry_after is not None:
                self._resume_at = max(self._resume_at, self.clock() + min(retry_after, LONGEST_WAIT * 5))
            if repeat is Repeat.CREATE and status not in NOTHING_DONE:
                raise OutcomeUnknown(final.message, service=self.name, hint=final.hint)
            raise _Transient(final, retry_after=retry_after, tries=self.tries_500 if is_500 else None)
        return self._parsed(asked, response, repeat)

    def _parsed(self, asked: str, response: httpx.Response, repeat: Repeat) -> Answer:
        """The JSON body; a 2xx without one must be empty. Error answers may hold anything."""
        content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not response.content.strip():
            if repeat is Repeat.CREATE and response.is_success:
                raise OutcomeUnknown(f"{self.name}: {asked} was answered with nothing", service=self.name)
            return Answer(response.status_code, response.headers, None)
        is_json = content_type.endswith("json") or not content_type
        if not response.is_success:
            return Answer(response.status_code, response.headers, loads(response), self._said(response))
        if not is_json:
            hint = "Check the address: this looks like a web page or a proxy, not the API."
            shown = f'{content_type or "no content type"}, beginning "{self._said(response)}"'
            kind = OutcomeUnknown if repeat is Repeat.CREATE else BadResponse
            raise kind(f"{self.name}: {asked} was answered with {shown}", service=self.name, hint=hint)
        body = loads(response)
        if body is None and response.text.strip() != "null":
            final = BadResponse(f"{self.name}: {asked} was answered with broken JSON", service=self.name)
            if repeat is Repeat.CREATE:
                raise OutcomeUnknown(final.message, service=self.name)
            raise _Transient(final)
        return Answer(response.status_code, response.headers, body, "")

    def _said(self, response: httpx.Response) -> str:
        """What an answer says; a gateway may quote the credential that it refuses."""
        return text_of(response, hide=self._hide)

    def _hide(self, text: str) -> str:
        return mask(text, self.auth.secrets)

    def _connection_fault(self, asked: str, error: httpx.HTTPError, repeat: Repeat) -> Exception:
        self._failures_in_a_row += 1
        reason = self._hide(str(error)) or type(error).__name__
        if isinstance(error, httpx.ConnectError) and "CERTIFICATE" in reason.upper():
            hint = "Is the chain complete, with intermediate certificates, and is the host name the certificate's?"
            return Unreachable(
                f"{self.name}: the TLS certificate is not trusted: {reason}", service=self.name, hint=hint
            )
        final = self._given_up(f"{asked} got no answer ({reason})")
        if repeat is Repeat.CREATE and not isinstance(error, NOTHING_SENT):
            return OutcomeUnknown(final.message, service=self.name, hint=final.hint)
        return _Transient(final)

    # --- waiting ----------------------------------------------------------------------------------------

    def _next_wait(self, state: RetryCallState) -> float:
        """Seconds until the next try: what the service asked for, else exponential with full jitter."""
        fault = state.outcome.exception() if state.outcome else None
        if isinstance(fault, _Transient) and fault.retry_after is not None:
            return min(fault.retry_after, LONGEST_WAIT * 5)
        longest = min(LONGEST_WAIT, BASE_WAIT * 2 ** (state.attempt_number - 1))
        return jitter(state, longest)

    def _tries(self, state: RetryCallState) -> int:
        fault = state.outcome.exception() if state.outcome else None
        limit = fault.tries if isinstance(fault, _Transient) else None
        return min(self.retry.attempts, limit or self.retry.attempts)

    async def _wait_for_service(self) -> None:
        """A Retry-After stops all calls to the service, not just the one that got it."""
        remaining = self._resume_at - self.clock()
        if remaining > 0:
            await self.sleep(remaining)

    def _log_retry(self) -> Callable[[RetryCallState], None]:
        def tell(state: RetryCallState) -> None:
            fault = state.outcome.exception() if state.outcome else None
            reason = fault.final if isinstance(fault, _Transient) else fault
            wait = state.next_action.sleep if state.next_action else 0
            log.warning("%s; try %d of %d in %.1f s", reason, state.attempt_number + 1, self.retry.attempts, wait)

        return tell

    def _given_up(self, what: str) -> Unreachable:
        return Unreachable(f"{self.name}: {what}", service=self.name, hint="It may be down or busy; try again later.")

    def _down(self, why: str) -> Unreachable:
        hint = "Check that the service is up, then run again: nothing is lost."
        return Unreachable(f"{self.name} is not usable: {why}", service=self.name, hint=hint)


def jitter(state: RetryCallState, longest: float) -> float:
    """A random wait, the same when asked twice about one try (stop and wait both ask)."""
    chooser = random.Random(f"{id(state)}-{state.attempt_number}")  # noqa: S311 - jitter needs no cryptography
    return chooser.uniform(0, longest)
