"""Owners to protect: from the 1Password CLI and from the user's answer, compared with the bridge's accounts. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jc1p.core.attributes import is_address
from jc1p.core.folding import fold, is_glob
from jc1p.core.models import Account

MOST_OWNERS = 50
"""A longer list is probably not a list of owners."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Owners to propose, and why some are not proposed ("" if none are)."""

    owners: tuple[str, ...] = ()
    remark: str = ""


def members_in(rows: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """The addresses in the output of `op group user list`. Raises ValueError for anything else."""
    emails = [row.get("email") for row in rows if str(row.get("state", "ACTIVE")).upper() != "SUSPENDED"]
    addresses = [each.strip() for each in emails if isinstance(each, str) and is_address(each.strip())]
    if len(rows) > MOST_OWNERS:
        raise ValueError(f"it lists {len(rows)} owners, which is too many")
    return tuple(dict.fromkeys(addresses))


def group_names_in(rows: Sequence[Mapping[str, object]]) -> frozenset[str]:
    """The names in the output of `op group list`."""
    names = (row.get("name") for row in rows)
    return frozenset(name for name in names if isinstance(name, str) and name)


def propose(said: Sequence[str], accounts: Mapping[str, Account]) -> Proposal:
    """The owners that are accounts of the bridge: the CLI may be signed in to another company."""
    known = names_of(accounts)
    found = tuple(known[fold(email)] for email in said if fold(email) in known)
    strangers = [email for email in said if fold(email) not in known]
    if not strangers:
        return Proposal(found)
    return Proposal(
        found,
        f"The 1Password CLI also lists {', '.join(strangers[:5])}, but the bridge has no such account. The CLI "
        "may be signed in to another 1Password account.",
    )


def names_of(accounts: Mapping[str, Account]) -> dict[str, str]:
    return {fold(account.user_name): account.user_name for account in accounts.values()}


def parse_owners(text: str) -> tuple[str, ...]:
    """Addresses or patterns, separated by spaces, commas or semicolons; nothing for `none`. Raises ValueError."""
    words = tuple(dict.fromkeys(word for word in re.split(r"[\s,;]+", text) if word))
    if not words:
        raise ValueError("enter at least one owner, or none")
    if [word.lower() for word in words] == ["none"]:
        return ()
    wrong = [word for word in words if not is_address(word) and not is_glob(word)]
    if wrong:
        raise ValueError(f"{wrong[0]} is not an email address; enter none to protect no account")
    return words


def unknown_owners(owners: Sequence[str], accounts: Mapping[str, Account]) -> tuple[str, ...]:
    """Entries that match no account and therefore protect nothing."""
    known = names_of(accounts)
    return tuple(each for each in owners if not is_glob(each) and fold(each) not in known)
