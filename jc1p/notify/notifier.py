"""`notify:` of the configuration: notifies receivers of a finished run, once for a problem that lasts over many.

Nothing here changes the result of the run: a receiver that can't be reached causes a warning.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from jc1p.clients.http.tls import KNOWN_ONLY, TlsFiles, tls_context
from jc1p.config.models import Config
from jc1p.config.notify import Receiver, check_webhook_url
from jc1p.config.secrets import Given, resolve_secret
from jc1p.config.secrets import describe as describe_secret
from jc1p.config.settings import bridge_host
from jc1p.core.run_record import RunRecord
from jc1p.errors import ConfigError, ExitCode, Interrupted
from jc1p.notify.formats import as_document, as_slack, as_teams
from jc1p.notify.incident_file import Told, read_told, write_told
from jc1p.notify.incidents import Decision, Episodes, decide
from jc1p.notify.messages import Surroundings, describe
from jc1p.notify.senders import NotTold, post, run_command
from jc1p.notify.triggers import occasion_of

LONGEST, LONGEST_AFTER_A_SIGNAL = 30.0, 5.0
"""Seconds for all receivers together, which are notified in parallel; shorter after a signal."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """The run to notify receivers of, and the output: `warn` prints a line on stderr.

    `hide` registers a secret for masking; `masked` is a text without the secrets known so far.
    """

    record: RunRecord
    exit_code: ExitCode
    config: Config
    config_path: Path | None
    folder: Path
    is_narrow: bool
    is_attended: bool
    warn: Callable[[str], None]
    hide: Callable[[SecretStr], None]
    masked: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One receiver and what to send it."""

    name: str
    id: str
    receiver: Receiver
    decision: Decision

    def outcome(self, *, told: bool) -> Episodes:
        """What it knows afterwards."""
        return self.decision.if_told if told else self.decision.if_not


def tell_receivers(run: FinishedRun) -> None:
    """Notify all receivers to which the run is news, and remember them. Raises OSError when that can't be written."""
    occasion = occasion_of(run.record, run.exit_code, is_narrow=run.is_narrow, is_attended=run.is_attended)
    if occasion is None:
        return
    before, now = read_told(run.folder, warn=run.warn), run.record.created_at
    calls = [
        Delivery(f"notify[{position}] ({each.kind})", id_ := receiver_id(each), each,
             decide(before.get(id_, {}).get(run.record.command, {}), occasion, each.on, each.remind, now))
        for position, each in enumerate(run.config.notify)
    ]  # fmt: skip
    told = asyncio.run(tell_all(run, [call for call in calls if call.decision.tell]))
    after = {**{call.id: dict(before.get(call.id, {})) for call in calls}}
    for call in calls:
        after[call.id][run.record.command] = call.outcome(told=call.name in told)
    if without_nothing(after) != without_nothing(before):
        try:
            write_told(run.folder, after)
        except OSError as error:
            raise OSError(
                f"cannot save which notifications were sent, so they will be sent again: {error.strerror or error}"
            ) from None


def receiver_id(receiver: Receiver) -> str:
    """An id of a receiver from its address and settings that doesn't reveal the address."""
    url = receiver.url
    where = url.value.get_secret_value() if isinstance(url, Given) else describe_secret(url) if url else receiver.exec
    wants = (sorted(receiver.on), receiver.detail, receiver.remind)
    return hashlib.sha256(f"{receiver.kind} {where} {wants}".encode()).hexdigest()[:16]


def without_nothing(told: Told) -> Mapping[str, Any]:
    """Without empty parts."""
    kept = {id_: {name: each for name, each in commands.items() if each} for id_, commands in told.items()}
    return {id_: commands for id_, commands in kept.items() if commands}


async def tell_all(run: FinishedRun, calls: list[Delivery]) -> set[str]:
    """Notify all in parallel; returns the names of those that were reached. The others cause a warning."""
    longest = LONGEST_AFTER_A_SIGNAL if isinstance(run.record.error, Interrupted) else LONGEST
    results = await asyncio.gather(*(tell_one(run, call, longest) for call in calls))
    reasons = {call.name: reason for call, reason in zip(calls, results, strict=True) if reason}
    for name, reason in reasons.items():
        run.warn(f"cannot notify {name}: {reason}; the run's result and exit code {run.exit_code} are unaffected")
    return {call.name for call in calls} - reasons.keys()


async def tell_one(run: FinishedRun, call: Delivery, longest: float) -> str:
    """Notify a receiver; returns why it wasn't reached, "" if it was."""
    try:
        async with asyncio.timeout(longest):
            await hand_over(run, call, min(call.receiver.timeout, longest))
    except TimeoutError:
        return f"it took longer than {longest:.0f} s"
    except (NotTold, ConfigError) as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - a failing receiver must not affect the others
        return f"unexpected {type(error).__name__}: {error}"
    return ""


async def hand_over(run: FinishedRun, call: Delivery, patience: float) -> None:
    receiver = call.receiver
    where = Surroundings(bridge_host(run.config), str(run.config_path))
    notice = describe(run.record, run.exit_code, call.decision, where, detail=receiver.detail)
    document = as_document(notice, run.record, run.exit_code, call.decision, where)
    forms = {"slack": as_slack, "teams": as_teams}
    body = forms[receiver.kind](notice) if receiver.kind in forms else document
    text = run.masked(json.dumps(body, ensure_ascii=False))
    if receiver.exec:
        withheld = run.config.secret_variables
        await asyncio.to_thread(run_command, receiver.exec, text + "\n", timeout=patience, withheld=withheld)
        return
    if receiver.url:
        key = f"{call.name.partition(' ')[0]}.{receiver.kind}"
        withheld = run.config.secret_variables
        url = await asyncio.to_thread(resolve_secret, receiver.url, key=key, timeout=patience, withheld=withheld)
        run.hide(url)
        try:
            check_webhook_url(url.get_secret_value())
        except ValueError as wrong:
            raise NotTold(str(wrong)) from None
        tls = trusted(run.config.http.ca_file)
        await post(url, json.loads(text), run_id=run.record.run_id, patience=patience, tls=tls)


def trusted(ca_file: Path | None) -> TlsFiles:
    """The configured authorities; without them if the file can't be read, since that error must arrive, too."""
    if ca_file is None:
        return KNOWN_ONLY
    try:
        tls_context(TlsFiles(ca_file))
    except ConfigError:
        return KNOWN_ONLY
    return TlsFiles(ca_file)
