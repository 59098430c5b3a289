"""What a run stores in state: links, sent values, absences, added and removed members.

pipeline.py and real_run.py decide when; state/store.py knows the storage format. Everything here is a hint for the next
run, never the truth.
"""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from jc1p.core.attributes import LANGUAGE, compared_form
from jc1p.core.folding import fold, tidy
from jc1p.core.matching import Links
from jc1p.core.models import Account, MembershipView
from jc1p.core.outcomes import Applied, Failed, Outcome, Report
from jc1p.core.past_links import LINKING
from jc1p.core.plan import MEMBERSHIP, Change, Kind, Plan, group_key
from jc1p.core.planning import Situation
from jc1p.core.planning.group_members import is_undone
from jc1p.core.planning.returns import returned, suspensions_seen
from jc1p.core.planning.takeovers import by_address
from jc1p.core.planning.unkept_writes import request_value
from jc1p.core.policy import GROUP, MEMBER, SuspendedBy, group_attribute, member_attribute
from jc1p.errors import NotKept, OutcomeUnknown
from jc1p.state.recovery import JOURNAL_READ
from jc1p.state.store import State


def remember_reading(situation: Situation, plan: Plan, state: State, now: datetime) -> None:
    """What the reading showed: requests that were kept or are no longer wanted, absences, links of people in scope."""
    kept = remember_recalled(situation, state)
    state.forget_requests([*kept_requests(situation), *unwanted_renames(situation), *members_settled(situation)])
    remember_undone(situation, state, now)
    state.remember_absences(plan.absent, now)
    state.forget_links("user", kept.users.keys() - situation.links.users.keys())
    state.forget_links("group", kept.groups.keys() - situation.links.groups.keys())
    planned = {change.jumpcloud_id for change in plan.changes}
    known, by_person = situation.links.users, situation.matches.by_person
    new = {id_: found for id_, found in by_person.items() if known.get(id_) != found.account_id and id_ not in planned}
    # An account that changes hands gets its new link only with the change that shows the takeover.
    links = {
        id_: found.account_id for id_, found in new.items()
        if id_ in situation.desired.people and not by_address(situation, found)
    }  # fmt: skip
    state.remember_links("user", links)


def remember_recalled(situation: Situation, state: State) -> Links:
    """Remember email changes and links that only the journal knew. Returns the links that state had."""
    kept, links = state.links(), situation.links
    state.remember_links("user", dict(links.users.items() - kept.users.items()))
    state.remember_links("group", dict(links.groups.items() - kept.groups.items()))
    asked = {key: request for key, request in situation.memory.requests.items() if key[1] == "userName"}
    known = state.memory(with_added=False).requests if asked else {}
    for (scim_id, attribute), request in asked.items():
        if known.get((scim_id, attribute)) != request:
            state.remember_request(scim_id, attribute, request.value, request.first_sent)
    return kept


def remember_suspensions(situation: Situation, state: State, now: datetime, *, is_whole: bool) -> None:
    """Who suspended the inactive accounts, and that active ones are no longer suspended."""
    known = {id_: each.by for id_, each in situation.memory.suspensions.items()}
    state.remember_suspensions(known | dict(suspensions_seen(situation, is_whole=is_whole)), now)
    state.forget_suspensions(returned(situation))
    state.note_done(JOURNAL_READ)


def kept_requests(situation: Situation) -> Iterator[tuple[str, str]]:
    """Requests whose value 1Password shows now."""
    for key, request in situation.memory.requests.items():
        if shown_value(situation, *key) == compared_form(key[1].removeprefix(GROUP), request.value):
            yield key


def shown_value(situation: Situation, id_: str, attribute: str) -> str:
    """The value that 1Password shows for an account or a group, in compared form; "" if none."""
    if attribute == group_attribute("displayName"):
        group = situation.actual.groups.get(id_)
        return tidy(group.name) if group else ""
    account = situation.actual.accounts.get(id_)
    return attributes_shown(account).get(attribute, "") if account else ""


def unwanted_renames(situation: Situation) -> Iterator[tuple[str, str]]:
    """Email changes that were sent and that JumpCloud reverted: a later one is a new request."""
    for account_id, attribute in situation.memory.requests:
        found, account = situation.matches.by_account.get(account_id), situation.actual.accounts.get(account_id)
        if attribute != "userName" or not found or not account:
            continue
        if fold(situation.wanted[found.person_id].user_name) == fold(account.user_name):
            yield account_id, attribute


def members_settled(situation: Situation) -> Iterator[tuple[str, str]]:
    """Members whose change did not stay, and who are now in the right groups, or should be in others by now."""
    for (group_id, attribute), request in situation.memory.requests.items():
        account_id = attribute.removeprefix(MEMBER)
        if attribute.startswith(MEMBER) and not is_undone(situation, group_id, account_id, request.value):
            yield group_id, attribute


def remember_undone(situation: Situation, state: State, now: datetime) -> None:
    """Members that an earlier run added or removed successfully, and whose change was reverted since."""
    if situation.actual.membership_view is not MembershipView.NONE:
        for (group_id, direction), account_ids in state.last_member_writes().items():
            for account_id in account_ids:
                attribute = member_attribute(account_id)
                known = situation.memory.requests.get((group_id, attribute))
                is_counted = known is not None and known.value == direction
                if not is_counted and is_undone(situation, group_id, account_id, direction):
                    state.remember_request(group_id, attribute, direction, now)
    state.forget_member_writes()


def attributes_shown(account: Account) -> dict[str, str]:
    return {
        "userName": compared_form("userName", account.user_name),
        "displayName": compared_form("displayName", account.display_name),
        LANGUAGE: compared_form(LANGUAGE, account.preferred_language),
        "externalId": account.external_id,
        "active": request_value(account.active),
    }


def remember_outcome(outcome: Outcome, state: State, now: datetime) -> None:
    """Remember one change as soon as it is done: its link, and the values that the next reading should show."""
    remember_switch(outcome, state, now)
    if isinstance(outcome, Applied):
        state.remember_links("user", links_made([outcome], group=False))
        state.remember_links("group", links_made([outcome], group=True))
        remember_requests(outcome.change, outcome.scim_id, state, now)
        if outcome.awaits:
            # The user got a mail; no later run may send another one.
            state.commit()


def remember_switch(outcome: Outcome, state: State, now: datetime) -> None:
    """That jc1p suspended an account, even if the answer was lost, or reactivated it."""
    change = outcome.change
    is_unknown = isinstance(outcome, Failed) and isinstance(outcome.error, OutcomeUnknown)
    if change.scim_id is None or not (isinstance(outcome, Applied) or is_unknown):
        return
    if change.kind is Kind.SUSPEND_USER:
        state.remember_suspensions({change.scim_id: SuspendedBy.JC1P}, now)
    elif change.kind is Kind.REACTIVATE_USER and not is_unknown:
        state.forget_suspensions([change.scim_id])


def remember_report(situation: Situation, plan: Plan, report: Report, state: State, now: datetime) -> None:
    """What is known at the end: links of groups that were already in sync, results for members."""
    applied = [outcome for outcome in report.outcomes if isinstance(outcome, Applied)]
    links, known = unchanged_group_links(situation, plan), situation.links.groups
    state.remember_links("group", {id_: scim_id for id_, scim_id in links.items() if known.get(id_) != scim_id})
    remember_unkept(report, state, now)
    remember_member_writes(plan, applied, state, now)
    if situation.actual.membership_view is MembershipView.NONE:
        remember_members(plan, applied, state)


def remember_unkept(report: Report, state: State, now: datetime) -> None:
    """Changes that succeeded but did not stay: after two runs they are held, except suspensions."""
    for outcome in report.outcomes:
        if isinstance(outcome, Failed) and isinstance(outcome.error, NotKept):
            for account_id in outcome.error.added:
                state.remember_request(outcome.error.group_id, member_attribute(account_id), "added", now)
            remember_requests(outcome.change, outcome.change.scim_id, state, now)


def remember_member_writes(plan: Plan, applied: Iterable[Applied], state: State, now: datetime) -> None:
    """Members that this run added and removed, for the next run to compare; reverted ones count one run more."""
    ids, requests = ids_after(plan, applied), state.memory(with_added=False).requests
    for outcome in applied:
        if outcome.change.kind not in MEMBERSHIP or not outcome.scim_id:
            continue
        direction = "added" if outcome.change.kind is Kind.ADD_MEMBERS else "removed"
        members = [ids[member.key] for member in outcome.members if member.key in ids]
        state.remember_member_write(outcome.scim_id, direction, members)
        for attribute in map(member_attribute, members):
            known = requests.get((outcome.scim_id, attribute))
            if known and known.value == direction:
                state.remember_request(outcome.scim_id, attribute, direction, now)


def ids_after(plan: Plan, applied: Iterable[Applied]) -> Mapping[str, str]:
    """SCIM ids by key, including those that the run created."""
    created = {outcome.change.key: outcome.scim_id for outcome in applied if outcome.scim_id}
    return ChainMap(created, plan.ids)  # type: ignore[arg-type] # they are only read


def links_made(applied: Iterable[Applied], *, group: bool) -> dict[str, str]:
    return {
        outcome.change.jumpcloud_id: outcome.scim_id
        for outcome in applied
        if outcome.change.jumpcloud_id and outcome.scim_id
        and (outcome.change.group is not None) is group
        and outcome.change.kind in LINKING
        and not outcome.change.is_about_the_gone
    }  # fmt: skip


def unchanged_group_links(situation: Situation, plan: Plan) -> dict[str, str]:
    """Groups that were already in sync, so that a later rename keeps their link."""
    return {id_: plan.ids[key] for id_ in situation.desired.groups if (key := group_key(id_)) in plan.ids}


def remember_requests(change: Change, scim_id: str | None, state: State, now: datetime) -> None:
    """Values that the next reading should show."""
    if change.kind in {Kind.CREATE_USER, Kind.CREATE_GROUP} or scim_id is None:
        return
    for name, difference in change.attributes.items():
        attribute = group_attribute(name) if change.kind is Kind.RENAME_GROUP else name
        state.remember_request(scim_id, attribute, request_value(difference.after), now)


def remember_members(plan: Plan, applied: Iterable[Applied], state: State) -> None:
    applied = list(applied)
    ids = ids_after(plan, applied)
    for outcome in applied:
        members = [ids[member.key] for member in outcome.members if member.key in ids]
        if outcome.change.kind is Kind.ADD_MEMBERS and outcome.scim_id:
            state.remember_members(outcome.scim_id, added=members)
        if outcome.change.kind is Kind.REMOVE_MEMBERS and outcome.scim_id:
            state.remember_members(outcome.scim_id, removed=members)
