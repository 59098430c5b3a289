"""Findings that only 1Password's CLI allows: administrators, groups beyond provisioning, unaccepted invitations.

The CLI may be signed in to another account, or show less than it should: only what fits the bridge's accounts counts.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from jc1p.core.folding import fold, matches_any
from jc1p.core.models import Account, TargetDirectory
from jc1p.core.planning import Situation
from jc1p.core.planning.group_pairs import target_name
from jc1p.core.policy import Policy
from jc1p.doctor.checks.people import some
from jc1p.doctor.findings import Check, Finding, info, number_of, ok, warning
from jc1p.doctor.observations import CliSeen, NamedUser

NOT_SET_UP = "TRANSFER_STARTED"
"""The state of a user who is invited and hasn't set up their account (facts of 1Password's CLI)."""
GONE = frozenset({"SUSPENDED", "TRANSFER_SUSPENDED"})


def judge_cli(
    cli: CliSeen | None, directory: object, situation: Situation | None, policy: Policy
) -> Iterator[Finding]:  # fmt: skip
    """None without a CLI; what can't be compared with both sides isn't reported."""
    if cli is None:
        return
    if not isinstance(directory, TargetDirectory):
        yield info(Check.ONEPASSWORD_CLI, f"not used: it needs {Check.BRIDGE_READING}")
        return
    accounts = {fold(account.user_name): account for account in directory.accounts.values()}
    named = [*(cli.users or ()), *(cli.administrators or ())]
    if named and not any(fold(user.email) in accounts for user in named):
        yield info(
            Check.ONEPASSWORD_CLI,
            f"not used: the bridge has none of the {number_of(len(named), 'account')} that the 1Password CLI lists",
            "It is probably signed in to another 1Password account: `op account list` shows which.",
        )
        return
    yield judge_answer(cli)
    if cli.administrators is not None:
        yield judge_administrators(cli, accounts, situation, policy)
    if cli.groups is not None and situation is not None:
        yield judge_hidden(cli, situation)
    if cli.users is not None:
        yield judge_pending(cli.users, accounts, cli.invited)


def judge_answer(cli: CliSeen) -> Finding:
    if not cli.remark:
        return ok(Check.ONEPASSWORD_CLI, "the 1Password CLI told who administers the account, all groups and all users")
    return info(
        Check.ONEPASSWORD_CLI, f"asked, and not all was told: {cli.remark}",
        "Sign in with `op signin` as an owner or administrator, and run doctor again. jc1p doesn't need it.",
    )  # fmt: skip


def judge_administrators(
    cli: CliSeen, accounts: Mapping[str, Account], situation: Situation | None, policy: Policy
) -> Finding:
    here = {fold(user.email): accounts[fold(user.email)] for user in cli.administrators or ()
            if user.state not in GONE and fold(user.email) in accounts}  # fmt: skip
    open_ = sorted(account.user_name for account in here.values() if not is_protected(account, situation, policy))
    if open_:
        return warning(
            Check.ADMINISTRATORS_PROTECTED,
            f"{number_of(len(open_), 'owner or administrator', 'owners or administrators')} of 1Password not in "
            f"users.protected: {some(open_)}",
            "Add them there, so that no run suspends them, changes their email or removes them from a group.",
        )
    if not here or not cli.has_all_administrators:
        said = "the 1Password CLI did not tell all owners and administrators"
        return info(Check.ADMINISTRATORS_PROTECTED, f"not checked: {said}")
    who = number_of(len(here), "owner or administrator", "owners and administrators")
    return ok(Check.ADMINISTRATORS_PROTECTED, f"users.protected fits the {who} that the 1Password CLI names")


def is_protected(account: Account, situation: Situation | None, policy: Policy) -> bool:
    if situation is not None:
        return situation.is_protected(account)
    return matches_any(account.user_name, policy.users.protected)


def judge_hidden(cli: CliSeen, situation: Situation) -> Finding:
    """By id if the CLI's ids are the bridge's, so that a duplicate of a visible group is found; otherwise by name."""
    actual = situation.actual
    if not actual.groups_complete:
        return info(Check.HIDDEN_GROUPS, "not checked: the bridge's list of groups is incomplete")
    groups = cli.groups or ()
    by_id = any(group.id in actual.groups for group in groups)
    names = {fold(group.name) for group in actual.groups.values()}
    hidden = [each for each in groups if each.id not in actual.groups and (by_id or fold(each.name) not in names)]
    wanted = {fold(target_name(situation, group)) for group in situation.desired.groups.values()}
    found = sorted({group.name for group in hidden if fold(group.name) in wanted})
    if not found or not situation.policy.groups.push:
        listed = number_of(len(groups), "group")
        return ok(Check.HIDDEN_GROUPS, f"of {listed} in 1Password, none beyond provisioning has a name of the scope")
    return warning(
        Check.HIDDEN_GROUPS,
        f"{number_of(len(found), 'group')} of 1Password that provisioning can't see "
        f"{'has' if len(found) == 1 else 'have'} a name of the scope: {some(found)}. A sync makes a duplicate, "
        "without vaults",
        "Integrations > Automated User Provisioning > Manage Groups: add them there, before the next sync.",
    )


def judge_pending(
    users: Collection[NamedUser], accounts: Mapping[str, Account], invited: Mapping[str, datetime]
) -> Finding:
    waiting = sorted(
        (each for each in users if each.state == NOT_SET_UP and fold(each.email) in accounts),
        key=lambda each: fold(each.email),
    )
    if not waiting:
        return ok(Check.PENDING_ACCOUNTS, f"of {number_of(len(users), 'user')} in 1Password, none has yet to set up")
    said = [f"{each.email} ({since(each, accounts[fold(each.email)], invited)})" for each in waiting]
    return info(
        Check.PENDING_ACCOUNTS,
        f"{number_of(len(waiting), 'user was', 'users were')} invited and never set up their account: {some(said)}",
        "Remind them, or resend the invitation: 1Password, People > Pending.",
    )


def since(user: NamedUser, account: Account, invited: Mapping[str, datetime]) -> str:
    """When jc1p invited them, "" if unknown."""
    when = invited.get(account.id) or invited.get(fold(user.email))
    return f"invited {when:%Y-%m-%d}" if when else "not invited by a run that the journal has"
