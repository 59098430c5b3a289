"""A change in the form of ChangeRow (rows.py), without the models, which load slowly: for the journal."""

from typing import Any

from jc1p.core.plan import Change


def change_row(change: Change) -> dict[str, Any]:
    """A change as plain values, in the document's order."""
    return {
        "id": change.id, "kind": change.kind, "user": change.user, "group": change.group,
        "jumpcloud_id": change.jumpcloud_id, "scim_id": change.scim_id, "reason": change.reason,
        "attributes": {name: {"before": each.before, "after": each.after} for name, each in change.attributes.items()},
        "members": [each.email for each in change.members],
    }  # fmt: skip
