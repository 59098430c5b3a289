"""What SCIM can't show and an admin checks once."""

from jc1p.doctor.checks.jumpcloud import CONNECTOR_TAB
from jc1p.doctor.observations import BridgeSeen

ALWAYS = (
    (
        "Does the account have at least two owners, and does users.protected list all of them? SCIM doesn't show "
        "roles. (1Password: People > Groups > Owners)"
    ),
    (
        "Are all groups that jc1p should keep on the Manage Groups list? Others are invisible to provisioning. "
        "(1Password: Integrations > Automated User Provisioning > Manage Groups)"
    ),
    (
        "Are all your email domains allowed? People of others can't be invited. (1Password: the list of allowed "
        "domains under Integrations > Automated User Provisioning)"
    ),
    (
        "Is JumpCloud's own provisioning for 1Password off, and any other identity provider's too? Two writers undo "
        f"each other. (JumpCloud: {CONNECTOR_TAB})"
    ),
    (
        "Does a policy delete suspended accounts after a while? People who come back later would start with a "
        "new account. (1Password: Policies)"
    ),
    (
        "Are the scimsession file and the bearer token stored safely, as items in 1Password? They are all it takes to "
        "invite and suspend people."
    ),
    "Is the account 1Password Business? Provisioning is not part of smaller plans.",
)
OF_A_BRIDGE = (
    (
        "Was JumpCloud chosen as the identity provider when the bridge was set up, and not Google Workspace? In that "
        "mode the bridge takes nothing over SCIM. (1Password: Integrations)"
    ),
    "Does exactly one instance of the bridge run? Several are not supported.",
)


def to_ask(seen: BridgeSeen | None) -> tuple[str, ...]:
    """What to ask, for a bridge of one's own or for hosted provisioning."""
    return ALWAYS if seen and seen.is_hosted else (*ALWAYS, *OF_A_BRIDGE)
