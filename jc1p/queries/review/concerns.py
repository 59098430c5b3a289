"""What a reviewer should check first: groups without a source, leavers who keep access, and what is held."""

from collections.abc import Iterator, Sequence

from jc1p.core.folding import fold
from jc1p.core.plan import Hold
from jc1p.queries.review.evidence import Evidence
from jc1p.queries.review.model import Concern, ReviewedGroup

GROUP_LEFT, LEAVER = "group_left_scope", "excluded_leaver"


def find_concerns(evidence: Evidence, groups: Sequence[ReviewedGroup], *, names: Sequence[str]) -> tuple[Concern, ...]:
    """Groups that left the scope, excluded leavers, then held items; with `names` only those about these groups."""
    found = [*left_groups(evidence, groups), *leavers(evidence), *held(evidence)]
    if not names:
        return tuple(found)
    about = {fold(group.name) for group in groups}
    about |= {fold(member.email) for group in groups for member in group.members or ()}
    return tuple(each for each in found if fold(each.subject) in about)


def left_groups(evidence: Evidence, groups: Sequence[ReviewedGroup]) -> Iterator[Concern]:
    """Groups that jc1p pushed in the past and that still have members."""
    told = {fold(each.subject): each.message for each in evidence.plan.warnings if each.code == GROUP_LEFT}
    for group in groups:
        if group.in_scope or not group.members:
            continue
        why = "no longer in scope" if group.jumpcloud_group else "its JumpCloud group was deleted"
        count = len(group.members)
        members = f"{count} member{'' if count == 1 else 's'}"
        yield Concern(GROUP_LEFT, group.name, told.get(fold(group.name)) or f"{why}, and it still has {members}")


def leavers(evidence: Evidence) -> Iterator[Concern]:
    for each in evidence.plan.warnings:
        if each.code == LEAVER:
            yield Concern(LEAVER, each.subject, each.message)


def held(evidence: Evidence) -> Iterator[Concern]:
    """Accounts that wait for a decision, and groups that neither side's list shows any more."""
    for each in evidence.plan.held:
        if each.user or each.code is Hold.GROUP_VANISHED:
            yield Concern(each.code.value, each.user or each.group or "", each.reason)
