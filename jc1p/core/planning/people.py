"""Planning for people: invite, reactivate, update, rename, link, suspend, or leave alone and say why.

The table behind these rules is docs/lifecycle.md. Groups are planned afterwards, from the resulting Standing.
"""

from jc1p.core.attributes import LANGUAGE, compared_form, is_address, is_language, listed
from jc1p.core.duplicates import resemblances
from jc1p.core.folding import fold, tidy
from jc1p.core.matching import linked_person
from jc1p.core.models import Account, Person, PersonState
from jc1p.core.plan import Change, Difference, Held, Hold, Kind, PlanWarning, user_key
from jc1p.core.planning.addresses import is_waiting_for_email, settle_renames, wait_for_address
from jc1p.core.planning.deprovisioning import plan_loss, plan_others
from jc1p.core.planning.in_sync import find_in_sync
from jc1p.core.planning.people_result import Standing, is_provisioned, is_suspended, why_not_provisioned
from jc1p.core.planning.returns import hold_return
from jc1p.core.planning.situation import Draft, Situation
from jc1p.core.planning.takeovers import account_takeovers
from jc1p.core.planning.unkept_writes import is_not_kept, not_kept
from jc1p.core.policy import SuspendedBy
from jc1p.runtime.command_lines import command_line


def plan_people(situation: Situation) -> Standing:
    """Decide about every user in scope, then about every account without a user in scope."""
    standing = Standing()
    by_person, in_sync = situation.matches.by_person, find_in_sync(situation)
    standing.note_in_sync(in_sync, situation.protected_accounts)
    others = [person for id_, person in situation.desired.people.items() if id_ not in in_sync]
    people = sorted(others, key=lambda person: (fold(person.email), person.id))
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
    warn_of_takeovers(situation, standing)
    return standing


def warn_of_takeovers(situation: Situation, standing: Standing) -> None:
    """Warn about accounts that people get by their address alone, and note which user had them before."""
    for key, taken in account_takeovers(situation, standing.draft.changes).items():
        standing.draft.warnings.append(taken.warning(key))
        standing.presumed_gone |= {taken.former} if taken.former else set()


def hold_ambiguous(situation: Situation, standing: Standing, person: Person) -> None:
    """Hold the wanted change: a link if there are several accounts to choose from, an invitation if there is none."""
    case = situation.matches.ambiguous_people[person.id]
    kind = Kind.LINK_USER if case.account_ids else Kind.CREATE_USER
    key = user_key(person.id, None)
    standing.draft.held.append(Held(kind, Hold.AMBIGUOUS_MATCH, case.message, person.email, user_key=key))


def why_in_scope(situation: Situation, person: Person) -> str:
    groups = situation.desired.through.get(person.id, ())
    if not groups:
        return "assigned directly"
    return f"in {'group' if len(groups) == 1 else 'groups'} {listed(groups)}"


# --- people without an account ------------------------------------------------------------------------------


def plan_newcomer(situation: Situation, standing: Standing, person: Person) -> None:
    if not is_provisioned(situation, person):
        standing.leave_alone(person, None, why_not_provisioned(situation, person))
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
                (LANGUAGE, wanted_language(situation, standing.draft, person)),
            )
            if value or name != LANGUAGE
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
    standing.members.add(person.id)


def warn_no_address(draft: Draft, person: Person, user_name: str) -> str:
    """Warn about a user whose userName is not an address; returns what is wrong, in words."""
    code, why = "no_email", "has no email in JumpCloud"
    if user_name:
        code, why = "not_an_email", f'would get the 1Password email "{user_name}", which is not an email address'
    draft.warnings.append(PlanWarning(code, person.email or person.username or person.id, f"{why}; not changed"))
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
        f"{first} has {strong[0].why}: probably the same user. If so, add `{person.email}: "
        f"{first}` to users.aliases. If not: {command_line('sync', '--invite', person.email)}"
    )
    key = user_key(person.id, None)
    draft.held.append(Held(Kind.CREATE_USER, Hold.PROBABLE_DUPLICATE, reason, person.email, user_key=key))
    return True


# --- people with an account ---------------------------------------------------------------------------------


def plan_known(situation: Situation, standing: Standing, person: Person, account: Account) -> None:
    if not situation.is_protected(account) and account.active:
        standing.owned.add(account.id)
    if is_suspended(situation, person):
        plan_loss(situation, standing, account, person)
        return
    is_staged = person.state is PersonState.STAGED
    if (is_staged or not account.active) and not is_provisioned(situation, person):
        standing.unchanged.append(account.id)
        standing.leave_alone(person, account, why_not_provisioned(situation, person))
        return
    if not account.active and (held := hold_return(situation, person, account)):
        standing.draft.held.append(held)
        return
    before = len(standing.draft.changes) + len(standing.draft.held)
    plan_attributes(situation, standing.draft, person, account)
    if len(standing.draft.changes) + len(standing.draft.held) == before:
        standing.unchanged.append(account.id)
    standing.members.add(person.id)
    if not situation.is_protected(account):
        standing.removable.add(account.id)


def plan_attributes(situation: Situation, draft: Draft, person: Person, account: Account) -> None:
    """One change for all differences; a second change only for an email change beside a reactivation."""
    if is_in_step(situation, person, account):
        return
    found = situation.matches.by_person[person.id]
    base = Change(
        Kind.LINK_USER,
        user_key(person.id, account.id),
        f"matched by {found.by}; adds the link",
        user=person.email,
        jumpcloud_id=person.id,
        scim_id=account.id,
    )
    differences = differing(situation, draft, person, account)
    is_unlinked = needs_link(situation, person, account)
    if is_unlinked and situation.keeps_external_id is not False:
        differences["externalId"] = Difference(account.external_id or None, person.id)
    rename = plan_rename(situation, draft, base, person, account)
    if not account.active and is_not_kept(situation, account.id, "active", value=True):
        draft.held.append(not_kept(person.email, Kind.REACTIVATE_USER, "reactivation"))
    elif not account.active:
        reason = f"{why_in_scope(situation, person)}, {why_back(situation, account)}"
        draft.changes.append(
            base._replace(kind=Kind.REACTIVATE_USER, reason=reason,
                    attributes={"active": Difference(before=False, after=True), **differences})
        )  # fmt: skip
        differences = {}
    if rename:
        draft.changes.append(rename._replace(attributes={**rename.attributes, **differences}))
    elif named := [WORDS[name] for name in differences if name in WORDS]:
        reason = f"the {' and the '.join(named)} {'differs' if len(named) == 1 else 'differ'} from JumpCloud's"
        draft.changes.append(base._replace(kind=Kind.UPDATE_USER, reason=reason, attributes=differences))
    elif is_unlinked and account.active:
        draft.changes.append(base._replace(attributes=differences))


def differing(situation: Situation, draft: Draft, person: Person, account: Account) -> dict[str, Difference]:
    """Name and language where they differ. If 1Password is known to drop a value, the change is held."""
    wanted, differences = situation.wanted[person.id], dict[str, Difference]()
    pairs = {
        "displayName": (account.display_name, wanted.display_name),
        LANGUAGE: (account.preferred_language, wanted_language(situation, draft, person)),
    }
    for name, (shown, after) in pairs.items():
        if not after or compared_form(name, shown) == compared_form(name, after):
            continue
        if is_not_kept(situation, account.id, name, after):
            draft.held.append(not_kept(person.email, Kind.UPDATE_USER, name))
        else:
            differences[name] = Difference(shown or None, after)
    return differences


WORDS = {"displayName": "display name", LANGUAGE: "language"}


def wanted_language(situation: Situation, draft: Draft, person: Person) -> str:
    """The language that 1Password should show, "" for none; an invalid one causes a warning and is not sent."""
    language = situation.wanted[person.id].preferred_language
    if not language or is_language(language):
        return language
    message = f'would get the language "{language}", which is not a language tag such as de or pt-BR; not changed'
    draft.warnings.append(PlanWarning("not_a_language", person.email, message))
    return ""


def why_back(situation: Situation, account: Account) -> str:
    """Why an account is reactivated, in words."""
    known = situation.memory.suspensions.get(account.id)
    match known.by if known else None:
        case SuspendedBy.JC1P:
            return "suspended in 1Password by an earlier run of jc1p"
        case SuspendedBy.JUMPCLOUD:
            expired = " or had an expired password" if situation.policy.users.suspend_password_expired else ""
            return f"suspended in 1Password while suspended in JumpCloud{expired}, and active there again"
        case _:
            return "suspended in 1Password, but not by jc1p"


def is_in_step(situation: Situation, person: Person, account: Account) -> bool:
    """No differences: true for nearly every user in nearly every run, so this check comes first and is cheap."""
    wanted = situation.wanted[person.id]
    return (
        account.active
        and (account.external_id == person.id or linked_person(account.external_id) == person.id)
        and (account.display_name == wanted.display_name or tidy(account.display_name) == wanted.display_name)
        and (account.user_name == wanted.user_name or fold(account.user_name) == fold(wanted.user_name))
        and (not wanted.preferred_language or account.preferred_language == wanted.preferred_language)
    )


def needs_link(situation: Situation, person: Person, account: Account) -> bool:
    """A link has to be written: there is none yet, or it still names an earlier JumpCloud record.

    A link in state is enough if the bridge doesn't keep externalId (facts/scim-bridge.md 13.4). If it does, a missing
    externalId is written again, once. Then losing the state loses no links.
    """
    written = linked_person(account.external_id)
    if written == person.id:
        return False
    if situation.links.users.get(person.id) != account.id or written:
        return True
    was_sent = (account.id, "externalId") in situation.memory.requests
    return situation.keeps_external_id is True and not account.external_id and not was_sent


def plan_rename(situation: Situation, draft: Draft, base: Change, person: Person, account: Account) -> Change | None:
    """The email change of a person whose account has another address; None, with the reason noted, if it is held."""
    wanted = situation.wanted[person.id].user_name
    if fold(wanted) == fold(account.user_name):
        return None
    if not is_address(wanted):
        warn_no_address(draft, person, wanted)
        return None
    held: Held | None = None
    if situation.is_protected(account):
        reason = "protected accounts are not renamed"
        held = Held(Kind.RENAME_USER, Hold.PROTECTED, reason, person.email, user_key=base.key)
    elif is_waiting_for_email(situation, account, wanted):
        since = situation.memory.requests[account.id, "userName"].first_sent
        reason = f"waiting since {since:%Y-%m-%d %H:%M} UTC for {account.user_name} to confirm the change to {wanted}"
        held = Held(Kind.RENAME_USER, Hold.AWAITING_CONFIRMATION, reason, person.email, user_key=base.key)
    if held:
        draft.held.append(held)
        return None
    return base._replace(
        kind=Kind.RENAME_USER,
        reason="the email changed in JumpCloud",
        attributes={"userName": Difference(account.user_name, wanted)},
    )
