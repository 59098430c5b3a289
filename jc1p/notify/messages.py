"""The text of a notification: which accounts, what happened, how many, what to do next.

A Notice is plain text without any escaping; formats.py converts it for Slack, Teams and JSON. It has only counts unless
names were asked for, and never more than MOST_NAMES of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jc1p.core.commands import Command
from jc1p.core.events import Detail, Event
from jc1p.core.outcomes import Applied, Failed, Skipped
from jc1p.core.plan import ORDER_OF_APPLYING, Change, Kind
from jc1p.core.run_record import RunRecord
from jc1p.errors import ExitCode, Interrupted, Jc1pError, Locked, PlanMoved
from jc1p.notify.incidents import Decision
from jc1p.notify.triggers import (
    applied_changes,
    drifted,
    failures,
    is_about_a_group,
    newly_held,
    taken_over,
    vanished_groups,
)
from jc1p.reports.phrases import count_of, headline, printable
from jc1p.runtime.command_lines import command_line, with_config

MOST_NAMES = 20
LONGEST_NAME = 100
LONGEST_QUOTE = 300
ADDRESS = re.compile(r"[^\s@,;:<>()\"]+@[^\s@,;:<>()\"']+")
NO_ADDRESS = "(address left out)"


LONGEST_FACT = 300
"""Characters of a reference or an actor."""

LONG_PAUSED = "jc1p has been paused for more than seven days; nothing was changed"


@dataclass(frozen=True, slots=True)
class Notice:
    """The content of a notification. `facts` are our words; `quote` and `names` may contain untrusted text."""

    title: str
    facts: tuple[tuple[str, str], ...]
    next_step: str
    quote: str = ""
    names: tuple[str, ...] = ()
    names_left_out: int = 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The pair of accounts and the configuration of a run."""

    bridge: str
    config: str


def describe(
    record: RunRecord, exit_code: ExitCode, decision: Decision, where: Surroundings, *, detail: Detail
) -> Notice:  # fmt: skip
    """The notice of a run. `decision.tell` is its event."""
    event = decision.tell or Event.CHANGES
    subjects = named_subjects(record, event) if detail is Detail.NAMES else []
    title = title_of(record, event)
    return Notice(
        title=f"Still: {title}" if decision.is_reminder else title,
        facts=(
            *organization_of(record, detail),
            *facts_of(record, exit_code, decision.since, where),
            *asked_by(record, detail),
        ),
        next_step=next_step(record, event, where),
        quote="" if event is Event.RECOVERED else quote_of(record.error, detail),
        names=tuple(subjects[:MOST_NAMES]),
        names_left_out=max(0, len(subjects) - MOST_NAMES),
    )


def title_of(record: RunRecord, event: Event) -> str:
    """One line with the essence, for receivers that show only one line."""
    command, error = record.command, record.error
    if event in {Event.RECOVERED, Event.OK}:
        return f"jc1p {command} succeeded" + (" again" if event is Event.RECOVERED else said_of_good(record))
    if event is Event.REFUSED:
        moved = "the saved plan is out of date" if isinstance(error, PlanMoved) else "jc1p blocked a plan"
        return f"{moved}; nothing was changed"
    if event is Event.PARTIAL:
        failed = len(failures(record))
        why = f"{count_of(failed, 'change')} failed or skipped" if failed else why_incomplete(record)
        return f"jc1p {command} was only partly done: {why}"
    if event is Event.FAILED:
        return LONG_PAUSED if record.is_paused else failure_title(record)
    if command == Command.DRIFT:
        return f"1Password has drifted from JumpCloud: {count_of(len(drifted(record)), 'change')} waiting"
    return f"jc1p {command} {what_was_done(record)}"


def said_of_good(record: RunRecord) -> str:
    made = len(applied_changes(record))
    return f": {count_of(made, 'change')} made" if made else ": nothing to do"


def what_was_done(record: RunRecord) -> str:
    """The result of a good run; takeovers are always part of it."""
    made, taken = len(applied_changes(record)), taken_over(record)
    done = [f"made {count_of(made, 'change')} in 1Password"] if made else []
    groups = sum(map(is_about_a_group, taken))
    counts = [(groups, "existing group"), (len(taken) - groups, "existing account")]
    done += [f"took over {count_of(number, what)}" for number, what in counts if number]
    if done:
        return " and ".join(done)
    return f"holds {count_of(len(newly_held(record)), 'account')} suspended outside jc1p"


def why_incomplete(record: RunRecord) -> str:
    """Why a run without failures is incomplete."""
    if missing := vanished_groups(record):
        return f"{count_of(len(missing), 'linked group')} vanished from 1Password"
    return "1Password could not be read completely"


def failure_title(record: RunRecord) -> str:
    if isinstance(record.error, Locked):
        return f"jc1p {record.command} cannot start: another run has been in progress for a long time"
    what = "was interrupted" if isinstance(record.error, Interrupted) else "failed"
    return f"jc1p {record.command} {what}; nothing {'more ' if applied_changes(record) else ''}was changed"


def facts_of(
    record: RunRecord, exit_code: ExitCode, since: datetime | None, where: Surroundings
) -> list[tuple[str, str]]:  # fmt: skip
    facts = [("SCIM bridge", where.bridge), ("Configuration", where.config)]
    if since and since < record.created_at:
        facts.append(("Since", f"{since:%Y-%m-%d %H:%M} UTC"))
    if record.plan:
        facts.append(("Plan", plan_in_words(record)))
    if record.plan and record.plan.held:
        facts.append(("Held", str(len(record.plan.held))))
    counted: list[tuple[str, Sequence[object]]] = [
        ("Vanished groups", vanished_groups(record)),
        ("Taken over", taken_over(record)),
        ("Not suspended by jc1p", newly_held(record)),
    ]
    facts += [(what, str(len(found))) for what, found in counted if found]
    if record.report and record.report.outcomes:
        counts = [(Applied, "applied"), (Failed, "failed"), (Skipped, "skipped")]
        facts.append(("Result", ", ".join(f"{record.report.number(kind)} {word}" for kind, word in counts)))
    facts += [
        (f"Safety limit guard.{finding.limit}", f"{finding.planned} planned, {finding.allowed} allowed")
        for finding in (record.verdict.findings if record.verdict else ())[:MOST_NAMES]
    ]
    return [*facts, ("Run", f"{record.run_id}, exit code {exit_code}")]


def organization_of(record: RunRecord, detail: Detail) -> list[tuple[str, str]]:
    """The organization, if it is known."""
    name = printable(record.organization or "")
    shown = cut(name if detail is Detail.NAMES else redacted(name), LONGEST_NAME)
    return [("JumpCloud organization", shown)] if shown else []


def asked_by(record: RunRecord, detail: Detail) -> list[tuple[str, str]]:
    """The ticket, and who ran it; the latter is a name and only shown with names."""
    said = (("Reference", record.reference), ("Run by", record.actor if detail is Detail.NAMES else None))
    return [(name, cut(redacted(value) if detail is not Detail.NAMES else value, LONGEST_FACT))
            for name, value in said if value]  # fmt: skip


def plan_in_words(record: RunRecord) -> str:
    counts = record.plan.counts() if record.plan else {}
    said = [headline(kind, counts[kind]) for kind in ORDER_OF_APPLYING if counts[kind] and kind is not Kind.LINK_USER]
    return "; ".join(f"{each[:1].lower()}{each[1:]}" for each in said) or "nothing to do"


def next_step(record: RunRecord, event: Event, where: Surroundings) -> str:
    """What to do next, as a command if possible."""
    config = where.config
    if event in {Event.RECOVERED, Event.OK}:
        return "Nothing to do."
    if event is Event.REFUSED:
        return refused_step(record, config)
    if event is Event.PARTIAL:
        return partial_step(record, config)
    if event is Event.FAILED:
        return failed_step(record, config)
    if record.command == Command.DRIFT:
        return f"See the plan: {command_line('plan', config=config)}"
    return f"See all changes: {command_line('history', 'show', record.run_id, config=config)}"


def failed_step(record: RunRecord, config: str) -> str:
    if record.is_paused:
        return f"End the pause: {command_line('resume', config=config)}"
    hint = redacted(record.error.hint) if record.error and record.error.hint else "The next run tries again."
    return with_config(f"{hint} Find the cause: jc1p doctor", config)


def partial_step(record: RunRecord, config: str) -> str:
    if vanished_groups(record) and not failures(record):
        plan = command_line("plan", config=config)
        return f"Check Managed Groups in 1Password's provisioning settings. To list the groups: {plan}"
    return f"The next run tries again. See what failed: {command_line('history', 'show', record.run_id, config=config)}"


def refused_step(record: RunRecord, config: str) -> str:
    if isinstance(record.error, PlanMoved):
        return f"Create the plan again and check it: {command_line('plan', '--out', 'FILE', config=config)}"
    look = command_line("sync", "--dry-run", config=config)
    step = f"See the plan: {look}. If it is a mistake in JumpCloud, fix it there."
    verdict = record.verdict
    if verdict is None or not verdict.allow_options:
        return f"{step} If no user is to be in scope, set guard.empty_source: allow."
    allow = command_line(record.command, "...", config=config)
    return f"{step} If it is intended, allow it once: {allow} {verdict.allow_options}"


def quote_of(error: Jc1pError | None, detail: Detail) -> str:
    """The error's own message, without addresses unless names were asked for."""
    if error is None:
        return ""
    said = printable(error.message.partition("\n")[0])
    said = said if detail is Detail.NAMES else redacted(said)
    return cut(said, LONGEST_QUOTE)


def redacted(text: str) -> str:
    return ADDRESS.sub(NO_ADDRESS, text)


def cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def named_subjects(record: RunRecord, event: Event) -> list[str]:
    """The users and groups in question, failures first."""
    if event in {Event.RECOVERED, Event.OK}:
        return []
    failed = [f"{subject_line(each.change)}: not done" for each in failures(record)]
    done: Sequence[Change] = applied_changes(record) if record.report else drifted(record)
    found = [("vanished", vanished_groups(record)), ("taken over", [each.subject for each in taken_over(record)]),
             ("not suspended by jc1p", newly_held(record))]  # fmt: skip
    told = [f"{cut(printable(name), LONGEST_NAME)}: {what}" for what, names in found for name in names]
    return [*failed, *told, *(subject_line(change) for change in done)]


def subject_line(change: Change) -> str:
    verb = headline(change.kind, 1).partition(" 1 ")[0]
    members = f" ({count_of(len(change.members), 'member')})" if change.members else ""
    return f"{verb} {cut(printable(change.subject), LONGEST_NAME)}{members}"
