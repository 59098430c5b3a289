"""`jc1p review`: read both sides, compile the access since when, show it, and close the review if asked."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from jc1p.cli.actions.load import context_of, load
from jc1p.cli.actions.runs import warn_of_files
from jc1p.cli.after_run.review_files import Reviewed, indent_of, review_hooks
from jc1p.cli.session import Session, session, tell
from jc1p.cli.terminal.progress import reading
from jc1p.cli.terminal.stop_signals import stop_on_signals
from jc1p.cli.terminal.streams import hide, say
from jc1p.cli.usage.options import Common, Output
from jc1p.core.membership_record import Records, Review
from jc1p.core.outcomes import Report
from jc1p.document.review_rows import BODY
from jc1p.errors import IncompleteRead, NotFoundInDirectory, UsageError
from jc1p.queries.review import AccessReview, Period, build_review, gather_evidence
from jc1p.reports.notices import print_sides
from jc1p.reports.review.markdown import review_markdown
from jc1p.reports.review.text import print_review
from jc1p.reports.review.values import review_values
from jc1p.state.lock import hold_lock, run_under_way
from jc1p.state.memberships import is_journal_lost, read_records, remember_review
from jc1p.state.past_journals import LAST, find_run, read_runs
from jc1p.state.recovery import read_past
from jc1p.state.store import open_state
from jc1p.sync import pipeline
from jc1p.sync.clients import open_clients
from jc1p.sync.pipeline import Prepared
from jc1p.sync.remember_memberships import remember_memberships
from jc1p.sync.run_context import RunContext

NOT_YET = "the records begin"


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """The options, as typed."""

    since: str | None
    groups: tuple[str, ...]
    close: bool
    reference: str | None


def run_review(common: Common, output: Output, options: ReviewOptions, reports: Sequence[Path]) -> None:
    """`jc1p review`. Raises typer.Exit."""
    kind = Output.JSON if output is Output.JSON else Output.TEXT
    with session("review", common, kind, dry_run=not options.close, answers=BODY) as here:
        made = Reviewed()
        here.hooks.extend(review_hooks(reports, made))
        warn_of_files(here)
        if options.close and options.groups:
            raise UsageError("--close and --group exclude each other", hint="A review of all groups can be closed.")
        here.learn(reference=options.reference)
        review = asyncio.run(look(here, options))
        made.review, made.closed = review, options.close
        if output is Output.JSON:
            here.indent = indent_of(review)
            here.body = review_values(review, here.record, closed=options.close)
        show(here, review, output)
        if options.close and output is Output.TEXT:
            by = f" by {here.record.actor}" if here.record.actor else ""
            tell(f"Review closed {here.record.created_at:%Y-%m-%d %H:%M} UTC{by}.", style="bold")


def show(here: Session, review: AccessReview, output: Output) -> None:
    if output is Output.TEXT:
        if not here.common.quiet:
            print_sides(here.out, here.record)
        print_review(here.out, review, quiet=here.common.quiet)
    if output is Output.MARKDOWN:
        say(review_markdown(review, here.record).rstrip())


async def look(here: Session, options: ReviewOptions) -> AccessReview:
    """Read both sides and, for a review that is closed, record it. Raises Jc1pError."""
    settings, credentials, folder = load(here)
    record = here.record
    lock = hold_lock(folder, f"run {record.run_id}") if options.close else nullcontext()
    with lock, open_state(folder, read_only=not options.close) as state:
        records = read_records(state)
        period = period_since(options.since, records, folder, record.created_at)
        context = context_of(here, settings, folder, state)
        past = read_past(folder, record.created_at, under_way=run_under_way(folder))
        async with open_clients(settings, credentials, record.run_id, on_token=hide) as clients:
            try:
                with stop_on_signals(grace=0), reading(here.err, clients):
                    async with context.deadline.ending():
                        prepared = await pipeline.prepare(clients, settings, context, past=past)
            finally:
                here.learn(requests=clients.requests, organization=clients.jumpcloud.organization)
        # The journal is read after both sides, so that it has every change of a run in progress that 1Password shows.
        runs, is_lost = read_runs(folder), is_journal_lost(state, folder)
        evidence = gather_evidence(prepared.situation, prepared.plan, records, runs, is_journal_lost=is_lost)
        review = build_review(evidence, period, names=options.groups)
        if options.close:
            close(review, prepared, context)
        return review


def close(review: AccessReview, prepared: Prepared, context: RunContext) -> None:
    """Record the review, and what it saw. Raises IncompleteRead if it can't say who has access."""
    if not review.complete or not review.memberships_visible:
        why = "1Password could not be read completely" if not review.complete else "the bridge shows no members"
        raise IncompleteRead(f"{why}, so the review is not closed", hint="Run it again without --close to look.")
    with context.state.in_batches():
        remember_memberships(prepared.situation, prepared.plan, Report(), context, is_good=True)
        made = Review(context.now, context.run_id, context.actor, context.reference)
        remember_review(context.state, made)


# --- period -------------------------------------------------------------------------------------------------


def period_since(asked: str | None, records: Records, folder: Path, now: datetime) -> Period:
    """The period of the listed changes. Raises UsageError for a future date, NotFoundInDirectory for an unknown run."""
    if asked is None or asked == LAST:
        last = records.last_review
        by = f", by {last.actor}" if last and last.actor else ""
        return Period(last.at, f"last closed review{by}", is_inclusive=False) if last else Period(None, NOT_YET)
    if at := moment_of(asked):
        if at > now:
            raise UsageError(f"--since {asked} is in the future", hint="Name a date that has passed, or a run.")
        return Period(at, "the date given")
    try:
        run = find_run(folder, asked)
    except NotFoundInDirectory as error:
        error.hint = f"Give a date such as {now:%Y-%m-%d}, `last`, or a run: `jc1p history` lists the ids."
        raise
    return Period(run.created_at, f"run {run.run_id}")


def moment_of(text: str) -> datetime | None:
    """An ISO 8601 date or time, in UTC unless it has a zone; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    try:
        found = datetime(day.year, day.month, day.day) if day else datetime.fromisoformat(text)  # noqa: DTZ001 - below
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
