"""The open questions about both services that no document answers, by stable names. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Question(StrEnum):
    """Every open question; scripts and bundles use these names."""

    BASE_PATHS = "bridge_base_paths"
    VERSION = "bridge_version"
    PROVISIONING = "bridge_provisioning"
    PING = "bridge_ping"
    HEALTH = "bridge_health_status"
    UNAUTHORIZED = "bridge_unauthorized"
    NOT_FOUND = "bridge_not_found"
    SHAPE = "bridge_user_shape"
    IDS = "bridge_ids"
    ACTIVE = "bridge_active"
    SCHEMA = "bridge_schema"
    DEFAULT_PAGE = "bridge_default_page"
    LARGEST_PAGE = "bridge_largest_page"
    TOTALS = "bridge_totals"
    ORDER = "bridge_order"
    FILTERS = "bridge_filters"
    MEMBERS = "bridge_members_in_lists"
    USER_GROUPS = "bridge_groups_of_users"
    EXTERNAL_ID = "bridge_external_id"
    BUILT_IN_GROUPS = "bridge_built_in_groups"
    OWNERS = "bridge_owners"
    GUESTS = "bridge_guests"
    RECOVERY = "bridge_recovery"
    RATE_LIMITS = "bridge_rate_limits"
    MEMBER_LIMIT = "bridge_member_limit"
    POST = "bridge_post_status"
    PATCH = "bridge_patch_status"
    SUSPENSION = "bridge_suspension"
    NAMES = "bridge_name_parts"
    MEMBER_REMOVAL = "bridge_member_removal"
    DUPLICATES = "bridge_duplicates"
    EMAIL_CHANGE = "bridge_email_change"
    REFUSALS = "bridge_refusals"

    JC_ATTRIBUTES = "jumpcloud_attributes"
    JC_PENDING = "jumpcloud_password_pending"
    JC_RATE_LIMITS = "jumpcloud_rate_limits"
    JC_SEARCH = "jumpcloud_search_memberof"
    JC_PAGES = "jumpcloud_page_size"
    JC_TOTALS = "jumpcloud_totals"
    JC_DUPLICATES = "jumpcloud_duplicates"
    JC_TEMPLATE = "jumpcloud_application_template"
    JC_LABEL = "jumpcloud_label_filter"
    JC_FILTERS = "jumpcloud_filters"
    JC_SORT = "jumpcloud_sort_by_id"
    JC_IN = "jumpcloud_in_filter"
    JC_PATHS = "jumpcloud_paths"
    JC_ORDER = "jumpcloud_order"
    JC_ORGANIZATIONS = "jumpcloud_organizations"
    JC_INSIGHTS = "jumpcloud_insights"


TEXTS: Mapping[Question, str] = {
    Question.BASE_PATHS: "At which paths is SCIM answered?",
    Question.VERSION: "Which version is the bridge?",
    Question.PROVISIONING: "Is provisioning on?",
    Question.PING: "What does /ping answer?",
    Question.HEALTH: "Which status has /health, and does it say that something is unhealthy?",
    Question.UNAUTHORIZED: "What is the answer to a request without a token?",
    Question.NOT_FOUND: "What is the answer for an unknown account, and for an unknown path?",
    Question.SHAPE: "Which form does an account have?",
    Question.IDS: "What do ids look like, and does their case matter?",
    Question.ACTIVE: "Is active a boolean or a text?",
    Question.SCHEMA: "Which attributes does /Schemas advertise?",
    Question.DEFAULT_PAGE: "How many accounts does a page have when the request names no count?",
    Question.LARGEST_PAGE: "How many accounts can one page have?",
    Question.TOTALS: "Are totals, startIndex and empty lists as they should be?",
    Question.ORDER: "Do accounts come in the same order each time?",
    Question.FILTERS: "Which filters work?",
    Question.MEMBERS: "Does a list of groups show members, or only a request for one group?",
    Question.USER_GROUPS: "Do accounts show their groups?",
    Question.EXTERNAL_ID: "Is externalId kept?",
    Question.BUILT_IN_GROUPS: "Does provisioning see built-in groups such as Owners?",
    Question.OWNERS: "Does the bridge show which accounts are owners?",
    Question.GUESTS: "Are guests listed?",
    Question.RECOVERY: "What is the value of `active` for an account in recovery?",
    Question.RATE_LIMITS: "Does the bridge answer 429, or name a limit in its headers?",
    Question.MEMBER_LIMIT: "How many members may one PATCH have?",
    Question.POST: "Which status does a successful POST return?",
    Question.PATCH: "Which status does a successful PATCH return?",
    Question.SUSPENSION: "Does the answer to a suspension or reactivation show the new state?",
    Question.NAMES: "How is a display name split into its parts?",
    Question.MEMBER_REMOVAL: "Does a PATCH with a filter in its path remove a member?",
    Question.DUPLICATES: "What is the answer to a POST with an email or group name that exists?",
    Question.EMAIL_CHANGE: "What is the value of `userName` while an email change waits?",
    Question.REFUSALS: "How does the bridge refuse a domain that is not allowed, and the suspension of the last owner?",
    Question.JC_ATTRIBUTES: "Which attributes does JumpCloud's own connector export?",
    Question.JC_PENDING: "Does JumpCloud's own connector export users without a password?",
    Question.JC_RATE_LIMITS: "Does JumpCloud answer 429, or name a limit in its headers?",
    Question.JC_SEARCH: "Is `memberof` in the user search reliable?",
    Question.JC_PAGES: "How many users does JumpCloud return without a limit, and with a limit of 1000?",
    Question.JC_TOTALS: "Do all v2 lists have x-total-count, and are the totals right?",
    Question.JC_DUPLICATES: "What is the answer to a request to create a user that exists?",
    Question.JC_TEMPLATE: "Is the application's template called 1password?",
    Question.JC_LABEL: "Does the filter displayLabel:$eq work on applications?",
    Question.JC_FILTERS: "Do v1 filters work without the dollar sign?",
    Question.JC_SORT: "Does sort=id work on v2 groups, or sort=_id?",
    Question.JC_IN: "Does id:in:A|B work on v2 groups?",
    Question.JC_PATHS: "Do an application's users come with their paths?",
    Question.JC_ORDER: "Do v2 lists come in the same order each time?",
    Question.JC_ORGANIZATIONS: "Does the credential see several organizations?",
    Question.JC_INSIGHTS: "Is Directory Insights available?",
}

NEVER = {
    Question.GUESTS, Question.RECOVERY, Question.MEMBER_LIMIT, Question.DUPLICATES, Question.EMAIL_CHANGE,
    Question.REFUSALS, Question.JC_ATTRIBUTES, Question.JC_PENDING, Question.JC_SEARCH, Question.JC_DUPLICATES,
}  # fmt: skip
"""Questions that neither reading nor a canary can answer."""
BY_CANARY = {
    Question.POST, Question.PATCH, Question.SUSPENSION, Question.NAMES, Question.MEMBER_REMOVAL,
}  # fmt: skip
"""Questions that only a canary can answer."""

Knobs = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Learned:
    """A reading's answer to a question, in our own words, and the sandbox settings that behave the same."""

    question: Question
    answer: str
    bridge: Knobs = field(default_factory=dict)
    jumpcloud: Knobs = field(default_factory=dict)
