"""The configuration as models: every key of the contract with its type, default and description.

config/loader.py builds them from YAML; for unknown keys and wrong values it reports an error with their place. `jc1p
config schema` shows the descriptions.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr, field_validator, model_validator

from jc1p.config.addresses import CONSOLES, INSIGHTS, bridge_addresses, console_address, parse_scim_url
from jc1p.config.choices import (
    EmptyGroup,
    EmptySource,
    ForeignMembers,
    HoldOrReactivate,
    PasswordPending,
    Region,
    Staged,
    SuspendOrIgnore,
)  # fmt: skip
from jc1p.config.fields import (
    Duration,
    LimitField,
    PathField,
    Secret,
    Template,
    nearest,
)  # fmt: skip
from jc1p.config.notify import WEBHOOKS, Receiver
from jc1p.config.people_entries import FieldsEntry, UserEntry
from jc1p.config.section import Section
from jc1p.core.attributes import SCIM_ATTRIBUTES
from jc1p.core.folding import fold
from jc1p.core.guard import Limit
from jc1p.core.policy import BUILT_IN_GROUPS, DEFAULT_TEMPLATES, Ownership, WhenRemoved


class JumpCloud(Section):
    """How to reach JumpCloud."""

    region: Region = Field(Region.US, description="Region of the organization. An API key works in one region only.")
    url: Annotated[str, AfterValidator(console_address)] | None = Field(
        None, description="Address of another server instead of a region, such as the sandbox."
    )
    api_key: Secret | None = Field(None, description="An administrator's or service account's API key.")
    client_id: str | None = Field(None, description="A service account's client id, instead of api_key.")
    client_secret: Secret | None = Field(None, description="A service account's client secret, with client_id.")
    org_id: Annotated[str, Field(pattern="^[0-9a-fA-F]{24}$")] | None = Field(
        None, description="Organization id, only for multi-tenant administrators."
    )
    accelerators: Any = Field(
        None, deprecated=True, exclude=True, description="No longer has any effect; the next version rejects it."
    )

    @model_validator(mode="after")
    def one_credential(self) -> Self:
        """Exactly one way to log in."""
        if self.api_key and (self.client_id or self.client_secret):
            raise ValueError("use either api_key or client_id and client_secret, not both")
        if not self.api_key and not (self.client_id and self.client_secret):
            raise ValueError("the credential is missing: set api_key, or client_id and client_secret")
        return self

    @property
    def api_root(self) -> str:
        """The console's address without a path."""
        return self.url or CONSOLES[self.region][0]

    @property
    def token_url(self) -> str:
        """Where a service account gets its tokens."""
        return f"{self.url}/oauth2/token" if self.url else CONSOLES[self.region][1]

    @property
    def insights_url(self) -> str:
        """The address of Directory Insights."""
        return f"{self.url or INSIGHTS[self.region]}/insights/directory/v1"


class ClientCertificate(Section):
    """The client certificate that jc1p shows a gateway."""

    cert: PathField = Field(description="PEM file with the certificate and its chain.")
    key: PathField = Field(description="PEM file with the private key, without a passphrase.")


class OnePassword(Section):
    """How to reach 1Password, through the customer's SCIM bridge."""

    scim_url: Annotated[str, AfterValidator(parse_scim_url)] = Field(
        description="Address of the bridge, not the account's sign-in address."
    )
    token: Secret = Field(description="The bridge's bearer token.")
    client_certificate: ClientCertificate | None = Field(
        None, description="Client certificate, if a gateway in front of the bridge requires one."
    )

    @property
    def scim_root(self) -> str:
        """The bridge's address without a SCIM path."""
        return bridge_addresses(self.scim_url)[0]

    @property
    def scim_base_paths(self) -> tuple[str, ...]:
        """The possible SCIM paths, best first."""
        return bridge_addresses(self.scim_url)[1]


class ScopeSection(Section):
    """Which users and groups are provisioned."""

    application: str | None = Field(
        None,
        description="JumpCloud application (display label or id). Its assigned groups and users are in scope.",
    )
    groups: tuple[str, ...] = Field(
        (), description="JumpCloud user groups (name, pattern or id), with or without an application."
    )
    exclude_groups: tuple[str, ...] = Field((), description="Groups to exclude (name, pattern or id).")
    exclude_users: tuple[UserEntry, ...] = Field(
        (), description="Users to exclude (emails, patterns, or fields as in users). jc1p does not change them."
    )
    users: tuple[FieldsEntry, ...] = Field(
        (),
        description="Only users who match one of these entries: each key must match one of its values (or patterns).",
    )

    @model_validator(mode="after")
    def not_nobody(self) -> Self:
        """A scope must name something."""
        if not self.application and not self.groups:
            raise ValueError("the scope is empty: set application or groups")
        return self


class Users(Section):
    """How people are provisioned and deprovisioned."""

    ownership: Ownership = Field(
        Ownership.LINKED, description="Accounts that jc1p manages, and may suspend and remove from groups."
    )
    when_suspended: SuspendOrIgnore = Field(
        SuspendOrIgnore.SUSPEND, description="Users who are suspended in JumpCloud."
    )
    when_unassigned: SuspendOrIgnore = Field(
        SuspendOrIgnore.SUSPEND, description="Users who are no longer in any group in scope."
    )
    when_deleted: SuspendOrIgnore = Field(SuspendOrIgnore.SUSPEND, description="Users who were deleted from JumpCloud.")
    when_password_expired: SuspendOrIgnore = Field(
        SuspendOrIgnore.IGNORE, description="Users in scope with an expired JumpCloud password."
    )
    when_suspended_elsewhere: HoldOrReactivate = Field(
        HoldOrReactivate.HOLD,
        description="Users who are active in JumpCloud, with an account that was suspended in 1Password, "
        "but not by jc1p.",
    )
    staged: Staged = Field(Staged.IGNORE, description="Users who are staged in JumpCloud.")
    password_pending: PasswordPending = Field(
        PasswordPending.PROVISION, description="Users who are activated in JumpCloud without a password yet."
    )
    grace_period: Duration = Field(
        default="0h",
        validate_default=True,
        description="Time to wait before suspending unassigned or deleted users.",
    )
    attributes: dict[str, Template] = Field(
        default_factory=dict,
        validate_default=True,
        description="Template of JumpCloud fields for each SCIM attribute. In a list, the first non-empty one counts.",
    )
    aliases: dict[str, str] = Field(
        default_factory=dict,
        description="JumpCloud email to 1Password email, for users whose emails differ permanently.",
    )
    protected: tuple[str, ...] = Field(
        (),
        description="1Password emails or patterns of accounts never to suspend, rename or remove from groups.",
    )

    @field_validator("attributes")
    @classmethod
    def known_attributes(cls, given: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """The given templates, and the defaults for the others."""
        for name in given:
            if name not in SCIM_ATTRIBUTES:
                raise ValueError(f"1Password has no attribute {name!r}{nearest(name, SCIM_ATTRIBUTES)}")
        return {**DEFAULT_TEMPLATES, **given}

    @field_validator("aliases")
    @classmethod
    def one_alias_each(cls, given: dict[str, str]) -> dict[str, str]:
        """No account may have two aliases, and no user two accounts."""
        emails = dict[str, str]()
        for email in given:
            if (before := emails.setdefault(fold(email), email)) != email:
                raise ValueError(f"{before} and {email} are the same JumpCloud email")
        addresses = [fold(address) for address in given.values()]
        for person, address in given.items():
            if "@" not in person or "@" not in address:
                raise ValueError(f"an alias maps a JumpCloud email to a 1Password email, not {person} to {address}")
            if addresses.count(fold(address)) > 1:
                raise ValueError(f"several users have the alias {address}")
        return given


class Groups(Section):
    """How groups are pushed."""

    push: bool = Field(default=True, description="Push groups and memberships.")
    name: str = Field("{name}", description="Template for the 1Password name.")
    names: dict[str, str] = Field(
        default_factory=dict, description="JumpCloud name to 1Password name, instead of the template."
    )
    empty: EmptyGroup = Field(EmptyGroup.SKIP, description="New groups without members.")
    when_removed: WhenRemoved = Field(
        WhenRemoved.KEEP, description="Pushed groups that left the scope or were deleted."
    )
    foreign_members: ForeignMembers = Field(ForeignMembers.KEEP, description="Unmanaged members of pushed groups.")
    protected: tuple[str, ...] = Field(
        BUILT_IN_GROUPS, description="1Password groups (names or patterns) that jc1p never changes."
    )

    @field_validator("name")
    @classmethod
    def names_differ(cls, given: str) -> str:
        """A template without {name} would give every group one name."""
        if "{name}" not in given or "{" in given.replace("{name}", "") or "}" in given.replace("{name}", ""):
            raise ValueError('the template must contain {name} and no other field, such as "JC {name}"')
        return given


class Guard(Section):
    """A plan over a limit is blocked; allowed = min(cap, max(floor, percent of the base))."""

    suspensions: LimitField = Field(
        Limit(percent=10, floor=3, cap=50), description="Suspensions, as a share of active managed accounts."
    )
    member_removals: LimitField = Field(
        Limit(percent=25, floor=5), description="Members removed, as a share of all managed memberships."
    )
    group_member_removals: LimitField = Field(Limit(percent=50, floor=5), description="Members removed from one group.")
    group_deletions: LimitField = Field(Limit(), description="Groups deleted in one run.")
    creations: LimitField = Field(Limit(floor=500), description="Users invited in one run.")
    reactivations: LimitField = Field(
        Limit(percent=10, floor=3, cap=25), description="Accounts reactivated, as a share of users in scope."
    )
    renames: LimitField = Field(
        Limit(percent=10, floor=5, cap=50), description="Emails changed, as a share of users in scope."
    )
    group_creations: LimitField = Field(
        Limit(percent=50, floor=10),
        description="Groups created, as a share of groups in scope. A first run without linked groups is not limited.",
    )
    source_shrink: LimitField = Field(
        Limit(percent=20, floor=5), description="Decrease of users in scope since the last good run."
    )
    empty_source: EmptySource = Field(EmptySource.REFUSE, description="An empty scope: refuse or allow.")


class Http(Section):
    """Limits of the HTTP clients."""

    timeout: float = Field(30.0, gt=0, le=600, description="Seconds for one request.")
    attempts: int = Field(5, ge=1, le=20, description="Attempts for one request.")
    max_elapsed: float = Field(300.0, gt=0, le=3600, description="Seconds for one request including retries.")
    max_run: Duration = Field(
        default="50m",
        validate_default=True,
        description="Time limit of a run, without prompts. In the last fifth, jc1p grants no more access.",
    )
    ca_file: PathField | None = Field(None, description="PEM file with additional certificate authorities.")
    jumpcloud_concurrency: int = Field(8, ge=1, le=16, description="Concurrent requests to JumpCloud.")
    onepassword_concurrency: int = Field(2, ge=1, le=16, description="Concurrent requests to the bridge.")

    @field_validator("max_run")
    @classmethod
    def some_time(cls, given: timedelta) -> timedelta:
        """A run needs a positive time."""
        if not given:
            raise ValueError("must be longer than zero, such as 50m")
        return given


class StateSection(Section):
    """Where jc1p stores links and waiting changes."""

    path: PathField | None = Field(
        None, description="Folder for state, relative to this file. Default: the user's state folder."
    )


def unwritten() -> Any:
    """The default of a part that isn't in the file: all of its defaults, by the model of the whole."""
    return Field(default_factory=dict, validate_default=True)


class Config(Section):
    """The whole configuration of jc1p."""

    jumpcloud: JumpCloud
    onepassword: OnePassword
    scope: ScopeSection
    users: Users = unwritten()
    groups: Groups = unwritten()
    guard: Guard = unwritten()
    http: Http = unwritten()
    notify: tuple[Receiver, ...] = Field(
        (), description="Webhooks and commands to notify of changes, blocked plans, failures and recovery."
    )
    state: StateSection = unwritten()
    _secret_variables: frozenset[str] = PrivateAttr(frozenset())

    def model_post_init(self, context: Any) -> None:
        """Keep what the loader knows beyond the values."""
        self._secret_variables = (context or {}).get("secret_variables", frozenset())

    @property
    def secret_variables(self) -> frozenset[str]:
        """The environment variables that contain secrets; programs that jc1p starts don't get them."""
        return self._secret_variables


def secret_paths(config: Config) -> Mapping[tuple[str | int, ...], Any]:
    """The places of secrets in the configuration, and their sources."""
    found: dict[tuple[str | int, ...], Any] = {
        ("jumpcloud", "api_key"): config.jumpcloud.api_key,
        ("jumpcloud", "client_secret"): config.jumpcloud.client_secret,
        ("onepassword", "token"): config.onepassword.token,
    }
    found |= {
        ("notify", position, kind): getattr(receiver, kind)
        for position, receiver in enumerate(config.notify)
        for kind in WEBHOOKS
    }
    return {path: source for path, source in found.items() if source is not None}
