"""Sends a notice: a POST to a webhook, or a command with the document on its stdin. Both have a short time limit.

The address of a webhook is a credential: it is in no log line, no error and no header but the request's own.
"""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from jc1p.clients.http.exchange import Answer, RetryPolicy
from jc1p.clients.http.responses import retry_after_seconds
from jc1p.clients.http.service import HttpOptions, HttpService
from jc1p.clients.http.tls import KNOWN_ONLY, TlsFiles
from jc1p.errors import AnswerTooLarge, ConfigError, Unreachable
from jc1p.runtime.programs import environment_without, program_name
from jc1p.runtime.redaction import mask
from jc1p.runtime.signals import SIGNALS

TIMEOUT = 10.0
"""Seconds for one try, whatever the receiver does."""
TRIES = 2
WAIT, LONGEST_WAIT = 1.0, 5.0
"""Seconds between tries, unless the receiver asks for more."""
WORTH_ANOTHER_TRY = frozenset({408, 425, 429})
LONGEST_SAID = 200

Sleep = Callable[[float], Awaitable[None]]


class NotTold(Exception):
    """A receiver couldn't be reached or refused; says why, without its address."""


@dataclass(frozen=True, slots=True)
class Unsigned:
    """No credential apart from the address itself."""

    secrets: Sequence[SecretStr]
    issue: int = 0

    async def headers(self) -> dict[str, str]:
        """There are none."""
        return {}

    def refused(self, issue: int) -> bool:  # noqa: ARG002 - the protocol's signature
        """There is no other credential."""
        return False


async def post(
    url: SecretStr, body: object, *, run_id: str = "", patience: float = TIMEOUT, sleep: Sleep = asyncio.sleep,
    tls: TlsFiles = KNOWN_ONLY,
) -> None:  # fmt: skip
    """POST JSON; a receiver that is busy or unreachable gets one more try of `patience` seconds. Follows no redirect.

    Raises:
        NotTold: it was refused, or the proxy in the environment is invalid.
    """
    try:
        await post_usably(url, body, run_id, patience, sleep, tls)
    except ConfigError as error:
        raise NotTold(error.message) from None


async def post_usably(
    url: SecretStr, body: object, run_id: str, patience: float, sleep: Sleep, tls: TlsFiles
) -> None:  # fmt: skip
    retry = RetryPolicy(attempts=1, timeout=patience)
    address = url.get_secret_value()
    service = HttpService("the receiver", address, Unsigned((url,)), HttpOptions(retry, 1, run_id, tls))
    async with service:
        for attempt in range(1, TRIES + 1):
            try:
                # The path is part of the credential, so the log gets the service's name instead of the address.
                async with asyncio.timeout(patience):
                    answer = await service.look("POST", "", body=body, signed=False)
            except TimeoutError:
                reason, wait = f"no answer within {patience:g} s", WAIT
            except Unreachable as error:
                reason, wait = reason_of(error), WAIT
            except AnswerTooLarge:
                return  # a success, whatever else it says
            else:
                if httpx.codes.is_success(answer.status):
                    return
                reason, wait = refusal(answer), min(LONGEST_WAIT, retry_after_seconds(answer.headers) or WAIT)
                if answer.status < httpx.codes.INTERNAL_SERVER_ERROR and answer.status not in WORTH_ANOTHER_TRY:
                    raise NotTold(reason)
            if attempt < TRIES:
                await sleep(wait)
    raise NotTold(f"{reason}, in {TRIES} attempts")


def reason_of(error: Unreachable) -> str:
    """The reason from the connection, without the words for requests of a run."""
    said = error.message.partition("got no answer from ")[2].partition(": ")[2]
    return f"no answer: {said}" if said else error.message


def refusal(answer: Answer) -> str:
    """The meaning of a webhook's status. The body is not included: it may quote the address."""
    hints = {
        400: "it does not accept this format; check that the webhook has this type",
        401: "the address is wrong or no longer valid", 403: "the address is wrong or no longer valid",
        404: "the webhook does not exist", 410: "the webhook was deleted",
    }  # fmt: skip
    hint = hints.get(answer.status)
    if httpx.codes.is_redirect(answer.status):
        hint = "jc1p does not follow redirects; use the final address"
    return f"it answered {answer.status}" + (f": {hint}" if hint else "")


def run_command(
    argv: Sequence[str], document: str, *, timeout: float = TIMEOUT, withheld: Collection[str] = ()
) -> None:
    """Run a program without a shell, with the document on stdin; the timeout ends it with all its children.

    It doesn't get the variables in `withheld`.

    Raises:
        NotTold: it can't be run, took too long, or failed; the message has its stderr output.
    """
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
        # Files, not pipes: jc1p never has to wait for the program to read or write them.
        stdin.write(document.encode())
        stdin.seek(0)
        process = start(argv, stdin.fileno(), stderr.fileno(), withheld)
        try:
            code = process.wait(timeout)
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                raise NotTold(f"it took longer than {timeout:g} s and was ended") from None
            raise
        if code != 0:
            stderr.seek(0)
            said = " ".join(stderr.read(4096).decode(errors="replace").split())
            # Programs quote their arguments, and an argument may be a credential.
            said = mask(said, map(SecretStr, words_of(argv)))[:LONGEST_SAID]
            raise NotTold(f"it failed with exit code {code}" + (f": {said}" if said else ""))


def words_of(argv: Sequence[str]) -> set[str]:
    """The arguments of a program, and the words in them: `--token=…`, `Authorization: Bearer …`."""
    return {word for argument in argv[1:] for word in (argument, *re.split(r"[=:,\s]+", argument)) if word}


def start(argv: Sequence[str], stdin: int, stderr: int, withheld: Collection[str]) -> "subprocess.Popen[Any]":
    """Start a program in its own process group, with default signal handling.

    jc1p blocks signals by now, and a child would inherit that.
    """
    held = signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    try:
        return subprocess.Popen(  # noqa: S603 - the admin's own command, from a list, without a shell
            argv, stdin=stdin, stdout=subprocess.DEVNULL, stderr=stderr, start_new_session=True,
            env=environment_without(withheld),
        )  # fmt: skip
    except FileNotFoundError:
        raise NotTold(f"command {program_name(argv)} not found") from None
    except OSError as error:
        raise NotTold(f"cannot run {program_name(argv)}: {error.strerror}") from None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
