"""The settings of the simulators: every place where the facts say UNKNOWN or "knob".

Defaults are those of facts/jumpcloud-api.md 13 and facts/scim-bridge.md 12. Profiles are named presets.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class JumpCloudKnobs:
    """The JumpCloud side."""

    sends_total_count: bool = True
    """x-total-count on v2 lists."""
    shuffles_unsorted: bool = True
    """Lists without `sort` are in another order each time."""
    sort_by_id: bool = True
    """v2 usergroups know `sort=id`; otherwise 400."""
    organizations: int = 1
    """Organizations that the credential sees."""
    forbidden_paths: list[str] = field(default_factory=list)
    """Path prefixes that are answered with 403."""
    insights: bool = False
    """Directory Insights enabled; otherwise 402."""
    connector_events: int = 0
    """Events of the application's own connector, as if it were still on."""
    foreign_events: int = 0
    """Events of another application's connector."""
    token_lifetime: int = 3599
    """Seconds that an OAuth token is valid."""
    credential_days: int = 365
    """Days until the client secret of the service account ends; 0 leaves the date out."""
    shows_auth_config: bool = False
    """Service accounts are listed with their client ids."""
    total_off_by: int = 0
    """Added to every total, to make it wrong."""
    lost_assignments: int = 0
    """Rows missing from an application's users although they count: a graph list that is short."""
    lost_members: int = 0
    """The same for the members of every group, when they are listed."""
    omits_paths: bool = False
    """An application's users come without `paths`."""
    unlisted: dict[str, list[str]] = field(default_factory=dict)
    """Ids that the list at a path (its end, such as `/systemusers`) never shows nor counts; other requests show them.
    `paths` are groups that no path of an application's users names."""
    stale_users: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Fields of users, by id, as the list of users shows them; the user's own GET shows the current ones."""
    dangling: int = 0
    """Additional dangling associations in every graph list: they count, but are not returned."""
    bare_operators: bool = False
    """v1 filters work without the `$` too; otherwise they match nothing."""
    hidden_fields: list[str] = field(default_factory=list)
    """Fields of users that the credential may not read: no answer has them."""
    key_expired: bool = False
    """The key is expired: answered like a wrong one."""
    credential_serves: int = 0
    """Number of requests after which a key or a token is refused; 0 means no limit."""


@dataclass(slots=True)
class BridgeKnobs:
    """The bridge's side."""

    shape: str = "2026"
    """Resource shape: 2026 or 2023 (facts 2.1)."""
    paths: list[str] = field(default_factory=lambda: ["/scim/v2", "/scim", ""])
    """Base paths that answer."""
    unknown_redirects: bool = False
    """Unknown paths redirect to /app instead of 404."""
    auth_failure: str = "scim"
    """Answer to a wrong token: scim, 403, html or empty."""
    token_serves: int = 0
    """Number of requests after which the token counts as rotated; 0 means no limit."""
    user_order: str = "random"
    """Order of users: random or stable."""
    max_count: int = 10_000
    default_count: int = 100
    total_off_by: int = 0
    omits_resources: bool = False
    """No Resources key in empty lists."""
    start_index_zero: bool = False
    numeric_ids: bool = False
    filters: str = "on"
    """on, off (400) or ignore (returns everything)."""
    post_status: int = 201
    post_existing: str = "409"
    """POST of a known email: 409, or return (200 with the existing user)."""
    allowed_domains: list[str] = field(default_factory=list)
    """Domains that may be invited; empty is all."""
    patch_status: int = 200
    strict_remove: bool = False
    """`remove members` with a value removes all members."""
    refuses_filter_path: bool = False
    string_booleans: bool = False
    email_change: str = "pending"
    """pending (until confirmed) or immediate."""
    name_split: str = "half"
    """displayName to given and family: half, or first (word)."""
    deletes_users: bool = False
    last_owner_status: int = 403
    shows_hidden_groups: bool = False
    shows_guests: bool = False
    """A guest, which provisioning can't change, is in the list of accounts."""
    post_group: str = "existing"
    """POST of a known group name: existing, second or 409."""
    members: str = "nonempty"
    """Members in groups: always, nonempty, detail-only or never."""
    members_listed: int = 0
    """Lists show this many members of a group, its own GET shows all; 0 means no limit."""
    members_omitted: int = 0
    """Lists leave the key out for groups with more members than this, its own GET shows all; 0 means no limit."""
    other_writer: bool = False
    """Another client of the bridge undoes changes of members, before the next list of groups."""
    user_groups_listed: int = 0
    """Lists show this many `groups` of a user, its own GET shows all; 0 means no limit."""
    keeps_suspensions: bool = True
    """Otherwise PATCH active false is answered with success but has no effect."""
    user_groups: bool | None = None
    """`groups` on users; None is yes in the 2023 shape."""
    unknown_member_status: int = 400
    """Answer to members that don't exist: 400, 404, or 0 (they are ignored)."""
    ms_per_member: float = 0.0
    """Milliseconds that each member in a PATCH takes."""
    member_limit: int = 0
    """More members in one PATCH are answered 413; 0 means no limit."""
    keeps_external_id: bool = True
    keeps_languages: bool = True
    """Otherwise preferredLanguage is answered with success but stays unchanged."""
    keeps_new_members: bool = True
    """Otherwise additions are answered with success but have no effect."""
    provisioning: bool = True
    unlisted: list[str] = field(default_factory=list)
    """Ids of accounts and groups that no list shows; GET by id and filters find them."""
    list_lag: int = 0
    """List answers lag behind by this many list requests."""
    healthy: bool = True
    """The ConfirmationWatcher's state in /health."""
    health_states: dict[str, str] = field(default_factory=dict)
    """State by source in /health, if it differs; "" leaves the source out."""
    health_status: int = 200
    """404: there is no /health; a 5xx has the same JSON."""
    health_age: int = 0
    """The age in minutes of the reports in /health; they are valid for ten."""
    version: str = "2.9.16"
    lets_strangers_in: bool = False
    """Requests without a token are answered, as with a proxy that adds one."""


PROFILES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "default": ("as both vendors document", {}, {}),
    "shape-2023": ("the bridge answers in the older form, with memberships on users", {}, {"shape": "2023"}),
    "bare": ("no totals from JumpCloud, no members in lists, no externalId, 204 after PATCH",
             {"sends_total_count": False},
             {"members": "detail-only", "keeps_external_id": False, "patch_status": 204}),
    "blind": ("the bridge shows no memberships at all", {}, {"members": "never", "user_groups": False}),
    "strict": ("no filters, filter paths refused, wrong member removals empty the group",
               {}, {"filters": "off", "refuses_filter_path": True, "strict_remove": True}),
    "provisioning-off": ("provisioning is turned off in 1Password: SCIM answers 500", {}, {"provisioning": False}),
}  # fmt: skip
"""Name to description, JumpCloud knobs, bridge knobs."""
