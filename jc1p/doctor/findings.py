"""A finding, and every check by its stable name. docs/doctor.md explains each; a test keeps the two together."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from jc1p.errors import Jc1pError


class Severity(StrEnum):
    """The result of a check. `info` also covers what couldn't be checked: unknown is never ok."""

    FAILURE = "failure"
    WARNING = "warning"
    INFO = "info"
    OK = "ok"


class Area(StrEnum):
    """Where a finding is fixed."""

    JUMPCLOUD = "jumpcloud"
    ONEPASSWORD = "onepassword"
    BOTH = "both"
    MACHINE = "machine"


class Check(StrEnum):
    """Every check; scripts use these names."""

    JUMPCLOUD_REACHABLE = "jumpcloud_reachable"
    JUMPCLOUD_CREDENTIAL = "jumpcloud_credential"
    CREDENTIAL_END = "credential_end"
    JUMPCLOUD_ORGANIZATION = "jumpcloud_organization"
    JUMPCLOUD_USERS = "jumpcloud_users"
    JUMPCLOUD_GROUPS = "jumpcloud_groups"
    JUMPCLOUD_APPLICATIONS = "jumpcloud_applications"
    JUMPCLOUD_APPLICATION = "jumpcloud_application"
    JUMPCLOUD_ASSOCIATIONS = "jumpcloud_associations"
    JUMPCLOUD_ASSIGNED_USERS = "jumpcloud_assigned_users"
    JUMPCLOUD_CONNECTOR = "jumpcloud_connector"
    JUMPCLOUD_READING = "jumpcloud_reading"
    SCOPE_GROUPS = "scope_groups"
    DUPLICATE_EMAILS = "duplicate_emails"
    MISSING_EMAILS = "missing_emails"

    BRIDGE_ADDRESS = "bridge_address"
    BRIDGE_RESOLVES = "bridge_resolves"
    BRIDGE_TLS = "bridge_tls"
    BRIDGE_REACHABLE = "bridge_reachable"
    BRIDGE_TOKEN = "bridge_token"  # noqa: S105 - a check's name
    BRIDGE_ACCESS = "bridge_access"
    BRIDGE_BASE_PATH = "bridge_base_path"
    BRIDGE_PROVISIONING = "bridge_provisioning"
    BRIDGE_LISTS = "bridge_lists"
    BRIDGE_LATENCY = "bridge_latency"
    BRIDGE_STRANGERS = "bridge_strangers"
    BRIDGE_HEALTH = "bridge_health"
    BRIDGE_VERSION = "bridge_version"
    HOSTED_PROVISIONING = "hosted_provisioning"
    GOOGLE_WORKSPACE_MODE = "google_workspace_mode"
    BRIDGE_READING = "bridge_reading"
    GROUP_VISIBILITY = "group_visibility"
    MEMBERSHIP_VISIBILITY = "membership_visibility"
    EXTERNAL_IDS = "external_ids"
    DUPLICATE_GROUP_NAMES = "duplicate_group_names"
    ONEPASSWORD_CLI = "onepassword_cli"
    ADMINISTRATORS_PROTECTED = "administrators_protected"
    HIDDEN_GROUPS = "hidden_groups"
    PENDING_ACCOUNTS = "pending_accounts"

    SCOPE_SIZE = "scope_size"
    EMAIL_OVERLAP = "email_overlap"
    WOULD_REACTIVATE = "would_reactivate"
    WOULD_SUSPEND = "would_suspend"
    RESERVED_NAMES = "reserved_names"
    EXCLUDED_LEAVERS = "excluded_leavers"
    UNUSED_ENTRIES = "unused_entries"
    OWNERS_PROTECTED = "owners_protected"
    GUARD_LIMITS = "guard_limits"

    CONFIG_FILE = "config_file"
    CONFIG_SECRETS = "config_secrets"
    CONFIG_CERTIFICATES = "config_certificates"
    CONFIG_PERMISSIONS = "config_permissions"
    NOTIFICATIONS = "notifications"
    STATE_FOLDER = "state_folder"
    PAUSED = "paused"
    RUN_LOCK = "run_lock"
    INTERRUPTED_RUNS = "interrupted_runs"
    CLOCK = "clock"


FIRST_OF_AREA = {
    Check.JUMPCLOUD_REACHABLE: Area.JUMPCLOUD,
    Check.BRIDGE_ADDRESS: Area.ONEPASSWORD,
    Check.SCOPE_SIZE: Area.BOTH,
    Check.CONFIG_FILE: Area.MACHINE,
}


def areas() -> Iterable[tuple[Check, Area]]:
    """Every check and its area; the checks above are ordered by area."""
    area = Area.JUMPCLOUD
    for check in Check:
        area = FIRST_OF_AREA.get(check, area)
        yield check, area


AREAS = dict(areas())


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check, and what to do next if something has to be done. `details` are shown on request."""

    check: Check
    status: Severity
    seen: str
    next: str | None = None
    details: tuple[str, ...] = ()
    needs: Check | None = None
    """The failed check that this one depends on."""

    @property
    def area(self) -> Area:
        """Where it is fixed."""
        return AREAS[self.check]


def number_of(count: int, one: str, many: str | None = None) -> str:
    """Text such as "1 group", "2 groups", "2 entries"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def ok(check: Check, seen: str, *details: str) -> Finding:
    return Finding(check, Severity.OK, seen, None, details)


def info(check: Check, seen: str, next_: str | None = None) -> Finding:
    return Finding(check, Severity.INFO, seen, next_)


def warning(check: Check, seen: str, next_: str) -> Finding:
    return Finding(check, Severity.WARNING, seen, next_)


def failure(check: Check, seen: str, next_: str) -> Finding:
    return Finding(check, Severity.FAILURE, seen, next_)


def from_error(check: Check, error: Jc1pError, next_: str) -> Finding:
    """A failure with the error's own message; `next_` if it has no hint."""
    return Finding(check, Severity.FAILURE, error.message, error.hint or next_)


def unchecked(check: Check, because: Check) -> Finding:
    """A check that depends on a failed one: its result is unknown, and so not ok."""
    return Finding(check, Severity.INFO, f"not checked: requires {because}", needs=because)


def unchecked_all(checks: Iterable[Check], because: Check) -> list[Finding]:
    return [unchecked(check, because) for check in checks]
