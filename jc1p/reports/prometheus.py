"""A run as Prometheus metrics, for the textfile collector of node_exporter: docs/metrics.md has the list.

There is one set of samples per command and bridge. The file is rewritten as a whole each time. So what a failing run
can't know (the time of the last good run) is copied from the earlier file.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite

from jc1p import __version__
from jc1p.core.commands import Command
from jc1p.core.guard import LIMIT_KEYS
from jc1p.core.outcomes import Applied, Failed, Skipped
from jc1p.core.plan import Hold, Kind
from jc1p.core.run_record import RunRecord
from jc1p.errors import ExitCode

Labels = tuple[tuple[str, str], ...]

COMMANDS = frozenset(Command)
"""The commands that write metrics."""
LOOKING = frozenset(each for each in Command if not each.may_change)
"""Commands that are done once they have read."""

SUCCESS = "jc1p_last_success_timestamp_seconds"
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')
SAMPLE = re.compile(rf"{SUCCESS}\{{(.*)\}} ([0-9.e+]+)")

HELP = {
    "jc1p_info": "The version of jc1p that wrote this file.",
    "jc1p_last_run_timestamp_seconds": "Start time of the last run, with any result.",
    SUCCESS: "Start time of the last good run; 0 if there was none.",
    "jc1p_exit_code": "The exit code of the last run.",
    "jc1p_run_duration_seconds": "Duration of the last run.",
    "jc1p_dry_run": "1 if the last run was read-only (plan, drift, --dry-run).",
    "jc1p_paused": "1 if runs are paused.",
    "jc1p_changes": "Changes of the last run by kind and result.",
    "jc1p_held": "Held changes by reason.",
    "jc1p_source_people": "Users in JumpCloud.",
    "jc1p_source_groups": "Groups in JumpCloud.",
    "jc1p_source_people_in_scope": "JumpCloud users in scope.",
    "jc1p_source_groups_in_scope": "JumpCloud groups in scope.",
    "jc1p_target_accounts": "Accounts in 1Password.",
    "jc1p_target_groups": "Groups in 1Password.",
    "jc1p_target_complete": "1 if 1Password was read completely; otherwise jc1p suspends and removes nothing.",
    "jc1p_guard_refused": "1 if a safety limit blocked the plan.",
    "jc1p_guard_findings": "Number of safety limits that the plan exceeds.",
    "jc1p_email_confirmations_pending": "Email changes that wait for confirmation by the user.",
    "jc1p_http_requests": "HTTP requests of the last run, retries included.",
    "jc1p_http_retries": "HTTP retries of the last run.",
}  # fmt: skip
"""Every metric; all are gauges, since nothing is counted across runs."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the earlier file said: the last success by labels."""

    successes: Mapping[Labels, float] = field(default_factory=dict)

    def bridge_of(self, command: str) -> str:
        """The bridge in the file, for a run without a valid configuration; "" if unclear."""
        found = {dict(labels).get("bridge", "") for labels in self.successes if ("command", command) in labels}
        return found.pop() if len(found) == 1 else ""


def parse_earlier(text: str) -> Earlier:
    """Read what an earlier run wrote; invalid lines are ignored."""
    found: dict[Labels, float] = {}
    for line in text.split("\n"):
        match = SAMPLE.fullmatch(line)
        labels = tuple((name, unescaped(value)) for name, value in LABEL.findall(match[1])) if match else ()
        moment = moment_in(match[2]) if match else None
        if moment is not None and dict(labels).get("command") in COMMANDS:
            found[labels] = moment
    return Earlier(found)


def moment_in(text: str) -> float | None:
    """Seconds since 1970; None for a value that is not a number, or not a possible time, such as 1e999."""
    try:
        moment = float(text)
    except ValueError:
        return None
    return moment if isfinite(moment) else None


def render_metrics(
    record: RunRecord, exit_code: ExitCode, *, bridge: str, duration: float, paused: bool, earlier: Earlier
) -> str:
    """The file. `bridge` is the bridge's host, "" when the configuration couldn't be read."""
    who = labels_of(record.command, bridge or earlier.bridge_of(record.command))
    began = round(record.created_at.timestamp(), 3)
    # An earlier time from a wrong clock must not stay the last one forever.
    succeeded = began if is_success(record, exit_code) else min(earlier.successes.get(who, 0.0), began)
    samples: dict[str, list[tuple[Labels, float]]] = {
        "jc1p_info": [((*who, ("version", __version__)), 1)],
        "jc1p_last_run_timestamp_seconds": [(who, began)],
        SUCCESS: [*({**earlier.successes, who: succeeded}).items()],
        "jc1p_exit_code": [(who, exit_code)],
        "jc1p_run_duration_seconds": [(who, round(duration, 3))],
        "jc1p_dry_run": [(who, record.dry_run)],
        "jc1p_paused": [(who, paused)],
    }
    for name, labels, value in known_samples(record):
        samples.setdefault(name, []).append(((*who, *labels), value))
    return "".join(family(name, samples[name]) for name in HELP if name in samples)


def is_success(record: RunRecord, exit_code: ExitCode) -> bool:
    """Whether the run did everything that its command is for. A dry run of sync changes nothing."""
    if record.command in LOOKING:
        return exit_code in {ExitCode.DONE, ExitCode.CHANGES_DUE}
    return exit_code == ExitCode.DONE and not record.dry_run and not record.is_paused


def labels_of(command: str, bridge: str) -> Labels:
    return (("bridge", bridge), ("command", command)) if bridge else (("command", command),)


# --- samples of runs that got that far ----------------------------------------------------------------------


def known_samples(record: RunRecord) -> Iterator[tuple[str, Labels, float]]:
    """Name, labels and value; unknown values have no sample instead of a wrong one."""
    yield from reading_samples(record)
    if record.plan:
        for kind, count in record.plan.counts().items():
            yield "jc1p_changes", (("kind", kind.value), ("status", "planned")), count
        for hold in Hold:
            yield "jc1p_held", (("code", hold.value),), sum(held.code is hold for held in record.plan.held)
        yield "jc1p_email_confirmations_pending", (), pending_confirmations(record)
    if record.report:
        for status, type_ in (("applied", Applied), ("failed", Failed), ("skipped", Skipped)):
            had = [outcome.change.kind for outcome in record.report.outcomes if isinstance(outcome, type_)]
            for kind in Kind:
                yield "jc1p_changes", (("kind", kind.value), ("status", status)), had.count(kind)
    if record.verdict:
        limits = [finding.limit for finding in record.verdict.findings]
        yield "jc1p_guard_refused", (), not record.verdict.allowed
        for limit in (*LIMIT_KEYS, "empty_source"):
            yield "jc1p_guard_findings", (("limit", limit),), limits.count(limit)


def reading_samples(record: RunRecord) -> Iterator[tuple[str, Labels, float]]:
    source, target, requests = record.source, record.target, record.requests
    if source:
        yield "jc1p_source_people", (), source.users
        yield "jc1p_source_groups", (), source.groups
        yield "jc1p_source_people_in_scope", (), source.in_scope_users
        yield "jc1p_source_groups_in_scope", (), source.in_scope_groups
    if target:
        yield "jc1p_target_accounts", (), target.users
        yield "jc1p_target_groups", (), target.groups
        yield "jc1p_target_complete", (), target.complete
    if requests:
        yield "jc1p_http_requests", (("service", "jumpcloud"),), requests.jumpcloud
        yield "jc1p_http_requests", (("service", "onepassword"),), requests.onepassword
        yield "jc1p_http_retries", (("service", "jumpcloud"),), requests.jumpcloud_retries
        yield "jc1p_http_retries", (("service", "onepassword"),), requests.onepassword_retries


def pending_confirmations(record: RunRecord) -> int:
    """Email changes that wait for confirmation: those of earlier runs and those of this run."""
    held = record.plan.held if record.plan else ()
    waiting = sum(each.kind is Kind.RENAME_USER and each.code is Hold.AWAITING_CONFIRMATION for each in held)
    outcomes = record.report.outcomes if record.report else ()
    return waiting + sum(isinstance(outcome, Applied) and outcome.awaits for outcome in outcomes)


# --- the format ---------------------------------------------------------------------------------------------


def family(name: str, samples: Iterable[tuple[Labels, float]]) -> str:
    lines = [f"# HELP {name} {HELP[name]}", f"# TYPE {name} gauge"]
    lines += [f"{name}{{{','.join(label(*each) for each in labels)}}} {number(value)}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def label(name: str, value: str) -> str:
    escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'{name}="{escaped}"'


def unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)


def number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
