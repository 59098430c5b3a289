"""`jc1p import` for admins, and its rows for JSON and CSV."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from jc1p.core.outcomes import Applied, Failed, Report, Skipped
from jc1p.core.plan import Hold, Plan
from jc1p.errors import Jc1pError
from jc1p.queries.import_candidates import Comparison, Creation, MatchKind
from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import count_of, printable
from jc1p.reports.plan_lines import warning_lines
from jc1p.reports.tables import print_table
from jc1p.reports.text import outcome_lines

HEADERS = ("finding", "evidence", "account_email", "account_name", "account_state", "scim_id", "jumpcloud_email",
           "jumpcloud_id", "jumpcloud_state", "in_scope", "reason", "held", "held_because")  # fmt: skip
MATCHED_SHOWN = 10

EXPLAINED = {
    MatchKind.AMBIGUOUS: "Ambiguous: several possible matches; jc1p changes none of them",
    MatchKind.PROBABLE: "Probable: likely the same user. With strong evidence, jc1p holds the invitation",
    MatchKind.UNMATCHED: "Unmatched: no matching JumpCloud user",
    MatchKind.MATCHED: "Matched",
}


def comparison_values(each: Comparison) -> dict[str, Any]:
    """A comparison as JSON values, in the order of HEADERS."""
    account, person = each.account, each.person
    evidence = ("strong" if each.is_strong else "weak") if each.finding is MatchKind.PROBABLE else None
    cells = (
        each.finding.value, evidence, account.user_name, account.display_name,
        "active" if account.active else "suspended", account.id, person.email if person else None,
        person.id if person else None, person.state.value if person else None, each.in_scope, each.reason,
        each.held.code.value if each.held else None, each.held.reason if each.held else None,
    )  # fmt: skip
    return dict(zip(HEADERS, cells, strict=True))


def summary_values(comparisons: Sequence[Comparison]) -> dict[str, int]:
    """How many accounts have each finding, and how many a sync would leave suspended."""
    found = {
        finding.value: len({each.account.id for each in comparisons if each.finding is finding})
        for finding in MatchKind
    }
    return {**found, Hold.SUSPENDED_ELSEWHERE.value: len(held_among(comparisons))}


def held_among(comparisons: Sequence[Comparison]) -> list[Comparison]:
    return [each for each in comparisons if each.held]


def print_comparisons(console: Console, comparisons: Sequence[Comparison], *, each: bool = False) -> None:
    """What needs a check first; matched accounts last, and only some of them on a terminal unless `each` is set."""
    print_held(console, held_among(comparisons))
    for finding, explained in EXPLAINED.items():
        rows = [found for found in comparisons if found.finding is finding]
        if not rows:
            continue
        print_lines(console, [Text(f"{explained}, {len({row.account.id for row in rows})}", style="bold")])
        is_cut = finding is MatchKind.MATCHED and console.is_terminal and not each
        some = rows[:MATCHED_SHOWN] if is_cut else rows
        print_table(console, ("  1PASSWORD", "STATE", "JUMPCLOUD", "IN SCOPE", "WHY"), [cells(row) for row in some])
        if len(some) < len(rows):
            print_lines(console, [Text(f"  and {len(rows) - len(some)} more (all in --csv FILE and --output json)")])
        console.print()
    print_comparison_total(console, comparisons)


def print_comparison_total(console: Console, comparisons: Sequence[Comparison]) -> None:
    """The number of accounts by finding."""
    found = summary_values(comparisons)
    counts = ((name, found[name.value]) for name in MatchKind)
    total = ", ".join(f"{count} {name}" for name, count in counts if count) or "none"
    print_lines(
        console, [Text(f"{count_of(len({each.account.id for each in comparisons}), '1Password account')}: {total}")]
    )


def print_held(console: Console, held: Sequence[Comparison]) -> None:
    """Users who are active in JumpCloud and would stay suspended, and how to reactivate them; nothing if none."""
    if not held:
        return
    heading = f"Suspended in 1Password, active in JumpCloud: a sync does not reactivate them, {len(held)}"
    print_lines(console, [Text(heading, style="bold")])
    for each in held:
        why = each.held.reason if each.held else ""
        print_lines(console, [Text(printable(f"  ! {each.account.user_name}  {why}"))])
    console.print()


def cells(each: Comparison) -> list[str]:
    person = each.person
    return [
        f"  {each.account.user_name}", "active" if each.account.active else "suspended",
        person.email if person else "-", ("yes" if each.in_scope else "no") if person else "-",
        each.reason,
    ]  # fmt: skip


def print_people_to_create(console: Console, people: Sequence[Creation]) -> None:
    """The people to create in JumpCloud, with their chosen usernames."""
    if not people:
        print_lines(console, [Text("No users to create in JumpCloud: every active 1Password account has a match.")])
        return
    heading = f"Create {count_of(len(people), 'user')} in JumpCloud as STAGED; no email is sent"
    print_lines(console, [Text(heading, style="bold")])
    for person in (each.person for each in people):
        line = f'  + {person.email}  username {person.username}, "{person.displayname}"'
        print_lines(console, [Text(printable(line), style="green")])
    print_lines(console, [Text(f"Plan: {len(people):,} to create in JumpCloud.")])


def print_links(console: Console, links: Plan, report: Report | None) -> None:
    """Planned links, or their results; takeovers first."""
    print_lines(console, warning_lines(links.warnings))
    if report is None:
        print_lines(
            console,
            [Text(f"Match {count_of(len(links.changes), 'existing account')} (no change in 1Password)", style="bold")],
        )
    for change in links.changes if report is None else ():
        line = printable(f"  = {change.user}  {change.scim_id}, {change.reason}")
        print_lines(console, [Text(line)])
    if report is None:
        print_lines(console, [Text(f"Plan: {len(links.changes):,} to match.")])
    else:
        print_lines(console, [line for outcome in report.outcomes for line in outcome_lines(outcome)])
        linked = f"{report.number(Applied)} linked, {report.number(Failed)} failed, {report.number(Skipped)} skipped."
        print_lines(console, [Text(linked)])


def print_created(console: Console, made: Sequence[Creation]) -> None:
    """The result of each creation, counts at the end."""
    for each in made:
        result, email = each.result, each.person.email
        if isinstance(result, Jc1pError):
            print_lines(console, [Text(printable(f"  x {email}: {result.message}"), style="red")])
        elif result and result.existed:
            line = f"  ! {email}: JumpCloud already had this user, id {result.person.id}"
            print_lines(console, [Text(printable(line), style="yellow")])
    counts = Counter(each.status for each in made)
    line = f"{counts['created']} created as STAGED, {counts['found']} found, {counts['failed']} failed"
    print_lines(console, [Text(f"{line}. Activate and assign these users in JumpCloud when ready.")])
