"""Planning for groups: create, rename in place, add and remove members.

In 1Password a group is vault access. So a pushed group keeps its id through every change, and only members that jc1p
manages are removed from it. People are planned before; see people.Standing.
"""

from jc1p.core.attributes import listed, quoted_name
from jc1p.core.folding import blur, fold, tidy
from jc1p.core.matching import linked_person
from jc1p.core.models import Group
from jc1p.core.plan import Change, Difference, Held, Hold, Kind, PlanWarning
from jc1p.core.planning.deprovisioning import why_taken_out
from jc1p.core.planning.group_members import (
    hold_unkept,
    leaving_accounts,
    plan_removal,
    present_accounts,
    with_members,
)
from jc1p.core.planning.group_names import NameClaims, settle_names
from jc1p.core.planning.group_pairs import (
    Pair,
    is_protected_name,
    keeper_of,
    names_undecided,
    pair_groups,
    sorted_groups,
)
from jc1p.core.planning.group_result import GroupStanding
from jc1p.core.planning.left_groups import plan_left_group
from jc1p.core.planning.people_result import Standing
from jc1p.core.planning.situation import Draft, Situation
from jc1p.core.planning.takeovers import former_link, takeover
from jc1p.core.policy import group_attribute
from jc1p.runtime.command_lines import command_line


def plan_groups(situation: Situation, people: Standing) -> GroupStanding:
    """Plan every group in scope, then the groups that were pushed before and left the scope."""
    standing = GroupStanding()
    if not situation.policy.groups.push:
        return standing
    pairs = sorted(pair_groups(situation, standing.draft), key=lambda pair: (fold(pair.name), pair.group.id))
    wanted = [pair for pair in pairs if pair.actual or is_created(situation, people, pair)]
    claims = settle_names(situation, wanted, lambda pair: why_name_stays(situation, pair))
    for pair in wanted:
        plan_group(situation, people, standing, pair, claims)
    paired = {pair.actual.id for pair in pairs if pair.actual}
    undecided = names_undecided(situation, pairs)
    for actual in sorted_groups(situation.actual.groups.values()):
        source_id = situation.source_of_group.get(actual.id)
        if source_id and actual.id not in paired and source_id not in situation.desired.groups:
            rival = undecided.get(fold(actual.name)) if keeper_of(situation, actual) is None else None
            plan_left_group(situation, people, standing, actual, source_id, rival=rival)
    warn_about_namesakes(standing.draft)
    warn_about_lookalikes(situation, standing.draft)
    return standing


def is_created(situation: Situation, people: Standing, pair: Pair) -> bool:
    """Whether a group that 1Password lacks should be created."""
    return situation.policy.groups.create_empty or not pair.group.members.isdisjoint(people.members)


# --- one group in scope -------------------------------------------------------------------------------------


def plan_group(
    situation: Situation, people: Standing, standing: GroupStanding, pair: Pair, claims: NameClaims
) -> None:  # fmt: skip
    draft, key, group, name, actual = standing.draft, pair.key, pair.group, pair.name, pair.actual
    before = len(draft.changes)
    base = Change(Kind.ADD_MEMBERS, key, "", group=name, jumpcloud_id=group.id, scim_id=actual.id if actual else None)
    if actual is None:
        if why := why_not_created(situation, pair, claims):
            draft.held.append(Held(Kind.CREATE_GROUP, *why, group=name, group_key=key))
            return
        draft.changes.append(new_group(base)._replace(after=claims.after.get(key)))
    elif not keep_name(situation, draft, base, pair, claims):
        return
    if pair.is_adopted:
        warn_of_takeover(situation, standing, pair)
    present, accounts = present_accounts(situation, actual), situation.account_by_person
    wanted = frozenset(map(accounts.get, group.members))
    left = () if wanted <= present else group.members & people.members
    absent = sorted(id_ for id_ in left if accounts.get(id_) not in present)
    members = {id_: people.named(situation.source.people[id_]) for id_ in absent}
    joining = [
        member for id_, member in members.items()
        if not hold_unkept(situation, draft, base, member, accounts.get(id_))
    ]  # fmt: skip
    if joining:
        reason = f"members of the JumpCloud group {quoted_name(group.name)}"
        draft.changes.append(with_members(base, Kind.ADD_MEMBERS, reason, joining))
    if actual:
        standing.ids[key] = actual.id
        if needs_written_link(situation, group, actual):
            standing.unlinked[actual.id] = group.id
        standing.owned_memberships[actual.id] = len(present) - len(present - people.losable)
        leaving = leaving_accounts(situation, people, draft, base, present - wanted)
        plan_removal(situation, draft, base, why_taken_out(situation, group, leaving), leaving)
    if actual and len(draft.changes) == before:
        standing.unchanged.append(actual.id)


def needs_written_link(situation: Situation, group: Group, actual: Group) -> bool:
    """Its externalId is empty or names a deleted JumpCloud group, and this one was never sent.

    Not if the bridge has shown that it drops it.
    """
    former = linked_person(actual.external_id)
    is_over = former not in {"", group.id} and former not in situation.source.groups
    request = situation.memory.requests.get((actual.id, group_attribute("externalId")))
    was_sent = request is not None and request.value == group.id
    return (not actual.external_id or is_over) and not was_sent and situation.keeps_group_external_id is not False


def why_not_created(situation: Situation, pair: Pair, claims: NameClaims) -> tuple[Hold, str] | None:
    """What holds a group that 1Password lacks."""
    if blocked := claims.blocked.get(pair.key):
        return Hold.AMBIGUOUS_MATCH, blocked
    if pair.group.id in situation.vanished_groups and pair.key not in situation.recreate:
        again = command_line("sync", "--recreate", pair.name)
        return Hold.GROUP_VANISHED, (
            f"its 1Password group ({situation.links.groups[pair.group.id]}) is missing. It was probably removed "
            "from Managed Groups: add it again under Integrations > Automated User Provisioning. "
            f"A new group would not have its vaults. If it was deleted: `{again}`"
        )
    return None


def warn_of_takeover(situation: Situation, standing: GroupStanding, pair: Pair) -> None:
    """A 1Password group that has members, or belonged to another JumpCloud group, and matches only by name."""
    actual = pair.actual
    former = situation.source_of_group.get(actual.id) if actual else None
    if actual is None or not (actual.members or former):
        return
    standing.presumed_gone |= {former} if former else set()
    facts = [f"has {len(actual.members)} member{'' if len(actual.members) == 1 else 's'}"]
    facts += [former_link("group", former)] if former else []
    what, whose = f"the 1Password group of this name ({actual.id})", f"{quoted_name(pair.group.name)} ({pair.group.id})"
    becomes = f"the group of the JumpCloud group {whose}, whose members get its vaults"
    standing.draft.warnings.append(takeover(pair.name, pair.key, what, facts, becomes))


def new_group(base: Change) -> Change:
    return Change(
        Kind.CREATE_GROUP, base.key, "in scope, no 1Password group of this name", group=base.group,
        jumpcloud_id=base.jumpcloud_id, attributes={"displayName": Difference(None, base.group)},
    )  # fmt: skip


def keep_name(situation: Situation, draft: Draft, base: Change, pair: Pair, claims: NameClaims) -> bool:
    """Plan the rename when the names differ; False when the group is protected and must not be changed."""
    actual, name = pair.actual or pair.group, pair.name
    if is_protected_name(situation, actual.name) or is_protected_name(situation, name):
        reason = f"{quoted_name(actual.name)} is a protected group"
        draft.held.append(Held(Kind.RENAME_GROUP, Hold.PROTECTED, reason, group=name, group_key=base.key))
        return False
    if tidy(actual.name) == name:
        return True
    if why := claims.blocked.get(pair.key):
        reason = f"{why}; {quoted_name(actual.name)} keeps its name until then"
        draft.held.append(Held(Kind.RENAME_GROUP, Hold.AMBIGUOUS_MATCH, reason, group=name, group_key=base.key))
    elif is_name_refused(situation, actual, name):
        reason = "1Password accepted this name in 2 runs and did not keep it"
        draft.held.append(Held(Kind.RENAME_GROUP, Hold.NOT_KEPT_BY_TARGET, reason, group=name, group_key=base.key))
    else:
        draft.changes.append(
            Change(
                Kind.RENAME_GROUP, base.key, "the group's name differs from JumpCloud's", group=name,
                jumpcloud_id=base.jumpcloud_id, scim_id=actual.id,
                attributes={"displayName": Difference(actual.name, name)}, after=claims.after.get(pair.key),
            )
        )  # fmt: skip
    return True


def why_name_stays(situation: Situation, pair: Pair) -> str:
    """Why a group keeps its current name, even if another group wants it; "" when it may be renamed."""
    actual = pair.actual
    if actual is None:
        return ""
    if is_protected_name(situation, actual.name) or is_protected_name(situation, pair.name):
        return "protected"
    return "not kept" if is_name_refused(situation, actual, pair.name) else ""


def is_name_refused(situation: Situation, actual: Group, name: str) -> bool:
    """True when two runs sent this name to 1Password and it shows another one."""
    request = situation.memory.requests.get((actual.id, group_attribute("displayName")))
    return request is not None and request.runs > 1 and request.value == name


def warn_about_lookalikes(situation: Situation, draft: Draft) -> None:
    """New groups whose names look like another group's name: an admin should check that two groups are meant."""
    known = {
        blur(group.name): (group.name, f"the 1Password group {quoted_name(group.name)} ({group.id})")
        for group in situation.actual.groups.values()
    }
    for change in draft.changes:
        name = change.group or ""
        if change.kind is not Kind.CREATE_GROUP:
            continue
        alike, shown = known.setdefault(blur(name), (name, f"the new group {quoted_name(name)}"))
        if fold(alike) != fold(name):
            message = f"the name looks like {shown} but has different letters; these are two groups"
            draft.warnings.append(PlanWarning("lookalike_group", name, message))


def warn_about_namesakes(draft: Draft) -> None:
    """Warn that the bridge doesn't list groups that it doesn't manage (facts/scim-bridge.md 3.3)."""
    created = [change.group or "" for change in draft.changes if change.kind is Kind.CREATE_GROUP]
    if not created:
        return
    draft.warnings.append(
        PlanWarning(
            "unmanaged_namesake",
            listed(created),
            "if 1Password already has a group with this name, add it to Managed Groups first "
            "(Integrations > Automated User Provisioning). Otherwise the bridge does not see it and creates a "
            "duplicate",
        )
    )
