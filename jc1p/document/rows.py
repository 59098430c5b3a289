"""The document's models, one for each kind of row: for writing, for the published schema, and for reading.

Rows are written one at a time, from core objects with the same attributes. Reading ignores keys that a newer version
added; a key that 0.1 didn't write has a default. The schema is stricter: exactly these keys, all of them.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    InstanceOf,
    StrictBool,
    StrictFloat,
    StrictInt,
)

import jc1p.runtime.no_plugins  # noqa: F401 - before the first model is used
from jc1p.core.guard import LIMIT_KEYS
from jc1p.core.plan import Hold, Kind
from jc1p.errors import error_kinds

FORMAT_VERSION = 1
"""The document's format version, for writing and reading."""
RUN_ID = r"^(\d{8}T\d{6}Z-[0-9a-f]{4})?$"
LOG_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}$"
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"


def one_of(*values: str) -> Any:
    """The values that the schema lists. Reading accepts others too, since a newer version may have more."""
    return Field(json_schema_extra={"enum": list(values)})


def is_time(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Text = InstanceOf[str]
"""Any text, even invalid UTF-8: names come from other systems."""
Count = Annotated[StrictInt, Field(ge=0)]
Number = Annotated[StrictInt, Field(json_schema_extra={"minimum": 1})]
"""The number of a change; 0 if it is in no plan yet."""
Time = Annotated[str, Field(pattern=TIME), AfterValidator(is_time)]
Fingerprint = Annotated[str, Field(pattern="^sha256:[0-9a-f]+$")]
Value = Text | StrictBool | None


class DocumentRow(BaseModel):
    """An object of the document."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    @classmethod
    def dump(cls, source: object, **known: object) -> dict[str, Any]:
        """A source object with this row's attributes as plain values, in the document's order; unchecked, for speed.

        `known` are values that come from elsewhere.
        """
        return {name: known[name] if name in known else getattr(source, name) for name in cls.__pydantic_fields__}


class SourceRow(DocumentRow):
    """JumpCloud as read."""

    organization: Text | None = Field(default=None, description="The organization's name.")
    users: Count
    groups: Count
    in_scope_users: Count
    in_scope_groups: Count
    complete: StrictBool


class TargetRow(DocumentRow):
    """1Password as read."""

    bridge: Text | None = Field(default=None, description="The host of the SCIM bridge.")
    users: Count
    groups: Count
    complete: StrictBool
    memberships_visible: StrictBool


class SummaryRow(DocumentRow):
    """Changes by kind, and what stays unchanged."""

    create_user: Count
    update_user: Count
    rename_user: Count
    reactivate_user: Count
    suspend_user: Count
    link_user: Count
    create_group: Count
    rename_group: Count
    add_members: Count
    remove_members: Count
    delete_group: Count
    unchanged_users: Count
    unchanged_groups: Count
    unowned_users: Count
    excluded_users: Count = 0


class RequestsRow(DocumentRow):
    """HTTP requests sent."""

    jumpcloud: Count
    onepassword: Count


class DifferenceRow(DocumentRow):
    """One attribute before and after."""

    before: Value
    after: Value


class ChangeRow(DocumentRow):
    """One change. Unknown keys of a newer version are kept, so that such a row differs from a current one."""

    model_config = ConfigDict(extra="allow")

    id: Number
    kind: Kind
    user: Text | None
    group: Text | None
    jumpcloud_id: Text | None
    scim_id: Text | None
    reason: Text
    attributes: dict[Text, DifferenceRow]
    members: list[Text]


class HeldRow(DocumentRow):
    """A change that was wanted but not planned."""

    kind: Kind
    user: Text | None
    group: Text | None
    code: Annotated[Text, one_of(*Hold)]
    reason: Text


class WarningRow(DocumentRow):
    """Information for an admin."""

    code: Text
    subject: Text
    message: Text


class FindingRow(DocumentRow):
    """One limit that the plan exceeds."""

    limit: Annotated[Text, one_of(*LIMIT_KEYS, "empty_source")]
    planned: Count
    recent: Count = 0
    allowed: Count
    message: Text


class GuardRow(DocumentRow):
    """Whether the plan may be applied."""

    verdict: Literal["allowed", "refused"]
    findings: list[FindingRow]


class BecameRow(DocumentRow):
    """The outcome of one change."""

    id: Number
    status: Literal["applied", "failed", "skipped"]
    error: Text | None = None
    note: Text | None = None


class EventRow(ChangeRow):
    """A line of `--log-format json` for one change: the line's own keys, its run, its row, and its outcome."""

    time: Annotated[str, Field(pattern=LOG_TIME)]
    level: Literal["info", "warning"]
    logger: Literal["jc1p.change"]
    message: Annotated[Text, Field(description="For people; it may change.")]
    event: Literal["change"]
    run_id: Annotated[str, Field(pattern=RUN_ID)]
    command: Text
    reference: Text | None
    actor: Text | None
    status: Literal["applied", "failed", "skipped"]
    error: Text | None
    note: Text | None


class OutcomeRow(DocumentRow):
    """The outcomes of all changes."""

    applied: Count
    failed: Count
    skipped: Count
    changes: list[BecameRow]


class ErrorRow(DocumentRow):
    """The error that ended the run."""

    code: Annotated[Text, one_of(*sorted({kind.code for kind in error_kinds()}))]
    message: Text
    hint: Text | None


class WaitingRow(DocumentRow):
    """A difference that an earlier drift saw, and that is not made."""

    kind: Kind
    user: Text | None
    group: Text | None
    attribute: Text | None
    value: Text | None
    since: Time


class ScoreRow(DocumentRow):
    """What happened to the differences that earlier drifts saw in the last 30 days."""

    since: Time | None
    seen: Count
    made_elsewhere: Count
    made_by_jc1p: Count
    no_longer_wanted: Count
    not_made: Count
    waiting: list[WaitingRow]


class OnlyRow(DocumentRow):
    """What one of two compared plans has and the other one lacks; of a membership change only these members."""

    changes: list[ChangeRow]
    held: list[HeldRow]
    warnings: list[WarningRow]


class ComparedRow(DocumentRow):
    """One of two compared configurations: its scope, its whole plan in figures, its verdict, and what only it has."""

    file: Text
    in_scope_users: Count
    in_scope_groups: Count
    summary: SummaryRow
    guard: GuardRow
    only: OnlyRow


class ComparisonRow(DocumentRow):
    """Two configurations over one reading: `this` is the one in use, `other` the one of --compare."""

    differs: StrictBool
    this: ComparedRow
    other: ComparedRow


class Document(DocumentRow):
    """A whole document, as it is read; unknown values are null."""

    format_version: Literal[1]
    jc1p_version: Text
    command: Text
    run_id: Annotated[str, Field(pattern=RUN_ID)]
    created_at: Time
    dry_run: StrictBool
    fingerprint: Fingerprint | None
    source: SourceRow | None
    target: TargetRow | None
    summary: SummaryRow | None
    changes: list[ChangeRow] | None
    held: list[HeldRow] | None
    warnings: list[WarningRow] | None
    guard: GuardRow | None
    outcome: OutcomeRow | None
    score: ScoreRow | None = Field(
        default=None, description="Of a whole drift: what became of the differences that earlier ones saw."
    )
    comparison: ComparisonRow | None = Field(default=None, description="Of plan --compare alone.")
    reference: Text | None = Field(default=None, description="What --reference said.")
    actor: Text | None = Field(default=None, description="user@host, or a CI's actor and the address of its run.")
    requests: RequestsRow | None
    duration_s: Annotated[StrictFloat, Field(ge=0, allow_inf_nan=False)] | None
    error: ErrorRow | None
    options: dict[Text, Any] = Field(default_factory=dict, description="Only in a saved plan: what it was asked for.")


class SavedPlan(Document):
    """The document of `jc1p plan --out`: with its changes, and with the options, to plan the same again."""

    fingerprint: Fingerprint
    changes: list[ChangeRow]
    options: dict[Text, Any]
    warnings: list[WarningRow] = []
