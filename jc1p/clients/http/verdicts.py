"""Judges an answer, or a missing one: return it, try again, or raise an error for admins."""

import os
from dataclasses import dataclass
from typing import Any

import httpx

from jc1p.clients.http.auth import Auth
from jc1p.clients.http.bodies import MOST
from jc1p.clients.http.connection_faults import BROKEN_OFF, NOTHING_SENT, words_for
from jc1p.clients.http.deadline import Deadline
from jc1p.clients.http.exchange import Answer, Asked, Received, Repeat, Transient, place_of
from jc1p.clients.http.proxies import proxies_here, proxy_of, proxy_secrets
from jc1p.clients.http.responses import decoded, loads, text_of
from jc1p.clients.http.statuses import NOTHING_DONE, SERVER_ERRORS, TOO_SLOW, hint_for, is_transient
from jc1p.errors import AnswerTooLarge, BadResponse, NotDelivered, OutcomeUnknown, ServiceError, Unreachable
from jc1p.runtime.redaction import mask, quotable

BREAKER = 10
"""After this many consecutive connection failures or 5xx the service counts as down."""

MANY = 128 * 1024
"""Bytes of all pages so far; above it, importing msgspec costs less than it saves."""

TRIES_OF_A_PAGE = 2
"""How often a page that a gateway doesn't deliver or that is too large is tried before a smaller one is requested."""


@dataclass(slots=True, eq=False, repr=False)
class Verdicts:
    """Judges the answers of one service, names it in errors, and counts its consecutive failures."""

    name: str
    auth: Auth
    address_key: str
    timeout: float
    tries_500: int
    failures_in_a_row: int = 0
    last_failure: str = ""
    page_bytes: int = 0

    def answer_or_fault(self, asked: Asked, came: Received, retry_after: float | None) -> Answer:
        """An answer to return, or a fault that leads to a retry or an error."""
        if came.status < SERVER_ERRORS:
            self.failures_in_a_row = 0
        if not is_transient(came.status):
            if came.status >= SERVER_ERRORS:
                self._failed(f"{asked} was answered {came.status} by {asked.place}")
            return self._parsed(asked, came)
        said = self.said(came)
        message = f"{asked} was answered {came.status} by {asked.place}" + (f": {said}" if said else "")
        if came.status >= SERVER_ERRORS:
            self._failed(message)
        final = self._given_up(message, hint_for(came.status))
        if asked.repeat is Repeat.CREATE and came.status not in NOTHING_DONE:
            raise OutcomeUnknown(final.message, service=self.name, hint=final.hint)
        if asked.repeat is Repeat.PAGE and came.status in TOO_SLOW:
            raise self._undelivered(final)
        tries = self.tries_500 if came.status == httpx.codes.INTERNAL_SERVER_ERROR else None
        raise Transient(final, retry_after=retry_after, tries=tries)

    def _parsed(self, asked: Asked, came: Received) -> Answer:
        """The JSON body; a 2xx without one must be empty. Error answers may hold anything."""
        content_type = came.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not came.content.strip():
            if asked.repeat is Repeat.CREATE and came.is_success:
                raise OutcomeUnknown(f"{self.name}: the answer to {asked} is empty", service=self.name)
            return Answer(came.status, came.headers, None)
        is_json = content_type.endswith("json") or not content_type
        if not came.is_success:
            return Answer(came.status, came.headers, loads(came.content), self.said(came))
        if not is_json:
            hint = "This looks like a web page or a proxy, not the API. Check the address."
            shown = f'{self.quotable(content_type) or "no content type"}, beginning "{self.said(came)}"'
            kind = OutcomeUnknown if asked.repeat is Repeat.CREATE else BadResponse
            raise kind(f"{self.name}: {asked} was answered with {shown}", service=self.name, hint=hint)
        body = self._page(came.content) if asked.rows_apart else loads(came.content)
        if body is None and decoded(came.content, came.headers).strip() != "null":
            what = f"{self.name}: the answer to {asked} from {asked.place} is invalid JSON"
            hint = "The connection or a proxy may have cut the answer off. Try again, or run `jc1p doctor`."
            final = BadResponse(what, service=self.name, hint=hint)
            if asked.repeat is Repeat.CREATE:
                raise OutcomeUnknown(final.message, service=self.name, hint=hint)
            raise Transient(final)
        return Answer(came.status, came.headers, body, "")

    def _page(self, content: bytes) -> Any:
        """A page of a list; once there were many rows, those of further pages stay bytes."""
        self.page_bytes += len(content)
        if self.page_bytes < MANY:
            return loads(content)
        from jc1p.clients.http.large_pages import split_page  # noqa: PLC0415 - msgspec pays only for many rows

        return split_page(content)

    def said(self, came: Received) -> str:
        """The message of an answer; a gateway may quote the refused credential, so it is masked."""
        return text_of(came.content, came.headers, hide=self.quotable)

    def quotable(self, text: str) -> str:
        """Text of the service without secrets; "" if too much of one is left."""
        return quotable(text, [*self.auth.secrets, *proxy_secrets(os.environ)])

    def _masked(self, text: str) -> str:
        return mask(text, [*self.auth.secrets, *proxy_secrets(os.environ)])

    def connection_fault(self, asked: Asked, error: Exception) -> Exception:
        """The error for a request without an answer: the host, the proxy in between, and what to do."""
        through = proxy_of(asked.url, proxies_here())
        words = words_for(
            error, address_key=self.address_key, proxy_variable=through[0] if through else "",
            seconds=self.timeout,
        )  # fmt: skip
        by_way = f" through the proxy {place_of(through[1].geturl())}" if through else ""
        what = self._masked(f"{asked} got no answer from {asked.place}{by_way}: {self.quotable(words.what)}")
        self._failed(what)
        final = self._given_up(what, words.hint)
        if asked.repeat is Repeat.CREATE and not isinstance(error, NOTHING_SENT):
            return OutcomeUnknown(final.message, service=self.name, hint=final.hint)
        if words.is_lasting:
            return final
        if asked.repeat is Repeat.PAGE and isinstance(error, BROKEN_OFF):
            return self._undelivered(final)
        return Transient(final)

    def _failed(self, what: str) -> None:
        self.failures_in_a_row += 1
        self.last_failure = what

    def _given_up(self, what: str, hint: str) -> Unreachable:
        return Unreachable(f"{self.name}: {what}", service=self.name, hint=hint)

    def _undelivered(self, final: Unreachable) -> Transient:
        smaller = NotDelivered(final.message, service=self.name, hint=final.hint)
        return Transient(smaller, tries=TRIES_OF_A_PAGE)

    def too_large(self, asked: Asked) -> Exception:
        """The error for a body over the limit."""
        what = f"{self.name}: {asked} was answered with more than {MOST // 1024 // 1024} MB ({asked.place})"
        hint = "Check that this is the address of the service."
        if asked.repeat is Repeat.CREATE:
            return OutcomeUnknown(what, service=self.name, hint=hint)
        final = AnswerTooLarge(what, service=self.name, hint=hint)
        return final if asked.repeat is Repeat.PAGE else Transient(final, tries=TRIES_OF_A_PAGE)

    def too_late(self, asked: Asked, deadline: Deadline) -> ServiceError:
        """The error when the deadline passes while an answer is arriving, or before there is one."""
        what = f"{asked} got no complete answer from {asked.place} within {deadline.seconds:g} s"
        hint = "The service or the network is slow. Try again later, or raise http.max_elapsed."
        if deadline.fault:
            what, hint = f"{what}; previous attempt: {deadline.fault.message}", deadline.fault.hint or hint
        self._failed(what)
        final = self._given_up(what, hint)
        if asked.repeat is Repeat.CREATE and deadline.is_sent:
            return OutcomeUnknown(final.message, service=self.name, hint=final.hint)
        return final

    def down(self) -> Unreachable:
        """The error for a service that counts as down."""
        hint = "Check that the service is up, then run again. Nothing is lost."
        return Unreachable(
            f"{self.name} is unavailable: {BREAKER} requests in a row failed. Last error: {self.last_failure}",
            service=self.name, hint=hint,
        )  # fmt: skip
