"""The access review on a terminal: what to check first, groups, accounts, changes, and the result."""

from collections import defaultdict
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from jc1p.core.membership_record import Hand
from jc1p.queries.review.model import AccessReview, Origin, ReviewedGroup, ReviewedMember
from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import count_of, printable, shown_name
from jc1p.reports.review.words import (
    CHANGES,
    caveats,
    how,
    last_change,
    period_of,
    reach,
    result,
    since_when,
    standing,
    who_did,
)
from jc1p.reports.tables import print_table


def print_review(console: Console, review: AccessReview, *, quiet: bool = False) -> None:
    """The whole review; `quiet` prints only the result, or nothing if there is nothing to check."""
    if quiet and not review.concerns and review.complete:
        return
    if not quiet:
        print_lines(console, lines_of(review))
        if review.accounts:
            rows = [(each.email, each.management.value, each.state.value, str(len(each.groups)), last_change(each))
                    for each in review.accounts]  # fmt: skip
            print_lines(console, [Text(""), Text("Accounts", style="bold")])
            print_table(console, ("EMAIL", "MANAGED", "STATE", "GROUPS", "LAST CHANGE"), rows)
        print_lines(console, change_lines(review))
    print_lines(console, [Text(result(review), style="bold")])


def lines_of(review: AccessReview) -> Iterator[Text]:
    for said in caveats(review):
        yield Text(f"! {said}", style="yellow")
    yield Text(reach(review), style="dim")
    if review.concerns:
        yield from (Text(""), Text("Look at first", style="bold"))
    for each in review.concerns:
        yield Text(f"! {printable(each.subject)}: {printable(each.message)}", style="yellow")
    for group in review.groups:
        yield from group_lines(group)


def group_lines(group: ReviewedGroup) -> Iterator[Text]:
    """Members with the same origin together: those from outside jc1p and old ones first, then the newest."""
    yield Text("")
    yield Text(printable(headline_of(group)), style="bold")
    together: dict[str, list[str]] = defaultdict(list)
    said_of: dict[int, str] = {}
    for member in sorted(group.members or (), key=urgency):
        told = said_of.get(id(member.origin)) or said_of.setdefault(id(member.origin), came_about(member.origin))
        together[told].append(f"{member.email} ({said})" if (said := standing(member)) else member.email)
    for told, members in together.items():
        yield Text(f"  {printable(told)}:")
        yield Text(f"    {printable(', '.join(members))}")


def came_about(origin: Origin) -> str:
    return ", ".join(part for part in (since_when(origin), how(origin)) if part)


def urgency(member: ReviewedMember) -> tuple[int, float]:
    since = member.origin.since
    is_ours = member.origin.by is Hand.JC1P
    return (2 if is_ours and since else int(is_ours or since is None), -since.timestamp() if since else 0)


def headline_of(group: ReviewedGroup) -> str:
    """Text such as "Engineering, 12 members; out of scope"."""
    count = "members not visible" if group.members is None else count_of(len(group.members), "member")
    source = (
        f" (JumpCloud group {shown_name(group.jumpcloud_group or '')})"
        if group.jumpcloud_group not in {None, group.name}
        else ""
    )
    scope = "" if group.in_scope else "; out of scope" if group.jumpcloud_group else "; its JumpCloud group was deleted"
    return f"{group.name}{source}, {count}{scope}"


def change_lines(review: AccessReview) -> Iterator[Text]:
    """The newest first; changes that a run made for the same reason are together."""
    if not review.changes:
        return
    yield from (Text(""), Text(f"Changes {period_of(review)}", style="bold"))
    together: dict[str, list[str]] = defaultdict(list)
    for each in review.changes:
        kind = CHANGES.get(each.kind, each.kind)
        what = f"{kind} {each.group}" if each.group else kind
        together[f"{each.at:%Y-%m-%d} {what}, {who_did(each)}"].append(each.user or "")
    for told, users in together.items():
        yield Text(f"  {printable(told)}:")
        yield Text(f"    {printable(', '.join(users))}")
    yield Text("")
