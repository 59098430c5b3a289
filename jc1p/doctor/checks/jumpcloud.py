"""JumpCloud: reachable, credential accepted, reading allowed, and no other writer (facts/jumpcloud-api.md 2 and 12)."""

from collections.abc import Iterator

from jc1p.core.models import SourceDirectory
from jc1p.doctor.findings import Check, Finding, failure, from_error, info, number_of, ok, unchecked, warning
from jc1p.doctor.observations import (
    CLIENT_ERROR,
    FORBIDDEN,
    REDIRECT,
    UNAUTHORIZED,
    Answered,
    Call,
    JumpCloudSeen,
    Reply,
)
from jc1p.errors import Forbidden, GroupNotFound, Jc1pError, RequestRefused, Unauthorized

PAYMENT_REQUIRED = 402

CHECKS = {
    Call.USERS: (Check.JUMPCLOUD_USERS, "users", "users.readonly"),
    Call.GROUPS: (Check.JUMPCLOUD_GROUPS, "user groups", "groups.readonly"),
    Call.APPLICATIONS: (Check.JUMPCLOUD_APPLICATIONS, "applications", "applications.readonly"),
    Call.ASSOCIATIONS: (
        Check.JUMPCLOUD_ASSOCIATIONS, "the application's assignments", "associations.applications.readonly",
    ),
    Call.ASSIGNED_USERS: (Check.JUMPCLOUD_ASSIGNED_USERS, "the application's users", "users.readonly"),
}  # fmt: skip
"""Check, what is read, and the scope that the role needs for it (facts 2.3)."""

OF_THE_APPLICATION = (Call.APPLICATIONS, Call.ASSOCIATIONS, Call.ASSIGNED_USERS)

CONNECTOR_TAB = "Access > SSO Applications > the 1Password application > Provisioning (formerly Identity Management)"
"""JumpCloud moved and renamed it in 2026; before, SSO Applications was under User Authentication in the sidebar."""

REGION = (
    "Check that jumpcloud.region (or url) is correct for your organization, and that the firewall allows this machine."
)
CREDENTIAL = (
    "Check jumpcloud.api_key (Admin Portal, your name at the top right > My API Key; a new key ends the old one) or "
    "the service account (Settings > Service Accounts; has it expired?). A key works in one region only: "
    "check jumpcloud.region or url, and jumpcloud.org_id if it is set."
)


def judge_jumpcloud(seen: JumpCloudSeen) -> Iterator[Finding]:
    """Findings about JumpCloud, from its address to its directory."""
    reachable, credential = judge_reachable(seen), judge_credential(seen)
    yield reachable
    yield credential
    yield judge_organization(seen, credential)
    yield from judge_calls(seen)
    yield from judge_application(seen)
    yield judge_connector(seen)
    yield judge_reading(seen)
    yield judge_scope_groups(seen)


def judge_reachable(seen: JumpCloudSeen) -> Finding:
    said = seen.organizations
    if isinstance(said, Jc1pError) and not isinstance(said, Unauthorized):
        return from_error(Check.JUMPCLOUD_REACHABLE, said, REGION)
    if isinstance(said, Reply) and said.status < REDIRECT and not said.is_json:
        text = f"{seen.address} answers with a web page, not like JumpCloud's API ({said})"
        return failure(Check.JUMPCLOUD_REACHABLE, text, f"{REGION} A proxy may also require a login.")
    if isinstance(said, Reply) and said.status >= CLIENT_ERROR and said.status not in {UNAUTHORIZED, FORBIDDEN}:
        return failure(Check.JUMPCLOUD_REACHABLE, f"{seen.address} answers {said}", REGION)
    return ok(Check.JUMPCLOUD_REACHABLE, f"{seen.address} answers")


def judge_credential(seen: JumpCloudSeen) -> Finding:
    said = seen.organizations
    if isinstance(said, Unauthorized):
        return failure(Check.JUMPCLOUD_CREDENTIAL, said.message, CREDENTIAL)
    if not isinstance(said, Reply):
        return unchecked(Check.JUMPCLOUD_CREDENTIAL, Check.JUMPCLOUD_REACHABLE)
    if said.status == UNAUTHORIZED:
        return failure(Check.JUMPCLOUD_CREDENTIAL, f"JumpCloud refuses the {seen.credential} ({said})", CREDENTIAL)
    if REDIRECT <= said.status < CLIENT_ERROR:
        sent = f"jc1p sent the credential to {seen.address} only, not to the redirect"
        text = f"JumpCloud redirects the request to its login page ({said.status}); {sent}"
        hint = "Check that jumpcloud.api_key is set and that no proxy removes the x-api-key header."
        return failure(Check.JUMPCLOUD_CREDENTIAL, text, hint)
    if said.is_good or said.status == FORBIDDEN:
        return ok(Check.JUMPCLOUD_CREDENTIAL, f"the {seen.credential} is accepted")
    return unchecked(Check.JUMPCLOUD_CREDENTIAL, Check.JUMPCLOUD_REACHABLE)


def judge_organization(seen: JumpCloudSeen, credential: Finding) -> Finding:
    if is_forbidden(seen.organizations):
        hint = "Give the role organizations.readonly: each run checks whether there are several."
        return failure(Check.JUMPCLOUD_ORGANIZATION, f"cannot list organizations ({seen.organizations})", hint)
    if isinstance(seen.organizations, Jc1pError) or not seen.organizations.is_good:
        return unchecked(Check.JUMPCLOUD_ORGANIZATION, credential.check)
    if seen.organization:
        return from_error(Check.JUMPCLOUD_ORGANIZATION, seen.organization, "Set jumpcloud.org_id.")
    return ok(Check.JUMPCLOUD_ORGANIZATION, "the organization is unambiguous")


def is_forbidden(said: Answered) -> bool:
    return isinstance(said, Reply) and said.status == FORBIDDEN


def judge_calls(seen: JumpCloudSeen) -> Iterator[Finding]:
    for call, (check, what, scope) in CHECKS.items():
        if call in OF_THE_APPLICATION and not seen.wants_application:
            continue
        said = seen.calls.get(call)
        if said is None:
            needs_application = call in {Call.ASSOCIATIONS, Call.ASSIGNED_USERS} and Call.APPLICATIONS in seen.calls
            yield unchecked(check, Check.JUMPCLOUD_APPLICATION if needs_application else Check.JUMPCLOUD_ORGANIZATION)
        else:
            yield judge_call(said, check, what, scope)


def judge_call(said: Answered, check: Check, what: str, scope: str) -> Finding:
    if isinstance(said, Jc1pError):
        return from_error(check, said, REGION)
    if said.is_good:
        return ok(check, f"{what} can be read")
    if said.status == FORBIDDEN:
        return failure(
            check,
            f"cannot read {what} ({said})",
            f"The role lacks the scope {scope}. In the Admin Portal open Settings > Administrators (or Settings > "
            "Service Accounts) and give it a role that may read users, groups and applications. JumpCloud "
            "also answers 403 for a while after too many requests.",
        )
    return failure(
        check, f"cannot read {what} ({said})", "Run doctor again. If it happens again, ask JumpCloud support."
    )


def judge_application(seen: JumpCloudSeen) -> list[Finding]:
    if not seen.wants_application:
        return []
    if isinstance(seen.application, Jc1pError):
        return [from_error(Check.JUMPCLOUD_APPLICATION, seen.application, "Correct scope.application.")]
    if seen.application is None:
        return [unchecked(Check.JUMPCLOUD_APPLICATION, Check.JUMPCLOUD_APPLICATIONS)]
    return [ok(Check.JUMPCLOUD_APPLICATION, f"the application is {seen.application}")]


def judge_connector(seen: JumpCloudSeen) -> Finding:
    """JumpCloud's own connector, if Directory Insights shows it."""
    check, events = Check.JUMPCLOUD_CONNECTOR, seen.events
    if events is None:
        return unchecked(check, blocking(seen))
    if isinstance(events, RequestRefused) and events.status == PAYMENT_REQUIRED:
        return info(check, "not checked: this organization does not have Directory Insights (402)", LOOK_YOURSELF)
    if isinstance(events, Forbidden):
        return info(check, "not checked: the role cannot read Directory Insights (403)", LOOK_YOURSELF)
    if isinstance(events, Jc1pError):
        return info(check, f"not checked: {events.message}", LOOK_YOURSELF)
    if events.ours:
        return warning(
            check,
            f"JumpCloud's own connector wrote {number_of(events.ours, 'time')} in the last 24 hours. "
            "Two writers undo each other's changes",
            f"In JumpCloud, open {CONNECTOR_TAB} and deactivate it there or in the application's Actions menu. "
            "Users stay active in 1Password.",
        )
    others = f" ({events.others} by connectors of other applications)" if events.others else ""
    return ok(check, f"JumpCloud's own connector wrote nothing in the last 24 hours{others}")


LOOK_YOURSELF = f"Check that JumpCloud's own connector is off: {CONNECTOR_TAB}."


def judge_reading(seen: JumpCloudSeen) -> Finding:
    if seen.directory is None:
        return unchecked(Check.JUMPCLOUD_READING, blocking(seen))
    if isinstance(seen.directory, GroupNotFound):
        return unchecked(Check.JUMPCLOUD_READING, Check.SCOPE_GROUPS)
    if isinstance(seen.directory, Jc1pError):
        return from_error(Check.JUMPCLOUD_READING, seen.directory, "Run doctor again.")
    directory = seen.directory
    read = (
        f"{number_of(len(directory.people), 'user')} and {number_of(len(directory.groups), 'group')} "
        "were read completely"
    )
    return ok(Check.JUMPCLOUD_READING, read, *directory.remarks)


def blocking(seen: JumpCloudSeen) -> Check:
    """What must be fixed before the directory can be read."""
    if isinstance(seen.application, Jc1pError):
        return Check.JUMPCLOUD_APPLICATION
    bad = [call for call, said in seen.calls.items() if not (isinstance(said, Reply) and said.is_good)]
    if bad:
        return CHECKS[bad[0]][0]
    if isinstance(seen.organizations, Reply) and seen.organizations.is_good:
        return Check.JUMPCLOUD_ORGANIZATION
    return Check.JUMPCLOUD_CREDENTIAL


def judge_scope_groups(seen: JumpCloudSeen) -> Finding:
    directory = seen.directory
    if isinstance(directory, GroupNotFound):
        return from_error(Check.SCOPE_GROUPS, directory, "Correct scope.groups.")
    if not isinstance(directory, SourceDirectory):
        return unchecked(Check.SCOPE_GROUPS, Check.JUMPCLOUD_READING)
    if seen.unmatched_globs:
        return warning(
            Check.SCOPE_GROUPS,
            f"no group matches {', '.join(seen.unmatched_globs)}",
            "Correct or remove the patterns in scope.groups and scope.exclude_groups.",
        )
    if not directory.read_groups:
        hint = "Assign groups to the application: Access > SSO Applications > the application > User Groups."
        return info(Check.SCOPE_GROUPS, "no group is in scope, only directly assigned users", hint)
    return ok(Check.SCOPE_GROUPS, f"{number_of(len(directory.read_groups), 'group')} in scope")
