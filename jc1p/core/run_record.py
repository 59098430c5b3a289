"""The record of a run that all renderers read.

Filled by sync/, or by cli when a run fails early. Unknown fields stay None, and renderers say so instead of guessing.
"""

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from jc1p.core.guard import Verdict
from jc1p.core.outcomes import Applied, Report
from jc1p.core.plan import Plan, PlanWarning, most_urgent_first
from jc1p.errors import ExitCode, Interrupted, Jc1pError
from jc1p.runtime.command_lines import with_config

if TYPE_CHECKING:
    from jc1p.core.drift_score import Score
    from jc1p.core.plan_comparison import PlanComparison


PAUSED = "paused"
"""The warning of a run that a pause stopped."""
LONG_PAUSE = "long_pause"
"""The warning that a pause is older than seven days: until it ends, no account is suspended."""


class SourceCounts(NamedTuple):
    """JumpCloud as read."""

    users: int
    groups: int
    in_scope_users: int
    in_scope_groups: int
    complete: bool = True


class TargetCounts(NamedTuple):
    """1Password as read."""

    users: int
    groups: int
    complete: bool
    memberships_visible: bool


class Requests(NamedTuple):
    """HTTP requests sent, retries included; and how many of them were retries."""

    jumpcloud: int = 0
    onepassword: int = 0
    jumpcloud_retries: int = 0
    onepassword_retries: int = 0


class Known(TypedDict, total=False):
    """What a command may learn about its run; keys are the record's field names."""

    organization: str | None
    bridge: str
    source: SourceCounts
    target: TargetCounts
    plan: Plan
    fingerprint: str | None
    verdict: Verdict
    report: Report
    requests: Requests
    notices: tuple[PlanWarning, ...]
    reference: str | None
    score: "Score"
    comparison: "PlanComparison"
    error: Jc1pError | None


class RunRecord(NamedTuple):
    """One run of sync, plan or drift, as far as it got. `duration_s` is in seconds."""

    command: str
    run_id: str
    created_at: datetime
    dry_run: bool
    source: SourceCounts | None = None
    target: TargetCounts | None = None
    plan: Plan | None = None
    fingerprint: str | None = None
    verdict: Verdict | None = None
    report: Report | None = None
    requests: Requests | None = None
    duration_s: float | None = None
    error: Jc1pError | None = None
    notices: tuple[PlanWarning, ...] = ()
    """Warnings of a run that made no plan."""
    reference: str | None = None
    """The ticket or reason given on the command line."""
    score: "Score | None" = None
    """For drift: what happened to the differences that earlier drifts saw."""
    comparison: "PlanComparison | None" = None
    """For `plan --compare`; `plan` and `verdict` are those of the current configuration."""
    actor: str | None = None
    """Who ran it: user and host, or a CI's actor and the address of its run."""
    organization: str | None = None
    """The name of the JumpCloud organization, as JumpCloud sends it: untrusted text."""
    bridge: str | None = None
    """The host of the SCIM bridge, from the configuration."""

    named_config: str = ""
    """The configuration that the command line named, "" if jc1p found it."""

    def typed(self, text: str) -> str:
        """One of our sentences, with the commands in it as they have to be typed here."""
        return with_config(text, self.named_config)

    @property
    def sides(self) -> list[tuple[str, str]]:
        """Both sides by name, as far as they are known."""
        return [(side, name) for side, name in (("JumpCloud", self.organization), ("1Password", self.bridge)) if name]

    @property
    def warnings(self) -> tuple[PlanWarning, ...]:
        """All warnings, takeovers first."""
        return most_urgent_first([*self.notices, *(self.plan.warnings if self.plan else ())])

    @property
    def concerns(self) -> tuple[PlanWarning, ...]:
        """The warnings that an admin can do something about: these are counted as warnings."""
        return tuple(each for each in self.warnings if not each.is_detail)

    @property
    def notes(self) -> tuple[PlanWarning, ...]:
        """The others."""
        return tuple(each for each in self.warnings if each.is_detail)

    @property
    def is_paused(self) -> bool:
        """A pause stopped it before it changed anything."""
        return any(notice.code == PAUSED for notice in self.notices)

    @property
    def exit_code(self) -> ExitCode:
        """The contract's exit code for everything but drift and --detailed-exitcode."""
        stopped_by, applied = (self.report.stopped_by, self.report.number(Applied)) if self.report else (None, 0)
        if isinstance(stopped_by, Interrupted) or isinstance(self.error, Interrupted):
            return ExitCode.INTERRUPTED
        if stopped_by and not applied:
            return stopped_by.exit_code
        if self.report and self.report.has_failures:
            return ExitCode.IN_PART
        if self.error:
            return ExitCode.IN_PART if applied else self.error.exit_code
        if self.verdict and not self.verdict.allowed:
            return ExitCode.REFUSED
        return ExitCode.IN_PART if self.plan and self.plan.is_incomplete else ExitCode.DONE
