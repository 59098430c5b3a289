"""All observations, and all findings in the order of the checks."""

from dataclasses import dataclass, field
from datetime import datetime

from jc1p.core.guard import Limits
from jc1p.core.matching import Links
from jc1p.core.models import SourceDirectory, TargetDirectory
from jc1p.core.planning import Situation, build_plan, situate
from jc1p.core.policy import Memory, Policy
from jc1p.core.scope import Scope, select
from jc1p.doctor.checks.accounts import judge_accounts
from jc1p.doctor.checks.bridge import judge_bridge
from jc1p.doctor.checks.credential_end import judge_credential_end
from jc1p.doctor.checks.jumpcloud import judge_jumpcloud
from jc1p.doctor.checks.machine import judge_machine
from jc1p.doctor.checks.op_cli import judge_cli
from jc1p.doctor.checks.people import judge_both, judge_in_scope
from jc1p.doctor.findings import Check, Finding, Severity
from jc1p.doctor.observations import BridgeSeen, CliSeen, JumpCloudSeen, MachineSeen

ORDER = {check: number for number, check in enumerate(Check)}


@dataclass(frozen=True, slots=True)
class Examined:
    """The observations, with the configuration and what earlier runs remembered."""

    machine: MachineSeen
    jumpcloud: JumpCloudSeen
    bridge: BridgeSeen
    scope: Scope
    policy: Policy
    limits: Limits
    now: datetime
    links: Links = field(default_factory=Links)
    memory: Memory = field(default_factory=Memory)
    cli: CliSeen | None = None
    """The output of the 1Password CLI, None without a CLI."""


def judge(seen: Examined) -> list[Finding]:
    """Every finding, in the order of the checks."""
    situation = situation_of(seen)
    plan = build_plan(situation) if situation else None
    source = seen.jumpcloud.directory
    desired = select(source, seen.scope) if isinstance(source, SourceDirectory) else None
    people = list(desired.people.values()) if desired else None
    found = [
        *judge_jumpcloud(seen.jumpcloud),
        *judge_credential_end(seen.jumpcloud, seen.now),
        *judge_in_scope(people, len(desired.groups) if desired else 0, seen.limits),
        *judge_bridge(seen.bridge, seen.now),
        *judge_accounts(seen.bridge, seen.links),
        *judge_cli(seen.cli, seen.bridge.directory, situation, seen.policy),
        *judge_machine(seen.machine, [*seen.jumpcloud.replies, *seen.bridge.replies], seen.now),
    ]
    failed = {finding.check for finding in found if finding.status is not Severity.OK}
    unread = Check.JUMPCLOUD_READING if Check.JUMPCLOUD_READING in failed else Check.BRIDGE_READING
    found += judge_both(situation, plan, seen.policy, seen.limits, blocked_by=unread)
    return sorted(found, key=lambda finding: ORDER[finding.check])


def situation_of(seen: Examined) -> Situation | None:
    """Both sides matched, None unless both were read."""
    source, actual = seen.jumpcloud.directory, seen.bridge.directory
    if not isinstance(source, SourceDirectory) or not isinstance(actual, TargetDirectory):
        return None
    return situate(source, actual, seen.scope, seen.policy, seen.links, seen.memory, seen.now)
