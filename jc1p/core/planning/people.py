"""Planning for people: invite, reactivate, update, rename, link, suspend, or leave alone and say why.

The table behind these rules is docs/lifecycle.md. Groups are planned afterwards, from who is standing.
"""

from dataclasses import replace

from jc1p.core.attributes import is_address, listed
from jc1p.core.duplicates import resemblances
from jc1p.core.folding import fold, tidy
from jc1p.core.matching import linked_person
from jc1p.core.models import Account, Person, PersonState
from jc1p.core.plan import Change, Difference, Held, Hold, Kind, Member, PlanWarning, user_key
from jc1p.core.planning.deprovisioning import plan_loss, plan_others
from jc1p.core.planning.people_result import Standing, is_provisioned, why_not_provisioned
from jc1p.core.planning.returns import hold_return
from jc1p.core.planning.situation import Draft, Situation
from jc1p.core.planning.unkept_writes import is_not_kept, not_kept
from jc1p.core.policy import SuspendedBy


def plan_people(situation: Situation) -> Standing:
    """Decide about everybody in scope, then about every account that nobody in scope has."""
    standing = Standing()
    by_person = situation.matches.by_person
    people = sorted(situation.desired.people.values(), key=lambda person: (fold(person.email), person.id))
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
    """Hold what was wanted: a link where there are accounts to choose from, an invitation where there is none."""
    case = situation.matches.ambiguous_people[person.id]
    kind = Kind.LINK_USER if case.account_ids else Kind.CREATE_USER
    standing.draft.held.append(Held(kind, Hold.AMBIGUOUS_MATCH, case.message, user=person.email))


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
    holder = situation.occupied.get(fold(wanted.user_name))
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
    alike = resemblances(person, situation.wanted[person.id], situation.leftovers, situation.crowd)
    draft.warnings += [
        PlanWarning(
            "probable_duplicate",
            person.email,
            f'{each.account.user_name} ("{each.account.display_name}", {each.account.id}) in 1Password has {each.why}',
        )
        for each in alike
    ]
    strong = [each for each in alike if each.is_strong]
    if not strong or fold(person.email) in situation.invite:
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
        standing.unchanged.append(account.id)
        standing.leave_alone(person, account, why_not_provisioned(person))
        return
    if not account.active and (held := hold_return(situation, person, account)):
        standing.draft.held.append(held)
        return
    before = len(standing.draft.changes) + len(standing.draft.held)
    plan_attributes(situation, standing.draft, person, account)
    if len(standing.draft.changes) + len(standing.draft.held) == before:
        standing.unchanged.append(account.id)
    standing.members[person.id] = Member(user_key(person.id, account.id), person.email)
    if not situation.is_protected(account):
        standing.removable.add(account.id)


def plan_attributes(situation: Situation, draft: Draft, person: Person, account: Account) -> None:
    """One change for what differs, a second one only for an email change beside a reactivation."""
    wanted = situation.wanted[person.id]
    if is_in_step(situation, person, account):
        return
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
        reason = f"{why_in_scope(situation, person)}, {why_back(situation, account)}"
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


def why_back(situation: Situation, account: Account) -> str:
    """Why an account comes back, in words."""
    known = situation.memory.suspensions.get(account.id)
    match known.by if known else None:
        case SuspendedBy.JC1P:
            return "suspended in 1Password by jc1p before"
        case SuspendedBy.JUMPCLOUD:
            return "suspended in 1Password while suspended in JumpCloud, and back there"
        case _:
            return "suspended in 1Password by somebody else"


def is_in_step(situation: Situation, person: Person, account: Account) -> bool:
    """Nothing differs: true of nearly everybody in nearly every run, so it comes before anything else is made."""
    wanted = situation.wanted[person.id]
    return (
        account.active
        and (account.external_id == person.id or linked_person(account.external_id) == person.id)
        and tidy(account.display_name) == wanted.display_name
        and fold(account.user_name) == fold(wanted.user_name)
    )


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
    if fold(wanted) == fold(account.user_name):
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
    if request is None or fold(account.user_name) == fold(wanted):
        return False
    return fold(request.value) == fold(wanted)


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
    holder = situation.occupied.get(fold(str(change.attributes["userName"].after)))
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
