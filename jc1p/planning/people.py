"""Planning for people: invite, reactivate, update, rename, link, suspend, or leave alone and say why.

The table behind these rules is docs/lifecycle.md. Groups are planned afterwards, from who is standing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from jc1p.attributes import fold_email, is_address, listed, tidy
from jc1p.duplicates import resemblances
from jc1p.matching import linked_person
from jc1p.models import Account, Person, PersonState
from jc1p.plan import Change, Difference, Held, Hold, Kind, Member, PlanWarning, Value, user_key
from jc1p.planning.situation import Draft, Situation
from jc1p.policy import Ownership

NOT_KEPT_AFTER_RUNS = 2
"""A write the bridge echoes and forgets is sent in this many runs, then held (facts/scim-bridge.md 2.5)."""


@dataclass(slots=True)
class Standing:
    """Where planning for people leaves everybody, for the groups that come next.

    `members` are the people who may be in groups, by person id. `owned` are the accounts that jc1p owns and
    that are active; `removable` the owned ones, active or to be reactivated, that may lose a membership.
    """

    draft: Draft = field(default_factory=Draft)
    members: dict[str, Member] = field(default_factory=dict)
    owned: set[str] = field(default_factory=set)
    removable: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    left_alone: dict[str, str] = field(default_factory=dict)
    unowned: set[str] = field(default_factory=set)
    unchanged: int = 0

    def leave_alone(self, person: Person | None, account: Account | None, why: str) -> None:
        """Note why nothing is planned for somebody."""
        self.left_alone[user_key(person.id if person else None, account.id if account else None)] = why


def plan_people(situation: Situation) -> Standing:
    """Decide about everybody in scope, then about every account that nobody in scope has."""
    standing = Standing()
    by_person = situation.matches.by_person
    people = sorted(situation.desired.people.values(), key=lambda person: (fold_email(person.email), person.id))
    for person in people:
        if person.id in situation.matches.ambiguous_people:
            hold_ambiguous(situation, standing, person)
        elif person.id in by_person:
            account = situation.actual.accounts[by_person[person.id].account_id]
            plan_known(situation, standing, person, account)
    settle_renames(situation, standing.draft)
    for person in people:
        if person.id not in situation.matches.ambiguous_people and person.id not in by_person:
            plan_newcomer(situation, standing, person)
    plan_others(situation, standing)
    return standing


def hold_ambiguous(situation: Situation, standing: Standing, person: Person) -> None:
    message = situation.matches.ambiguous_people[person.id].message
    standing.draft.held.append(
        Held(Kind.LINK_USER, Hold.AMBIGUOUS_MATCH, f"{message}; none of them is touched", user=person.email)
    )


def is_provisioned(situation: Situation, person: Person) -> bool:
    """True when a person's state asks for an account."""
    policy = situation.policy.users
    match person.state:
        case PersonState.ACTIVATED:
            return True
        case PersonState.PASSWORD_PENDING:
            return policy.provision_password_pending
        case PersonState.STAGED:
            return policy.provision_staged
        case PersonState.SUSPENDED:
            return False


def why_not_provisioned(person: Person) -> str:
    """Why somebody in scope gets no account, or keeps a suspended one."""
    match person.state:
        case PersonState.STAGED:
            return "staged in JumpCloud, and users.staged is ignore: left alone until activated"
        case PersonState.PASSWORD_PENDING:
            return "has no password in JumpCloud yet, and users.password_pending is wait"
        case PersonState.SUSPENDED:
            return "suspended in JumpCloud: not invited"
        case PersonState.ACTIVATED:
            return "activated"


def why_in_scope(situation: Situation, person: Person) -> str:
    groups = situation.desired.through.get(person.id, ())
    if not groups:
        return "assigned directly"
    return f"in {'group' if len(groups) == 1 else 'groups'} {listed(groups)}"


# --- people without an account ------------------------------------------------------------------------------


def plan_newcomer(situation: Situation, standing: Standing, person: Person) -> None:
    if not is_provisioned(situation, person):
        standing.leave_alone(person, None, why_not_provisioned(person))
        return
    wanted = situation.wanted[person.id]
    if not is_address(wanted.user_name):
        standing.leave_alone(person, None, warn_no_address(standing.draft, person, wanted.user_name))
        return
    reason = f"{why_in_scope(situation, person)}, no 1Password account"
    change = Change(
        Kind.CREATE_USER,
        user_key(person.id, None),
        reason,
        user=person.email,
        jumpcloud_id=person.id,
        attributes={
            name: Difference(None, value)
            for name, value in (
                ("userName", wanted.user_name),
                ("displayName", wanted.display_name),
                ("name.givenName", wanted.given_name),
                ("name.familyName", wanted.family_name),
                ("externalId", wanted.external_id),
            )
        },
    )
    holder = situation.occupied.get(fold_email(wanted.user_name))
    if holder:
        settled = wait_for_address(situation, standing.draft, change, holder)
        if not settled:
            return
        change = settled
    if hold_probable_duplicate(situation, standing.draft, person):
        return
    standing.draft.changes.append(change)
    standing.members[person.id] = Member(change.key, person.email)


def warn_no_address(draft: Draft, person: Person, user_name: str) -> str:
    """Warn about somebody whose userName is no address; what is wrong, in words."""
    code, why = "no_email", "has no email in JumpCloud"
    if user_name:
        code, why = "not_an_email", f'would be called "{user_name}" in 1Password, which is no email'
    draft.warnings.append(PlanWarning(code, person.email or person.username or person.id, f"{why}; left as it is"))
    return why


def hold_probable_duplicate(situation: Situation, draft: Draft, person: Person) -> bool:
    """Warn about accounts that are probably this person's; True when the invitation has to be held."""
    alike = resemblances(person, situation.wanted[person.id], situation.leftovers)
    draft.warnings += [
        PlanWarning(
            "probable_duplicate",
            person.email,
            f'{each.account.user_name} ("{each.account.display_name}", {each.account.id}) in 1Password has {each.why}',
        )
        for each in alike
    ]
    strong = [each for each in alike if each.is_strong]
    if not strong or fold_email(person.email) in situation.invite:
        return False
    first = strong[0].account.user_name
    reason = (
        f"{first} has {strong[0].why}: probably the same person. If so, put `{person.email}: {first}` into "
        f"users.aliases; if not, invite with --invite {person.email}"
    )
    draft.held.append(Held(Kind.CREATE_USER, Hold.PROBABLE_DUPLICATE, reason, user=person.email))
    return True


def wait_for_address(situation: Situation, draft: Draft, change: Change, holder: Account) -> Change | None:
    """The change, to run after the email change that frees its address; None when it has to be held."""
    found = situation.matches.by_account.get(holder.id)
    key = user_key(found.person_id if found else None, holder.id)
    if any(other.kind is Kind.RENAME_USER and other.key == key for other in draft.changes):
        return replace(change, after=key)
    address = holder.user_name
    if found and is_waiting_for_email(situation, holder, situation.wanted[found.person_id].user_name):
        reason = f"{address} is still the address of {situation.email_of(holder)}, who has not confirmed the change"
        draft.held.append(Held(change.kind, Hold.AWAITING_CONFIRMATION, reason, user=change.user))
    else:
        reason = f"{address} is the address of another 1Password account ({holder.id})"
        draft.held.append(Held(change.kind, Hold.AMBIGUOUS_MATCH, reason, user=change.user))
    return None


# --- people with an account ---------------------------------------------------------------------------------


def plan_known(situation: Situation, standing: Standing, person: Person, account: Account) -> None:
    if not situation.is_protected(account) and account.active:
        standing.owned.add(account.id)
    if person.state is PersonState.SUSPENDED:
        plan_loss(situation, standing, account, person)
        return
    is_staged = person.state is PersonState.STAGED
    if (is_staged or not account.active) and not is_provisioned(situation, person):
        standing.unchanged += 1
        standing.leave_alone(person, account, why_not_provisioned(person))
        return
    before = len(standing.draft.changes) + len(standing.draft.held)
    plan_attributes(situation, standing.draft, person, account)
    if len(standing.draft.changes) + len(standing.draft.held) == before:
        standing.unchanged += 1
    standing.members[person.id] = Member(user_key(person.id, account.id), person.email)
    if not situation.is_protected(account):
        standing.removable.add(account.id)


def plan_attributes(situation: Situation, draft: Draft, person: Person, account: Account) -> None:
    """One change for what differs, a second one only for an email change beside a reactivation."""
    wanted = situation.wanted[person.id]
    found = situation.matches.by_person[person.id]
    base = Change(
        Kind.LINK_USER,
        user_key(person.id, account.id),
        f"matched by {found.by}; records whose account this is",
        user=person.email,
        jumpcloud_id=person.id,
        scim_id=account.id,
    )
    differences: dict[str, Difference] = {}
    if tidy(account.display_name) != wanted.display_name:
        if is_not_kept(situation, account.id, "displayName", wanted.display_name):
            draft.held.append(not_kept(person.email, Kind.UPDATE_USER, "displayName"))
        else:
            differences["displayName"] = Difference(account.display_name or None, wanted.display_name)
    is_unlinked = needs_link(situation, person, account)
    if is_unlinked and situation.keeps_external_id is not False:
        differences["externalId"] = Difference(account.external_id or None, person.id)
    rename = plan_rename(situation, draft, base, person, account)
    if not account.active and is_not_kept(situation, account.id, "active", value=True):
        draft.held.append(not_kept(person.email, Kind.REACTIVATE_USER, "reactivation"))
    elif not account.active:
        reason = f"{why_in_scope(situation, person)}, suspended in 1Password"
        draft.changes.append(
            replace(base, kind=Kind.REACTIVATE_USER, reason=reason,
                    attributes={"active": Difference(before=False, after=True), **differences})
        )  # fmt: skip
        differences = {}
    if rename:
        draft.changes.append(replace(rename, attributes={**rename.attributes, **differences}))
    elif "displayName" in differences:
        reason = "the display name differs from JumpCloud's"
        draft.changes.append(replace(base, kind=Kind.UPDATE_USER, reason=reason, attributes=differences))
    elif is_unlinked and account.active:
        draft.changes.append(replace(base, attributes=differences))


def is_not_kept(situation: Situation, scim_id: str | None, attribute: str, value: Value) -> bool:
    request = situation.memory.requests.get((scim_id or "", attribute))
    return request is not None and request.runs >= NOT_KEPT_AFTER_RUNS and request.value == request_value(value)


def request_value(value: Value) -> str:
    """How a sent value is remembered: text as it is, booleans as true and false."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def not_kept(user: str | None, kind: Kind, attribute: str) -> Held:
    reason = f"1Password accepted this {attribute} in {NOT_KEPT_AFTER_RUNS} runs and did not keep it"
    return Held(kind, Hold.NOT_KEPT_BY_TARGET, reason, user=user)


def needs_link(situation: Situation, person: Person, account: Account) -> bool:
    """A link has to be written: none is known yet, or it still names an earlier JumpCloud record.

    A link in state is enough where the bridge doesn't keep externalId (facts/scim-bridge.md 13.4). Where it does, one
    that is missing is written again, once: with it, losing state loses nothing.
    """
    written = linked_person(account.external_id)
    if written == person.id:
        return False
    if situation.links.users.get(person.id) != account.id or written:
        return True
    was_sent = (account.id, "externalId") in situation.memory.requests
    return situation.keeps_external_id is True and not account.external_id and not was_sent


def plan_rename(situation: Situation, draft: Draft, base: Change, person: Person, account: Account) -> Change | None:
    """The email change of a person whose account has another address, or None with what holds it noted."""
    wanted = situation.wanted[person.id].user_name
    if fold_email(wanted) == fold_email(account.user_name):
        return None
    if not is_address(wanted):
        warn_no_address(draft, person, wanted)
        return None
    held: Held | None = None
    if situation.is_protected(account):
        held = Held(Kind.RENAME_USER, Hold.PROTECTED, "protected accounts are not renamed", user=person.email)
    elif is_waiting_for_email(situation, account, wanted):
        since = situation.memory.requests[account.id, "userName"].first_sent
        reason = f"waiting for {account.user_name} to confirm the change to {wanted} since {since:%Y-%m-%d %H:%M} UTC"
        held = Held(Kind.RENAME_USER, Hold.AWAITING_CONFIRMATION, reason, user=person.email)
    if held:
        draft.held.append(held)
        return None
    return replace(
        base,
        kind=Kind.RENAME_USER,
        reason="the email changed in JumpCloud",
        attributes={"userName": Difference(account.user_name, wanted)},
    )


def is_waiting_for_email(situation: Situation, account: Account, wanted: str) -> bool:
    """True when the change to this address was asked for and 1Password still shows the old one."""
    request = situation.memory.requests.get((account.id, "userName"))
    if request is None or fold_email(account.user_name) == fold_email(wanted):
        return False
    return fold_email(request.value) == fold_email(wanted)


def settle_renames(situation: Situation, draft: Draft) -> None:
    """Order email changes that want each other's addresses; hold those whose address won't come free."""
    renames = {change.key: change for change in draft.changes if change.kind is Kind.RENAME_USER}
    settled: list[Change] = []
    for change in draft.changes:
        holder = address_holder(situation, change)
        if holder is None:
            settled.append(change)
        elif runs_in_circle(situation, renames, change):
            reason = "people who exchange addresses have to be renamed by hand, one through a third address"
            draft.held.append(Held(change.kind, Hold.AMBIGUOUS_MATCH, reason, user=change.user))
        elif waiting := wait_for_address(situation, draft, change, holder):
            settled.append(waiting)
    draft.changes[:] = settled


def address_holder(situation: Situation, change: Change) -> Account | None:
    """The other account that has the address an email change wants."""
    if change.kind is not Kind.RENAME_USER:
        return None
    holder = situation.occupied.get(fold_email(str(change.attributes["userName"].after)))
    return holder if holder and holder.id != change.scim_id else None


def runs_in_circle(situation: Situation, renames: dict[str, Change], start: Change) -> bool:
    seen: set[str] = set()
    change: Change | None = start
    while change and change.key not in seen:
        seen.add(change.key)
        holder = address_holder(situation, change)
        found = situation.matches.by_account.get(holder.id) if holder else None
        change = renames.get(user_key(found.person_id, None)) if found else None
    return change is not None


# --- accounts that nobody in scope has ----------------------------------------------------------------------


def plan_others(situation: Situation, standing: Standing) -> None:
    """Accounts outside the scope: owned ones may be suspended, the others are only counted."""
    ambiguous = situation.matches.ambiguous_accounts
    for account in sorted_accounts(situation.actual.accounts.values()):
        found = situation.matches.by_account.get(account.id)
        person = situation.source.people[found.person_id] if found else None
        if account.id in ambiguous or (person and person.id in situation.desired.people):
            continue
        if person and person.id in situation.desired.excluded:
            standing.unowned.add(account.id)
            standing.leave_alone(person, account, "excluded by scope.exclude_users")
            continue
        if not is_owned(situation, account):
            standing.unowned.add(account.id)
            standing.leave_alone(person, account, why_unowned(situation, person))
            continue
        if account.active and not situation.is_protected(account):
            standing.owned.add(account.id)
        plan_loss(situation, standing, account, person)


def sorted_accounts(accounts: Iterable[Account]) -> list[Account]:
    return sorted(accounts, key=lambda account: (fold_email(account.user_name), account.id))


def is_owned(situation: Situation, account: Account) -> bool:
    """Whether jc1p may take away from an account that nobody in scope has (the contract's Ownership)."""
    found = situation.matches.by_account.get(account.id)
    linked = account.id in situation.linked_accounts
    match situation.policy.users.ownership:
        case Ownership.LINKED:
            return linked
        case Ownership.DIRECTORY:
            return linked or found is not None
        case Ownership.ALL:
            return True


def why_unowned(situation: Situation, person: Person | None) -> str:
    ownership = situation.policy.users.ownership
    if person is None:
        return f"no JumpCloud person has this account, and users.ownership is {ownership}: not jc1p's to take away from"
    return f"in no group in scope, and never linked; users.ownership is {ownership}: not jc1p's to take away from"


def plan_loss(situation: Situation, standing: Standing, account: Account, person: Person | None) -> None:
    """Suspend an owned account whose person is suspended, unassigned or gone, or say why not."""
    if not account.active:
        standing.unchanged += person is not None and person.id in situation.desired.people
        standing.leave_alone(person, account, f"{why_lost(situation, account, person)}, and suspended already")
        return
    policy = situation.policy.users
    change = Change(
        Kind.SUSPEND_USER,
        user_key(person.id if person else None, account.id),
        why_lost(situation, account, person),
        user=person.email if person else account.user_name,
        jumpcloud_id=person.id if person else situation.matches.gone.get(account.id),
        scim_id=account.id,
        attributes={"active": Difference(before=True, after=False)},
    )
    if person and person.state is PersonState.STAGED and not policy.provision_staged:
        standing.leave_alone(person, account, why_not_provisioned(person))
        return
    key, wanted = loss_policy(situation, person)
    if not (person and person.state is PersonState.SUSPENDED):
        standing.absent.add(account.id)
    if not wanted:
        standing.leave_alone(person, account, f"{change.reason}, and users.{key} is ignore")
        if account.id in standing.owned:
            standing.removable.add(account.id)
        return
    if held := hold_loss(situation, change, account):
        standing.draft.held.append(held)
    else:
        standing.draft.changes.append(change)


def loss_policy(situation: Situation, person: Person | None) -> tuple[str, bool]:
    """The configuration key that says what a loss does, and whether it suspends."""
    policy = situation.policy.users
    if person is None:
        return "when_deleted", policy.suspend_deleted
    if person.state is PersonState.SUSPENDED:
        return "when_suspended", policy.suspend_suspended
    return "when_unassigned", policy.suspend_unassigned


def why_lost(situation: Situation, account: Account, person: Person | None) -> str:
    if person is None:
        gone = account.id in situation.matches.gone
        return "deleted from JumpCloud" if gone else "no JumpCloud person has this account"
    if person.state is PersonState.SUSPENDED:
        return "suspended in JumpCloud"
    return "no longer assigned: in no group in scope"


def hold_loss(situation: Situation, change: Change, account: Account) -> Held | None:
    """The reason not to suspend now, protection first."""
    if situation.is_protected(account):
        return Held(change.kind, Hold.PROTECTED, f"{change.reason}, but protected", user=change.user)
    if not situation.actual.accounts_complete:
        reason = f"{change.reason}, but the list of 1Password accounts is incomplete"
        return Held(change.kind, Hold.INCOMPLETE_READ, reason, user=change.user)
    if is_not_kept(situation, account.id, "active", value=False):
        return not_kept(change.user, change.kind, "suspension")
    person = situation.source.people.get(change.jumpcloud_id or "")
    if person and person.state is PersonState.SUSPENDED:
        return None
    until = situation.memory.absent_since.get(account.id, situation.now) + situation.policy.users.grace_period
    if situation.now < until:
        reason = f"{change.reason}; to be suspended after {until:%Y-%m-%d %H:%M} UTC (grace period)"
        return Held(change.kind, Hold.GRACE_PERIOD, reason, user=change.user)
    return None
