"""`jc1p status` for admins and as values. Only the standard library, so that it starts as quickly as --help."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jc1p.runtime.command_lines import command_line
from jc1p.state.last_runs import CONFIG, USAGE, LastRun, LastRuns, time_of

SOON = timedelta(days=2)
"""Grace periods that end within this time are shown one by one."""
SHOWN = 5
NEXT_AFTER = {
    1: "doctor", 2: "doctor", 3: "plan", 4: "sync --dry-run", 5: "history show {run}", 130: "sync",
}  # fmt: skip
REFUSED = 4
BLOCKED = {"rollback": "rollback last --dry-run", "apply": "plan"}
"""The same for commands other than sync that a safety limit blocked."""
WHY = {3: "see what differs", 4: "see what blocks it", 130: "run it again"}
TROUBLE = {USAGE: ("correct the command line", "{command} --help"), CONFIG: ("check the configuration", "config check")}
"""The same after exit code 2, by what it was about."""
DECIDED_ELSEWHERE = frozenset({"grace_period", "awaiting_confirmation", "limit", "no_removals", "narrowed"})
"""Held changes that need no admin: time, a user, or the options of a run decide."""


@dataclass(frozen=True, slots=True)
class Paused:
    """A pause: since when, until when if it ends automatically, and why."""

    since: datetime
    until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The status at a moment. `named` is the configuration from the command line, "" if jc1p found it.

    `max_age` is the largest allowed age of the last good run, None if not given. `under_way` is the run in progress.
    """

    now: datetime
    config: str
    named: str
    jumpcloud: str
    org_id: str | None
    bridge: str
    folder: str
    runs: LastRuns
    paused: Paused | None = None
    under_way: str | None = None
    config_changed: bool = False
    max_age: timedelta | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_too_old(self) -> bool:
        """The last good run is older than allowed, or as far in the future, where no age can be known; or unknown."""
        good = self.runs.last_good
        return self.max_age is not None and (good is None or abs(self.now - good.at) > self.max_age)

    def command(self, words: str) -> str:
        """A command to type, with the configuration if it was given."""
        return command_line(*words.split(), config=self.named)


# --- as values ----------------------------------------------------------------------------------------------

KEYS = (
    "config", "state_folder", "organization", "jumpcloud", "bridge", "paused", "in_progress", "last_run",
    "last_good_run", "max_age_s", "too_old", "held", "waiting_emails", "grace_periods", "limits", "config_changed",
    "warnings", "next", "drift",
)  # fmt: skip
"""The command's own keys in its document; null if unknown."""


def standing_values(here: Overview) -> dict[str, Any]:
    """The values of KEYS, without the drift that only `--check` knows."""
    runs = here.runs
    return {
        "config": here.config,
        "state_folder": here.folder,
        "organization": runs.organization,
        "jumpcloud": {"url": here.jumpcloud, "org_id": here.org_id},
        "bridge": here.bridge,
        "paused": here.paused and {
            "since": stamp(here.paused.since), "until": here.paused.until and stamp(here.paused.until),
            "reason": here.paused.reason,
        },
        "in_progress": {"run_id": here.under_way, "since": stamp(time_of(here.under_way))} if here.under_way else None,
        "last_run": runs.last and run_values_of(runs.last, here.now),
        "last_good_run": runs.last_good and run_values_of(runs.last_good, here.now),
        "max_age_s": here.max_age and int(here.max_age.total_seconds()),
        "too_old": here.is_too_old if here.max_age is not None else None,
        "held": dict(runs.held),
        "waiting_emails": [{"user": user, "to": to, "since": stamp(since)} for user, to, since in runs.waiting],
        "grace_periods": [{"user": user, "ends_at": stamp(at)} for user, at in runs.grace if at > here.now],
        "limits": [
            {"limit": each.limit, "used": each.used(here.now), "allowed": each.allowed} for each in runs.limits
        ],
        "config_changed": here.config_changed,
        "warnings": list(here.warnings),
        "next": list(next_steps(here)),
    }  # fmt: skip


def run_values_of(run: LastRun, now: datetime) -> dict[str, Any]:
    """A run; its id is null if only its time is known."""
    return {
        "command": run.command, "run_id": run.run_id or None, "at": stamp(run.at),
        "age_s": max(0, int((now - run.at).total_seconds())), "exit_code": run.exit_code, "result": run.result,
    }  # fmt: skip


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


# --- for people ---------------------------------------------------------------------------------------------


def standing_lines(here: Overview, *, each: bool = False) -> Iterator[str]:
    """One screen; with `each`, every waiting item. The last line is what to do next."""
    runs, now = here.runs, here.now
    yield from field("Configuration", here.config)
    yield from field("JumpCloud", f"{runs.organization} ({here.jumpcloud})" if runs.organization else here.jumpcloud)
    yield from field("1Password", here.bridge)
    yield from field("Scheduled runs", paused_words(here.paused) if here.paused else "not paused")
    going = f"run {here.under_way}, {age(time_of(here.under_way), now)}" if here.under_way else "nothing"
    yield from field("In progress", going)
    yield from field("Last run", run_words(runs.last, now))
    yield from field("Last good run", run_words(runs.last_good, now))
    if runs.held:
        yield from field("Held", ", ".join(f"{number} {code}" for code, number in sorted(runs.held.items())))
    waiting = [f"{user} to {to}, asked {age(since, now)}" for user, to, since in runs.waiting]
    yield from some("Email changes", "waiting for users to confirm", waiting, each=each)
    yield from some("Grace periods", f"ending within {SOON.days} days", grace_words(here, each=each), each=each)
    used = [f"{limit.limit} {limit.used(now)} of {limit.allowed}" for limit in runs.limits]
    yield from field("Limits, last 24 h", ", ".join(used)) if used else ()
    yield from (f"warning: {warning}" for warning in here.warnings)
    yield from last_lines(here)


def last_lines(here: Overview) -> Iterator[str]:
    """What is wrong, and what to do next."""
    if here.is_too_old and here.max_age is not None:
        good = here.runs.last_good
        yield f"The last good run {when(good, here.now)}; --max-age allows {span(here.max_age)} (exit 1)."
    yield from [f"Next: {step}" for step in next_steps(here)] or ["Nothing to do."]


def when(good: LastRun | None, now: datetime) -> str:
    if good and good.at > now:
        return f"is {span(good.at - now)} in the future, so a clock was wrong"
    return f"was {age(good.at, now)}" if good else "is not known"


def field(name: str, said: str) -> Iterator[str]:
    yield f"{name:<18} {said}"


def some(name: str, what: str, items: list[str], *, each: bool) -> Iterator[str]:
    """A count, then the first few, or all of them."""
    if not items:
        return
    yield from field(name, f"{len(items)} {what}")
    shown = items if each else items[:SHOWN]
    yield from (f"{'':<18} {item}" for item in shown)
    if len(shown) < len(items):
        yield f"{'':<18} and {len(items) - len(shown)} more (-v)"


def grace_words(here: Overview, *, each: bool) -> list[str]:
    left = sorted((at, user) for user, at in here.runs.grace if at > here.now)
    return [f"{user}, suspended in {span(at - here.now)}" for at, user in left if each or at - here.now <= SOON]


def paused_words(pause: Paused) -> str:
    until = f" until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else ""
    return f"paused since {pause.since:%Y-%m-%d %H:%M} UTC{until}" + (f": {pause.reason}" if pause.reason else "")


def run_words(run: LastRun | None, now: datetime) -> str:
    if run is None:
        return "none known"
    code = "" if run.exit_code in {None, 0} else f" (exit {run.exit_code})"
    return f"{run.command}, {age(run.at, now)} ({run.at:%Y-%m-%d %H:%M} UTC): {run.result}{code}"


def age(at: datetime, now: datetime) -> str:
    """Text such as "12 min ago"; a time in the future, after the clock was set back, shows as now."""
    return f"{span(now - at)} ago" if now - at >= timedelta(seconds=1) else "just now"


def span(time: timedelta) -> str:
    """The two largest units of a time, such as 3 h 20 min."""
    seconds = max(0, int(time.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{minutes} min" if minutes else f"{seconds} s"


def next_steps(here: Overview) -> Iterator[str]:
    """What an admin should do, the most urgent first."""
    last = here.runs.last
    if here.under_way:
        yield "wait for the run in progress."
        return
    if here.paused:
        yield f"resume scheduled runs: {here.command('resume')}"
    if here.config_changed:
        yield f"check the configuration, which changed since the last sync or drift: {here.command('config check')}"
    if last is None:
        yield f"see what a first run would change: {here.command('sync --dry-run')}"
    elif last.exit_code:
        why, step = after_failure(last)
        yield f"{why}: {here.command(step)}"
    elif last.result == "interrupted":
        yield f"run it again to complete the interrupted run: {here.command('sync')}"
    elif last.exit_code is None and last.run_id:
        # Its result could not be written, for example because the disk was full.
        yield f"see how the last run ended: {here.command(f'history show {last.run_id}')}"
    if any(code not in DECIDED_ELSEWHERE for code in here.runs.held):
        yield f"decide about held changes: {here.command('plan')}"


def after_failure(last: LastRun) -> tuple[str, str]:
    """What to do after a run that didn't end with 0, and the command for it."""
    code = last.exit_code or 0
    step = NEXT_AFTER.get(code, "doctor").format(run=last.run_id)
    step = BLOCKED.get(last.command, step) if code == REFUSED else step
    why, step = TROUBLE.get(last.trouble, (WHY.get(code, "see what failed"), step))
    return why, step.format(command=last.command)
