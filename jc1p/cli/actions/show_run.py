"""The output of a run: the plan before any question or change, and the report at the end."""

from jc1p.cli.session import Session, fail
from jc1p.cli.usage.options import Output
from jc1p.queries.details import details_of
from jc1p.reports.quiet import print_last_lines
from jc1p.reports.text import print_plan, print_report
from jc1p.sync.clients import Clients
from jc1p.sync.pipeline import Prepared


def show_prepared(here: Session, prepared: Prepared, clients: Clients, *, ask: bool) -> None:
    """The plan and the verdict; on stderr if stdout has JSON and there is a question."""
    learn_prepared(here, prepared, clients)
    record, common = here.record, here.common
    is_asked = ask and prepared.verdict.allowed and not prepared.plan.is_empty
    if here.output is not Output.TEXT and not ask:
        return
    show = here.out if here.output is Output.TEXT else here.err
    if not common.quiet or is_asked:
        # A question without its plan makes no sense.
        details = details_of(prepared.situation, prepared.plan) if common.verbose else None
        print_plan(show, record, details=details, reports=here.reports)
    elif record.dry_run or not prepared.verdict.allowed or prepared.plan.is_empty:
        print_last_lines(show, record)


def learn_prepared(here: Session, prepared: Prepared, clients: Clients) -> None:
    here.learn(
        organization=clients.jumpcloud.organization,
        source=prepared.source_counts,
        target=prepared.target_counts,
        plan=prepared.plan,
        fingerprint=prepared.fingerprint,
        verdict=prepared.verdict,
        requests=clients.requests,
    )


def show_report(here: Session) -> None:
    """The outcome of the changes, if any were tried, and what ended the run early."""
    report, plan = here.record.report, here.record.plan
    if report and plan and not plan.is_empty and here.output is Output.TEXT:
        print_report(here.out, here.record, quiet=here.common.quiet, reports=here.reports)
    if report and report.stopped_by:
        fail(here, report.stopped_by)
