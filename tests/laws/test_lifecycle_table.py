"""The table of docs/lifecycle.md, row by row: the plan does what it says."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.builders import account, jc, person, plan_for, source, suspended_by, target

from jc1p.core.models import Account, Person, PersonState
from jc1p.core.people_filter import PeopleEntry
from jc1p.core.policy import Memory, Ownership, Policy, SuspendedBy, UserPolicy
from jc1p.core.scope import Scope

DOC = Path(__file__).parents[2] / "docs" / "lifecycle.md"
ACCOUNTS = ("no account", "active", "suspended by jc1p", "suspended elsewhere", "not owned")

STATES = {
    "activated": PersonState.ACTIVATED,
    "password pending": PersonState.PASSWORD_PENDING,
    "staged": PersonState.STAGED,
    "suspended": PersonState.SUSPENDED,
}
PASSWORDS = {"expired": True, "unknown": None, "": False, "pending": None}
POLICIES = {
    "": UserPolicy(),
    "protected": UserPolicy(protected=("ann@*",)),
    "password_pending: wait": UserPolicy(provision_password_pending=False),
    "staged: provision": UserPolicy(provision_staged=True),
    "when_suspended_elsewhere: reactivate": UserPolicy(reactivate_elsewhere=True),
    "when_password_expired: suspend": UserPolicy(suspend_password_expired=True),
    "when_password_expired: suspend, grace_period: 12h": UserPolicy(
        suspend_password_expired=True, grace_period=timedelta(hours=12)
    ),
    "when_password_expired: suspend, protected": UserPolicy(suspend_password_expired=True, protected=("ann@*",)),
    "when_suspended: ignore": UserPolicy(suspend_suspended=False),
    "when_unassigned: ignore": UserPolicy(suspend_unassigned=False),
    "when_deleted: ignore": UserPolicy(suspend_deleted=False),
    "grace_period: 12h": UserPolicy(grace_period=timedelta(hours=12)),
    "ownership: directory": UserPolicy(ownership=Ownership.DIRECTORY),
    "ownership: all": UserPolicy(ownership=Ownership.ALL),
}


def rows() -> Iterator[tuple[str, str, str, str]]:
    """JumpCloud's side, policy, 1Password's side, and the table's result for the three."""
    table = [line for line in DOC.read_text().partition("## Groups")[0].splitlines() if line.startswith("|")]
    header, _, *body = ([cell.strip() for cell in line.strip("|").split("|")] for line in table)
    assert tuple(header[2:]) == ACCOUNTS
    for jumpcloud, policy, *cells in body:
        for there, said in zip(ACCOUNTS, cells, strict=True):
            yield jumpcloud.replace("`", ""), policy.replace("`", ""), there, said.replace("`", "")


def someone(jumpcloud: str) -> Person | None:
    """Ann as the first column describes her, None if she was deleted."""
    if jumpcloud == "deleted":
        return None
    state = next((state for word, state in STATES.items() if jumpcloud.startswith(word)), PersonState.ACTIVATED)
    ann = person("ann", state=state, password_expired=PASSWORDS[jumpcloud.partition("password ")[2][:7]])
    if "email changed" in jumpcloud:
        return ann._replace(email="ann@new.example.com", lastname="Married")
    if "name changed" in jumpcloud:
        return ann._replace(lastname="Married")
    return ann._replace(id=jc("again")) if "new record" in jumpcloud else ann


def accounts(jumpcloud: str, there: str) -> list[Account]:
    """Ann's account; her name there is JumpCloud's when only her email changed."""
    shown = "Ann Married" if "email changed" in jumpcloud and there != "not owned" else "Ann Example"
    ann = account("ann", linked=there != "not owned", active=not there.startswith("suspended"), display_name=shown)
    return [] if there == "no account" else [ann]


def planned(jumpcloud: str, policy: str, there: str) -> list[str]:
    ann = someone(jumpcloud)
    in_scope = ann is not None and "in no group" not in jumpcloud
    have = source([ann] if ann else [])
    have = have._replace(assigned_people=frozenset({ann.id} if ann and in_scope else ()))
    scope = Scope(exclude_users=("ann@*",)) if jumpcloud.startswith("excluded") else Scope()
    if "scope.users" in jumpcloud:
        scope = Scope(users=(PeopleEntry((("username", ("nobody",)),)),))
    by = SuspendedBy.JC1P if there == "suspended by jc1p" else SuspendedBy.SOMEBODY_ELSE
    memory = suspended_by(by, "ann") if there.startswith("suspended") else Memory()
    users = Policy(users=POLICIES[policy])
    plan = plan_for(have, target(accounts(jumpcloud, there)), policy=users, scope=scope, memory=memory)
    return [*(change.kind.value for change in plan.changes), *(f"held: {item.code}" for item in plan.held)]


@pytest.mark.parametrize(("jumpcloud", "policy", "there", "said"), list(rows()))
def test_row(jumpcloud: str, policy: str, there: str, said: str) -> None:
    expected = [] if said == "\N{EN DASH}" else re.split(r", ", said)
    assert planned(jumpcloud, policy, there) == expected


def test_table_covers_every_state_and_every_policy() -> None:
    seen = list(rows())
    assert {policy for _, policy, _, _ in seen} == POLICIES.keys()
    for state in (
        *STATES,
        "activated, in scope, password expired",
        "in no group in scope",
        "not matched",
        "deleted",
        "excluded",
    ):
        assert {there for jumpcloud, _, there, _ in seen if jumpcloud.startswith(state)} == set(ACCOUNTS)
