"""1Password as read through the bridge: is it complete, which groups and members show, are links kept."""

from collections import defaultdict
from collections.abc import Iterator

from jc1p.core.folding import fold
from jc1p.core.matching import Links
from jc1p.core.models import MembershipView, TargetDirectory
from jc1p.doctor.findings import Check, Finding, from_error, info, number_of, ok, unchecked_all, warning
from jc1p.doctor.observations import BridgeSeen
from jc1p.errors import Jc1pError

OF_THE_READING = (
    Check.GROUP_VISIBILITY, Check.MEMBERSHIP_VISIBILITY, Check.EXTERNAL_IDS, Check.DUPLICATE_GROUP_NAMES,
)  # fmt: skip


def judge_accounts(seen: BridgeSeen, links: Links) -> Iterator[Finding]:
    """Findings about the lists of 1Password."""
    directory = seen.directory
    if directory is None:
        yield from unchecked_all((Check.BRIDGE_READING, *OF_THE_READING), Check.BRIDGE_LISTS)
    elif isinstance(directory, Jc1pError):
        yield from_error(Check.BRIDGE_READING, directory, "Check the bridge's log.")
        yield from unchecked_all(OF_THE_READING, Check.BRIDGE_READING)
    else:
        yield judge_reading(directory)
        yield judge_groups(directory)
        yield judge_memberships(directory)
        yield judge_external_ids(directory, links)
        yield judge_group_names(directory)


def judge_reading(directory: TargetDirectory) -> Finding:
    read = f"{number_of(len(directory.accounts), 'account')} and {number_of(len(directory.groups), 'group')}"
    if directory.complete:
        return ok(Check.BRIDGE_READING, f"{read} were read completely", *directory.remarks)
    return warning(
        Check.BRIDGE_READING,
        f"{read} were read, but the lists are incomplete: {'; '.join(directory.remarks) or 'rows are missing'}",
        "jc1p suspends and removes nothing while the lists are incomplete. Run doctor again. If it happens "
        "again, check the bridge's log.",
    )


def judge_groups(directory: TargetDirectory) -> Finding:
    if directory.groups:
        return ok(Check.GROUP_VISIBILITY, f"provisioning manages {number_of(len(directory.groups), 'group')}")
    return info(
        Check.GROUP_VISIBILITY,
        "no 1Password group is visible: provisioning sees only groups that it created or that are on its list",
        "To keep groups that you have, choose them in 1Password under Integrations > Automated User Provisioning > "
        "Manage Groups before the first sync. Otherwise jc1p may create duplicates of the same name.",
    )


def judge_memberships(directory: TargetDirectory) -> Finding:
    if directory.membership_view is not MembershipView.NONE:
        return ok(
            Check.MEMBERSHIP_VISIBILITY, f"the members of groups are visible (in {directory.membership_view.value})"
        )
    if not directory.groups:
        return info(Check.MEMBERSHIP_VISIBILITY, "not known yet: there are no groups")
    return warning(
        Check.MEMBERSHIP_VISIBILITY,
        "the bridge shows no member in any group: all groups are empty, or the bridge doesn't list members",
        "Add a member to a group and run doctor again. If it still shows none, jc1p adds members, and removes "
        "only those that it added itself: keep the state folder.",
    )


def judge_external_ids(directory: TargetDirectory, links: Links) -> Finding:
    if any(account.external_id for account in directory.accounts.values()):
        return ok(Check.EXTERNAL_IDS, "the bridge stores externalId, so links survive without the state folder")
    if not directory.accounts.keys() & set(links.users.values()):
        return info(Check.EXTERNAL_IDS, "not known yet: no account is linked; the first sync will show it")
    return warning(
        Check.EXTERNAL_IDS,
        "the bridge does not store externalId: links are only in the state folder",
        "Back up the state folder. Without it, jc1p finds users by email and does not suspend leavers.",
    )


def judge_group_names(directory: TargetDirectory) -> Finding:
    by_name = defaultdict(list)
    for group in directory.groups.values():
        by_name[fold(group.name)].append(group)
    several = sorted((groups for groups in by_name.values() if len(groups) > 1), key=lambda groups: groups[0].name)
    if not several:
        return ok(Check.DUPLICATE_GROUP_NAMES, "all group names are unique")
    shown = "; ".join(f"{groups[0].name} ({', '.join(sorted(each.id for each in groups))})" for groups in several)
    return warning(
        Check.DUPLICATE_GROUP_NAMES,
        f"several 1Password groups have the same name: {shown}",
        "In 1Password, open People > Groups and rename or delete all but one. Until then, jc1p does not change "
        "these groups.",
    )
