"""What SCIM can't show and an admin checks once."""

from jc1p.doctor.checks.jumpcloud import CONNECTOR_TAB
from jc1p.doctor.observations import BridgeSeen

ALWAYS = (
    (
        "Does the 1Password account have at least two owners, and does users.protected list all of them? SCIM does "
        "not show roles. (1Password: People > Groups > Owners)"
    ),
    (
        "Are all existing groups that jc1p should sync on the Managed Groups list? Provisioning does not see "
        "other groups. "
        "(1Password: Integrations > Automated User Provisioning > Manage Groups)"
    ),
    (
        "Are all your email domains allowed? Users of other domains cannot be invited. (1Password: the list of allowed "
        "domains under Integrations > Automated User Provisioning)"
    ),
    (
        "Is JumpCloud's own provisioning for 1Password off, and any other identity provider's too? Two writers undo "
        f"each other's changes. (JumpCloud: {CONNECTOR_TAB})"
    ),
    (
        "Does a policy delete suspended accounts after a while? Users who return later would start with a "
        "new account. (1Password: Policies)"
    ),
    (
        "Are the scimsession file and the bearer token stored safely, for example in 1Password? With them, "
        "anyone can invite and suspend users."
    ),
    "Is the account 1Password Business? Smaller plans do not include provisioning.",
)
OF_A_BRIDGE = (
    (
        "Was JumpCloud chosen as the identity provider when the bridge was set up, and not Google Workspace? In that "
        "mode the bridge does not accept SCIM. (1Password: Integrations)"
    ),
    "Is exactly one instance of the bridge running? Several are not supported.",
)


def to_ask(seen: BridgeSeen | None) -> tuple[str, ...]:
    """What to check, for a self-hosted bridge or for hosted provisioning."""
    return ALWAYS if seen and seen.is_hosted else (*ALWAYS, *OF_A_BRIDGE)
