"""JumpCloud's service accounts, and when their credentials end (facts/jumpcloud-api.md, corrections of 2.2).

According to the documentation the list doesn't show which credential belongs to which client. If it does, the client id
decides. Pure.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from jc1p.clients.http.json_values import items, text
from jc1p.core.models import ServiceCredential

OTHER_KINDS = frozenset({"API_KEY"})
"""Authentication types without a client id."""


def credentials_of(rows: Iterable[object], client_id: str) -> tuple[ServiceCredential, ...]:
    """The credentials that may be the client's: its own if the list shows it, otherwise those of all accounts."""
    accounts = [row for row in rows if isinstance(row, Mapping) and row.get("authType") not in OTHER_KINDS]
    own = [
        ServiceCredential(text(account.get("name")), moment_of(secret), is_ours=True)
        for account in accounts
        for config in items(account.get("authConfigList"))
        if isinstance(config, Mapping) and isinstance(secret := config.get("clientSecretConfig"), Mapping)
        and text(secret.get("clientId")) == client_id
    ]  # fmt: skip
    return tuple(own or (ServiceCredential(text(each.get("name")), moment_of(each)) for each in accounts))


def moment_of(row: Mapping[str, Any]) -> datetime | None:
    """When a credential ends, None if the answer doesn't clearly say it."""
    try:
        found = datetime.fromisoformat(text(row.get("expiresAt")))
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
