"""This machine: configuration file, state folder, earlier runs, clock."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from jc1p.core.events import Event
from jc1p.core.past_runs import PastRun
from jc1p.doctor.findings import Check, Finding, failure, info, ok, warning
from jc1p.doctor.observations import MachineSeen, Reply

ENDS_SOON = timedelta(days=30)
LARGEST_SKEW = 60
"""The largest difference in seconds between the clocks: tokens and certificates tolerate this."""


def judge_machine(seen: MachineSeen, replies: Iterable[Reply], now: datetime) -> Iterator[Finding]:
    """Everything that needs no network, and the clock, compared with those of both services."""
    yield judge_file(seen)
    yield judge_secrets(seen)
    if seen.certificates:
        yield judge_certificates(seen.certificates, now)
    yield judge_permissions(seen)
    yield judge_notifications(seen.told_of, seen.lost_receivers)
    yield judge_state(seen)
    yield judge_pause(seen)
    yield judge_lock(seen)
    yield judge_runs(seen.unsettled)
    yield judge_clock([reply.clock_off for reply in replies if reply.clock_off is not None])


def judge_file(seen: MachineSeen) -> Finding:
    if not seen.ignored_keys:
        return ok(Check.CONFIG_FILE, f"{seen.config_file} is valid")
    return warning(Check.CONFIG_FILE, "; ".join(seen.ignored_keys), "Delete the key from the file.")


def judge_secrets(seen: MachineSeen) -> Finding:
    if not seen.config_warnings:
        return ok(Check.CONFIG_SECRETS, "no secret is in plain text or readable by other users")
    return warning(
        Check.CONFIG_SECRETS,
        "; ".join(seen.config_warnings),
        "Use an environment variable, a file with mode 600, a command or op://vault/item/field for the secret.",
    )


def judge_certificates(ends: Mapping[str, datetime], now: datetime) -> Finding:
    said = "; ".join(f"the certificate of {key} is valid until {end:%Y-%m-%d}" for key, end in sorted(ends.items()))
    if min(ends.values()) - now >= ENDS_SOON:
        return ok(Check.CONFIG_CERTIFICATES, said)
    return warning(Check.CONFIG_CERTIFICATES, said, "Renew it and replace the PEM file.")


def judge_permissions(seen: MachineSeen) -> Finding:
    if not seen.config_untrusted:
        return ok(Check.CONFIG_PERMISSIONS, "only its owner can change the configuration file")
    return warning(
        Check.CONFIG_PERMISSIONS,
        f"other users can change {seen.config_file} ({seen.config_untrusted}): they can send both credentials to an "
        "address of their own",
        f"Run chmod go-w on {seen.config_file} and its folder. This user or root should own both.",
    )


def judge_state(seen: MachineSeen) -> Finding:
    if error := seen.state_trouble:
        return failure(
            Check.STATE_FOLDER,
            error.message,
            error.hint or "Make the folder writable for this user, or set state.path.",
        )
    if seen.state_damage:
        said = f"the state in {seen.state_folder} is damaged ({seen.state_damage})"
        hint = "The next run moves it away and finds the links again. Grace periods start again."
        return warning(Check.STATE_FOLDER, said, hint)
    if seen.is_new:
        return ok(Check.STATE_FOLDER, f"{seen.state_folder} will be created by the first run")
    return ok(Check.STATE_FOLDER, f"{seen.state_folder} is usable")


TROUBLE = (Event.REFUSED, Event.FAILED)
"""Events that 1Password doesn't show, since nothing changes there."""


def judge_notifications(told_of: frozenset[Event], lost: Sequence[str] = ()) -> Finding:
    if lost:
        said = f"{'; '.join(lost)}: it receives no notifications"
        return warning(Check.NOTIFICATIONS, said, "Correct the path of the program in notify, or install it.")
    untold = [str(event) for event in TROUBLE if event not in told_of]
    if not untold:
        return ok(Check.NOTIFICATIONS, "blocked and failed runs are notified")
    said = (
        f"notify has no receiver for {' and '.join(untold)}"
        if told_of
        else "notify is empty: no notifications are sent"
    )
    return warning(
        Check.NOTIFICATIONS,
        f"{said}, so scheduled runs can fail for weeks unnoticed",
        "Add a Slack, Teams or other webhook, or a program, to notify (docs/notifications.md).",
    )


def judge_pause(seen: MachineSeen) -> Finding:
    if seen.paused is None:
        return ok(Check.PAUSED, "not paused")
    return warning(Check.PAUSED, f"{seen.paused}; no run applies changes", "`jc1p resume` ends the pause.")


def judge_lock(seen: MachineSeen) -> Finding:
    if seen.running is None:
        return ok(Check.RUN_LOCK, "no run is in progress")
    return info(Check.RUN_LOCK, f"{seen.running} is in progress; another run ends with exit code 6")


def judge_runs(unsettled: tuple[PastRun, ...]) -> Finding:
    if not unsettled:
        return ok(Check.INTERRUPTED_RUNS, "no earlier run was interrupted")
    last = unsettled[-1].run_id
    return warning(
        Check.INTERRUPTED_RUNS,
        f"{len(unsettled)} earlier {'run was' if len(unsettled) == 1 else 'runs were'} interrupted, the last {last}",
        f"`jc1p history show {last}` shows the unfinished changes. The next `jc1p sync` checks each of them first.",
    )


def judge_clock(off: list[float]) -> Finding:
    if not off:
        return info(Check.CLOCK, "not checked: the services did not send the time")
    worst = max(off, key=abs)
    if abs(worst) <= LARGEST_SKEW:
        return ok(Check.CLOCK, f"within {LARGEST_SKEW} s of both services")
    way = "ahead of" if worst > 0 else "behind"
    return warning(
        Check.CLOCK,
        f"this machine's clock is {abs(worst):,.0f} s {way} the services' clocks",
        "Set the clock, preferably with NTP (`timedatectl set-ntp true`). Certificates, tokens and grace "
        "periods depend on it.",
    )
