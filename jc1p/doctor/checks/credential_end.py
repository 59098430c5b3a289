"""When the credential of JumpCloud's service account ends, if the list of service accounts shows it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from jc1p.core.models import ServiceCredential
from jc1p.doctor.findings import Check, Finding, info, ok, unchecked, warning
from jc1p.doctor.observations import JumpCloudSeen
from jc1p.errors import Forbidden, Jc1pError

ENDS_SOON = timedelta(days=30)

RENEW = (
    "In the Admin Portal open Settings > Service Accounts, create another client secret, and store it where "
    "jc1p reads jumpcloud.client_secret. Both secrets work until the old one ends."
)
LOOK_YOURSELF = "Check the date in the Admin Portal: Settings > Service Accounts."


def judge_credential_end(seen: JumpCloudSeen, now: datetime) -> Iterator[Finding]:
    """One finding for a service account; none for an administrator's API key, whose end is unknown."""
    check, found = Check.CREDENTIAL_END, seen.service_credentials
    if not seen.is_service_account:
        return
    if found is None:
        yield unchecked(check, Check.JUMPCLOUD_ORGANIZATION)
    elif isinstance(found, Forbidden):
        yield info(check, "not checked: the role cannot read service accounts (403)", LOOK_YOURSELF)
    elif isinstance(found, Jc1pError):
        yield info(check, f"not checked: {found.message}", LOOK_YOURSELF)
    else:
        yield judge_ends(found, now)


def judge_ends(found: Sequence[ServiceCredential], now: datetime) -> Finding:
    check, own = Check.CREDENTIAL_END, any(each.is_ours for each in found)
    dated = sorted((each.ends, each.name) for each in found if each.ends)
    soon = [f"{name} ({ends:%Y-%m-%d})" for ends, name in dated if ends - now < ENDS_SOON]
    if soon and own:
        return warning(check, f"the credential of this service account ends within 30 days: {', '.join(soon)}", RENEW)
    if soon:
        said = f"the credentials of these service accounts end within 30 days: {', '.join(soon)}"
        return warning(check, f"{said}; JumpCloud does not show which account jc1p uses", RENEW)
    if not dated or len(dated) < len(found):
        return info(check, "not known: JumpCloud does not show the end of every credential", LOOK_YOURSELF)
    if own:
        return ok(check, f"the credential of this service account is valid until {dated[0][0]:%Y-%m-%d}")
    return ok(check, "no service account's credential ends within 30 days")
