"""Both sides together: users who would be invited twice, reactivated or suspended, and whether limits are useful."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from jc1p.core.attributes import is_address
from jc1p.core.duplicates import resemblances
from jc1p.core.folding import fold, is_glob
from jc1p.core.guard import Limits
from jc1p.core.models import Person
from jc1p.core.plan import Plan
from jc1p.core.planning import Situation
from jc1p.core.planning.deprovisioning import loss_policy
from jc1p.core.planning.group_pairs import is_protected_name, target_name
from jc1p.core.planning.people_result import has_expired_password, is_provisioned, is_suspended
from jc1p.core.planning.returns import hold_return
from jc1p.core.planning.unused_entries import find_unused_entries
from jc1p.core.policy import Policy
from jc1p.doctor.findings import Check, Finding, failure, info, number_of, ok, unchecked_all, warning

NAMED = 5
"""People named in a finding; the rest are only counted."""
HALF = 50
"""A limit this high doesn't protect from anything."""

OF_JUMPCLOUD = (Check.DUPLICATE_EMAILS, Check.MISSING_EMAILS, Check.SCOPE_SIZE)
OF_BOTH = (Check.EMAIL_OVERLAP, Check.WOULD_REACTIVATE, Check.WOULD_SUSPEND, Check.RESERVED_NAMES,
           Check.EXCLUDED_LEAVERS, Check.UNUSED_ENTRIES)  # fmt: skip


def judge_both(
    situation: Situation | None, plan: Plan | None, policy: Policy, limits: Limits, *, blocked_by: Check
) -> Iterator[Finding]:
    """Findings that need both sides; `blocked_by` is the check that prevented reading them."""
    if situation is None or plan is None:
        yield from unchecked_all(OF_BOTH, blocked_by)
    else:
        yield judge_overlap(situation)
        yield judge_reactivations(situation)
        yield judge_suspensions(situation, plan, limits)
        yield judge_reserved(situation)
        yield judge_leavers(plan)
        yield judge_entries(situation)
    yield judge_owners(situation, policy)
    yield judge_guard(plan, limits)


def judge_in_scope(people: Sequence[Person] | None, groups: int, limits: Limits) -> Iterator[Finding]:
    """The people in scope on their own; None when they couldn't be read."""
    if people is None:
        yield from unchecked_all(OF_JUMPCLOUD, Check.JUMPCLOUD_READING)
        return
    yield judge_duplicate_emails(people)
    yield judge_missing_emails(people)
    yield judge_size(people, groups, limits)


def some(names: Iterable[str]) -> str:
    """The first few, and how many more."""
    listed = list(names)
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    return ", ".join(listed[:NAMED]) + more


# --- people in scope ----------------------------------------------------------------------------------------


def judge_duplicate_emails(people: Sequence[Person]) -> Finding:
    by_email: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        if person.email:
            by_email[fold(person.email)].append(person)
    twice = {email: found for email, found in sorted(by_email.items()) if len(found) > 1}
    if not twice:
        return ok(Check.DUPLICATE_EMAILS, "all emails in scope are unique")
    shown = some(f"{email} ({', '.join(each.username or each.id for each in found)})" for email, found in twice.items())
    return failure(
        Check.DUPLICATE_EMAILS,
        f"several users in scope have the same email: {shown}",
        "In the Admin Portal, open User Management > Users and give each user a unique email, or remove all but "
        "one from "
        "the scope. Until then, jc1p does not change them.",
    )


def judge_missing_emails(people: Sequence[Person]) -> Finding:
    without = [person.username or person.id for person in people if not is_address(person.email)]
    if not without:
        return ok(Check.MISSING_EMAILS, "every user in scope has an email")
    return warning(
        Check.MISSING_EMAILS,
        f"{number_of(len(without), 'user')} in scope without a usable email: {some(without)}",
        "Add their emails in the Admin Portal (User Management > Users), or add the users to scope.exclude_users.",
    )


def judge_size(people: Sequence[Person], groups: int, limits: Limits) -> Finding:
    if people:
        return ok(Check.SCOPE_SIZE, f"{number_of(len(people), 'user')} and {number_of(groups, 'group')} in scope")
    hint = "Assign groups to the application in JumpCloud, or correct scope in the configuration."
    if limits.allow_empty_source:
        said = "no user is in scope, and guard.empty_source allows that: a sync would suspend all managed accounts"
        return warning(Check.SCOPE_SIZE, said, hint)
    return failure(Check.SCOPE_SIZE, "no user is in scope: every plan would be blocked", hint)


# --- both sides ---------------------------------------------------------------------------------------------


def judge_overlap(situation: Situation) -> Finding:
    """Users without an account who resemble an account: they would be invited again."""
    settled = situation.matches.by_person.keys() | situation.matches.ambiguous_people.keys()
    alike = sorted(
        f"{person.email} like {found[0].account.user_name} ({found[0].why})"
        for id_, person in situation.desired.people.items()
        if id_ not in settled and is_provisioned(situation, person)
        and (found := resemblances(person, situation.wanted[id_], situation.leftovers, situation.crowd))
    )  # fmt: skip
    if not alike:
        return ok(Check.EMAIL_OVERLAP, "no user to be invited resembles an existing account")
    return warning(
        Check.EMAIL_OVERLAP,
        f"{number_of(len(alike), 'user')} to be invited may already have an account: {some(alike)}",
        "`jc1p import` shows them side by side. Put the right ones into users.aliases, or accept them with `jc1p "
        "import --link --accept EMAIL`; `--invite EMAIL` invites a user who has no account yet.",
    )


def judge_reactivations(situation: Situation) -> Finding:
    accounts, by_person = situation.actual.accounts, situation.matches.by_person
    pairs = [
        (person, account) for id_, person in situation.desired.people.items()
        if id_ in by_person and is_provisioned(situation, person)
        and not (account := accounts[by_person[id_].account_id]).active
    ]  # fmt: skip
    held = [person.email for person, account in pairs if hold_return(situation, person, account)]
    back = [person.email for person, _ in pairs if person.email not in held]
    said = [
        f"{number_of(len(who), 'user')}, active in JumpCloud and suspended in 1Password, would be "
        f"{what}: {some(who)}"
        for who, what in ((back, "reactivated"), (held, "held, because jc1p did not suspend them")) if who
    ]  # fmt: skip
    expired = [person.email for person, _ in pairs if person.password_expired and person.email in held]
    if expired:
        said.append(f"the password of {some(expired)} expired in JumpCloud: its own connector probably suspended them")
    if not said:
        return ok(Check.WOULD_REACTIVATE, "no user who is active in JumpCloud is suspended in 1Password")
    return info(
        Check.WOULD_REACTIVATE, "; ".join(said),
        "`jc1p sync --reactivate EMAIL` restores the access of held users. For all users: "
        "users.when_suspended_elsewhere" + (
            ", and users.when_password_expired for expired passwords." if expired else "."
        ),
    )  # fmt: skip


def judge_suspensions(situation: Situation, plan: Plan, limits: Limits) -> Finding:
    lost = [person for person, active in matched(situation) if active and is_suspended(situation, person)]
    going = [person.email for person in lost if loss_policy(situation, person)[1]]
    if not going:
        return ok(Check.WOULD_SUSPEND, "no user who is suspended in JumpCloud would be suspended in 1Password")
    who = number_of(len(going), "user")
    or_expired = " or with an expired password" if any(has_expired_password(situation, each) for each in lost) else ""
    said = f"{who}, suspended in JumpCloud{or_expired} and active in 1Password, would be suspended"
    allowed = limits.suspensions.allowed(plan.bases.owned_accounts)
    if len(going) <= allowed:
        hint = "`jc1p sync --dry-run` shows every change."
        return info(Check.WOULD_SUSPEND, f"{said}: {some(going)}", hint)
    return warning(
        Check.WOULD_SUSPEND,
        f"{said}, more than the {allowed} that guard.suspensions allows: {some(going)}",
        f"If that is right, allow it once with `jc1p sync --allow suspensions={len(going)}`.",
    )


def matched(situation: Situation) -> list[tuple[Person, bool]]:
    """People in scope who have an account, by email, and whether it is active."""
    accounts, by_person = situation.actual.accounts, situation.matches.by_person
    people = sorted(situation.desired.people.values(), key=lambda person: fold(person.email))
    return [(each, accounts[by_person[each.id].account_id].active) for each in people if each.id in by_person]


def judge_reserved(situation: Situation) -> Finding:
    names = {target_name(situation, group) for group in situation.desired.groups.values()}
    reserved = sorted(name for name in names if is_protected_name(situation, name))
    if not reserved or not situation.policy.groups.push:
        return ok(Check.RESERVED_NAMES, "no group in scope has a protected name")
    return warning(
        Check.RESERVED_NAMES,
        f"groups in scope have names that 1Password reserves: {', '.join(reserved)}; jc1p does not change them",
        "Rename them in JumpCloud or in groups.names, or add them to scope.exclude_groups.",
    )


def judge_leavers(plan: Plan) -> Finding:
    found = [warning.subject for warning in plan.warnings if warning.code == "excluded_leaver"]
    if not found:
        return ok(Check.EXCLUDED_LEAVERS, "no user who left is excluded by scope.exclude_users")
    return warning(
        Check.EXCLUDED_LEAVERS,
        f"{number_of(len(found), 'account')} of leavers in scope.exclude_users are still active: {some(found)}",
        "Suspend them in 1Password, or remove them from scope.exclude_users.",
    )


def judge_entries(situation: Situation) -> Finding:
    # users.protected has its own finding.
    found = [f"{key}: {entry}" for key, entry in find_unused_entries(situation) if key != "users.protected"]
    if not found:
        return ok(Check.UNUSED_ENTRIES, "every entry of the configuration matches a user, an account or a group")
    return warning(
        Check.UNUSED_ENTRIES,
        f"{number_of(len(found), 'entry', 'entries')} of the configuration match nothing: {some(found)}",
        "Check the spelling, or remove them. Patterns use * and ? only; brackets are ordinary letters.",
    )


def judge_owners(situation: Situation | None, policy: Policy) -> Finding:
    patterns = policy.users.protected
    if not patterns:
        return warning(
            Check.OWNERS_PROTECTED,
            "users.protected is empty: jc1p may suspend an owner of the 1Password account",
            "List the emails of your owners and administrators there. SCIM does not show who they are; 1Password "
            "shows them under People > Groups > Owners.",
        )
    if situation is None:
        return info(
            Check.OWNERS_PROTECTED,
            f"{number_of(len(patterns), 'entry', 'entries')}; whether they match accounts is not checked",
        )
    known = {fold(account.user_name) for account in situation.actual.accounts.values()}
    known |= {fold(situation.email_of(account)) for account in situation.actual.accounts.values()}
    lost = [entry for entry in patterns if not is_glob(entry) and fold(entry) not in known]
    if not lost:
        return ok(Check.OWNERS_PROTECTED, f"{number_of(len(patterns), 'entry', 'entries')} in users.protected")
    return warning(
        Check.OWNERS_PROTECTED,
        f"users.protected lists {some(lost)}, but 1Password has no such account",
        "Check the spelling: an entry that matches no account protects no account.",
    )


def judge_guard(plan: Plan | None, limits: Limits) -> Finding:
    """A percentage that is too large, or a floor that covers a whole small company."""
    limit = limits.suspensions
    owned = plan.bases.owned_accounts if plan else 0
    is_raised = limit.floor > Limits().suspensions.floor
    swallows = is_raised and owned > 0 and 2 * limit.allowed(owned) >= owned
    if limit.percent < HALF and not swallows:
        return ok(Check.GUARD_LIMITS, f"guard.suspensions blocks a plan above {limit.percent:g} % or {limit.floor}")
    return warning(
        Check.GUARD_LIMITS,
        f"guard.suspensions ({limit.percent:g} %, floor {limit.floor}) allows half of all accounts: an incomplete "
        "reading or a wrong assignment could suspend them",
        "Use the default (percent: 10, floor: 3), and `--allow suspensions=N` for single runs that need more.",
    )
