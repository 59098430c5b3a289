"""The models of the access review's JSON: `jc1p review` writes it, and docs/review.schema.json publishes it."""

from typing import Literal

from pydantic import Field, StrictBool

from jc1p.document.rows import RUN_ID, TIME, Count, DocumentRow, ErrorRow, RequestsRow, Text, Time

By = Literal["jc1p", "outside", "unknown", "not_recorded"]
State = Literal["active", "suspended"]
Managed = Literal["managed", "unmanaged", "excluded", "protected"]


class PeriodRow(DocumentRow):
    """Since when changes are listed."""

    since: Time | None = Field(description="null: since the records begin.")
    of: Text = Field(description="What that moment is, in words.")


class OriginRow(DocumentRow):
    """Since when a membership is known, and how it came about."""

    by: By = Field(description="jc1p, another hand (outside), unknown, or not_recorded: the journal was lost.")
    since: Time | None = Field(description="Added by jc1p then; of another hand: first seen then. null: before.")
    before: Time | None = Field(description="Where the records don't reach: it is older than this.")
    added_at: Time | None = Field(description="When jc1p added it, where no record says that it stayed since.")
    run_id: Text | None
    command: Text | None
    reason: Text | None
    jumpcloud_group: Text | None
    reference: Text | None
    actor: Text | None


class ReviewedMemberRow(DocumentRow):
    """A member of a group."""

    email: Text
    scim_id: Text
    state: State | None = Field(description="null: 1Password's list doesn't show the account.")
    management: Managed
    origin: OriginRow


class ReviewedGroupRow(DocumentRow):
    """A group that jc1p pushes, or pushed in the past."""

    name: Text
    scim_id: Text
    jumpcloud_id: Text
    jumpcloud_group: Text | None = Field(description="null: it was deleted.")
    in_scope: StrictBool
    recorded_since: Time | None
    members: list[ReviewedMemberRow] | None = Field(description="null: the bridge shows no members.")


class LastChangeRow(DocumentRow):
    """The newest change that jc1p made to an account, as far back as the journal reaches."""

    kind: Text
    at: Time
    run_id: Text


class ReviewedAccountRow(DocumentRow):
    """A 1Password account."""

    email: Text
    name: Text
    scim_id: Text
    jumpcloud_id: Text | None
    jumpcloud_state: Text | None
    management: Managed
    state: State
    groups: list[Text]
    last_change: LastChangeRow | None


class ReviewedChangeRow(DocumentRow):
    """A change to a membership or an account."""

    kind: Text = Field(description="member_added, member_removed, or a kind of change of an account.")
    at: Time = Field(description="When jc1p made it, or when another hand's change was first seen.")
    user: Text | None
    group: Text | None
    by: By
    run_id: Text | None
    reason: Text | None
    reference: Text | None
    actor: Text | None


class ConcernRow(DocumentRow):
    """Something to check first."""

    code: Text
    subject: Text
    message: Text


class ReviewSummaryRow(DocumentRow):
    """Counts."""

    groups: Count
    accounts: Count
    memberships: Count
    of_unknown_age: Count
    by_other_hands: Count
    not_recorded: Count = 0
    changes: Count
    concerns: Count


class ReviewDocument(DocumentRow):
    """The whole document; unknown values are null."""

    format_version: Literal[1]
    jc1p_version: str
    command: Literal["review"]
    run_id: str = Field(pattern=RUN_ID)
    created_at: str = Field(pattern=TIME)
    organization: Text | None
    bridge: Text | None
    complete: StrictBool | None = Field(description="false: 1Password could not be read completely.")
    memberships_visible: StrictBool | None
    closed: StrictBool | None = Field(description="This review was closed: --since last counts from created_at.")
    period: PeriodRow | None
    records_begin: Time | None
    journal_begins: Time | None
    groups_asked_for: list[Text] | None = Field(description="What --group narrowed it to; empty: all.")
    summary: ReviewSummaryRow | None
    concerns: list[ConcernRow] | None
    groups: list[ReviewedGroupRow] | None
    accounts: list[ReviewedAccountRow] | None
    changes: list[ReviewedChangeRow] | None
    reference: Text | None
    actor: Text | None
    requests: RequestsRow | None
    duration_s: float | None
    error: ErrorRow | None


BODY = (
    "organization", "bridge", "complete", "memberships_visible", "closed", "period", "records_begin", "journal_begins",
    "groups_asked_for", "summary", "concerns", "groups", "accounts", "changes", "reference", "actor",
)  # fmt: skip
"""The document's keys beside those that all answers have."""
