"""A canary for admins and as JSON values: the planned steps, the result of each, and what is left."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from jc1p.core.canary import GROUP, USER, Canary
from jc1p.core.outcomes import Applied, Failed, Outcome, Skipped
from jc1p.core.plan import Kind
from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import printable

WORDS = {
    Kind.CREATE_USER: "create the account {email}: 1Password mails an invitation",
    Kind.UPDATE_USER: "change its display name",
    Kind.SUSPEND_USER: "suspend it",
    Kind.REACTIVATE_USER: "reactivate it",
    Kind.CREATE_GROUP: "create the group {group}",
    Kind.ADD_MEMBERS: "add the account to the group",
    Kind.REMOVE_MEMBERS: "remove it from the group",
    Kind.DELETE_GROUP: "delete the group",
}
LEFT = {
    (USER, "suspended"): "the account {email}, suspended: jc1p deletes no account",
    (USER, "active"): "the account {email}, STILL ACTIVE: suspend it by hand (People)",
    (USER, "unknown"): "perhaps the account {email}: look under People, and suspend it by hand",
    (GROUP, "there"): "the group {group}: delete it by hand (People > Groups)",
    (GROUP, "unknown"): "perhaps the group {group}: look under People > Groups, and delete it by hand if it is new",
}


def print_intention(console: Console, canary: Canary, place: str) -> None:
    """What the admin's yes allows."""
    lines = [
        Text.assemble(("Canary", "bold"), f": in 1Password ({printable(place)}) this will"),
        *(Text("  " + printable(words.format(email=canary.email, group=canary.group))) for words in WORDS.values()),
        Text("At the end the account stays, suspended. Nothing else is changed."),
        Text("Check first that People > Groups has no group of this name: provisioning doesn't see them all."),
    ]  # fmt: skip
    print_lines(console, lines)


def print_flight(console: Console, canary: Canary, outcomes: Iterable[Outcome], left: Iterable[str]) -> None:
    """Each step with its result, then what is left."""
    lines = [Text("Canary", style="bold")]
    for each in outcomes:
        mark, style = ("ok", "green") if isinstance(each, Applied) else ("FAIL", "bold red")
        lines.append(Text.assemble("  ", (f"{mark:<5}", style), f"{step_words(each, canary)}{trouble_of(each)}"))
    lines += [Text(f"Left in 1Password: {printable(each)}.") for each in left]
    print_lines(console, lines)


def step_words(outcome: Outcome, canary: Canary) -> str:
    return printable(WORDS[outcome.change.kind].partition(":")[0].format(email=canary.email, group=canary.group))


def trouble_of(outcome: Outcome) -> str:
    match outcome:
        case Applied():
            return ""
        case Failed():
            return f": {printable(outcome.error.message)}"
        case Skipped():
            return f": {printable(outcome.reason)}"


def what_is_left(canary: Canary, fates: Mapping[str, str]) -> Iterator[str]:
    """What 1Password still has of a canary, or may have."""
    for key, fate in fates.items():
        if words := LEFT.get((key, str(fate))):
            yield words.format(email=canary.email, group=canary.group)


def flight_values(canary: Canary, outcomes: Iterable[Outcome], fates: Mapping[str, str]) -> dict[str, Any]:
    """A canary as JSON values."""
    return {
        "email": canary.email,
        "group": canary.group,
        "steps": [
            {
                "kind": each.change.kind.value,
                "status": "applied"
                if isinstance(each, Applied)
                else "failed"
                if isinstance(each, Failed)
                else "skipped",
                "error": trouble_of(each).removeprefix(": ") or None,
            }
            for each in outcomes
        ],
        "account": str(fates[USER]),
        "group_is": str(fates[GROUP]),
        "left": list(what_is_left(canary, fates)),
    }
