"""Writes a run's outcomes into the journal as it runs, and completes runs that were interrupted.

Connects apply's outcomes with the journal's lines. The result of an interrupted change is found by reading both sides;
this module only names the users and groups to check.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from jc1p.core.folding import fold
from jc1p.core.kind_words import VERBS
from jc1p.core.past_runs import PastRun, Recent, Status, recent_removals
from jc1p.core.plan import Kind, PlanWarning
from jc1p.core.policy import Request, SuspendedBy, Suspension
from jc1p.state.journal import FOLDER, follow
from jc1p.state.past_journals import is_canary, journals_since, read_ending, read_run, read_runs
from jc1p.state.run_order import journals
from jc1p.state.store import State

SHOWN = 5
NEWEST = 20
"""How many runs are checked for unsettled ones: every real run completes the earlier ones."""

COUNTED = timedelta(hours=24)
"""How long a removal counts towards the limits."""


class Past(NamedTuple):
    """Earlier runs from the journal: those to complete, and the removals that still count towards the limits."""

    unsettled: tuple[PastRun, ...] = ()
    recent: Recent = Recent()
    refused: frozenset[tuple[Kind, str]] = frozenset()
    """Changes that failed before, by kind and key: when they fail again, that is not a new problem."""
    failed_last: frozenset[tuple[Kind, str]] = frozenset()
    """The failed changes of the newest run with a journal. Changes that failed earlier may be done by now."""


JOURNAL_READ = "suspensions of the journal"
"""The note in state that what the journal says of suspensions, email changes and links has been copied into it."""


def has_journal(folder: Path) -> bool:
    """Whether any run wrote a journal, canaries aside, since they say nothing about jc1p's suspensions."""
    return not all(map(is_canary, journals(folder / FOLDER)))


def had_first_run(folder: Path) -> bool:
    """Whether the journal has a first run that ended."""
    return any(run.is_first and run.ended for run in map(read_run, journals(folder / FOLDER)) if run)


def runs_unknown_to(state: State, folder: Path, unsettled: Iterable[PastRun]) -> list[PastRun]:
    """The runs whose results state may lack: those not completed, or all in the journal if state was lost."""
    return list(unsettled) if state.is_done(JOURNAL_READ) else read_runs(folder)


def recall_suspensions(folder: Path, state: State, unsettled: Iterable[PastRun]) -> dict[str, Suspension]:
    """Accounts that jc1p suspended, by id, if only the journal knows it.

    Reads the whole journal if state has never had these suspensions: it was lost, or is of a version without them.
    Otherwise reads interrupted runs, whose suspensions may have been sent.
    """
    runs = runs_unknown_to(state, folder, unsettled)
    found: dict[str, Suspension] = {}
    for run in runs:
        for entry in run.entries:
            if entry.scim_id is None or entry.status not in {Status.APPLIED, Status.UNKNOWN}:
                continue
            if entry.kind is Kind.SUSPEND_USER:
                found[entry.scim_id] = Suspension(SuspendedBy.JC1P, run.created_at)
            elif entry.kind is Kind.REACTIVATE_USER and entry.status is Status.APPLIED:
                found.pop(entry.scim_id, None)
        for scim_id in run.seen_active:
            found.pop(scim_id, None)
    return found


def without_ended(known: Mapping[str, Suspension], unsettled: Iterable[PastRun]) -> dict[str, Suspension]:
    """The suspensions in state except those that an interrupted run ended, which a killed run may not have told it.

    If such an account is suspended again, that was done outside jc1p.
    """
    ended: dict[str, datetime] = {}
    for run in unsettled:
        made = (each for each in run.entries if each.kind is Kind.REACTIVATE_USER and each.status is Status.APPLIED)
        active = {each.scim_id for each in made if each.scim_id}
        ended |= dict.fromkeys(active | run.seen_active, run.created_at)
    return {id_: each for id_, each in known.items() if id_ not in ended or each.since > ended[id_]}


def recall_email_changes(folder: Path, state: State, unsettled: Iterable[PastRun]) -> dict[tuple[str, str], Request]:
    """Email changes that wait for the user's confirmation, by account and attribute, if only the journal knows them.

    They count as applied and must not be sent again. Reads the whole journal if state was lost; otherwise, from
    interrupted runs, what was not written to state yet.
    """
    runs = runs_unknown_to(state, folder, unsettled)
    found: dict[tuple[str, str], Request] = {}
    for run in runs:
        for entry in run.entries:
            if entry.kind is not Kind.RENAME_USER or entry.status is not Status.APPLIED or entry.scim_id is None:
                continue
            found.pop((entry.scim_id, "userName"), None)
            if entry.awaits and "userName" in entry.attributes:
                value = str(entry.attributes["userName"].after)
                found[entry.scim_id, "userName"] = Request(value, run.created_at)
    return found


def read_past(folder: Path, now: datetime, *, under_way: str | None = None) -> Past:
    """The past as far as a run needs it; `under_way` is a run in progress.

    Of settled runs whose removals don't count, only the last line is read. Otherwise the first sync of a large company
    would be parsed again a hundred times a day.
    """
    paths = journals(folder / FOLDER)
    ordered = [path.stem for path in paths if path.stem != under_way]
    newest = set(ordered[-NEWEST:])
    counted = {path.stem for path in journals_since(folder, now - COUNTED)}
    runs: dict[str, PastRun] = {}
    failed: dict[str, frozenset[tuple[Kind, str]]] = {}
    for path in paths:
        if path.stem not in newest | counted:
            continue
        ending = read_ending(path)
        if ending and (ending.is_first or path.stem not in counted):
            failed[path.stem] = ending.failed
        elif run := read_run(path):
            runs[path.stem] = run
            failed[path.stem] = frozenset((e.kind, e.key) for e in run.entries if e.status is Status.FAILED)
    known = [run for stem, run in runs.items() if stem in newest]
    refused = frozenset[tuple[Kind, str]]().union(*(failed[stem] for stem in newest & failed.keys()))
    unsettled = tuple(run for run in known if run.needs_a_look)
    recent = recent_removals(run for stem, run in runs.items() if stem in counted)
    return Past(unsettled, recent, refused, failed.get(ordered[-1] if ordered else "", frozenset()))


def ids_of(run: PastRun) -> tuple[frozenset[str], frozenset[str]]:
    """SCIM ids of the accounts and of the groups in a run."""
    groups = frozenset(entry.scim_id for entry in run.entries if entry.scim_id and entry.group is not None)
    accounts = {entry.scim_id for entry in run.entries if entry.scim_id and entry.group is None}
    accounts |= {member.scim_id for entry in run.entries for member in entry.members if member.scim_id}
    return frozenset(accounts), groups


def warn_of(runs: Iterable[PastRun]) -> list[PlanWarning]:
    """Warnings about interrupted runs, for the plan."""
    return [PlanWarning("interrupted_run", run.run_id, describe_run(run)) for run in runs]


def describe_run(run: PastRun) -> str:
    under_way = [f"{VERBS[entry.kind]} {entry.subject}" for entry in run.open_entries]
    shown = ", ".join(under_way[:SHOWN]) + (f" and {len(under_way) - SHOWN} more" if len(under_way) > SHOWN else "")
    when, done = f"{run.created_at:%Y-%m-%d %H:%M} UTC", run.count(Status.APPLIED)
    if run.ended:
        return f"the {run.command} of {when} left {shown} in doubt; this run checks them again"
    what = f"; in progress: {shown}. This run checks them again" if under_way else ", between two changes"
    return f"the {run.command} of {when} was interrupted after {done} of {run.planned} changes{what}"


def addresses_in_doubt(runs: Iterable[PastRun]) -> frozenset[str]:
    """Folded addresses whose invitation may have been sent; they are looked up before they are invited."""
    return frozenset(
        fold(str(entry.attributes["userName"].after))
        for run in runs
        for entry in run.open_entries
        if entry.kind is Kind.CREATE_USER and "userName" in entry.attributes
    )


def close_unsettled(folder: Path, runs: Iterable[PastRun], by: str) -> None:
    """Note in the journals of such runs that this one has completed them."""
    for run in runs:
        follow(folder, run, by)
