"""The accounts of a review: managed or not, their state, their groups, and jc1p's last change to them."""

from collections import defaultdict
from collections.abc import Mapping

from jc1p.core.folding import fold
from jc1p.core.models import Account
from jc1p.core.past_runs import Status
from jc1p.core.plan import Kind
from jc1p.queries.overview import AccountState
from jc1p.queries.review.evidence import Evidence
from jc1p.queries.review.model import LastChange, Management, ReviewedAccount

USER_KINDS = frozenset({Kind.CREATE_USER, Kind.UPDATE_USER, Kind.RENAME_USER, Kind.REACTIVATE_USER, Kind.SUSPEND_USER})
"""Kinds that change a 1Password account."""


def account_rows(evidence: Evidence, chosen: frozenset[str] | None) -> tuple[ReviewedAccount, ...]:
    """Every account, or those that are `chosen`, by email."""
    groups, last = groups_by_account(evidence), last_changes(evidence)
    accounts = evidence.situation.actual.accounts
    rows = [
        account_row(evidence, account, groups.get(id_, ()), last.get(id_))
        for id_, account in accounts.items() if chosen is None or id_ in chosen
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (fold(row.email), row.scim_id)))


def account_row(
    evidence: Evidence, account: Account, groups: tuple[str, ...], last: LastChange | None
) -> ReviewedAccount:  # fmt: skip
    situation = evidence.situation
    found = situation.matches.by_account.get(account.id)
    person = situation.source.people[found.person_id] if found else None
    return ReviewedAccount(
        email=person.email if person else account.user_name,
        name=account.display_name,
        scim_id=account.id,
        jumpcloud_id=person.id if person else situation.matches.gone.get(account.id),
        jumpcloud_state=person.state if person else None,
        management=management_of(evidence, account.id),
        state=AccountState.ACTIVE if account.active else AccountState.SUSPENDED,
        groups=groups,
        last_change=last,
    )


def management_of(evidence: Evidence, account_id: str) -> Management:
    """Whether jc1p manages an account."""
    situation, plan = evidence.situation, evidence.plan
    if account_id in situation.protected_accounts:
        return Management.PROTECTED
    if account_id in plan.excluded:
        return Management.EXCLUDED
    is_foreign = account_id in plan.unowned or account_id in situation.matches.ambiguous_accounts
    return Management.UNMANAGED if is_foreign or account_id not in situation.actual.accounts else Management.MANAGED


def groups_by_account(evidence: Evidence) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for group in sorted(evidence.pushed, key=lambda group: (fold(group.name), group.id)):
        for id_ in group.members:
            found[id_].append(group.name)
    return {id_: tuple(names) for id_, names in found.items()}


def last_changes(evidence: Evidence) -> Mapping[str, LastChange]:
    """SCIM id to the newest change, as far back as the journal reaches."""
    return {
        entry.scim_id: LastChange(entry.kind.value, run.created_at, run.run_id)
        for run in evidence.runs
        for entry in run.entries
        if entry.kind in USER_KINDS and entry.status is Status.APPLIED and entry.scim_id
    }
