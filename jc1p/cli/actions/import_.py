"""`jc1p import`: read, compare, show; then link and create if asked to."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jc1p.cli.actions.group_links import move_links
from jc1p.cli.actions.load import load
from jc1p.cli.actions.pauses import stopped_by_pause
from jc1p.cli.actions.read_both import Surveyed, survey_again, surveyed
from jc1p.cli.actions.runs import Watching, check_writable
from jc1p.cli.change_events import with_events
from jc1p.cli.clock import clock_now
from jc1p.cli.hooks import reason_of
from jc1p.cli.session import Session, fail, session
from jc1p.cli.terminal.question import confirm
from jc1p.cli.terminal.stop_signals import TIME_TO_FINISH, stop_on_signals
from jc1p.cli.terminal.streams import masked
from jc1p.cli.usage.options import Common, Output
from jc1p.core.folding import fold
from jc1p.core.models import CreatedPerson, NewPerson
from jc1p.core.outcomes import Report
from jc1p.core.plan import Plan
from jc1p.core.planning import Situation
from jc1p.document.change_row import change_row
from jc1p.document.render import outcome
from jc1p.document.rows import WarningRow
from jc1p.errors import (
    ExitCode,
    Interrupted,
    Jc1pError,
    OutcomeUnknown,
    PlanMoved,
    Unauthorized,
    UsageError,
    in_our_words,
)
from jc1p.queries.import_candidates import Comparison, Creation, MatchKind, compare, people_to_create, plan_links
from jc1p.reports.import_candidates import (
    HEADERS,
    comparison_values,
    print_comparison_total,
    print_comparisons,
    print_created,
    print_links,
    print_people_to_create,
    summary_values,
)
from jc1p.reports.tables import csv_file, csv_text
from jc1p.reports.users_and_groups import flat_cell
from jc1p.runtime.atomic_write import write_whole
from jc1p.sync.real_run import record_links


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The options of `jc1p import`."""

    link: bool
    accept: tuple[str, ...]
    groups: tuple[str, ...]
    create: bool
    users: tuple[str, ...]
    csv: Path | None
    dry_run: bool
    ask: bool

    @property
    def writes(self) -> bool:
        """Something may be changed."""
        return (self.link or self.create) and not self.dry_run


def run_import(common: Common, output: Output, options: ImportOptions) -> None:
    """`jc1p import`. Raises typer.Exit."""
    keys = ("dry_run", "summary", "accounts", "links", "group_links", "creations")
    with session("import", common, output, dry_run=not options.writes, answers=keys) as here:
        check(options)
        asyncio.run(run(here, options))


def check(options: ImportOptions) -> None:
    """Raises UsageError for options that don't go together, and for a file that can't be written."""
    if options.csv:
        check_writable(options.csv, "--csv")
    if options.accept and not options.link:
        raise UsageError("--accept goes with --link", hint="Add --link to record the accepted matches.")
    if options.groups and not options.link:
        raise UsageError("--group goes with --link", hint="Add --link to move the link of this group.")
    if options.groups and (options.accept or options.create):
        other = "--accept" if options.accept else "--create"
        raise UsageError(f"--group and {other} do different things", hint="Run the command once for each.")
    if options.users and not options.create:
        raise UsageError("--user goes with --create", hint="Add --create to create them in JumpCloud.")
    if (options.dry_run or not options.ask) and not (options.link or options.create):
        option = "--dry-run" if options.dry_run else "--yes"
        raise UsageError(
            f"{option} goes with --link or --create", hint="Without these options, import changes nothing."
        )
    if (options.create or options.groups) and options.writes and options.ask and not sys.stdin.isatty():
        what = "create" if options.create else "move the link"
        raise UsageError(
            "no terminal to ask for confirmation", hint=f"Add --yes to {what} without asking, or --dry-run."
        )


async def run(here: Session, options: ImportOptions) -> None:
    if options.create and options.writes and stopped_by_pause(here, load(here)[2], here.record.created_at):
        return
    async with surveyed(here, writes=options.writes) as both:
        comparisons = compare(both.situation)
        links = None
        if options.link and not options.groups:
            links = plan_links(both.situation, comparisons, frozenset(options.accept))
        only = frozenset(map(fold, options.users))
        people = people_to_create(both.situation, comparisons, only) if options.create else None
        if options.csv:
            write_csv(options.csv, comparisons)
        here.body = {
            "dry_run": not options.writes,
            "summary": summary_values(comparisons),
            "accounts": [comparison_values(each) for each in comparisons],
            "links": links_values(links, None),
            "group_links": None,
            "creations": [creation_values(each) for each in people] if people is not None else None,
        }
        if options.groups:
            await move_links(here, both, options.groups, writes=options.writes, ask=options.ask)
            return
        if here.output is Output.TEXT and not here.common.quiet:
            print_comparisons(here.out, comparisons, each=here.common.verbose)
        elif here.output is Output.TEXT and any(each.finding is not MatchKind.MATCHED for each in comparisons):
            print_comparison_total(here.out, comparisons)
        if links is not None:
            if options.writes:
                await carry_out_links(here, both, links)
            else:
                show_links(here, links, None)
        if people is not None:
            await carry_out_creations(here, both, people, options)


async def carry_out_links(here: Session, both: Surveyed, links: Plan) -> None:
    """The report is shown however it ends: a later error can't hide it."""
    with stop_on_signals(grace=TIME_TO_FINISH) as stop:
        try:
            observer = with_events(here, Watching(here, stop, both.context.deadline))
            async with both.context.deadline.ending(grace=TIME_TO_FINISH):
                await record_links(both.situation, links, both.clients, both.context, observer)
        finally:
            if report := here.record.report:
                show_links(here, links, report)
                if report.stopped_by:
                    fail(here, report.stopped_by)


def show_links(here: Session, links: Plan, report: Report | None) -> None:
    here.body = {**(here.body or {}), "links": links_values(links, report)}
    if here.output is Output.TEXT and not (here.common.quiet and links.is_empty):
        print_links(here.out, links, report)


async def carry_out_creations(
    here: Session, both: Surveyed, people: Sequence[Creation], options: ImportOptions
) -> None:
    """Show the people to create, ask, and create one after the other; a failure doesn't stop the others."""
    if here.output is Output.TEXT or options.ask:
        print_people_to_create(here.out if here.output is Output.TEXT else here.err, people)
    if not options.writes or not people:
        return
    if options.ask:
        with both.context.deadline.not_counting():
            is_stale = confirm(here.err, f"Create {len(people)} in JumpCloud?", here.terminal)
        if is_stale:
            refuse_others(people, await survey_again(here, both), options)
    if stopped_by_pause(here, both.context.folder, clock_now()):
        return
    made, why = list(people), None
    try:
        why = await create_each(both, made)
    except Exception as error:  # noqa: BLE001 - in any case, show what was done
        why = in_our_words(error)
    show_created(here, made)
    if why:
        here.exit_code = None if isinstance(why, Interrupted) else here.exit_code
        fail(here, why)


async def create_each(both: Surveyed, made: list[Creation]) -> Jc1pError | None:
    """Put the result of each creation into `made`; returns why the rest of them was not tried.

    Raises Interrupted or DeadlineReached when a creation in progress was interrupted.
    """
    deadline = both.context.deadline
    with stop_on_signals(grace=TIME_TO_FINISH) as stop:
        async with deadline.ending(grace=TIME_TO_FINISH):
            for position, each in enumerate(made):
                if why := stop.reason or refused_login(made) or deadline.why_over():
                    return why
                made[position] = replace(each, result=in_flight(each.person))
                made[position] = await create(both, each)
            return stop.reason or refused_login(made)


def in_flight(person: NewPerson) -> OutcomeUnknown:
    """The result of a creation that was sent, until its answer arrives."""
    what = f"creating {person.username} was interrupted; JumpCloud may have the user now"
    return OutcomeUnknown(what, service="JumpCloud", hint="Run the command again to see it.")


def refuse_others(shown: Sequence[Creation], again: Situation, options: ImportOptions) -> None:
    """Raises PlanMoved when other people would be created now than were shown."""
    only = frozenset(map(fold, options.users))
    if list(people_to_create(again, compare(again), only)) != list(shown):
        raise PlanMoved(
            "the list of users to create changed while the question was open; nothing was created",
            hint="Run the command again and check the new list.",
        )


def refused_login(made: Sequence[Creation]) -> Unauthorized | None:
    """The refused login that ends the run, since all other creations would fail the same way."""
    return next((each.result for each in made if isinstance(each.result, Unauthorized)), None)


def show_created(here: Session, made: Sequence[Creation]) -> None:
    here.body = {**(here.body or {}), "creations": [creation_values(each) for each in made]}
    if any(each.status in {"failed", "planned"} for each in made):
        done = any(isinstance(each.result, CreatedPerson) for each in made)
        here.exit_code = ExitCode.IN_PART if done else ExitCode.FAILED
    if here.output is Output.TEXT:
        print_created(here.out, made)


async def create(both: Surveyed, wanted: Creation) -> Creation:
    try:
        return replace(wanted, result=await both.clients.jumpcloud.create_person(wanted.person))
    except Jc1pError as error:
        return replace(wanted, result=error)


def links_values(links: Plan | None, report: Report | None) -> dict[str, Any] | None:
    if links is None:
        return None
    return {
        "changes": [change_row(change) for change in links.changes],
        "outcome": outcome(report) if report else None,
        "warnings": [WarningRow.dump(each) for each in links.warnings],
    }


def creation_values(each: Creation) -> dict[str, Any]:
    result, person = each.result, each.person
    return {
        "account_email": each.account.user_name,
        "username": person.username,
        "firstname": person.firstname,
        "lastname": person.lastname,
        "displayname": person.displayname,
        "status": each.status,
        "jumpcloud_id": result.person.id if isinstance(result, CreatedPerson) else None,
        "error": result.message if isinstance(result, Jc1pError) else None,
    }


def write_csv(path: Path, comparisons: Sequence[Comparison]) -> None:
    """Readable only by its owner, like all files with names. Raises UsageError when the file can't be written."""
    rows = [[flat_cell(value) for value in comparison_values(each).values()] for each in comparisons]
    try:
        write_whole(path, masked(csv_file(csv_text(HEADERS, rows))))
    except OSError as error:
        raise UsageError(f"--csv {path}: {reason_of(error)}", hint="Use a file in a writable folder.") from None
