"""`jc1p doctor`: load, ask both services and this machine, judge, show. Changes nothing."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from jc1p.cli.actions.canary import CanaryOptions, exit_code_of, is_paused, take_canary
from jc1p.cli.actions.recording import RecordOptions, save_recording
from jc1p.cli.session import Session, session
from jc1p.cli.terminal.progress import reading
from jc1p.cli.terminal.stop_signals import stop_on_signals
from jc1p.cli.terminal.streams import hide
from jc1p.cli.usage.options import Common, Output
from jc1p.clients.http.exchange import unheard
from jc1p.clients.http.proxies import proxy_secrets
from jc1p.config import Loaded, find_config, load_config
from jc1p.config.secrets import missing_program
from jc1p.config.settings import Credentials, Settings, bridge_host, fetch_credentials, settings_of, state_folder_of
from jc1p.doctor import Examined, Finding, Severity, judge, to_ask
from jc1p.doctor.checks.op_cli import NOT_SET_UP
from jc1p.doctor.observations import BridgeSeen, CliSeen, JumpCloudSeen
from jc1p.doctor.probes.bridge import ask_bridge
from jc1p.doctor.probes.jumpcloud import ask_jumpcloud
from jc1p.doctor.probes.machine import Remembered, ask_machine, ask_state
from jc1p.doctor.probes.op_cli import ask_op, invitations
from jc1p.doctor.record.recording import Recording
from jc1p.errors import ExitCode
from jc1p.reports.doctor import finding_values, print_findings, print_trouble, summary_values
from jc1p.reports.notices import print_sides
from jc1p.sync.clients import Clients, open_clients
from jc1p.sync.run_deadline import RunDeadline

TRIES, PATIENCE = 2, 60.0
"""Tries and seconds per request: a diagnosis shows what is wrong now and doesn't wait until it has passed."""


def run_doctor(common: Common, output: Output, options: RecordOptions, canary: CanaryOptions) -> None:
    """`jc1p doctor`. Raises typer.Exit."""
    more = [*(["recording"] if options.file else []), *(["canary"] if canary.is_wanted else [])]
    answers = ("organization", "bridge", "findings", "to_ask", "summary", *more)
    with session("doctor", common, output, dry_run=not canary.is_wanted, answers=answers) as here:
        options.check()
        canary.check(options.file)
        if canary.is_wanted and is_paused(here):
            return
        recording = Recording() if options.file else None
        findings, questions = diagnose(here, os.environ, verbose=common.verbose, recording=recording)
        here.body = {
            "organization": here.record.organization,
            "bridge": here.record.bridge,
            "findings": [finding_values(finding) for finding in findings],
            "to_ask": list(questions),
            "summary": summary_values(findings),
            **dict.fromkeys(more),
        }
        if recording and options.file:
            record_more(here, recording, options, canary)


def record_more(here: Session, recording: Recording, options: RecordOptions, canary: CanaryOptions) -> None:
    """Run the canary if wanted, and save the recording. Failures decide the exit code."""
    code, here.exit_code = here.exit_code, None
    if canary.is_wanted:
        flight = take_canary(here, canary, recording)
        if flight is None:
            return
        code = exit_code_of(flight, code)
    saved = save_recording(here, recording, options.file or Path(), ask=options.ask)
    here.exit_code, here.body = code, {**(here.body or {}), "recording": saved}


def diagnose(
    here: Session, environment: Mapping[str, str], *, verbose: bool, recording: Recording | None = None
) -> tuple[Sequence[Finding], Sequence[str]]:
    """Examine, judge, show as text, and set the exit code; returns the findings and the manual checks."""
    seen = examine(here, environment, recording)
    findings, questions = judge(seen), to_ask(seen.bridge)
    failed = any(finding.status is Severity.FAILURE for finding in findings)
    here.exit_code = ExitCode.FAILED if failed else ExitCode.DONE
    if here.output is Output.TEXT and here.common.quiet:
        print_trouble(here.out, findings)
    elif here.output is Output.TEXT:
        print_sides(here.out, here.record)
        print_findings(here.out, findings, questions, verbose=verbose)
    return findings, questions


def examine(here: Session, environment: Mapping[str, str], recording: Recording | None = None) -> Examined:
    """Everything that can be seen; a recording asks more. Raises ConfigError before any network access."""
    loaded = load_config(find_config(here.common.config, environment), environment)
    here.learn(bridge=bridge_host(loaded.config))
    credentials = fetch_credentials(loaded)
    hide(*credentials.secrets, *proxy_secrets(os.environ))
    folder = state_folder_of(loaded.config)
    seen = asyncio.run(ask_services(here, loaded, credentials, recording))
    # Separately, after the services: a program that hangs must not delay their answers, and Ctrl-C ends it at once.
    return replace(seen, cli=ask_cli_of(loaded, folder))


def ask_cli_of(loaded: Loaded, folder: Path) -> CliSeen | None:
    """The output of the 1Password CLI, and how long jc1p's invitations have been waiting."""
    says = ask_op(loaded.config.secret_variables)
    is_anyone_waiting = says and any(user.state == NOT_SET_UP for user in says.users or ())
    return replace(says, invited=invitations(folder)) if says and is_anyone_waiting else says


async def ask_services(
    here: Session, loaded: Loaded, credentials: Credentials, recording: Recording | None
) -> Examined:  # fmt: skip
    remembered = ask_state(state_folder_of(loaded.config))
    with stop_on_signals(grace=0):
        return await ask_all(here, loaded, credentials, remembered, recording)


async def ask_all(
    here: Session, loaded: Loaded, credentials: Credentials, remembered: Remembered, recording: Recording | None
) -> Examined:
    """Both services, within the time limit of a run, and this machine."""
    config, settings, now = loaded.config, settings_of(loaded.config), here.record.created_at
    folder, listen = state_folder_of(config), recording.tape.hear if recording else unheard
    async with open_clients(
        impatient(settings), credentials, here.record.run_id, on_token=hide, listen=listen
    ) as clients:
        try:
            with reading(here.err, clients):
                async with RunDeadline(settings.max_run).ending():
                    source, target = await ask_sides(clients, loaded, settings, now)
                    if recording:
                        async with asyncio.TaskGroup() as tasks:
                            label = settings.scope.application
                            tasks.create_task(recording.ask_jumpcloud(clients.jumpcloud, source, label))
                            tasks.create_task(recording.ask_bridge(clients.bridge, target))
        finally:
            here.learn(requests=clients.requests, organization=clients.jumpcloud.organization)
    return Examined(
        machine=ask_machine(
            loaded.path, loaded.secret_warnings, folder, remembered, now,
            tls=settings.bridge_tls,
            ignored_keys=tuple(each.message for each in loaded.ignored_keys),
            untrusted=loaded.untrusted,
            told_of=frozenset(event for receiver in config.notify for event in receiver.on),
            lost_receivers=tuple(
                f"notify[{position}].exec: {why}"
                for position, each in enumerate(config.notify)
                if each.exec and (why := missing_program(each.exec[0]))
            ),
        ),
        jumpcloud=source,
        bridge=target,
        scope=settings.scope,
        policy=settings.policy,
        limits=settings.limits,
        now=now,
        links=remembered.links,
        memory=remembered.memory,
    )  # fmt: skip


async def ask_sides(
    clients: Clients, loaded: Loaded, settings: Settings, now: datetime
) -> tuple[JumpCloudSeen, BridgeSeen]:
    """Both services in parallel."""
    config, scope = loaded.config, settings.scope
    async with asyncio.TaskGroup() as tasks:
        source = tasks.create_task(
            ask_jumpcloud(clients.jumpcloud, config.jumpcloud, scope, settings.extra_fields, now)
        )
        target = tasks.create_task(ask_bridge(clients.bridge, config.onepassword, settings.bridge_tls))
    return source.result(), target.result()


def impatient(settings: Settings) -> Settings:
    """The same with fewer retries."""
    retry = settings.retry
    fewer = retry._replace(attempts=min(retry.attempts, TRIES), max_elapsed=min(retry.max_elapsed, PATIENCE))
    return settings._replace(retry=fewer)
