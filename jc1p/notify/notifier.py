"""`notify:` of the configuration: telling its receivers of a finished run, each once for what goes on over many.

Nothing here changes what the run came to: whoever can't be told is a warning.
"""

import asyncio
import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jc1p.cli.streams import hide, masked
from jc1p.config.notify import Receiver, check_webhook_url
from jc1p.config.secrets import Given, resolve_secret
from jc1p.config.secrets import describe as describe_secret
from jc1p.config.settings import bridge_host
from jc1p.errors import ConfigError, Interrupted
from jc1p.notify.formats import as_document, as_slack, as_teams
from jc1p.notify.incident_file import Told, read_told, write_told
from jc1p.notify.incidents import Decision, Episodes, decide
from jc1p.notify.messages import Surroundings, describe
from jc1p.notify.senders import NotTold, post, run_command
from jc1p.notify.triggers import occasion_of
from jc1p.reports.text import print_warning

if TYPE_CHECKING:
    from jc1p.cli.session import Session

LONGEST, LONGEST_AFTER_A_SIGNAL = 30.0, 5.0
"""Seconds for all receivers together, who are told at once; whoever sent a signal doesn't wait for long."""


@dataclass(frozen=True, slots=True)
class Call:
    """One receiver and what it is to be told."""

    name: str
    id: str
    receiver: Receiver
    decision: Decision

    def outcome(self, *, told: bool) -> Episodes:
        """What it knows afterwards."""
        return self.decision.if_told if told else self.decision.if_not


def tell_receivers(here: "Session", exit_code: int) -> None:
    """Tell everybody to whom the run is news, and remember who was told. Raises OSError when that can't be written."""
    if here.config is None or here.folder is None or not here.config.notify:
        return
    occasion = occasion_of(
        here.record, exit_code, is_narrow=here.is_narrow, is_attended=sys.stdin is not None and sys.stdin.isatty()
    )
    if occasion is None:
        return
    before, now = read_told(here.folder, warn=lambda said: print_warning(here.err, said)), here.record.created_at
    calls = [
        Call(f"notify[{position}] ({each.kind})", id_ := receiver_id(each), each,
             decide(before.get(id_, {}).get(here.record.command, {}), occasion, each.on, each.remind, now))
        for position, each in enumerate(here.config.notify)
    ]  # fmt: skip
    told = asyncio.run(tell_all(here, exit_code, [call for call in calls if call.decision.tell]))
    after = {**{call.id: dict(before.get(call.id, {})) for call in calls}}
    for call in calls:
        after[call.id][here.record.command] = call.outcome(told=call.name in told)
    if without_nothing(after) != without_nothing(before):
        try:
            write_told(here.folder, after)
        except OSError as error:
            raise OSError(f"what was told can't be remembered, and is told again: {error.strerror or error}") from None


def receiver_id(receiver: Receiver) -> str:
    """A receiver by its address and what it wants, in a form that gives no address away."""
    url = receiver.url
    where = url.value.get_secret_value() if isinstance(url, Given) else describe_secret(url) if url else receiver.exec
    wants = (sorted(receiver.on), receiver.detail, receiver.remind)
    return hashlib.sha256(f"{receiver.kind} {where} {wants}".encode()).hexdigest()[:16]


def without_nothing(told: Told) -> Mapping[str, Any]:
    """Only what says something."""
    kept = {id_: {name: each for name, each in commands.items() if each} for id_, commands in told.items()}
    return {id_: commands for id_, commands in kept.items() if commands}


async def tell_all(here: "Session", exit_code: int, calls: list[Call]) -> set[str]:
    """Tell all at once; the names of those who were reached. Whoever wasn't is a warning."""
    longest = LONGEST_AFTER_A_SIGNAL if isinstance(here.record.error, Interrupted) else LONGEST
    results = await asyncio.gather(*(tell_one(here, exit_code, call, longest) for call in calls))
    reasons = {call.name: reason for call, reason in zip(calls, results, strict=True) if reason}
    for name, reason in reasons.items():
        print_warning(here.err, f"{name} wasn't told: {reason}; the run itself is as shown, exit code {exit_code}")
    return {call.name for call in calls} - reasons.keys()


async def tell_one(here: "Session", exit_code: int, call: Call, longest: float) -> str:
    """Tell a receiver; why it wasn't reached, "" when it was."""
    try:
        async with asyncio.timeout(longest):
            await hand_over(here, exit_code, call, min(call.receiver.timeout, longest))
    except TimeoutError:
        return f"it took longer than {longest:.0f} s"
    except (NotTold, ConfigError) as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - one receiver's trouble keeps none of the others from being told
        return f"unexpected {type(error).__name__}: {error}"
    return ""


async def hand_over(here: "Session", exit_code: int, call: Call, patience: float) -> None:
    config, receiver = here.config, call.receiver
    where = Surroundings(bridge_host(config) if config else "", str(here.config_path))
    notice = describe(here.record, exit_code, call.decision, where, detail=receiver.detail)
    document = as_document(notice, here.record, exit_code, call.decision, where)
    forms = {"slack": as_slack, "teams": as_teams}
    body = forms[receiver.kind](notice) if receiver.kind in forms else document
    text = masked(json.dumps(body, ensure_ascii=False))
    if receiver.exec:
        await asyncio.to_thread(run_command, receiver.exec, text + "\n", timeout=patience)
        return
    if receiver.url:
        key = f"{call.name.partition(' ')[0]}.{receiver.kind}"
        url = await asyncio.to_thread(resolve_secret, receiver.url, key=key, timeout=patience)
        hide(url)
        try:
            check_webhook_url(url.get_secret_value())
        except ValueError as wrong:
            raise NotTold(str(wrong)) from None
        await post(url, json.loads(text), run_id=here.record.run_id, patience=patience)
